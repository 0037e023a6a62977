"""C-CDA: read out of one document, or refused for what it hides."""

from datetime import date

import pytest

from compliance.formats.care_documents import MOST_DEPTH, looks_like_document, read_document
from compliance.rules.health_records import Told
from tests.compliance.documents import a_document, an_entry, ends_deep

LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;">]><x>&d;</x>"""
FILE = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'
REMOTE = b'<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd"><x/>'
PARAMETER = b'<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:1/">%p;]><x/>'
QUADRATIC = b'<!DOCTYPE x [<!ENTITY a "' + b"a" * 50_000 + b'">]><x>' + b"&a;" * 1_000 + b"</x>"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (LAUGHS, "unsafe_xml"), (FILE, "unsafe_xml"), (REMOTE, "unsafe_xml"),
        (PARAMETER, "unsafe_xml"), (QUADRATIC, "unsafe_xml"),
        (LAUGHS.decode().replace('"1.0"', '"1.0" encoding="UTF-16"').encode("utf-16"),
         "unsafe_xml"),
        (b"<x/>", "no_ccda"), (b"<ClinicalDocument/>", "no_ccda"), (b"<x>", "no_xml"),
        (a_document()[:-30], "no_xml"), (b'<?xml version="1.0" encoding="klingon"?><x/>', "no_xml"),
        (b'<?xml version="1.0" encoding="utf-7"?><x/>', "no_xml"),
        (ends_deep(MOST_DEPTH + 1), "too_much"), (ends_deep(200_000), "too_much"),
        (a_document().replace(b"recordTarget", b"author"), "no_patient"),
        (a_document(patient_id=""), "no_id"),
        (b"<x>\x00</x>", "no_xml"),
    ],
)  # fmt: skip
def test_refuses_what_hides_something_or_is_no_document(data, code):
    found = read_document(data)
    assert [one.code for one in found.problems] == [code]
    assert not found.resources
    assert found.unsafe


def test_a_document_as_deep_as_may_be_is_only_no_c_cda():
    assert [one.code for one in read_document(ends_deep(MOST_DEPTH)).problems] == ["no_ccda"]


def test_reads_who_what_when_and_by_whom():
    data = a_document(
        an_entry("Encounter", "e-1", "20260903100000-0800", code="99213", npi="1999999984"),
        an_entry("Procedure", "p-1", "20260904", code="45378", status="completed"),
        an_entry("Immunization", "i-1", "20260905", code="140", status="completed"),
        an_entry("Immunization", "i-2", "20260905", code="140", negated=True),
        an_entry("Condition", "c-1", "2026", code="E11.9", status="active"),
        an_entry("Encounter", "e-2", "20261101", mood="INT"),
        an_entry("Encounter", "", "20260906"),
    )
    found = read_document(data)
    assert not found.problems
    patient, visit, done, shot, refused, problem, nameless = found.resources
    assert patient.told == Told("Example", "Ann", "1952-05-05", "F", ("1EG4TE5MK73",))
    assert {one.patient_ref for one in found.resources} == {patient.ref}
    assert (visit.first_day, visit.npi, visit.status) == (
        date(2026, 9, 3), "1999999984", "finished"
    )  # fmt: skip
    assert (visit.code, visit.code_system) == ("99213", "http://www.ama-assn.org/go/cpt")
    assert (done.kind, done.first_day, done.status) == (
        "Procedure", date(2026, 9, 4), "completed"
    )  # fmt: skip
    assert (shot.code, shot.status, refused.status) == ("140", "completed", "not-done")
    assert (problem.kind, problem.code, problem.first_day) == ("Condition", "E11.9", None)
    assert nameless.ref
    assert found.lines == len({one.sha256 for one in found.resources}) == 7
    assert looks_like_document(data)


def test_the_same_entry_is_the_same_in_a_later_document():
    entry = an_entry("Encounter", "e-1", "20260903")
    first, second = (read_document(a_document(entry, as_of=at)).resources[1]
                     for at in ("20261001120000+0000", "20261101120000+0000"))  # fmt: skip
    assert (first.ref, first.sha256) == (second.ref, second.sha256)
    twice = read_document(a_document(entry, entry))
    assert [one.code for one in twice.problems] == ["twice"]
    assert not twice.unsafe
