"""The X12 tokeniser and its envelope checks."""

import io
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipaportal.core.x12 import Reader, segment_text

ISA = (
    "ISA*00*          *00*          *ZZ*PLAN           *ZZ*IPA            "
    "*260101*0600*^*00501*000000007*0*P*:~"
)
GOOD = (
    ISA + "GS*BE*PLAN*IPA*20260101*0600*7*X*005010X220A1~ST*834*0001~BGN*00*1*20260101~"
    "SE*3*0001~GE*1*7~IEA*1*000000007~"
)


def read(text, encoding="utf-8"):
    reader = Reader(text.encode(encoding) if isinstance(text, str) else text)
    return list(reader), reader


def test_numbers_the_segments_and_finds_nothing_wrong():
    found, reader = read(GOOD)
    assert [number for number, _ in found] == [1, 2, 3, 4, 5, 6, 7]
    assert found[3][1] == ["BGN", "00", "1", "20260101"]
    assert (reader.segments, reader.faults, reader.problems) == (7, [], [])
    assert reader.envelope.transactions == {"834": 1}
    assert reader.envelope.versions == ["005010X220A1"]


@pytest.mark.parametrize(
    ("_case", "text"),
    [
        ("newline after each", GOOD.replace("~", "~\n")),
        ("carriage return and newline after each", GOOD.replace("~", "~\r\n")),
        ("newline as terminator", GOOD.replace("~", "\n")),
        ("CR LF as terminator", GOOD.replace("~", "\r\n")),
        ("three dots", GOOD.replace("~", "...")),
        ("control characters", GOOD.replace("~", "\x1e").replace(":", "\x1d")),
        ("other element mark", GOOD.replace("*", "|")),
        ("ISA without padding", GOOD.replace(" ", "")),
        ("blanks at the end", GOOD + "\r\n  \x1a"),
        ("byte order mark", "\ufeff" + GOOD),
        ("blank lines first", "\r\n\r\n" + GOOD),
        ("last terminator missing", GOOD[:-1]),
    ],
)
def test_reads_whatever_separators_the_sender_chose(_case, text):
    found, reader = read(text)
    assert len(found) == 7
    assert found[3][1] == ["BGN", "00", "1", "20260101"]
    assert reader.problems == []


def test_says_how_long_the_isa_was():
    assert read(GOOD)[1].delimiters.isa_length == 106
    assert read(GOOD.replace(" ", ""))[1].delimiters.isa_length == 63


def test_passes_over_garbage_before_the_isa_and_says_so():
    found, reader = read("Subject: file\n" + GOOD)
    assert len(found) == 7
    assert [(p.code, p.severity) for p in reader.problems] == [("leading_garbage", "note")]


def test_reads_several_interchanges_with_different_separators():
    other = GOOD.replace("*", "|").replace("~", "\n").replace("000000007", "000000008")
    found, reader = read(GOOD + other)
    assert len(found) == 14
    assert (reader.envelope.interchanges, reader.faults) == (2, [])


def test_reads_accents_of_either_encoding():
    text = GOOD.replace("BGN*00*1", "BGN*00*NUÑEZ")
    assert read(text)[0][3][1][2] == "NUÑEZ"
    assert read(text, "cp1252")[0][3][1][2] == "NUÑEZ"
    assert read(text, "utf-16")[0][3][1][2] == "NUÑEZ"


@pytest.mark.parametrize(
    ("_case", "old", "new", "faults", "where"),
    [
        ("SE01", "SE*3*", "SE*4*", ["SE01=4 actual=3"], "segment 5 (SE)"),
        ("SE02", "SE*3*0001", "SE*3*0002", ["ST02=0001 SE02=0002"], "segment 5 (SE)"),
        ("GE01", "GE*1*7", "GE*2*7", ["GE01=2 actual=1"], "segment 6 (GE)"),
        ("GE02", "GE*1*7", "GE*1*8", ["GS06=7 GE02=8"], "segment 6 (GE)"),
        ("IEA01", "IEA*1*", "IEA*2*", ["IEA01=2 actual=1"], "segment 7 (IEA)"),
        (
            "IEA02", "IEA*1*000000007", "IEA*1*000000001",
            ["ISA13=000000007 IEA02=000000001"], "segment 7 (IEA)",
        ),
        ("no SE", "SE*3*0001~", "", ["missing SE"], "segment 3 (ST)"),
        ("no GE", "GE*1*7~", "", ["missing GE"], "segment 2 (GS)"),
        ("no IEA", "IEA*1*000000007~", "", ["missing IEA"], "segment 1 (ISA)"),
        ("no ST", "ST*834*0001~", "", ["SE without ST", "GE01=1 actual=0"], "segment 4 (SE)"),
        (
            "no GS", "GS*BE*PLAN*IPA*20260101*0600*7*X*005010X220A1~", "",
            ["ST without GS", "GE without GS", "IEA01=1 actual=0"], "segment 2 (ST)",
        ),
        ("no ISA", ISA, "", ["IEA without ISA", "no ISA segment"], "segment 6 (IEA)"),
        (
            "after the end", "IEA*1*000000007~", "IEA*1*000000007~NTE*MORE~",
            ["data after IEA"], "segment 8",
        ),
    ],
)  # fmt: skip
def test_names_each_envelope_fault_with_its_segment(_case, old, new, faults, where):
    _, reader = read(GOOD.replace(old, new))
    assert reader.faults == faults
    assert reader.problems[0].where == where
    assert all(problem.severity == "refused" for problem in reader.problems)
    assert all(problem.message.endswith((".", ")")) for problem in reader.problems)


