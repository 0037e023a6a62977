"""Members by hand: adopted, assigned, ended; and how the money follows them."""

from datetime import date
from decimal import Decimal

import pytest

from capitation.actions.members import (
    CannotAdopt,
    CannotAssign,
    adopt_member,
    adopt_members,
    assign_pcp,
    assign_pcps_from_csv,
    end_coverage,
    match_member,
)
from capitation.models import (
    CoverageSpan,
    Member,
    MemberProfile,
    MemberStatus,
    PcpAssignment,
    Premium,
    Receipt,
    RiskScore,
    UnmatchedRow,
)
from capitation.queries.worklists import (
    members_without_pcp,
    suspense,
    unknown_members,
    worklist_counts,
)
from tests.factories import make_contract, make_practitioner
from tests.planfiles import NOW, QUINN, a_member, an_820, an_834, an_mmr, take

pytestmark = pytest.mark.django_db
JAN, FEB, MAR = (date(2026, month, 1) for month in (1, 2, 3))


@pytest.fixture
def contract():
    return make_contract()


@pytest.fixture
def paid(contract):
    """M1 paid for two months, M2 for one; nobody is known."""
    return take(contract, an_820([("M1", FEB, "10"), ("M1", JAN, "11"), ("M2", FEB, "7")]))


def adopt(contract, ref="M1", **more):
    return adopt_member(actor=QUINN, contract_id=contract.pk, member_ref=ref, now=NOW, **more)


def test_lists_whom_the_plan_pays_for_and_we_do_not_know(contract, paid):
    first, second = unknown_members(actor=QUINN)
    assert (first.member_ref, first.first_month, first.last_month) == ("M1", JAN, FEB)
    assert (first.months, first.lines, first.amount_cents) == (2, 2, 2100)
    assert (first.last_name, first.file_ids) == ("AlderM1", (paid.pk,))
    assert second.amount_cents == 700
    assert worklist_counts(actor=QUINN, month=FEB)["unknown_members"] == (2, 2800)


def test_adopts_from_the_first_paid_month_with_the_line_s_name(contract, paid):
    member = adopt(contract)
    profile = MemberProfile.objects.get(member=member)
    assert (profile.last_name, profile.first_name) == ("AlderM1", "Ann")
    span = CoverageSpan.objects.get()
    assert (span.effective_date, span.end_date, span.contract) == (JAN, None, contract)
    months = Receipt.objects.order_by("coverage_month").values_list(
        "coverage_month", "amount_cents"
    )
    assert list(months) == [(JAN, 1100), (FEB, 1000)]
    assert [one.member_ref for one in unknown_members(actor=QUINN)] == ["M2"]


def test_adopts_with_what_a_person_says(contract, paid):
    said = {"birth_date": date(1950, 2, 3), "sex": "F"}
    member = adopt(contract, effective_date=FEB, end_date=MAR, plan_code="GOLD", profile=said)
    profile = MemberProfile.objects.get(member=member)
    assert (profile.last_name, profile.sex, profile.birth_date) == (
        "AlderM1", "F", date(1950, 2, 3),
    )  # fmt: skip
    span = CoverageSpan.objects.get()
    assert (span.effective_date, span.end_date, span.plan_code) == (FEB, MAR, "GOLD")
    # January's money has no coverage: it waits in suspense.
    assert [(one.month, one.amount_cents) for one in suspense(actor=QUINN)] == [(JAN, 1100)]


def test_adopts_nobody_twice_nor_without_a_day(contract, paid):
    adopt(contract)
    with pytest.raises(CannotAdopt):
        adopt(contract)
    with pytest.raises(CannotAdopt):
        adopt(contract, "M9")
    assert Member.objects.count() == 1


def test_adopts_everyone_of_a_file(contract, paid):
    other = take(contract, an_820([("M3", MAR, "5")], trace="T2"))
    counts = adopt_members(actor=QUINN, contract_id=contract.pk, file_id=paid.pk, now=NOW)
    assert (counts["new_members"], counts["lines_matched"]) == (2, 3)
    assert [one.file_ids for one in unknown_members(actor=QUINN)] == [(other.pk,)]
    adopt_members(actor=QUINN, contract_id=contract.pk, now=NOW)
    with pytest.raises(CannotAdopt):
        adopt_members(actor=QUINN, contract_id=contract.pk, now=NOW)


