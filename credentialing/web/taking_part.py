"""Taking part by hand: start, end, suspend; what each does is shown before it is confirmed."""

from collections.abc import Callable
from datetime import date

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from credentialing.actions.gate import approval_on
from credentialing.actions.participations import (
    ImpactChanged,
    end_participation,
    start_participation,
    suspend_participation,
)
from credentialing.models import Participation, Practice, Practitioner, ScreeningResult
from credentialing.queries.impact import Impact, impact_of
from credentialing.queries.screening_matches import standings
from credentialing.rules.adverse import BASES
from credentialing.web.file_forms import day_field, long_field
from ipaportal.core.parts import FactItem
from ipaportal.core.refusals import Refused
from ipaportal.core.words import day_text
from ipaportal.identity.models import Party
from ipaportal.identity.web.access import PortalRequest, fresh_login_to_send, requires

START, END = "credentialing.start_participation", "credentialing.end_participation"
SUSPEND = "credentialing.suspend_participation"
ADVERSE = "credentialing.open_adverse_action"


class Start(forms.Form):
    """With which plan somebody takes part, through which practice, from when."""

    practice = forms.ModelChoiceField(Practice.objects.order_by("name"), label="Through")
    payer = forms.ModelChoiceField(
        Party.objects.filter(kind=Party.Kind.PAYER).order_by("name"), label="With the plan"
    )
    effective_date = day_field("From")


class Stop(forms.Form):
    """From which day somebody takes no part, and why; `seen` signs what was looked at."""

    day = day_field("First day no longer")
    reason = long_field("Why", 200)
    seen = forms.CharField(widget=forms.HiddenInput)


class Suspend(Stop):
    """A suspension says what it rests on: that decides whether it is reported if it lasts."""

    basis = forms.ChoiceField(
        label="It rests on", choices=[(code, words.capitalize()) for code, words in BASES.items()],
        help_text="Competence or conduct is reported to the NPDB if it lasts more than 30 days.",
    )  # fmt: skip
    field_order = ("day", "basis", "reason", "seen")


class End(Stop):
    """An end is with one plan."""

    payer = forms.ModelChoiceField(Party.objects.none(), label="With the plan")
    field_order = ("payer", "day", "reason", "seen")


def doings(request: PortalRequest, who: Practitioner) -> list[tuple[str, str]]:
    """The buttons of a practitioner's page: what this person may do, and where."""
    ways = (
        (START, "Start with a plan", "participation_start"),
        (END, "End with a plan", "participation_end"),
        (SUSPEND, "Suspend", "practitioner_suspend"),
        (ADVERSE, "Adverse action", "adverse_new"),
    )
    return [
        (words, reverse(f"credentialing:{name}", args=[who.pk]))
        for permission, words, name in ways
        if request.actor.may(permission)
    ]


def _who(practitioner_id: int) -> Practitioner:
    found = Practitioner.objects.filter(pk=practitioner_id).first()
    if found is None:
        raise Http404
    return found


def _home(who: Practitioner) -> str:
    return reverse("credentialing:practitioner_detail", args=[who.pk])


def _page(
    request: PortalRequest, who: Practitioner, form: forms.Form, **more: object
) -> HttpResponse:
    crumbs = [("Network", reverse("credentialing:practice_list")), (str(who), _home(who))]
    context = {"who": who, "form": form, "back": _home(who), **more}
    context["crumbs"] = [*crumbs, (str(more["verb"]), "")]
    status = 422 if form.errors else 200
    return render(request, "credentialing/staff/taking_part.html", context, status=status)


