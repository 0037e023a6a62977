"""The files that simulated plans send, written by our own writers, and what each of them tells."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from capitation.formats import mmr, remittance_820, writer_834
from capitation.formats.enrolment_834 import Coverage, Enrolment, EnrolmentMember, PcpChoice
from capitation.formats.mmr import MmrRow
from capitation.formats.remittance_820 import Remittance, RemittanceLine
from ipaportal.core.money import plain_dollars
from ipaportal.core.months import add_months
from ipaportal.core.x12_writing import Interchange
from ipaportal.home.simulator.model import Contract

DAY = timedelta(days=1)
HEADS = ("Member ID", "MBI", "Last Name", "First Name", "DOB", "Sex", "Plan Code", "Effective Date",
         "End Date", "PCP NPI", "PCP Effective Date", "Coverage Month", "Capitation Amount",
         "Change Type")  # fmt: skip


@dataclass(frozen=True)
class Event:
    """What a plan says of a member in a file; what it leaves out is None."""

    ref: str
    mbi: str
    birth: date
    sex: str
    product: str = ""
    first: date | None = None
    # The first day out.
    after: date | None = None
    ends: bool = False
    doctor: int = 0
    npi: str = ""
    since: date | None = None
    # Months and cents, in a roster.
    money: tuple[tuple[date, int], ...] = ()


@dataclass
class Sent:
    """A file on its way: its bytes, and what the model is told once it is applied."""

    code: str
    name: str
    data: bytes
    tell: Callable[[Contract], None]
    paid: int = 0
    notice: int = 0
    # Other bytes that say the same, which must be refused once these are applied.
    again: bytes = b""
    # The same with a fault in it, which must not be applied.
    broken: bytes = b""
    tags: list[str] = field(default_factory=list)


def _envelope(code: str, number: int, group: str, version: str, day: date) -> Interchange:
    made = datetime(day.year, day.month, day.day, 4, 30, tzinfo=UTC).replace(tzinfo=None)
    return Interchange(f"{code}PLAN", "SIMIPA", made, number, group, version)


# ---- 834 ----------------------------------------------------------------------------------------


def enrolment(code: str, number: int, day: date, events: list[Event]) -> Sent:
    """An 834 of changes."""
    head = Enrolment(1, 0, "0001", "00", "2", created_date=day, reference=f"E{number}")

    def written(control: int) -> bytes:
        envelope = _envelope(code, control, "BE", "005010X220A1", day)
        return writer_834.write(envelope, [(head, [_member(event) for event in events])])

    def tell(contract: Contract) -> None:
        for event in events:
            _enrols(contract, event)

    data = written(number)
    return Sent(code, f"{code}_834_{number}.edi", data, tell, broken=data[: len(data) * 2 // 3])


def _member(event: Event) -> EnrolmentMember:
    what = "024" if event.ends else "021" if event.first else "001"
    coverage = Coverage(
        0, what, "HLT", event.product, start_date=event.first,
        end_date=event.after - DAY if event.after else None,
    )  # fmt: skip
    doctor = PcpChoice(0, event.npi, "Pcp", "Dr", "XX", event.npi, effective_date=event.since)
    return EnrolmentMember(
        0, True, "18", what, "", "A", event.ref,
        mbi=event.mbi, last_name="Birch", first_name="Bo", birth_date=event.birth, sex=event.sex,
        coverages=(coverage,) if event.first or event.after else (),
        pcps=(doctor,) if event.npi else (),
    )  # fmt: skip


def _enrols(contract: Contract, event: Event) -> None:
    if event.ends and not contract.person(event.ref).is_known:
        return
    contract.joins(event.ref, event.birth, event.sex, mbi=True)
    if event.ends:
        contract.leaves(event.ref, event.after)
    elif event.first:
        contract.covers(event.ref, event.product, event.first, event.after)
    if event.doctor and not event.ends:
        contract.chooses(event.ref, event.doctor, event.since)


# ---- 820 ----------------------------------------------------------------------------------------


def remittance(
    code: str, number: int, day: date, lines: list[tuple[str, date, int]], *, notice: bool = False
) -> Sent:
    """An 820 of one payment."""
    rows = [
        RemittanceLine(
            0, ref, "Birch", "Bo", "B", Decimal(cents).scaleb(-2), None, "R", (), month,
            add_months(month, 1) - DAY, (), "",
        )
        for ref, month, cents in lines
    ]  # fmt: skip
    total = sum(cents for _, _, cents in lines)
    payment = Remittance(
        1, 0, "0001", Decimal(total).scaleb(-2), "C" if total >= 0 else "D",
        "NON" if notice else "ACH", day, f"{code}{number:08}",
    )  # fmt: skip

    def written(control: int) -> bytes:
        envelope = _envelope(code, control, "RA", "005010X218", day)
        return remittance_820.write(envelope, [(payment, rows)])

    def tell(contract: Contract) -> None:
        for ref, month, cents in lines:
            contract.pays(ref, month, cents)

    data = written(number)
    return Sent(
        code, f"{code}_820_{number}.edi", data, tell,
        paid=0 if notice else total, notice=total if notice else 0,
        again=written(number + 500_000), broken=data.replace(b"*R*", b"*", 1)[: len(data) // 2],
    )  # fmt: skip


# ---- roster -------------------------------------------------------------------------------------


def roster(code: str, number: int, day: date, month: date, events: list[Event]) -> Sent:
    """A roster that says who is covered and pays for them."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(HEADS)
    told: list[tuple[Event, date, int | None]] = []
    for event in events:
        for one, cents in event.money or ((month, None),):
            told.append((event, one, cents))
            writer.writerow(_row(event, one, cents))
    data = text.getvalue().encode()
    lines = data.splitlines(keepends=True)

    def tell(contract: Contract) -> None:
        for event, one, cents in told:
            _lists(contract, event, one)
            if cents is not None:
                contract.pays(event.ref, one, cents, mbi=True)

    return Sent(
        code, f"{code} roster {number}.csv", data, tell,
        notice=sum(cents or 0 for _, _, cents in told),
        again=b"".join([lines[0], *reversed(lines[1:])]),
        broken=data.replace(lines[1].rsplit(b",", 3)[1], b"not a month", 1),
    )  # fmt: skip


