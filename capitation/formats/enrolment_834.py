"""
The 834 benefit enrolment (005010X220A1): who is covered, from when, with which PCP.

Values a plan packs into a REF are kept as they came. Dates are as the file gives them:
`end_date` of a coverage is the plan's last day covered (inclusive), not our half-open end.
"""

from dataclasses import dataclass, field, replace
from datetime import date

from capitation.formats.collecting import CollectingReader
from capitation.formats.values import parse_date, parse_span
from ipaportal.core.x12 import Delimiters, Problem, Segment, Source, element, wrap

MAX_PROBLEMS = 200
# No sender comes near these; they bound what a hostile file can make us hold.
MAX_RAW = 500
MAX_TRANSACTIONS = 10_000
FULL_FILE_ACTIONS = {"4", "RX"}


@dataclass(frozen=True, slots=True)
class Coverage:
    """One HD loop: a product, with the plan's first and last day (both inclusive)."""

    segment_no: int
    maintenance: str
    insurance_line: str
    plan_description: str
    level: str = ""
    start_date: date | None = None
    end_date: date | None = None
    dates: tuple[tuple[str, str], ...] = ()
    references: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class PcpChoice:
    """A provider named for the member (LX, NM1*P3); `effective_date` is empty if not said."""

    segment_no: int
    npi: str
    last_name: str
    first_name: str
    id_qualifier: str = ""
    ref: str = ""
    """The provider's number as written, whatever its kind; `npi` only where it is one."""
    relationship: str = ""
    effective_date: date | None = None
    end_date: date | None = None
    action: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class EnrolmentMember:
    """One INS loop: a member, what the plan says about them, their coverages and PCPs."""

    segment_no: int
    is_subscriber: bool
    relationship: str
    maintenance: str
    reason: str
    benefit_status: str
    member_ref: str
    """The plan's number: NM1*IL's id unless it is an SSN, else REF*0F (subscribers only)."""
    last_name: str = ""
    first_name: str = ""
    middle_name: str = ""
    id_qualifier: str = ""
    subscriber_ref: str = ""
    mbi: str = ""
    birth_date: date | None = None
    sex: str = ""
    address: str = ""
    address_2: str = ""
    city: str = ""
    state: str = ""
    zip_code: str = ""
    county_code: str = ""
    phone: str = ""
    medicare_code: str = ""
    employment_status: str = ""
    student_status: str = ""
    is_handicapped: bool = False
    death_date: date | None = None
    dates: tuple[tuple[str, str], ...] = ()
    references: tuple[tuple[str, str], ...] = ()
    coverages: tuple[Coverage, ...] = ()
    pcps: tuple[PcpChoice, ...] = ()
    raw: str = ""
    transaction_no: int = 1
    faults: tuple[str, ...] = ()
    """What could not be read in this member, in plain words; such a member needs a person."""

    @property
    def is_termination(self) -> bool:
        """Say whether the plan ends the member as a whole (INS03 = 024)."""
        return self.maintenance == "024"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """One 834 transaction's head: whose file it is and whether it replaces what we hold."""

    transaction_no: int
    segment_no: int
    control_number: str
    purpose: str
    """BGN01: 00 original, 15 re-submission, 22 information copy."""
    action: str
    """BGN08: 2 change, 4 verify (full file), RX replace."""
    reference: str = ""
    created_date: date | None = None
    sponsor_name: str = ""
    sponsor_id: str = ""
    payer_name: str = ""
    payer_id: str = ""
    member_count: int = 0
    declared_count: int | None = None

    @property
    def is_full_file(self) -> bool:
        """Say whether whoever is absent from the file is to be taken as ended."""
        return self.action in FULL_FILE_ACTIONS


@dataclass(frozen=True, slots=True)
class EnrolmentFile:
    """A whole 834 file in memory."""

    enrolments: tuple[Enrolment, ...]
    members: tuple[EnrolmentMember, ...]
    problems: tuple[Problem, ...]
    segments: int = 0


