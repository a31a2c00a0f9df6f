"""A TCP proxy that breaks connections on order."""

import random
import socket
import threading
from collections.abc import Callable


class Order:
    """What to do to the next connections. `times` counts down with each connection that is broken."""

    def __init__(self, kind: str, times: int = 1, at: int = 0, hook: Callable[[], None] | None = None, code: int = 0) -> None:
        self.kind = kind  # cut-answer, cut-request, stall, refuse, rewrite, hook
        self.times = times
        self.at = at  # the byte at which to cut or stall, or how many search results to let pass
        self.hook = hook  # for "hook": called between two pages
        self.code = code  # for "rewrite": the LDAP result code to send instead of success


class Proxy:
    """Listens on a port of its own and passes all on to its target, or to several by turns, but for what the order says."""

    def __init__(self, target: int) -> None:
        self.targets = [target]
        self._turn = 0
        self.order: Order | None = None
        self.broken = 0
        self._lock = threading.Lock()
        self._open = 0
        self._is_idle = threading.Condition(self._lock)
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(64)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def arm(self, order: Order) -> None:
        with self._lock:
            self.order, self.broken = order, 0

    def disarm(self) -> int:
        """Returns how many connections were broken since it was armed."""
        with self._lock:
            self.order = None
            return self.broken

    def _take(self) -> Order | None:
        """The order for one connection, where it has one left."""
        with self._lock:
            if self.order and self.order.times > 0:
                self.order.times -= 1
                return self.order
            return None

    def refuse(self) -> None:
        """Nobody is there, until `disarm`."""
        self.arm(Order("refuse", times=1_000_000))

    def _next_target(self) -> int:
        with self._lock:
            self._turn += 1
            return self.targets[self._turn % len(self.targets)]

    def _note(self) -> None:
        with self._lock:
            self.broken += 1

    def wait_until_idle(self) -> None:
        """Waits until no connection is open: what a client sent before it was killed has been answered then."""
        with self._is_idle:
            self._is_idle.wait_for(lambda: self._open == 0, timeout=10)

    def _accept(self) -> None:
        while True:
            client, _ = self._listener.accept()
            with self._lock:
                self._open += 1
            threading.Thread(target=self._serve_one, args=(client,), daemon=True).start()

    def _serve_one(self, client: socket.socket) -> None:
        try:
            self._serve(client)
        finally:
            with self._is_idle:
                self._open -= 1
                self._is_idle.notify_all()

    def _serve(self, client: socket.socket) -> None:
        order = self._take()
        if order and order.kind == "refuse":
            self._note()
            return client.close()
        try:
            server = socket.create_connection(("127.0.0.1", self._next_target()))
        except OSError:
            return client.close()
        for each in (client, server):
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        up = threading.Thread(target=self._pass, args=(client, server, order, "cut-request"), daemon=True)
        up.start()
        if order and order.kind in ("rewrite", "hook"):
            self._pass_messages(server, client, order)
        else:
            self._pass(server, client, order, "cut-answer")
        up.join()
        client.close()
        server.close()

    def _pass(self, source: socket.socket, sink: socket.socket, order: Order | None, kind: str) -> None:
        """Bytes from one end to the other; where the order is about this direction, as many as it says."""
        left = None
        if order and (order.kind == kind or order.kind == "stall" and kind == "cut-answer"):
            left = order.at
        try:
            while True:
                data = source.recv(65536)
                if not data:
                    break
                if left is not None and len(data) >= left:
                    sink.sendall(data[:left])
                    self._note()
                    if order and order.kind == "stall":
                        # From now on neither a byte nor an end comes, until the client gives up.
                        source.settimeout(30)
                        while source.recv(65536):
                            pass
                        break
                    return self._break(source, sink)
                if left is not None:
                    left -= len(data)
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            self._break(source, sink)

    def _pass_messages(self, source: socket.socket, sink: socket.socket, order: Order) -> None:
        """LDAP messages from the server, whole; the `at`-th search result is the one that is meant (RFC 4511)."""
        buffer, seen, is_done = b"", 0, False
        try:
            while True:
                data = source.recv(65536)
                if not data:
                    break
                buffer += data
                while (size := _message_size(buffer)) and len(buffer) >= size:
                    message, buffer = buffer[:size], buffer[size:]
                    result = _search_result(message)
                    if result is not None and not is_done:
                        if seen == order.at:
                            is_done = True
                            self._note()
                            if order.kind == "rewrite":
                                message = message[:result] + bytes([order.code]) + message[result + 1:]
                            elif order.hook:
                                order.hook()
                        seen += 1
                    sink.sendall(message)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            self._break(source, sink)

    @staticmethod
    def _break(*ends: socket.socket) -> None:
        for end in ends:
            try:
                # An abort, not an end: the other side sees a reset.
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def _length(data: bytes, start: int) -> tuple[int, int] | None:
    """The value of a BER length and where what it counts begins; None where it isn't all there."""
    if len(data) <= start:
        return None
    first = data[start]
    if first < 0x80:
        return first, start + 1
    count = first & 0x7F
    if len(data) < start + 1 + count:
        return None
    return int.from_bytes(data[start + 1:start + 1 + count], "big"), start + 1 + count


def _message_size(data: bytes) -> int | None:
    found = _length(data, 1)
    return found[0] + found[1] if found else None


def _content(message: bytes, start: int) -> tuple[int, int]:
    """The same of a message that is all there."""
    found = _length(message, start)
    assert found
    return found


def _search_result(message: bytes) -> int | None:
    """Where the result code of a SearchResultDone with success lies; None for any other message."""
    _, start = _content(message, 1)
    size, start = _content(message, start + 1)  # messageID
    start += size
    if message[start] != 0x65:
        return None
    _, start = _content(message, start + 1)
    return start + 2 if message[start:start + 3] == b"\x0a\x01\x00" else None


def random_place(rng: random.Random, most: int) -> int:
    """Half of the places lie near the start, where greetings and lengths are."""
    return rng.randrange(1, 40) if rng.random() < 0.3 else rng.randrange(1, max(2, most))
