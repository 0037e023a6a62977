"""The application: its sections and fields, what is missing or wrong, and its canonical text."""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from credentialing.rules.identifiers import is_dea, is_taxonomy
from credentialing.rules.npi import is_npi
from credentialing.rules.provider_types import PROVIDER_TYPES, provider_type
from credentialing.rules.work_history import Gap, gaps, unexplained

Answers = Mapping[str, object]
YES, NO = "yes", "no"


@dataclass(frozen=True)
class Field:
    """One thing that is asked; `kind` is text, long, date, choice, yesno or money."""

    name: str
    label: str
    kind: str = "text"
    is_required: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    help: str = ""
    max_length: int = 200


@dataclass(frozen=True)
class Section:
    """One page of the application; `repeats` is what its rows are called, if it has rows."""

    code: str
    name: str
    fields: tuple[Field, ...]
    line: str = ""
    repeats: str = ""
    min_rows: int = 0


def _yes(name: str, label: str) -> tuple[Field, Field]:
    explain = Field(f"{name}_text", "If yes, explain", "long", max_length=2000)
    return Field(name, label, "yesno", is_required=True), explain


_STATE = Field("state", "State", max_length=2, is_required=True, help="Two letters")
_ISSUED = Field("issued_date", "Issued", "date")
_EXPIRES = Field("expires_date", "Expires", "date")
LICENCE_KINDS = (
    ("licence", "State licence"),
    ("dea", "DEA registration"),
    ("csr", "State controlled-substance registration"),
)
SECTIONS = (
    Section(
        "identity",
        "About you",
        (
            Field("first_name", "First name", is_required=True, max_length=100),
            Field("middle_name", "Middle name", max_length=100),
            Field("last_name", "Last name", is_required=True, max_length=100),
            Field("suffix", "Suffix", max_length=20, help="Jr., III"),
            Field("former_names", "Former last names", help="All of them, separated by commas. "
                  "Exclusion lists may know you by one."),
            Field("provider_type", "You are a", "choice", is_required=True,
                  choices=tuple((t.code, t.name) for t in PROVIDER_TYPES)),
            Field("degree", "Degree", max_length=40),
            Field("gender", "Gender, as payers list it", "choice",
                  choices=(("F", "female"), ("M", "male"), ("X", "another"))),
            Field("specialty", "Specialty", is_required=True, max_length=100),
            Field("taxonomy", "NUCC taxonomy code", max_length=10, help="Ten characters"),
            Field("email", "E-mail address", max_length=254),
            Field("phone", "Telephone", max_length=20),
            Field("caqh_id", "CAQH number", max_length=20),
        ),
        line="Names as on your licence. Birth date and Social Security number are asked apart.",
    ),
    Section(
        "licences",
        "Licences and registrations",
        (
            Field("kind", "Kind", "choice", is_required=True, choices=LICENCE_KINDS),
            _STATE,
            Field("number", "Number", is_required=True, max_length=60),
            _ISSUED,
            Field("expires_date", "Expires", "date", is_required=True),
        ),
        line="Every state in which you are or were licensed in the last five years.",
        repeats="licence",
        min_rows=1,
    ),
    Section(
        "education",
        "Education and training",
        (
            Field("kind", "Kind", "choice", is_required=True,
                  choices=(("school", "Professional school"), ("internship", "Internship"),
                           ("residency", "Residency"), ("fellowship", "Fellowship"),
                           ("ecfmg", "ECFMG certification"))),
            Field("institution", "Institution", is_required=True),
            Field("degree", "Degree or specialty", max_length=100),
            Field("started_date", "From", "date"),
            Field("completed_date", "Completed", "date"),
        ),
        repeats="school or programme",
        min_rows=1,
    ),
    Section(
        "boards",
        "Board certification",
        (
            Field("issuer", "Board", is_required=True),
            Field("category", "Specialty", is_required=True, max_length=100),
            Field("number", "Number", max_length=60),
            _ISSUED,
            _EXPIRES,
        ),
        line="Leave empty if you are not board certified: it is not required.",
        repeats="certificate",
    ),
    Section(
        "work",
        "Work history",
        (
            Field("employer", "Practice or employer", is_required=True),
            Field("position", "Position", max_length=100),
            Field("started_date", "From", "date", is_required=True),
            Field("ended_date", "Until", "date", help="Empty if you are there today"),
            Field("reason_left", "Why you left"),
        ),
        line="Five years, with days or months. Gaps are computed and asked about below.",
        repeats="place of work",
        min_rows=1,
    ),
    Section(
        "gaps",
        "Gaps explained",
        (
            Field("started_date", "From", "date", is_required=True),
            Field("ended_date", "Until", "date", is_required=True),
            Field("text", "What you did", "long", is_required=True, max_length=1000),
        ),
        repeats="gap",
    ),
    Section(
        "hospitals",
        "Hospitals",
        (
            Field("hospital_name", "Hospital", is_required=True),
            Field("kind", "Your patients are admitted by", "choice", is_required=True,
                  choices=(("privileges", "me: I hold admitting privileges"),
                           ("arrangement", "somebody else who admits for me"),
                           ("none", "nobody: I am affiliated only"))),
            Field("admits_through", "Who admits for you"),
            Field("started_date", "From", "date"),
            Field("expires_date", "Reappointment due", "date"),
        ),
        repeats="hospital",
    ),
    Section(
        "coverage",
        "Malpractice cover",
        (
            Field("issuer", "Carrier", is_required=True),
            Field("number", "Policy number", is_required=True, max_length=60),
            Field("category", "Form", "choice",
                  choices=(("claims-made", "claims-made"), ("occurrence", "occurrence"))),
            Field("per_claim", "Each claim, $", "money", is_required=True),
            Field("aggregate", "Aggregate, $", "money", is_required=True),
            Field("issued_date", "From", "date", is_required=True),
            Field("expires_date", "Until", "date", is_required=True),
        ),
        repeats="policy",
        min_rows=1,
    ),
    Section(
        "claims",
        "Malpractice claims",
        (
            Field("occurred_date", "Occurred", "date", is_required=True),
            Field("outcome", "Outcome", "choice", is_required=True,
                  choices=(("pending", "pending"), ("dismissed", "dismissed or dropped"),
                           ("settled", "settled"), ("judgment", "judgment"))),
            Field("paid", "Paid on your behalf, $", "money"),
            Field("closed_date", "Closed", "date"),
            Field("carrier", "Carrier"),
            Field("explanation", "What happened", "long", is_required=True, max_length=2000),
        ),
        line="All claims, settlements and judgments of the last five years; pending ones too.",
        repeats="claim",
    ),
    Section(
        "prescribing",
        "Without a DEA registration",
        (
            Field("without_dea", "Only if you hold no DEA registration: why", "choice",
                  choices=(("none", "I do not prescribe controlled substances"),
                           ("other", "another prescriber does so for my patients"))),
            Field("prescriber_name", "Their name, if another prescribes"),
            Field("prescriber_npi", "Their NPI", max_length=10),
        ),
        line="Leave empty if you hold a DEA registration: it stands under licences.",
    ),
    Section(
        "supervision",
        "Supervision",
        (
            Field("physician_name", "Supervising or collaborating physician", is_required=True),
            Field("physician_npi", "Their NPI", is_required=True, max_length=10),
            Field("kind", "They", "choice", is_required=True,
                  choices=(("supervising", "supervise me"),
                           ("collaborating", "collaborate with me"))),
            _STATE,
            Field("started_date", "From", "date", is_required=True),
            Field("ended_date", "Until", "date", help="Empty if it goes on"),
        ),
        line="Nurse practitioners, midwives and physician assistants: as your state, or the IPA, "
        "requires. Leave empty if nobody has to.",
        repeats="physician",
    ),
    Section(
        "languages",
        "Languages in your practice",
        (
            Field("language", "Language besides English", is_required=True, max_length=60),
            Field("spoken_by", "Spoken by", "choice", is_required=True,
                  choices=(("self", "me"), ("staff", "staff"), ("interpreter", "an interpreter"))),
        ),
        line="For members who look for somebody they can talk to. Whoever decides on your "
        "application does not see this.",
        repeats="language",
    ),
    Section(
        "on_call",
        "Who covers for you",
        (
            Field("colleague_name", "Covering colleague", is_required=True),
            Field("colleague_npi", "Their NPI", max_length=10),
            Field("specialty", "Specialty", max_length=100),
            Field("phone", "Telephone", max_length=20),
            Field("after_hours", "When, and how patients reach somebody after hours", "long",
                  is_required=True, max_length=500),
        ),
        line="While you are away, and at night and on weekends.",
        repeats="arrangement",
    ),
    Section(
        "disclosures",
        "Disclosures",
        (
            *_yes("inability", "Is there anything that keeps you from performing the essential "
                  "functions of your profession, with or without accommodation?"),
            *_yes("drugs", "Do you use illegal drugs now?"),
            *_yes("licence_loss", "Was a licence or registration of yours ever denied, limited, "
                  "suspended, revoked or surrendered?"),
            *_yes("felony", "Were you ever convicted of, or did you plead to, a felony?"),
            *_yes("privileges", "Were privileges or memberships of yours ever limited, suspended, "
                  "revoked, or given up while you were looked into?"),
            *_yes("sanctions", "Were you ever sanctioned, excluded or debarred by Medicare, "
                  "Medicaid or another federal programme?"),
            *_yes("uninsured", "Was malpractice cover ever refused to you or cancelled?"),
        ),
        line="Each yes needs a few words; a yes does not decide anything by itself.",
    ),
)  # fmt: skip
BY_CODE = {section.code: section for section in SECTIONS}