def test_names_an_interchange_that_comes_twice():
    _, reader = read(GOOD + GOOD)
    assert reader.faults == ["duplicate ISA13=000000007"]
    assert reader.problems[0].where == "segment 8 (ISA)"


def test_notes_a_wrong_group_a_wrong_guide_and_a_test_file():
    text = GOOD.replace("GS*BE", "GS*HC").replace("X220A1", "X218").replace("*P*:~", "*T*:~")
    _, reader = read(text)
    assert reader.faults == []
    assert [p.code for p in reader.problems] == ["test_file", "group_kind", "version_kind"]
    assert {p.severity for p in reader.problems} == {"note"}


@pytest.mark.parametrize("length", range(107, len(GOOD) - 1, 7))
def test_refuses_a_file_cut_off_anywhere(length):
    _, reader = read(GOOD[:length])
    assert reader.faults != []
    assert reader.problems[-1].severity == "refused"


@pytest.mark.parametrize("data", [b"", b"\n", b"hello", b"\x00" * 1000, b"PK\x03\x04", b"ISA"])
def test_finds_no_segments_in_what_is_no_x12(data):
    found, reader = read(data)
    assert found == []
    assert reader.faults == ["no ISA segment"]


def test_gives_up_on_a_segment_without_end():
    found, reader = read(ISA + "GS*" + "A" * 3_000_000)
    assert len(found) == 1
    assert "segment too long" in reader.faults


def test_gives_the_text_of_a_segment_as_it_stands():
    text = GOOD.replace("*", "|").replace("~", "~\n")
    assert segment_text(text.encode(), 4) == "BGN|00|1|20260101"
    assert segment_text(text.encode(), 4, 2) == "BGN|00|1|20260101\nSE|3|0001"


def test_reads_open_files_and_needs_no_memory_for_a_long_one():
    body = "INS*Y*18*030*XN*A~REF*0F*123456789~" * 60_000
    data = GOOD.replace("SE*3*", body + "SE*120003*").encode()
    tracemalloc.start()
    reader = Reader(io.BytesIO(data))
    count = sum(1 for _ in reader)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (count, reader.faults) == (120_007, [])
    assert peak < 8 << 20


@given(st.binary(max_size=2000))
def test_never_raises_on_any_bytes(data):
    list(Reader(data))
    list(Reader(ISA.encode() + data))


@given(st.text(alphabet="ISAGSTEB*~:|\n 01", max_size=600))
def test_never_raises_on_anything_that_looks_like_x12(text):
    list(Reader(text.encode()))
    list(Reader((ISA + text).encode()))
    list(Reader((GOOD + text).encode()))


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("BGN*00*1*", "BGN*00*1\0*", ["segment 4 (BGN)"]),
        ("GS*BE*", "GS*B\0*", ["segment 2 (GS)"]),
        ("ST*834*", "S\0*834*", ["segment 3 (S\ufffd)"]),
    ],
)
def test_a_segment_with_a_nul_is_refused_by_name_and_none_is_handed_on(old, new, where):
    found, reader = read(GOOD.replace(old, new))
    assert [one.where for one in reader.problems if one.code == "nul"] == where
    assert "\0" not in repr((found, reader.problems, reader.faults, vars(reader.envelope)))


@pytest.mark.parametrize("padding", ["\0\0", "\r\n\0", " \x1a\0"])
def test_padding_after_the_last_segment_is_no_fault(padding):
    _, reader = read(GOOD + padding)
    assert (reader.segments, reader.problems) == (7, [])
