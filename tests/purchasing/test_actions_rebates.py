"""Rebates in the books: earned by what came, agreed on, received, given; corrected by adding."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted
from ipaportal.core.roles import Role
from ipaportal.identity.models import Party
from ipaportal.ledger.queries.balances import balance, owed_cents
from ipaportal.ledger.web.booked import page_of_entry
from purchasing.actions.rebate_clock import LookedAlready, book_rebates, step_rebates
from purchasing.actions.rebate_words import (
    NobodyEarned,
    SayWhyApart,
    StatedBelowPaid,
    StatedTooEarly,
    agree_rebate,
)
from purchasing.actions.rebates import (
    KeptAboveAgreed,
    KeptUnsigned,
    MoreThanRebateOwed,
    NoRebatePeriod,
    NothingNewOwed,
    NotPaidYet,
    RebateChanged,
    RebateTakenBack,
    accrue_rebate,
    receive_rebate,
    reverse_rebate,
)
from purchasing.models import (
    PurchaseOrder,
    RebateAccrual,
    RebateAgreed,
    RebateLook,
    RebatePart,
    RebateReceipt,
    RebateShare,
    RebateStatement,
    Receipt,
    SupplyContract,
    Trouble,
    TroubleStep,
)
from purchasing.queries.fees import told_cents, told_in
from purchasing.queries.rebate_periods import rebate_periods
from purchasing.queries.rebates import rebate_period
from tests.at_once import at_once
from tests.factories import make_practice
from tests.kept import kept
from tests.people import actor_of, client_of, fresh_client_of, make_user
from tests.proofs import breaches
from tests.purchasing.attacked import make_bought, this_year
from tests.purchasing.group_orders import at, sign
from tests.purchasing.shopping import price

pytestmark = pytest.mark.django_db
FIGURE = re.compile(r'<a href="[^"]*/rebates/">(?:<[^>]*>)*([\d.,]+)<')


class World:
    """Two practices that ordered three boxes each at $10; two each came; four reach $8."""

    def __init__(self) -> None:
        self.ipa = Party.objects.create(kind=Party.Kind.IPA, name="Valley IPA")
        self.user = make_user("quinn@ipa.example", Role.FINANCE)
        self.quinn = actor_of(self.user)
        self.practices = [make_practice(f"Clinic {no}", f"99000020{no}") for no in (1, 2)]
        self.managers = [
            make_user(f"m{one.pk}@x.example", Role.PRACTICE_MANAGER, party=one.party)
            for one in self.practices
        ]
        make_bought(self.practices, "Gloves")
        self.contract = SupplyContract.objects.get()
        self.start = this_year()[0]
        self.now, self.today = timezone.now(), timezone.localdate()
        PurchaseOrder.objects.update(sent_at=self.now)
        self.price("8")

    def price(self, reached: str) -> None:
        """What a box costs from four on, by a list that takes the place of the last."""
        price(Actor.system("clock"), self.contract, "GLOVE,box,0,10", f"GLOVE,box,4,{reached}")

    @property
    def period(self):
        return rebate_period(self.contract, self.start)

    def accrue(self, **values: object):
        usual = {"seen_digest": self.period.digest, "start_date": self.start}
        return accrue_rebate(
            actor=self.quinn, contract_id=self.contract.pk, now=self.now, **usual | values
        )

    def receive(self, cents: int, **values: object) -> RebateReceipt:
        usual = {"seen_digest": self.period.digest, "received_date": self.today,
                 "reference": "check 7"}  # fmt: skip
        return receive_rebate(
            actor=self.quinn, contract_id=self.contract.pk, start_date=self.start, cents=cents,
            now=self.now, today=self.today, **usual | values,
        )  # fmt: skip

    def agree(self, cents: int, **values: object) -> RebateStatement:
        usual = {"seen_digest": self.period.digest, "stated_date": self.today, "reason": "",
                 "reference": "statement 3"}  # fmt: skip
        return agree_rebate(
            actor=self.quinn, contract_id=self.contract.pk, start_date=self.start,
            said_cents=cents, now=self.now, today=self.today, **usual | values,
        )  # fmt: skip

    def send_back(self, packs: int) -> None:
        """What came goes back and is credited, of each practice as much."""
        for receipt in Receipt.objects.all():
            gone = Trouble.objects.create(
                line=receipt.line, receipt=receipt, kind="return", packs=packs, note="not needed",
                reported_by_name="M", reported_at=self.now,
            )  # fmt: skip
            TroubleStep.objects.create(
                trouble=gone, number=1, event="credit", state="credited", reference="CM 1",
                made_by_name="F", made_at=self.now,
            )  # fmt: skip

    def sign(self) -> None:
        for user, practice in zip(self.managers, self.practices, strict=True):
            sign(actor_of(user), practice)


@kept
def owed() -> World:
    """A first rebate of 30 cents each was booked and received already, 3 of them kept."""
    return World()


def test_books_the_difference_once_and_names_the_lines_that_it_comes_from(owed):
    assert [(one.entitled_cents, one.booked_cents) for one in owed.period.owed] == [(400, 30)] * 2
    before = balance(owed.contract.supplier.party, "rebate_receivable")
    with pytest.raises(RebateChanged):
        owed.accrue(seen_digest="0" * 64)
    made = owed.accrue()
    assert [(one.cents, one.entitled_cents) for one in made.parts.all()] == [(370, 400)] * 2
    (line,) = made.parts.first().basis
    assert line["packs"] == 2
    assert [Decimal(line[key]) for key in ("paid", "price", "back")] == [10, 8, 4]
    assert balance(owed.contract.supplier.party, "rebate_receivable") == before + 740
    assert balance(owed.practices[0].party, "rebate_payable") == -370
    with pytest.raises(NothingNewOwed):
        owed.accrue()
    with pytest.raises(NoRebatePeriod):
        owed.accrue(start_date=owed.start + timedelta(days=1))
    assert breaches() == []


def test_takes_back_by_adding_what_is_owed_no_more_but_not_what_was_paid(owed):
    owed.accrue()
    owed.price("9.25")
    assert {one.entitled_cents for one in owed.period.owed} == {150}
    assert owed.accrue().cents == -500
    assert balance(owed.practices[0].party, "rebate_payable") == -120
    owed.send_back(1)  # two are kept: four are not reached, so nothing is owed
    assert owed.accrue().cents == -240  # down to the 30 that each was paid for
    period = owed.period
    assert (period.sum_of("entitled_cents"), period.sum_of("above_cents")) == (0, 60)
    assert period.state == "paid above what is owed"
    assert balance(owed.practices[0].party, "rebate_payable") == 0
    with pytest.raises(NothingNewOwed):
        owed.accrue()
    assert breaches() == []


def test_the_clock_books_once_a_day_and_an_outage_loses_nothing(owed):
    assert step_rebates(owed.now) == 1
    assert balance(owed.practices[0].party, "rebate_payable") == -370
    owed.send_back(1)
    assert step_rebates(owed.now) == 0  # today was looked at
    later = owed.now + timedelta(days=5)  # nothing ran for four days
    assert step_rebates(later) == 1
    assert balance(owed.practices[0].party, "rebate_payable") == 0
    assert step_rebates(later + timedelta(days=1)) == 0  # looked at, and nothing is new
    with pytest.raises(LookedAlready):
        book_rebates(actor=Actor.system("clock"), contract_id=owed.contract.pk, now=later)
    assert list(RebateLook.objects.order_by("pk").values_list("booked", flat=True)) == [1, 1, 0]
    assert breaches() == []


def test_agrees_on_a_suppliers_figure_and_the_clock_keeps_to_it(owed):
    step_rebates(owed.now)
    with pytest.raises(SayWhyApart, match=r"\$7\.01, and \$8\.00"):
        owed.agree(701)
    with pytest.raises(StatedBelowPaid, match="Clinic 2"):  # 29.5 each
        owed.agree(59, reason="ours counted twice")
    for day in (owed.start - timedelta(days=1), owed.today + timedelta(days=1)):
        with pytest.raises(StatedTooEarly):
            owed.agree(800, stated_date=day)
    with pytest.raises(RebateChanged):
        owed.agree(800, seen_digest="0" * 64)
    assert not RebateStatement.objects.exists()
    owed.agree(800)
    assert (RebateAgreed.objects.count(), RebateAccrual.objects.count()) == (0, 3)
    made = owed.agree(701, reason="one box was a sample")
    assert [one.cents for one in made.parts.order_by("pk")] == [-49, -50]
    assert owed.period.sum_of("booked_cents") == 701
    assert {one.words for one in RebatePart.objects.order_by("-pk")[:2]} == {
        "The supplier's statement statement 3"
    }
    assert owed.period.apart_cents == 0
    assert step_rebates(owed.now + timedelta(days=1)) == 0
    owed.price("7")  # what is earned later is added to what was agreed on
    assert step_rebates(owed.now + timedelta(days=2)) == 1
    assert owed.period.sum_of("booked_cents") == 1101
    assert owed.period.apart_cents == -400
    assert breaches() == []
    with pytest.raises(DatabaseError), transaction.atomic():
        RebateAgreed.objects.update(cents=1)


def test_has_nobody_to_share_a_figure_between_where_nothing_was_earned(owed):
    owed.price("10")
    with pytest.raises(NobodyEarned):
        owed.agree(60, reason="a goodwill")


def test_gives_what_came_in_but_for_what_is_kept_and_tells_that(owed):
    owed.accrue()
    gave = [owed_cents(one.party) for one in owed.practices]
    cash, year = balance(owed.ipa, "cash"), owed.today.year
    received, _ = told_cents(year)
    with pytest.raises(KeptUnsigned, match="Clinic 1"):
        owed.receive(361)
    owed.sign()
    # Practices received for $40.00: three per cent are 120 cents, and 86 were had before.
    assert owed.period.sum_of("kept_cents") == 6
    with pytest.raises(KeptAboveAgreed, match=r"at most \$1\.20"):
        owed.receive(361)
    made = owed.receive(341)
    shares = [(one.cents, one.kept_cents) for one in made.shares.order_by("practice__name")]
    assert shares == [(171, 17), (170, 17)]
    assert (made.cents, made.kept_cents) == (341, 34)
    given = [owed_cents(one.party) for one in owed.practices]
    assert [now - then for now, then in zip(given, gave, strict=True)] == [154, 153]
    assert balance(owed.ipa, "cash") == cash + 341
    assert told_cents(year) == (received + 34, received + 34)
    lines = told_in(year)[0].content["lines"]
    assert "Gloves, kept of a rebate" in [line["supplier"] for line in lines]
    assert breaches() == []


def test_refuses_what_is_not_owed_not_yet_paid_or_not_theirs(owed):
    owed.sign()
    with pytest.raises(MoreThanRebateOwed):  # nothing is booked that is open
        owed.receive(1)
    owed.accrue()
    with pytest.raises(MoreThanRebateOwed, match=r"\$7\.40"):
        owed.receive(741)
    for day in (owed.start - timedelta(days=1), owed.today + timedelta(days=1)):
        with pytest.raises(NotPaidYet):
            owed.receive(100, received_date=day)
    with pytest.raises(RebateChanged):
        owed.receive(100, seen_digest="0" * 64)
    with pytest.raises(NotPermitted):
        accrue_rebate(
            actor=actor_of(owed.managers[0]), contract_id=owed.contract.pk, start_date=owed.start,
            seen_digest="", now=owed.now,
        )  # fmt: skip
    assert RebateReceipt.objects.count() == 2
    assert breaches() == []


def test_takes_a_receipt_back_by_adding_once(owed):
    owed.sign()
    owed.accrue()
    gave, told = owed_cents(owed.practices[0].party), told_cents(owed.today.year)
    made = owed.receive(300)
    given = {"reason": "wrong period", "now": owed.now, "today": owed.today}
    back = reverse_rebate(actor=owed.quinn, receipt_id=made.pk, **given)
    assert [one.cents for one in back.shares.all()] == [-150, -150]
    assert owed_cents(owed.practices[0].party) == gave
    assert told_cents(owed.today.year) == told
    for one in (made, back):
        with pytest.raises(RebateTakenBack):
            reverse_rebate(actor=owed.quinn, receipt_id=one.pk, **given)
    assert owed.receive(300).cents == 300
    assert breaches() == []
    for kind in (RebatePart, RebateShare):
        with pytest.raises(DatabaseError), transaction.atomic():
            kind.objects.update(cents=1)


def test_walks_it_from_the_list_to_the_statement_line(owed):
    owed.sign()
    quinn = fresh_client_of(owed.user)
    where = [owed.contract.pk, owed.start.isoformat()]
    listed = quinn.get(at("rebate_list"), {"q": "Gloves"}).content.decode()
    assert at("rebate_period", *where) in listed
    assert "8.00" in quinn.get(at("rebate_period", *where)).content.decode()
    digest = owed.period.digest
    assert quinn.post(at("rebate_owe", *where), {"seen_digest": digest}).status_code == 302
    said = {"amount": "7.41", "stated_date": owed.today.isoformat(), "reference": "S 9",
            "reason": "freight"}  # fmt: skip
    seen = quinn.post(at("rebate_statement", *where), said).content.decode()
    assert "−0.59" in seen
    agreed = {**said, "seen_digest": owed.period.digest, "confirmed": "1"}
    assert quinn.post(at("rebate_statement", *where), agreed).status_code == 302
    assert "S 9 of" in quinn.get(at("rebate_period", *where)).content.decode()
    sent = {"amount": "3.41", "received_date": owed.today.isoformat(), "reference": "check 8"}
    seen = quinn.post(at("rebate_receive", *where), sent).content.decode()
    assert "1.54" in seen
    booked = {**sent, "seen_digest": owed.period.digest, "confirmed": "1"}
    answer = quinn.post(at("rebate_receive", *where), booked)
    made = RebateReceipt.objects.get(reference="check 8")
    assert answer.headers["Location"] == at("rebate_receipt", made.pk)
    assert "Clinic 2" in quinn.get(at("rebate_receipt", made.pk)).content.decode()
    assert "check 8" in quinn.get(at("rebate_period", *where)).content.decode()
    # A practice sees its own part, its own lines and nothing of the other.
    mine = client_of(owed.managers[0])
    assert page_of_entry(actor_of(owed.managers[0]), made.entry_key) == at(
        "my_rebate_receipt", made.pk
    )
    page = mine.get(at("my_rebate_receipt", made.pk)).content.decode()
    assert "1.54" in page
    assert "Clinic 2" not in page
    assert "42 CFR 1001.952(h)" in mine.get(at("my_rebate_list")).content.decode()
    # Beside the savings: gross, net of what is kept, what is to come, and no other's.
    saved = mine.get(at("my_savings")).content.decode()
    assert FIGURE.findall(saved) == ["3.71", "2.01", "0.20", "1.81", "1.70"]
    every = quinn.get(at("savings_list")).content.decode()
    assert FIGURE.findall(every) == ["7.41", "4.01", "0.40", "3.61", "3.40"]
    other = RebatePart.objects.filter(practice=owed.practices[1]).first()
    assert mine.get(at("my_rebate", other.pk)).status_code == 404


def test_lists_every_period_once_as_the_clock_last_found_it(owed):
    (one,) = rebate_periods(actor=owed.quinn)
    assert (one.start, one.earned_cents, one.state) == (owed.start, 60, "passed on")
    assert rebate_periods(actor=owed.quinn, show="open") == []
    assert rebate_periods(actor=owed.quinn, text="Nobody") == []
    step_rebates(owed.now)
    (one,) = rebate_periods(actor=owed.quinn, show="open")
    assert (one.earned_cents, one.open_cents, one.state) == (800, 740, "owed by the supplier")
    assert rebate_periods(actor=owed.quinn, show="apart") == []
    owed.send_back(1)
    step_rebates(owed.now + timedelta(days=1))
    (one,) = rebate_periods(actor=owed.quinn, show="apart")
    assert (one.earned_cents, one.above_cents, one.booked_cents) == (0, 60, 60)
    assert one.state == "paid above what is owed"


@pytest.mark.django_db(transaction=True)
def test_two_at_once_book_what_is_owed_once_and_pass_on_a_payment_once():
    world = World()
    world.sign()
    digest = world.period.digest
    answers = at_once(*[lambda: world.accrue(seen_digest=digest)] * 2)
    assert sorted(type(one).__name__ for one in answers) == ["NothingNewOwed", "RebateAccrual"]
    clock = {"actor": Actor.system("clock"), "contract_id": world.contract.pk, "now": world.now}
    answers = at_once(*[lambda: book_rebates(**clock)] * 2)
    assert sorted(type(one).__name__ for one in answers) == ["LookedAlready", "RebateLook"]
    digest = world.period.digest
    answers = at_once(*[lambda: world.receive(200, seen_digest=digest)] * 3)
    assert sorted(type(one).__name__ for one in answers) == [
        "RebateChanged", "RebateChanged", "RebateReceipt",
    ]  # fmt: skip
    receipt = RebateReceipt.objects.latest("pk")
    given = {"reason": "twice", "now": world.now, "today": world.today}
    answers = at_once(
        *[lambda: reverse_rebate(actor=world.quinn, receipt_id=receipt.pk, **given)] * 2
    )
    assert sorted(type(one).__name__ for one in answers) == ["RebateReceipt", "RebateTakenBack"]
    assert breaches() == []
