"""Ends TLS with a certificate of its own and opens TLS to the server again: a proxy, or an attacker in the middle."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator


@contextlib.contextmanager
def proxy(port: int, certificate: str, key: str, authority: str) -> Iterator[int]:
    """Stands before a port of this machine while it lasts. Gives its own port."""
    shown = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    shown.load_cert_chain(certificate, key)
    trusted = ssl.create_default_context(cafile=authority)
    listener = socket.create_server(("127.0.0.1", 0))

    def copy(source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        for each in (source, target):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def serve(client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            client = shown.wrap_socket(client, server_side=True)
            server = trusted.wrap_socket(socket.create_connection(("127.0.0.1", port)), server_hostname="localhost")
            threading.Thread(target=copy, args=(server, client), daemon=True).start()
            copy(client, server)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        listener.close()
