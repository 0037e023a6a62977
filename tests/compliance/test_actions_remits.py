"""Remittances that came in: once, whole or not at all, matched, and seen at the bank."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from capitation.models import PlanFile
from compliance.actions.remit_work import (
    DepositDiffers,
    NoSuchClaim,
    record_deposit,
    settle_remit_claim,
    tie_deposit,
)
from compliance.actions.remits import (
    RemitDecided,
    SameRemitAgain,
    StillWrong,
    put_remit_aside,
    retry_remit,
    step_remits,
)
from compliance.models import Remit, RemitClaim, RemitDeposit, RemitFile, RemitStep
from ipaportal.core.files import store
from ipaportal.identity.models import Party
from ipaportal.ledger.queries.balances import balance
from tests.capitation.worlds import QUINN, SmallWorld
from tests.compliance.claiming import NOV_2, make_priced_world, of_bell, take_in
from tests.compliance.remitting import (
    IPA_TIN,
    PAID_ON,
    a_paid,
    a_payment,
    an_835,
    an_835_of,
    back,
    bring,
)
from tests.kept import kept
from tests.proofs import breaches

pytestmark = pytest.mark.django_db


@kept
def world() -> SmallWorld:
    made = make_priced_world()
    take_in(made, of_bell(made, "A1"), of_bell(made, "A2", charge_cents=120_00,
                                               subscriber_ref="M-ANN"))  # fmt: skip
    return made


def the_remit(file: RemitFile) -> Remit:
    return Remit.objects.get(file=file)


def of_ipa(kind: str) -> int:
    return balance(Party.objects.get(kind="ipa"), kind)


def test_posts_what_adds_up_and_matches_its_claims(world):
    file = bring(world, an_835(
        world, a_paid("A1", 110_00), a_paid("A2", 60_00), a_paid("X9"), a_paid("A1", 0, status="4"),
        adjustments=(("WO", "OLD-1", 30_00),),
    ))  # fmt: skip
    remit = the_remit(file)
    assert (file.status, remit.state, remit.party) == ("read", "posted", world.bell.party)
    assert (remit.cents, remit.claim_cents, remit.off_cents) == (240_00, 270_00, 0)
    rows = RemitClaim.objects.values_list("claim_ref", "claim__ref", "queue", "at_stake_cents")
    assert list(rows) == [
        ("A1", "A1", "", 0), ("A2", "A2", "", 0), ("X9", None, "unmatched", 100_00),
        ("A1", "A1", "denied_by_payer", 110_00),
    ]  # fmt: skip
    assert (remit.entry, remit.adjustments) == (None, [["", "WO", "OLD-1", 30_00]])
    assert breaches() == []


def test_the_same_bytes_and_the_same_payment_are_told_by_name(world):
    data = an_835(world, a_paid("A1"))
    bring(world, data, "first.835")
    with pytest.raises(SameRemitAgain, match=r"Quinn took these very bytes in .* first\.835"):
        bring(world, data, "second.835")
    again = the_remit(bring(world, an_835(world, a_paid("A2"), number=2), "second.835"))
    assert again.state == "twice"
    assert (
        "Payment T1 (TRN02) came in first.835, received on Nov 2, 2026, for $100.00" in again.words
    )
    assert Remit.objects.filter(state="posted").count() == RemitClaim.objects.count() == 1


@pytest.mark.parametrize(("_case", "change", "words"), [
    ("service", (b"SVC*HC:99213*120*100", b"SVC*HC:99213*120*99.99"), "Service 99213"),
    ("claim", (b"CLP*A1*1*120*100", b"CLP*A1*1*120*100.01"), "1 apart"),
    ("transaction", (b"BPR*I*100*", b"BPR*I*100.01*"), "the payment says"),
])  # fmt: skip
def test_nothing_is_posted_of_what_does_not_add_up(world, _case, change, words):
    data = an_835(world, a_paid("A1"))
    assert change[0] in data
    remit = the_remit(bring(world, data.replace(*change)))
    assert (remit.state, remit.reason, remit.posted_at) == ("waiting", "unbalanced", None)
    assert words.lower() in " ".join(one[1] for one in remit.differences).lower()
    assert remit.due_on == NOV_2.date() + timedelta(days=5)
    assert not RemitClaim.objects.exists()
    with pytest.raises(StillWrong, match="Nothing was posted"):
        retry_remit(actor=QUINN, remit_id=remit.pk, now=NOV_2)
    put_remit_aside(actor=QUINN, remit_id=remit.pk, words="Asked for another.", now=NOV_2)
    with pytest.raises(RemitDecided):
        retry_remit(actor=QUINN, remit_id=remit.pk, now=NOV_2)
    # Its trace number is free again for the corrected one.
    assert the_remit(bring(world, an_835(world, a_paid("A1"), number=2))).state == "posted"


def test_a_reversal_takes_back_exactly_what_was_posted_once(world):
    first = the_remit(bring(world, an_835(world, a_paid("A1"), a_paid("A2"))))
    wrong = (back("A1", 99_99), a_paid("A9", 200_00, 200_00))
    remit = the_remit(bring(world, an_835(world, *wrong, trace="T2", number=2)))
    assert (remit.state, remit.reason) == ("waiting", "reversal")
    assert "takes $99.99 back of claim A1" in remit.words
    anew = (back("A1"), a_paid("A1", 120_00))
    done = the_remit(bring(world, an_835(world, *anew, trace="T3", number=3)))
    assert (done.state, done.cents) == ("posted", 20_00)
    (undone,) = RemitClaim.objects.exclude(reverses=None)
    assert undone.reverses == first.rows.get(claim_ref="A1")
    twice = (back("A1"), a_paid("A8", 200_00, 200_00))
    again = the_remit(bring(world, an_835(world, *twice, trace="T4", number=4)))
    assert again.state == "waiting"
    assert breaches() == []


def test_payments_of_one_file_know_of_those_before_them(world):
    data = an_835_of(
        a_payment(world, a_paid("A1"), trace="T1"),
        a_payment(world, a_paid("A1"), trace="SAME"),
        a_payment(world, back("A1"), a_paid("A1", 90_00), trace="T2"),
        a_payment(world, back("A1"), trace="T3"),
        a_payment(world, a_paid("A2", 60_00), trace="T4", tin=IPA_TIN),
        a_payment(world, a_paid("A2"), trace="T5", tin="999999990"),
    )
    file = bring(world, data.replace(b"SAME", b"T1"))
    states = list(Remit.objects.filter(file=file).order_by("pk").values_list("trace", "state"))
    assert states == [("T1", "posted"), ("T1", "twice"), ("T2", "posted"), ("T3", "waiting"),
                      ("T4", "posted"), ("T5", "waiting")]  # fmt: skip
    rows = RemitClaim.objects.filter(remit__file=file).order_by("pk")
    first, again, taken_back, other = rows
    assert (first.paid_cents, again.paid_cents, taken_back.paid_cents) == (100_00, 90_00, -100_00)
    assert (first.reversed_by, taken_back.reverses) == (taken_back, first)
    assert {one.claim.ref for one in (first, again, taken_back)} == {"A1"}
    assert (other.claim.ref, other.remit.party.kind) == ("A2", "ipa")
    assert RemitStep.objects.filter(remit__file=file).count() == 6
    assert not breaches()


def test_asks_no_more_of_many_payments_than_of_few(world):
    few, many = (
        an_835_of(
            *(a_payment(world, a_paid(f"X{n}"), trace=f"{count}-{n}") for n in range(count)),
            number=count,
        )
        for count in (2, 12)
    )
    asked = []
    for data in (few, many):
        with CaptureQueriesContext(connection) as captured:
            bring(world, data)
        asked.append(len(captured))
    assert asked[0] == asked[1]
    assert Remit.objects.filter(state="posted").count() == 14


def test_what_waited_for_its_first_payment_is_posted_after_it(world):
    late = an_835(world, back("A1"), a_paid("A2", 120_00), trace="T2", number=2)
    remit = the_remit(bring(world, late))
    assert remit.state == "waiting"
    bring(world, an_835(world, a_paid("A1")))
    retry_remit(actor=QUINN, remit_id=remit.pk, now=NOV_2)
    remit.refresh_from_db()
    assert (remit.state, remit.rows.count()) == ("posted", 2)


def test_the_ipas_own_money_is_booked_and_seen_at_the_bank(world):
    before = of_ipa("specialist_pool"), of_ipa("cash_in_transit"), of_ipa("cash")
    remit = the_remit(bring(world, an_835(world, a_paid("A1"), tin=IPA_TIN)))
    assert remit.entry.key == f"remit:{remit.payer_id}:T1"
    after = of_ipa("specialist_pool"), of_ipa("cash_in_transit"), of_ipa("cash")
    assert [a - b for a, b in zip(after, before, strict=True)] == [-100_00, 100_00, 0]
    given = {"actor": QUINN, "payer_id": remit.payer_id, "day": PAID_ON, "now": NOV_2}
    other = record_deposit(cents=99_00, trace="T1", **given)  # not what the remittance says
    with pytest.raises(DepositDiffers, match=r"over \$99.00 .* that says \$100.00"):
        tie_deposit(actor=QUINN, remit_deposit_id=other.pk, trace="T1", words="x", now=NOV_2)
    found = record_deposit(cents=100_00, trace="", **given)
    tie_deposit(actor=QUINN, remit_deposit_id=found.pk, trace="T1", words="Same sum.", now=NOV_2)
    remit.refresh_from_db()
    assert (remit.deposit, of_ipa("cash") - before[2]) == (found, 100_00)
    assert of_ipa("cash_in_transit") == before[1]
    # And the other way round: the bank was first.
    early = record_deposit(cents=55_00, trace="T2", **given)
    data = an_835(world, a_paid("A2", 55_00), trace="T2", tin=IPA_TIN, number=2)
    assert the_remit(bring(world, data)).deposit == early
    assert list(RemitDeposit.objects.filter(remit=None)) == [other]


def test_a_claim_that_is_not_known_is_found_by_somebody(world):
    bring(world, an_835(world, a_paid("X9")))
    row = RemitClaim.objects.get()
    given = {"actor": QUINN, "remit_claim_id": row.pk, "words": "Their number.", "now": NOV_2}
    with pytest.raises(NoSuchClaim):
        settle_remit_claim(number="NONE", **given)
    settle_remit_claim(number="A1", **given)
    row.refresh_from_db()
    assert (row.claim.ref, row.queue) == ("A1", "")


def test_a_payee_that_is_nobody_here_waits(world):
    remit = the_remit(bring(world, an_835(world, a_paid("A1"), tin="123123123")))
    assert (remit.state, remit.reason) == ("waiting", "no_payee")


def test_an_835_among_a_plans_files_is_taken_here_once(world):
    data = an_835(world, a_paid("A1"))
    PlanFile.objects.create(
        payer=world.contract.payer, name="era.835", sha256=store(data).sha256, size=len(data),
        format="x12-835", status="rejected", received_at=NOV_2, received_by_name="folder",
    )  # fmt: skip
    assert (step_remits(NOV_2), step_remits(NOV_2)) == (1, 0)
    assert the_remit(RemitFile.objects.get()).state == "posted"


def test_a_posted_remittance_stays(world):
    remit = the_remit(bring(world, an_835(world, a_paid("A1"))))
    remit.words = "other"
    with pytest.raises(IntegrityError, match="stays as it came"):
        remit.save(update_fields=["words"])


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    paid=st.lists(st.integers(0, 120_00), min_size=1, max_size=5),
    plb=st.integers(0, 50_00),
    off=st.sampled_from([0, 0, 1, -1]),
    number=st.integers(10, 10**8),
)
def test_what_is_posted_is_what_was_paid_or_nothing_is(world, paid, plb, off, number):
    claims = [a_paid(f"C{at}", cents) for at, cents in enumerate(paid)]
    due = sum(paid) - plb
    data = an_835(
        world, *claims, trace=f"H{number}-{off}", number=number % 10**9,
        adjustments=(("WO", "R", plb),) if plb else (),
    )  # fmt: skip
    if off and due > 0:
        head, _, tail = data.partition(b"BPR*I*")
        data = head + b"BPR*I*" + f"{(due + off) / 100:.2f}".encode() + tail[tail.index(b"*") :]
    before = set(RemitFile.objects.values_list("pk", flat=True))
    try:
        bring(world, data)
    except SameRemitAgain:
        return
    (file,) = RemitFile.objects.exclude(pk__in=before)
    remit = the_remit(file)
    posted = sum(remit.rows.values_list("paid_cents", flat=True))
    if remit.state == "posted":
        assert posted - sum(one[3] for one in remit.adjustments) == remit.cents == max(0, due)
    else:
        assert not remit.rows.exists()
    assert (remit.state == "posted") == (not off or due <= 0 or remit.state == "twice")
