"""Every tier of pay from a plan to a physician: told, looked at, judged and shown."""

from datetime import date, timedelta

import pytest
from django.db import transaction
from django.db.utils import DatabaseError
from django.urls import reverse

from compliance.actions.incentive_tiers import (
    DaysWrong,
    FiguresMissing,
    LookedAt,
    NotYours,
    OwnWord,
    PoolingUnfounded,
    record_arrangement,
    record_pooling,
    review_arrangement,
)
from compliance.models import IncentiveArrangement, Pooling
from compliance.queries.incentive_tiers import tier_rows, unknown_tiers
from compliance.rules.incentive_plans import POOLING
from compliance.rules.incentive_tiers import NOT_KNOWN, Basis, Tier
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted
from ipaportal.core.roles import Role
from tests.compliance.paid_below import DESK, NOW, PAPER, YEAR, attest, figures, pool
from tests.compliance.test_stop_loss import OSEI, TODAY, a_statement
from tests.factories import make_contract, make_practice
from tests.kept import kept
from tests.people import client_of, fresh_client_of, make_user

pytestmark = pytest.mark.django_db


@kept
def paid():
    """A plan under contract, and a practice that the IPA pays with a tenth withheld."""
    plan = make_contract().payer.party
    bell = make_practice().party
    a_statement(bell, date(2026, 10, 1), 1_000_000, 100_000, 900)
    return {"plan": plan, "bell": bell}


def answers(**of: object) -> dict[str, str]:
    return {one.tier: one.verdict.answer for one in tier_rows(actor=OSEI, today=TODAY, **of)}


def record(tier: Tier, party, **changed: object) -> IncentiveArrangement:
    given = {
        "tier": tier, "party_id": party.pk, "paid_whom": "the IPA", "basis": Basis.FIGURES,
        "evidence": "contract, exhibit B", "figures": figures(), "file": None, "actor": OSEI,
        "now": NOW, **YEAR,
    }  # fmt: skip
    return record_arrangement(**given | changed)


def take(row: IncentiveArrangement, actor: Actor = OSEI, review: str = "taken"):
    return review_arrangement(
        actor=actor, arrangement_id=row.pk, review=review, words="read", now=NOW
    )


def test_every_tier_is_judged_and_what_nobody_told_is_never_well(paid):
    assert answers() == {
        "plan_ipa": NOT_KNOWN, "ipa_practice": "no substantial risk",
        "practice_physicians": NOT_KNOWN,
    }  # fmt: skip
    assert unknown_tiers(TODAY) == 2
    record(Tier.PLAN, paid["plan"], figures=figures(
        potential_cents=0, withhold_cents=0, max_cents=1_000_000, min_cents=700_000, panel=5000,
    ))  # fmt: skip
    waiting = attest(paid["bell"])
    assert answers()["practice_physicians"] == NOT_KNOWN, "nobody has looked at it yet"
    take(waiting)
    attest(paid["bell"], tier=Tier.GROUP, paid_whom="Harbor Cardiology")
    assert answers() == {
        "plan_ipa": "table missing", "ipa_practice": "no substantial risk",
        "practice_physicians": "no substantial risk",
    }  # fmt: skip
    assert unknown_tiers(TODAY) == 0
    over = tier_rows(actor=OSEI, today=YEAR["end_date"])
    assert {one.tier: one.verdict.answer for one in over}["practice_physicians"] == NOT_KNOWN


def test_a_newer_word_replaces_the_one_before_and_what_was_sent_back_does_not(paid):
    first = take(attest(paid["bell"]))
    take(attest(paid["bell"], figures=figures(withhold_cents=2_500_001)), review="returned")
    assert answers()["practice_physicians"] == "no substantial risk"
    take(attest(paid["bell"], figures=figures(withhold_cents=2_500_001)))
    assert answers()["practice_physicians"] == "table missing"
    first.refresh_from_db()
    assert first.superseded_at == NOW


def test_pooled_patients_lift_a_panel_above_the_limit_or_do_not(paid):
    take(attest(paid["bell"], figures=figures(withhold_cents=2_500_001)))
    pool(paid["bell"], {"Commercial": 24_101}, "terms_comparable")
    (one,) = [r for r in tier_rows(actor=OSEI, today=TODAY) if r.tier == Tier.PHYSICIANS]
    assert (one.panel, one.verdict.answer) == (900, "table missing")
    assert "the terms of risk are comparable" in one.panel_words
    pool(paid["bell"], {"Commercial": 24_101})
    (one,) = [r for r in tier_rows(actor=OSEI, today=TODAY) if r.tier == Tier.PHYSICIANS]
    assert (one.panel, one.verdict.answer) == (25_001, "no substantial risk")
    assert Pooling.objects.filter(superseded_at=None).count() == 1


