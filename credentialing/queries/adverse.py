"""Adverse actions as pages ask for them: the docket, one with its steps, one's own, what is due."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q, QuerySet
from django.urls import reverse

from credentialing.models import AdverseAction, NpdbEntry, Practitioner, Suspension, Vote
from credentialing.queries.committees import standing_of
from credentialing.queries.npdb import summary_tasks
from credentialing.rules.adverse import OPEN, SHORT_DAYS, WITH_HEARING, Panelist, Stage
from credentialing.rules.conflicts import conflict_between
from ipaportal.core.actors import Actor
from ipaportal.core.cards import Cards, Number, Task
from ipaportal.core.refusals import NotPermitted
from ipaportal.core.scopes import EVERYBODY, seeing
from ipaportal.core.words import count_text

VIEW, WORK = "credentialing.view_hearings", "credentialing.work_hearings"
ASK, RECORD = "credentialing.ask_hearing", "credentialing.record_npdb"
SHOWN = 5
TO_REPORT = Q(stage=Stage.FINAL, report_due_date__isnull=False)


def may_view(actor: Actor) -> None:
    """
    Refuse whoever may not see adverse actions.

    :raises NotPermitted: if so
    """
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)


def docket(*, actor: Actor, show: str = "", text: str = "") -> QuerySet[AdverseAction]:
    """Adverse actions: open ones and those to report, with a hearing, final, or all."""
    may_view(actor)
    rows = AdverseAction.objects.select_related("practitioner", "facility", "decision__event")
    if show == "hearing":
        rows = rows.filter(stage__in=WITH_HEARING)
    elif show == "final":
        rows = rows.filter(final_date__isnull=False)
    elif show == "report":
        rows = rows.filter(TO_REPORT)
    elif show != "all":
        rows = rows.filter(Q(stage__in=OPEN) | TO_REPORT)
    for word in text.split():
        rows = rows.filter(
            Q(practitioner__last_name__istartswith=word)
            | Q(practitioner__first_name__istartswith=word)
            | Q(practitioner__npi__startswith=word)
            | Q(facility__legal_name__icontains=word)
            | Q(facility__dba_name__icontains=word)
            | Q(facility__npi__startswith=word)
        )
    return rows


def action_of(*, actor: Actor, action_id: int) -> AdverseAction:
    """
    One adverse action.

    :raises AdverseAction.DoesNotExist: if there is none
    """
    may_view(actor)
    rows = AdverseAction.objects.select_related(
        "practitioner", "facility", "decision__event", "suspension"
    )
    return rows.get(pk=action_id)


def due_of(row: AdverseAction) -> date | None:
    """By when the next step is due, where the law or its letter says so."""
    if row.stage == Stage.NOTICE_SENT:
        return row.request_by_date
    if row.stage == Stage.PROPOSED:
        return row.decision.notice_due_date if row.decision is not None else row.effective_date
    if row.stage == Stage.SCHEDULED:
        return row.hearing_date
    return row.report_due_date if row.stage == Stage.FINAL else None


def own_actions(actor: Actor) -> list[AdverseAction]:
    """What was proposed to whoever is signed in, or to their facility, once they were told."""
    if actor.user_id is None or not actor.may(ASK):
        return []
    # Rows of others stay behind the wall: of theirs the account is in the question.
    with seeing(EVERYBODY):
        rows = AdverseAction.objects.filter(
            Q(practitioner__user=actor.user_id) | Q(facility__user=actor.user_id),
            notice_date__isnull=False,
        ).select_related("practitioner", "facility", "decision__letter", "suspension")
        return list(rows.prefetch_related("steps", "notices"))


def panel_of(row: AdverseAction, day: date) -> list[Panelist]:
    """Who is on the panel of a hearing, with what speaks against each on a day."""
    return [
        Panelist(one.name, one.is_peer, conflict_with(row, one.practitioner, one.name, day))
        for one in row.panel.filter(excused_at=None).select_related("practitioner")
    ]


def conflict_with(row: AdverseAction, member: Practitioner | None, name: str, day: date) -> str:
    """Why somebody may not hear an action: they compete, or decided against them before."""
    motion_id = row.decision.motion_id if row.decision is not None else None
    voted = Vote.objects.filter(motion=motion_id or 0)
    same = Q(seat__name=name)
    if member is not None:
        same |= Q(seat__practitioner=member)
    if voted.filter(same).exists():
        return "voted on it in the committee"
    if member is None or row.practitioner is None:
        return ""
    about = standing_of(row.practitioner_id, row.practitioner.specialty, day)
    return conflict_between(standing_of(member.pk, member.specialty, day), about)


@dataclass(frozen=True)
class Unheard:
    """A suspension by hand that has no adverse action yet, and the day from which it needs one."""

    suspension: Suspension
    needs_from: date


def unheard(today: date) -> list[Unheard]:
    """Suspensions by people that lasted, or come to, more than 30 days without a notice."""
    rows = Suspension.objects.filter(
        lifted_at=None, practitioner__isnull=False, credential=None
    ).exclude(placed_by_name=Actor.system("clock").name)
    heard = AdverseAction.objects.filter(suspension__isnull=False).values("suspension")
    rows = rows.exclude(pk__in=heard).select_related("practitioner").order_by("effective_date")
    return [Unheard(row, row.effective_date + timedelta(days=SHORT_DAYS + 1)) for row in rows]


def register(*, actor: Actor, show: str = "", text: str = "") -> QuerySet[NpdbEntry]:
    """The register of the NPDB; it holds no answers."""
    may_view(actor)
    rows = NpdbEntry.objects.select_related("practitioner", "adverse_action")
    if show in NpdbEntry.Kind.values:
        rows = rows.filter(kind=show)
    for word in text.split():
        rows = rows.filter(
            Q(practitioner__last_name__istartswith=word)
            | Q(practitioner__npi__startswith=word)
            | Q(reference__istartswith=word)
        )
    return rows


STEPS = {
    Stage.PROPOSED: ("Send", "the notice of the {what}"),
    Stage.HEARING_REQUESTED: ("Set", "the day of the hearing: {what}"),
    Stage.SCHEDULED: ("Hold", "the hearing: {what}"),
    Stage.HELD: ("Record", "what the panel recommends: {what}"),
    Stage.RECOMMENDED: ("Decide", "after the hearing: {what}"),
}


def hearing_cards(actor: Actor, today: date) -> Cards:
    """For staff the next step of each action and what to report; for providers their own."""
    if not actor.may(WORK):
        return Cards(tuple(_own_task(row, today) for row in own_actions(actor) if _asks(row)))
    rows = AdverseAction.objects.filter(Q(stage__in=STEPS) | TO_REPORT)
    rows = rows.select_related("practitioner", "facility", "decision")
    rows = rows.order_by("opened_date", "pk")
    tasks = [_task(row, today) for row in rows]
    tasks += [_unheard_task(one, today) for one in unheard(today)]
    tasks += summary_tasks(today)
    tasks.sort(key=lambda task: task.due or date.max)
    pending = AdverseAction.objects.filter(stage__in=WITH_HEARING).count()
    numbers = ()
    if pending:
        address = f"{reverse('credentialing:docket')}?show=hearing"
        numbers = (Number("Hearings that wait", count_text(pending), address),)
    return Cards(tuple(tasks[:SHOWN]), numbers)


def _task(row: AdverseAction, today: date) -> Task:
    due = due_of(row)
    verb, words = STEPS.get(Stage(row.stage), ("Report", "to the NPDB: {what}"))
    tone = "bad" if due is not None and due < today else "warn"
    address = reverse("credentialing:adverse_detail", args=[row.pk])
    return Task(verb, words.format(what=row), due, address, tone)


def _unheard_task(one: Unheard, today: date) -> Task:
    who = one.suspension.practitioner
    address = reverse("credentialing:adverse_new", args=[who.pk])
    tone = "bad" if one.needs_from <= today else "warn"
    words = f"an adverse action for {who}: suspended, and heard by nobody"
    return Task("Open", words, one.needs_from, address, tone)


def _asks(row: AdverseAction) -> bool:
    return row.stage == Stage.NOTICE_SENT


def _own_task(row: AdverseAction, today: date) -> Task:
    address = reverse("credentialing:my_action", args=[row.pk])
    words = "the notice about your participation: a hearing may be asked for"
    tone = "bad" if row.request_by_date <= today + timedelta(days=7) else "warn"
    return Task("Answer", words, row.request_by_date, address, tone)
