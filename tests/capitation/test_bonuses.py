"""Bonuses: two people, out of a pool that has it, and never past a hold."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction
from django.db.utils import IntegrityError
from django.urls import reverse

from capitation.actions.bonuses import (
    BonusHeld,
    DecidedBefore,
    NoBonus,
    NotInThePool,
    ProposedBefore,
    SamePersonPays,
    pay_bonus,
    propose_bonus,
    refuse_bonus,
)
from capitation.models import Bonus
from capitation.queries.payments import candidates
from ipaportal.core.actors import Actor
from ipaportal.core.roles import Role
from ipaportal.ledger import books, holds
from ipaportal.ledger.models import Hold
from ipaportal.ledger.queries.balances import balance, owed_cents
from tests.factories import make_ipa, make_practice
from tests.kept import kept
from tests.people import actor_of, client_of, make_user
from tests.proofs import breaches

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
CLOCK = Actor.system("clock")


@kept
def pool():
    """A practice that is owed $100, a pool of $500, who proposes and who agrees."""
    ipa, bell = make_ipa(), make_practice()
    lines = [(books.account(ipa, "cash"), 60_000), (books.account(ipa, "hospital_pool"), -50_000),
             (books.account(bell.party, "payable"), -10_000)]  # fmt: skip
    books.book(key="test:1", date=NOW.date(), description="x", lines=lines, actor=CLOCK, now=NOW)
    quinn = make_user("quinn@ipa.example", Role.FINANCE)
    reyes = make_user("reyes@ipa.example", Role.FINANCE_APPROVER, Role.FINANCE)
    return ipa, bell, quinn, reyes


def proposed(user, bell, **changed) -> Bonus:
    given = {
        "party_id": bell.party_id, "first_month": date(2026, 1, 1), "source": "hospital_pool",
        "last_month": date(2026, 6, 1), "amount_cents": 50_000, "measured": "HbA1c at goal",
        "rests_on_referrals": False, "now": NOW, **changed,
    }  # fmt: skip
    return propose_bonus(actor=actor_of(user), **given)


def test_two_people_pay_a_bonus_out_of_its_pool(pool):
    ipa, bell, quinn, reyes = pool
    bonus = proposed(quinn, bell)
    with pytest.raises(ProposedBefore):
        proposed(quinn, bell)
    paid = pay_bonus(actor=actor_of(reyes), bonus_id=bonus.pk, now=NOW)
    assert (paid.status, paid.decided_by_name) == ("paid", "Reyes")
    assert owed_cents(bell.party) == 60_000
    assert balance(ipa, "hospital_pool") == 0
    assert breaches() == []
    with pytest.raises(DecidedBefore):
        pay_bonus(actor=actor_of(reyes), bonus_id=bonus.pk, now=NOW)


def test_nobody_pays_their_own(pool):
    _, bell, _, reyes = pool
    bonus = proposed(reyes, bell)
    with pytest.raises(SamePersonPays):
        pay_bonus(actor=actor_of(reyes), bonus_id=bonus.pk, now=NOW)
    with pytest.raises(SamePersonPays):
        pay_bonus(actor=CLOCK, bonus_id=bonus.pk, now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Bonus.objects.filter(pk=bonus.pk).update(
            status="paid", decided_at=NOW, decided_by_name="x", decided_by_id=reyes.pk
        )
    assert owed_cents(bell.party) == 10_000


@pytest.mark.parametrize(("cents", "has"), [(50_000, True), (50_001, False)])
def test_a_pool_pays_what_it_has_and_no_cent_more(pool, cents, has):
    _, bell, quinn, reyes = pool
    bonus = proposed(quinn, bell, amount_cents=cents)
    if has:
        assert pay_bonus(actor=actor_of(reyes), bonus_id=bonus.pk, now=NOW).status == "paid"
        return
    with pytest.raises(NotInThePool, match=r"\$500\.00"):
        pay_bonus(actor=actor_of(reyes), bonus_id=bonus.pk, now=NOW)
    assert owed_cents(bell.party) == 10_000


def test_a_hold_on_bonuses_stops_the_bonus_and_not_capitation(pool):
    _, bell, quinn, reyes = pool
    bonus = proposed(quinn, bell)
    hold = holds.place(party=bell.party, reason="review", text="two signs", source="care:1",
                       actor=CLOCK, now=NOW, stops=Hold.Stops.BONUS)  # fmt: skip
    with pytest.raises(BonusHeld, match="two signs"):
        pay_bonus(actor=actor_of(reyes), bonus_id=bonus.pk, now=NOW)
    (candidate,) = candidates(NOW.date(), [bell.party_id])
    assert (candidate.owed_cents, candidate.hold_texts) == (10_000, ())
    holds.release(hold=hold, text="seen", actor=CLOCK, now=NOW)
    later = NOW + timedelta(hours=1)
    assert pay_bonus(actor=actor_of(reyes), bonus_id=bonus.pk, now=later).status == "paid"
    assert breaches() == []


def test_a_hold_on_everything_stops_both(pool):
    _, bell, quinn, reyes = pool
    bonus = proposed(quinn, bell)
    holds.place(party=bell.party, reason="legal", text="levy", source="", actor=CLOCK, now=NOW)
    with pytest.raises(BonusHeld, match="levy"):
        pay_bonus(actor=actor_of(reyes), bonus_id=bonus.pk, now=NOW)
    assert candidates(NOW.date(), [bell.party_id])[0].hold_texts


@pytest.mark.parametrize(
    "changed",
    [{"measured": " "}, {"amount_cents": 0}, {"last_month": date(2025, 12, 1)},
     {"last_month": date(2026, 12, 1)}],
)  # fmt: skip
def test_what_is_no_bonus(pool, changed):
    _, bell, quinn, _ = pool
    with pytest.raises(NoBonus):
        proposed(quinn, bell, **changed)
    assert not Bonus.objects.exists()


def test_refused_with_a_reason_it_may_be_proposed_anew(pool):
    _, bell, quinn, reyes = pool
    bonus = proposed(quinn, bell)
    with pytest.raises(NoBonus):
        refuse_bonus(actor=actor_of(reyes), bonus_id=bonus.pk, text=" ", now=NOW)
    refuse_bonus(actor=actor_of(reyes), bonus_id=bonus.pk, text="too early", now=NOW)
    assert proposed(quinn, bell).status == "proposed"


def test_pages_say_that_it_is_held_and_who_may_agree(pool):
    _, bell, quinn, reyes = pool
    finance, approver = client_of(quinn), client_of(reyes)
    form = {"party": bell.party_id, "first_month": "2026-01", "last_month": "2026-06",
            "amount": "500.00", "source": "hospital_pool", "measured": "HbA1c"}  # fmt: skip
    answer = finance.post(reverse("capitation:bonus_new"), form)
    assert answer.status_code == 302
    holds.place(party=bell.party, reason="review", text="two signs", source="care:1",
                actor=CLOCK, now=NOW, stops=Hold.Stops.BONUS)  # fmt: skip
    page = approver.get(answer.url).content.decode()
    assert "two signs" in page
    assert "Agree to the bonus" not in page
    assert "held" in finance.get(reverse("capitation:bonus_list") + "?show=held").content.decode()
