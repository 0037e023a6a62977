"""Writes the files that the demo's plans send: 834, 820, roster CSV and membership report."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from capitation.formats import mmr, remittance_820, writer_834
from capitation.formats.enrolment_834 import Coverage, Enrolment, EnrolmentMember, PcpChoice
from capitation.formats.mmr import MmrRow
from capitation.formats.remittance_820 import Remittance, RemittanceLine
from ipaportal.core.money import plain_dollars
from ipaportal.core.months import day_of, days_in
from ipaportal.core.x12_writing import Interchange
from ipaportal.home.demo.names import IPA_NAME, STATE
from ipaportal.home.demo.world import (
    JUNIPER,
    MONTHS,
    PLANS,
    STRANGER_NAMES,
    STRANGERS,
    SWEEP,
    Move,
    Person,
    Plan,
    World,
)

IPA_TIN = "990000000"
# The month whose payment first comes with a wrong total, which waits for somebody to decide.
TYPO_MONTH = MONTHS - 1
# Our field → the plan's column head.
ROSTER = {
    "member_id": "Mem ID",
    "mbi": "Medicare ID",
    "last_name": "Last Name",
    "first_name": "First Name",
    "birth_date": "DOB",
    "sex": "Gender",
    "address": "Street",
    "city": "City",
    "state": "State",
    "zip_code": "Zip",
    "plan_code": "Product",
    "effective_date": "Eff Date",
    "end_date": "Term Date",
    "pcp_npi": "PCP NPI",
    "pcp_effective_date": "PCP Eff",
    "coverage_month": "Cap Month",
    "capitation_amount": "Cap Amount",
    "change_type": "Change",
}
ROSTER_DATES = "%m/%d/%Y"


@dataclass(frozen=True, slots=True)
class Sent:
    """One file as a plan sends it."""

    plan: Plan
    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Amount:
    """Money of a file: for whom, for which month, and how much it changes what was paid."""

    person: Person
    month: int
    cents: int


def files_of(world: World, index: int) -> Iterator[Sent]:
    """The files of a month in the order they come: who is covered first, money last."""
    stamp = f"{world.month(index):%Y%m}"
    if index == MONTHS - 1:
        # Cut off on its way; the plan sends it again, whole.
        whole = enrolment(world, index)
        yield Sent(JUNIPER, f"JUN_834_{stamp}.edi", whole[: len(whole) * 2 // 3])
    yield Sent(
        JUNIPER, f"JUN_834_{stamp}{'_R' * (index == MONTHS - 1)}.edi", enrolment(world, index)
    )
    for plan in PLANS[1:]:
        yield Sent(plan, f"{plan.code.title()} roster {stamp}.csv", roster(world, plan, index))
    for plan in PLANS:
        name = f"P.{plan.cms_number}.MONMEMD.D{stamp[2:]}.txt"
        yield Sent(plan, name, membership_report(world, plan, index))
    money, again = remittance(world, index), ""
    if index == TYPO_MONTH:
        yield Sent(JUNIPER, f"JUN_820_{stamp}.edi", _mistyped(money))
        again = "_R"
    yield Sent(JUNIPER, f"JUN_820_{stamp}{again}.edi", money)


def amounts(world: World, plan: Plan, index: int) -> Iterator[Amount]:
    """What the plan pays or takes back in a month: the difference to what it paid before."""
    for person in world.of(plan):
        for month in range(index + 1):
            now = world.paid_cents(person, month, index)
            if cents := now - world.paid_cents(person, month, index - 1):
                yield Amount(person, month, cents)


def _interchange(world: World, index: int, kind: int, group: str, version: str) -> Interchange:
    return Interchange(
        sender="JUNIPERADV",
        receiver="HARBORVALLEY",
        created_at=datetime.combine(day_of(world.month(index), 2), time(4, 30), UTC),
        control_number=(index + 1) * 10 + kind,
        group=group,
        version=version,
    )


# 834 ------------------------------------------------------------------------------------------


def enrolment(world: World, index: int) -> bytes:
    """The 834 of a month: a full file first, then what changed."""
    made = day_of(world.month(index), 2)
    head = Enrolment(
        transaction_no=1,
        segment_no=0,
        control_number="0001",
        purpose="00",
        action="4" if index == 0 else "2",
        reference=f"ENR{made:%Y%m}",
        created_date=made,
        sponsor_name=IPA_NAME,
        sponsor_id=IPA_TIN,
        payer_name=JUNIPER.name,
        payer_id="990000100",
    )
    members = [m for p in world.of(JUNIPER) if (m := _member(p, index)) is not None]
    interchange = _interchange(world, index, 1, "BE", "005010X220A1")
    return writer_834.write(interchange, [(head, members)])


def _member(person: Person, index: int) -> EnrolmentMember | None:
    moves = [move for move in person.moves if move.known == index]
    if person.listed == index:
        return _stated(person, "021", moves, end=_end_known(person, index))
    if person.ended == index and person.listed < index:
        return _stated(person, "024", [], end=person.end)
    if moves and person.listed < index and _end_known(person, index) is None:
        return _stated(person, "001", moves, end=None)
    return None


def _end_known(person: Person, index: int) -> date | None:
    return person.end if person.ended <= index else None


def _stated(
    person: Person, maintenance: str, moves: list[Move], end: date | None
) -> EnrolmentMember:
    return EnrolmentMember(
        segment_no=0,
        is_subscriber=True,
        relationship="18",
        maintenance=maintenance,
        reason={"021": "28", "024": "07", "001": "43"}[maintenance],
        benefit_status="A",
        medicare_code="C",
        member_ref=person.ref,
        subscriber_ref=person.ref,
        id_qualifier="ZZ",
        mbi=person.mbi,
        last_name=person.last_name,
        first_name=person.first_name,
        birth_date=person.birth_date,
        sex=person.sex,
        address=person.street,
        city=person.town[0],
        state=STATE,
        zip_code=person.town[1],
        coverages=(
            Coverage(
                segment_no=0,
                maintenance=maintenance,
                insurance_line="HMO",
                plan_description=person.product,
                level="IND",
                start_date=person.start,
                end_date=end,
            ),
        ),
        pcps=tuple(_choice(move) for move in moves),
    )


def _choice(move: Move) -> PcpChoice:
    first, last = ("", "")
    if move.npi in STRANGERS:
        first, last = STRANGER_NAMES[STRANGERS.index(move.npi)].split()
    return PcpChoice(
        segment_no=0,
        npi=move.npi,
        last_name=last or "PCP",
        first_name=first,
        relationship="72",
        effective_date=move.effective,
        action="2",
        reason="14",
    )


# 820 ------------------------------------------------------------------------------------------


def remittance(world: World, index: int) -> bytes:
    """The 820 of a month: a line a member and month, with what is taken back or made good."""
    paid_on = day_of(world.month(index), 3)
    lines = [_line(world, amount, index) for amount in amounts(world, JUNIPER, index)]
    payment = Remittance(
        transaction_no=1,
        segment_no=0,
        control_number="0001",
        amount=sum((line.amount for line in lines), Decimal(0)),
        credit_debit="C",
        method="ACH",
        payment_date=paid_on,
        trace_number=f"JA{paid_on:%Y%m}0001",
        payer_name=JUNIPER.name,
        payer_id="990000100",
        payee_name=IPA_NAME,
        payee_id=IPA_TIN,
    )
    interchange = _interchange(world, index, 2, "RA", "005010X218")
    return remittance_820.write(interchange, [(payment, lines)])


def _line(world: World, amount: Amount, index: int) -> RemittanceLine:
    person, month = amount.person, world.month(amount.month)
    full = amount.cents
    recovered = person.recovery_cents if amount.month == index and full > 0 else 0
    return RemittanceLine(
        segment_no=0,
        member_ref=person.ref,
        last_name=person.last_name,
        first_name=person.first_name,
        batch_ref=f"{month:%Y%m}-{person.product}",
        amount=Decimal(full - recovered).scaleb(-2),
        full_amount=Decimal(full).scaleb(-2) if recovered else None,
        rate_code=person.product,
        aid_codes=(),
        coverage_start=month,
        coverage_end=month.replace(day=days_in(month)),
        # Overpayment recovery (ADX02 WO), so that RMR05 + ADX01 = RMR04.
        adjustments=((Decimal(-recovered).scaleb(-2), "WO"),) if recovered else (),
        raw="",
    )


def _mistyped(data: bytes) -> bytes:
    """The same payment with a total that is $12.40 too high."""
    start = data.index(b"BPR*I*") + 6
    end = data.index(b"*", start)
    wrong = Decimal(data[start:end].decode()) + Decimal("12.40")
    return data[:start] + str(wrong).encode() + data[end:]


# Roster ---------------------------------------------------------------------------------------


def roster(world: World, plan: Plan, index: int) -> bytes:
    """The roster of a month: who is covered, who left, and the money line by line."""
    text = io.StringIO()
    writer = csv.DictWriter(text, ROSTER.values(), lineterminator="\r\n")
    writer.writeheader()
    money: dict[int, list[Amount]] = {}
    for amount in amounts(world, plan, index):
        money.setdefault(amount.person.number, []).append(amount)
    for person in world.of(plan):
        for row in _roster_rows(world, person, index, money.get(person.number, [])):
            writer.writerow({ROSTER[name]: value for name, value in row.items()})
    return text.getvalue().encode()


def _roster_rows(
    world: World, person: Person, index: int, money: list[Amount]
) -> Iterator[dict[str, str]]:
    if person.listed > index or (person.ended < index and not money):
        return
    end = _end_known(person, index)
    head = _roster_head(person, index, end)
    current = [amount for amount in money if amount.month == index]
    change = "ADD" if person.listed == index else "TERM" if end else ""
    amount = plain_dollars(current[0].cents) if current else ""
    yield {**head, "coverage_month": f"{world.month(index):%Y-%m}",
           "capitation_amount": amount, "change_type": change}  # fmt: skip
    for past in money:
        if past.month < index:
            said = plain_dollars(past.cents)
            yield {
                **head,
                "coverage_month": f"{world.month(past.month):%Y-%m}",
                # The plan writes what it takes back in parentheses.
                "capitation_amount": f"({said[1:]})" if past.cents < 0 else said,
                "change_type": "TERM" if end else "ADJ",
            }


def _roster_head(person: Person, index: int, end: date | None) -> dict[str, str]:
    pcp = max((m for m in person.moves if m.known <= index), key=_latest, default=None)
    return {
        "member_id": person.ref,
        "mbi": person.mbi,
        "last_name": person.last_name,
        "first_name": person.first_name,
        "birth_date": person.birth_date.strftime(ROSTER_DATES),
        "sex": person.sex,
        "address": person.street,
        "city": person.town[0],
        "state": STATE,
        "zip_code": person.town[1],
        "plan_code": person.product,
        "effective_date": person.start.strftime(ROSTER_DATES),
        "end_date": end.strftime(ROSTER_DATES) if end else "",
        "pcp_npi": pcp.npi if pcp else "",
        "pcp_effective_date": pcp.effective.strftime(ROSTER_DATES) if pcp else "",
    }


def _latest(move: Move) -> tuple[int, date]:
    return move.known, move.effective


# Membership report ----------------------------------------------------------------------------


def membership_report(world: World, plan: Plan, index: int) -> bytes:
    """The plan's MMR detail: what CMS pays it for each member, and changes of earlier months."""
    return mmr.write(_report_rows(world, world.of(plan), index))


