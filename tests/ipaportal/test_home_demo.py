"""The demo: what its generator writes reads back to the cent, and building it twice is once."""

from collections import Counter
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection, models

from capitation.formats import enrolment_834, mmr, remittance_820, roster_csv
from capitation.formats.inspection import inspect_file
from capitation.models import (
    Dispute,
    PaymentBatch,
    PlanFile,
    Receipt,
    Run,
    Statement,
    StatementPosting,
    Waterfall,
)
from credentialing.formats.network_csv import RefusedRow, read_network
from credentialing.models import (
    AdverseAction,
    Application,
    AuditPacket,
    CredentialingEvent,
    Discrepancy,
    ExpirableNotice,
    Facility,
    Inquiry,
    Meeting,
    NpdbEntry,
    Practitioner,
    RosterAnswer,
    RosterDifference,
    Suspension,
)
from ipaportal.audit.models import DomainEvent, FactBatch
from ipaportal.core.sql import check_invariant
from ipaportal.home.demo import build_demo
from ipaportal.home.demo.build import TooSmall
from ipaportal.home.demo.founding import NotADemo
from ipaportal.home.demo.network import OWING, network_csv
from ipaportal.home.demo.plan_files import (
    ROSTER,
    ROSTER_DATES,
    TYPO_MONTH,
    amounts,
    enrolment,
    files_of,
    membership_report,
    remittance,
    roster,
)
from ipaportal.home.demo.world import (
    JUNIPER,
    MARLIN,
    MONTHS,
    STRANGERS,
    SWEEP,
    TAKEN_BACK,
    fake_mbi,
    make_world,
)
from ipaportal.home.management.commands.demo import Command
from ipaportal.home.management.commands.prove import every_invariant
from ipaportal.identity.models import User
from ipaportal.ledger.models import Entry
from purchasing.models import NetLine
from tests.people import make_party

FIRST = date(2025, 9, 1)


@pytest.fixture(scope="module")
def world():
    return make_world(1200, FIRST)


def test_makes_the_same_world_of_the_same_numbers(world):
    again = make_world(1200, FIRST)
    assert again.people == world.people
    assert again.network == world.network
    assert remittance(again, 5) == remittance(world, 5)
    assert len({person.mbi for person in world.people}) == 1200


def test_writes_no_number_that_somebody_could_hold():
    for number in (1, 4999, 123456):
        mbi = fake_mbi(number)
        assert len(mbi) == 11
        assert mbi[1] == "S", "CMS never gives out an S"


@pytest.mark.parametrize("index", [0, 1, SWEEP, TAKEN_BACK, MONTHS - 1])
def test_remits_what_the_plan_owes_to_the_cent(world, index):
    file = remittance_820.read(remittance(world, index))
    assert file.problems == ()
    owed = {(a.person.ref, world.month(a.month)): a for a in amounts(world, JUNIPER, index)}
    assert len(file.lines) == len(owed)
    for line in file.lines:
        amount = owed[line.member_ref, line.coverage_start]
        adjusted = sum((cents for cents, _ in line.adjustments), Decimal(0))
        full = line.amount if line.full_amount is None else line.full_amount
        assert full == Decimal(amount.cents).scaleb(-2)
        assert full + adjusted == line.amount
    assert sum(line.amount for line in file.lines) == file.remittances[0].amount


@pytest.mark.parametrize("index", [0, 4, TAKEN_BACK])
def test_states_members_and_choices_as_they_are(world, index):
    file = enrolment_834.read(enrolment(world, index))
    assert file.problems == ()
    assert [m.faults for m in file.members if m.faults] == []
    kinds = Counter(member.maintenance for member in file.members)
    people = world.of(JUNIPER)
    assert kinds["021"] == sum(p.listed == index for p in people)
    assert kinds["024"] == sum(p.ended == index and p.listed < index for p in people)
    by_ref = {person.ref: person for person in people}
    for member in file.members:
        person = by_ref[member.member_ref]
        assert member.mbi == person.mbi
        assert member.coverages[0].start_date == person.start
        said = [(pcp.npi, pcp.effective_date) for pcp in member.pcps]
        if member.maintenance != "024":
            assert said == [(m.npi, m.effective) for m in person.moves if m.known == index]


