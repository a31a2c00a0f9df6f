#!/usr/bin/env python3
"""An LDAP server that has as little as RFC 4511 lets it: no controls at all, no root DSE, no schema, no attribute of its own.

It takes any attribute, compares without regard to case, and keeps what it holds in a file, change by change.
Usage: minimal_server.py PORT TLS-PORT CERTIFICATE KEY FILE SUFFIX DN=PASSWORD...
"""

import pickle
import socket
import ssl
import struct
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any, BinaryIO

#: An attribute's name as it is written, and its values.
Attribute = tuple[str, list[bytes]]
#: Attributes by their names in lower case.
Attributes = dict[str, Attribute]
#: A DN that is compared: the names and folded values of its RDNs.
Key = tuple[tuple[str, bytes], ...]
Entry = tuple[str, Attributes]
#: BER elements: tags and contents.
Elements = list[tuple[int, bytes]]
Condition = Callable[[Attributes], bool]

SUCCESS, NO_SUCH_ATTRIBUTE, VALUE_EXISTS, NO_SUCH_OBJECT, INVALID_CREDENTIALS = 0, 16, 20, 32, 49
UNAVAILABLE_CRITICAL_EXTENSION, ALREADY_EXISTS, PROTOCOL_ERROR, INSUFFICIENT_ACCESS = 12, 68, 2, 50
START_TLS = "1.3.6.1.4.1.1466.20037"


# BER, as far as LDAP uses it

def encoded(tag: int, body: bytes) -> bytes:
    size = len(body)
    if size < 128:
        return bytes([tag, size]) + body
    return bytes([tag, 0x84]) + struct.pack(">I", size) + body


def elements(data: bytes) -> Elements:
    """The tag and the content of each element."""
    found, place = [], 0
    while place < len(data):
        tag, size = data[place], data[place + 1]
        place += 2
        if size >= 128:
            count = size & 127
            size = int.from_bytes(data[place:place + count], "big")
            place += count
        found.append((tag, data[place:place + size]))
        place += size
    return found


def message(stream: BinaryIO) -> bytes | None:
    """The next one's content; None at the end."""
    head = stream.read(2)
    if len(head) < 2:
        return None
    size = head[1]
    if size >= 128:
        size = int.from_bytes(stream.read(size & 127), "big")
    return stream.read(size)


# Names (RFC 4514)

def parts(dn: str) -> list[str]:
    """The RDNs, each as it is written."""
    found, place, start = [], 0, 0
    while place < len(dn):
        if dn[place] == "\\":
            place += 1
        elif dn[place] == ",":
            found.append(dn[start:place].strip())
            start = place + 1
        place += 1
    return found + [dn[start:].strip()] if dn else []


def unescaped(text: str) -> bytes:
    value, place = b"", 0
    while place < len(text):
        if text[place] != "\\":
            value += text[place].encode()
            place += 1
        elif all(sign in "0123456789abcdefABCDEF" for sign in text[place + 1:place + 3]) and len(text) > place + 2:
            value += bytes.fromhex(text[place + 1:place + 3])
            place += 3
        else:
            value += text[place + 1].encode()
            place += 2
    return value


def rdn(text: str) -> tuple[str, bytes]:
    name, _, value = text.partition("=")
    return name.strip(), unescaped(value.strip())


def folded(value: bytes) -> bytes:
    try:
        return " ".join(value.decode().casefold().split()).encode()
    except UnicodeDecodeError:
        return value


def key(dn: str) -> Key:
    return tuple((name.lower(), folded(value)) for name, value in map(rdn, parts(dn)))


