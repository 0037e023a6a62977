"""Who was asked how often, who has to be asked again, and who did not answer at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Exists, F, Max, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from credentialing.models import (
    ApplicantReminder,
    CredentialingEvent,
    EventStep,
    Inquiry,
)
from credentialing.rules.askings import APPLICANT, SHORTEST, SOURCE, Asked, asked, rule_on
from credentialing.rules.events import PROVIDER_WAITS, VERIFIABLE, Status
from ipaportal.identity.models import Invitation


@dataclass(frozen=True)
class OpenLetter:
    """A letter that nobody answered yet, and how far its asking is."""

    inquiry: Inquiry
    far: Asked

    @property
    def is_given_up(self) -> bool:
        """Whether a person has to decide: withdraw it, or ask somebody else."""
        return self.inquiry.given_up_at is not None

    def words(self, today: date) -> str:
        """How far it is, in words."""
        if self.is_given_up:
            return f"asked {len(self.far.days)} times without an answer: ask another, or withdraw"
        return self.far.words(today)


def asked_of_source(inquiry: Inquiry) -> Asked:
    """How often somebody who knows was asked."""
    days = [inquiry.sent_at, *(one.sent_at for one in inquiry.reminders.all())]
    return asked(SOURCE, [timezone.localdate(at) for at in days])


def asked_of_applicant(step: EventStep) -> Asked:
    """How often an applicant was asked since a file came to wait for them."""
    days = [step.at, *(one.sent_at for one in step.reminders.all())]
    return asked(APPLICANT, [timezone.localdate(at) for at in days])


def newest_step(event: CredentialingEvent) -> EventStep | None:
    """The step by which a file came where it is."""
    return event.steps.order_by("-at", "-pk").first()


def email_of(event: CredentialingEvent) -> str:
    """Where an applicant is written to: as on file, else where the invitation went; or empty."""
    who, application = event.practitioner, getattr(event, "application", None)
    if who is None or who.email:
        return who.email if who is not None else ""
    if who.user is not None:
        return who.user.email
    if application is None or application.invitation_id is None:
        return ""
    invited = Invitation.objects.filter(pk=application.invitation_id)
    return invited.values_list("email", flat=True).first() or ""


def waits_for_account(event: CredentialingEvent) -> bool:
    """Whether a file waits for somebody who was invited and has made no account yet."""
    if event.status != Status.INVITED or event.practitioner.user_id is not None:
        return False
    application = getattr(event, "application", None)
    key = application.invitation_id if application is not None else None
    return key is not None and Invitation.objects.filter(pk=key, accepted_at=None).exists()


def due_inquiries(now: datetime) -> list[int]:
    """Letters that were sent, or sent again, so long ago that something may be due."""
    before = now - timedelta(days=SHORTEST[SOURCE] - 1)
    rows = (
        Inquiry.objects.filter(
            answered_at=None,
            withdrawn_at=None,
            given_up_at=None,
            element__dropped_at=None,
            element__event__status__in=VERIFIABLE,
            sent_at__lt=before,
        )
        .annotate(again=Max("reminders__sent_at"))
        .filter(Q(again=None) | Q(again__lt=before) | Q(expires_at__lte=now))
        .prefetch_related("reminders")
        .order_by("pk")
    )
    today, found = timezone.localdate(now), []
    for row in rows:
        far = asked_of_source(row)
        if far.next_number(today) or far.is_over(today) or row.expires_at <= now:
            found.append(row.pk)
    return found


def due_applicants(now: datetime) -> list[int]:
    """Files that have waited for their applicant so long that a reminder is due."""
    before = now - timedelta(days=SHORTEST[APPLICANT] - 1)
    steps = EventStep.objects.filter(event=OuterRef("pk")).order_by("-at", "-pk")
    last = ApplicantReminder.objects.filter(step=OuterRef("step_id")).order_by("-number")
    rows = (
        CredentialingEvent.objects.filter(status__in=PROVIDER_WAITS, practitioner__isnull=False)
        .annotate(step_id=Subquery(steps.values("pk")[:1]), since=Subquery(steps.values("at")[:1]))
        .annotate(again=Subquery(last.values("sent_at")[:1]))
        .annotate(latest=Greatest(F("since"), Coalesce(F("again"), F("since"))))
        .filter(latest__lt=before)
        .select_related("practitioner__user", "application")
        .order_by("pk")
    )
    today, waiting = timezone.localdate(now), [row for row in rows if email_of(row)]
    steps = EventStep.objects.filter(pk__in=[row.step_id for row in waiting])
    far = {step.pk: asked_of_applicant(step) for step in steps.prefetch_related("reminders")}
    return [row.pk for row in waiting if far[row.step_id].next_number(today)]


def unanswered(today: date) -> set[int]:
    """Open files with a letter, or an applicant, that nobody answered: a person decides."""
    rule = rule_on(APPLICANT, today)
    before = today - timedelta(days=rule.days[-1] - 1)
    letters = Inquiry.objects.filter(
        given_up_at__isnull=False, answered_at=None, withdrawn_at=None, element__dropped_at=None,
        element__event__status__in=VERIFIABLE,
    )  # fmt: skip
    last = ApplicantReminder.objects.filter(
        number=rule.askings,
        sent_at__date__lt=before,
        step__to_status=F("step__event__status"),
        step__event__status__in=PROVIDER_WAITS,
    )
    newer = EventStep.objects.filter(event=OuterRef("step__event"), pk__gt=OuterRef("step"))
    last = last.filter(~Exists(newer))
    return {
        *letters.values_list("element__event_id", flat=True),
        *last.values_list("step__event_id", flat=True),
    }


def askings_of(rows: Sequence[CredentialingEvent]) -> dict[int, Asked]:
    """How often the applicants of some files were asked, for those that wait for them."""
    keys = [row.pk for row in rows if row.status in PROVIDER_WAITS and row.practitioner_id]
    if not keys:
        return {}
    steps = EventStep.objects.filter(event__in=keys).order_by("event_id", "-at", "-pk")
    newest = steps.distinct("event_id").prefetch_related("reminders")
    return {step.event_id: asked_of_applicant(step) for step in newest}


def open_letters(event: CredentialingEvent) -> list[OpenLetter]:
    """The letters of a file that nobody answered or withdrew, the oldest first."""
    rows = Inquiry.objects.filter(
        element__event=event, element__dropped_at=None, answered_at=None, withdrawn_at=None
    )
    rows = rows.select_related("element__credential").prefetch_related("reminders")
    return [OpenLetter(row, asked_of_source(row)) for row in rows.order_by("sent_at", "pk")]
