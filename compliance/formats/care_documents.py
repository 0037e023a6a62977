"""
C-CDA R2.1: a document of one patient; its encounters, procedures, shots and problems are read out.

Read by `defusedxml`: a document type, an entity or an address of elsewhere refuses the file, and so
does one that is too large, too deep or of too many parts. What is read out stands as resources do
that come by FHIR, so that one rule says which version counts and whose they are.
"""

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, tostring

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from compliance.formats.health_records import ReadRecords, Resource
from compliance.rules.health_records import Told
from ipaportal.core.x12 import Problem

MOST_BYTES = 16 << 20
MOST_DEPTH = 100
MOST_PARTS = 400_000
V3 = "{urn:hl7-org:v3}"
NPI_ROOT = "2.16.840.1.113883.4.6"
MBI_ROOT = "2.16.840.1.113883.4.927"
CODE_SYSTEMS = {
    "2.16.840.1.113883.6.12": "http://www.ama-assn.org/go/cpt",
    "2.16.840.1.113883.6.96": "http://snomed.info/sct",
    "2.16.840.1.113883.6.90": "http://hl7.org/fhir/sid/icd-10-cm",
    "2.16.840.1.113883.12.292": "http://hl7.org/fhir/sid/cvx",
    "2.16.840.1.113883.6.1": "http://loinc.org",
}
# Sections by LOINC, and which resource their entries are.
SECTIONS = {
    "46240-8": "Encounter",
    "47519-4": "Procedure",
    "11369-6": "Immunization",
    "11450-4": "Condition",
}
ENTRIES = {
    "Encounter": ("encounter",),
    "Procedure": ("procedure", "act", "observation"),
    "Immunization": ("substanceAdministration",),
    "Condition": ("act",),
}


class _Limit(Exception):
    """More than is read; the words say of what."""


class _Limited(TreeBuilder):
    """Builds a tree up to a depth and a number of parts."""

    def __init__(self) -> None:
        super().__init__()
        self.depth = self.parts = 0

    def start(self, tag: str, attrs: dict[str, str]) -> Element:
        self.depth += 1
        self.parts += 1
        if self.depth > MOST_DEPTH:
            raise _Limit(f"It is nested more than {MOST_DEPTH} deep.")
        if self.parts > MOST_PARTS:
            raise _Limit(f"It has more than {MOST_PARTS:,} parts.")
        return super().start(tag, attrs)

    def end(self, tag: str) -> Element:
        self.depth -= 1
        return super().end(tag)


def looks_like_document(data: bytes) -> bool:
    """Whether a file begins as XML does."""
    head = data[:1_000].removeprefix(b"\xef\xbb\xbf").lstrip()
    return head.startswith((b"<?xml", b"<ClinicalDocument", b"<!DOCTYPE", b"<"))


def read_document(data: bytes) -> ReadRecords:
    """Read a document whole; it never fails, and what is wrong is among its problems."""
    found = ReadRecords()
    root = _root(data, found)
    if root is None:
        return found
    role = root.find(f"{V3}recordTarget/{V3}patientRole")
    if role is None or role.find(f"{V3}patient") is None:
        found.refuse("recordTarget", "no_patient", "It does not say whose document it is.")
        return found
    as_of = _moment(root.find(f"{V3}effectiveTime"))
    patient = _patient(role, as_of, len(data))
    if not patient.ref:
        found.refuse("recordTarget", "no_id", "Its patient has no id, and cannot be known again.")
        return found
    seen: set[tuple[str, str]] = set()
    for one in (patient, *_entries(root, patient.ref, as_of, len(data))):
        if (one.kind, one.ref) in seen:
            words = f"A {one.kind} stands twice in it under one id: the first is kept."
            found.problems.append(Problem(f"entry {one.line_no}", "twice", words, "note"))
            continue
        seen.add((one.kind, one.ref))
        found.resources.append(one)
        found.counts[one.kind] += 1
    found.lines = len(found.resources)
    return found


def _root(data: bytes, found: ReadRecords) -> Element | None:
    """The document's root, or None and why."""
    if len(data) > MOST_BYTES:
        found.refuse("file", "too_large", f"It is larger than {MOST_BYTES >> 20} MB.")
        return None
    parser = DefusedXMLParser(target=_Limited(), forbid_dtd=True)
    try:
        parser.feed(data)
        root = parser.close()
    except DefusedXmlException:
        words = "It has a document type or entities, which no C-CDA needs: they can hide anything."
        found.refuse("file", "unsafe_xml", words)
    except _Limit as limit:
        found.refuse("file", "too_much", str(limit))
    except ParseError as fault:
        line, column = fault.position
        found.refuse(f"line {line}", "no_xml", f"It is no XML from character {column + 1} on.")
    except (ValueError, LookupError):  # an encoding that there is not, or that it is not
        found.refuse("file", "no_xml", "Its text is in no encoding that can be read.")
    else:
        if root.tag == f"{V3}ClinicalDocument":
            return root
        found.refuse("file", "no_ccda", "It is XML, but no ClinicalDocument of HL7 v3.")
    return None


