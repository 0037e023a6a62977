"""Every tier of pay, judged: what the books know, what was told, and what nobody knows."""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from capitation.models import Contract, Statement
from compliance.models import IncentiveArrangement, PooledPanel, Pooling, StopLossCover
from compliance.queries.incentive_plans import (
    VIEW,
    PracticeRisk,
    practice_risks,
    since,
    table_rows,
)
from compliance.rules.incentive_plans import Arrangement, Deductible
from compliance.rules.incentive_tiers import (
    Basis,
    Tier,
    Verdict,
    judge_tier,
    pooled_panel,
)
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted
from ipaportal.identity.models import Party

Key = tuple[str, int]
ORDER = [str(tier) for tier in Tier]


@dataclass(frozen=True)
class TierRow:
    """One arrangement of one tier, or that nobody told of any."""

    tier: str
    party_id: int
    name: str  # the plan or the practice
    paid_whom: str
    verdict: Verdict
    covers: tuple[StopLossCover, ...]
    panel: int = 0
    panel_words: str = ""
    told: IncentiveArrangement | None = None
    computed: PracticeRisk | None = None

    @property
    def is_open(self) -> bool:
        """Whether somebody has to do something about it."""
        return not self.verdict.is_good

    @property
    def figures(self) -> Arrangement | None:
        """The figures it was judged by, pooled patients apart; None where there are none."""
        if self.computed:
            return self.computed.arrangement
        return arrangement_of(self.told) if self.told else None


@dataclass(frozen=True)
class Known:
    """What stands beside arrangements: covers and pooling by tier and party, and CMS's table."""

    today: date
    covers: dict[Key, list[StopLossCover]]
    pooled: dict[Key, tuple[dict[str, bool], list[int]]]
    table: list[Deductible]

    def judged(
        self, tier: str, party_id: int, basis: Basis | None, one: Arrangement | None
    ) -> tuple[Verdict, tuple[StopLossCover, ...], int, str]:
        """The verdict on an arrangement, its covers, its panel, and how that came about."""
        covers = tuple(self.covers.get((tier, party_id), ()))
        words = ""
        if one is not None:
            holds, others = self.pooled.get((tier, party_id), ({}, []))
            panel, words = pooled_panel(one.panel, others, holds)
            one = replace(one, panel=panel)
        verdict = judge_tier(
            basis=basis, arrangement=one, covers=[cover.rule() for cover in covers],
            day=self.today, table=self.table,
        )  # fmt: skip
        return verdict, covers, one.panel if one else 0, words


def arrangement_of(told: IncentiveArrangement) -> Arrangement | None:
    """What was told as the rule takes it; None where no figures were."""
    if told.basis != Basis.FIGURES:
        return None
    return Arrangement(
        panel=told.panel, potential_cents=told.potential_cents, withhold_cents=told.withhold_cents,
        bonus_cents=told.bonus_cents, max_cents=told.max_cents, min_cents=told.min_cents,
        range_is_explained=told.range_is_explained,
        other_liability_cents=told.other_liability_cents,
    )  # fmt: skip


def tier_rows(*, actor: Actor, today: date, party_id: int | None = None) -> list[TierRow]:
    """
    Every tier from each plan under contract down to the physicians of each practice that is paid.

    Ten queries, however many practices there are.
    """
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)
    known = _known(today)
    told = _told(today)
    plans = Contract.objects.filter(is_active=True).values_list(
        "payer__party", "payer__party__name"
    )
    names = dict(plans)
    rows = [row for plan in names for row in _told_rows(known, told, Tier.PLAN, plan, names[plan])]
    for risk in practice_risks(actor=actor, today=today):
        rows.append(_computed(known, risk))
        rows += _told_rows(known, told, Tier.GROUP, risk.party_id, risk.name)
        rows += _told_rows(known, told, Tier.PHYSICIANS, risk.party_id, risk.name)
    rows = [row for row in rows if party_id in (None, row.party_id)]
    return sorted(rows, key=lambda row: (ORDER.index(row.tier), row.name, row.paid_whom))


def unknown_tiers(today: date) -> int:
    """How many tiers nobody told of: plans under contract, and practices' physicians; one query."""
    known = _in_force(today).filter(party=OuterRef("pk"))
    contracts = Contract.objects.filter(is_active=True, payer__party=OuterRef("pk"))
    statements = Statement.objects.filter(month__gte=since(today), payee=OuterRef("pk"))
    plan = Exists(contracts) & ~Exists(known.filter(tier=Tier.PLAN))
    practice = Exists(statements) & ~Exists(known.filter(tier=Tier.PHYSICIANS))
    return Party.objects.filter(plan | practice).count()


