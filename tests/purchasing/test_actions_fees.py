"""Fees of suppliers: within what was signed, told to the cent, and taken back by adding."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from ipaportal.core.refusals import NotPermitted
from ipaportal.core.roles import Role
from ipaportal.identity.models import Party
from ipaportal.ledger.queries.balances import balance
from purchasing.actions.fees import (
    FeeAboveAgreed,
    NoAgreement,
    NothingNew,
    PeriodNotOver,
    PeriodTaken,
    PurchasesChanged,
    TakenBackAlready,
    YearNotBegun,
    give_disclosures,
    record_fee,
    reverse_fee,
)
from purchasing.formats.disclosures import render_disclosure
from purchasing.models import Disclosure, FeeReceipt, FeeShare, SupplyContract
from purchasing.queries.fees import my_shares, told_cents, told_in
from purchasing.rules.fees import most_fee_cents
from tests.factories import make_practice
from tests.kept import kept
from tests.people import actor_of, client_of, fresh_client_of, make_user
from tests.proofs import breaches
from tests.purchasing.attacked import make_bought
from tests.purchasing.group_orders import at, sign

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("bought", "pct", "most"), [(10_000, "3", 300), (3333, "3", 99), (0, "3", 0), (5000, "0", 0)]
)
def test_never_rounds_the_most_up(bought, pct, most):
    assert most_fee_cents(bought, Decimal(pct)) == most


class World:
    """Two practices that received for $20.00 each today; their supplier agreed on 2 %."""

    def __init__(self, **terms: object) -> None:
        self.ipa = Party.objects.create(kind=Party.Kind.IPA, name="Valley IPA")
        self.quinn = make_user("quinn@ipa.example", Role.FINANCE)
        self.osei = make_user("osei@ipa.example", Role.COMPLIANCE_OFFICER)
        self.practices = [make_practice(f"Clinic {no}", f"99000020{no}") for no in (1, 2)]
        self.managers = [
            make_user(f"m{one.pk}@x.example", Role.PRACTICE_MANAGER, party=one.party)
            for one in self.practices
        ]
        make_bought(self.practices, "Gloves", **terms)
        self.contract = SupplyContract.objects.get()
        self.today = timezone.localdate()
        self.tomorrow = self.today + timedelta(days=1)

    def sign(self) -> None:
        for user, practice in zip(self.managers, self.practices, strict=True):
            sign(actor_of(user), practice)

    def book(self, **values: object) -> FeeReceipt:
        usual = {
            "contract_id": self.contract.pk, "start_date": self.today, "end_date": self.tomorrow,
            "cents": 79, "received_date": self.tomorrow, "reference": "statement 7",
            "seen_bought_cents": 4000, "now": timezone.now(), "today": self.tomorrow,
        }  # fmt: skip
        return record_fee(actor=actor_of(self.quinn), **{**usual, **values})

    def tell(self, year: int) -> list[Disclosure]:
        return give_disclosures(
            actor=actor_of(self.osei), year=year, now=timezone.now(), today=self.tomorrow
        )


@kept
def paid() -> World:
    """As it is before anybody signed."""
    return World()


def parts(fee: FeeReceipt) -> list[tuple[str, int, int]]:
    rows = fee.shares.order_by("practice__name")
    return [(one.practice.name, one.bought_cents, one.cents) for one in rows]


def test_books_what_was_paid_and_tells_each_practice_its_part(paid):
    paid.sign()
    before = balance(paid.contract.supplier.party, "admin_fee_income")
    fee = paid.book()
    assert parts(fee) == [("Clinic 1", 2000, 40), ("Clinic 2", 2000, 39)]
    assert balance(paid.contract.supplier.party, "admin_fee_income") == before - 79
    assert balance(paid.ipa, "cash") == 79
    received, told = told_cents(paid.tomorrow.year)
    assert received == told >= 79
    mine = my_shares(actor=actor_of(paid.managers[1])).filter(receipt=fee)
    assert [(one.practice.name, one.cents) for one in mine] == [("Clinic 2", 39)]
    assert breaches() == []


@pytest.mark.parametrize(
    ("values", "refused"),
    [
        ({"cents": 81}, FeeAboveAgreed),
        ({"seen_bought_cents": 3999}, PurchasesChanged),
        ({"start_date": "tomorrow"}, PeriodNotOver),
        ({"today": "today"}, PeriodNotOver),
        ({"received_date": "today"}, PeriodNotOver),
    ],
)
def test_refuses_what_was_not_agreed_on_or_is_not_over(paid, values, refused):
    paid.sign()
    days = {"today": paid.today, "tomorrow": paid.tomorrow}
    with pytest.raises(refused):
        paid.book(**{name: days.get(value, value) for name, value in values.items()})
    assert not FeeReceipt.objects.filter(reference="statement 7").exists()
    assert balance(paid.ipa, "cash") == 0


def test_refuses_a_fee_on_purchases_of_whoever_signed_nothing(paid):
    with pytest.raises(NoAgreement, match="Clinic 1, Clinic 2"):
        paid.book()
    paid.sign()
    assert paid.book(cents=80).bought_cents == 4000  # exactly what was agreed on


def test_pays_a_period_once_and_takes_it_back_by_adding(paid):
    paid.sign()
    fee = paid.book()
    with pytest.raises(PeriodTaken):
        paid.book()
    given = {"reason": "given back", "now": timezone.now(), "today": paid.tomorrow}
    quinn = actor_of(paid.quinn)
    back = reverse_fee(actor=quinn, fee_id=fee.pk, **given)
    assert parts(back) == [("Clinic 1", 2000, -40), ("Clinic 2", 2000, -39)]
    assert balance(paid.ipa, "cash") == 0
    for one in (fee, back):
        with pytest.raises(TakenBackAlready):
            reverse_fee(actor=quinn, fee_id=one.pk, **given)
    assert paid.book(cents=50).cents == 50
    assert breaches() == []
    with pytest.raises(DatabaseError), transaction.atomic():
        FeeShare.objects.update(cents=1)


def test_tells_everybody_once_and_again_when_it_changes(paid):
    paid.sign()
    year = paid.tomorrow.year
    with pytest.raises(YearNotBegun):
        paid.tell(year + 1)
    paid.tell(year)
    with pytest.raises(NothingNew):
        paid.tell(year)
    paid.book()
    told = paid.tell(year)
    assert sum(one.cents for one in told) == told_cents(year)[1]
    assert {one.practice.name for one in told} == {"Clinic 1", "Clinic 2"}
    assert not any(one.is_news for one in told_in(year))
    pdf = render_disclosure(told[0].content)
    assert pdf.startswith(b"%PDF")
    assert pdf == render_disclosure(told[0].content)
    with pytest.raises(NotPermitted):
        give_disclosures(
            actor=actor_of(paid.quinn), year=year, now=timezone.now(), today=paid.tomorrow
        )


def test_shows_it_before_it_is_booked_and_tells_practices_on_their_page(paid):
    paid.sign()
    quinn = fresh_client_of(paid.quinn)
    sent = {
        "contract": paid.contract.pk, "start_date": "2026-01-05", "last_date": "2026-01-06",
        "amount": "1.00", "received_date": "2026-02-01", "reference": "none was bought",
    }  # fmt: skip
    answer = quinn.post(at("fee_new"), sent)
    assert answer.status_code == 422
    assert "at most $0.00" in answer.content.decode()
    fee = paid.book()
    assert quinn.get(at("fee_detail", fee.pk)).status_code == 200
    assert quinn.post(at("fee_reverse", fee.pk), {"reason": ""}).status_code == 422
    osei = client_of(paid.osei)
    assert "Clinic 2" in osei.get(at("disclosure_list")).content.decode()
    manager = client_of(paid.managers[0])
    page = manager.get(at("my_fees")).content.decode()
    assert "0.40" in page
    assert "0.39" not in page
    told = Disclosure.objects.get(practice=paid.practices[1])
    assert manager.get(at("my_disclosure_pdf", told.pk)).status_code == 404
