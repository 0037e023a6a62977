"""
A month-end from nothing to the doctor's statement, in actions only, every cent counted by hand.

September: Ann and Bea are Dr. Alvarez's, Dan is Bell Clinic's; each brings $987.65, of which the
plan's contract gives the PCP 12.5 %. October: Bea turns out to have left with August, so that the
plan takes her September back; Dan moves to Dr. Alvarez on the 10th, which by 15/30 counts for the
whole month; Eva is paid for before anybody has heard of her; Fay joins late, back to September.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from capitation.actions.banking import approve_bank_account, propose_bank_account
from capitation.actions.contracts import add_contract, add_payer, set_terms
from capitation.actions.disputes import answer_dispute, open_dispute
from capitation.actions.files import DuplicateFile, process_file, receive_file
from capitation.actions.members import adopt_member
from capitation.actions.payment_outcomes import settle_payments
from capitation.actions.payments import SamePerson as SameHand
from capitation.actions.payments import prepare_payments, release_payments, take_payment_file
from capitation.actions.runs import SamePerson, approve_run, calculate_run, open_run, post_run
from capitation.actions.statements import publish_statements
from capitation.formats import nacha, remittance_820, writer_834
from capitation.formats.enrolment_834 import Coverage, Enrolment, EnrolmentMember, PcpChoice
from capitation.formats.remittance_820 import Remittance, RemittanceLine
from capitation.models import Contract, Member, PlanFile, Run, Share, Statement, Waterfall
from capitation.queries.explain import NoSuchLine, explain_line
from capitation.queries.worklists import unknown_members
from credentialing.actions.imports import import_network
from credentialing.formats.network_csv import COLUMNS
from credentialing.models import Practice
from credentialing.rules.npi import with_check_digit
from ipaportal.core.actors import Actor
from ipaportal.core.roles import Role
from ipaportal.core.sql import check_invariant
from ipaportal.core.x12_writing import Interchange
from ipaportal.home.management.commands.prove import every_invariant
from ipaportal.identity.models import Party
from ipaportal.ledger.queries.balances import balance
from tests.factories import make_ipa
from tests.people import actor_of, make_user

pytestmark = pytest.mark.django_db
AUGUST_31 = date(2026, 8, 31)
SEPTEMBER, OCTOBER = date(2026, 9, 1), date(2026, 10, 1)
ALVAREZ, BELL = with_check_digit("299000001"), with_check_digit("299000002")
FULL = 98765
TERMS = {
    "plan_share_pct": Decimal(85),
    "admin_fee_method": "pct",
    "admin_fee_value": Decimal(8),
    "reinsurance_method": "pmpm",
    "reinsurance_value": Decimal("9.75"),
    "hospital_pool_method": "pct",
    "hospital_pool_value": Decimal(40),
    "rate_model": "percent",
    "rate_pct": Decimal("12.5"),
    "withhold_pct": Decimal(10),
    "assignment_rule": "fifteen_thirty",
    "assignment_day": 15,
    "citation": "exhibit B, 4.2",
}
# One member's month by hand: 8 % is 7,901.2; 40 % is 39,506; 12.5 % is 12,345.625, of which 10 %.
ONE = {"received": FULL, "admin_fee": 7901, "reinsurance": 975, "hospital_pool": 39506}
ONE |= {"provider": 12346, "withhold": 1235, "retained": 98765 - 7901 - 975 - 39506 - 12346}


def at(month: int, day: int, hour: int = 12) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


@dataclass
class Cast:
    """Who acts, each a real user with the grants of their role."""

    quinn: Actor
    reyes: Actor
    alvarez: Actor
    bell: Actor


@pytest.fixture
def contract() -> Contract:
    ipa = make_ipa()
    clerk = actor_of(make_user("setup@ipa.test", Role.NETWORK_ADMIN, party=ipa))
    payer = add_payer(actor=clerk, code="SUN", name="Sun Health", now=at(8, 20))
    made = add_contract(
        actor=clerk,
        payer_id=payer.pk,
        name="Sun HMO",
        start_month=SEPTEMBER,
        remittance_source="820",
        run_day=5,
        now=at(8, 20),
    )
    set_terms(actor=clerk, contract_id=made.pk, start_month=SEPTEMBER, values=TERMS, now=at(8, 20))
    result = import_network(actor=clerk, data=network(), now=at(8, 21))
    assert (result.practices, result.practitioners, result.refused) == (2, 2, [])
    return made


@pytest.fixture
def cast(contract) -> Cast:
    ipa = Party.objects.get(kind="ipa")
    one, other = (Practice.objects.get(name=name).party for name in ("Dr. Alvarez", "Bell Clinic"))
    people = Cast(
        quinn=actor_of(make_user("quinn@ipa.test", Role.FINANCE, party=ipa)),
        reyes=actor_of(make_user("reyes@ipa.test", Role.FINANCE_APPROVER, party=ipa)),
        alvarez=actor_of(make_user("alvarez@ipa.test", Role.PROVIDER, party=one)),
        bell=actor_of(make_user("bell@ipa.test", Role.PRACTICE_MANAGER, party=other)),
    )
    for number, party in enumerate((ipa, one, other)):
        origin = {"purpose": "origin", "bank_name": "First Example", "company_id": "1999999999"}
        proposed = propose_bank_account(
            actor=people.quinn,
            party_id=party.pk,
            holder_name=party.name,
            routing_number="231380104",
            account_number=f"77000{number}",
            now=at(8, 22),
            **({} if number else origin),
        )
        approve_bank_account(actor=people.reyes, bank_account_id=proposed.pk, now=at(8, 22))
    return people


def network() -> bytes:
    rows = [
        ("Dr. Alvarez", "990000001", ALVAREZ, "Alvarez", "Ana"),
        ("Bell Clinic", "990000002", BELL, "Bell", "Dora"),
    ]
    tail = "Family Medicine,1 Elm,Port Larkin,CA,92901,555-0100,SUN,2020-01-01,"
    return "\n".join([",".join(COLUMNS), *(f"{','.join(row)},{tail}" for row in rows)]).encode()


def interchange(month: int, kind: int) -> Interchange:
    group, version = [("BE", "005010X220A1"), ("RA", "005010X218")][kind]
    return Interchange("SUN", "IPA", at(month, 2), month * 10 + kind, group, version)


def enrolled(ref: str, what: str, npi: str = "", since: date | None = None, last=None):
    name, _ = ref.split("-")
    return EnrolmentMember(
        segment_no=0,
        is_subscriber=True,
        relationship="18",
        maintenance=what,
        reason="",
        benefit_status="A",
        member_ref=ref,
        id_qualifier="ZZ",
        last_name="Rivers",
        first_name=name.title(),
        birth_date=date(1950, 5, 5),
        sex="F",
        coverages=(Coverage(0, what, "HMO", "SUN-1", "IND", SEPTEMBER, last),),
        pcps=(PcpChoice(0, npi, "X", "Y", effective_date=since, action="2"),) if npi else (),
    )


def enrolment_file(month: int, members: list[EnrolmentMember]) -> bytes:
    head = Enrolment(1, 0, "0001", "00", "2", f"E{month}", date(2026, month, 2), "IPA", "1")
    return writer_834.write(interchange(month, 0), [(head, members)])


def money_file(month: int, lines: list[tuple[str, date, int]]) -> bytes:
    rows = [
        RemittanceLine(
            segment_no=0,
            member_ref=ref,
            last_name="RIVERS",
            first_name=ref.split("-")[0],
            batch_ref=f"B{covered:%Y%m}",
            amount=Decimal(cents).scaleb(-2),
            full_amount=None,
            rate_code="",
            aid_codes=(),
            coverage_start=covered,
            coverage_end=covered.replace(day=30),
            adjustments=(),
            raw="",
        )
        for ref, covered, cents in lines
    ]
    total = sum((row.amount for row in rows), Decimal(0))
    paid = Remittance(1, 0, "0001", total, "C", "ACH", date(2026, month, 3), f"SUN{month}")
    return remittance_820.write(interchange(month, 1), [(paid, rows)])


def take_in(cast: Cast, contract: Contract, month: int, name: str, data: bytes) -> PlanFile:
    file = receive_file(
        actor=cast.quinn, payer_id=contract.payer_id, name=name, data=data, now=at(month, 4)
    )
    return process_file(actor=Actor.system("worker"), file_id=file.pk, now=at(month, 4))


def run_month(cast: Cast, contract: Contract, month: date) -> Run:
    """Opened and calculated by Quinn, who may not approve; approved by Reyes; posted."""
    now = at(month.month, 6)
    run = open_run(actor=cast.quinn, contract_id=contract.pk, month=month, now=now)
    run = calculate_run(actor=cast.quinn, run_id=run.pk, now=now)
    both = Actor(cast.quinn.user_id, "Quinn", frozenset({("finance_approver", 1)}))
    with pytest.raises(SamePerson):
        approve_run(actor=both, run_id=run.pk, seen_digest=run.digest, now=now)
    run = approve_run(actor=cast.reyes, run_id=run.pk, seen_digest=run.digest, now=now)
    return post_run(actor=cast.quinn, run_id=run.pk, now=now)


def pay_month(cast: Cast, month: int) -> dict[str, int]:
    """Prepared by Quinn, released by Reyes, settled; what each payee got, as the bank reads it."""
    batch = prepare_payments(actor=cast.quinn, now=at(month, 7))
    both = Actor(cast.quinn.user_id, "Quinn", frozenset({("finance_approver", 1)}))
    with pytest.raises(SameHand):
        release_payments(
            actor=both, batch_id=batch.pk, seen_digest=batch.digest, now=at(month, 7, 13)
        )
    release_payments(
        actor=cast.reyes, batch_id=batch.pk, seen_digest=batch.digest, now=at(month, 7, 14)
    )
    _, data = take_payment_file(actor=cast.reyes, batch_id=batch.pk)
    settle_payments(actor=cast.quinn, batch_id=batch.pk, now=at(month, 9))
    file = nacha.read(data)
    assert file.verdict == "ok"
    paid = dict(batch.payments.values_list("party__name", "amount_cents"))
    assert file.counted.credit_cents == sum(paid.values())
    return paid


def test_a_month_end_from_the_plans_file_to_the_doctors_statement(contract, cast):
    # September: two files, everybody known.
    first = enrolment_file(
        9,
        [
            enrolled("ANN-1", "021", ALVAREZ, SEPTEMBER),
            enrolled("BEA-2", "021", ALVAREZ, SEPTEMBER),
            enrolled("DAN-4", "021", BELL, SEPTEMBER),
        ],
    )
    assert take_in(cast, contract, 9, "e9.edi", first).counts["new_members"] == 3
    lines = [(ref, SEPTEMBER, FULL) for ref in ("ANN-1", "BEA-2", "DAN-4")]
    money = take_in(cast, contract, 9, "m9.edi", money_file(9, lines))
    assert money.counts["total_cents"] == 3 * FULL
    with pytest.raises(DuplicateFile, match=r"m9\.edi"):
        take_in(cast, contract, 9, "again.edi", money_file(9, lines))

    september = run_month(cast, contract, SEPTEMBER)
    assert {k: v for k, v in september.totals.items() if v and k in ONE} == {
        name: 3 * cents for name, cents in ONE.items()
    }
    assert pay_month(cast, 9) == {"Dr. Alvarez": 2 * (12346 - 1235), "Bell Clinic": 12346 - 1235}
    assert publish_statements(actor=cast.quinn, month=SEPTEMBER, now=at(9, 10)) == 2
    nothing_is_lost(contract, [september])

    # October: one left, one moved, one late, one unknown.
    changes = enrolment_file(
        10,
        [
            enrolled("BEA-2", "024", last=AUGUST_31),
            enrolled("DAN-4", "001", ALVAREZ, date(2026, 10, 10)),
            enrolled("FAY-6", "021", BELL, SEPTEMBER),
        ],
    )
    take_in(cast, contract, 10, "e10.edi", changes)
    paid = [(ref, OCTOBER, FULL) for ref in ("ANN-1", "DAN-4", "FAY-6", "EVA-5")]
    paid += [("BEA-2", SEPTEMBER, -FULL), ("FAY-6", SEPTEMBER, FULL)]
    take_in(cast, contract, 10, "m10.edi", money_file(10, paid))
    (eva,) = unknown_members(actor=cast.quinn)
    assert (eva.member_ref, eva.amount_cents) == ("EVA-5", FULL)
    adopt_member(
        actor=cast.quinn,
        contract_id=contract.pk,
        member_ref="EVA-5",
        effective_date=OCTOBER,
        now=at(10, 5),
    )
    october = run_month(cast, contract, OCTOBER)
    # Four October months, Fay's September, less Bea's: four of Ann's months, Eva's with no PCP.
    assert {k: v for k, v in october.totals.items() if v and k in ONE} == {
        name: 4 * cents for name, cents in ONE.items()
    }
    shares = Share.objects.filter(run_id=october.pk).order_by("coverage_month", "member_id")
    told = [
        (s.member.plan_member_id, s.coverage_month, s.payee.name, s.provider_cents) for s in shares
    ]
    assert sorted(told) == [
        ("ANN-1", OCTOBER, "Dr. Alvarez", 12346),
        ("BEA-2", SEPTEMBER, "Dr. Alvarez", -12346),
        ("DAN-4", OCTOBER, "Dr. Alvarez", 12346),
        ("EVA-5", OCTOBER, "Members without a PCP", 12346),
        ("FAY-6", SEPTEMBER, "Bell Clinic", 12346),
        ("FAY-6", OCTOBER, "Bell Clinic", 12346),
    ]
    assert pay_month(cast, 10) == {"Dr. Alvarez": 11111, "Bell Clinic": 2 * 11111}
    assert publish_statements(actor=cast.quinn, month=OCTOBER, now=at(10, 10)) >= 2
    nothing_is_lost(contract, [september, october])
    the_doctor_reads_it(cast, october)


def nothing_is_lost(contract: Contract, runs: list[Run]) -> None:
    """Every cent of every file is somewhere, once; every proof of the portal holds."""
    rows = Waterfall.objects.filter(run__in=runs)
    for row in rows:
        parts = row.admin_fee_cents + row.reinsurance_cents + row.hospital_pool_cents
        parts += row.specialist_pool_cents + row.pharmacy_pool_cents + row.provider_cents
        assert row.received_cents == parts + row.retained_cents + row.suspense_cents
    files = PlanFile.objects.filter(contract=contract, format="x12-820")
    received = sum(file.counts["total_cents"] for file in files)
    assert sum(row.received_cents for row in rows) == received
    assert balance(contract.payer.party, "plan_clearing") == 0
    for name in ("Dr. Alvarez", "Bell Clinic"):
        party = Party.objects.get(name=name)
        mine = Share.objects.filter(run__in=runs, payee=party)
        assert balance(party, "payable") == 0, "everything owed is paid"
        assert -balance(party, "withhold_liability") == sum(s.withhold_cents for s in mine)
        statement = Statement.objects.filter(payee=party).latest("month")
        assert statement.closing_cents == 0
    ipa = Party.objects.get(kind="ipa")
    assert balance(ipa, "payments_in_transit") == 0
    breaches = {c.name: c.rows for i in every_invariant() if (c := check_invariant(i)).count}
    assert breaches == {}


def the_doctor_reads_it(cast: Cast, october: Run) -> None:
    """The statement equals the payment; an amount opens to the plan's line; a question is kept."""
    payee = Practice.objects.get(name="Dr. Alvarez").party_id
    statement = Statement.objects.get(payee_id=payee, month=OCTOBER)
    assert (statement.provider_cents, statement.withhold_cents) == (12346, 1235)
    assert (statement.opening_cents, statement.paid_cents) == (0, 11111)
    bea = Member.objects.get(plan_member_id="BEA-2")
    line = {
        "run_id": october.pk,
        "member_id": bea.pk,
        "coverage_month": SEPTEMBER,
    }
    found = explain_line(actor=cast.alvarez, payee_id=payee, **line)
    assert found.cents == -11111
    said = repr(found.node)
    assert "RMR*IK*B202609**-987.65" in said
    assert "m10.edi" in said
    with pytest.raises(NoSuchLine):
        explain_line(actor=cast.bell, payee_id=payee, **line)
    dispute = open_dispute(
        actor=cast.alvarez,
        statement_id=statement.pk,
        question="I saw Bea on September 12.",
        now=at(10, 12),
        **line,
    )
    answered = answer_dispute(
        actor=cast.quinn,
        dispute_id=dispute.pk,
        upheld=False,
        answer="Sun Health ended her coverage with August 31.",
        now=at(10, 13),
    )
    assert answered.status == "declined"