def test_gives_the_money_of_another_number_to_a_member_we_know(contract, paid):
    member = adopt(contract)

    def match(ref):
        return match_member(
            actor=QUINN, contract_id=contract.pk, member_ref=ref, member_id=member.pk, now=NOW
        )

    assert match("M2") == 1
    assert sum(r.amount_cents for r in Receipt.objects.filter(member=member)) == 2800
    assert unknown_members(actor=QUINN) == []
    with pytest.raises(CannotAdopt):
        match("M2")


def test_takes_the_premiums_that_waited_for_the_member(contract):
    take(contract, an_mmr([{"mbi": "1EG4TE5MK73", "total_payment": Decimal("9.99")}]))
    adopt(contract, "1EG4TE5MK73", effective_date=JAN)
    assert Premium.objects.get().amount_cents == 999
    assert UnmatchedRow.objects.get().resolution == "member adopted"


def test_takes_the_risk_and_the_statuses_that_waited_for_the_member(contract):
    row = {
        "mbi": "1EG4TE5MK73",
        "total_payment": Decimal(9),
        "ra_factor_a": Decimal("1.2345"),
        "hospice": True,
    }
    take(contract, an_mmr([row]))
    adopt(contract, "1EG4TE5MK73", effective_date=JAN)
    assert RiskScore.objects.get().score == Decimal("1.2345")
    assert MemberStatus.objects.get().status == "hospice"


def test_assigns_from_a_day_on_and_keeps_what_was(contract, paid):
    member, old, new = adopt(contract), make_practitioner(1), make_practitioner(2)
    assert [one.amount_cents for one in members_without_pcp(actor=QUINN, month=FEB)] == [1000]

    def assign(pcp, day):
        return assign_pcp(
            actor=QUINN,
            member_id=member.pk,
            practitioner_id=pcp.pk,
            effective_date=day,
            reason="asked by phone",
            now=NOW,
        )

    assign(old, JAN)
    assert members_without_pcp(actor=QUINN, month=FEB) == []
    made = assign(new, FEB)
    assert (made.reason, made.assigned_by) == ("asked by phone", "Quinn")
    rows = PcpAssignment.objects.current().order_by("effective_date")
    assert list(rows.values_list("effective_date", "end_date", "practitioner_id")) == [
        (JAN, FEB, old.pk),
        (FEB, None, new.pk),
    ]
    assert PcpAssignment.objects.exclude(superseded_no=None).get().end_date is None
    with pytest.raises(CannotAssign):
        assign(new, MAR)


def test_assigns_from_a_list_and_names_each_line_left_out(contract, paid):
    adopt(contract)
    pcp = make_practitioner()
    listed = "\n".join(
        [
            "Member ID,PCP NPI,PCP Eff Date",
            f"M1,{pcp.npi},2026-01-01",
            f"M9,{pcp.npi},2026-01-01",
            "M1,2990000001,2026-01-01",
            f"M1,{pcp.npi},someday",
        ]
    )
    done = assign_pcps_from_csv(
        actor=QUINN, payer_id=contract.payer_id, data=listed.encode(), now=NOW
    )
    assert (done.rows, done.changed) == (4, 1)
    assert [line for line, _ in done.refused] == [3, 4, 5]


def test_ends_coverage_and_settles_the_absent_row(contract):
    take(contract, an_834([a_member("M1"), a_member("M2")]))
    take(contract, an_834([a_member("M1", "030")], full=True))
    gone = Member.objects.get(plan_member_id="M2")

    def end(day):
        return end_coverage(
            actor=QUINN,
            member_id=gone.pk,
            contract_id=contract.pk,
            first_day_not_covered=day,
            reason="the plan confirmed",
            now=NOW,
        )

    end(FEB)
    assert CoverageSpan.objects.current().get(member=gone).end_date == FEB
    assert UnmatchedRow.objects.get().resolved_by == "Quinn"
    with pytest.raises(CannotAdopt):
        end(MAR)
