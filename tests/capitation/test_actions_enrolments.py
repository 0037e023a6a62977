"""An 834, a list and a report: what they say becomes facts, what they leave out stays."""

from datetime import date
from decimal import Decimal

import pytest

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
from ipaportal.ledger.queries.balances import balance
from tests.factories import make_contract, make_practitioner
from tests.planfiles import a_coverage, a_member, a_pcp, an_834, an_mmr, take

pytestmark = pytest.mark.django_db
JAN, FEB, MAR, APR = (date(2026, month, 1) for month in (1, 2, 3, 4))


@pytest.fixture
def contract():
    return make_contract()


def spans(model=CoverageSpan, ref="M1"):
    """A member's spans in force: start, end and what they say."""
    what = {"CoverageSpan": "plan_code", "PcpAssignment": "practitioner_id"}
    name = (
        what.get(model.__name__) or {"MemberStatus": "status", "RiskScore": "score"}[model.__name__]
    )
    rows = model.objects.current().filter(member__plan_member_id=ref).order_by("effective_date")
    return list(rows.values_list("effective_date", "end_date", name))


def test_adds_a_member_with_profile_coverage_and_pcp(contract):
    pcp = make_practitioner()
    file = take(contract, an_834([a_member("M1", mbi="1EG4TE5MK73", pcps=(a_pcp(pcp.npi),))]))
    assert (file.status, file.counts["new_members"]) == ("applied", 1)
    member = Member.objects.get()
    profile = MemberProfile.objects.get()
    assert (profile.search_name, profile.birth_date, profile.sex) == (
        "birch bo", date(1950, 2, 3), "F",
    )  # fmt: skip
    assert bytes(member.mbi_encrypted).find(b"1EG4TE5MK73") < 0
    assert spans() == [(JAN, None, "GOLD")]
    assert spans(PcpAssignment) == [(JAN, None, pcp.pk)]
    line = CoverageSpan.objects.get()
    assert (line.file, line.line_no) == (file, profile.line_no)


def test_records_nothing_where_nothing_changed(contract):
    take(contract, an_834([a_member("M1")]))
    again = take(contract, an_834([a_member("M1", "030")]))
    assert again.counts["coverage_changes"] == again.counts["profiles"] == 0
    assert (CoverageSpan.objects.count(), MemberProfile.objects.count()) == (1, 1)


def test_keeps_what_the_plan_leaves_out_of_a_profile(contract):
    take(contract, an_834([a_member("M1", phone="5550100")]))
    take(contract, an_834([a_member("M1", "001", last_name="Cedar", coverages=())]))
    profile = MemberProfile.objects.current().get()
    assert (profile.last_name, profile.phone) == ("Cedar", "5550100")
    assert MemberProfile.objects.count() == 2
    assert spans() == [(JAN, None, "GOLD")]


def test_ends_cancels_and_reinstates(contract):
    take(contract, an_834([a_member("M1")]))
    ended = a_coverage("024", JAN, date(2026, 2, 28))
    take(contract, an_834([a_member("M1", "024", coverages=(ended,))]))
    assert spans() == [(JAN, MAR, "GOLD")]
    again = a_coverage("025", APR)
    take(contract, an_834([a_member("M1", "025", coverages=(again,))]))
    assert spans() == [(JAN, MAR, "GOLD"), (APR, None, "GOLD")]
    void = a_coverage("024", APR, date(2026, 3, 31))
    take(contract, an_834([a_member("M1", "024", coverages=(void,))]))
    assert spans() == [(JAN, MAR, "GOLD")]


def test_ends_a_member_without_a_product_by_the_member_s_last_day(contract):
    take(contract, an_834([a_member("M1")]))
    gone = a_member("M1", "024", coverages=(), dates=(("357", "20260331"),))
    take(contract, an_834([gone]))
    assert spans() == [(JAN, APR, "GOLD")]


def test_keeps_an_ending_without_a_day_for_a_person(contract):
    take(contract, an_834([a_member("M1")]))
    file = take(contract, an_834([a_member("M1", "024", coverages=())]))
    row = UnmatchedRow.objects.get()
    assert (row.kind, row.file, row.member.plan_member_id) == ("row", file, "M1")
    assert "does not say when" in row.reason
    assert spans() == [(JAN, None, "GOLD")]


def test_does_not_make_members_only_to_end_them(contract):
    take(contract, an_834([a_member("M1", "024")]))
    assert not Member.objects.exists()
    assert UnmatchedRow.objects.get().values["member_ref"] == "M1"


def test_takes_the_first_medical_product_and_counts_the_others(contract):
    products = (
        a_coverage(plan="PART C"),
        a_coverage(plan="MEDICAID", start=date(2025, 6, 1)),
        a_coverage(plan="TEETH", line="DEN"),
    )
    file = take(contract, an_834([a_member("M1", coverages=products)]))
    assert spans() == [(date(2025, 6, 1), JAN, "MEDICAID"), (JAN, None, "PART C")]
    assert file.counts["other_products"] == 1


