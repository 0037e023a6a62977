"""Estimates: made once a month by themselves, kept, opened to their claims, taken by another."""

from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from compliance.actions.claim_payments import pay_claims
from compliance.actions.ibnr import (
    MonthNotOver,
    NoQuarterYet,
    NothingPaid,
    OwnEstimate,
    TakenBefore,
    accept_ibnr,
    estimate_ibnr,
    step_ibnr,
)
from compliance.models import IbnrEstimate, SolvencyQuarter
from compliance.queries.claim_payments import payment_digest, planned_of
from compliance.rules.solvency import Quarter
from ipaportal.core.roles import Role
from tests.capitation.worlds import QUINN, REYES
from tests.compliance.claimfiles import a_line
from tests.compliance.claiming import NOV_2, make_priced_world, of_bell, take_in
from tests.kept import kept
from tests.people import actor_of, client_of, make_user
from tests.stories.attacks import signed_in_afresh, text_of

pytestmark = pytest.mark.django_db
NOVEMBER, DEC_2 = date(2026, 11, 1), datetime(2026, 12, 2, 9, tzinfo=UTC)
FIGURES = Quarter(1_000_00, 0, 0, 0, 5_00, 500_00, 500_00, 9_000_00, 900_00, 10, 10, False)


def pay(world, now: datetime) -> None:
    planned = planned_of(world.contract.payer_id, world.bell.party_id, now.date())
    pay_claims(
        actor=REYES, payer_id=planned.payer_id, party_id=planned.party_id,
        seen_digest=payment_digest(planned), now=now,
    )  # fmt: skip


@kept
def world():
    """Two claims of October paid in November, and one of November that is ready."""
    made = make_priced_world()
    november = date(2026, 11, 1)
    take_in(made, of_bell(made, "1"), of_bell(made, "2", a_line("99214", 200_00)))
    pay(made, NOV_2 + timedelta(days=3))
    line = a_line("99213", 120_00, served_from=november, served_to=november)
    take_in(made, of_bell(made, "3", line), number=8, now=NOV_2 + timedelta(days=5))
    return made


def enter_quarter(last: date) -> SolvencyQuarter:
    return SolvencyQuarter.objects.create(
        last_date=last, source="books", recorded_at=NOV_2, recorded_by_name="x", **asdict(FIGURES)
    )


def test_estimates_the_month_that_is_over_by_itself_and_once(world):
    assert step_ibnr(NOV_2) == 0  # until October nothing was paid
    assert IbnrEstimate.objects.count() == 0
    step_ibnr(DEC_2)
    step_ibnr(DEC_2)
    (made,) = IbnrEstimate.objects.all()
    # 99213 and 99214 at 110 %: 110.00 and 165.00; the third is priced and waits.
    assert (made.as_of, made.claims, made.paid_cents) == (NOVEMBER, 2, 275_00)
    assert made.cells == [["2026-10-01", "2026-11-01", 275_00]]
    assert (made.outstanding_cents, made.known_cents, made.ibnr_cents) == (0, 110_00, 0)
    assert "it rests on 2 claims, fewer than 30" in made.cautions
    with pytest.raises(DatabaseError), transaction.atomic():
        IbnrEstimate.objects.update(ibnr_cents=1)


def test_refuses_a_month_that_is_not_over_or_of_which_nothing_was_paid(world):
    with pytest.raises(MonthNotOver, match="Nothing was kept"):
        estimate_ibnr(actor=QUINN, month=date(2026, 12, 9), now=DEC_2)
    with pytest.raises(NothingPaid):
        estimate_ibnr(actor=QUINN, month=date(2026, 10, 1), now=DEC_2)
    assert IbnrEstimate.objects.count() == 0


def test_another_person_takes_it_into_the_quarter(world):
    quinn, reyes = (
        actor_of(make_user(f"{name}@ipa.example", role))
        for name, role in (("quinn", Role.FINANCE), ("reyes", Role.FINANCE_APPROVER))
    )
    december = date(2026, 12, 1)
    january = datetime(2027, 1, 3, 9, tzinfo=UTC)
    for month in (date(2026, 11, 1), december):
        one = estimate_ibnr(actor=quinn, month=month, now=january)
    with pytest.raises(NoQuarterYet):
        accept_ibnr(actor=reyes, estimate_id=one.pk, why="lag", now=january)
    before = enter_quarter(date(2026, 12, 31))
    with pytest.raises(OwnEstimate, match="somebody else"):
        accept_ibnr(actor=quinn, estimate_id=one.pk, why="lag", now=january)
    made = accept_ibnr(actor=reyes, estimate_id=one.pk, why="lag", now=january)
    before.refresh_from_db()
    assert (before.superseded_at, before.ibnr_cents) == (january, 5_00)
    assert (made.ibnr_cents, made.cash_cents) == (one.ibnr_cents, 1_000_00)
    assert made.source.startswith(f"IBNR by estimate to 2026-12, number {one.pk}; books")
    assert made.ibnr_is_documented is False  # of October there is none
    with pytest.raises(TakenBefore):
        accept_ibnr(actor=reyes, estimate_id=one.pk, why="lag", now=january)


def test_every_number_opens_down_to_the_claims(world):
    made = estimate_ibnr(actor=QUINN, month=NOVEMBER, now=DEC_2)
    client = client_of(make_user("fin@ipa.example", Role.FINANCE))
    page = text_of(client.get(reverse("compliance:ibnr_list")))
    month = reverse("compliance:ibnr_month", args=[made.pk, "2026-10"])
    assert month in page
    detail = text_of(client.get(reverse("compliance:ibnr_detail", args=[made.pk])))
    assert "275.00" in detail
    claims = text_of(client.get(month))
    assert (claims.count("M-RAY"), "165.00" in claims) == (2, True)
    data = client.get(month, {"export": "csv"}).getvalue().decode("utf-8-sig")
    assert data.count("\n") == 3


def test_a_form_estimates_and_takes(world):
    enter_quarter(date(2026, 9, 30))
    client = signed_in_afresh(make_user("fin@ipa.example", Role.FINANCE))
    new = reverse("compliance:ibnr_new")
    assert client.post(new, {"month": "11/2026"}).status_code == 422
    assert "is not over" in text_of(client.post(new, {"month": "2999-01"}))
    step_ibnr(DEC_2)
    (made,) = IbnrEstimate.objects.all()
    accept = reverse("compliance:ibnr_accept", args=[made.pk])
    assert client.post(accept, {}).status_code == 422
    assert "No quarter that ends with 2026-11" in text_of(client.post(accept, {"why": "lag"}))
