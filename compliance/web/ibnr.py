"""What was incurred and not paid: estimates, their triangle, the claims beneath, and a quarter."""

from datetime import date
from fractions import Fraction

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from compliance.actions.ibnr import accept_ibnr, estimate_ibnr
from compliance.models import IbnrEstimate
from compliance.queries.claims import VIEW as VIEW_CLAIMS
from compliance.queries.ibnr import estimates, quarter_of, service_month_claims
from compliance.rules.ibnr import ServiceMonth, Triangle
from ipaportal.audit.access import declare_members, shows_members
from ipaportal.core.months import add_months, month_name, month_of, parse_month
from ipaportal.core.parts import Column, Empty, FactItem, list_rows
from ipaportal.core.pictures import HeatRow, Picture, heat
from ipaportal.core.refusals import Refused
from ipaportal.core.words import dollars_text
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file

VIEW, RECORD = "compliance.view_solvency", "compliance.record_solvency"
TITLE = "Incurred, not paid"
TEACH = Empty(
    "No estimate yet",
    "Once claims were paid, every month that is over is estimated by itself: what was paid by "
    "month of service and by how much later says what is still to come.",
)
COLUMNS = (
    Column("name", "Payments until", "link", sort="as_of"),
    Column("ibnr_cents", "Not reported", "money", sort="ibnr_cents"),
    Column("known_cents", "Known", "money"),
    Column("outstanding_cents", "Still to come", "money"),
    Column("paid_cents", "Paid so far", "money"),
    Column("claims", "Claims", "count"),
    Column("cautions", "Careful", wide=True),
    Column("state", "State", "status"),
    Column("by", "Made by", minor=True),
    Column("at", "Made", "day", minor=True),
)
MONTHS = (
    Column("name", "Served in", "link"),
    Column("paid_cents", "Paid so far", "money"),
    Column("factor", "Times"),
    Column("ultimate_cents", "In the end", "money"),
    Column("ibnr_cents", "Still to come", "money"),
)
STEPS = (
    Column("name", "Step"),
    Column("months", "Months", "count"),
    Column("before_cents", "Sum before", "money"),
    Column("after_cents", "Sum after", "money"),
    Column("factor", "Grows times"),
)
CLAIMS = (
    Column("number", "Claim", "link"),
    Column("practice", "Practice", wide=True),
    Column("member_ref", "Member"),
    Column("first_day", "Served", "day"),
    Column("paid_on", "Paid", "day"),
    Column("later", "Months later", "count"),
    Column("cents", "Paid", "money"),
    Column("back_on", "Taken back", "day"),
)


class Estimate(forms.Form):
    """Until which month payments count."""

    month = forms.CharField(label="Payments until the end of", help_text="A month, as 2026-10.")

    def clean_month(self) -> date:
        try:
            return parse_month(self.cleaned_data["month"].strip())
        except ValueError as wrong:
            raise forms.ValidationError("A month is written like 2026-10.") from wrong


class Accept(forms.Form):
    """Why the estimate is taken."""

    why = forms.CharField(max_length=300, label="Why it can be relied on",
                          widget=forms.Textarea(attrs={"rows": 2}))  # fmt: skip


def _times(factor: Fraction) -> str:
    """A factor with three decimals."""
    sign, thousandths = ("−" if factor < 0 else ""), abs(round(factor * 1000))
    return f"{sign}{thousandths // 1000}.{thousandths % 1000:03d}"


@requires(VIEW)
def ibnr_list(request: PortalRequest) -> HttpResponseBase:
    """The newest estimate as a picture, and every estimate there is."""
    rows = [_row(one) for one in estimates()]
    if wants_file(request):
        return as_file(request, COLUMNS, rows, "incurred-not-paid")
    newest = estimates().first()
    context = {
        "newest": newest, "may_record": request.actor.may(RECORD),
        "picture": _picture(newest, newest.triangle()) if newest else None,
        "listing": list_rows(rows, COLUMNS, request.GET, caption="Estimates", empty=TEACH,
                             **export_urls(request)),
        "crumbs": [*_crumbs()[:-1], (TITLE, "")],
    }  # fmt: skip
    return render(request, "compliance/ibnr.html", context)


