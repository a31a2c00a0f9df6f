"""A terminal of fixed size for one command, and the text that it shows."""

import fcntl
import os
import pty
import re
import struct
import termios
from collections.abc import Sequence

#: Colours and other sequences (ECMA-48).
SEQUENCE = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
#: An event, maybe behind a progress bar.
EVENT = re.compile(r"(\[[#.]*\] \d+ of \d+)?(\x1b\[K)?<[0-7]>")


def run(
    words: list[str], columns: int = 80, rows: int = 24, environment: dict[str, str] | None = None,
    answers: Sequence[tuple[str, str]] = ()
) -> tuple[str, int]:
    """What the command shows, and its exit status. A line that was drawn over is as it was last.

    - answers: questions with what is typed, with Enter, when they have appeared.
    """
    waiting, seen = list(answers), b""
    process, terminal = pty.fork()
    if process == 0:
        os.execvpe(words[0], words, os.environ | {"TERM": "xterm-256color"} | (environment or {}))
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    output = b""
    while True:
        try:
            piece = os.read(terminal, 65_536)
        except OSError:
            break
        if not piece:
            break
        output += piece
        seen += piece.replace(b"\r\n", b" ")
        if waiting and waiting[0][0].encode() in seen:
            os.write(terminal, waiting.pop(0)[1].encode() + b"\n")
            seen = b""
    _, status = os.waitpid(process, 0)
    assert not waiting, f"not asked: {waiting[0][0]}"
    lines = [line.rsplit("\r", 1)[-1] for line in output.decode().replace("\r\n", "\n").split("\n")]
    # Events go to the journal where one listens.
    lines = [line for line in lines if not EVENT.match(line)]
    return SEQUENCE.sub("", "\n".join(lines)).rstrip(), os.waitstatus_to_exitcode(status)
