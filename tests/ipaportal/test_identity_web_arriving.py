"""What is uploaded is never on the disk in clear, nor under a name, while it arrives."""

import gzip
import io
import os
import zipfile

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory
from django.test.client import MULTIPART_CONTENT
from hypothesis import given
from hypothesis import strategies as st

from ipaportal.identity.web.arriving import SealedFile

CANARY = b"NM1*IL*1*CANARYNAME*ZEBULON****MI*1EG4TE5MK73~"
LARGE = CANARY * 70_000  # beyond what is held in memory


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    return tmp_path


def arrive(data: bytes):
    request = RequestFactory().post("/", {"file": SimpleUploadedFile("a.834", data)})
    return request, request.FILES["file"]


def on_disk(file) -> bytes:
    """What the disk holds of an uploaded file."""
    handle = file.file.raw.file.fileno()
    return os.pread(handle, os.fstat(handle).st_size, 0)


def test_large_files_lie_sealed_and_without_a_name(folder):
    assert len(LARGE) > settings.FILE_UPLOAD_MAX_MEMORY_SIZE
    _, file = arrive(LARGE)
    assert list(folder.iterdir()) == []
    stored = on_disk(file)
    assert len(stored) == len(LARGE)
    assert b"CANARY" not in stored
    assert stored[:64] != stored[len(CANARY) * 4 : len(CANARY) * 4 + 64]
    assert (file.name, file.size, file.read()) == ("a.834", len(LARGE), LARGE)


def test_small_files_never_reach_the_disk(folder):
    _, file = arrive(CANARY)
    assert isinstance(file.file, io.BytesIO)
    assert (file.read(), list(folder.iterdir())) == (CANARY, [])


def test_is_read_in_pieces_again_and_packed():
    _, file = arrive(LARGE)
    assert b"".join(file.chunks()) == LARGE
    assert b"".join(file.chunks()) == LARGE
    noise = os.urandom(3 << 20)
    _, packed = arrive(gzip.compress(noise))
    assert gzip.GzipFile(fileobj=packed).read() == noise
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as out:
        out.writestr("plan.834", noise)
    _, packed = arrive(archive.getvalue())
    assert zipfile.ZipFile(packed).read("plan.834") == noise


def test_two_files_are_never_sealed_alike():
    assert on_disk(arrive(LARGE)[1]) != on_disk(arrive(LARGE)[1])


def test_is_gone_with_its_request():
    request, file = arrive(LARGE)
    handle = file.file.raw.file
    request.close()
    assert handle.closed


def test_an_upload_that_breaks_off_leaves_nothing(folder):
    class BrokenOff(io.BytesIO):
        def read(self, *args):
            piece = super().read(*args)
            if self.tell() >= 3 << 20:
                raise OSError("the line went dead")
            return piece

    request = RequestFactory().generic(
        "POST",
        "/",
        b"",
        CONTENT_TYPE=MULTIPART_CONTENT,
        CONTENT_LENGTH=str(len(LARGE)),
        **{"wsgi.input": BrokenOff(_form(LARGE))},
    )
    with pytest.raises(OSError, match="went dead"):
        request.FILES["file"].read()
    assert list(folder.iterdir()) == []


def _form(data: bytes) -> bytes:
    from_factory = RequestFactory().post("/", {"file": SimpleUploadedFile("a.834", data)})
    return from_factory.environ["wsgi.input"].read()


@given(
    st.lists(st.binary(max_size=70), max_size=8),
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 90)), max_size=8),
)
def test_reads_from_anywhere_what_was_written(pieces, reads):
    whole = b"".join(pieces)
    with SealedFile() as file:
        for piece in pieces:
            file.write(piece)
        for start, count in reads:
            file.seek(start)
            assert file.read(count) == whole[start : start + count]
            assert file.tell() == start + len(whole[start : start + count])


def test_writes_each_byte_once():
    with SealedFile() as file:
        file.write(b"abc")
        file.seek(0)
        with pytest.raises(AssertionError, match="once"):
            file.write(b"abd")