def _crumbs() -> list[tuple[str, str]]:
    return [("Compliance", reverse("compliance:desk")),
            ("Solvency", reverse("compliance:solvency")),
            (TITLE, reverse("compliance:ibnr_list"))]  # fmt: skip


def _row(one: IbnrEstimate) -> dict[str, object]:
    names = ("ibnr_cents", "known_cents", "outstanding_cents", "paid_cents", "claims", "as_of")
    return {
        **{name: getattr(one, name) for name in names}, "name": month_name(one.as_of),
        "cautions": "; ".join(one.cautions), "state": "taken" if one.taken else "proposed",
        "by": one.made_by_name, "at": timezone.localdate(one.made_at),
        "url": reverse("compliance:ibnr_detail", args=[one.pk]),
    }  # fmt: skip


def _picture(one: IbnrEstimate, found: Triangle) -> Picture:
    rows = [
        HeatRow(row.month, row.paid, _carried(row, found),
                reverse("compliance:ibnr_month", args=[one.pk, f"{row.month:%Y-%m}"]))
        for row in found.rows
    ]  # fmt: skip
    return heat(rows, title="Paid by month of service, added up", words=TEACH.line)


def _carried(row: ServiceMonth, found: Triangle) -> tuple[int, ...]:
    """What the picture shows of a month's lags to come: each step carries on the one before."""
    cents, carried = Fraction(row.paid_cents), []
    for step in found.steps[len(row.paid) - 1 :]:
        cents *= step.factor
        carried.append(round(cents))
    return tuple(carried)


@requires(VIEW)
def ibnr_detail(request: PortalRequest, ibnr_estimate_id: int) -> HttpResponseBase:
    """One estimate: its triangle, every month, every step, and what a quarter took of it."""
    one = get_object_or_404(estimates(), pk=ibnr_estimate_id)
    found = one.triangle()
    months = [
        {"name": month_name(row.month), "paid_cents": row.paid_cents,
         "factor": _times(row.factor), "ultimate_cents": row.ultimate_cents,
         "ibnr_cents": row.ibnr_cents,
         "url": reverse("compliance:ibnr_month", args=[one.pk, f"{row.month:%Y-%m}"])}
        for row in reversed(found.rows)
    ]  # fmt: skip
    if wants_file(request):
        return as_file(request, MONTHS, months, f"incurred-{one.as_of:%Y-%m}")
    steps = [
        {"name": f"from {step.lag} to {step.lag + 1} months later", "months": step.months,
         "before_cents": step.before_cents, "after_cents": step.after_cents,
         "factor": _times(step.factor)}
        for step in found.steps
    ]  # fmt: skip
    context = {
        "one": one, "picture": _picture(one, found), "quarter": quarter_of(one),
        "taken": one.accepted.select_related("quarter"),
        "may_accept": request.actor.may(RECORD) and request.actor.user_id != one.made_by_id,
        "facts": [
            FactItem("Incurred, not reported", one.ibnr_cents, "money"),
            FactItem("Still to come in all", one.outstanding_cents, "money"),
            FactItem("Of it received, priced, not paid", one.known_cents, "money"),
            FactItem("Paid so far", one.paid_cents, "money", note=f"{one.claims} claims"),
            FactItem("How", one.method, note=f"made by {one.made_by_name}"),
        ],
        "listing": list_rows(months, MONTHS, {}, caption="Months of service", page_size=24,
                             **export_urls(request)),
        "steps": list_rows(steps, STEPS, {}, caption="Steps", page_size=24),
        "crumbs": [*_crumbs(), (month_name(one.as_of), "")],
    }  # fmt: skip
    return render(request, "compliance/ibnr_detail.html", context)