def _patient(role: Element, as_of: datetime | None, size: int) -> Resource:
    person = role.find(f"{V3}patient")
    name = person.find(f"{V3}name")
    gender = person.find(f"{V3}administrativeGenderCode")
    born = _day(person.find(f"{V3}birthTime"))
    ids = role.findall(f"{V3}id")
    told = Told(
        last_name=_text(name, "family"), first_name=_text(name, "given"),
        birth_date=born.isoformat() if born else "",
        sex=_attr(gender, "code") if _attr(gender, "code") in ("M", "F") else "",
        mbis=tuple(_attr(one, "extension") for one in ids if _attr(one, "root") == MBI_ROOT),
    )  # fmt: skip
    ref = _ref(role)
    return Resource(
        1, 0, size, _hash("Patient", role), "Patient", ref, updated_at=as_of, patient_ref=ref,
        told=told,
    )  # fmt: skip


def _entries(
    root: Element, patient_ref: str, as_of: datetime | None, size: int
) -> Iterator[Resource]:
    number = 1
    for section in root.iter(f"{V3}section"):
        kind = SECTIONS.get(_attr(section.find(f"{V3}code"), "code"))
        if kind is None:
            continue
        for entry in section.findall(f"{V3}entry"):
            one = next((e for e in entry if e.tag.removeprefix(V3) in ENTRIES[kind]), None)
            if one is None or _attr(one, "moodCode") not in ("EVN", ""):
                continue  # what is planned or asked for did not happen
            number += 1
            code, system = _code(kind, one)
            digest = _hash(kind, one)
            yield Resource(
                number, 0, size, digest, kind, _ref(one) or digest[:32], updated_at=as_of,
                patient_ref=patient_ref, npi=_npi(one), first_day=_when(one),
                status=_status(kind, one), code=code, code_system=system,
            )  # fmt: skip


def _status(kind: str, one: Element) -> str:
    """As FHIR has it; an encounter that happened is finished, unless it says otherwise."""
    if _attr(one, "negationInd") == "true":
        return "not-done"
    said = _attr(one.find(f"{V3}statusCode"), "code")
    if kind == "Encounter":
        return {"": "finished", "completed": "finished"}.get(said, said[:30])
    return said[:30]


def _code(kind: str, one: Element) -> tuple[str, str]:
    where = {
        "Immunization": f"{V3}consumable/{V3}manufacturedProduct/{V3}manufacturedMaterial/{V3}code",
        "Condition": f"{V3}entryRelationship/{V3}observation/{V3}value",
    }
    found = one.find(where.get(kind, f"{V3}code"))
    system = _attr(found, "codeSystem")
    return _attr(found, "code")[:40], CODE_SYSTEMS.get(system, system)[:100]


def _npi(one: Element) -> str:
    for found in one.findall(f"{V3}performer/{V3}assignedEntity/{V3}id"):
        npi = _attr(found, "extension")
        if _attr(found, "root") == NPI_ROOT and npi.isascii() and npi.isdigit() and len(npi) == 10:
            return npi
    return ""


def _when(one: Element) -> date | None:
    when = one.find(f"{V3}effectiveTime")
    if when is None:
        return None
    return _day(when) or _day(when.find(f"{V3}low")) or _day(when.find(f"{V3}center"))


def _ref(one: Element) -> str:
    """A name for an id: roots and extensions may hold what ids of resources may not."""
    for found in one.findall(f"{V3}id"):
        root, extension = _attr(found, "root"), _attr(found, "extension")
        if root and not _attr(found, "nullFlavor"):
            return hashlib.sha256(f"{root}^{extension}".encode()).hexdigest()[:32]
    return ""


def _hash(kind: str, one: Element) -> str:
    return hashlib.sha256(kind.encode() + b"\0" + tostring(one, "utf-8")).hexdigest()


def _day(one: Element | None) -> date | None:
    text = _attr(one, "value")
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8])) if len(text) >= 8 else None
    except ValueError:
        return None


def _moment(one: Element | None) -> datetime | None:
    """A moment with its zone; without one a document cannot be ordered among others."""
    text = _attr(one, "value")
    for form in ("%Y%m%d%H%M%S%z", "%Y%m%d%H%M%z"):
        try:
            return datetime.strptime(text, form).astimezone(UTC)
        except (ValueError, OverflowError):
            continue
    return None


def _attr(one: Element | None, name: str) -> str:
    return (one.get(name) or "").strip() if one is not None else ""


def _text(one: Element | None, name: str) -> str:
    found = one.find(f"{V3}{name}") if one is not None else None
    return (found.text or "").strip()[:100] if found is not None else ""
