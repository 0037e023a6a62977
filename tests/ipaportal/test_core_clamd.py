"""Asking a virus scanner: every byte reaches it, and what is no clear answer is no answer."""

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest

from ipaportal.core.clamd import PIECE_BYTES, NoAnswer, scan

# The harmless file that every scanner knows, see eicar.org; in two, so that none finds it here.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE!$H+H*"


@contextmanager
def daemon(path: Path, says: bytes | None = None, got: list[bytes] | None = None) -> Iterator[str]:
    """Speak as clamd does (man clamd, INSTREAM), or say always the same; keeps what it got."""
    door = socket.socket(socket.AF_UNIX)
    door.bind(str(path))
    door.listen()
    thread = Thread(target=_serve, args=(door, says, [] if got is None else got), daemon=True)
    thread.start()
    try:
        yield str(path)
    finally:
        door.shutdown(socket.SHUT_RDWR)
        door.close()
        thread.join(5)


def _serve(door: socket.socket, says: bytes | None, got: list[bytes]) -> None:
    while True:
        try:
            line, _ = door.accept()
        except OSError:
            return
        with line, line.makefile("rb") as read:
            assert read.read(10) == b"zINSTREAM\0"
            data = b""
            while size := struct.unpack(">I", read.read(4))[0]:
                data += read.read(size)
            got.append(data)
            known = b"stream: Eicar-Test-Signature FOUND" if data == EICAR else b"stream: OK"
            line.sendall((known if says is None else says) + b"\0")


def test_sends_every_byte_and_gives_what_was_found(tmp_path):
    got = []
    large = bytes(range(256)) * (PIECE_BYTES // 128)
    with daemon(tmp_path / "s", got=got) as address:
        assert scan(address, [large, b"", b"end"]) == ""
        assert scan(address, []) == ""
        assert scan(address, [EICAR[:20], EICAR[20:]]) == "Eicar-Test-Signature"
    assert got == [large + b"end", b"", EICAR]


@pytest.mark.parametrize(
    "says", [b"", b"INSTREAM size limit exceeded. ERROR", b"stream: OKAY", b"UNKNOWN COMMAND"]
)
def test_what_is_no_clear_answer_is_none(tmp_path, says):
    with daemon(tmp_path / "s", says) as address, pytest.raises(NoAnswer, match="said"):
        scan(address, [b"x"])


@pytest.mark.parametrize("address", ["/nowhere/clamd.ctl", "127.0.0.1:1", "localhost", "a:b"])
def test_nobody_there_is_no_answer(address):
    with pytest.raises(NoAnswer, match="cannot be asked"):
        scan(address, [b"x"])
