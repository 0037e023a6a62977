"""The board of what expires, what stands in for a renewal, suspensions, and who is due again."""

from datetime import date

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from credentialing.actions.applicants import invite_applicant
from credentialing.actions.expirables import allow, lift_suspension
from credentialing.actions.verifying import open_facility_cycle
from credentialing.models import (
    Allowance,
    Credential,
    CredentialingEvent,
    Decision,
    EarlierDecision,
    Suspension,
)
from credentialing.queries import expirables as asked
from credentialing.queries.recredentialing import DueAgain, due, practice_of, told
from credentialing.rules.expirables import CITATION, WORDS, band_of
from credentialing.web.file_parts import file_address
from credentialing.web.sending import send_invitation
from ipaportal.core.parts import Chip, Column, Empty, FactItem, Listing, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.core.words import day_text
from ipaportal.identity.web.access import PortalRequest, fresh_login_to_send, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from ipaportal.identity.web.fields import day_input

VIEW, ALLOW = "credentialing.view_files", "credentialing.allow_expired"
OPEN = "credentialing.invite_applicant"
BOARD = (
    Column("name", "Who", "link"),
    Column("what", "What"),
    Column("state", "State", "status"),
    Column("ends", "Last day", "day", sort="expires_date"),
    Column("left", "Days left", "count"),
    Column("told", "Reminded"),
    Column("note", "Note", wide=True),
)
STOPPED = (
    Column("name", "Who", "link"),
    Column("state", "State", "status"),
    Column("since", "Since", "day", sort="effective_date"),
    Column("reason", "Why", wide=True),
    Column("lifted", "Lifted"),
)
QUEUE = (
    Column("name", "Who", "link"),
    Column("band", "Due", "status"),
    Column("due", "Decide by", "day"),
    Column("last", "Decided last", "day"),
    Column("by", "By", minor=True),
    Column("cycle", "Cycle", "status"),
    Column("since", "Since then", wide=True),
)


