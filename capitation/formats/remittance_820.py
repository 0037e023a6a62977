"""
The 820 payment order and remittance advice (005010X218): what a plan paid, member by member.

Other variants of the 820 (premium payments, payment orders) are read too; what they do not
carry stays empty. Amounts are dollars as Decimal, exactly as the plan wrote them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from capitation.formats.collecting import CollectingReader
from capitation.formats.values import (
    amount_text,
    dollars,
    is_cents,
    parse_amount,
    parse_date,
    parse_month_span,
    parse_span,
)
from ipaportal.core.x12 import Delimiters, Problem, Segment, Source, element, wrap
from ipaportal.core.x12_writing import Interchange, Writer, clean

MAX_PROBLEMS = 200
# No sender comes near these; they bound what a hostile file can make us hold.
MAX_HEAD = 100
MAX_TRANSACTIONS = 10_000
NOTICES = frozenset({"H", "P"})


@dataclass(frozen=True, slots=True)
class RemittanceLine:
    """One RMR line: what was paid for one member, one month, one rate."""

    segment_no: int
    member_ref: str
    last_name: str
    first_name: str
    batch_ref: str
    amount: Decimal
    full_amount: Decimal | None
    rate_code: str
    aid_codes: tuple[str, ...]
    coverage_start: date | None
    coverage_end: date | None
    adjustments: tuple[tuple[Decimal, str], ...]
    raw: str
    references: tuple[tuple[str, str], ...] = ()
    transaction_no: int = 1

    @property
    def mbi(self) -> str:
        """Give the Medicare Beneficiary Identifier that the line names (REF F6), if it does."""
        return next((value.strip() for kind, value in self.references if kind == "F6"), "")

    @property
    def is_recoupment(self) -> bool:
        """Say whether money is taken back without an adjustment that explains it."""
        return self.amount < 0 and not self.adjustments


@dataclass(frozen=True, slots=True)
class Remittance:
    """One 820 transaction: the payment that its lines explain; `amount` is BPR02."""

    transaction_no: int
    segment_no: int
    control_number: str
    amount: Decimal
    credit_debit: str
    method: str
    payment_date: date | None
    trace_number: str
    payer_name: str = ""
    payer_id: str = ""
    payee_name: str = ""
    payee_id: str = ""
    line_count: int = 0
    lines_total: Decimal = Decimal(0)
    amount_segment_no: int = 0
    references: tuple[tuple[str, str], ...] = ()
    handling: str = "I"

    @property
    def is_notice(self) -> bool:
        """
        Say whether it only tells of a payment: no money moves with it.

        BPR04 is NON, or BPR01 says notification (H) or announcement of later transfers (P).
        """
        return self.method == "NON" or self.handling in NOTICES

    @property
    def difference(self) -> Decimal:
        """Give BPR02 less the sum of the lines; zero when the payment balances."""
        return self.amount - self.lines_total


@dataclass(frozen=True, slots=True)
class RemittanceFile:
    """A whole 820 file in memory; `problems` name envelope, value and balance faults."""

    remittances: tuple[Remittance, ...]
    lines: tuple[RemittanceLine, ...]
    problems: tuple[Problem, ...]
    segments: int = 0


class RemittanceReader(CollectingReader[RemittanceLine]):
    """
    Iterates over the lines of an 820; afterwards `remittances` and `problems` are complete.

    A line whose amount cannot be read is not given: its file is refused.
    """

    def __init__(self, source: Source) -> None:
        super().__init__(source, RemittanceCollector())

    @property
    def remittances(self) -> list[Remittance]:
        """Give the payments read so far."""
        return self._collector.remittances


def read(source: Source) -> RemittanceFile:
    """Read a whole 820 into memory."""
    reader = RemittanceReader(source)
    lines = tuple(reader)
    return RemittanceFile(tuple(reader.remittances), lines, tuple(reader.problems), reader.segments)


@dataclass(slots=True)
class _Draft:
    """A line while its segments are still arriving."""

    segment_no: int
    elements: Segment
    raw: list[str]
    references: list[tuple[str, str]] = field(default_factory=list)
    span: tuple[date, date] | None = None
    adjustments: list[tuple[Decimal, str]] = field(default_factory=list)
    is_readable: bool = True


class RemittanceCollector:
    """Takes the segments of an 820 one by one and gives each line when it is complete."""

    def __init__(self) -> None:
        self.delimiters = Delimiters()
        self.remittances: list[Remittance] = []
        self.problems: list[Problem] = []
        self.more_problems = 0
        self._current: Remittance | None = None
        self._draft: _Draft | None = None
        self._member: Segment = []
        self._entity: Segment = []
        self._entity_raw: list[str] = []
        self._entity_references: list[tuple[str, str]] = []
        self._party = ""
        self._count = 0
        self._total = Decimal(0)
        self._is_full = False

    def feed(self, number: int, segment: Segment) -> RemittanceLine | None:
        """Take the next segment; give the line that it completes, if it does."""
        name = segment[0]
        if name in ("RMR", "ENT", "ST", "SE", "NM1", "GE", "IEA"):
            done = self._finish_line()
        else:
            done = None
        step = _STEPS.get(name)
        if step is not None:
            step(self, number, segment)
        elif self._draft is not None:
            self._draft.raw.append(wrap(segment, self.delimiters))
        return done

    def finish(self) -> RemittanceLine | None:
        """End the file; give the line that was still open."""
        done = self._finish_line()
        self._close_transaction()
        return done

    def _problem(
        self, number: int, name: str, code: str, message: str, severity: str = "refused"
    ) -> None:
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(f"segment {number} ({name})", code, message, severity))
        else:
            self.more_problems += 1

    def _amount(self, number: int, segment: Segment, position: int) -> Decimal | None:
        text = element(segment, position)
        amount = parse_amount(text)
        label = f"{segment[0]}{position:02d}"
        if amount is None:
            words = f"{label} is {text[:40]!r}, which is no amount."
            self._problem(number, segment[0], "amount", words)
        elif not is_cents(amount):
            words = f"{label} is {text[:40]}, which is not a whole number of cents."
            self._problem(number, segment[0], "cents", words)
        return amount

    def _begin(self, number: int, segment: Segment) -> None:
        self._close_transaction()
        if len(self.remittances) >= MAX_TRANSACTIONS:
            words = f"The file holds more than {MAX_TRANSACTIONS} payments."
            if not self._is_full:
                self.problems.append(Problem(f"segment {number} (ST)", "too_many", words))
            self._is_full = True
            return
        self._current = Remittance(
            transaction_no=len(self.remittances) + 1,
            segment_no=number,
            control_number=element(segment, 2),
            amount=Decimal(0),
            credit_debit="",
            method="",
            payment_date=None,
            trace_number="",
        )
        self._forget_entity()
        self._party = ""
        self._count, self._total = 0, Decimal(0)

    def _forget_entity(self) -> None:
        self._entity, self._member = [], []
        self._entity_raw, self._entity_references = [], []

    def _end(self, _number: int, _segment: Segment) -> None:
        self._close_transaction()

    def _close_transaction(self) -> None:
        current = self._current
        if current is None:
            return
        self._current = None
        current = replace(current, line_count=self._count, lines_total=self._total)
        self.remittances.append(current)
        if not current.amount_segment_no:
            words = f"Payment {current.control_number} has no BPR segment, so it has no total."
            self._problem(current.segment_no, "ST", "no_total", words)
        elif current.difference:
            way = "less" if current.difference < 0 else "more"
            words = (
                f"This file's total is {dollars(current.difference)} {way} than the sum of "
                f"its lines (BPR02, segment {current.amount_segment_no}): the payment says "
                f"${current.amount:,}, its {self._count:,} lines add up to ${self._total:,}."
            )
            self._problem(current.amount_segment_no, "BPR", "total_unbalanced", words, "unbalanced")

    def _payment(self, number: int, segment: Segment) -> None:
        if self._current is None:
            return
        amount = self._amount(number, segment, 2)
        self._current = replace(
            self._current,
            amount=amount or Decimal(0),
            amount_segment_no=number,
            handling=element(segment, 1),
            credit_debit=element(segment, 3),
            method=element(segment, 4),
            payment_date=parse_date(element(segment, 16)),
        )

    def _trace(self, _number: int, segment: Segment) -> None:
        if self._current is not None:
            self._current = replace(self._current, trace_number=element(segment, 2))

    def _name(self, _number: int, segment: Segment) -> None:
        self._party = element(segment, 1)
        name, ref = element(segment, 2), element(segment, 4)
        if self._current is None:
            return
        if self._party == "PR":
            self._current = replace(self._current, payer_name=name, payer_id=ref)
        elif self._party == "PE":
            self._current = replace(self._current, payee_name=name, payee_id=ref)

    def _entity_begins(self, _number: int, segment: Segment) -> None:
        self._forget_entity()
        self._entity = segment
        self._entity_raw = [wrap(segment, self.delimiters)]

    def _person(self, _number: int, segment: Segment) -> None:
        if len(self._entity_raw) < MAX_HEAD:
            self._entity_raw.append(wrap(segment, self.delimiters))
        if element(segment, 1) in ("IL", "QE", "EY", "74"):
            if self._member:
                self._entity_references = []
                self._entity_raw = self._entity_raw[:1] + self._entity_raw[-1:]
            self._member = segment

    def _line_begins(self, number: int, segment: Segment) -> None:
        raw = [*self._entity_raw, wrap(segment, self.delimiters)]
        self._draft = _Draft(number, segment, raw)
        self._count += 1
        amount = self._amount(number, segment, 4)
        if amount is None:
            self._draft.is_readable = False
        else:
            self._total += amount
        if element(segment, 5):
            self._amount(number, segment, 5)

    def _reference(self, _number: int, segment: Segment) -> None:
        pair = (element(segment, 1), element(segment, 2))
        if self._draft is not None:
            self._draft.references.append(pair)
            self._draft.raw.append(wrap(segment, self.delimiters))
        elif self._entity:
            if len(self._entity_references) < MAX_HEAD:
                self._entity_references.append(pair)
                self._entity_raw.append(wrap(segment, self.delimiters))
        elif self._current is not None and len(self._current.references) < MAX_HEAD:
            self._current = replace(self._current, references=(*self._current.references, pair))

    def _date(self, number: int, segment: Segment) -> None:
        draft = self._draft
        if draft is None:
            return
        draft.raw.append(wrap(segment, self.delimiters))
        if element(segment, 1) not in ("582", "AAG", "007"):
            return
        period = element(segment, 6)
        text = period or element(segment, 2)
        draft.span = parse_span(text) if "-" in text else parse_month_span(text)
        if draft.span is None:
            words = f"The coverage period {text[:40]!r} is no span of days and no month."
            self._problem(number, "DTM", "period", words, "note")

    def _adjustment(self, number: int, segment: Segment) -> None:
        draft = self._draft
        amount = self._amount(number, segment, 1)
        if draft is None:
            return
        draft.raw.append(wrap(segment, self.delimiters))
        if amount is None:
            draft.is_readable = False
        else:
            draft.adjustments.append((amount, element(segment, 2)))

    def _finish_line(self) -> RemittanceLine | None:
        draft, self._draft = self._draft, None
        if draft is None or not draft.is_readable:
            return None
        amount = parse_amount(element(draft.elements, 4)) or Decimal(0)
        full = parse_amount(element(draft.elements, 5)) if element(draft.elements, 5) else None
        self._explain(draft, amount, full)
        start, end = draft.span or (None, None)
        references = (*self._entity_references, *draft.references)
        return RemittanceLine(
            segment_no=draft.segment_no,
            member_ref=self._member_ref(),
            last_name=element(self._member, 3),
            first_name=element(self._member, 4),
            batch_ref=element(draft.elements, 2),
            amount=amount,
            full_amount=full,
            rate_code=next((value for kind, value in references if kind == "18"), ""),
            aid_codes=tuple(value for kind, value in references if kind == "ZZ"),
            coverage_start=start,
            coverage_end=end,
            adjustments=tuple(draft.adjustments),
            raw="\n".join(draft.raw),
            references=references,
            transaction_no=self._current.transaction_no if self._current else 1,
        )

    def _explain(self, draft: _Draft, amount: Decimal, full: Decimal | None) -> None:
        """Check that an adjusted line is its full amount and its adjustments."""
        if full is None or not draft.adjustments:
            return
        adjusted = full + sum((part for part, _ in draft.adjustments), Decimal(0))
        if adjusted != amount:
            words = (
                f"The line pays {amount}, but its full amount {full} and its adjustments come "
                f"to {adjusted} (RMR05 + ADX01, segment {draft.segment_no})."
            )
            self._problem(draft.segment_no, "RMR", "line_unbalanced", words, "unbalanced")

    def _member_ref(self) -> str:
        if element(self._member, 9):
            return element(self._member, 9).strip()
        number = next((value for kind, value in self._entity_references if kind == "0F"), "")
        if number or element(self._entity, 3) not in ("MI", "II", "ZZ"):
            return number
        return element(self._entity, 4).strip()


_STEPS = {
    "ST": RemittanceCollector._begin,
    "SE": RemittanceCollector._end,
    "BPR": RemittanceCollector._payment,
    "TRN": RemittanceCollector._trace,
    "N1": RemittanceCollector._name,
    "ENT": RemittanceCollector._entity_begins,
    "NM1": RemittanceCollector._person,
    "RMR": RemittanceCollector._line_begins,
    "REF": RemittanceCollector._reference,
    "DTM": RemittanceCollector._date,
    "ADX": RemittanceCollector._adjustment,
}


def write(
    interchange: Interchange, payments: Iterable[tuple[Remittance, Iterable[RemittanceLine]]]
) -> bytes:
    """
    Write an 820 X218 of payments and their lines; BPR02 is the sum of the lines.

    :raises Unwritable: if a reference holds one of the file's separators
    """
    writer = Writer(interchange)
    for payment, lines in payments:
        listed = list(lines)
        total = sum((line.amount for line in listed), Decimal(0))
        writer.begin("820")
        day = f"{payment.payment_date:%Y%m%d}" if payment.payment_date else ""
        writer.segment(
            "BPR", payment.handling, amount_text(total), payment.credit_debit or "C",
            payment.method or "NON", *[""] * 11, day,
        )  # fmt: skip
        writer.segment("TRN", "3", payment.trace_number)
        for kind, value in payment.references:
            writer.segment("REF", kind, value)
        for party, name, ref in (
            ("PE", payment.payee_name, payment.payee_id),
            ("PR", payment.payer_name, payment.payer_id),
        ):
            writer.segment("N1", party, clean(name), "FI" if ref else "", ref)
        _write_lines(writer, listed)
        writer.end()
    return writer.close()


def _write_lines(writer: Writer, lines: list[RemittanceLine]) -> None:
    """Write lines under their member; neighbours of one member share an ENT loop."""
    member, entities = None, 0
    for line in lines:
        whose = (line.member_ref, line.last_name, line.first_name)
        if whose != member:
            member, entities = whose, entities + 1
            writer.segment("ENT", str(entities), "2J", "EI", "999999999")
            writer.segment(
                "NM1", "IL", "1", clean(line.last_name), clean(line.first_name), "", "", "",
                "N", line.member_ref,
            )  # fmt: skip
        full = "" if line.full_amount is None else amount_text(line.full_amount)
        writer.segment("RMR", "IK", line.batch_ref, "", amount_text(line.amount), full)
        for kind, value in line.references or _references(line):
            writer.segment("REF", kind, value)
        if line.coverage_start and line.coverage_end:
            span = f"{line.coverage_start:%Y%m%d}-{line.coverage_end:%Y%m%d}"
            writer.segment("DTM", "582", "", "", "", "RD8", span)
        for amount, reason in line.adjustments:
            writer.segment("ADX", amount_text(amount), reason)


def _references(line: RemittanceLine) -> list[tuple[str, str]]:
    rate = [("18", line.rate_code)] if line.rate_code else []
    return rate + [("ZZ", code) for code in line.aid_codes]
