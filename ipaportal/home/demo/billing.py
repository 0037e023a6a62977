"""The demo's claims: a price list, a clearinghouse's file, what became of each, and one payment."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction

from capitation.models import Contract, CoverageSpan, Member, PcpAssignment
from compliance.actions.claim_payments import pay_claims
from compliance.actions.claims import read_claims, receive_claims
from compliance.actions.fees import load_schedule, set_terms
from compliance.formats.claims_837 import Claim, ServiceLine
from compliance.formats.claims_written import VERSIONS, write
from compliance.models import ClaimFile, FeeSchedule
from compliance.queries.claim_payments import payment_digest, planned_payments
from credentialing.models import Participation
from credentialing.queries.participation import participation
from ipaportal.core.actors import Actor
from ipaportal.core.x12_writing import Interchange

CLOCK = Actor.system("demo")
LIST = "Valley fees"
# Code, price in an office, in a facility, what is charged; prices are invented.
SERVICES = (
    ("99203", 112, 82, 180), ("99213", 92, 65, 150), ("99214", 130, 95, 210),
    ("93000", 17, 17, 45), ("20610", 68, 47, 140), ("36415", 9, 9, 20),
)  # fmt: skip
NOT_LISTED = "11730"
MOST_CLAIMS, FEW_CLAIMS = 60, 30
NEWEST = 4711


def open_claims(*, finance: Actor, now: datetime) -> None:
    """Agree on what claims are paid by."""
    if not FeeSchedule.objects.exists():
        contract = Contract.objects.filter(is_active=True).order_by("pk").first()
        with transaction.atomic():
            _terms(contract, finance, now - timedelta(days=260))


def bill_members(*, finance: Actor, approver: Actor, now: datetime) -> None:
    """Take in six weeks of claims of the first plan's members, and pay one practice."""
    if ClaimFile.objects.filter(control=f"{NEWEST:09}").exists():
        return
    contract = Contract.objects.filter(is_active=True).order_by("pk").first()
    with transaction.atomic():
        sent = _claims(contract, now.date() - timedelta(days=50), MOST_CLAIMS)
        made = now - timedelta(days=40)
        take_in(contract, sent, finance, made, NEWEST)
        _pay_one(approver, now)


def take_in(
    contract: Contract, sent: Sequence[Claim], finance: Actor, made: datetime, number: int
) -> None:
    """Take in a clearinghouse's file of claims of one kind."""
    head = Interchange("CLEARWATER", "VALLEYIPA", made, number, "HC", VERSIONS[sent[0].kind])
    data = write(
        head, sent, submitter=("Clearwater Clearing", "CLEARWATER"),
        receiver=("Valley IPA", "VALLEYIPA"),
    )  # fmt: skip
    file = receive_claims(
        actor=finance, payer_id=contract.payer_id, file_name=f"clearwater-{number}.837",
        data=data, now=made,
    )  # fmt: skip
    read_claims(actor=CLOCK, file_id=file.pk, now=made)


def _terms(contract: Contract, finance: Actor, now: datetime) -> None:
    rows = "".join(f"{code},{office},{facility}\n" for code, office, facility, _ in SERVICES)
    load_schedule(
        actor=finance, name=LIST, effective_date=date(now.year - 1, 1, 1),
        source="Agreement, annex 3", file_name="valley-fees.csv", factor=None, now=now,
        data=f"Code,Price,Facility\n{rows}".encode(), place=None,
    )  # fmt: skip
    set_terms(
        actor=finance, payer_id=contract.payer_id, party_id=None, schedule_name=LIST,
        pct=Decimal(110), effective_date=date(now.year - 1, 1, 1), regime="contract", days=30,
        yearly_pct=Decimal(6), citation="Agreement 7.2", now=now,
    )  # fmt: skip


def claims_of_month(contract: Contract, month: date) -> list[Claim]:
    """A few claims and encounters of a month, without faults, alike every time."""
    return _seen(contract, month + timedelta(days=3), FEW_CLAIMS, f"{month:%m}")


def _claims(contract: Contract, day: date, most: int) -> list[Claim]:
    """Members seen by somebody other than their PCP, encounters of PCPs, and a few faults."""
    return _with_faults(_seen(contract, day, most, ""))


def _seen(contract: Contract, day: date, most: int, prefix: str) -> list[Claim]:
    places = [
        place.participation
        for place in participation(day, payer_party_id=contract.payer.party_id)
        if place.takes_part and place.participation is not None
    ]
    rows = Participation.objects.filter(pk__in=[place.pk for place in places])
    doctors = list(rows.select_related("practice", "practitioner").order_by("pk"))
    found, pcps = [], _pcps(contract, day)
    for at, member in enumerate(_members(contract, day)[:most]):
        others = [one for one in doctors if one.practitioner_id != pcps.get(member.pk)]
        own = [one for one in doctors if one.practitioner_id == pcps.get(member.pk)]
        served = day + timedelta(days=at % 9)
        if at % 3 == 2 and own:
            ref = f"E{prefix}{at:03}"
            found.append(_claim(ref, own[0], member, served, at, is_capitated=True))
        elif others:
            who = others[at * 7 % len(others)]
            found.append(_claim(f"C{prefix}{at:03}", who, member, served, at))
    return found


def _members(contract: Contract, day: date) -> list[Member]:
    spans = CoverageSpan.objects.current().active_on(day).filter(contract=contract)
    return list(Member.objects.filter(pk__in=spans.values("member")).order_by("pk"))


def _pcps(contract: Contract, day: date) -> dict[int, int]:
    rows = PcpAssignment.objects.current().active_on(day).filter(member__payer=contract.payer_id)
    return dict(rows.values_list("member_id", "practitioner_id"))


def _claim(
    ref: str, where: Participation, member: Member, served: date, at: int, **changes: object
) -> Claim:
    lines = [_line(SERVICES[(at + n) % len(SERVICES)], served) for n in range(1 + at % 2)]
    claim = Claim(
        0, ref, sum(line.charge_cents for line in lines), "11", "1", "professional", "0001",
        where.practitioner.npi, where.practice.tin, where.practice.name, member.plan_member_id,
        "MEMBER", "OF PLAN", None, "PLAN", rendering_npi=where.practitioner.npi,
        diagnoses=("I10",), lines=lines,
    )  # fmt: skip
    for name, value in changes.items():
        setattr(claim, name, value)
    return claim


def _line(service: tuple[str, int, int, int], served: date) -> ServiceLine:
    code, _, _, charge = service
    return ServiceLine(
        0, "1", code, charge_cents=charge * 100, unit_kind="UN", place="11", served_from=served,
        served_to=served,
    )  # fmt: skip


def _with_faults(found: list[Claim]) -> list[Claim]:
    """One sent twice, one for nobody of the plan, one of a service without a price."""
    if len(found) < 6:
        return found
    found[3].subscriber_ref = "UNKNOWN-1"
    found[4].lines[0].procedure = NOT_LISTED
    return [*found, found[0]]


def _pay_one(approver: Actor, now: datetime) -> None:
    """Pay the practice with the most claims; the others are ready."""
    today = now.date()
    ready = [one for one in planned_payments(today) if one.is_payable and one.total_cents]
    if not ready:
        return
    most = max(ready, key=lambda one: len(one.payable))
    pay_claims(
        actor=approver, payer_id=most.payer_id, party_id=most.party_id,
        seen_digest=payment_digest(most), now=now,
    )  # fmt: skip
