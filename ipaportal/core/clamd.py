"""Asking ClamAV's daemon about bytes, by its INSTREAM command (man clamd, "COMMANDS")."""

import socket
import struct
from collections.abc import Iterable

SECONDS = 60
PIECE_BYTES = 1 << 20
ANSWER_BYTES = 4096
CLEAN, FOUND = b"stream: OK", b" FOUND"


class NoAnswer(Exception):
    """The scanner is not there, gave up, or said what nobody expects."""


def scan(address: str, pieces: Iterable[bytes]) -> str:
    """
    Let the daemon at an address look at bytes; the name of what it found, empty if nothing.

    :raises NoAnswer: if it did not look at all of them
    """
    try:
        with _connected(address) as line:
            said = _ask(line, pieces)
    except (OSError, ValueError) as failure:
        raise NoAnswer(
            f"The virus scanner cannot be asked ({type(failure).__name__})."
        ) from failure
    if said == CLEAN:
        return ""
    if said.endswith(FOUND):
        return said.removeprefix(b"stream: ").removesuffix(FOUND).decode("ascii", "replace")
    raise NoAnswer(f"The virus scanner said {said[:80].decode('ascii', 'replace')!r}.")


def _connected(address: str) -> socket.socket:
    if "/" not in address:
        host, _, port = address.rpartition(":")
        return socket.create_connection((host, int(port)), SECONDS)
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        line.settimeout(SECONDS)
        line.connect(address)
    except OSError:
        line.close()
        raise
    return line


def _ask(line: socket.socket, pieces: Iterable[bytes]) -> bytes:
    line.sendall(b"zINSTREAM\0")
    for piece in pieces:
        for start in range(0, len(piece), PIECE_BYTES):
            part = piece[start : start + PIECE_BYTES]
            line.sendall(struct.pack(">I", len(part)) + part)
    line.sendall(struct.pack(">I", 0))
    said = b""
    while b"\0" not in said and len(said) < ANSWER_BYTES and (more := line.recv(ANSWER_BYTES)):
        said += more
    return said.partition(b"\0")[0]