@pytest.mark.parametrize("index", [0, 6, MONTHS - 1])
def test_pays_by_roster_to_the_cent(world, index):
    mapping = roster_csv.Mapping(ROSTER, date_format=ROSTER_DATES)
    file = roster_csv.read(roster(world, MARLIN, index), mapping)
    assert file.refused == ()
    paid = Counter()
    for row in file.rows:
        if row.capitation_amount is not None:
            paid[row.member_id, row.coverage_month] += int(row.capitation_amount.scaleb(2))
    due = {(a.person.ref, world.month(a.month)): a.cents for a in amounts(world, MARLIN, index)}
    assert dict(paid) == due


@pytest.mark.parametrize("plan", [JUNIPER, MARLIN])
def test_reports_premiums_to_the_cent(world, plan):
    for index in (0, SWEEP, MONTHS - 1):
        file = mmr.read(membership_report(world, plan, index))
        assert file.problems == ()
        due = sum(
            world.premium_cents(p, m, index) - world.premium_cents(p, m, index - 1)
            for p in world.of(plan)
            for m in range(index + 1)
        )
        assert sum(int(row.total_payment.scaleb(2)) for row in file.rows) == due


@pytest.mark.slow
def test_sends_two_faulty_files_and_then_right_ones(world):
    verdicts = {}
    for index in range(MONTHS):
        for sent in files_of(world, index):
            if sent.plan is JUNIPER and sent.name.endswith(".edi"):
                verdicts[sent.name] = inspect_file(sent.data, name=sent.name)["verdict"]
    faulty = {name: verdict for name, verdict in verdicts.items() if verdict != "ok"}
    assert faulty == {
        f"JUN_834_{world.month(MONTHS - 1):%Y%m}.edi": "refused",
        f"JUN_820_{world.month(TYPO_MONTH):%Y%m}.edi": "unbalanced",
    }


def test_holds_everything_a_month_end_meets(world):
    people = world.people
    assert any(world.month(p.listed) > p.start for p in people if 0 < p.listed < MONTHS)
    assert any(p.ended < MONTHS and p.taken_back > MONTHS for p in people), "suspense"
    assert any(p.listed > p.paid_from for p in people), "money for who is not known"
    assert any(m.npi in STRANGERS for p in people for m in p.moves), "a PCP not in the network"
    assert any(not p.moves for p in people), "nobody chosen"
    assert any(m.effective.day > 15 for p in people for m in p.moves), "a move within a month"
    for plan in (JUNIPER, MARLIN):
        changes = [a for index in range(6, MONTHS) for a in amounts(world, plan, index)]
        assert any(a.cents < 0 for a in changes), "a recoupment"
    owing = {doctor.npi for doctor in world.network.of(OWING)}
    assert sum(m.npi in owing for p in people for m in p.moves) >= 3
    assert {p.plan.code for p in people for m in p.moves if m.npi in owing} == {"MARLIN"}


def test_lists_a_network_that_the_import_takes(world):
    rows = list(read_network(network_csv(world.network, ["JUNIPER", "MARLIN"], FIRST, FIRST)))
    assert not [row for row in rows if isinstance(row, RefusedRow)]
    assert len(rows) == 2 * len(world.network.doctors)
    number, practice = world.leaver
    doctor = world.network.doctors[number]
    assert doctor.practice != practice
    assert practice in {clinic.name for clinic in world.network.clinics}