def _report_rows(world: World, people: Iterable[Person], index: int) -> Iterator[MmrRow]:
    for person in people:
        for month in range(index + 1):
            before = world.premium_cents(person, month, index - 1)
            now = world.premium_cents(person, month, index)
            if now != before:
                yield _report_row(world, person, month, index, now - before)


def _report_row(world: World, person: Person, month: int, index: int, cents: int) -> MmrRow:
    first = world.month(month)
    is_current = month == index
    score = person.score_at(month, index)
    return MmrRow(
        line_no=0,
        contract=person.plan.cms_number,
        run_date=day_of(world.month(index), 1) - timedelta(days=7),
        payment_month=world.month(index),
        mbi=person.mbi,
        surname=person.last_name.upper(),
        first_initial=person.first_name[0],
        sex=person.sex,
        birth_date=person.birth_date,
        state_county="05200",
        ra_factor_a=score,
        ra_factor_b=score,
        arc="" if is_current else _arc(person, index, cents),
        adj_start=None if is_current else first,
        adj_end=None if is_current else first.replace(day=days_in(first)),
        pbp=f"{person.plan.products.index(person.product) + 1:03}",
        total_payment=Decimal(cents).scaleb(-2),
        hospice=person.hospice_from <= index,
    )


def _arc(person: Person, index: int, cents: int) -> str:
    """The reason of an adjustment, in CMS's codes."""
    if index == SWEEP and person.new_score is not None:
        return "26"
    return "02" if cents > 0 else "03"
