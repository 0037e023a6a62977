"""Who asked how physicians are paid, what they would be told today, and what they were."""

from collections.abc import Iterable
from datetime import date
from fractions import Fraction

from django.db.models import QuerySet

from capitation.models import PcpAssignment
from compliance.models import IncentiveRequest
from compliance.queries.incentive_plans import VIEW
from compliance.queries.incentive_tiers import TierRow, tier_rows
from compliance.rules.incentive_disclosures import Line
from compliance.rules.incentive_plans import Arrangement
from compliance.rules.incentive_tiers import Basis, Tier
from credentialing.models import Participation
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted
from ipaportal.core.words import dollars_text


def incentive_requests(actor: Actor) -> QuerySet[IncentiveRequest]:
    """Everybody who asked, the newest first."""
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)
    rows = IncentiveRequest.objects.select_related("payer__party", "member")
    return rows.order_by("given_at", "-asked_date", "-pk")


def lines_for(row: IncentiveRequest, *, actor: Actor, today: date) -> list[Line]:
    """
    What whoever asked would be told today, tier by tier.

    A plan and CMS are told of the plan's contract and of all below it; a member of the contract,
    of the practice of their PCP, and of those it pays.
    """
    rows = tier_rows(actor=actor, today=today)
    mine = {row.payer.party_id}
    practices = {one.party_id for one in rows if one.tier == Tier.PRACTICE}
    if row.member_id:
        practices &= _practices_of(row, today)
    wanted = [one for one in rows if one.party_id in (mine if one.tier == Tier.PLAN else practices)]
    return [line_of(one) for one in wanted]


def _practices_of(row: IncentiveRequest, today: date) -> set[int]:
    """Whose patient a member is today, as far as the PCP's days with practices tell."""
    assigned = PcpAssignment.objects.filter(member=row.member_id).current().active_on(today)
    days = Participation.objects.filter(
        practitioner__in=assigned.values("practitioner"), payer_party=row.payer.party_id
    ).current().active_on(today)  # fmt: skip
    return set(days.values_list("practice__party", flat=True))


def line_of(one: TierRow) -> Line:
    """A tier as somebody outside is told of it."""
    figures = one.figures
    basis = one.told.basis if one.told else Basis.FIGURES if one.computed else ""
    payer = "the IPA" if one.tier == Tier.PRACTICE else one.name
    return Line(
        tier=one.tier, payer=payer, paid=one.paid_whom, basis=str(basis),
        kinds=_kinds(one, figures), panel=one.panel, pooling=one.panel_words,
        withhold_pct=_share(figures, "withhold_cents"), bonus_pct=_share(figures, "bonus_cents"),
        answer=one.verdict.answer,
        stop_loss=tuple(
            f"{cover.carrier}, {cover.get_kind_display()}, from "
            f"{dollars_text(cover.deductible_cents)} on, {cover.covered_pct} %, until before "
            f"{cover.end_date}"
            for cover in one.covers
        ),
    )  # fmt: skip


def _kinds(one: TierRow, figures: Arrangement | None) -> tuple[str, ...]:
    if figures is None:
        return ()
    capitated = one.computed is not None or figures.max_cents is not None
    ranged = figures.max_cents is not None and figures.max_cents > (figures.min_cents or 0)
    found: Iterable[tuple[str, bool]] = (
        ("capitation", capitated), ("withhold", figures.withhold_cents > 0),
        ("bonus", figures.bonus_cents > 0),
        ("other", ranged or figures.other_liability_cents > 0),
    )  # fmt: skip
    return tuple(kind for kind, is_there in found if is_there)


def _share(figures: Arrangement | None, part: str) -> str:
    if figures is None or not figures.potential_cents:
        return ""
    share = Fraction(100 * getattr(figures, part), figures.potential_cents)
    return f"{float(share):.2f}"
