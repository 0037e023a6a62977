"""Queues of claims with real rows: what stands in them, whose it is, by when, and who gets it."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from compliance.actions.claim_owners import (
    CannotWorkIt,
    NothingChosen,
    QueueChanged,
    assign_items,
)
from compliance.actions.claim_payments import pay_claims
from compliance.actions.claims import decide_claim
from compliance.actions.contests import contest_claim
from compliance.models import Claim, ClaimStep
from compliance.queries.claim_payments import payment_digest, planned_of
from compliance.queries.claim_queues import open_items
from ipaportal.core.roles import Role
from tests.capitation.worlds import QUINN, REYES, SmallWorld
from tests.compliance.claimfiles import a_line
from tests.compliance.claiming import NOV_2, make_priced_world, of_alvarez, of_bell, take_in
from tests.kept import kept
from tests.people import make_user
from tests.stories.attacks import signed_in_afresh, text_of

pytestmark = pytest.mark.django_db
TODAY, DUE = NOV_2.date(), NOV_2.date() + timedelta(days=30)


@kept
def world() -> SmallWorld:
    """Ready, without a price, contested, denied, sent back, and sent twice."""
    made = make_priced_world()
    again = of_bell(made, "R1")
    take_in(
        made, again, of_bell(made, "P1", a_line("99215", 900_00)),
        of_bell(made, "C1", a_line("99214", 300_00)), of_bell(made, "D1", a_line("J1100", 40_00)),
        of_bell(made, "N1", a_line("99213", 70_00), subscriber_ref="M-NOBODY"), again,
        of_alvarez(made, "V1"),
    )  # fmt: skip
    keys = dict(Claim.objects.exclude(state="rejected").values_list("ref", "pk"))
    for ref in ("C1", "D1"):
        contest_claim(
            actor=QUINN, claim_id=keys[ref], reason="No note.", needed="A note.", now=NOV_2
        )
    decide_claim(
        actor=QUINN, claim_id=keys["D1"], state="denied", denial="50", words="No.", now=NOV_2
    )
    return made


def items(today: date = TODAY):
    return {one.number: one for one in open_items(QUINN, today)}


def key_of(ref: str) -> int:
    return Claim.objects.exclude(state="rejected").get(ref=ref).pk


def of_queues(today: date = TODAY) -> dict[str, str]:
    refs = dict(Claim.objects.values_list("number", "ref"))
    return {f"{refs[number]} {one.queue}": one.clock(today) for number, one in items(today).items()}


def test_everything_that_waits_stands_in_one_queue_with_its_clock(world):
    assert of_queues() == {
        "R1 ready": "later", "P1 no_price": "later", "C1 contested": "stands", "D1 denied": "later",
        "N1 rejected": "none", "R1 twice": "none", "V1 ready": "later",
    }  # fmt: skip
    assert {one.last_day for one in items().values()} == {DUE, None}
    assert of_queues(DUE)["P1 no_price"] == "soon"
    assert of_queues(DUE + timedelta(days=1))["P1 no_price"] == "late"


def test_what_was_sent_again_or_told_or_is_old_leaves(world):
    planned = planned_of(world.contract.payer_id, world.bell.party_id, TODAY)
    pay_claims(
        actor=REYES, payer_id=world.contract.payer_id, party_id=world.bell.party_id,
        seen_digest=payment_digest(planned), now=NOV_2,
    )  # fmt: skip
    left = {"P1 no_price", "C1 contested", "N1 rejected", "R1 twice", "V1 ready"}
    assert set(of_queues()) == left
    take_in(world, of_bell(world, "N1", a_line("99213", 70_00)), number=8)
    assert set(of_queues()) == left - {"N1 rejected"} | {"N1 ready"}
    assert "R1 twice" in of_queues(TODAY + timedelta(days=44))
    assert "R1 twice" not in of_queues(TODAY + timedelta(days=45))


def test_is_given_to_somebody_and_put_back(world):
    user = make_user("vale@ipa.example", Role.MEDICAL_DIRECTOR, name="K. Vale")
    keys = [key_of("P1"), key_of("C1")]
    given = {"actor": QUINN, "claims": keys, "remits": [], "now": NOV_2}
    assert assign_items(**given, to_id=user.pk, words="Read the notes.") == 2
    owned = {one.number for one in items().values() if one.owner == "K. Vale"}
    assert owned == set(Claim.objects.filter(pk__in=keys).values_list("number", flat=True))
    step = ClaimStep.objects.filter(claim=keys[0]).last()
    assert (step.words, step.by_name) == ("K. Vale looks after it: Read the notes.", "Quinn")
    assign_items(**given, to_id=None, words="")
    assert {one.owner_id for one in items().values()} == {None}


def test_refuses_what_cannot_be_handed_over_and_moves_nothing(world):
    outsider = make_user("reyes@ipa.example", Role.FINANCE_APPROVER, name="M. Reyes")
    vale = make_user("vale@ipa.example", Role.MEDICAL_DIRECTOR, name="K. Vale")
    given = {"actor": QUINN, "words": "", "now": NOV_2}
    with pytest.raises(NothingChosen):
        assign_items(**given, claims=[], remits=[], to_id=vale.pk)
    with pytest.raises(CannotWorkIt, match="Reyes may not"):
        assign_items(**given, claims=[key_of("P1")], remits=[], to_id=outsider.pk)
    # Remittances that came in are finance's alone.
    with pytest.raises(CannotWorkIt, match="Vale may not"):
        assign_items(**given, claims=[], remits=[1], to_id=vale.pk)
    decide_claim(
        actor=QUINN, claim_id=key_of("P1"), state="encounter", words="Capitated.", now=NOV_2
    )
    with pytest.raises(QueueChanged):
        assign_items(**given, claims=[key_of("P1"), key_of("C1")], remits=[], to_id=vale.pk)
    assert not Claim.objects.exclude(owner_id=None).exists()


def test_pages_total_filter_sort_export_and_hand_over(world):
    quinn = make_user("quinn@ipa.example", Role.FINANCE, name="J. Quinn")
    client = signed_in_afresh(quinn)
    here, assign = reverse("compliance:claim_queues"), reverse("compliance:claim_assign")
    page = text_of(client.get(here))
    for words in ("No fee schedule has a price", "Denied, and not told", "7 claims", "900.00",
                  "?queue=no_price&amp;owner=nobody"):  # fmt: skip
        assert words in page, words
    only = text_of(client.get(here, {"dollars": "100-999", "queue": "no_price", "owner": "nobody"}))
    assert ("1 claim," in only, "7 claims" in only) == (True, False)
    assert "Nothing like that waits" in text_of(client.get(here, {"owner": "mine"}))
    file = client.get(here, {"export": "csv", "sort": "-cents", "clock": "stands"})
    assert file.getvalue().decode("utf-8-sig").splitlines()[1].split(",")[1] == (
        "more was asked for"
    )
    asked = f"{assign}?queue=no_price"
    form = client.get(asked)
    assert "Hand over 1 claim" in text_of(form)
    sent = {"to": f"{quinn.pk}", "words": "", "seen_digest": form.context["seen"]}
    assert client.post(assign, sent).status_code == 422  # all of them are not what was seen
    assert client.post(asked, sent).url == here
    assert "J. Quinn looks after it" in text_of(
        client.get(reverse("compliance:claim_detail", args=[key_of("P1")]))
    )
    assert "1 claim," in text_of(client.get(here, {"owner": "mine"}))
    assert client.get(assign, {"claim": "999999"}).status_code == 404
