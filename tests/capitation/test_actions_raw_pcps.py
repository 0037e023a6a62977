"""A PCP whom no file's reader knows: one open row however often the plan says it."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from capitation.actions.worklists import resolve_unmatched_pcp
from capitation.models import PcpAssignment, UnmatchedRow
from credentialing.models import Practitioner
from tests.factories import make_contract, make_practitioner
from tests.planfiles import NOW, QUINN, a_member, a_pcp, an_834, take

pytestmark = pytest.mark.django_db
JAN, FEB, MAR, APR = (date(2026, month, 1) for month in (1, 2, 3, 4))
NPI = "2990000001"


@pytest.fixture
def contract():
    contract = make_contract()
    take(contract, an_834([a_member("M1"), a_member("M2")]))
    return contract


def roster(month: date, *rows: tuple[str, str]) -> bytes:
    lines = [f"{number},{npi},{month:%Y-%m}" for number, npi in rows]
    return "\n".join(["member_id,pcp_npi,coverage_month", *lines, ""]).encode()


def assignments() -> list[tuple]:
    rows = PcpAssignment.objects.current().order_by("member_id", "effective_date")
    return list(
        rows.values_list("member__plan_member_id", "effective_date", "end_date", "practitioner_id")
    )


def test_keeps_one_row_a_member_and_pcp_however_many_months(contract):
    files = [take(contract, roster(month, ("M1", NPI), ("M2", NPI))) for month in (JAN, FEB, MAR)]
    assert [file.counts["unmatched_pcp"] for file in files] == [2, 2, 2]
    first, second = UnmatchedRow.objects.order_by("pk")
    assert (first.member.plan_member_id, second.member.plan_member_id) == ("M1", "M2")
    assert (first.files, first.file, first.last_file) == (3, files[0], files[2])
    assert first.last_seen_at == files[2].received_at
    assert (first.values["effective_date"], first.values["latest_date"]) == (
        "2026-01-01", "2026-03-01",
    )  # fmt: skip
    # Another PCP of the same member is another row.
    take(contract, roster(APR, ("M1", "2990000019")))
    assert UnmatchedRow.objects.filter(resolved_at=None).count() == 3


def test_counts_a_file_once_although_it_says_it_twice(contract):
    take(contract, roster(JAN, ("M1", NPI), ("M1", NPI)))
    assert UnmatchedRow.objects.get().files == 1


def test_matching_resolves_it_from_the_first_day_on(contract):
    for month in (JAN, FEB, MAR):
        take(contract, roster(month, ("M1", NPI)))
    pcp, row = make_practitioner(1), UnmatchedRow.objects.get()
    assert (
        resolve_unmatched_pcp(
            actor=QUINN, row_id=row.pk, practitioner_id=pcp.pk, now=NOW, all_alike=True
        )
        == 1
    )
    assert assignments() == [("M1", JAN, None, pcp.pk)]
    assert not UnmatchedRow.objects.filter(resolved_at=None).exists()
    # Who is settled and named again stands open again: the network still does not have them.
    take(contract, roster(APR, ("M1", NPI)))
    assert UnmatchedRow.objects.filter(resolved_at=None).get().files == 1


def test_gives_back_what_lay_after_another_pcp(contract):
    other, pcp = make_practitioner(1), make_practitioner(2)
    take(contract, roster(JAN, ("M1", NPI)))
    take(contract, an_834([a_member("M1", "001", pcps=(a_pcp(other.npi, FEB),))]))
    take(contract, roster(MAR, ("M1", NPI)))
    row = UnmatchedRow.objects.get()
    resolve_unmatched_pcp(actor=QUINN, row_id=row.pk, practitioner_id=pcp.pk, now=NOW)
    assert assignments() == [
        ("M1", JAN, FEB, pcp.pk), ("M1", FEB, MAR, other.pk), ("M1", MAR, None, pcp.pk),
    ]  # fmt: skip


def test_a_file_that_finds_the_pcp_in_the_network_resolves_it(contract):
    for month in (JAN, FEB):
        take(contract, roster(month, ("M1", NPI), ("M2", NPI)))
    pcp = Practitioner.objects.create(npi=NPI, first_name="Ana", last_name="Alvarez")
    file = take(contract, roster(MAR, ("M1", NPI)), "march.csv")
    assert assignments() == [("M1", JAN, MAR, pcp.pk), ("M1", MAR, None, pcp.pk)]
    done = UnmatchedRow.objects.get(member__plan_member_id="M1")
    assert (done.resolved_by, file.status) == ("file march.csv", "applied")
    assert UnmatchedRow.objects.get(resolved_at=None).member.plan_member_id == "M2"


def test_the_database_holds_one_open_row(contract):
    take(contract, roster(JAN, ("M1", NPI)))
    row = UnmatchedRow.objects.get()
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)