def test_moves_a_member_to_another_pcp_from_the_day_named(contract):
    old, new = make_practitioner(1), make_practitioner(2)
    take(contract, an_834([a_member("M1", pcps=(a_pcp(old.npi),))]))
    take(contract, an_834([a_member("M1", "001", pcps=(a_pcp(new.npi, FEB),))]))
    assert spans(PcpAssignment) == [(JAN, FEB, old.pk), (FEB, None, new.pk)]
    # Said again without a day, it changes nothing; another one holds from the file's month on.
    take(contract, an_834([a_member("M1", "030", pcps=(a_pcp(new.npi),))]))
    assert spans(PcpAssignment) == [(JAN, FEB, old.pk), (FEB, None, new.pk)]
    take(contract, an_834([a_member("M1", "001", pcps=(a_pcp(old.npi),))]))
    assert spans(PcpAssignment) == [(JAN, FEB, old.pk), (FEB, MAR, new.pk), (MAR, None, old.pk)]


def test_keeps_an_unknown_pcp_raw(contract):
    file = take(contract, an_834([a_member("M1", pcps=(a_pcp("2990000001"),))]))
    row = UnmatchedRow.objects.get()
    assert (row.kind, row.file, row.resolved_at) == ("pcp", file, None)
    assert row.values["npi"] == "2990000001"
    assert row.values["effective_date"] == "2026-01-01"
    assert "NM1*P3*1*ALVAREZ*ANA****XX*2990000001" in row.raw.upper()


def test_lists_who_is_absent_from_a_full_file_and_ends_nobody(contract):
    take(contract, an_834([a_member("M1"), a_member("M2")]))
    file = take(contract, an_834([a_member("M1", "030")], full=True))
    assert file.counts["absent"] == 1
    assert UnmatchedRow.objects.get().member.plan_member_id == "M2"
    assert spans(ref="M2") == [(JAN, None, "GOLD")]


def test_a_list_of_pcps_assigns_members_we_know(contract):
    pcp = make_practitioner()
    take(contract, an_834([a_member("M1")]))
    listed = (
        f"member_id,pcp_npi,pcp_effective_date\nM1,{pcp.npi},2026-02-01\nM9,{pcp.npi},2026-02-01\n"
    )
    file = take(contract, listed.encode())
    assert spans(PcpAssignment) == [(FEB, None, pcp.pk)]
    assert spans() == [(JAN, None, "GOLD")]
    assert file.counts["unmatched_member"] == 1
    assert UnmatchedRow.objects.get().values["member_ref"] == "M9"


def test_a_month_s_roster_adds_days_and_ends_nobody(contract):
    take(contract, an_834([a_member("M1")]))
    take(contract, b"member_id,plan_code,coverage_month\nM1,GOLD,2026-02\nM2,GOLD,2026-02\n")
    assert spans() == [(JAN, None, "GOLD")]
    assert spans(ref="M2") == [(FEB, MAR, "GOLD")]


def test_a_report_with_a_nul_is_refused_by_its_line(contract):
    data = an_mmr([{"mbi": "1EG4TE5MK73", "total_payment": Decimal(1)}])
    file = take(contract, data.replace(b"BIRCH", b"BI\0CH"), "MONMEMD.txt")
    (problem,) = file.problems
    assert (file.status, problem["code"], problem["where"]) == ("rejected", "nul", "line 1")


def test_a_report_gives_premium_risk_and_flags(contract):
    take(contract, an_834([a_member("M1", mbi="1EG4TE5MK73")]))
    rows = [
        {"mbi": "1EG4TE5MK73", "total_payment": Decimal("1234.56"), "hospice": True},
        {
            "mbi": "1EG4TE5MK73", "total_payment": Decimal("-34.56"), "arc": "25",
            "adj_start": FEB, "adj_end": date(2026, 2, 28),
        },
        {"mbi": "9ZZ9ZZ9ZZ99", "total_payment": Decimal("1.00")},
    ]  # fmt: skip
    file = take(contract, an_mmr(rows), "MONMEMD.txt")
    assert (file.format, file.status, file.counts["premiums"]) == ("mmr", "applied", 2)
    found = Premium.objects.order_by("line_no").values_list("coverage_month", "amount_cents")
    assert list(found) == [(MAR, 123456), (FEB, -3456)]
    assert spans(RiskScore) == [(MAR, APR, Decimal("1.1050"))]
    assert spans(MemberStatus) == [(MAR, APR, "hospice")]
    assert UnmatchedRow.objects.get().values["amount_cents"] == 100
    assert not Receipt.objects.exists()
    again = take(contract, an_mmr(rows[:2]), "MONMEMD.txt")
    assert (again.status, again.problems[0]["code"]) == ("rejected", "paid_before")
    assert Premium.objects.count() == 2


def test_a_report_that_pays_receives_the_contract_s_share(contract):
    contract.remittance_source = "mmr"
    contract.save()
    take(contract, an_834([a_member("M1", mbi="1EG4TE5MK73")]))
    rows = [{"mbi": "1EG4TE5MK73", "total_payment": Decimal("1234.56")}]
    file = take(contract, an_mmr(rows), "MONMEMD.txt")
    assert file.counts["total_cents"] == 98765
    assert Receipt.objects.get().amount_cents == 98765
    assert balance(contract.payer.party_id, "plan_receivable") == 98765