ATTESTATION_VERSION = "2025-07"
ATTESTATION_TEXT = (
    "I have read this application. To the best of my knowledge, everything in it is correct and "
    "complete, and nothing that was asked was left out. I will tell the IPA within ten days of "
    "any change. I allow the IPA and those it asks to verify what is written here with its "
    "sources, and I know that I may see what they said and correct what is wrong. I sign this "
    "electronically, and it binds me as my hand would."
)


def rows_of(section: Section, data: Answers) -> list[dict[str, str]]:
    """The filled rows of a section's answers; one row for a section that does not repeat."""
    if not section.repeats:
        return [{field.name: str(data.get(field.name) or "").strip() for field in section.fields}]
    found = []
    for row in data.get("rows") or []:
        kept = {field.name: str(row.get(field.name) or "").strip() for field in section.fields}
        if any(kept.values()):
            found.append(kept)
    return found


def day_in(row: Mapping[str, str], name: str) -> date | None:
    """A date of a row, None where it is empty or no date."""
    try:
        return date.fromisoformat(row.get(name) or "")
    except ValueError:
        return None


def cents_in(row: Mapping[str, str], name: str) -> int | None:
    """Whole cents of an amount in dollars, None where it is empty or no amount."""
    text = (row.get(name) or "").replace(",", "").replace("$", "").strip()
    dollars, _, cents = text.partition(".")
    if not dollars.isdigit() or not dollars.isascii() or (cents and not cents.isdigit()):
        return None
    return int(dollars) * 100 + int((cents + "00")[:2])