def _row(event: Event, month: date, cents: int | None) -> list[str]:
    end = f"{event.after - DAY:%Y-%m-%d}" if event.after else ""
    return [
        event.ref, event.mbi, "Birch", "Bo", f"{event.birth:%Y-%m-%d}", event.sex, event.product,
        f"{event.first:%Y-%m-%d}" if event.first else "", end, event.npi,
        f"{event.since:%Y-%m-%d}" if event.since else "", f"{month:%Y-%m}",
        "" if cents is None else plain_dollars(cents), "TERM" if event.ends else "",
    ]  # fmt: skip


def _lists(contract: Contract, event: Event, month: date) -> None:
    if event.ends and not contract.person(event.ref).is_known:
        return
    contract.joins(event.ref, event.birth, event.sex, mbi=True)
    if event.ends:
        contract.leaves(event.ref, event.after or event.first)
    elif event.first:
        contract.covers(event.ref, event.product, event.first, event.after)
    if event.doctor:
        contract.chooses(event.ref, event.doctor, event.since)


# ---- membership report --------------------------------------------------------------------------


@dataclass(frozen=True)
class Premium:
    """A line of a membership report; `risk` is None in a change of an earlier month."""

    ref: str
    mbi: str
    birth: date
    sex: str
    month: date
    cents: int
    risk: Decimal | None
    hospice: bool = False


def report(code: str, cms: str, number: int, day: date, month: date, rows: list[Premium]) -> Sent:
    """A membership report: premiums, risk scores, hospice."""

    def tell(contract: Contract) -> None:
        for row in rows:
            contract.states_premium(row.ref, row.month, row.cents)
            if row.risk is not None:
                flags = {"hospice"} if row.hospice else set()
                contract.states_health(row.ref, row.month, Fraction(str(row.risk)), flags)

    data = mmr.write(_report_row(cms, day, month, row) for row in rows)
    lines = data.splitlines(keepends=True)
    return Sent(
        code, f"P.{cms}.MONMEMD.{number}.txt", data, tell,
        again=b"".join(reversed(lines)), broken=data[:-40],
    )  # fmt: skip


def _report_row(cms: str, day: date, month: date, row: Premium) -> MmrRow:
    change = row.risk is None
    return MmrRow(
        0, cms, day, month, row.mbi, "BIRCH", "B", "2" if row.sex == "F" else "1", row.birth,
        "05200", None if change else row.risk, None, "26" if change else "",
        row.month if change else None, add_months(row.month, 1) - DAY if change else None, "001",
        Decimal(row.cents).scaleb(-2), hospice=row.hospice,
    )  # fmt: skip
