"""Legal holds: what must stay whatever its years, who was told, and who keeps to it."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from compliance.actions.holds import acknowledge_hold, place_hold, release_hold
from compliance.models import LegalHold
from compliance.rules.retention import BY_KEY
from compliance.web.retention_forms import Because, PlaceHold
from ipaportal.core.parts import Chip, Column, Empty, FactItem, list_rows, matching
from ipaportal.core.refusals import Refused
from ipaportal.identity.web.access import PortalRequest, fresh_login_to_send, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file

SEE = "compliance.acknowledge_hold"
PLACE = "compliance.place_hold"
COLUMNS = (
    Column("matter", "Matter", "link", sort="matter"),
    Column("state", "State", "status"),
    Column("covers", "Keeps", wide=True),
    Column("placed", "Placed", "day", sort="placed"),
    Column("by", "By", minor=True),
    Column("said", "Keep to it"),
    Column("released", "Released", "day"),
)
CUSTODIANS = (
    Column("name", "Who"),
    Column("told", "Told", "day"),
    Column("reminded", "Reminded", "day"),
    Column("state", "Answer", "status"),
    Column("said", "Said so", "day"),
)


@requires(SEE)
def hold_list(request: PortalRequest) -> HttpResponse:
    """Holds: all of them for compliance, for others those that they were told of."""
    rows = [_row(one) for one in _mine(request).prefetch_related("custodians")]
    in_force = [row for row in rows if row["state"] == "in force"]
    shown = matching(
        in_force if request.GET.get("show") == "open" else rows, request.GET.get("q", ""),
        "matter", "covers",
    )  # fmt: skip
    if wants_file(request):
        return as_file(request, COLUMNS, shown, "legal-holds")
    chips = [Chip("show", "", "All", len(rows)), Chip("show", "open", "In force", len(in_force))]
    context = {
        "listing": list_rows(
            shown, COLUMNS, request.GET, caption="Legal holds", chips=chips,
            empty=Empty(
                "No legal hold",
                "When an audit, a dispute or an investigation is to be expected, a hold keeps the "
                "records of the matter whatever their years, until it is released.",
            ),
            **export_urls(request),
        ),
        "may_place": request.actor.may(PLACE),
        "crumbs": _crumbs(request, "Legal holds"),
    }  # fmt: skip
    return render(request, "compliance/hold_list.html", context)


def _mine(request: PortalRequest):
    rows = LegalHold.objects.select_related("party", "practitioner")
    if request.actor.may("compliance.view_retention"):
        return rows
    return rows.filter(custodians__user_id=request.actor.user_id)


def _row(one: LegalHold) -> dict[str, object]:
    told = list(one.custodians.all())
    said = sum(1 for row in told if row.acknowledged_at)
    return {
        "matter": one.matter,
        "state": "released" if one.released_at else "in force",
        "covers": _covers(one),
        "placed": timezone.localdate(one.placed_at),
        "by": one.placed_by_name,
        "said": f"{said} of {len(told)}",
        "released": one.released_at and timezone.localdate(one.released_at),
        "url": reverse("compliance:legal_hold_detail", args=[one.pk]),
    }


def _covers(one: LegalHold) -> str:
    what = ", ".join(BY_KEY[kind].name.lower() for kind in one.kinds) or "every kind of record"
    of = " and ".join(f"{who}" for who in (one.party, one.practitioner) if who)
    return f"{what} of {of}" if of else what


def _crumbs(request: PortalRequest, name: str) -> list[tuple[str, str]]:
    found = []
    if request.actor.may("compliance.view_desk"):
        found.append(("Compliance", reverse("compliance:desk")))
    if name != "Legal holds":
        found.append(("Legal holds", reverse("compliance:legal_hold_list")))
    return [*found, (name, "")]


@requires(PLACE)
def hold_new(request: PortalRequest) -> HttpResponse:
    """Place a hold and tell those who have the records."""
    form = PlaceHold(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            hold = place_hold(
                actor=request.actor, matter=data["matter"], reason=data["reason"],
                kinds=data["kinds"], party_id=data["party"] and data["party"].pk,
                practitioner_id=data["npi"] and data["npi"].pk,
                custodian_ids=[one.pk for one in data["custodians"]], now=timezone.now(),
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Placed. Nothing that it covers can be deleted from now on.")
            return redirect("compliance:legal_hold_detail", hold.pk)
    context = {
        "form": form,
        "title": "Place a legal hold",
        "verb": "Place it",
        "back": reverse("compliance:legal_hold_list"),
        "crumbs": _crumbs(request, "Place a hold"),
    }
    status = 422 if form.errors else 200
    return render(request, "compliance/form.html", context, status=status)


@requires(SEE)
def hold_detail(request: PortalRequest, legal_hold_id: int) -> HttpResponse:
    """A hold: what it keeps, who was told; the yes of whoever was, the release of who may."""
    hold = _mine(request).filter(pk=legal_hold_id).first()
    if hold is None:
        raise Http404
    told = list(hold.custodians.select_related("user"))
    waits = any(row.user_id == request.actor.user_id and not row.acknowledged_at for row in told)
    rows = [
        {
            "name": row.user.name,
            "told": timezone.localdate(row.told_at),
            "reminded": row.reminded_at and timezone.localdate(row.reminded_at),
            "state": "keeps to it" if row.acknowledged_at else "waits",
            "said": row.acknowledged_at and timezone.localdate(row.acknowledged_at),
        }
        for row in told
    ]
    context = {
        "hold": hold,
        "facts": [
            FactItem("State", "released" if hold.released_at else "in force", "status"),
            FactItem("Keeps", _covers(hold)),
            FactItem("Placed by", hold.placed_by_name, note=f"{hold.placed_at:%Y-%m-%d}"),
            *([FactItem("Released by", hold.released_by_name, note=hold.release_reason)]
              if hold.released_at else []),
        ],
        "listing": list_rows(rows, CUSTODIANS, {}, caption="Who was told", page_size=500),
        "waits": waits and not hold.released_at,
        "release": Because() if request.actor.may(PLACE) and not hold.released_at else None,
        "crumbs": _crumbs(request, hold.matter),
    }  # fmt: skip
    return render(request, "compliance/hold_detail.html", context)


@require_POST
@requires(SEE)
def hold_acknowledge(request: PortalRequest, legal_hold_id: int) -> HttpResponse:
    """Say that one keeps to it."""
    if not _mine(request).filter(pk=legal_hold_id).exists():
        raise Http404
    try:
        acknowledge_hold(actor=request.actor, hold_id=legal_hold_id, now=timezone.now())
        messages.success(request, "Thank you: it is on record that you keep to it.")
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("compliance:legal_hold_detail", legal_hold_id)


@require_POST
@requires(PLACE)
@fresh_login_to_send
def hold_release(request: PortalRequest, legal_hold_id: int) -> HttpResponse:
    """Release a hold: years count again."""
    form = Because(request.POST)
    if not LegalHold.objects.filter(pk=legal_hold_id).exists():
        raise Http404
    try:
        if form.is_valid():
            reason = form.cleaned_data["reason"]
            release_hold(
                actor=request.actor, hold_id=legal_hold_id, reason=reason, now=timezone.now()
            )
            messages.success(request, "Released. Years count again.")
        else:
            messages.error(request, "Say why. Nothing was changed.")
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("compliance:legal_hold_detail", legal_hold_id)
