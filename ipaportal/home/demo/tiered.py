"""The demo's tiers of pay: a plan's contract, two practices' attestations, and one that waits."""

from datetime import date, datetime

from django.db import transaction

from capitation.models import Contract, Statement
from compliance.actions.incentive_tiers import (
    attest_arrangement,
    record_arrangement,
    record_pooling,
    review_arrangement,
)
from compliance.actions.stop_loss import record_cover
from compliance.models import IncentiveArrangement
from compliance.rules.incentive_plans import POOLING
from compliance.rules.incentive_tiers import Basis, Tier
from ipaportal.core.actors import Actor
from ipaportal.home.demo.papers import paper


def tell_tiers(
    *, officer: Actor, finance: Actor, doctor: Actor, manager: Actor, now: datetime
) -> None:
    """What is told of tiers, whole and never twice; most practices have told nothing yet."""
    if IncentiveArrangement.objects.exists():
        return
    year = {
        "effective_date": date(now.year, 1, 1), "end_date": date(now.year + 1, 1, 1), "now": now,
    }  # fmt: skip
    with transaction.atomic():
        _plans(finance, year)
        own = next(iter(sorted(party for _, party in doctor.grants)))
        other = next(iter(sorted(party for _, party in manager.grants)))
        _alone(doctor, officer, own, year)
        _employed(manager, officer, other, year)


def _plans(finance: Actor, year: dict[str, object]) -> None:
    """The first plan's capitation moves by its pools; the others' contracts nobody has read."""
    contract = Contract.objects.select_related("payer__party").order_by("pk").first()
    plan = contract.payer.party
    record_arrangement(
        actor=finance, tier=Tier.PLAN, party_id=plan.pk, paid_whom="the IPA", basis=Basis.FIGURES,
        evidence=f"{contract.name}, exhibit C: hospital and specialist pools", file=None,
        figures={
            "panel": 12_400, "max_cents": 9_600_000_00, "min_cents": 7_900_000_00,
            "potential_cents": 9_600_000_00, "other_liability_cents": 1_700_000_00,
        }, **year,
    )  # fmt: skip
    record_cover(
        actor=finance, tier=Tier.PLAN, party_id=plan.pk, kind="aggregate", covered_pct=90,
        deductible_cents=2_000_000_00, carrier="Harbor Re", policy_number="HR-20417",
        file=("declarations.pdf", paper("Declarations page HR-20417")), **year,
    )  # fmt: skip
    record_pooling(
        actor=finance, tier=Tier.PLAN, party_id=plan.pk, now=year["now"],
        panels={"Medicaid members of the same groups": 3_100},
        answers={
            key: (key != "terms_comparable", f"{contract.name}, exhibit C, section {number}")
            for number, key in enumerate(POOLING, 1)
        },
    )  # fmt: skip


def _alone(doctor: Actor, officer: Actor, party_id: int, year: dict[str, object]) -> None:
    row = attest_arrangement(
        actor=doctor, tier=Tier.PHYSICIANS, party_id=party_id, paid_whom="the owner",
        basis=Basis.NOBODY, evidence="the practice's articles", figures={},
        file=("articles.pdf", paper("Articles of the practice")), **year,
    )  # fmt: skip
    review_arrangement(
        actor=officer, arrangement_id=row.pk, review="taken", now=year["now"],
        words="Articles read: one physician, who owns it.",
    )  # fmt: skip


def _employed(manager: Actor, officer: Actor, party_id: int, year: dict[str, object]) -> None:
    """Two physicians whose bonus by referrals is over the limit, and a group that waits."""
    newest = Statement.objects.filter(payee=party_id).order_by("-month").first()
    panel = int(newest.content.get("members_paid", 0)) if newest else 0
    said = {"actor": manager, "party_id": party_id, "basis": Basis.FIGURES} | year
    row = attest_arrangement(
        tier=Tier.PHYSICIANS, paid_whom="two employed physicians",
        evidence="employment agreements, section 6", file=("pay.pdf", paper("Section 6, pay")),
        figures={
            "panel": max(1, panel), "potential_cents": 620_000_00, "bonus_cents": 160_000_00,
        }, **said,
    )  # fmt: skip
    review_arrangement(
        actor=officer, arrangement_id=row.pk, review="taken", now=year["now"],
        words="Agreements read; a stop-loss policy is asked for.",
    )  # fmt: skip
    attest_arrangement(
        tier=Tier.GROUP, paid_whom="Harbor Cardiology", evidence="subcontract of March",
        file=("subcontract.pdf", paper("Subcontract, exhibit A")),
        figures={
            "panel": max(1, panel), "potential_cents": 240_000_00, "withhold_cents": 24_000_00,
        }, **said,
    )  # fmt: skip
