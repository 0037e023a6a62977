"""Incentive plans: every tier of pay, judged, and CMS's table of deductibles."""

from decimal import Decimal
from fractions import Fraction

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from compliance.actions.stop_loss import load_table
from compliance.models import IncentiveArrangement, StopLossRow
from compliance.queries.incentive_tiers import TierRow, tier_rows
from compliance.rules.incentive_plans import CITATION, OWN_KNOWLEDGE, Trip
from compliance.rules.incentive_tiers import NOT_KNOWN, TIER_WORDS, Tier
from compliance.web.forms import LoadTable
from ipaportal.core.parts import Chip, Column, Empty, list_rows, matching
from ipaportal.core.refusals import Refused
from ipaportal.core.words import dollars_text
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file

TITLE = "Incentive plans"
COLUMNS = (
    Column("whom", "Who is paid", "link", sort="whom"),
    Column("by", "By", sort="by"),
    Column("potential", "At most $", "money", sort="potential"),
    Column("withheld", "Withheld $", "money", sort="withheld"),
    Column("bonus", "Bonus $", "money", sort="bonus"),
    Column("share", "Is", "percent", sort="share"),
    Column("panel", "Patients", "count", sort="panel"),
    Column("answer", "Answer", "status", sort="answer"),
    Column("why", "Why", wide=True),
)
WRITTEN = (
    Column("tier", "Tier"),
    *COLUMNS,
    Column("basis", "What it rests on"),
    Column("tests", "Each test"),
    Column("cover", "Stop-loss"),
)
LISTED = (
    Column("kind", "Covers"),
    Column("panel_from", "Patients from", "count"),
    Column("deductible_cents", "Deductible $", "money"),
    Column("from_date", "Applies from", "day"),
    Column("citation", "Published", wide=True),
    Column("loaded_by_name", "Loaded by", minor=True),
)
CHIPS = {
    "": "All", "open": "Need attention", "unknown": "Not known",
    **{str(tier): words[0].upper() + words[1:] for tier, words in TIER_WORDS.items()},
}  # fmt: skip


@requires("compliance.view_incentives")
def incentives(request: PortalRequest) -> HttpResponse:
    """Every tier from the plans down to physicians, judged."""
    found = tier_rows(actor=request.actor, today=timezone.localdate())
    show = request.GET.get("show", "")
    rows = [tier_row(one) for one in found if _is_shown(one, show)]
    rows = matching(rows, request.GET.get("q", ""), "whom", "by")
    if wants_file(request):
        return as_file(request, WRITTEN, rows, "incentive-plans")
    listing = list_rows(
        rows, COLUMNS, request.GET, caption="Tiers of pay",
        chips=[Chip("show", key, words, sum(_is_shown(one, key) for one in found))
               for key, words in CHIPS.items()],
        empty=Empty(
            "Nothing to judge yet" if not found else "No tier is so",
            "A plan stands here by its contract, a practice by its statements of twelve months.",
        ),
        **export_urls(request),
    )  # fmt: skip
    waiting = IncentiveArrangement.objects.filter(review=IncentiveArrangement.Review.WAITING)
    context = {
        "listing": listing, "citation": CITATION, "unverified": OWN_KNOWLEDGE,
        "waiting": [
            (str(one), one.party.name, reverse("compliance:arrangement_review", args=[one.pk]))
            for one in waiting.filter(superseded_at=None).select_related("party")
        ],
        "is_loaded": StopLossRow.objects.filter(superseded_at=None).exists(),
        "may_load": request.actor.may("compliance.load_stop_loss"),
        "may_record": request.actor.may("compliance.record_cover"),
        "crumbs": crumbs((TITLE, "")),
    }  # fmt: skip
    return render(request, "compliance/incentives.html", context)


def _is_shown(one: TierRow, show: str) -> bool:
    if show == "open":
        return one.is_open
    if show == "unknown":
        return one.verdict.answer == NOT_KNOWN
    return show in ("", one.tier)


def tier_row(one: TierRow) -> dict[str, object]:
    """A tier as a table shows it."""
    figures = one.figures
    potential = (figures.potential_cents or figures.max_cents or 0) if figures else 0
    tests = one.verdict.risk.tests if one.verdict.risk else ()
    by = "the IPA" if one.tier == Tier.PRACTICE else one.name
    return {
        "whom": one.paid_whom, "by": by, "tier": TIER_WORDS[Tier(one.tier)],
        "potential": potential if figures else None,
        "withheld": figures.withhold_cents if figures else None,
        "bonus": figures.bonus_cents if figures else None,
        "share": percent(figures.withhold_cents, potential) if figures else None,
        "panel": one.panel if figures else None,
        "answer": one.verdict.answer, "why": one.verdict.why,
        "basis": one.told.evidence if one.told else "the IPA's own statements"
        if one.computed else "",
        "tests": "; ".join(trip_words(test) for test in tests),
        "cover": "; ".join(f"{cover}, {cover.kind}, {dollars_text(cover.deductible_cents)}"
                           for cover in one.covers),
        "url": reverse("compliance:incentive_tier", args=[one.tier, one.party_id]),
    }  # fmt: skip


def percent(part: int, whole: int) -> Decimal | None:
    """A share in per cent, as a table shows it."""
    return round(Decimal(100 * part) / whole, 2) if whole > 0 else None


def trip_words(test: Trip) -> str:
    """One test with both sides of its fraction, its limit and its answer."""
    share = "no rest" if test.share is None else f"{as_percent(test.share)} %"
    sides = f"{dollars_text(test.numerator)} of {dollars_text(test.denominator)}"
    answer = "over" if test.is_over else "not over"
    return f"{test.name}: {sides}, {share}, {answer} {as_percent(test.limit)} %"


def as_percent(share: Fraction) -> Decimal:
    """A share with two decimals."""
    return round(Decimal(100 * share.numerator) / share.denominator, 2)


def crumbs(*trail: tuple[str, str]) -> list[tuple[str, str]]:
    """The way to a page of incentive plans."""
    first = [("Compliance", reverse("compliance:desk"))]
    if trail[0][0] != TITLE:
        first.append((TITLE, reverse("compliance:incentives")))
    return [*first, *trail]


@requires("compliance.load_stop_loss")
def stop_loss_load(request: PortalRequest) -> HttpResponse:
    """Load CMS's table; what holds stands below."""
    form = LoadTable(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            rows = load_table(actor=request.actor, now=timezone.now(), **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{len(rows)} deductibles apply from {rows[0].from_date}.")
            return redirect("compliance:incentives")
    rows = StopLossRow.objects.filter(superseded_at=None)
    listing = list_rows(
        rows.order_by("-from_date", "kind", "panel_from"),
        LISTED,
        request.GET,
        caption="Deductibles that hold",
        empty=Empty(
            "No table is loaded",
            "Until one is, whoever is at substantial risk is answered `table missing`, never that "
            "they comply.",
        ),
    )
    context = {
        "form": form,
        "title": "Load CMS's stop-loss table",
        "verb": "Load",
        "listing": listing,
        "back": reverse("compliance:incentives"),
        "crumbs": crumbs(("Stop-loss table", "")),
    }
    status = 422 if form.errors else 200
    return render(request, "compliance/form.html", context, status=status)