class EnrolmentReader(CollectingReader[EnrolmentMember]):
    """Iterates over the members of an 834; then `enrolments` and `problems` are complete."""

    def __init__(self, source: Source) -> None:
        super().__init__(source, EnrolmentCollector())

    @property
    def enrolments(self) -> list[Enrolment]:
        """Give the transactions read so far."""
        return self._collector.enrolments


def read(source: Source) -> EnrolmentFile:
    """Read a whole 834 into memory."""
    reader = EnrolmentReader(source)
    members = tuple(reader)
    return EnrolmentFile(tuple(reader.enrolments), members, tuple(reader.problems), reader.segments)


@dataclass(slots=True)
class _Draft:
    """A member while its segments are still arriving."""

    number: int
    ins: Segment
    raw: list[str] = field(default_factory=list)
    # Which loop the next REF, DTP or N3 belongs to: member, other, coverage or provider.
    loop: str = "member"
    name: Segment = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)
    birth_date: date | None = None
    dates: list[tuple[str, str]] = field(default_factory=list)
    references: list[tuple[str, str]] = field(default_factory=list)
    coverages: list[Coverage] = field(default_factory=list)
    pcps: list[PcpChoice] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


class EnrolmentCollector:
    """Takes the segments of an 834 one by one and gives each member when it is complete."""

    def __init__(self) -> None:
        self.delimiters = Delimiters()
        self.enrolments: list[Enrolment] = []
        self.problems: list[Problem] = []
        self._current: Enrolment | None = None
        self._draft: _Draft | None = None
        self._count = 0
        self._is_full = False

    def feed(self, number: int, segment: Segment) -> EnrolmentMember | None:
        """Take the next segment; give the member that it completes, if it does."""
        name = segment[0]
        done = self._finish_member() if name in ("INS", "ST", "SE", "GE", "IEA") else None
        if name == "INS":
            self._count += 1
            self._draft = _Draft(number, segment)
        draft = self._draft
        if draft is None:
            step = _HEAD_STEPS.get(name)
            if step is not None:
                step(self, number, segment)
            return done
        if len(draft.raw) < MAX_RAW:
            draft.raw.append(wrap(segment, self.delimiters))
        step = _MEMBER_STEPS.get(name)
        if step is not None:
            step(self, draft, number, segment)
        return done

    def finish(self) -> EnrolmentMember | None:
        """End the file; give the member that was still open."""
        done = self._finish_member()
        self._close_transaction()
        return done

    def _problem(
        self, number: int, name: str, code: str, message: str, severity: str = "note"
    ) -> None:
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(f"segment {number} ({name})", code, message, severity))

    def _begin(self, number: int, segment: Segment) -> None:
        self._close_transaction()
        self._count = 0
        if len(self.enrolments) >= MAX_TRANSACTIONS:
            words = f"The file holds more than {MAX_TRANSACTIONS} transactions."
            if not self._is_full:
                self.problems.append(Problem(f"segment {number} (ST)", "too_many", words))
            self._is_full = True
            return
        self._current = Enrolment(len(self.enrolments) + 1, number, element(segment, 2), "", "")

    def _end(self, _number: int, _segment: Segment) -> None:
        self._close_transaction()

    def _close_transaction(self) -> None:
        if self._current is None:
            return
        current, self._current = replace(self._current, member_count=self._count), None
        self.enrolments.append(current)
        declared = current.declared_count
        if declared is not None and declared != current.member_count:
            words = (
                f"The file says it holds {declared} members (QTY*TO), but it has "
                f"{current.member_count} (INS)."
            )
            self._problem(current.segment_no, "ST", "count_unbalanced", words, "unbalanced")

    def _purpose(self, _number: int, segment: Segment) -> None:
        if self._current is not None:
            self._current = replace(
                self._current,
                purpose=element(segment, 1),
                reference=element(segment, 2),
                created_date=parse_date(element(segment, 3)),
                action=element(segment, 8),
            )

    def _quantity(self, _number: int, segment: Segment) -> None:
        text = element(segment, 2).strip()
        is_total = element(segment, 1) == "TO" and text.isascii() and text.isdigit()
        if self._current is not None and is_total and len(text) < 12:
            self._current = replace(self._current, declared_count=int(text))

    def _party(self, _number: int, segment: Segment) -> None:
        if self._current is None:
            return
        kind, name, ref = element(segment, 1), element(segment, 2), element(segment, 4)
        if kind == "P5":
            self._current = replace(self._current, sponsor_name=name, sponsor_id=ref)
        elif kind == "IN":
            self._current = replace(self._current, payer_name=name, payer_id=ref)

    def _day(self, draft: _Draft, number: int, segment: Segment) -> tuple[date | None, date | None]:
        """Read a DTP's first and last day, noting what is no date."""
        text = element(segment, 3)
        if "-" in text:
            span = parse_span(text)
            if span is not None:
                return span
        day = parse_date(text[:8])
        if day is None:
            words = f"DTP*{element(segment, 1)} is {text[:40]!r}, which is no date."
            self._problem(number, "DTP", "date", words)
            draft.faults.append(f"Segment {number}: {words}")
        return day, None

    def _named(self, draft: _Draft, number: int, segment: Segment) -> None:
        kind = element(segment, 1)
        if kind in ("IL", "74"):
            draft.name, draft.loop = segment, "member"
        elif kind == "P3":
            draft.pcps.append(_pcp(number, segment))
            draft.loop = "provider"
        else:
            draft.loop = "other"

    def _reference(self, draft: _Draft, _number: int, segment: Segment) -> None:
        pair = (element(segment, 1), element(segment, 2))
        if draft.loop == "coverage":
            last = draft.coverages[-1]
            if len(last.references) >= MAX_RAW:
                return
            draft.coverages[-1] = replace(last, references=(*last.references, pair))
        elif draft.loop == "member":
            draft.references.append(pair)

    def _date(self, draft: _Draft, number: int, segment: Segment) -> None:
        pair = (element(segment, 1), element(segment, 3))
        if draft.loop == "coverage":
            self._coverage_date(draft, number, segment, pair)
        elif draft.loop == "provider" and draft.pcps:
            first, last = self._day(draft, number, segment)
            if pair[0] in ("348", "356", "007", "303"):
                draft.pcps[-1] = replace(draft.pcps[-1], effective_date=first, end_date=last)
            elif pair[0] in ("349", "357"):
                draft.pcps[-1] = replace(draft.pcps[-1], end_date=first)
        elif draft.loop == "member":
            draft.dates.append(pair)

    def _coverage_date(
        self, draft: _Draft, number: int, segment: Segment, pair: tuple[str, str]
    ) -> None:
        last = draft.coverages[-1]
        if len(last.dates) >= MAX_RAW:
            return
        last = replace(last, dates=(*last.dates, pair))
        if pair[0] in ("348", "349"):
            first, until = self._day(draft, number, segment)
            if pair[0] == "348":
                last = replace(last, start_date=first, end_date=until or last.end_date)
            else:
                last = replace(last, end_date=first)
        draft.coverages[-1] = last

    def _coverage(self, draft: _Draft, number: int, segment: Segment) -> None:
        draft.loop = "coverage"
        draft.coverages.append(
            Coverage(
                number,
                element(segment, 1),
                element(segment, 3),
                element(segment, 4),
                level=element(segment, 5),
            )
        )

    def _provider_action(self, draft: _Draft, _number: int, segment: Segment) -> None:
        if draft.loop == "provider" and draft.pcps:
            draft.pcps[-1] = replace(
                draft.pcps[-1],
                action=element(segment, 1),
                reason=element(segment, 5),
                effective_date=parse_date(element(segment, 3)) or draft.pcps[-1].effective_date,
            )

    def _birth(self, draft: _Draft, number: int, segment: Segment) -> None:
        if draft.loop != "member":
            return
        text = element(segment, 2)
        draft.birth_date = parse_date(text[:8])
        draft.values["sex"] = element(segment, 3)
        if text and draft.birth_date is None:
            words = f"The birth date {text[:40]!r} is no date."
            self._problem(number, "DMG", "date", words)
            draft.faults.append(f"Segment {number}: {words}")

    def _street(self, draft: _Draft, _number: int, segment: Segment) -> None:
        if draft.loop == "member":
            draft.values.update(address=element(segment, 1), address_2=element(segment, 2))

    def _town(self, draft: _Draft, _number: int, segment: Segment) -> None:
        if draft.loop == "member":
            draft.values.update(
                city=element(segment, 1), state=element(segment, 2), zip_code=element(segment, 3)
            )
            if element(segment, 5) == "CY":
                draft.values["county_code"] = element(segment, 6)

    def _contact(self, draft: _Draft, _number: int, segment: Segment) -> None:
        if draft.loop != "member":
            return
        for at in (3, 5, 7):
            if element(segment, at) in ("HP", "TE", "CP", "WP"):
                draft.values.setdefault("phone", element(segment, at + 1))

    def _elsewhere(self, draft: _Draft, _number: int, _segment: Segment) -> None:
        draft.loop = "other"

    def _finish_member(self) -> EnrolmentMember | None:
        draft, self._draft = self._draft, None
        if draft is None:
            return None
        ins, name = draft.ins, draft.name
        death = element(ins, 12)
        known = dict(draft.references)
        return EnrolmentMember(
            segment_no=draft.number,
            is_subscriber=element(ins, 1) == "Y",
            relationship=element(ins, 2),
            maintenance=element(ins, 3),
            reason=element(ins, 4),
            benefit_status=element(ins, 5),
            medicare_code=element(ins, 6),
            employment_status=element(ins, 8),
            student_status=element(ins, 9),
            is_handicapped=element(ins, 10) == "Y",
            death_date=parse_date(death) if death else None,
            member_ref=_member_ref(draft, known),
            subscriber_ref=known.get("0F", "").strip(),
            mbi=known.get("F6", "").strip(),
            last_name=element(name, 3),
            first_name=element(name, 4),
            middle_name=element(name, 5),
            id_qualifier=element(name, 8),
            birth_date=draft.birth_date,
            dates=tuple(draft.dates),
            references=tuple(draft.references),
            coverages=tuple(draft.coverages),
            pcps=tuple(draft.pcps),
            raw="\n".join(draft.raw),
            transaction_no=self._current.transaction_no if self._current else 1,
            faults=tuple(draft.faults),
            **draft.values,
        )