@requires(START)
@fresh_login_to_send
def participation_start(request: PortalRequest, practitioner_id: int) -> HttpResponse:
    """Start somebody with a plan: the approval and the screening it rests on are shown first."""
    who, today = _who(practitioner_id), timezone.localdate()
    form = Start(request.POST or None, initial={"effective_date": today})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            start_participation(
                actor=request.actor, practitioner_id=who.pk, practice_id=data["practice"].pk,
                payer_party_id=data["payer"].pk, effective_date=data["effective_date"],
                now=timezone.now(),
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{who} takes part with {data['payer']}.")
            return redirect(_home(who))
    return _page(
        request, who, form, verb="Start with a plan", facts=_rests_on(who, today),
        consequence="From this day members may be assigned, and the practice is paid for them. "
        "An approval has to stand on that day, and no list may stop them.",
    )  # fmt: skip


def _rests_on(who: Practitioner, today: date) -> list[FactItem]:
    decision, key = approval_on(who, today), f"practitioner:{who.pk}"
    standing = standings([key])[key]
    until = decision and (decision.ends_date or decision.next_due_date)
    return [
        FactItem(
            "Approval today",
            f"since {day_text(decision.decision_date)}" if decision else "none stands",
            note=f"until {day_text(until)}" if until else "",
        ),
        FactItem(
            "Exclusion lists", ScreeningResult.Outcome(standing.outcome).label.capitalize(),
            note=f"by lists of {day_text(standing.as_of)}" if standing.as_of else "",
            url=reverse("credentialing:practitioner_file", args=[who.pk]),
        ),
    ]  # fmt: skip


@requires(END)
@fresh_login_to_send
def participation_end(request: PortalRequest, practitioner_id: int) -> HttpResponse:
    """End somebody's days with a plan: members, money and listings are shown first."""
    who = _who(practitioner_id)
    payers = Party.objects.filter(
        pk__in=Participation.objects.current()
        .filter(practitioner=who)
        .values_list("payer_party_id", flat=True)
    ).order_by("name")

    def act(data: dict) -> object:
        return end_participation(
            actor=request.actor, practitioner_id=who.pk, payer_party_id=data["payer"].pk,
            end_date=data["day"], reason=data["reason"], seen_digest=data["seen"],
            now=timezone.now(),
        )  # fmt: skip

    return _stop(
        request, who, End, act, payers=payers, verb="End with a plan", is_held=False,
        consequence="From the first day no longer, nothing is paid for members of this "
        "practitioner with the plan: days already paid for are taken back in the next run. "
        "Listings end too. It is undone by starting them again.",
    )  # fmt: skip


@requires(SUSPEND)
@fresh_login_to_send
def practitioner_suspend(request: PortalRequest, practitioner_id: int) -> HttpResponse:
    """Suspend somebody summarily: members, payouts that wait, and listings are shown first."""
    who = _who(practitioner_id)

    def act(data: dict) -> object:
        return suspend_participation(
            actor=request.actor, practitioner_id=who.pk, effective_date=data["day"],
            reason=data["reason"], seen_digest=data["seen"], now=timezone.now(),
            basis=data["basis"],
        )  # fmt: skip

    return _stop(
        request, who, Suspend, act, verb="Suspend", is_held=True,
        consequence="They take no part with any plan from this day, and every payout to the "
        "payees below waits from now on, until somebody lifts the suspension. Nothing is deleted: "
        "lifting it adds the days again.",
    )  # fmt: skip


def _stop(
    request: PortalRequest, who: Practitioner, kind: type[Stop], act: Callable[[dict], object],
    *, verb: str, is_held: bool, payers: object = None, **more: object,
) -> HttpResponse:  # fmt: skip
    """Show what stopping does, and do it once what was shown is confirmed as it still is."""
    day, payer = _asked(request, payers)
    impact = impact_of(who.pk, day, payer.pk if payer else None)
    initial = {"day": day, "payer": payer, "seen": impact.digest}
    form = kind(request.POST or None, initial=initial)
    if payers is not None:
        form.fields["payer"].queryset = payers
    if request.method == "POST" and form.is_valid():
        try:
            act(form.cleaned_data)
        except ImpactChanged as changed:
            form.data = form.data.copy()
            form.data["seen"] = impact.digest
            form.add_error(None, str(changed))
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request, f"Recorded, from {day_text(day)}. Lists below say what holds now."
            )
            return redirect(_home(who))
    facts = _does(impact, is_held=is_held)
    more |= {"facts": facts, "impact": impact, "payer": payer, "payers": payers, "danger": True}
    return _page(request, who, form, verb=verb, **more)


def _asked(request: PortalRequest, payers: object) -> tuple[date, Party | None]:
    """The day and the plan that a page is about: what was sent, else today and the first plan."""
    asked = request.POST or request.GET
    try:
        day = date.fromisoformat(asked.get("day", ""))
    except ValueError:
        day = timezone.localdate()
    if payers is None:
        return day, None
    chosen = asked.get("payer", "")
    found = payers.filter(pk=int(chosen)).first() if chosen.isdecimal() else None
    return day, found or payers.first()


def _does(impact: Impact, *, is_held: bool) -> list[FactItem]:
    facts = [
        FactItem("From", impact.day, "day"),
        FactItem("Members assigned", impact.stake.members, "count"),
        FactItem("Paid for them, newest month, $", impact.stake.month_cents, "money"),
        FactItem("Participations that end", len(impact.participations), "count"),
        FactItem("Directory listings that end", len(impact.listings), "count"),
    ]
    if is_held:
        for party, cents in impact.owed_cents.items():
            others = impact.colleagues[party]
            waits = f"{others} more paid there wait too" if others else "nobody else is paid there"
            facts.append(FactItem(f"Owed to {party}, held, $", cents, "money", note=waits))
    return facts
