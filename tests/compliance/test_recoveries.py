"""Recoveries of reinsurance: filed, booked by a second person, reversed by adding."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from compliance.actions.recoveries import (
    NothingToFile,
    NotThatMuch,
    ReversedAlready,
    SamePerson,
    SameTraceAgain,
    YearChanged,
    book_recovery,
    file_recovery,
    reverse_recovery,
)
from compliance.models import Recovery, RecoveryPayment
from compliance.queries.pools import pool_months
from compliance.queries.recoveries import asked_of, claims_of, digest_of
from compliance.queries.reinsurance import accumulators
from ipaportal.core.roles import Role
from ipaportal.ledger.models import Account, Posting
from tests.capitation.worlds import QUINN, REYES
from tests.compliance.claimfiles import a_line
from tests.compliance.claiming import NOV_2, make_priced_world, of_bell, take_in
from tests.compliance.test_ibnr import pay
from tests.compliance.test_reinsurance import cover
from tests.kept import kept
from tests.people import make_user
from tests.proofs import breaches
from tests.stories.attacks import signed_in_afresh, text_of

pytestmark = pytest.mark.django_db
LATER = NOV_2 + timedelta(days=20)


@kept
def world():
    """Ray's claims of 110.00 and 165.00, paid; 80 % above 200.00 is 60.00."""
    made = make_priced_world()
    take_in(made, of_bell(made, "1"), of_bell(made, "2", a_line("99214", 200_00)))
    pay(made, NOV_2 + timedelta(days=3))
    made.cover = cover(made, 200_00)
    return made


def ask(world, contract=None, seen: str = "") -> Recovery:
    contract, ray = contract or world.cover, world.members["Ray"].pk
    found = next(iter(accumulators(contract, [ray])), None)
    cents = (found.recovery_cents if found else 0) - asked_of(contract, ray)
    digest = seen or digest_of(claims_of(contract, ray), cents)
    return file_recovery(
        actor=QUINN, contract_id=contract.pk, member_id=ray, seen_digest=digest, now=LATER
    )


def book(recovery, cents, trace="W1", actor=REYES) -> RecoveryPayment:
    return book_recovery(
        actor=actor, recovery_id=recovery.pk, cents=cents, trace=trace, now=LATER,
        paid_on=date(2026, 11, 20),
    )  # fmt: skip


def balance(kind: str) -> int:
    rows = Posting.objects.filter(account__kind=kind, account__party__kind="ipa")
    return sum(rows.values_list("amount_cents", flat=True))


def state(world, contract=None) -> tuple[str, int, int]:
    (one,) = accumulators(contract or world.cover)
    return one.state, one.filed_cents, one.paid_cents


def test_is_asked_once_and_then_the_difference_alone(world):
    assert state(world) == ("to be filed", 0, 0)
    with pytest.raises(YearChanged, match="Nothing was filed"):
        ask(world, seen="other")
    made = ask(world)
    assert (made.cents, made.counted_cents, made.owed_cents) == (60_00, 275_00, 60_00)
    assert sum(row[1] for row in made.claims) == 275_00
    assert state(world) == ("asked to pay", 60_00, 0)
    with pytest.raises(NothingToFile, match="Nothing was filed"):
        ask(world)
    # More is paid: the rest is asked for; entered anew with a higher point, too much was asked.
    take_in(world, of_bell(world, "3", a_line("99214", 190_00)), number=8)
    pay(world, LATER)
    assert ask(world).cents == 132_00  # 80 % of another 165.00
    higher = cover(world, 400_00)
    assert state(world, higher) == ("to be filed", 192_00, 0)
    assert ask(world, higher).cents == 32_00 - 192_00
    assert breaches() == []


def test_what_is_paid_goes_back_to_the_pool_by_a_second_person(world):
    made, pool = ask(world), balance(Account.Kind.SPECIALIST_POOL)
    with pytest.raises(SamePerson, match="somebody else"):
        book(made, 60_00, actor=replace(REYES, user_id=QUINN.user_id))
    for cents in (60_01, 0, -1):
        with pytest.raises(NotThatMuch, match="Nothing was booked"):
            book(made, cents)
    part = book(made, 59_99)
    assert (balance(Account.Kind.CASH), balance(Account.Kind.SPECIALIST_POOL)) == (
        59_99, pool - 59_99,
    )  # fmt: skip
    with pytest.raises(SameTraceAgain, match="booked twice"):
        book(made, 1)
    assert state(world) == ("asked to pay", 60_00, 59_99)
    book(made, 1, "W2")
    assert state(world) == ("paid by the reinsurer", 60_00, 60_00)
    assert [one.other for one in pool_months() if one.pool == "Specialist pool"] == [60_00]
    # Reversed by adding, whole and once; then it may be booked rightly.
    back = reverse_recovery(actor=REYES, payment_id=part.pk, reason="Not ours", now=LATER)
    assert (back.cents, back.entry.reverses_id) == (-59_99, part.entry_id)
    assert balance(Account.Kind.CASH) == 1
    for one in (part, back):
        with pytest.raises(ReversedAlready, match="Nothing was booked"):
            reverse_recovery(actor=REYES, payment_id=one.pk, reason="Again", now=LATER)
    book(made, 59_99)
    assert breaches() == []
    with pytest.raises(DatabaseError), transaction.atomic():
        Recovery.objects.update(cents=1)
    with pytest.raises(DatabaseError), transaction.atomic():
        RecoveryPayment.objects.update(cents=1)


def test_pages_file_book_and_reverse(world):
    quinn = signed_in_afresh(make_user("quinn@ipa.example", Role.FINANCE))
    reyes = signed_in_afresh(make_user("reyes@ipa.example", Role.FINANCE_APPROVER))
    ray = world.members["Ray"].pk
    year = reverse("compliance:reinsurance_member", args=[world.cover.pk, ray])
    new = reverse("compliance:recovery_new", args=[world.cover.pk, ray])
    assert new in text_of(quinn.get(year))
    page = text_of(quinn.get(new))
    digest = page.partition('name="seen_digest" value="')[2][:64]
    assert quinn.post(new, {}).status_code == 422
    detail = quinn.post(new, {"seen_digest": digest}).url
    made = Recovery.objects.get()
    assert detail == reverse("compliance:recovery_detail", args=[made.pk])
    assert "You filed it" in text_of(quinn.get(detail))
    go = reverse("compliance:recovery_book", args=[made.pk])
    assert quinn.post(go, {}).status_code == 403
    given = {"amount": "60.00", "trace": "W9", "paid_on": "2026-11-20"}
    assert reyes.post(go, given | {"amount": "60.01"}).status_code == 422
    assert reyes.post(go, given).url == detail
    undo = reverse("compliance:recovery_reverse", args=[made.payments.get().pk])
    assert undo in text_of(reyes.get(detail))
    assert "leaves cash" in text_of(reyes.get(undo))
    assert reyes.post(undo, {"reason": "Twice"}).url == detail
    assert "reverses it: Twice" in text_of(reyes.get(detail))
    listed = reverse("compliance:recovery_list")
    for state_, is_in in (("", True), ("filed", True), ("partly", False), ("paid", False)):
        assert (made.number in text_of(quinn.get(listed, {"state": state_}))) is is_in
