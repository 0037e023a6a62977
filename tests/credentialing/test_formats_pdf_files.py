"""PDFs that people send: papers pass, what does something or cannot be looked into does not."""

import zlib

import pytest

from credentialing.formats import pdf_files
from credentialing.formats.pdf_files import fault_of_pdf
from ipaportal.home.demo.papers import paper

PAPER = paper("Certificate")


def with_object(words: bytes) -> bytes:
    """A paper with one more object."""
    return PAPER.replace(b"trailer", b"9 0 obj\n" + words + b"\nendobj\ntrailer", 1)


def packed(words: bytes, way: bytes = b"/FlateDecode", before: bytes = b"") -> bytes:
    """The same, inside a compressed object stream."""
    data = zlib.compress(before + words)
    head = b"<< /Type /ObjStm /N 1 /First 4 /Filter %s /Length %d >>" % (way, len(data))
    return with_object(head + b"\nstream\r\n" + data + b"\nendstream")


@pytest.mark.parametrize(
    "data",
    [
        PAPER,
        PAPER + b"\n" * 1000,
        packed(b"<< /Type /Font >>"),
        with_object(b"<< /OpenAction [3 0 R /Fit] /S /URI /URI (https://board.example) >>"),
        with_object(b"(We teach JavaScript, launch rockets)"),
        with_object(b"<< /Type /Launched >>"),
    ],
)
def test_a_paper_is_kept(data):
    assert fault_of_pdf(data) == ""


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (b"<< /S /JavaScript /JS (app.alert(1)) >>", "a script"),
        (b"<< /S/JavaScript/JS(x)>>", "a script"),
        (b"<< /S /J#61vaScr#69pt /JS (x) >>", "a script"),
        (b"<< /S /#4aavaScript >>", "a script"),
        (b"<< /S /Rendition /JS (x) >>", "a script"),
        (b"<< /S /Launch /F (cmd.exe) >>", "a command that starts a program"),
        (b"<< /Names << /EmbeddedFiles 8 0 R >> >>", "another file"),
        (b"<< /Type /EmbeddedFile >>", "another file"),
        (b"<< /Subtype /RichMedia >>", "a film or an animation"),
        (b"<< /AcroForm << /XFA 7 0 R >> >>", "a form that runs as a program"),
        (b"<< /S /ImportData >>", "a command that reads a file"),
        (b"<< /S /SubmitForm >>", "a form that sends what is filled in"),
    ],
)
def test_what_does_something_is_found_in_the_open_and_packed(words, what):
    assert fault_of_pdf(with_object(words)) == f"holds {what}"
    assert fault_of_pdf(packed(words)) == f"holds {what}"


def test_it_is_found_over_the_seam_of_two_pieces():
    for shift in range(12):
        before = b" " * ((1 << 20) - shift)
        assert fault_of_pdf(packed(b"/JavaScript ", before=before)) == "holds a script", shift


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", "ends in the middle"),
        (b"%PDF-1.7", "ends in the middle"),
        (PAPER[:-8], "ends in the middle"),
        (PAPER + b"\n" * 3000, "ends in the middle"),
        (PAPER.replace(b"/Root", b"/Encrypt 9 0 R /Root"), "is locked, so that nobody can look"),
        (packed(b"x", b"[/ASCIIHexDecode /FlateDecode]"), "is packed in a way that nobody can"),
        (packed(b"x", b"/LZWDecode"), "is packed in a way that nobody can"),
        (packed(b"x", b"/FlateDecode /DecodeParms << /Predictor 12 >>"), "is packed in a way"),
    ],
)
def test_what_cannot_be_looked_into_is_not_kept(data, fault):
    assert fault_of_pdf(data).startswith(fault)


def test_a_bomb_is_given_up(monkeypatch):
    monkeypatch.setattr(pdf_files, "MOST_UNPACKED", 3 << 20)
    for megabytes, fault in ((2, ""), (4, "is far larger unpacked than it looks")):
        assert fault_of_pdf(packed(bytes(megabytes << 20))) == fault


def test_parts_within_parts_are_not_read_for_ever():
    """Each begins anew and reads to the end, without unpacking anything."""
    head = b"x\x9c" + b"\0\0\0\xff\xff" * 2
    data = b"stream\n" + head
    within = b"\0" + len(data).to_bytes(2, "little") + (0xFFFF - len(data)).to_bytes(2, "little")
    empty = b"\0\0\0\xff\xff" * 600
    bomb = with_object(data + (within + data + empty) * 4000)
    assert len(bomb) < 13 << 20
    assert fault_of_pdf(bomb) == "is far larger unpacked than it looks"


def test_a_damaged_stream_is_no_hiding_place_and_no_exception():
    broken = packed(b"<< /Type /Font >>").replace(zlib.compress(b"<< /Type /Font >>")[3:], b"\xff")
    assert fault_of_pdf(broken) == ""
