"""
The 837, professional (X222), institutional (X223) or dental (X224), of every version of these.

What is read is what the payer asks of a claim: who bills, for whom, who treated, when, what for,
and at which charge. Loops are told apart by what stands before a segment, not by a map, because
senders write versions that no map names. Every fault is kept with its claim and its segment.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from compliance.formats.claim_values import cents_of, day_of, parts_of, span_of, units_text
from ipaportal.core.x12 import Problem, Reader, Segment, Source, element, without_collecting
from ipaportal.core.x12_faults import Faults

PROFESSIONAL, INSTITUTIONAL, DENTAL = "professional", "institutional", "dental"
SERVICE = {"SV1": PROFESSIONAL, "SV2": INSTITUTIONAL, "SV3": DENTAL}
KIND_OF_GUIDE = {"X222": PROFESSIONAL, "X223": INSTITUTIONAL, "X224": DENTAL}
ORIGINAL, REPLACEMENT, VOID = "1", "7", "8"
CAPITATED = "05"
DIAGNOSES = frozenset(("ABK", "BK", "ABF", "BF", "ABJ", "BJ"))
MAX_CLAIMS, MAX_LINES, MAX_CODES = 200_000, 999, 200


@dataclass(slots=True)
class ServiceLine:
    """One service; the last day is inclusive, as in the file."""

    segment_no: int
    number: str
    procedure: str = ""
    modifiers: tuple[str, ...] = ()
    revenue_code: str = ""
    charge_cents: int = 0
    units: str = "1"
    unit_kind: str = ""
    place: str = ""
    served_from: date | None = None
    served_to: date | None = None
    control: str = ""
    rendering_npi: str = ""
    authorization: str = ""


@dataclass(slots=True)
class Stay:
    """What only an institutional claim says: the statement's days, admission, and its codes."""

    statement_from: date | None = None
    statement_to: date | None = None
    admitted: str = ""
    """Day and hour as they were sent (CCYYMMDD or CCYYMMDDHHMM)."""
    discharged: str = ""
    admission_kind: str = ""
    admission_source: str = ""
    patient_status: str = ""
    attending_npi: str = ""
    operating_npi: str = ""
    codes: tuple[tuple[str, ...], ...] = ()
    """Each code of HI with its qualifier, in their order: diagnoses, group, procedures, values."""

    @property
    def group(self) -> str:
        """The diagnosis related group, of three digits."""
        return next((code[1] for code in self.codes if code[0] == "DR" and len(code) > 1), "")


@dataclass(slots=True)
class Claim:
    """One claim or encounter as it was sent."""

    segment_no: int
    ref: str
    charge_cents: int
    place: str
    frequency: str
    """1 original, 7 replaces, 8 voids the claim that `original_ref` names."""
    kind: str
    transaction: str
    billing_npi: str
    billing_tin: str
    billing_name: str
    subscriber_ref: str
    patient_last: str
    patient_first: str
    born_on: date | None
    payer_ref: str
    original_ref: str = ""
    authorization: str = ""
    clearinghouse_ref: str = ""
    rendering_npi: str = ""
    facility_npi: str = ""
    diagnoses: tuple[str, ...] = ()
    served_from: date | None = None
    served_to: date | None = None
    admitted_on: date | None = None
    is_capitated: bool = False
    paid_by_patient_cents: int = 0
    stay: Stay | None = None
    """Of an institutional claim alone."""
    lines: list[ServiceLine] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def first_day(self) -> date | None:
        """The first day on which anything was done."""
        days = [line.served_from for line in self.lines if line.served_from]
        return min(days) if days else self.served_from

    @property
    def last_day(self) -> date | None:
        """The last day on which anything was done."""
        days = [line.served_to for line in self.lines if line.served_to]
        return max(days) if days else self.served_to

    @property
    def off_cents(self) -> int:
        """By how much its charge is not that of its lines."""
        return self.charge_cents - sum(line.charge_cents for line in self.lines)


@dataclass(slots=True)
class Person:
    """A subscriber or patient."""

    ref: str = ""
    last: str = ""
    first: str = ""
    born_on: date | None = None