def faults_of(section: Section, data: Answers) -> list[str]:
    """What is missing or cannot be in a section, in words for whoever fills it in."""
    rows = rows_of(section, data)
    if len(rows) < section.min_rows:
        return [f"Add at least one {section.repeats}."]
    found = []
    for number, row in enumerate(rows, start=1):
        where = f"{section.repeats} {number}: ".capitalize() if section.repeats else ""
        found += [f"{where}{fault}" for fault in _faults_of_row(section, row)]
    return found


def _faults_of_row(section: Section, row: Mapping[str, str]) -> Iterator[str]:
    for field in section.fields:
        value = row[field.name]
        if field.is_required and not value:
            yield f"“{field.label}” is empty."
        elif value and field.kind == "date" and day_in(row, field.name) is None:
            yield f"“{field.label}” is no date."
        elif value and field.kind == "money" and cents_in(row, field.name) is None:
            yield f"“{field.label}” is no amount in dollars."
        elif value and field.choices and value not in dict(field.choices):
            yield f"“{field.label}” is none of the choices."
        elif len(value) > field.max_length:
            yield f"“{field.label}” is longer than {field.max_length} characters."
        elif field.name.endswith("_text") and not value and row[field.name[:-5]] == YES:
            yield f"Explain your yes to “{_label(section, field.name[:-5])}”"
    yield from _crossed(section, row)