class Allow(forms.Form):
    """What stands in for a renewal."""

    kind = forms.ChoiceField(label="What stands in", choices=Allowance.Kind.choices)
    until_date = forms.DateField(
        required=False, label="Of a grace: its last day", widget=day_input()
    )
    document = forms.ChoiceField(required=False, label="Of a grace: the issuer's paper")
    reason = forms.CharField(max_length=500, label="Why", widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: object, credential: Credential, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        holder = credential.practitioner or credential.facility
        papers = holder.documents.filter(superseded_by=None)
        self.fields["document"].choices = [("", "None")] + [
            (str(paper.pk), str(paper)) for paper in papers
        ]


class Lift(forms.Form):
    """From when somebody takes part again, and why."""

    from_date = forms.DateField(label="They take part again from", widget=day_input())
    text = forms.CharField(max_length=500, label="Why", widget=forms.Textarea(attrs={"rows": 2}))


@requires(VIEW)
def expirable_list(request: PortalRequest) -> HttpResponse:
    """Everything with a last day: by week, by colour and in words, and as a list."""
    today, get = timezone.localdate(), request.GET
    found = asked.expirables(
        actor=request.actor,
        today=today,
        band=get.get("band", ""),
        kind=get.get("kind", ""),
        text=get.get("q", "").strip(),
    )
    if wants_file(request):
        return as_file(request, BOARD, (_row(one, today) for one in found), "expirables")
    counts = asked.band_counts(today)
    chips = [Chip("band", "", "All")]
    chips += [Chip("band", band.code, band.words.capitalize(), n) for band, n in counts]
    listing = list_rows(
        found,
        BOARD,
        get,
        caption="What expires",
        chips=chips,
        empty=Empty(
            "Nothing here",
            "Licences, registrations, certificates and cover come here from the files by "
            "themselves, by their last day.",
        ),
        **export_urls(request),
    )
    weeks = asked.weeks(today)
    context = {
        "listing": _shown(listing, [_row(one, today) for one in listing.rows]),
        "bands": counts,
        "weeks": weeks,
        "most": max([week.count for week in weeks] + [1]),
        "citation": CITATION,
        "stopped": asked.suspensions(actor=request.actor).filter(lifted_at=None).count(),
    }
    return render(request, "credentialing/staff/expirable_list.html", context)


def _shown(listing: Listing, rows: list[dict[str, object]]) -> Listing:
    return Listing(**{**vars(listing), "rows": rows})


def _row(one: Credential, today: object) -> dict[str, object]:
    state = asked.standing_of(one, today)
    live = next((a for a in one.allowances.all() if a.ended_at is None), None)
    sent = [notice.threshold for notice in one.notices.all() if not notice.is_skipped]
    told = ", ".join("over" if n == 0 else f"{n} d" for n in sorted(sent, reverse=True))
    note = band_of(one.expires_date, today).words
    if live is not None:
        until = f" until {live.until_date}" if live.until_date else ""
        note = f"{live.get_kind_display()}{until}: {live.reason}"
    return {
        "name": str(one.practitioner or one.facility),
        "what": str(one),
        "state": WORDS[state],
        "ends": one.expires_date,
        "left": (one.expires_date - today).days,
        "told": told,
        "note": note,
        "url": reverse("credentialing:expirable_detail", args=[one.pk]),
    }


@requires(VIEW)
def expirable_detail(request: PortalRequest, credential_id: int) -> HttpResponse:
    """One credential with its reminders and what stands in for its renewal."""
    return _detail(request, _credential(credential_id))


def _credential(credential_id: int) -> Credential:
    rows = Credential.objects.select_related("practitioner", "facility")
    found = rows.filter(pk=credential_id, expires_date__isnull=False).first()
    if found is None:
        raise Http404
    return found


def _detail(request: PortalRequest, one: Credential, form: Allow | None = None) -> HttpResponse:
    today = timezone.localdate()
    live = one.allowances.filter(ended_at=None).first()
    may_allow = live is None and request.actor.may(ALLOW)
    context = {
        "one": one,
        "holder": one.practitioner or one.facility,
        "holder_url": file_address(one),
        "state": WORDS[asked.standing_of(one, today)],
        "facts": [
            FactItem("Last day", one.expires_date, "day",
                     note=band_of(one.expires_date, today).words),
            FactItem("Days left", (one.expires_date - today).days, "count"),
            FactItem("Recorded by", one.recorded_by_name, note=day_text(one.recorded_at.date())),
        ],
        "notices": one.notices.all(),
        "allowances": one.allowances.all(),
        "form": form or (Allow(credential=one) if may_allow else None),
        "crumbs": [("Expirables", reverse("credentialing:expirable_list")), (str(one), "")],
    }  # fmt: skip
    status = 422 if form is not None else 200
    return render(request, "credentialing/staff/expirable_detail.html", context, status=status)


@require_POST
@requires(ALLOW)
def expirable_allow(request: PortalRequest, credential_id: int) -> HttpResponse:
    """Let a grace or a waiver stand in for a renewal."""
    one = _credential(credential_id)
    form = Allow(request.POST, credential=one)
    if form.is_valid():
        data = dict(form.cleaned_data)
        document = data.pop("document")
        try:
            allow(
                actor=request.actor,
                credential_id=credential_id,
                document_id=int(document) if document else None,
                now=timezone.now(),
                **data,
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Kept, with your name.")
            return redirect("credentialing:expirable_detail", credential_id)
    return _detail(request, one, form)


@requires(VIEW)
def suspension_list(request: PortalRequest) -> HttpResponse:
    """Who takes no part, since when, and why."""
    found = asked.suspensions(actor=request.actor)
    if request.GET.get("show") != "all":
        found = found.filter(lifted_at=None)
    if wants_file(request):
        return as_file(request, STOPPED, map(_stopped, found), "suspensions")
    listing = list_rows(
        found,
        STOPPED,
        request.GET,
        caption="Suspensions",
        chips=[Chip("show", "", "Suspended now"), Chip("show", "all", "All")],
        empty=Empty("Nobody is suspended", "Whoever's licence runs out comes here by rule."),
        **export_urls(request),
    )
    crumbs = [("Expirables", reverse("credentialing:expirable_list")), ("Suspensions", "")]
    context = {"listing": _shown(listing, list(map(_stopped, listing.rows))), "crumbs": crumbs}
    return render(request, "credentialing/staff/suspension_list.html", context)


def _stopped(row: Suspension) -> dict[str, object]:
    lifted = f"{row.lifted_by_name}: {row.lift_text}" if row.lifted_at else ""
    return {
        "name": str(row.practitioner or row.facility),
        "state": "ended" if row.lifted_at else "suspended",
        "since": row.effective_date,
        "reason": row.reason,
        "lifted": lifted,
        "url": file_address(row)
        if row.lifted_at
        else reverse("credentialing:suspension_lift", args=[row.pk]),
    }


@requires(ALLOW)
@fresh_login_to_send
def suspension_lift(request: PortalRequest, suspension_id: int) -> HttpResponse:
    """Lift a suspension: what it would give back is shown first."""
    row = asked.suspensions(actor=request.actor).filter(pk=suspension_id).first()
    if row is None:
        raise Http404
    form = Lift(request.POST or None, initial={"from_date": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        try:
            lift_suspension(
                actor=request.actor,
                suspension_id=suspension_id,
                now=timezone.now(),
                **form.cleaned_data,
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Lifted: they take part again, and the hold is released.")
            return redirect("credentialing:suspension_list")
    context = {
        "row": row,
        "form": form,
        "facts": [
            FactItem("Suspended from", row.effective_date, "day"),
            FactItem("Participations", len(row.ended.get("participations", [])), "count"),
            FactItem("Directory listings", len(row.ended.get("listings", [])), "count"),
        ],
        "crumbs": [("Suspensions", reverse("credentialing:suspension_list")), (str(row), "")],
    }
    status = 422 if form.errors else 200
    return render(request, "credentialing/staff/suspension_lift.html", context, status=status)


@requires(VIEW)
def recred_list(request: PortalRequest) -> HttpResponse:
    """Who is due again within half a year, the lapsed first."""
    today, get = timezone.localdate(), request.GET
    found = due(actor=request.actor, today=today, text=get.get("q", ""), show=get.get("show", ""))
    if wants_file(request):
        rows = (_due(one) for one in told(found[:], today))
        return as_file(request, QUEUE, rows, "recredentialing")
    listing = list_rows(
        found,
        QUEUE,
        get,
        caption="Due again",
        chips=[
            Chip("show", "", "All"),
            Chip("show", "waiting", "Not opened yet"),
            Chip("show", "lapsed", "Lapsed"),
            Chip("show", "taken_over", "Decided elsewhere"),
        ],
        empty=Empty(
            "Nobody is due within half a year",
            "A decision holds until the end of the month 36 months later. Half a year before, "
            "whoever it is about comes here.",
        ),
        **export_urls(request),
    )
    rows = [_due(one) for one in told(listing.rows, today)]
    waiting = [row for row in rows if not row["open"]] if request.actor.may(OPEN) else []
    context = {"listing": _shown(listing, rows), "waiting": waiting}
    return render(request, "credentialing/staff/recred_list.html", context)


def _due(one: DueAgain) -> dict[str, object]:
    is_theirs = one.is_taken_over
    return {
        "open_url": reverse(
            "credentialing:earlier_open" if is_theirs else "credentialing:recred_open",
            args=[one.decision.pk],
        ),
        "name": str(one.holder),
        "band": one.band,
        "due": one.decision.next_due_date,
        "last": one.decided_date,
        "by": one.decision.committee if is_theirs else "here",
        "cycle": one.open_event.get_status_display() if one.open_event else "not opened",
        "since": one.since,
        "open": one.open_event is not None,
        "url": file_address(one.decision if is_theirs else one.decision.event),
    }


@require_POST
@requires(OPEN)
def recred_open(request: PortalRequest, decision_id: int) -> HttpResponse:
    """Open the next cycle of whoever a decision was about."""
    rows = Decision.objects.select_related("event__practitioner", "event__facility")
    decision = rows.filter(pk=decision_id).first()
    if decision is None:
        raise Http404
    return _open_cycle(request, decision.event, decision.next_due_date)


@require_POST
@requires(OPEN)
def earlier_open(request: PortalRequest, earlier_id: int) -> HttpResponse:
    """Open the first cycle here of whoever was decided elsewhere, before that is over."""
    rows = EarlierDecision.objects.select_related("practitioner", "facility")
    earlier = rows.filter(pk=earlier_id, superseded_at=None).first()
    if earlier is None:
        raise Http404
    return _open_cycle(request, earlier, earlier.next_due_date)


def _open_cycle(
    request: PortalRequest, of: CredentialingEvent | EarlierDecision, due_date: date
) -> HttpResponse:
    try:
        return _open(request, of, due_date)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("credentialing:recred_list")


def _open(
    request: PortalRequest, of: CredentialingEvent | EarlierDecision, due_date: date
) -> HttpResponse:
    given = {"kind": "recred", "now": timezone.now()}
    if of.facility_id:
        open_facility_cycle(
            actor=request.actor,
            facility_id=of.facility_id,
            planned_decision_date=max(due_date, timezone.localdate()),
            **given,
        )
    else:
        who = of.practitioner
        practice = practice_of(who, timezone.localdate())
        if practice is None:
            messages.error(request, "No practice is known for them. Invite them from the files.")
            return redirect("credentialing:recred_list")
        if not who.email:
            words = f"No e-mail address of {who} is on file, so nothing was opened. Invite them "
            messages.error(request, f"{words}from the files, where it is asked for.")
            return redirect("credentialing:recred_list")
        _, invitation = invite_applicant(
            actor=request.actor,
            npi=who.npi,
            first_name=who.first_name,
            last_name=who.last_name,
            provider_type=who.provider_type,
            email=who.email,
            practice_id=practice.pk,
            **given,
        )
        if invitation is not None:
            return send_invitation(request, invitation)
    messages.success(request, "Opened: the next cycle has begun.")
    return redirect(file_address(of))