def a_living_network() -> bool:
    """Whether files stand at every stage, the committee met, and a plan was told and answered."""
    assert Facility.objects.count() == 14  # two were taken over from the network of before
    assert not Practitioner.objects.filter(user=None, credentials=None).exists()
    assert [m.state for m in Meeting.objects.order_by("starts_at")] == ["held", "planned"]
    stages = Counter(CredentialingEvent.objects.values_list("status", flat=True))
    assert set(stages) >= {"applying", "submitted", "verifying", "verified", "on_agenda", "closed"}
    assert Application.objects.filter(event__status="applying", sections__code="work").exists()
    assert Discrepancy.objects.filter(replied_at=None, closed_at=None).count() == 1
    assert RosterAnswer.objects.filter(is_accepted=False).exists()
    assert RosterDifference.objects.filter(closed_at=None).exists()
    assert AuditPacket.objects.get().state == "done"
    stages = set(AdverseAction.objects.values_list("stage", flat=True))
    assert stages == {"notice_sent", "hearing_requested"}
    assert NpdbEntry.objects.count() >= 4
    assert Inquiry.objects.filter(given_up_at__isnull=False).count() == 1
    assert ExpirableNotice.objects.filter(is_skipped=False).exists()
    return Suspension.objects.filter(lifted_at=None).count() == 1


def charges_are_told(month: date) -> bool:
    """Whether every charge that was taken from a payout stands on a statement of its month."""
    told = StatementPosting.objects.filter(
        statement__month=month, posting__entry__key__startswith="netting:"
    )
    return told.count() == NetLine.objects.count() > 0


class Killed(BaseException):
    """What stops a build as a kill would: nothing catches it, and its transaction is lost."""


def kill_after(queries: int) -> Callable:
    """Let so many queries pass, then stop."""
    left = iter(range(queries))

    def execute(run, sql, params, many, context):
        if next(left, None) is None:
            raise Killed
        return run(sql, params, many, context)

    return execute


def everything() -> dict[type[models.Model], int]:
    tables = (DomainEvent, FactBatch, PlanFile, Receipt, Run, Waterfall, PaymentBatch)
    return {table: table.objects.count() for table in (*tables, Statement, Entry, User)}


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_goes_on_where_it_was_killed_and_has_nothing_to_do_then(capsys):
    kills = 0
    for queries in (3, 40, 170, 900, 2000, 5000):
        with connection.execute_wrapper(kill_after(queries)):
            try:
                build_demo(members=40)
            except Killed:
                kills += 1
    assert kills == 6
    build_demo(members=40)
    said = capsys.readouterr().out
    assert "2 runs need approval" in said
    Command().say("127.0.0.1", 8000)
    said = capsys.readouterr().out
    assert "The portal is at http://127.0.0.1:8000/" in said
    assert "\n  M. Reyes " in said

    runs = Run.objects.values_list("contract__payer__party__code", "month", "status")
    months = sorted({month for _, month, _ in runs})
    assert len(runs) == len(set(runs)) == 2 * MONTHS
    assert len(months) == MONTHS
    assert {status for _, month, status in runs if month < months[-1]} == {"posted"}
    assert {status for _, month, status in runs if month == months[-1]} == {"calculated"}
    assert PaymentBatch.objects.filter(status="released").count() == MONTHS - 1
    assert PaymentBatch.objects.count() == MONTHS - 1
    assert Dispute.objects.count() == 1
    assert a_living_network()
    assert charges_are_told(months[-2])
    assert Counter(PlanFile.objects.values_list("status", flat=True)) == {
        "applied": 5 * MONTHS,
        "rejected": 1,
        "quarantined": 1,
    }
    assert [rule.name for rule in every_invariant() if check_invariant(rule).count] == []

    before = everything()
    build_demo(members=500)
    assert "nothing to do" in capsys.readouterr().out
    assert everything() == before


@pytest.mark.django_db
def test_leaves_somebody_elses_database_alone():
    make_party(name="Somebody's IPA")
    before = everything()
    with pytest.raises(NotADemo, match="Somebody's IPA"):
        build_demo(members=40)
    assert everything() == before


@pytest.mark.django_db
def test_refuses_a_demo_of_next_to_nobody():
    with pytest.raises(TooSmall, match="20 members or more"):
        build_demo(members=19)
    assert DomainEvent.objects.count() == 0
