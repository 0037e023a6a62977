"""
NDJSON of FHIR R4: a resource a line, as bulk exports send it, read strictly and by limits.

A file is safe to use where every line is one resource; what is wrong is named by its line. What a
resource says of a patient, a day, a code and who did it is read out; all else stays in the file.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from compliance.formats.fhir_types import FHIR_R4
from compliance.rules.health_records import Told
from ipaportal.core.x12 import Problem

MOST_LINES = 500_000
MOST_LINE_BYTES = 4 << 20
MOST_DEPTH = 64
MOST_PROBLEMS = 100
TYPE = re.compile(r"[A-Z][A-Za-z]{1,63}")
ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(T|$)")
NPI_SYSTEM = "http://hl7.org/fhir/sid/us-npi"
MBI_SYSTEMS = ("http://hl7.org/fhir/sid/us-mbi", "http://terminology.hl7.org/NamingSystem/cmsMBI")
MEMBER_NUMBER = "MB"  # of code system v2-0203
# Of these a line without an id cannot be known again; of others its bytes are their name.
NEED_ID = {
    *("Patient", "Encounter", "Procedure", "Immunization", "Condition", "Observation"),
    *("Coverage", "Practitioner"),
}
# Where a resource says its patient, its day and its code, in the order in which it is looked for.
PATIENT_IN = ("subject", "patient", "beneficiary")
DAY_IN = (
    *("performedDateTime", "performedPeriod", "occurrenceDateTime", "effectiveDateTime"),
    *("effectivePeriod", "onsetDateTime", "recordedDate", "period", "billablePeriod"),
    *("authoredOn", "date"),
)
CODE_IN = ("code", "vaccineCode", "type", "class")
BY_IN = ("participant", "performer", "asserter", "recorder", "provider", "requester")


@dataclass(frozen=True, slots=True)
class Resource:
    """One line: what it is, where it stands, and what is read out of it."""

    line_no: int
    offset: int
    size: int
    sha256: str
    kind: str
    ref: str
    version: str = ""
    updated_at: datetime | None = None
    patient_ref: str = ""
    encounter_ref: str = ""
    by_ref: str = ""
    npi: str = ""
    first_day: date | None = None
    status: str = ""
    setting: str = ""
    code: str = ""
    code_system: str = ""
    told: Told | None = None


@dataclass
class ReadRecords:
    """A file as it was read."""

    resources: list[Resource] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    lines: int = 0
    bad_lines: int = 0
    unsafe: int = 0
    is_one: bool = False  # one resource over many lines, as examples and single reads are written

    def refuse(self, where: int | str, code: str, words: str) -> None:
        """Name a fault; the file is not to be used."""
        self.unsafe += 1
        if len(self.problems) < MOST_PROBLEMS:
            place = f"line {where}" if isinstance(where, int) else where
            self.problems.append(Problem(place, code, words, "refused"))

    @property
    def unknown(self) -> dict[str, int]:
        """How many of each type that FHIR R4 does not have."""
        return {kind: n for kind, n in sorted(self.counts.items()) if kind not in FHIR_R4}

    @property
    def figures(self) -> dict[str, object]:
        """What `inspect` says of it."""
        only = len(self.resources) == 1
        whole = {"json": self.resources[0].kind} if only else {}
        return whole | {
            "lines": self.lines,
            "bad_lines": self.bad_lines,
            "resources": dict(sorted(self.counts.items())),
            "unknown_types": self.unknown,
        }


class NoResource(ValueError):
    """A line that is no resource; the code and words say why, and never repeat what it holds."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code, self.words = code, words