class ClaimCollector:
    """Takes segments in order and gives each claim when the next thing begins."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.component = ":"
        self.sender = self.control = self.receiver = ""
        self.claims = 0
        self.kind = PROFESSIONAL
        self._claim: Claim | None = None
        self._line: ServiceLine | None = None
        self._reset("")
        self._steps = {
            "HL": self._hl, "NM1": self._nm1, "REF": self._ref, "SBR": self._sbr,
            "DMG": self._dmg, "CLM": self._clm, "DTP": self._dtp, "HI": self._hi,
            "CN1": self._cn1, "AMT": self._amt, "LX": self._lx, "SV1": self._sv1,
            "SV2": self._sv2, "SV3": self._sv3, "CL1": self._cl1,
        }  # fmt: skip

    def _reset(self, transaction: str) -> None:
        self.transaction = transaction
        self._in_set = bool(transaction)
        self._billing = self._tin = self._billing_name = self._payer = ""
        self._subscriber, self._patient = Person(), Person()
        self._level = self._entity = ""
        self._other = False

    def feed(self, number: int, segment: Segment) -> Claim | None:
        """Take the next segment; gives the claim that it ends, if any."""
        name = segment[0]
        step = self._steps.get(name)
        if step is not None:
            if not self._in_set:
                return None
            done = self._end() if name in ("CLM", "HL") else None
            step(number, segment)
            return done
        if name == "ST":
            done = self._end()
            self._reset(element(segment, 2) if element(segment, 1) == "837" else "")
            self._guide(element(segment, 3))
            return done
        if name in ("SE", "GE", "IEA"):
            done = self._end()
            self._in_set = False
            return done
        if name == "ISA":
            self.component = element(segment, 16)[:1] or ":"
            self.sender, self.receiver = element(segment, 6).strip(), element(segment, 8).strip()
            self.control = element(segment, 13).strip()
        elif name == "GS":
            self._guide(element(segment, 8))
        return None

    def finish(self) -> Claim | None:
        """Give the last claim of a file that was cut off."""
        return self._end()

    def _guide(self, version: str) -> None:
        self.kind = KIND_OF_GUIDE.get(version[6:10], self.kind)

    def _end(self) -> Claim | None:
        claim, self._claim, self._line, self._other = self._claim, None, None, False
        if claim is not None:
            claim.problems, self.faults.found = self.faults.found, []
        return claim

    def _hl(self, _number: int, segment: Segment) -> None:
        self._level = element(segment, 3)
        if self._level == "20":
            self._billing = self._tin = self._billing_name = ""
        elif self._level == "22":
            self._subscriber, self._patient, self._payer = Person(), Person(), ""
        elif self._level == "23":
            self._patient = Person()

    def _sbr(self, _number: int, _segment: Segment) -> None:
        # After a claim has begun it is about somebody else's cover of the same patient.
        self._other = self._claim is not None

    def _nm1(self, _number: int, segment: Segment) -> None:
        self._entity = entity = element(segment, 1)
        key = element(segment, 9).strip()
        if self._claim is None:
            self._before_claim(entity, segment, key)
        elif self._other and self._line is None:
            return
        elif entity == "82":
            if self._line is not None:
                self._line.rendering_npi = key
            else:
                self._claim.rendering_npi = key
        elif entity in ("71", "72") and self._claim.stay and self._line is None:
            self._physician(self._claim, self._claim.stay, entity, key)
        elif entity == "77" and self._line is None:
            self._claim.facility_npi = key

    def _physician(self, claim: Claim, stay: Stay, entity: str, key: str) -> None:
        if entity == "72":
            stay.operating_npi = key
            return
        stay.attending_npi = key
        claim.rendering_npi = claim.rendering_npi or key

    def _before_claim(self, entity: str, segment: Segment, key: str) -> None:
        if entity == "85":
            self._billing, self._billing_name = key, element(segment, 3).strip()
        elif entity in ("IL", "QC"):
            person = self._subscriber if entity == "IL" else self._patient
            person.last, person.first = element(segment, 3).strip(), element(segment, 4).strip()
            person.ref = key
        elif entity == "PR":
            self._payer = key or element(segment, 3).strip()

    def _ref(self, _number: int, segment: Segment) -> None:
        kind, key = element(segment, 1), element(segment, 2).strip()
        claim, line = self._claim, self._line
        if claim is None:
            if kind in ("EI", "SY") and self._entity == "85":
                self._tin = key
        elif line is not None:
            if kind == "6R":
                line.control = key
            elif kind == "G1":
                line.authorization = key
        elif self._other:
            return
        elif kind == "F8":
            claim.original_ref = key
        elif kind == "G1":
            claim.authorization = key
        elif kind == "D9":
            claim.clearinghouse_ref = key

    def _dmg(self, number: int, segment: Segment) -> None:
        if self._claim is not None or element(segment, 1) != "D8":
            return
        person = self._patient if self._entity == "QC" else self._subscriber
        person.born_on = day_of(segment, 2, number, self.faults)

    def _clm(self, number: int, segment: Segment) -> None:
        self.claims += 1
        if self.claims > MAX_CLAIMS:
            self._in_set = False
            words = f"The file holds more than {MAX_CLAIMS:,} claims. Send it in parts."
            self.faults.refuse(number, "CLM", "too_many", words)
            return
        where = parts_of(element(segment, 5), self.component)
        whose, insured = self._patient, self._subscriber
        self._claim = Claim(
            number, element(segment, 1).strip(), cents_of(segment, 2, number, self.faults),
            where[0].strip(), where[2].strip() if len(where) > 2 else "", self.kind,
            self.transaction, self._billing, self._tin, self._billing_name, insured.ref,
            whose.last or insured.last, whose.first or insured.first,
            whose.born_on or insured.born_on, self._payer,
            stay=Stay() if self.kind == INSTITUTIONAL else None,
        )  # fmt: skip

    def _dtp(self, number: int, segment: Segment) -> None:
        claim, kind = self._claim, element(segment, 1)
        if claim is None or (self._other and self._line is None):
            return
        if kind == "435":
            # A day, or a day and an hour (DT).
            day = ["DTP", element(segment, 3).strip()[:8]]
            claim.admitted_on = day_of(day, 1, number, self.faults)
            if claim.stay:
                claim.stay.admitted = element(segment, 3).strip()
        elif kind == "096" and claim.stay:
            claim.stay.discharged = element(segment, 3).strip()
        elif kind in ("472", "434"):
            span, whole = span_of(segment, number, self.faults), self._line or claim
            if span:
                whole.served_from, whole.served_to = span
                if kind == "434" and claim.stay:
                    claim.stay.statement_from, claim.stay.statement_to = span

    def _hi(self, _number: int, segment: Segment) -> None:
        if self._claim is None or self._other:
            return
        pairs = [parts_of(text, self.component) for text in segment[1:]]
        if (stay := self._claim.stay) and len(stay.codes) < MAX_CODES:
            stay.codes += tuple(tuple(map(str.strip, part)) for part in pairs if len(part) > 1)
        known = self._claim.diagnoses
        found = [
            part[1]
            for part in pairs
            if len(part) > 1 and part[0] in DIAGNOSES and part[1] not in known
        ]
        self._claim.diagnoses = (*known, *found)

    def _cl1(self, _number: int, segment: Segment) -> None:
        if self._claim is not None and (stay := self._claim.stay) and not self._other:
            stay.admission_kind, stay.admission_source, stay.patient_status = (
                element(segment, place).strip() for place in (1, 2, 3)
            )

    def _cn1(self, _number: int, segment: Segment) -> None:
        if self._claim is not None and element(segment, 1) == CAPITATED:
            self._claim.is_capitated = True

    def _amt(self, number: int, segment: Segment) -> None:
        if self._claim is not None and not self._other and element(segment, 1) == "F5":
            self._claim.paid_by_patient_cents = cents_of(segment, 2, number, self.faults)

    def _lx(self, number: int, segment: Segment) -> None:
        claim = self._claim
        if claim is None:
            return
        self._line = ServiceLine(number, element(segment, 1).strip())
        if len(claim.lines) == MAX_LINES:
            words = f"The claim has more than {MAX_LINES} lines (005010X222 allows 50, X223 999)."
            self.faults.refuse(number, "LX", "too_many", words)
        if len(claim.lines) < MAX_LINES:
            claim.lines.append(self._line)

    def _service(self, number: int, segment: Segment, code_at: int, charge_at: int) -> None:
        if self._claim is None:
            words = "A service stands before any claim."
            self.faults.refuse(number, segment[0], "stray", words)
            return
        if self._line is None:
            self._lx(number, ["LX", str(len(self._claim.lines) + 1)])
        code = parts_of(element(segment, code_at), self.component)
        line = self._line
        line.procedure = code[1].strip() if len(code) > 1 else ""
        if len(code) > 2:
            line.modifiers = tuple(filter(None, code[2:6]))
        line.charge_cents = cents_of(segment, charge_at, number, self.faults)

    def _sv1(self, number: int, segment: Segment) -> None:
        self._service(number, segment, 1, 2)
        line = self._line
        if line is not None:
            line.unit_kind = element(segment, 3)
            line.units = units_text(element(segment, 4))
            line.place = element(segment, 5)

    def _sv2(self, number: int, segment: Segment) -> None:
        self._service(number, segment, 2, 3)
        if self._line is not None:
            self._line.revenue_code = element(segment, 1)
            self._line.unit_kind = element(segment, 4)
            self._line.units = units_text(element(segment, 5))

    def _sv3(self, number: int, segment: Segment) -> None:
        self._service(number, segment, 1, 2)
        if self._line is not None:
            self._line.units = units_text(element(segment, 6))


@dataclass(frozen=True, slots=True)
class ClaimFile:
    """All claims of a file, what is wrong with it as a whole, who sent it, and its number."""

    claims: tuple[Claim, ...]
    problems: tuple[Problem, ...]
    sender: str
    receiver: str
    control: str


def claims_of(reader: Reader, collector: ClaimCollector) -> Iterator[Claim]:
    """Give each claim as soon as it is whole, so that a big file need not be held."""
    for number, segment in reader:
        claim = collector.feed(number, segment)
        if claim is not None:
            yield claim
    claim = collector.finish()
    if claim is not None:
        yield claim


def read(source: Source) -> ClaimFile:
    """Read a file; every fault is named with its segment, and nothing raises on content."""
    reader, collector = Reader(source), ClaimCollector()
    with without_collecting():
        claims = tuple(claims_of(reader, collector))
    problems = [*reader.problems, *collector.faults.found]
    if not claims:
        problems.append(Problem("end of file", "no_claim", "The file holds no claim (837)."))
    return ClaimFile(
        claims, tuple(problems), collector.sender, collector.receiver, collector.control
    )
