"""Incentive plans: what practices bear of risk, and whether their stop-loss is enough."""

from decimal import Decimal

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from compliance.actions.stop_loss import load_table, record_cover
from compliance.models import StopLossRow
from compliance.queries.incentive_plans import PracticeRisk, practice_risks
from compliance.rules.incentive_plans import CITATION, OWN_KNOWLEDGE, Trip
from compliance.web.forms import LoadTable, RecordCover
from ipaportal.core.parts import Chip, Column, Empty, list_rows, matching
from ipaportal.core.refusals import Refused
from ipaportal.core.words import dollars_text
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from ipaportal.identity.web.fields import to_cents

COLUMNS = (
    Column("name", "Practice", "link", sort="name"),
    Column("potential", "Twelve months $", "money", sort="potential"),
    Column("withheld", "Withheld $", "money", sort="withheld"),
    Column("bonus", "Bonus by referrals $", "money", sort="bonus"),
    Column("share", "Withheld, of all", "percent", sort="share"),
    Column("panel", "Patients", "count", sort="panel"),
    Column("answer", "Answer", "status"),
    Column("why", "Why", wide=True),
    Column("months", "Months told", "count", minor=True),
)
WRITTEN = (
    *COLUMNS,
    Column("tests", "Each test"),
    Column("told", "What a member is told who asks"),
)
GOOD = ("no substantial risk", "no cover needed", "covered")
LISTED = (
    Column("kind", "Covers"),
    Column("panel_from", "Patients from", "count"),
    Column("deductible_cents", "Deductible $", "money"),
    Column("from_date", "Applies from", "day"),
    Column("citation", "Published", wide=True),
    Column("loaded_by_name", "Loaded by", minor=True),
)


@requires("compliance.view_incentives")
def incentives(request: PortalRequest) -> HttpResponse:
    """Every practice's arrangement, judged."""
    found = practice_risks(actor=request.actor, today=timezone.localdate())
    rows = [_row(request, one) for one in found]
    show = request.GET.get("show", "")
    open_ = [row for row in rows if row["answer"] not in GOOD]
    shown = matching(open_ if show == "open" else rows, request.GET.get("q", ""), "name")
    if wants_file(request):
        return as_file(request, WRITTEN, shown, "incentive-plans")
    listing = list_rows(
        shown,
        COLUMNS,
        request.GET,
        caption="Practices",
        chips=[
            Chip("show", "", "All", len(rows)),
            Chip("show", "open", "Need attention", len(open_)),
        ],
        empty=Empty(
            "Nothing to judge yet" if not rows else "Nothing needs attention",
            "A practice is judged by its statements of the last twelve months.",
        ),
        **export_urls(request),
    )
    context = {
        "listing": listing,
        "citation": CITATION,
        "unverified": OWN_KNOWLEDGE,
        "is_loaded": StopLossRow.objects.filter(superseded_at=None).exists(),
        "may_load": request.actor.may("compliance.load_stop_loss"),
        "may_record": request.actor.may("compliance.record_cover"),
        "crumbs": _crumbs("Incentive plans"),
    }
    return render(request, "compliance/incentives.html", context)


def _row(request: PortalRequest, one: PracticeRisk) -> dict[str, object]:
    may_open = request.actor.may("capitation.view_statements")
    potential = one.potential_cents
    return {
        "name": one.name,
        "potential": potential,
        "withheld": one.withhold_cents,
        "bonus": one.bonus_cents,
        "told": _told(one),
        "tests": "; ".join(_trip(test) for test in one.risk.tests),
        "share": round(Decimal(100 * one.withhold_cents) / potential, 2) if potential > 0 else None,
        "panel": one.panel,
        "answer": one.answer,
        "why": _why(one),
        "months": one.months,
        "url": reverse("capitation:statement_detail", args=[one.statement_id]) if may_open else "",
    }


def _told(one: PracticeRisk) -> str:
    """What a member is told on request: referrals, kind of arrangement, stop-loss; 422.210."""
    kinds = ["capitation"]
    kinds += ["a part of it that is withheld"] if one.withhold_cents > 0 else []
    kinds += ["a bonus that rests on referrals"] if one.bonus_cents else []
    affects = "may affect" if len(kinds) > 1 else "does not affect"
    cover = "has" if one.cover else "has no"
    return (
        f"{one.name} is paid by {' and '.join(kinds)}. That {affects} the use of referrals. It "
        f"{cover} stop-loss protection on file."
    )


def _trip(test: Trip) -> str:
    """One test with both sides of its fraction, its limit and its answer."""
    share = "no rest" if test.share is None else f"{float(test.share):.2%}"
    sides = f"{dollars_text(test.numerator)} of {dollars_text(test.denominator)}"
    answer = "over" if test.is_over else "not over"
    return f"{test.name}: {sides}, {share}, {answer} {float(test.limit):.2%}"


def _why(one: PracticeRisk) -> str:
    if not one.risk.is_substantial or one.needed.status != "known":
        return one.risk.why
    needed = f"at most {dollars_text(one.needed.cents or 0)} deductible"
    has = (
        f"{one.cover}: {dollars_text(one.cover.deductible_cents)}" if one.cover else "none on file"
    )
    return f"{one.risk.why}; {needed}, {has}"


def _crumbs(name: str) -> list[tuple[str, str]]:
    found = [("Compliance", reverse("compliance:desk"))]
    if name != "Incentive plans":
        found.append(("Incentive plans", reverse("compliance:incentives")))
    return [*found, (name, "")]


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
            "Until one is, practices at substantial risk are answered `table missing`, never that "
            "they comply.",
        ),
    )
    context = {
        "form": form,
        "title": "Load CMS's stop-loss table",
        "verb": "Load",
        "listing": listing,
        "back": reverse("compliance:incentives"),
        "crumbs": _crumbs("Stop-loss table"),
    }
    status = 422 if form.errors else 200
    return render(request, "compliance/form.html", context, status=status)


@requires("compliance.record_cover")
def cover_new(request: PortalRequest) -> HttpResponse:
    """Record a practice's policy."""
    form = RecordCover(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        party, deductible = data.pop("party"), data.pop("deductible")
        try:
            cover = record_cover(
                actor=request.actor,
                party_id=party.pk,
                deductible_cents=to_cents(deductible),
                now=timezone.now(),
                **data,
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{party} is covered by {cover}.")
            return redirect("compliance:incentives")
    context = {
        "form": form,
        "title": "Record a stop-loss policy",
        "verb": "Record",
        "back": reverse("compliance:incentives"),
        "crumbs": _crumbs("Policy"),
    }
    status = 422 if form.errors else 200
    return render(request, "compliance/form.html", context, status=status)