def test_only_whom_it_concerns_tells_and_nobody_takes_their_own_word(paid):
    manager = Actor(7, "R. Bell", frozenset({("practice_manager", paid["bell"].pk)}))
    both = Actor(7, "R. Bell", manager.grants | OSEI.grants)
    row = attest(paid["bell"], manager)
    with pytest.raises(NotYours, match="Nothing was recorded"):
        attest(make_practice("Alvarez", "990000002").party, manager)
    with pytest.raises(NotYours):
        attest(paid["bell"], manager, tier=Tier.PRACTICE)
    with pytest.raises(OwnWord, match="Nothing was changed"):
        take(row, both)
    with pytest.raises(NotPermitted):
        take(row, manager)
    take(row)
    with pytest.raises(LookedAt, match="Nothing was changed"):
        take(row, review="returned")
    with pytest.raises(DatabaseError), transaction.atomic():
        IncentiveArrangement.objects.filter(pk=row.pk).update(withhold_cents=0)


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"figures": {"panel": 5}}, FiguresMissing),
        ({"figures": figures(panel=None)}, FiguresMissing),
        ({"figures": figures(bonus_cents=10_000_001)}, FiguresMissing),
        ({"figures": figures(max_cents=5)}, FiguresMissing),
        ({"figures": figures(max_cents=5, min_cents=6)}, FiguresMissing),
        ({"end_date": YEAR["effective_date"]}, DaysWrong),
        ({"end_date": YEAR["effective_date"] + timedelta(days=550)}, DaysWrong),
    ],
)
def test_refuses_what_cannot_be_judged_by(paid, changed, refusal):
    with pytest.raises(refusal, match="Nothing was recorded"):
        record(Tier.PLAN, paid["plan"], **changed)
    assert not IncentiveArrangement.objects.exists()


def test_a_condition_without_an_answer_or_a_ground_pools_nothing(paid):
    given = {"actor": OSEI, "tier": Tier.PLAN, "party_id": paid["plan"].pk, "now": NOW}
    all_ = dict.fromkeys(POOLING, (True, "clause 4"))
    for answers_, panels in (
        (dict(list(all_.items())[1:]), {"x": 1}),
        (all_ | {"contracts_allow": (True, "")}, {"x": 1}),
        (all_, {}), (all_, {"x": 0}),
    ):  # fmt: skip
        with pytest.raises(PoolingUnfounded, match="Nothing was recorded"):
            record_pooling(answers=answers_, panels=panels, **given)
    assert not Pooling.objects.exists()


def sent(**changed: object) -> dict[str, object]:
    return {
        "paid_whom": "its employed physicians", "basis": "figures", "panel": "900",
        "effective_date": "2026-01-01", "end_date": "2027-06-01", "potential": "100000.00",
        "withhold": "20000.00", "range_is_explained": "on", "evidence": "section 4", **changed,
    }  # fmt: skip


def test_a_practice_attests_the_officer_looks_and_the_page_shows_both_sides(paid, tmp_path):
    manager = make_user("bell@practice.example", Role.PRACTICE_MANAGER, party=paid["bell"])
    paper = tmp_path / PAPER[0]
    paper.write_bytes(PAPER[1])
    new = reverse("compliance:own_incentive_new", args=[paid["bell"].pk])
    practice = fresh_client_of(manager)
    assert practice.post(new, sent(tier="practice_physicians", is_so="on")).status_code == 422
    with paper.open("rb") as file:
        answer = practice.post(new, sent(tier="practice_physicians", is_so="on", file=file))
    assert answer.status_code == 302
    own = practice.get(reverse("compliance:own_incentives")).content.decode()
    assert "aits to be looked at" in own
    row = IncentiveArrangement.objects.get()
    officer = client_of(make_user("osei@ipa.example", Role.COMPLIANCE_OFFICER))
    here = reverse("compliance:incentives")
    assert b"Attested, to be looked at" in officer.get(here).content
    look = reverse("compliance:arrangement_review", args=[row.pk])
    assert b"section 4" in officer.get(look).content
    assert officer.post(look, {"review": "taken", "words": "read it"}).status_code == 302
    page = officer.get(
        reverse("compliance:incentive_tier", args=["practice_physicians", paid["bell"].pk])
    ).content.decode()
    for words in ("20,000.00", "100,000.00", "read it"):
        assert words in page, words
    months = officer.get(reverse("compliance:incentive_tier", args=["ipa_practice",
                         paid["bell"].pk])).content.decode()  # fmt: skip
    assert "2026-10" in months
    file = b"".join(officer.get(here, {"export": "csv"}).streaming_content).decode()
    assert "withhold: $20,000.00 of $100,000.00, 20.00 %, not over 25.00 %" in file
    for tier in ("plan_ipa", "practice_physicians", "nothing"):
        wrong = reverse("compliance:incentive_tier", args=[tier, DESK.user_id or 999_999])
        assert officer.get(wrong).status_code == 404


def test_staff_tell_what_a_contract_says_and_answer_the_conditions(paid):
    finance = client_of(make_user("quinn@ipa.example", Role.FINANCE))
    at = ["plan_ipa", paid["plan"].pk]
    new = reverse("compliance:arrangement_new", args=at)
    bad = finance.post(new, sent(bonus="100000.01"))
    assert (bad.status_code, b"Nothing was recorded" in bad.content) == (422, True)
    assert finance.post(new, sent(paid_whom="the IPA")).status_code == 302
    pooled = {f"holds_{key}": "yes" for key in POOLING} | {f"by_{key}": "4" for key in POOLING}
    pooling = reverse("compliance:pooling_new", args=at)
    assert finance.post(pooling, pooled | {"panels": "Commercial"}).status_code == 422
    assert finance.post(pooling, pooled | {"panels": "Commercial; 1,500"}).status_code == 302
    page = finance.get(reverse("compliance:incentive_tier", args=at)).content.decode()
    assert "900 of its own and 1,500" in page
    assert "Commercial; 1500" in finance.get(pooling).content.decode()
