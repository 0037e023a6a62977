"""How a practice pays its physicians, told with a paper, and a policy that covers them."""

from datetime import UTC, date, datetime

from capitation.models import Contract
from compliance.actions.incentive_requests import record_asked
from compliance.actions.incentive_tiers import attest_arrangement, record_pooling
from compliance.actions.stop_loss import record_cover
from compliance.models import IncentiveArrangement
from compliance.rules.incentive_plans import POOLING
from compliance.rules.incentive_tiers import Basis, Tier
from ipaportal.core.actors import Actor
from ipaportal.identity.models import Party

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DESK = Actor.system("test")
YEAR = {"effective_date": date(2026, 1, 1), "end_date": date(2027, 1, 1)}
PAPER = ("agreement.pdf", b"%PDF-1.7 how they are paid %%EOF")


def figures(**changed: object) -> dict[str, object]:
    """A fifth of $100,000 withheld, of 900 patients."""
    return {
        "panel": 900, "potential_cents": 10_000_000, "withhold_cents": 2_000_000, **changed,
    }  # fmt: skip


def attest(party: Party, actor: Actor = DESK, **changed: object) -> IncentiveArrangement:
    """Attest how a practice pays its physicians."""
    given = {
        "tier": Tier.PHYSICIANS, "party_id": party.pk, "paid_whom": "its employed physicians",
        "basis": Basis.FIGURES, "evidence": "agreement of 2026, section 4",
        "figures": figures(), "file": PAPER, "actor": actor, "now": NOW, **YEAR,
    }  # fmt: skip
    return attest_arrangement(**given | changed)


def pool(party: Party, panels: dict[str, int], *not_shown: str, tier: Tier = Tier.PHYSICIANS):
    """Answer the conditions of pooling: all hold but those named."""
    answers = {key: (key not in not_shown, f"clause {key}") for key in POOLING}
    return record_pooling(
        actor=DESK, tier=tier, party_id=party.pk, answers=answers, panels=panels, now=NOW
    )


def make_told(party: Party, name: str = "") -> dict[str, object]:
    """What addresses about tiers of pay may name."""
    one = attest(party, paid_whom=name[:200] or "its employed physicians",
                 evidence=name[:300] or "section 4", file=(name or PAPER[0], PAPER[1]))  # fmt: skip
    pool(party, {name[:100] or "Commercial": 500})
    cover = record_cover(
        actor=DESK, tier=Tier.PHYSICIANS, party_id=party.pk, kind="combined", covered_pct=90,
        deductible_cents=3_000_000, carrier=name[:200] or "Harbor Re", policy_number="HR-9",
        file=PAPER, now=NOW, **YEAR,
    )  # fmt: skip
    contract = Contract.objects.select_related("payer").first()
    asked = record_asked(
        actor=DESK, asker="plan", payer_id=contract.payer_id, member_number="",
        asked_date=date(2026, 11, 2), due_date=date(2026, 12, 1), words=name[:300] or "by mail",
        now=NOW,
    )  # fmt: skip
    return {
        "incentive_request_id": asked.pk,
        "incentive_tier": str(Tier.PHYSICIANS),
        "incentive_party_id": party.pk,
        "arrangement_id": one.pk,
        "cover_id": cover.pk,
    }