def _computed(known: Known, risk: PracticeRisk) -> TierRow:
    verdict, covers, panel, words = known.judged(
        Tier.PRACTICE, risk.party_id, Basis.FIGURES, risk.arrangement
    )
    return TierRow(
        tier=Tier.PRACTICE, party_id=risk.party_id, name=risk.name, paid_whom=risk.name,
        verdict=verdict, covers=covers, panel=panel, panel_words=words, computed=risk,
    )  # fmt: skip


def _told_rows(
    known: Known, told: dict[Key, list[IncentiveArrangement]], tier: Tier, party_id: int, name: str
) -> list[TierRow]:
    """What was told of a tier; one row that says nobody did, but for groups, who may not be."""
    found = []
    for one in told.get((tier, party_id), ()):
        verdict, covers, panel, words = known.judged(
            tier, party_id, Basis(one.basis), arrangement_of(one)
        )
        found.append(
            TierRow(tier=tier, party_id=party_id, name=name, paid_whom=one.paid_whom,
                    verdict=verdict, covers=covers, panel=panel, panel_words=words, told=one)
        )  # fmt: skip
    if found or tier == Tier.GROUP:
        return found
    verdict, covers, panel, words = known.judged(tier, party_id, None, None)
    whom = "the IPA" if tier == Tier.PLAN else f"physicians of {name}"
    return [TierRow(tier=tier, party_id=party_id, name=name, paid_whom=whom, verdict=verdict,
                    covers=covers)]  # fmt: skip


def _told(today: date) -> dict[Key, list[IncentiveArrangement]]:
    """What holds today and was taken, by tier and party."""
    found: dict[Key, list[IncentiveArrangement]] = defaultdict(list)
    for row in _in_force(today):
        found[row.tier, row.party_id].append(row)
    return found


def _in_force(today: date) -> QuerySet[IncentiveArrangement]:
    return IncentiveArrangement.objects.filter(
        effective_date__lte=today, end_date__gt=today, superseded_at=None,
        review=IncentiveArrangement.Review.TAKEN,
    )  # fmt: skip


def _known(today: date) -> Known:
    covers: dict[Key, list[StopLossCover]] = defaultdict(list)
    in_force = StopLossCover.objects.filter(
        Q(effective_date__lte=today, end_date__gt=today), superseded_at=None
    )
    for cover in in_force.order_by("kind", "deductible_cents"):
        covers[cover.tier, cover.party_id].append(cover)
    pooled = {}
    for one in Pooling.objects.filter(superseded_at=None).prefetch_related("answers", "panels"):
        pooled[one.tier, one.party_id] = (
            {answer.condition: answer.holds for answer in one.answers.all()},
            [panel.patients for panel in one.panels.all()],
        )
    return Known(today, covers, pooled, table_rows())


@dataclass(frozen=True)
class TierPage:
    """All that is known of one tier of one plan or practice."""

    party: Party
    tier: Tier
    rows: list[TierRow]
    told: list[IncentiveArrangement]  # all that ever was, the newest first
    covers: list[StopLossCover]
    pooling: Pooling | None
    panels: list[PooledPanel]


def tier_page(*, actor: Actor, tier: Tier, party_id: int, today: date) -> TierPage | None:
    """One tier of one plan or practice; None where there is no such thing."""
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)
    kind = Party.Kind.PAYER if tier == Tier.PLAN else Party.Kind.PRACTICE
    party = Party.objects.filter(pk=party_id, kind=kind).first()
    if party is None:
        return None
    of = {"tier": tier, "party": party}
    pooling = Pooling.objects.filter(superseded_at=None, **of).prefetch_related("answers").first()
    rows = tier_rows(actor=actor, today=today, party_id=party_id)
    return TierPage(
        party=party, tier=tier, rows=[row for row in rows if row.tier == tier],
        told=list(IncentiveArrangement.objects.filter(**of).order_by("-recorded_at", "-pk")),
        covers=list(StopLossCover.objects.filter(superseded_at=None, **of).order_by("-end_date")),
        pooling=pooling, panels=list(pooling.panels.order_by("name")) if pooling else [],
    )  # fmt: skip
