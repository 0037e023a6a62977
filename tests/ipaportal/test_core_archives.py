"""Archives: what a file is, and bombs that are refused before they go off."""

import gzip
import io
import struct
import tracemalloc
import zipfile

import pytest

from ipaportal.core import archives
from ipaportal.core.archives import ArchiveRefused, Kind, gunzip, sniff, unzip


def zipped(**members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", Kind.EMPTY),
        (zipped(a=b"x"), Kind.ZIP),
        (zipped(), Kind.ZIP),
        (gzip.compress(b"x"), Kind.GZIP),
        (b"%PDF-1.7\n", Kind.PDF),
        (b"\x7fELF\x02\x01\x00\x00", Kind.BINARY),
        (bytes(range(1, 32)) * 5, Kind.BINARY),
        (b"\xef\xbb\xbfISA*00*", Kind.TEXT),
        (b"ISA\x1d00\x1d  \x1e", Kind.TEXT),
        ("Núñez,3\r\n".encode("latin-1"), Kind.TEXT),
        ("a,b".encode("utf-16"), Kind.TEXT),
    ],
)
def test_knows_a_file_by_its_bytes(data, kind):
    assert sniff(data) is kind


def test_unpacks_what_is_harmless():
    assert dict(unzip(zipped(a=b"1", b=b"2" * 5000))) == {"a": b"1", "b": b"2" * 5000}
    assert gunzip(gzip.compress(b"one") + gzip.compress(b"two")) == b"onetwo"
    assert gunzip(gzip.compress(b"again " * 100_000)) == b"again " * 100_000


def lying(data, size):
    """The same zip, its directory naming another unpacked size."""
    at = data.index(b"PK\x01\x02")
    return data[: at + 24] + struct.pack("<I", size) + data[at + 28 :]


@pytest.mark.parametrize(
    ("reason", "data"),
    [
        ("200 times", zipped(bomb=bytes(20 << 20))),
        ("damaged", lying(zipped(bomb=bytes(20 << 20)), 1000)),
        ("1,001 files", zipped(**{str(n): b"" for n in range(1001)})),
        ("damaged", zipped(a=b"x" * 100)[:60]),
        ("damaged", b"PK\x03\x04" + b"garbage" * 9),
        ("password", zipped(a=b"x").replace(b"PK\x01\x02\x14\x03\x14\x00\x00\x00",
                                            b"PK\x01\x02\x14\x03\x14\x00\x01\x00")),
    ],
)  # fmt: skip
def test_refuses_a_bad_zip_and_says_why(reason, data):
    with pytest.raises(ArchiveRefused, match=reason) as refusal:
        list(unzip(data))
    assert "Nothing was changed" in refusal.value.message


def test_refuses_more_than_the_limit_in_all(monkeypatch):
    monkeypatch.setattr(archives, "MAX_UNPACKED_BYTES", 3 << 20)
    with pytest.raises(ArchiveRefused, match="more than 3 MB"):
        list(unzip(zipped(a=bytes(2 << 20), b=bytes(2 << 20))))


def test_stops_a_gzip_bomb_early():
    bomb = gzip.compress(bytes(100 << 20))
    tracemalloc.start()
    try:
        with pytest.raises(ArchiveRefused, match="200 times"):
            gunzip(bomb)
        assert tracemalloc.get_traced_memory()[1] < 50 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("reason", "data"),
    [
        ("cut short", gzip.compress(b"x" * 1000)[:-5]),
        ("damaged", gzip.compress(b"x" * 1000) + b"rubbish"),
        ("damaged", b"\x1f\x8b\x08\x00" + b"\xff" * 40),
    ],
)
def test_refuses_a_damaged_gzip(reason, data):
    with pytest.raises(ArchiveRefused, match=reason):
        gunzip(data)