@requires(VIEW_CLAIMS)
@shows_members()
def ibnr_month(request: PortalRequest, ibnr_estimate_id: int, month: str) -> HttpResponseBase:
    """The claims of one month of service that an estimate rests on."""
    one = get_object_or_404(IbnrEstimate, pk=ibnr_estimate_id)
    try:
        served = parse_month(month)
    except ValueError as wrong:
        raise Http404 from wrong
    found = service_month_claims(request.actor, served, one.as_of)
    found = found.order_by("payment__paid_on", "pk")
    rows = [_claim(claim, served, one.as_of) for claim in found]
    declare_members(request, [claim.member_id for claim in found if claim.member_id])
    if wants_file(request):
        return as_file(request, CLAIMS, rows, f"paid-{served:%Y-%m}")
    context = {
        "one": one, "month": served,
        "listing": list_rows(
            rows, CLAIMS, request.GET, caption="Claims paid",
            empty=Empty("Nothing paid", "Of this month of service no claim was paid by then."),
            **export_urls(request),
        ),
        "crumbs": [*_crumbs(),
                   (month_name(one.as_of), reverse("compliance:ibnr_detail", args=[one.pk])),
                   (month_name(served), "")],
    }  # fmt: skip
    return render(request, "compliance/ibnr_month.html", context)


def _claim(claim, served: date, as_of: date) -> dict[str, object]:
    back = claim.taken_back
    is_back = back is not None and back.paid_on < add_months(as_of, 1)
    paid = claim.payment.paid_on
    later = (paid.year - served.year) * 12 + paid.month - served.month
    return {
        "number": claim.number, "practice": claim.party.name if claim.party else "",
        "member_ref": claim.member_ref, "first_day": claim.first_day, "paid_on": paid,
        "later": max(0, later), "cents": 0 if claim.denial else claim.allowed_cents or 0,
        "back_on": back.paid_on if is_back else None,
        "url": reverse("compliance:claim_detail", args=[claim.pk]),
    }  # fmt: skip


@requires(RECORD)
def ibnr_new(request: PortalRequest) -> HttpResponse:
    """Make an estimate now; those made before stay."""
    last = add_months(month_of(timezone.localdate()), -1)
    form = Estimate(request.POST or None, initial={"month": f"{last:%Y-%m}"})
    if request.method == "POST" and form.is_valid():
        try:
            made = estimate_ibnr(
                actor=request.actor, month=form.cleaned_data["month"], now=timezone.now()
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Kept: a proposal, until somebody else takes it.")
            return redirect("compliance:ibnr_detail", made.pk)
    context = {
        "form": form, "title": "Estimate what is not paid", "verb": "Estimate it",
        "back": reverse("compliance:ibnr_list"), "crumbs": [*_crumbs(), ("Estimate", "")],
    }  # fmt: skip
    return render(request, "compliance/form.html", context, status=422 if form.errors else 200)


@requires(RECORD)
def ibnr_accept(request: PortalRequest, ibnr_estimate_id: int) -> HttpResponse:
    """Take an estimate into the quarter that ends with its month."""
    one = get_object_or_404(IbnrEstimate, pk=ibnr_estimate_id)
    form = Accept(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = accept_ibnr(actor=request.actor, estimate_id=one.pk, now=timezone.now(),
                               **form.cleaned_data)  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{made} rests on it now.")
            return redirect("compliance:solvency_detail", made.pk)
    quarter = quarter_of(one)
    before = dollars_text(quarter.ibnr_cents) if quarter else "no figure"
    context = {
        "form": form, "title": f"Take {dollars_text(one.ibnr_cents)} into the quarter",
        "verb": "Take it", "back": reverse("compliance:ibnr_detail", args=[one.pk]),
        "note": f"It stands for {before}. The quarter is entered anew, and what was entered before "
        f"stays in its history. {'; '.join(one.cautions).capitalize()}",
        "crumbs": [*_crumbs(),
                   (month_name(one.as_of), reverse("compliance:ibnr_detail", args=[one.pk])),
                   ("Take it", "")],
    }  # fmt: skip
    return render(request, "compliance/form.html", context, status=422 if form.errors else 200)
