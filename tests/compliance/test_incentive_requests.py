"""Whoever asks how physicians are paid: told tier by tier, kept as it was given, given once."""

from datetime import date

import pytest
from django.db import transaction
from django.db.utils import DatabaseError
from django.urls import reverse

from compliance.actions.incentive_requests import (
    GivenBefore,
    NoSuchMember,
    SaidOtherwise,
    content_of,
    give_answer,
    record_asked,
    seen_digest,
)
from compliance.models import IncentiveRequest
from compliance.rules.incentive_disclosures import Line, told_to_member
from ipaportal.core.roles import Role
from tests.capitation.worlds import make_small_world
from tests.compliance.paid_below import NOW, attest, figures
from tests.compliance.test_incentive_tiers import take
from tests.compliance.test_stop_loss import OSEI, TODAY, a_statement
from tests.kept import kept
from tests.people import client_of, make_user


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            Line("plan_ipa", "SUN", "the IPA", ""),
            "How SUN pays the IPA is not known to the IPA; it has asked.",
        ),
        (
            Line("ipa_practice", "the IPA", "Bell", "figures", ("capitation",)),
            "How the IPA pays Bell (capitation) does not depend on the use of referral services.",
        ),
        (
            Line("ipa_practice", "the IPA", "Bell", "figures", ("capitation", "withhold", "bonus")),
            "How the IPA pays Bell may depend on the use of referral services, by capitation, a "
            "part that is withheld and a bonus that rests on referrals. There is no stop-loss "
            "protection on file for it.",
        ),
        (
            Line("practice_physicians", "Bell", "its physicians", "no_referrals"),
            "How Bell pays its physicians does not depend on the use of referral services.",
        ),
        (
            Line("practice_physicians", "Bell", "the owner", "nobody"),
            "Bell is one physician, who owns it: nobody else is paid there.",
        ),
        (
            Line("plan_ipa", "SUN", "the IPA", "figures", ("other",), stop_loss=("a policy",)),
            "How SUN pays the IPA may depend on the use of referral services, by a share in "
            "losses. There is stop-loss protection on file for it.",
        ),
    ],
)
def test_a_member_is_told_whether_of_which_kind_and_of_stop_loss(line, said):
    assert told_to_member([line]) == [said]


@kept
def asked():
    """Two practices that are paid, of one plan; a member of each."""
    world = make_small_world()
    for practice in (world.bell, world.alvarez):
        a_statement(practice.party, date(2026, 10, 1), 1_000_000, 100_000, 900)
    return world


def ask(world, asker: str, member_number: str = "") -> IncentiveRequest:
    return record_asked(
        actor=OSEI, asker=asker, payer_id=world.contract.payer_id, member_number=member_number,
        asked_date=TODAY, due_date=None, words="by telephone", now=NOW,
    )  # fmt: skip


def give(row: IncentiveRequest, seen: str) -> IncentiveRequest:
    return give_answer(
        actor=OSEI, request_id=row.pk, seen=seen, how="by letter", today=TODAY, now=NOW
    )


def content(row: IncentiveRequest) -> dict:
    return content_of(row, actor=OSEI, today=TODAY)


@pytest.mark.django_db
def test_a_member_is_told_of_their_own_practice_and_no_amount(asked):
    member = asked.members["Ann"]
    row = ask(asked, "member", member.plan_member_id)
    said = " ".join(content(row)["sentences"])
    assert "Bell Clinic" in said
    assert "Alvarez" not in said
    assert "$" not in said
    assert "is not known to the IPA" in said
    with pytest.raises(NoSuchMember, match="Nothing was recorded"):
        ask(asked, "member", "nobody's")


@pytest.mark.django_db
def test_a_plan_is_told_of_every_tier_and_what_was_given_stays(asked):
    row = ask(asked, "plan")
    seen = seen_digest(content(row))
    assert [line["tier"] for line in content(row)["lines"]] == [
        "plan_ipa", "ipa_practice", "ipa_practice", "practice_physicians", "practice_physicians",
    ]  # fmt: skip
    take(attest(asked.bell.party, figures=figures(bonus_cents=1_000_000)))
    with pytest.raises(SaidOtherwise, match="Nothing was recorded as given"):
        give(row, seen)
    given = give(row, seen_digest(content(row)))
    told = {(one["payer"], one["paid"]): one for one in given.given["lines"]}
    mine = told["Bell Clinic", "its employed physicians"]
    assert (mine["withhold_pct"], mine["bonus_pct"], mine["affects"]) == ("20.00", "10.00", "yes")
    assert mine["answer"] == "table missing"
    with pytest.raises(GivenBefore, match="Nothing was changed"):
        give(row, given.given_sha256)
    with pytest.raises(DatabaseError), transaction.atomic():
        IncentiveRequest.objects.filter(pk=row.pk).update(given_how="otherwise")


@pytest.mark.django_db
def test_an_officer_records_reads_gives_and_takes_the_survey_away(asked):
    officer = client_of(make_user("osei@ipa.example", Role.COMPLIANCE_OFFICER))
    here = reverse("compliance:incentive_request_list")
    assert b"Nobody asked" in officer.get(here).content
    sent = {"asker": "plan", "payer": asked.contract.payer_id, "asked_date": "2026-11-02",
            "due_date": "2026-11-20", "words": "its yearly survey"}  # fmt: skip
    new = reverse("compliance:incentive_request_new")
    assert officer.post(new, sent | {"asker": "member"}).status_code == 422
    assert officer.post(new, sent).status_code == 302
    assert b"verdue" in officer.get(here).content
    row = IncentiveRequest.objects.get()
    page = reverse("compliance:incentive_request", args=[row.pk])
    seen = officer.get(page).context["form"].initial["seen_digest"]
    give_it = reverse("compliance:incentive_request_give", args=[row.pk])
    stale = officer.post(give_it, {"seen_digest": "0" * 64, "how": "by mail"})
    assert (stale.status_code, b"Nothing was recorded as given" in stale.content) == (422, True)
    assert officer.post(give_it, {"seen_digest": seen, "how": "by mail"}).status_code == 302
    assert b"As it was given" in officer.get(page).content
    file = b"".join(officer.get(page, {"export": "csv"}).streaming_content).decode()
    assert "Bell Clinic,the IPA,the IPA to a practice" in file
