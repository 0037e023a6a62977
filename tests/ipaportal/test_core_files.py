"""The file store: bytes come back whole or not at all, and nobody reads them on the disk."""

import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import pytest

from ipaportal.core.encryption import EncryptionFailed
from ipaportal.core.files import (
    CHUNK_BYTES,
    FileDamaged,
    is_stored,
    open_stored,
    path_of,
    read_stored,
    store,
)


@pytest.fixture(autouse=True)
def data_dir(tmp_path, settings):
    settings.DATA_DIR = tmp_path
    return tmp_path


def files_in(folder):
    return sorted(path for path in (folder / "files").rglob("*") if path.is_file())


@pytest.mark.parametrize(
    "size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, 2_500_000]
)
def test_gives_back_the_bytes(size):
    data = (b"ISA*00*segment~" * (size // 15 + 1))[:size]
    stored = store(data)
    assert stored.size == size
    assert read_stored(stored.sha256) == data
    assert b"ISA*00" not in path_of(stored.sha256).read_bytes()


def test_keeps_the_same_bytes_once(data_dir):
    first = store(b"same")
    before = path_of(first.sha256).read_bytes()
    assert store(iter([b"sa", b"", b"me"])) == first
    assert path_of(first.sha256).read_bytes() == before
    assert files_in(data_dir) == [path_of(first.sha256)]


def test_keeps_one_file_when_the_same_bytes_come_many_times_at_once(data_dir):
    with ThreadPoolExecutor(8) as pool:
        stored = set(pool.map(lambda _: store(b"same" * 1000), range(24)))
    (one,) = stored
    assert files_in(data_dir) == [path_of(one.sha256)]
    assert read_stored(one.sha256) == b"same" * 1000


def test_leaves_nothing_when_the_bytes_stop_coming(data_dir):
    def broken():
        yield b"half"
        raise ConnectionError("upload broke off")

    with pytest.raises(ConnectionError):
        store(broken())
    assert files_in(data_dir) == []


def test_refuses_every_alteration():
    stored = store(b"x" * (CHUNK_BYTES + 500))
    path = path_of(stored.sha256)
    good = path.read_bytes()
    altered = [good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :] for at in (0, 5, 7, 20, 60, -1)]
    sealed_chunk = CHUNK_BYTES + 16
    header = len(good) - sealed_chunk - 516
    cut = [b"", good[:10], good[:header], good[: header + sealed_chunk], good[:-1], good + b"!"]
    for bad in altered + cut:
        path.write_bytes(bad)
        with pytest.raises(EncryptionFailed):
            read_stored(stored.sha256)


def test_refuses_a_file_put_under_another_name():
    one, other = store(b"one"), store(b"other")
    path_of(other.sha256).write_bytes(path_of(one.sha256).read_bytes())
    with pytest.raises(FileDamaged, match="other bytes"):
        read_stored(other.sha256)


def test_says_when_a_file_is_missing_and_takes_no_path_for_a_name():
    assert not is_stored("0" * 64)
    with pytest.raises(FileDamaged, match="missing"):
        read_stored("0" * 64)
    with pytest.raises(AssertionError):
        read_stored("../../etc/passwd")


@pytest.mark.slow
def test_takes_100_mb_in_bounded_memory():
    piece = bytes(range(256)) * 4096
    tracemalloc.start()
    try:
        stored = store(piece for _ in range(100))
        assert sum(map(len, open_stored(stored.sha256))) == stored.size == 100 * len(piece)
        assert tracemalloc.get_traced_memory()[1] < 16 * CHUNK_BYTES
    finally:
        tracemalloc.stop()