class Store:
    """Entries by their keys: each its name and its attributes, by their names in lower case, with the names as written."""

    def __init__(self, path: str, suffix: str) -> None:
        self.entries: dict[Key, Entry] = {}
        self.lock = threading.RLock()
        try:
            with open(path, "rb") as file:
                while True:
                    try:
                        self.apply(*pickle.load(file))
                    except EOFError:
                        break
        except FileNotFoundError:
            self.log = open(path, "ab")
            self.change("add", suffix, [("objectClass", [b"dcObject", b"organization"]), ("dc", [b"example"]), ("o", [b"Example"])])
            return
        self.log = open(path, "ab")

    def change(self, *what: Any) -> int:
        with self.lock:
            code = self.apply(*what)
            if code == SUCCESS:
                pickle.dump(what, self.log)
                self.log.flush()
            return code

    def apply(self, what: str, dn: str, *more: Any) -> int:
        place = key(dn)
        if what == "add":
            if place in self.entries:
                return ALREADY_EXISTS
            if self.entries and place[1:] not in self.entries:
                return NO_SUCH_OBJECT
            attributes = {name.lower(): (name, list(values)) for name, values in more[0]}
            name, value = rdn(parts(dn)[0])
            held = attributes.setdefault(name.lower(), (name, []))[1]
            if folded(value) not in map(folded, held):
                held.append(value)
            self.entries[place] = (dn, attributes)
            return SUCCESS
        if place not in self.entries:
            return NO_SUCH_OBJECT
        code: int = getattr(self, what)(place, *more)
        return code

    def delete(self, place: Key) -> int:
        del self.entries[place]
        return SUCCESS

    def modify(self, place: Key, changes: list[tuple[int, str, list[bytes]]]) -> int:
        dn, before = self.entries[place]
        attributes = {name: (written, list(values)) for name, (written, values) in before.items()}
        for how, name, values in changes:
            written, held = attributes.setdefault(name.lower(), (name, []))
            known = set(map(folded, held))
            if how == 0 and known & set(map(folded, values)):
                return VALUE_EXISTS
            if how == 1 and not set(map(folded, values)) <= known:
                return NO_SUCH_ATTRIBUTE
            if how == 0:
                held += values
            elif how == 1:
                gone = set(map(folded, values)) or known
                held[:] = [value for value in held if folded(value) not in gone]
            else:
                held[:] = values
            if not held:
                del attributes[name.lower()]
        self.entries[place] = (dn, attributes)
        return SUCCESS

    def rename(self, place: Key, new: str, deletes: bool, parent: str | None) -> int:
        dn, attributes = self.entries[place]
        above = parent or ",".join(parts(dn)[1:])
        name, old = rdn(parts(dn)[0])
        attributes = {each: (written, list(values)) for each, (written, values) in attributes.items()}
        if deletes:
            held = attributes[name.lower()][1]
            held[:] = [value for value in held if folded(value) != folded(old)]
            if not held:
                del attributes[name.lower()]
        name, value = rdn(new)
        held = attributes.setdefault(name.lower(), (name, []))[1]
        if folded(value) not in map(folded, held):
            held.append(value)
        target = f"{new},{above}"
        if key(target) != place and key(target) in self.entries or key(above) not in self.entries:
            return ALREADY_EXISTS
        del self.entries[place]
        self.entries[key(target)] = (target, attributes)
        return SUCCESS

    def search(self, base: str, scope: int, condition: Condition) -> list[Entry] | None:
        with self.lock:
            place = key(base)
            if place not in self.entries:
                return None
            depth = len(place)

            def is_in(other: Key) -> bool:
                if scope == 0:
                    return other == place
                if scope == 1:
                    return other[1:] == place
                return other[len(other) - depth:] == place if len(other) >= depth else False

            return [entry for other, entry in self.entries.items() if is_in(other) and condition(entry[1])]


def condition(tag: int, body: bytes) -> Condition:
    """A filter (RFC 4511, section 4.5.1) as a function of an entry's attributes."""
    if tag in (0xA0, 0xA1):
        several = [condition(*each) for each in elements(body)]
        return (lambda it: all(each(it) for each in several)) if tag == 0xA0 else (lambda it: any(each(it) for each in several))
    if tag == 0xA2:
        one = condition(*elements(body)[0])
        return lambda it: not one(it)
    if tag == 0x87:
        name = body.decode().lower()
        return lambda it: name in it
    parts_of = elements(body)
    name = parts_of[0][1].decode().lower()

    def values(it: Attributes) -> Iterable[bytes]:
        return map(folded, it.get(name, ("", []))[1])

    if tag == 0xA4:
        pieces = [(how, folded(text)) for how, text in elements(parts_of[1][1])]

        def fits(value: bytes) -> bool:
            for how, text in pieces:
                if how == 0x80:
                    if not value.startswith(text):
                        return False
                    value = value[len(text):]
                elif how == 0x82:
                    return value.endswith(text)
                elif text in value:
                    value = value.split(text, 1)[1]
                else:
                    return False
            return True

        return lambda it: any(map(fits, values(it)))
    wanted = folded(parts_of[1][1])
    if tag == 0xA5:
        return lambda it: any(value >= wanted for value in values(it))
    if tag == 0xA6:
        return lambda it: any(value <= wanted for value in values(it))
    return lambda it: tag in (0xA3, 0xA8) and wanted in values(it)


