"""A quarter's figures entered, graded and entered anew."""

from dataclasses import asdict, replace
from datetime import UTC, date, datetime

import pytest
from django.db import transaction
from django.db.utils import DatabaseError
from django.urls import reverse

from compliance.actions.solvency import Impossible, NoQuarter, record_quarter
from compliance.models import SolvencyQuarter
from ipaportal.core.roles import Role
from tests.compliance.test_rules_solvency import SOUND
from tests.people import actor_of, client_of, make_user

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
SEPTEMBER = date(2026, 9, 30)


def recorded(actor, **changed) -> SolvencyQuarter:
    data = {"last_date": SEPTEMBER, "quarter": SOUND, "source": "trial balance"}
    return record_quarter(actor=actor, now=NOW, **data | changed)


@pytest.mark.parametrize(
    "day", [date(2026, 9, 29), date(2026, 10, 31), date(2026, 12, 31), date(2026, 11, 28)]
)
def test_only_a_quarter_that_is_over(day):
    quinn = actor_of(make_user("quinn@ipa.example", Role.FINANCE))
    with pytest.raises(NoQuarter):
        recorded(quinn, last_date=day)


@pytest.mark.parametrize(
    "changed", [{"claims_timely": 1001}, {"cash_cents": -1}, {"ibnr_cents": -1}]
)
def test_figures_that_no_books_say(changed):
    quinn = actor_of(make_user("quinn@ipa.example", Role.FINANCE))
    with pytest.raises(Impossible):
        recorded(quinn, quarter=replace(SOUND, **changed))


def test_what_is_entered_anew_supersedes_and_stays():
    quinn = actor_of(make_user("quinn@ipa.example", Role.FINANCE))
    first = recorded(quinn)
    assert first.quarter() == SOUND
    second = recorded(quinn, quarter=replace(SOUND, working_capital_cents=0))
    first.refresh_from_db()
    assert first.superseded_at == NOW
    assert SolvencyQuarter.objects.get(superseded_at=None) == second
    with pytest.raises(DatabaseError), transaction.atomic():
        SolvencyQuarter.objects.filter(pk=second.pk).update(cash_cents=1)


def test_finance_enters_and_compliance_reads_what_is_missed():
    quinn = client_of(make_user("quinn@ipa.example", Role.FINANCE))
    given = {
        name: f"{value / 100:.2f}" if name.endswith("_cents") else value
        for name, value in asdict(replace(SOUND, working_capital_cents=0)).items()
    }
    answer = quinn.post(
        reverse("compliance:solvency_new"),
        {**given, "ibnr_is_documented": "on", "last_date": "2026-09-30", "source": "books"},
    )
    assert answer.status_code == 302
    osei = client_of(make_user("osei@ipa.example", Role.COMPLIANCE_OFFICER))
    page = osei.get(reverse("compliance:solvency")).content.decode()
    assert "2026 Q3" in page
    assert "needs a corrective action plan" in page.lower()
    detail = osei.get(answer.url).content.decode()
    assert "75.00 %, at least 75%" in detail
    assert osei.get(reverse("compliance:solvency_new")).status_code == 403
