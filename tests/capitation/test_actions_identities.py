"""Whom a plan means: money follows the MBI as coverage does; what disagrees is never guessed."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from capitation.actions.identities import Name, identify, mbi_index
from capitation.actions.members import (
    CannotAdopt,
    adopt_member,
    adopt_members,
    assign_pcps_from_csv,
    match_member,
)
from capitation.actions.worklists import AlreadyResolved, NotOneOfThem, settle_identity
from capitation.formats import remittance_820
from capitation.formats.remittance_820 import Remittance, RemittanceLine
from capitation.models import (
    CoverageSpan,
    Member,
    MemberIdentifier,
    PcpAssignment,
    Premium,
    Receipt,
    UnmatchedRow,
)
from capitation.queries.members import find_members
from capitation.queries.worklists import unknown_members
from ipaportal.audit.models import FactBatch
from ipaportal.core.months import add_months
from ipaportal.core.sql import check_invariant
from ipaportal.home.management.commands.prove import every_invariant
from tests.factories import make_contract, make_practitioner
from tests.planfiles import (
    NOW,
    QUINN,
    a_coverage,
    a_member,
    a_pcp,
    an_820,
    an_834,
    an_mmr,
    interchange,
    take,
)

pytestmark = pytest.mark.django_db
JAN, FEB, MAR = (date(2026, month, 1) for month in (1, 2, 3))
ANN, BEA, CAL = "1EG4TE5MK73", "2EG4TE5MK74", "3EG4TE5MK75"


@pytest.fixture
def contract():
    return make_contract()


def money(*lines: tuple[str, str, date, str], trace: str = "TRACE1") -> bytes:
    """An 820 of (number, MBI or nothing, month, dollars) lines."""
    rows = [
        RemittanceLine(
            segment_no=0,
            member_ref=number,
            last_name="Birch",
            first_name="Bo",
            batch_ref="BATCH",
            amount=Decimal(dollars),
            full_amount=None,
            rate_code="957",
            aid_codes=(),
            coverage_start=month,
            coverage_end=add_months(month, 1) - timedelta(days=1),
            adjustments=(),
            raw="",
            references=(("18", "957"), *((("F6", mbi),) if mbi else ())),
        )
        for number, mbi, month, dollars in lines
    ]
    payment = Remittance(1, 0, "0001", Decimal(0), "C", "ACH", date(2026, 3, 5), trace)
    return remittance_820.write(interchange(), [(payment, rows)])


def received() -> list[tuple[str, date, int]]:
    """What each member got, by the number they first had."""
    rows = Receipt.objects.order_by("pk")
    return list(rows.values_list("member__plan_member_id", "coverage_month", "amount_cents"))


def member(number: str) -> Member:
    return Member.objects.get(plan_member_id=number)


def breaches() -> list[str]:
    return [one.name for one in every_invariant() if check_invariant(one).count]


def test_follows_a_number_that_changes_in_mid_year(contract):
    take(contract, an_834([a_member("M1", mbi=ANN)]))
    take(contract, an_820([("M1", JAN, "10")]))
    # The new number comes by the MBI with the coverage; money under it has the member from then on.
    take(contract, an_834([a_member("N7", "001", mbi=ANN, coverages=(a_coverage(start=FEB),))]))
    file = take(contract, an_820([("N7", FEB, "20"), ("M1", FEB, "-1")], trace="T2"))
    assert (file.counts["unknown_members"], file.counts["lines_waiting"]) == (0, 0)
    assert received() == [("M1", JAN, 1000), ("M1", FEB, 2000), ("M1", FEB, -100)]
    assert Member.objects.count() == 1
    fact = MemberIdentifier.objects.get()
    assert (fact.number, bytes(fact.mbi_index), fact.effective_date) == (
        "N7",
        b"",
        date(2026, 3, 2),
    )
    assert (fact.member, fact.recorded_by) == (member("M1"), "file file.txt")
    assert breaches() == []


def test_matches_a_line_by_the_mbi_it_carries(contract):
    take(contract, an_834([a_member("M1", mbi=ANN)]))
    take(contract, money(("N7", ANN, JAN, "10"), (ANN, "", FEB, "20"), ("X9", "", FEB, "1")))
    assert received() == [("M1", JAN, 1000), ("M1", FEB, 2000)]
    # Only an enrolment teaches a number: the plan's money alone does not.
    assert not MemberIdentifier.objects.exists()
    assert [one.member_ref for one in unknown_members(actor=QUINN)] == ["X9"]


def test_money_that_came_first_is_picked_up_by_the_enrolment(contract):
    first = take(
        contract, money(("N7", ANN, JAN, "10"), ("M1", "", JAN, "5"), ("M2", "", JAN, "1"))
    )
    assert first.counts["lines_waiting"] == 3
    file = take(contract, an_834([a_member("M1", mbi=ANN)]))
    assert file.counts["lines_matched"] == 2
    assert sorted(received()) == [("M1", JAN, 500), ("M1", JAN, 1000)]
    assert Receipt.objects.filter(fact_no=file.fact_no).count() == 2
    assert breaches() == []


def test_a_report_finds_its_member_when_the_enrolment_comes_later(contract):
    take(contract, an_mmr([{"mbi": ANN, "total_payment": Decimal("12.34")}]), "MONMEMD.txt")
    assert not Premium.objects.exists()
    take(contract, an_834([a_member("M1", mbi="1eg4-te5-mk73")]))
    assert Premium.objects.get().member == member("M1")
    assert UnmatchedRow.objects.get().resolution == "member adopted"


def test_a_report_that_pays_matches_by_mbi(contract):
    contract.remittance_source = "mmr"
    contract.save()
    take(contract, an_mmr([{"mbi": ANN, "total_payment": Decimal("1234.56")}]), "MONMEMD.txt")
    assert received() == []
    take(contract, an_834([a_member("M1", mbi=ANN)]))
    assert received() == [("M1", MAR, 98765)]


CONFLICTS = {
    "the MBI is another's": ("M1", BEA),
    "the MBI is nobody's": ("M1", CAL),
    "the new number is another's too": ("N7", BEA),
}


@pytest.mark.parametrize("case", CONFLICTS)
def test_never_guesses_between_a_number_and_an_mbi(contract, case):
    number, mbi = CONFLICTS[case]
    people = [a_member("M1", mbi=ANN), a_member("N7", mbi=ANN), a_member("M2", mbi=BEA)]
    take(contract, an_834(people))
    assert Member.objects.count() == 2
    file = take(contract, money((number, mbi, JAN, "10"), (number, mbi, FEB, "10")))
    assert file.counts["unmatched_identity"] == 1
    assert file.counts["unknown_members"] == 0
    assert received() == []
    row = UnmatchedRow.objects.get()
    assert (row.kind, row.resolved_at, row.files) == ("identity", None, 1)
    assert row.values["member_ref"] == number
    assert "RMR*IK*BATCH**10" in row.raw
    # Nobody adopts what is in doubt, and the next month asks no second time.
    assert unknown_members(actor=QUINN) == []
    with pytest.raises(CannotAdopt):
        adopt_members(actor=QUINN, contract_id=contract.pk, now=NOW)
    with pytest.raises(CannotAdopt):
        adopt_member(actor=QUINN, contract_id=contract.pk, member_ref=number, now=NOW)
    again = take(contract, money((number, mbi, MAR, "10"), trace="T2"))
    row = UnmatchedRow.objects.get()
    assert (row.files, row.last_file) == (2, again)
    assert received() == []
    assert breaches() == []


def test_settles_who_a_number_and_an_mbi_mean_together(contract):
    take(contract, an_834([a_member("M1", mbi=ANN), a_member("M2", mbi=BEA), a_member("M3")]))
    take(contract, money(("M1", BEA, JAN, "10")))
    row = UnmatchedRow.objects.get()
    with pytest.raises(NotOneOfThem):
        settle_identity(actor=QUINN, row_id=row.pk, member_id=member("M3").pk, now=NOW)
    assert received() == []
    lines = settle_identity(actor=QUINN, row_id=row.pk, member_id=member("M2").pk, now=NOW)
    assert (lines, received()) == (1, [("M2", JAN, 1000)])
    with pytest.raises(AlreadyResolved):
        settle_identity(actor=QUINN, row_id=row.pk, member_id=member("M1").pk, now=NOW)
    # From now on both together mean her; alone, each means whom it meant.
    take(
        contract,
        money(("M1", BEA, FEB, "10"), ("M1", "", FEB, "7"), (BEA, "", FEB, "3"), trace="2"),
    )
    assert received()[1:] == [("M2", FEB, 1000), ("M1", FEB, 700), ("M2", FEB, 300)]
    assert not UnmatchedRow.objects.filter(resolved_at=None).exists()
    assert breaches() == []


def test_an_enrolment_that_disagrees_changes_nobody(contract):
    pcp = make_practitioner()
    take(contract, an_834([a_member("M1", mbi=ANN), a_member("M2", mbi=BEA)]))
    spans = CoverageSpan.objects.count()
    wrong = a_member("M1", "001", mbi=BEA, last_name="Other", pcps=(a_pcp(pcp.npi),))
    file = take(contract, an_834([wrong, a_member("M2", "030", mbi=BEA)], full=True))
    assert file.counts["unmatched_identity"] == 1
    # Whom the file may mean is not said to be absent from it.
    assert file.counts["absent"] == 0
    assert CoverageSpan.objects.count() == spans
    assert not MemberIdentifier.objects.exists()


def test_a_number_given_to_another_member_is_in_doubt_without_the_mbi(contract):
    take(contract, an_834([a_member("M1", mbi=ANN), a_member("M2", mbi=BEA)]))
    take(contract, an_834([a_member("N7", "001", mbi=ANN)]))
    # The plan gives Ann's later number to Bea as well: together with the MBI it is clear enough.
    file = take(contract, an_834([a_member("N7", "001", mbi=BEA)]))
    assert file.counts["unmatched_identity"] == 1
    file = take(
        contract, money(("N7", ANN, JAN, "10"), ("N7", BEA, JAN, "5"), ("N7", "", JAN, "1"))
    )
    assert received() == [("M1", JAN, 1000), ("M1", JAN, 100)]
    assert file.counts["unmatched_identity"] == 1


def test_creates_one_member_a_person_although_a_file_names_them_twice(contract):
    people = [
        a_member("M1", mbi=ANN),
        a_member("N7", mbi=ANN),
        a_member("M2", mbi=""),
        a_member("M2", mbi=BEA),
        a_member("M3", mbi=CAL),
        a_member("M3", mbi="4EG4TE5MK76"),
    ]
    file = take(contract, an_834(people))
    assert sorted(Member.objects.values_list("plan_member_id", flat=True)) == ["M1", "M2", "M3"]
    assert file.counts["unmatched_identity"] == 1
    assert bytes(member("M2").mbi_index) == mbi_index(BEA)
    assert MemberIdentifier.objects.get().number == "N7"
    take(contract, an_834([*people, a_member("M4")]))
    assert (Member.objects.count(), MemberIdentifier.objects.count()) == (4, 1)


def test_an_adoption_takes_the_lines_of_the_mbi_and_later_enrolments_find_it(contract):
    take(contract, money(("N7", ANN, JAN, "10"), ("N8", ANN, FEB, "20"), ("N9", "", FEB, "1")))
    adopt_member(actor=QUINN, contract_id=contract.pk, member_ref="N7", now=NOW)
    assert received() == [("N7", JAN, 1000), ("N7", FEB, 2000)]
    take(contract, an_834([a_member("M1", mbi=ANN)]))
    assert Member.objects.count() == 1
    take(contract, money(("M1", "", MAR, "30"), trace="T2"))
    assert received()[2:] == [("N7", MAR, 3000)]
    assert [one.member_ref for one in unknown_members(actor=QUINN)] == ["N9"]
    assert breaches() == []


def test_a_member_adopted_by_an_mbi_is_found_by_the_enrolment(contract):
    take(contract, an_820([(ANN, JAN, "10")]))
    adopt_members(actor=QUINN, contract_id=contract.pk, now=NOW)
    take(contract, an_834([a_member("M1", mbi=ANN)]))
    assert Member.objects.count() == 1
    take(contract, an_820([("M1", FEB, "20")], trace="T2"))
    assert received() == [(ANN, JAN, 1000), (ANN, FEB, 2000)]


def test_does_not_adopt_one_number_of_two_people(contract):
    take(contract, money(("N7", ANN, JAN, "10"), ("N7", BEA, JAN, "20"), ("N8", "", JAN, "1")))
    with pytest.raises(CannotAdopt) as refusal:
        adopt_member(actor=QUINN, contract_id=contract.pk, member_ref="N7", now=NOW)
    assert "2 different MBIs" in str(refusal.value)
    adopt_members(actor=QUINN, contract_id=contract.pk, now=NOW)
    assert received() == [("N8", JAN, 100)]


def test_a_number_matched_by_hand_is_remembered(contract):
    take(contract, an_834([a_member("M1", mbi=ANN), a_member("M2", mbi=BEA)]))
    take(contract, an_820([("N7", JAN, "10")]))
    known = {"actor": QUINN, "contract_id": contract.pk, "now": NOW}
    assert match_member(member_ref="N7", member_id=member("M1").pk, **known) == 1
    take(contract, an_820([("N7", FEB, "20")], trace="T2"))
    assert received() == [("M1", JAN, 1000), ("M1", FEB, 2000)]
    take(contract, money(("M1", BEA, MAR, "5"), trace="T3"))
    with pytest.raises(CannotAdopt):
        match_member(member_ref="M1", member_id=member("M1").pk, **known)


def test_a_number_of_another_plan_means_nobody_here(contract):
    other = make_contract("MOON")
    take(other, an_834([a_member("M1", mbi=ANN)]))
    take(contract, money(("M1", ANN, JAN, "10")))
    assert received() == []
    assert [one.member_ref for one in unknown_members(actor=QUINN)] == ["M1"]


def test_asks_as_often_for_many_names_as_for_few(contract, django_assert_num_queries):
    take(contract, an_834(a_member(f"M{n}", mbi=f"1EG4TE5MK{n:02}") for n in range(60)))
    for count in (2, 60):
        names = {n: Name(f"M{n}", mbi_index(f"1EG4TE5MK{n:02}")) for n in range(count)}
        with django_assert_num_queries(4):
            found = identify(contract.payer_id, names)
        assert len(found.ids) == count


def test_a_later_number_is_found_and_assigned_by_a_list(contract):
    pcp = make_practitioner()
    take(contract, an_834([a_member("M1", mbi=ANN), a_member("M2", mbi=BEA)]))
    take(contract, an_834([a_member("N7", "001", mbi=ANN)]))
    assert [one.plan_member_id for one in find_members(actor=QUINN, text="N7")] == ["M1"]
    rows = f"N7,,{pcp.npi},2026-02-01\nM1,{BEA},{pcp.npi},2026-02-01\n"
    done = assign_pcps_from_csv(
        actor=QUINN,
        payer_id=contract.payer_id,
        data=b"member_id,mbi,pcp_npi,pcp_effective_date\n" + rows.encode(),
        now=NOW,
    )
    assert (done.changed, [line for line, _ in done.refused]) == (1, [3])
    assert PcpAssignment.objects.get().member == member("M1")


def test_an_mbi_issued_anew_is_the_member_s_once_somebody_says_so(contract):
    take(contract, an_834([a_member("M1", mbi=ANN)]))
    take(contract, an_mmr([{"mbi": CAL, "total_payment": Decimal("12.34")}]), "MONMEMD.txt")
    anew = a_member("M1", "001", mbi=CAL, coverages=(a_coverage("001", FEB, plan="SILVER"),))
    take(contract, an_834([anew]))
    assert CoverageSpan.objects.current().get().plan_code == "GOLD"
    row = UnmatchedRow.objects.get(kind="identity")
    settle_identity(actor=QUINN, row_id=row.pk, member_id=member("M1").pk, now=NOW)
    assert Premium.objects.get().member == member("M1")
    take(contract, an_834([anew, a_member("M2")]))
    assert CoverageSpan.objects.current().filter(plan_code="SILVER").count() == 1
    take(contract, money((CAL, "", JAN, "3"), (ANN, "", JAN, "4")))
    assert received() == [("M1", JAN, 300), ("M1", JAN, 400)]
    assert not UnmatchedRow.objects.filter(resolved_at=None).exists()


def test_what_waited_for_a_person_is_applied_once_somebody_said_who_is_meant(contract):
    """Two files say the same name before anybody settles it: both are applied, in their order."""
    pcp = make_practitioner()
    take(contract, an_834([a_member("M1", mbi=ANN)]), "jan.834")
    silver = (a_coverage("001", FEB, plan="SILVER"),)
    first = a_member("M1", "001", mbi=CAL, coverages=silver, pcps=(a_pcp(pcp.npi, FEB),))
    take(contract, an_834([first, a_member("M2", mbi=BEA)]), "feb.834")
    gold = a_member("M1", "001", mbi=CAL, last_name="Ash", coverages=(a_coverage("001", MAR),))
    march = take(contract, an_834([gold]), "mar.834")
    row = UnmatchedRow.objects.get(kind="identity")
    assert (row.files, row.last_file) == (2, march)
    ann = member("M1")
    before = CoverageSpan.objects.filter(member=member("M2")).count()
    settle_identity(actor=QUINN, row_id=row.pk, member_id=ann.pk, now=NOW)
    spans = CoverageSpan.objects.current().filter(member=ann).order_by("effective_date")
    assert list(spans.values_list("effective_date", "end_date", "plan_code", "file__name")) == [
        (JAN, FEB, "GOLD", "jan.834"),
        (FEB, MAR, "SILVER", "feb.834"),
        (MAR, None, "GOLD", "mar.834"),
    ]
    assert PcpAssignment.objects.get().practitioner == pcp
    assert ann.memberprofile_facts.current().get().last_name == "Ash"
    assert CoverageSpan.objects.filter(member=member("M2")).count() == before
    assert not UnmatchedRow.objects.filter(resolved_at=None).exists()
    # Whoever says it is the maker of what it changes.
    assert FactBatch.objects.get(pk=spans.last().fact_no).actor_id == QUINN.user_id
    assert breaches() == []


def test_a_list_s_row_is_applied_once_settled_and_its_money_is_taken_once(contract):
    contract.remittance_source = "roster"
    contract.save()
    take(contract, an_834([a_member("M1", mbi=ANN)]))
    head = b"member_id,mbi,plan_code,effective_date,coverage_month,capitation_amount\n"
    rows = f"M1,{CAL},SILVER,2026-02-01,2026-02-01,12.34\nM9,,GOLD,2026-02-01,2026-02-01,1.00\n"
    take(contract, head + rows.encode(), "list.csv")
    row = UnmatchedRow.objects.get(kind="identity")
    assert received() == [("M9", FEB, 100)]
    assert settle_identity(actor=QUINN, row_id=row.pk, member_id=member("M1").pk, now=NOW) == 1
    assert received() == [("M9", FEB, 100), ("M1", FEB, 1234)]
    plans = CoverageSpan.objects.current().filter(plan_code="SILVER")
    assert [(span.member, span.effective_date) for span in plans] == [(member("M1"), FEB)]
    assert breaches() == []
