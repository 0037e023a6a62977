"""Who was asked how often: a part of every file, and the end of a file that nobody answered."""

from collections import Counter
from collections.abc import Sequence

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from credentialing.actions.applicants import invite_again
from credentialing.actions.askings import (
    digest_of_letter,
    letter_without_answer,
    withdraw_unanswered,
)
from credentialing.models import CredentialingEvent
from credentialing.queries.askings import (
    asked_of_applicant,
    askings_of,
    email_of,
    newest_step,
    open_letters,
    waits_for_account,
)
from credentialing.queries.elements import ElementState
from credentialing.rules.askings import Asked
from credentialing.rules.events import PROVIDER_WAITS
from credentialing.rules.waiting import told_of
from credentialing.web.file_parts import file_address
from credentialing.web.sending import send_invitation
from ipaportal.core.actors import Actor
from ipaportal.core.parts import Column, Empty, FactItem, Listing, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.identity.web.access import PortalRequest, requires

WORK = "credentialing.work_files"
LETTERS = (
    Column("what", "About", "link"),
    Column("whom", "Asked"),
    Column("first", "First on", "day"),
    Column("times", "Times", "count"),
    Column("last", "Last on", "day"),
    Column("next", "Then", wide=True),
)
ASKED = (Column("number", "Asking", "count"), Column("day", "On", "day"), Column("how", "How"))


class Withdraw(forms.Form):
    """Which letter was looked at."""

    seen_digest = forms.CharField(widget=forms.HiddenInput, max_length=64)


def waits_of(
    actor: Actor, event: CredentialingEvent | None, states: Sequence[ElementState]
) -> dict[str, object]:
    """What an open file waits on, and its letters without an answer, as its page shows them."""
    if event is None:
        return {}
    today = timezone.localdate()
    far = askings_of([event]).get(event.pk)
    told = told_of(event.status, Counter(state.word for state in states), far, today)
    letters = open_letters(event) if told is not None else []
    rows = [
        {
            "what": str(one.inquiry.element),
            "whom": one.inquiry.recipient_name,
            "first": one.far.days[0],
            "times": len(one.far.days),
            "last": one.far.days[-1],
            "next": one.words(today),
            "url": reverse("credentialing:element_detail", args=[one.inquiry.element_id]),
        }
        for one in letters
    ]
    is_over = far is not None and far.is_over(today) and actor.may(WORK)
    is_new = actor.may("credentialing.invite_applicant") and waits_for_account(event)
    return {
        "told": told,
        "askings": letters[0].far if letters else far,
        "letters": list_rows(rows, LETTERS, {}, caption="Letters without an answer", page_size=100),
        "withdraw_url": reverse("credentialing:file_unanswered", args=[event.pk])
        if is_over
        else "",
        "again_url": reverse("credentialing:applicant_again", args=[event.pk]) if is_new else "",
    }


@require_POST
@requires("credentialing.invite_applicant")
def applicant_again(request: PortalRequest, event_id: int) -> HttpResponse:
    """Send an applicant who has no account yet a new link."""
    event = CredentialingEvent.objects.filter(pk=event_id, application__isnull=False).first()
    if event is None:
        raise Http404
    try:
        invitation = invite_again(actor=request.actor, event_id=event_id, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(file_address(event))
    return send_invitation(request, invitation)


@requires(WORK)
def file_unanswered(request: PortalRequest, event_id: int) -> HttpResponse:
    """Withdraw a file that waits for an applicant who does not answer: seen, then confirmed."""
    rows = CredentialingEvent.objects.select_related("practitioner__user", "facility")
    event = rows.filter(pk=event_id, practitioner__isnull=False).first()
    step = newest_step(event) if event is not None else None
    if step is None:
        raise Http404
    now, refusal = timezone.now(), None
    if request.method == "POST":
        form = Withdraw(request.POST)
        try:
            seen = form.cleaned_data["seen_digest"] if form.is_valid() else ""
            withdraw_unanswered(actor=request.actor, event_id=event_id, seen_digest=seen, now=now)
        except Refused as refused:
            refusal = refused
            messages.error(request, str(refused))
        else:
            messages.success(request, "Withdrawn: the letter lies in the applicant's file.")
            return redirect(file_address(event))
    context = _page(event, asked_of_applicant(step), now)
    status = 422 if refusal is not None else 200
    return render(request, "credentialing/staff/file_unanswered.html", context, status=status)


def _page(event: CredentialingEvent, far: Asked, now) -> dict[str, object]:
    today, letter = timezone.localdate(now), letter_without_answer(event, now)
    may = event.status in PROVIDER_WAITS and far.is_over(today)
    return {
        "event": event,
        "far": far.words(today),
        "form": Withdraw(initial={"seen_digest": digest_of_letter(letter)}) if may else None,
        "refusal": f"The applicant was {far.words(today)}: nobody is given up before that.",
        "consequence": "The file ends as withdrawn, its invitation opens nothing any more, and the "
        f"applicant gets the letter below{_by_mail(event)}. They may be invited again at any time.",
        "facts": _facts(event, far, today),
        "letter": letter,
        "asked": _asked(event, far),
        "crumbs": [("Work queue", reverse("credentialing:file_queue")),
                   (str(event.practitioner), file_address(event)), ("No answer", "")],
    }  # fmt: skip


def _by_mail(event: CredentialingEvent) -> str:
    to = email_of(event)
    return f" by mail to {to}" if to else " by mail of yours: no address is on file"


def _facts(event: CredentialingEvent, far: Asked, today) -> list[FactItem]:
    taking_part = event.practitioner.participations.current().active_on(today).count()
    note = "goes on until they are due again" if taking_part else ""
    return [
        FactItem("Cycle", event.get_kind_display().capitalize()),
        FactItem("Waits since", far.days[0], "day"),
        FactItem("Days", (today - far.days[0]).days, "count"),
        FactItem("Plans they take part with", taking_part, "count", note=note),
    ]


def _asked(event: CredentialingEvent, far: Asked) -> Listing:
    rows = [
        {"number": no, "day": day, "how": "invitation or letter" if no == 1 else "reminder by mail"}
        for no, day in enumerate(far.days, 1)
    ]
    empty = Empty("Nobody asked them yet")
    return list_rows(rows, ASKED, {}, caption="When they were asked", empty=empty)
