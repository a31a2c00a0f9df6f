"""A file of Swift, as the compiler parses it: its functions, its conditions, and the tokens between comments and strings."""

import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

#: Comments, strings of several lines, identifiers, numbers and operators; anything else is one character.
TOKEN = re.compile(
    rb"//[^\n]*|/\*.*?\*/|\"\"\".*?\"\"\"|`[^`]*`|[A-Za-z_$#@][A-Za-z_0-9]*|[0-9][0-9A-Za-z_.]*|[-+*/%<>=!&|^~?.]+|\s+|.",
    re.DOTALL)
FUNCTIONS = {"func_decl", "constructor_decl", "accessor_decl"}


@dataclass(frozen=True)
class Token:
    start: int
    text: bytes

    @property
    def end(self) -> int:
        return self.start + len(self.text)


@dataclass
class Condition:
    """The conditions of an `if` or a `guard`, between the keyword and the brace or the `else`."""

    start: int
    end: int
    is_guard: bool
    #: The start and the end of each, between the commas.
    parts: list[tuple[int, int]] = field(default_factory=list)


@dataclass
class Function:
    """The body of an outermost function, initializer or accessor, with its braces."""

    start: int
    end: int
    conditions: list[Condition] = field(default_factory=list)


class SwiftSource:
    def __init__(self, path: str) -> None:
        with open(path, "rb") as file:
            self.text = file.read()
        # The compiler's JSON has a brace too many for a type alias with this attribute.
        parsed = subprocess.run(
            ["swiftc", "-frontend", "-dump-parse", "-dump-ast-format", "json", "-"],
            input=self.text.replace(b"@Sendable", b" " * len(b"@Sendable")), capture_output=True, check=True)
        self.tokens = list(tokens(self.text))
        self.functions: list[Function] = []
        self._collect(json.loads(parsed.stdout), None)

    def line(self, offset: int) -> int:
        return self.text.count(b"\n", 0, offset) + 1

    def tokens_of(self, start: int, end: int) -> list[Token]:
        return [token for token in self.tokens if start <= token.start and token.end <= end]

    def _collect(self, node: Any, function: Function | None) -> None:
        if isinstance(node, list):
            for each in node:
                self._collect(each, function)
        if not isinstance(node, dict):
            return
        kind = node.get("_kind")
        if kind in FUNCTIONS and function is None and (body := self._braces(node.get("body"))):
            function = Function(*body)
            self.functions.append(function)
        if function and kind in ("if_stmt", "guard_stmt"):
            self._add_condition(node, function, kind == "guard_stmt")
        for value in node.values():
            self._collect(value, function)

    def _braces(self, body: Any) -> tuple[int, int] | None:
        if not isinstance(body, dict) or "range" not in body:
            return None
        start, end = body["range"]["start"], body["range"]["end"]
        return (start, end + 1) if self.text[start:start + 1] == b"{" and self.text[end:end + 1] == b"}" else None

    def _add_condition(self, node: dict[str, Any], function: Function, is_guard: bool) -> None:
        body = self._braces(node.get("body" if is_guard else "then_stmt"))
        if body is None:
            return
        start = node["range"]["start"] + len("guard" if is_guard else "if")
        end = self.text.rindex(b"else", start, body[0]) if is_guard else body[0]
        condition = Condition(start, end, is_guard)
        if any(each.start == start for each in function.conditions):
            return  # The compiler lists the statements of some closures twice.
        depth, first = 0, start
        for token in self.tokens_of(start, end):
            if token.text in (b"(", b"[", b"{"):
                depth += 1
            elif token.text in (b")", b"]", b"}"):
                depth -= 1
            elif token.text == b"," and depth == 0:
                condition.parts.append((first, token.start))
                first = token.end
        condition.parts.append((first, end))
        function.conditions.append(condition)


def tokens(text: bytes) -> Iterator[Token]:
    """Those of the code: a string, with what is interpolated into it, is left out, and so are spaces and comments."""
    at = 0
    while at < len(text):
        if text[at:at + 1] == b'"' and text[at:at + 3] != b'"""':
            at = _end_of_string(text, at)
            continue
        match = TOKEN.match(text, at)
        assert match
        word = match.group()
        if not word.isspace() and not word.startswith((b"//", b"/*", b'"""')):
            yield Token(at, word)
        at = match.end()


def _end_of_string(text: bytes, start: int) -> int:
    at = start + 1
    while text[at:at + 1] != b'"':
        if text[at:at + 2] == b"\\(":
            at = _end_of_interpolation(text, at + 2)
        else:
            at += 2 if text[at:at + 1] == b"\\" else 1
    return at + 1


def _end_of_interpolation(text: bytes, start: int) -> int:
    depth, at = 1, start
    while depth:
        byte = text[at:at + 1]
        if byte == b'"':
            at = _end_of_string(text, at)
            continue
        depth += {b"(": 1, b")": -1}.get(byte, 0)
        at += 1
    return at
