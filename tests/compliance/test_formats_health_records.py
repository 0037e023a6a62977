"""NDJSON of FHIR R4: a resource a line, or refused by its line."""

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.formats.health_records import MOST_DEPTH, MOST_LINE_BYTES, read_records
from compliance.rules.health_records import Told
from tests.compliance.recording import a_doctor, a_visit, ann, ndjson, resource

SAMPLES = Path(__file__).parents[3] / "shared" / "samples"
NESTED = '{"resourceType":"Patient","id":"a","extension":%s1%s}'


def faults(data: bytes) -> list[tuple[str, str]]:
    return [(one.where, one.code) for one in read_records(data).problems]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"not json", "no_json"),
        (b'{"resourceType":"Patient","id":"a","x":NaN}', "no_json"),
        (b"[1]", "no_object"),
        (b'{"id":"a"}', "no_type"),
        (b'{"resourceType":"pa tient","id":"a"}', "no_type"),
        (b'{"resourceType":"Patient","id":"a b"}', "bad_id"),
        (b'{"resourceType":"Patient","id":"%s"}' % (b"a" * 65), "bad_id"),
        (b'{"resourceType":"Patient"}', "no_id"),
        (b'{"resourceType":"Patient","id":"a","id":"b"}', "repeated_name"),
        (b'{"resourceType":"Patient","id":"a","x":"\xff"}', "bad_utf8"),
        (b'{"resourceType":"Patient","id":"a","x":"\x00"}', "nul"),
        (b'{"resourceType":"Patient","id":"a","x":"\\u0000"}', "nul"),
        (b'{"resourceType":"Patient","id":"a","x":"\\ud800"}', "bad_text"),
        (b'{"resourceType":"Patient","id":"a","meta":{"lastUpdated":"2026-10-01"}}', "bad_instant"),
        ((NESTED % ("[" * MOST_DEPTH, "]" * MOST_DEPTH)).encode(), "too_deep"),
        ((NESTED % ("[" * 200_000, "]" * 200_000)).encode(), "too_deep"),
        (b'{"resourceType":"Patient","id":"a","x":"%s"}' % (b"x" * MOST_LINE_BYTES), "too_long"),
        (b'{"resourceType":"Patient","id":"a","x":%s}' % (b"9" * 9_999), "no_json"),
    ],
)  # fmt: skip
def test_refuses_a_line_by_its_number(line, code):
    assert faults(ndjson(ann()) + line + b"\n") == [("line 2", code)]


def test_depth_up_to_the_limit_is_taken():
    inner = MOST_DEPTH - 1  # the resource itself is the first
    assert faults((NESTED % ("[" * inner, "]" * inner)).encode()) == []


def test_names_an_end_in_the_middle_of_a_line_and_an_id_that_stands_twice():
    whole = ndjson(ann(), a_visit("e", "p-ann", "2026-09-01"))
    assert faults(whole) == []
    assert faults(whole.rstrip(b"\n")) == []  # no line feed at the end is no fault
    assert faults(whole[:-9]) == [("line 2", "cut_short")]
    assert faults(ndjson(ann(), ann())) == [("line 2", "duplicate_id")]
    assert faults(b"\n  \n") == [("file", "empty")]
    assert faults(b"\xef\xbb\xbf" + whole.replace(b"\n", b"\r\n")) == []


def test_reads_who_what_when_and_by_whom():
    asked = {"reference": "Practitioner?identifier=http://hl7.org/fhir/sid/us-npi|1999999984"}
    shot = resource(
        "Immunization", "i", 3, status="completed", patient={"reference": "urn:uuid:abc"},
        encounter={"reference": "Encounter/e/_history/2"},
        occurrenceDateTime="2026-09-30T23:30:00-08:00",
        vaccineCode={"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "140"}]},
        performer=[{"actor": asked}],
    )  # fmt: skip
    cover = resource(
        "Coverage", "c", subscriberId="M-1", beneficiary={"reference": "https://ehr/Patient/p"}
    )
    found = read_records(
        ndjson(ann(mbi="1EG4TE5MK73"), a_doctor("d", "1999999984"),
               a_visit("e", "p-ann", "2026-09-01", "d"), shot, cover,
               resource("Martian", "m", period={"start": "2026-09"}))
    )  # fmt: skip
    patient, doctor, visit, given_, covered, martian = found.resources
    assert patient.told == Told("Example", "Ann", "1952-05-05", "F", ("1EG4TE5MK73",), ("M-ANN",))
    assert (patient.patient_ref, doctor.npi) == ("p-ann", "1999999984")
    assert (visit.patient_ref, visit.by_ref, visit.status) == ("p-ann", "d", "finished")
    assert (visit.first_day, visit.setting) == (date(2026, 9, 1), "AMB")
    # The day is the one on the clock of whoever gave it.
    assert (given_.first_day, given_.code, given_.npi) == (date(2026, 9, 30), "140", "1999999984")
    assert (given_.patient_ref, given_.encounter_ref) == ("abc", "e")
    assert (covered.patient_ref, covered.told.numbers) == ("p", ("M-1",))
    assert martian.first_day is None  # a month is no day
    assert found.unknown == {"Martian": 1}


def test_a_line_can_be_cut_out_of_the_file_by_its_place():
    data = b"\xef\xbb\xbf" + ndjson(ann(), a_visit("é".encode().hex(), "p-ann", "2026-09-01"))
    for one in read_records(data).resources:
        assert json.loads(data[one.offset : one.offset + one.size])["id"] == one.ref


@settings(max_examples=60)
@given(st.binary(max_size=200), st.integers(0, 400))
def test_never_fails_whatever_is_cut_or_put_in(noise, at):
    data = ndjson(ann(), a_visit("e", "p-ann", "2026-09-01"))
    found = read_records(data[:at] + noise + data[at:])
    assert found.lines == found.bad_lines + len(found.resources)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the public samples are not here")
def test_counts_what_public_samples_hold():
    known = json.loads((SAMPLES / "expected.json").read_text())
    compared = 0
    for one in known:
        if not one["fmt"].startswith("fhir-") or not one["expected"]:
            continue
        found = read_records((SAMPLES / one["fmt"] / one["file"]).read_bytes())
        assert {key: found.figures[key] for key in one["expected"]} == one["expected"], one["file"]
        assert not found.unsafe, one["file"]
        compared += 1
    assert compared == 55
