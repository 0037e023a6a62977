"""A file that adds a member whom nobody knew, and ends them too: both are so."""

from datetime import date

import pytest

from capitation.models import CoverageSpan, UnmatchedRow
from tests.factories import make_contract
from tests.planfiles import a_coverage, a_member, an_834, take

pytestmark = pytest.mark.django_db
JAN, MAR = date(2026, 1, 1), date(2026, 3, 1)
HEADS = "member_id,last_name,first_name,effective_date,end_date,change_type"


def covered() -> list[tuple]:
    rows = CoverageSpan.objects.current().order_by("effective_date")
    return list(rows.values_list("effective_date", "end_date"))


def ended(last_day: date):
    return a_member("M1", "024", coverages=(a_coverage("024", None, last_day),))


def test_an_834_that_adds_a_member_and_ends_them_ends_them():
    take(make_contract(), an_834([a_member("M1"), ended(date(2026, 2, 28))]))
    assert covered() == [(JAN, MAR)]
    assert not UnmatchedRow.objects.exists()


def test_a_roster_that_adds_a_member_and_ends_them_ends_them():
    rows = ["M1,Birch,Bo,2026-01-01,,ADD", "M1,Birch,Bo,2026-01-01,2026-02-28,TERM"]
    take(make_contract(), "\n".join([HEADS, *rows]).encode())
    assert covered() == [(JAN, MAR)]
    assert not UnmatchedRow.objects.exists()


def test_an_end_of_somebody_whom_no_line_adds_still_waits():
    take(make_contract(), an_834([ended(date(2026, 2, 28)), a_member("M2")]))
    assert covered() == [(JAN, None)]
    assert UnmatchedRow.objects.get().values["member_ref"] == "M1"