def _crossed(section: Section, row: Mapping[str, str]) -> Iterator[str]:
    for first, last in (("issued_date", "expires_date"), ("started_date", "ended_date"),
                        ("started_date", "completed_date")):  # fmt: skip
        start, end = day_in(row, first), day_in(row, last)
        if start and end and end < start:
            yield f"{end} is before {start}."
    if section.code == "licences" and row["kind"] == "dea" and not is_dea(row["number"]):
        yield f"{row['number']} fails the check digit of DEA numbers."
    if section.code == "hospitals" and row["kind"] == "arrangement" and not row["admits_through"]:
        yield "Say who admits for you."
    for name, value in row.items():
        if name.endswith("_npi") and value and not is_npi(value):
            yield f"{value} is no NPI: its check digit is wrong."
    if section.code == "prescribing":
        is_named = row["prescriber_name"] and row["prescriber_npi"]
        if row["without_dea"] == "other" and not is_named:
            yield "Name the prescriber, with their NPI."
    if section.code == "identity" and row["taxonomy"] and not is_taxonomy(row["taxonomy"]):
        yield "A taxonomy code has ten characters, the last an X."
    if section.code == "coverage":
        per_claim, aggregate = cents_in(row, "per_claim"), cents_in(row, "aggregate")
        if per_claim and aggregate and aggregate < per_claim:
            yield "The aggregate is less than each claim."


def _label(section: Section, name: str) -> str:
    return next(field.label for field in section.fields if field.name == name)


def work_spans(sections: Mapping[str, Answers]) -> list[tuple[date, date | None]]:
    """Where somebody worked or was trained, as spans without the end day."""
    spans = []
    for code, last in (("work", "ended_date"), ("education", "completed_date")):
        for row in rows_of(BY_CODE[code], sections.get(code, {})):
            start = day_in(row, "started_date")
            end = day_in(row, last)
            if start is not None and (code == "work" or end is not None):
                spans.append((start, end))
    return spans


def open_gaps(sections: Mapping[str, Answers], today: date) -> list[Gap]:
    """Gaps of the work history that still need words or writing."""
    told = [
        (start, end, True)
        for row in rows_of(BY_CODE["gaps"], sections.get("gaps", {}))
        if (start := day_in(row, "started_date")) and (end := day_in(row, "ended_date"))
    ]
    return unexplained(gaps(work_spans(sections), today), told)


def what_is_missing(
    sections: Mapping[str, Answers], today: date, supervised_in: Collection[str] = ()
) -> dict[str, list[str]]:
    """
    Everything that keeps an application from being signed, by section; empty if nothing.

    `supervised_in` are the states in which somebody of their kind has to name a physician.
    """
    found = {s.code: faults_of(s, sections.get(s.code, {})) for s in SECTIONS}
    found["gaps"] += [
        f"Explain what you did from {gap.start} until {gap.end} ({gap.days} days)."
        for gap in open_gaps(sections, today)
    ]
    rows = rows_of(BY_CODE["licences"], sections.get("licences", {}))
    if rows and not any(row["kind"] == "licence" for row in rows):
        found["licences"].append("Add the state licence that you practise under.")
    found["prescribing"] += _faults_of_prescribing(sections)
    named = {
        row["state"].upper()
        for row in rows_of(BY_CODE["supervision"], sections.get("supervision", {}))
        if (day_in(row, "ended_date") or date.max) >= today
    }
    found["supervision"] += [
        f"Name the physician who supervises or collaborates with you in {state}."
        for state in sorted(set(supervised_in) - named)
    ]
    return {code: faults for code, faults in found.items() if faults}


def _faults_of_prescribing(sections: Mapping[str, Answers]) -> list[str]:
    """Whoever may prescribe holds a DEA registration or says why not, and never both."""
    kind = provider_type(str(sections.get("identity", {}).get("provider_type") or ""))
    licences = rows_of(BY_CODE["licences"], sections.get("licences", {}))
    has_dea = any(row["kind"] == "dea" for row in licences)
    says_why = bool(sections.get("prescribing", {}).get("without_dea"))
    if has_dea and says_why:
        return ["You hold a DEA registration, so leave this empty."]
    if kind is not None and kind.prescribes and licences and not has_dea and not says_why:
        return ["Add your DEA registration under licences, or say why you hold none."]
    return []


def licensed_in(sections: Mapping[str, Answers]) -> set[str]:
    """The states of the licences in an application."""
    rows = rows_of(BY_CODE["licences"], sections.get("licences", {}))
    return {row["state"].upper() for row in rows if row["kind"] == "licence"}


def canonical(facts: Mapping[str, object], sections: Mapping[str, Answers]) -> str:
    """
    The whole application as one text: the same answers always give the same characters.

    `facts` are what stands beside the sections: who it is, the last digits of the SSN, the text
    that is signed.
    """
    content = {
        "facts": dict(facts),
        "sections": {s.code: rows_of(s, sections.get(s.code, {})) for s in SECTIONS},
    }
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest_of(text: str) -> str:
    """The SHA-256 of a text in hex."""
    return hashlib.sha256(text.encode()).hexdigest()