class Session:
    def __init__(
        self, connection: socket.socket, store: Store, people: dict[Key, str], context: ssl.SSLContext
    ) -> None:
        self.connection, self.store, self.people, self.context = connection, store, people, context
        self.stream = connection.makefile("rb")
        self.who = ""

    def serve(self) -> None:
        while (data := message(self.stream)) is not None:
            (_, self.id), (tag, body), *controls = elements(data)
            if tag == 0x42:
                return
            if tag == 0x50:
                continue
            critical = any(
                dict(elements(control)).get(0x01, b"\0") != b"\0" for _, group in controls for _, control in elements(group))
            if critical:
                # Of each operation the answer is the next tag, but for a search.
                self.answer(0x65 if tag == 0x63 else 0x6B if tag == 0x4A else tag + 1, UNAVAILABLE_CRITICAL_EXTENSION)
            elif tag == 0x77:
                self.extend(body)
            else:
                {0x60: self.bind, 0x63: self.search}.get(tag, self.change)(tag, body)

    def send(self, tag: int, body: bytes) -> None:
        self.connection.sendall(encoded(0x30, encoded(0x02, self.id) + encoded(tag, body)))

    def answer(self, tag: int, code: int, text: str = "") -> None:
        self.send(tag, encoded(0x0A, bytes([code])) + encoded(0x04, b"") + encoded(0x04, text.encode()))

    def bind(self, tag: int, body: bytes) -> None:
        _, (_, dn), (how, password) = elements(body)
        self.who = dn.decode()
        is_right = not dn or how == 0x80 and self.people.get(key(self.who)) == password.decode()
        self.answer(0x61, SUCCESS if is_right else INVALID_CREDENTIALS)
        if not is_right:
            self.who = ""

    def extend(self, body: bytes) -> None:
        name = elements(body)[0][1].decode()
        if name != START_TLS:
            self.answer(0x78, PROTOCOL_ERROR, "no such operation")
            return
        self.answer(0x78, SUCCESS)
        self.connection = self.context.wrap_socket(self.connection, server_side=True)
        self.stream = self.connection.makefile("rb")

    def search(self, tag: int, body: bytes) -> None:
        (_, base), (_, scope), _, _, _, _, which, (_, wanted) = elements(body)
        found = self.store.search(base.decode(), scope[0], condition(*which)) if self.who else None
        if found is None:
            self.answer(0x65, NO_SUCH_OBJECT)
            return
        names = [name.decode().lower() for _, name in elements(wanted)]
        for dn, attributes in found:
            shown = attributes.items() if not names or "*" in names else [
                (name, attributes[name]) for name in dict.fromkeys(names) if name in attributes]
            rows = b"".join(
                encoded(0x30, encoded(0x04, written.encode()) + encoded(0x31, b"".join(encoded(0x04, it) for it in values)))
                for _, (written, values) in shown)
            self.send(0x64, encoded(0x04, dn.encode()) + encoded(0x30, rows))
        self.answer(0x65, SUCCESS)

    def change(self, tag: int, body: bytes) -> None:
        if tag == 0x4A:
            what: tuple[Any, ...] = ("delete", body.decode())
        else:
            (_, dn), *more = elements(body)
            what = {0x68: self.addition, 0x66: self.modification, 0x6C: self.renaming}[tag](dn.decode(), more)
        code = self.store.change(*what) if self.who else INSUFFICIENT_ACCESS
        self.answer(0x6B if tag == 0x4A else tag + 1, code)

    def addition(self, dn: str, more: Elements) -> tuple[Any, ...]:
        return "add", dn, [(name.decode(), [it for _, it in elements(values)])
                           for (_, name), (_, values) in (elements(each) for _, each in elements(more[0][1]))]

    def modification(self, dn: str, more: Elements) -> tuple[Any, ...]:
        changes = []
        for _, change in elements(more[0][1]):
            (_, how), (_, part) = elements(change)
            (_, name), (_, values) = elements(part)
            changes.append((how[0], name.decode(), [it for _, it in elements(values)]))
        return "modify", dn, changes

    def renaming(self, dn: str, more: Elements) -> tuple[Any, ...]:
        parent = next((value.decode() for tag, value in more if tag == 0x80), None)
        return "rename", dn, more[0][1].decode(), more[1][1] != b"\0", parent


def listen(port: int, session: Callable[[socket.socket], Session]) -> None:
    listener = socket.create_server(("127.0.0.1", port), backlog=64)

    def serve(connection: socket.socket) -> None:
        try:
            session(connection).serve()
        except (OSError, ssl.SSLError, ValueError):
            pass
        connection.close()

    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()


def main() -> None:
    port, tls_port, certificate, private, path, suffix, *people = sys.argv[1:]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, private)
    store = Store(path, suffix)
    known = {key(dn): password for dn, _, password in (each.rpartition("=") for each in people)}
    threading.Thread(
        target=listen, daemon=True,
        args=(int(tls_port), lambda it: Session(context.wrap_socket(it, server_side=True), store, known, context))).start()
    listen(int(port), lambda it: Session(it, store, known, context))


if __name__ == "__main__":
    main()
