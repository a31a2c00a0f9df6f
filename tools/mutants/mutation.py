"""The mutants of a file: each is one change in one function."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .swift_source import Function, SwiftSource, Token

COMPARISONS = {b"==": b"!=", b"!=": b"==", b"<": b"<=", b"<=": b"<", b">": b">=", b">=": b">"}
#: In an order of distinct keys "<=" is the same as "<".
ORDERS = {b"<": b">", b">": b"<"}
LOGIC = {b"&&": b"||", b"||": b"&&"}
ARITHMETIC = {b"+": b"-", b"-": b"+", b"+=": b"-=", b"-=": b"+="}
OPERATORS = {"comparison": COMPARISONS, "logic": LOGIC, "arithmetic": ARITHMETIC}
WORDS = {
    b"true": b"false", b"false": b"true", b"min": b"max", b"max": b"min", b"first": b"last", b"last": b"first",
    b"union": b"subtracting", b"subtracting": b"union", b"intersection": b"union", b"formUnion": b"subtract",
    b"subtract": b"formUnion", b"insert": b"remove", b"allSatisfy": b"contains",
}
#: A line that is a statement of its own and returns nothing: an assignment or a call.
STATEMENT = re.compile(rb"^(?:try |await |try await |_ = )*[A-Za-z_(][\w.\[\]?!(), :$\"]*(?: [-+]?= .*|\(.*\))$")
KEYWORDS = re.compile(rb"^(let|var|return|if|guard|for|while|switch|case|default|defer|throw|func|else|do|catch)\b")


@dataclass(frozen=True)
class Mutant:
    kind: str
    #: What is replaced, in the file.
    start: int
    end: int
    replacement: bytes


def mutants(source: SwiftSource, function: Function) -> list[Mutant]:
    """The function's, each once."""
    found = [*_of_tokens(source, function), *_of_conditions(source, function), *_of_statements(source, function)]
    return sorted(set(found), key=lambda each: (each.start, each.end, each.replacement))


def _of_tokens(source: SwiftSource, function: Function) -> Iterator[Mutant]:
    inner = source.tokens_of(function.start + 1, function.end - 1)
    for before, token in zip([None, *inner], inner):
        # The format puts spaces around binary operators alone.
        if source.text[token.start - 1:token.start] == b" " and source.text[token.end:token.end + 1] == b" ":
            for kind, operators in OPERATORS.items():
                if token.text in operators:
                    is_order = kind == "comparison" and _is_order(source, token)
                    yield Mutant(kind, token.start, token.end, ORDERS[token.text] if is_order else operators[token.text])
        if token.text == b"!" and source.text[token.end:token.end + 1].strip() and _is_prefix(source, token):
            yield Mutant("not dropped", token.start, token.end, b"")
        if token.text in WORDS and (before is None or before.text not in (b"let", b"var")):
            follower = source.text[token.end:token.end + 1]
            if token.text in (b"true", b"false") or follower in (b"(", b" ", b".", b"?", b"\n", b"{"):
                yield Mutant("word", token.start, token.end, WORDS[token.text])
        if token.text.isdigit():
            yield Mutant("literal", token.start, token.end, str(int(token.text) + 1).encode())


def _is_order(source: SwiftSource, token: Token) -> bool:
    """Whether it compares the two arguments of a closure, as for `sorted`."""
    before = source.text[source.text.rfind(b"{", 0, token.start):token.start]
    after = source.text[token.end:source.text.find(b"}", token.end)]
    return token.text in ORDERS and b"$0" in before and b"$1" in after


def _is_prefix(source: SwiftSource, token: Token) -> bool:
    return source.text[token.start - 1:token.start] in (b" ", b"(", b"[", b"{", b"\n")


def _of_conditions(source: SwiftSource, function: Function) -> Iterator[Mutant]:
    for condition in function.conditions:
        text = source.text[condition.start:condition.end].rstrip()
        end = condition.start + len(text)
        yield Mutant("condition false", end, end, b", false")
        plain = [part for part in condition.parts if not _binds(source.text[part[0]:part[1]])]
        if len(plain) == len(condition.parts):
            yield Mutant("condition true", condition.start, end, b" true")
        if len(condition.parts) > 1:
            for start, stop in plain:
                stop = min(stop, end)
                yield Mutant("condition dropped", start, stop, b" true")


def _binds(part: bytes) -> bool:
    return part.split()[0] in (b"let", b"var", b"case")


def _of_statements(source: SwiftSource, function: Function) -> Iterator[Mutant]:
    start = function.start + 1
    lines = source.text[start:function.end - 1].splitlines(keepends=True)
    for index, line in enumerate(lines):
        text = line.strip()
        following = lines[index + 1].strip() if index + 1 < len(lines) else b""
        is_whole = text.count(b"(") == text.count(b")") and text.count(b"[") == text.count(b"]") and b"{" not in text
        is_ended = not following.startswith((b".", b"?", b"+", b"&", b"|"))
        if is_whole and is_ended and STATEMENT.match(text) and not KEYWORDS.match(text):
            yield Mutant("statement removed", start, start + len(line.rstrip()), b"")
        if text in (b"continue", b"return"):
            yield Mutant("statement removed", start, start + len(line.rstrip()), b"")
        start += len(line)