def _member_ref(draft: _Draft, known: dict[str, str]) -> str:
    """Find the plan's own number of a member; a dependent has none in REF*0F, which is shared."""
    number = element(draft.name, 9).strip()
    if number and element(draft.name, 8) != "34":
        return number
    if element(draft.ins, 1) == "Y":
        return known.get("0F", "").strip()
    return known.get("23", "").strip()


def _pcp(number: int, segment: Segment) -> PcpChoice:
    ref, qualifier = element(segment, 9).strip(), element(segment, 8)
    return PcpChoice(
        segment_no=number,
        npi=ref if qualifier == "XX" else "",
        ref=ref,
        last_name=element(segment, 3),
        first_name=element(segment, 4),
        id_qualifier=qualifier,
        relationship=element(segment, 10),
    )


_HEAD_STEPS = {
    "ST": EnrolmentCollector._begin,
    "SE": EnrolmentCollector._end,
    "BGN": EnrolmentCollector._purpose,
    "QTY": EnrolmentCollector._quantity,
    "N1": EnrolmentCollector._party,
}
_MEMBER_STEPS = {
    "NM1": EnrolmentCollector._named,
    "REF": EnrolmentCollector._reference,
    "DTP": EnrolmentCollector._date,
    "HD": EnrolmentCollector._coverage,
    "PLA": EnrolmentCollector._provider_action,
    "DMG": EnrolmentCollector._birth,
    "N3": EnrolmentCollector._street,
    "N4": EnrolmentCollector._town,
    "PER": EnrolmentCollector._contact,
    "LX": EnrolmentCollector._elsewhere,
    "LS": EnrolmentCollector._elsewhere,
    "COB": EnrolmentCollector._elsewhere,
    "DSB": EnrolmentCollector._elsewhere,
}