def looks_like_records(head: bytes) -> bool:
    """Whether a file begins as one resource a line does."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:65_536]
    return start.startswith(b"{") and b'"resourceType"' in head


def is_one(data: bytes) -> bool:
    """Whether a file is one resource over many lines: its first line does not end what it began."""
    first, _, more = data.partition(b"\n")
    return bool(more.strip()) and first.startswith(b"{") and not first.rstrip().endswith(b"}")


def read_records(data: bytes) -> ReadRecords:
    """Read a file whole; it never fails, and what is wrong is among its problems."""
    found = ReadRecords()
    seen: dict[tuple[str, str], int] = {}
    found.is_one = is_one(data)
    lines = [(1, 0, data, True)] if found.is_one else _lines(data)
    for line_no, offset, line, is_whole in lines:
        if line_no > MOST_LINES:
            found.refuse("file", "too_many_lines", f"It has more than {MOST_LINES:,} lines.")
            break
        if not line.strip(b" \t\r"):
            continue
        found.lines += 1
        try:
            one = _resource(line, line_no, offset)
        except NoResource as fault:
            found.bad_lines += 1
            cut = fault.code == "no_json" and not is_whole
            words = "The file ends in the middle of this line." if cut else fault.words
            found.refuse(line_no, "cut_short" if cut else fault.code, words)
            continue
        found.counts[one.kind] += 1
        if not one.ref:
            _say_no_id(found, one)
        elif before := seen.get((one.kind, one.ref)):
            words = f"This {one.kind} stands on line {before} already: an id is one resource's."
            found.refuse(line_no, "duplicate_id", words)
        seen.setdefault((one.kind, one.ref), line_no)
        found.resources.append(one)
    if not found.lines:
        found.refuse("file", "empty", "It holds no resource.")
    return found


def _say_no_id(found: ReadRecords, one: Resource) -> None:
    if one.kind in NEED_ID:
        found.refuse(one.line_no, "no_id", f"This {one.kind} has no id, and cannot be known again.")
    elif len(found.problems) < MOST_PROBLEMS:
        words = f"This {one.kind} has no id: it is kept by its bytes, and nothing in it is opened."
        found.problems.append(Problem(f"line {one.line_no}", "no_id", words, "note"))


def _lines(data: bytes) -> Iterator[tuple[int, int, bytes, bool]]:
    """Each line with its number, where it begins, and whether a line feed ends it."""
    offset, line_no = (3 if data.startswith(b"\xef\xbb\xbf") else 0), 0
    while offset < len(data):
        end = data.find(b"\n", offset)
        is_whole, stop = end >= 0, end if end >= 0 else len(data)
        line_no += 1
        yield line_no, offset, data[offset:stop], is_whole
        offset = stop + 1


def _resource(line: bytes, line_no: int, offset: int) -> Resource:
    if len(line) > MOST_LINE_BYTES:
        raise NoResource("too_long", f"It is longer than {MOST_LINE_BYTES >> 20} MB.")
    body = parse_resource(line)
    kind = body.get("resourceType")
    if not isinstance(kind, str) or not TYPE.fullmatch(kind):
        raise NoResource("no_type", "It does not say which type of resource it is.")
    ref = body.get("id", "")
    if not isinstance(ref, str) or (ref and not ID.fullmatch(ref)):
        raise NoResource("bad_id", "Its id is none: 1 to 64 letters, digits, dashes and dots.")
    meta = _dict(body.get("meta"))
    return Resource(
        line_no, offset, len(line), hashlib.sha256(line).hexdigest(), kind, ref,
        version=_text(meta.get("versionId"), 64), updated_at=_instant(meta.get("lastUpdated")),
        **_read_out(kind, ref, body),
    )  # fmt: skip


def parse_resource(line: bytes) -> dict:
    """
    One line as JSON, strictly.

    :raises NoResource: if it is none, repeats a name, is nested too deep or holds what no text has
    """
    if b"\x00" in line or b"\\u0000" in line:
        raise NoResource("nul", "It holds characters that no text has (NUL).")
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise NoResource("bad_utf8", f"Byte {fault.start + 1} of it is no UTF-8.") from fault
    try:
        body = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except RecursionError as fault:
        raise NoResource("too_deep", _TOO_DEEP) from fault
    except NoResource:
        raise
    except ValueError as fault:
        raise NoResource("no_json", "It is no JSON.") from fault
    if not isinstance(body, dict):
        raise NoResource("no_object", "It is JSON, but no resource.")
    if line.count(b"{") + line.count(b"[") > MOST_DEPTH and _is_too_deep(body):
        raise NoResource("too_deep", _TOO_DEEP)
    if b"\\ud" in line.lower() and not _is_text(body):
        raise NoResource("bad_text", "It holds half a character (a lone surrogate).")
    return body


_TOO_DEEP = f"It is nested more than {MOST_DEPTH} deep."


def _unique(pairs: list[tuple[str, object]]) -> dict:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise NoResource("repeated_name", "A name stands twice in it: which of them counts?")
    return made


def _no_constant(_name: str) -> None:
    raise ValueError


def _is_too_deep(body: object) -> bool:
    level = [body]
    for _ in range(MOST_DEPTH):
        level = [
            inner
            for one in level
            if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return False
    return any(isinstance(one, dict | list) for one in level)


def _is_text(body: object) -> bool:
    try:
        json.dumps(body, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


# What is read out ---------------------------------------------------------------------------------


def _read_out(kind: str, ref: str, body: Mapping) -> dict[str, object]:
    who, npi = _by(body)
    code, system = _code(body)
    if kind == "Practitioner":
        npi = next(iter(_identifiers(body, NPI_SYSTEM)), "")
    told = _person(body) if kind == "Patient" else _cover(body) if kind == "Coverage" else None
    return {
        "patient_ref": ref if kind == "Patient" else _patient(body),
        "encounter_ref": _ref(_dict(body.get("encounter")).get("reference"), "Encounter")[0],
        "by_ref": who,
        "npi": npi if npi.isascii() and npi.isdigit() and len(npi) == 10 else "",
        "first_day": _day(body),
        "status": _status(body),
        "setting": _text(_dict(body.get("class")).get("code"), 20),
        "code": code,
        "code_system": system,
        "told": told,
    }


def _person(body: Mapping) -> Told:
    names = [one for one in _list(body.get("name")) if isinstance(one, dict)]
    name = next((one for one in names if one.get("use") == "official"), names[0] if names else {})
    given = _list(name.get("given"))
    return Told(
        last_name=_text(name.get("family"), 100),
        first_name=_text(given[0] if given else "", 100),
        birth_date=_text(body.get("birthDate"), 10),
        sex={"male": "M", "female": "F"}.get(_text(body.get("gender"), 10), ""),
        mbis=tuple(dict.fromkeys(one for s in MBI_SYSTEMS for one in _identifiers(body, s))),
        numbers=_member_numbers(body),
    )


def _cover(body: Mapping) -> Told:
    own = _text(body.get("subscriberId"), 40)
    numbers = dict.fromkeys([*([own] if own else []), *_member_numbers(body)])
    return Told(numbers=tuple(numbers))


def _identifiers(body: Mapping, system: str) -> list[str]:
    found = [_dict(one) for one in _list(body.get("identifier"))]
    texts = [_text(one.get("value"), 40) for one in found if one.get("system") == system]
    return [one for one in texts if one]


def _member_numbers(body: Mapping) -> tuple[str, ...]:
    found = {}
    for one in map(_dict, _list(body.get("identifier"))):
        codes = [_dict(c).get("code") for c in _list(_dict(one.get("type")).get("coding"))]
        if MEMBER_NUMBER in codes and (value := _text(one.get("value"), 40)):
            found[value] = None
    return tuple(found)


def _patient(body: Mapping) -> str:
    for name in PATIENT_IN:
        found = _ref(_dict(body.get(name)).get("reference"), "Patient")[0]
        if found:
            return found
    return ""


def _by(body: Mapping) -> tuple[str, str]:
    """Who did it: their id of the source, and the NPI where the reference itself names it."""
    for name in BY_IN:
        value = body.get(name)
        for one in map(_dict, value if isinstance(value, list) else [value]):
            inner = next((_dict(one[k]) for k in ("individual", "actor") if k in one), one)
            found = _ref(inner.get("reference"), "Practitioner")
            if found != ("", ""):
                return found
            identifier = _dict(inner.get("identifier"))
            if identifier.get("system") == NPI_SYSTEM:
                return "", _text(identifier.get("value"), 10)
    return "", ""


def _ref(value: object, kind: str) -> tuple[str, str]:
    """The id that a reference names, or the NPI that it asks for; both empty if of another type."""
    text = value if isinstance(value, str) else ""
    head, _, asked = text.partition("?identifier=")
    if asked:
        system, _, number = asked.partition("|")
        is_npi = head == kind and system == NPI_SYSTEM
        return "", number[:10] if is_npi else ""
    if text.startswith("urn:uuid:"):
        found = text.removeprefix("urn:uuid:")
    else:
        parts = text.split("/_history/")[0].split("/")
        found = parts[-1] if len(parts) > 1 and parts[-2] == kind else ""
    return (found, "") if ID.fullmatch(found) else ("", "")


def _code(body: Mapping) -> tuple[str, str]:
    for name in CODE_IN:
        value = body.get(name)
        for one in map(_dict, value if isinstance(value, list) else [value]):
            codings = _list(one.get("coding")) or ([one] if "code" in one else [])
            for coding in map(_dict, codings):
                if code := _text(coding.get("code"), 40):
                    return code, _text(coding.get("system"), 100)
    return "", ""


def _status(body: Mapping) -> str:
    for name in ("status", "clinicalStatus", "verificationStatus"):
        value = body.get(name)
        if isinstance(value, str):
            return value[:30]
        for coding in map(_dict, _list(_dict(value).get("coding"))):
            if code := _text(coding.get("code"), 30):
                return code
    return ""


def _day(body: Mapping) -> date | None:
    for name in DAY_IN:
        value = body.get(name)
        text = _dict(value).get("start") if isinstance(value, dict) else value
        found = DAY.match(text) if isinstance(text, str) else None
        if found:
            try:
                return date.fromisoformat(found[1])
            except ValueError:
                continue
    return None


def _instant(value: object) -> datetime | None:
    if value is None:
        return None
    try:
        found = datetime.fromisoformat(value if isinstance(value, str) else "")
        found = found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        found = None
    if found is None:
        raise NoResource("bad_instant", "Its meta.lastUpdated is no moment with a time zone.")
    return found


def _text(value: object, most: int) -> str:
    return value.strip()[:most] if isinstance(value, str) else ""


def _dict(value: object) -> Mapping:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list:
    return value if isinstance(value, list) else []
