"""Verifying a file: software and staff collect what sources say, a named person signs for it."""

from collections.abc import Sequence
from datetime import date, datetime

from django.utils import timezone

from credentialing.actions.documents import checked_kind
from credentialing.actions.steps import open_cycle, take_step
from credentialing.models import (
    CredentialingEvent,
    Element,
    Facility,
    Practitioner,
    Review,
    Verification,
)
from credentialing.queries.elements import unfinished
from credentialing.queries.policies import supervised_states, supervision_words
from credentialing.rules.elements import (
    NPDB,
    RULES,
    elements_of_facility,
    elements_of_practitioner,
)
from credentialing.rules.events import OVER, VERIFIABLE, Status
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.files import store
from ipaportal.core.locks import lock
from ipaportal.core.refusals import Refused


class SourceNotAccepted(Refused):
    """A source that is not believed for this element."""

    def __init__(self, source: str, element: Element) -> None:
        super().__init__(
            f"“{source}” is no accepted source for “{RULES[element.code].name}”. Nothing was "
            "recorded. Choose one of the sources listed with the element."
        )


class NpdbStaysThere(Refused):
    """What the NPDB answers is confidential: that it was asked is recorded, its answer is not."""

    def __init__(self) -> None:
        super().__init__(
            "What the NPDB answers is confidential and stays in the NPDB's own system. Nothing was "
            "recorded. Record when it was asked, by whom and the query's number, without the "
            "answer's file and without its words (45 CFR 60.20; own knowledge, unverified)."
        )


class FromTheFuture(Refused):
    """A date after today."""

    def __init__(self, what: str) -> None:
        super().__init__(f"The {what} lies in the future. Nothing was recorded. Check the date.")


class NotBeingVerified(Refused):
    """The file is not where verifications are recorded."""

    def __init__(self, event: CredentialingEvent) -> None:
        super().__init__(
            f"The file is “{event.get_status_display()}”. Nothing was recorded. Verifications "
            "are recorded from the signature of the application until the decision."
        )


class ReviewedAlready(Refused):
    """A verification is reviewed once."""

    def __init__(self, review: Review) -> None:
        super().__init__(
            f"{review.reviewed_by_name} reviewed this on {review.reviewed_at:%b %-d, %Y}. Nothing "
            "was changed. Record a new verification if the source says something else now."
        )


class PersonNeeded(Refused):
    """Software proposes, a person signs."""

    def __init__(self) -> None:
        super().__init__(
            "A verification counts once a named person has reviewed it. Nothing was signed."
        )


class NotVerified(Refused):
    """Something is left to verify."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(
            f"Not verified yet, or not in order: {', '.join(names)}. Nothing was changed."
        )


class ReasonNeeded(Refused):
    def __init__(self) -> None:
        super().__init__("Say why in a few words. Nothing was changed.")


@action("credentialing.work_files")
def start_verifying(
    *, actor: Actor, event_id: int, planned_decision_date: date | None, now: datetime
) -> CredentialingEvent:
    """
    Find an application complete, and list what has to be verified.

    :raises WrongStep: if it is not signed
    """
    event = CredentialingEvent.objects.select_for_update().get(pk=event_id)
    take_step(event, Status.VERIFYING, actor=actor, now=now)
    event.planned_decision_date = planned_decision_date
    event.save(update_fields=["planned_decision_date"])
    added = list_elements(event, now)
    record(actor=actor, action="credentialing.verifying.started", subject=event, elements=added)
    return event


@action("credentialing.work_files")
def open_facility_cycle(
    *, actor: Actor, facility_id: int, kind: str, planned_decision_date: date | None, now: datetime
) -> CredentialingEvent:
    """
    Open a cycle of a facility: its file is brought by staff, so it begins with verifying.

    :raises NotBeingVerified: if one is open already
    """
    facility = Facility.objects.select_for_update().get(pk=facility_id)
    opened = facility.cycles.exclude(status__in=OVER).first()
    if opened is not None:
        raise NotBeingVerified(opened)
    event = open_cycle(actor=actor, kind=kind, now=now, first=Status.VERIFYING, facility=facility)
    event.planned_decision_date = planned_decision_date
    event.save(update_fields=["planned_decision_date"])
    added = list_elements(event, now)
    record(actor=actor, action="credentialing.verifying.started", subject=event, elements=added)
    return event


def list_elements(event: CredentialingEvent, now: datetime) -> int:
    """Add what has to be verified and is not listed, and drop what is claimed no more."""
    holder: Practitioner | Facility = event.practitioner or event.facility
    held = list(holder.credentials.current().exclude(status="exempt"))
    claims = {one.kind for one in held}
    if event.practitioner_id:
        claims |= _claims_of(holder, timezone.localdate(now))
        rules = elements_of_practitioner(holder.provider_type, claims)
    else:
        rules = elements_of_facility(holder.kind, claims)
    wanted: set[tuple[str, int | None]] = set()
    for rule in rules:
        mine = [one.pk for one in held if rule.credential and one.kind == rule.credential]
        wanted |= {(rule.code, pk) for pk in mine or [None]}
    there = {(e.code, e.credential_id): e for e in event.elements.filter(dropped_at=None)}
    gone = [e.pk for key, e in there.items() if key not in wanted]
    Element.objects.filter(pk__in=gone).update(dropped_at=now)
    order = list(RULES)
    new = sorted(wanted - set(there), key=lambda key: (order.index(key[0]), key[1] or 0))
    for code, credential_id in new:
        Element.objects.create(event=event, code=code, credential_id=credential_id, added_at=now)
    return len(new)


def _claims_of(who: Practitioner, day: date) -> set[str]:
    """What else of a practitioner is verified: why they hold no DEA registration, supervision."""
    claims = set()
    if who.credentials.current().filter(kind="dea", status="exempt").exists():
        claims.add("dea_exempt")
    if who.supervisions.current().exists() or supervised_states(who.provider_type, day):
        claims.add("supervision")
    return claims


@action("credentialing.work_files")
def record_verification(
    *,
    actor: Actor,
    element_id: int,
    source: str,
    method: str,
    as_of_date: date,
    performed_at: datetime,
    result: str,
    now: datetime,
    expires_date: date | None = None,
    problems: Sequence[str] = (),
    note: str = "",
    asked: str = "",
    spoke_with: str = "",
    evidence: bytes = b"",
    evidence_name: str = "",
) -> Verification:
    """
    Record what a source said of an element; it counts once somebody has reviewed it.

    :raises SourceNotAccepted: if the source is not believed for the element
    :raises NpdbStaysThere: if it brings words or a file of the NPDB
    :raises FromTheFuture: if it was asked, or its data is, later than now
    :raises NotBeingVerified: if the file is not being verified
    :raises WrongFile: if the evidence is no paper that is kept
    """
    if evidence:
        checked_kind(evidence)
    element = Element.objects.select_related("event").get(pk=element_id, dropped_at=None)
    event = CredentialingEvent.objects.select_for_update().get(pk=element.event_id)
    if event.status not in VERIFIABLE:
        raise NotBeingVerified(event)
    verification = keep_verification(
        actor=actor,
        element=element,
        source=source,
        method=method,
        as_of_date=as_of_date,
        performed_at=performed_at,
        result=result,
        now=now,
        expires_date=expires_date,
        problems=list(problems),
        note=note,
        asked=asked,
        spoke_with=spoke_with,
        evidence=evidence,
        evidence_name=evidence_name,
    )
    if event.status == Status.VERIFIED:
        take_step(event, Status.VERIFYING, actor=actor, now=now, reason="a source was asked again")
    return verification


def keep_verification(
    *, actor: Actor, element: Element, source: str, now: datetime, evidence: bytes, **said: object
) -> Verification:
    """Keep what a source said: what `record_verification` and an answered inquiry share."""
    if source not in RULES[element.code].sources:
        raise SourceNotAccepted(source, element)
    if source == NPDB and (evidence or said.get("note") or said.get("problems")):
        raise NpdbStaysThere
    if said["performed_at"] > now:
        raise FromTheFuture("time of the verification")
    if said["as_of_date"] > now.date():
        raise FromTheFuture("day of the source's data")
    verification = Verification.objects.create(
        element=element,
        source=source,
        evidence_sha256=store(evidence).sha256 if evidence else "",
        collected_by_id=actor.user_id,
        collected_by_name=actor.name,
        recorded_at=now,
        **said,
    )
    record(
        actor=actor,
        action="credentialing.verification.recorded",
        subject=verification,
        element=element.code,
        source=source,
        result=verification.result,
        evidence_sha256=verification.evidence_sha256,
    )
    return verification


@action("credentialing.sign_reviews")
def review_verification(
    *, actor: Actor, verification_id: int, is_accepted: bool, text: str, now: datetime
) -> Review:
    """
    Sign for a verification as a named person, or refuse it in words.

    :raises PersonNeeded: if the actor is no person
    :raises ReviewedAlready: if somebody did
    :raises ReasonNeeded: if it is refused without words, or accepted though it is adverse
    """
    if actor.user_id is None:
        raise PersonNeeded
    lock("verification", verification_id)  # nobody may change the row: it is not the row's lock
    verification = Verification.objects.get(pk=verification_id)
    before = Review.objects.filter(verification=verification).first()
    if before is not None:
        raise ReviewedAlready(before)
    is_clean = verification.result in ("clean", "unavailable")
    if not text.strip() and not (is_accepted and is_clean):
        raise ReasonNeeded
    review = Review.objects.create(
        verification=verification,
        is_accepted=is_accepted,
        text=text.strip()[:500],
        reviewed_by_id=actor.user_id,
        reviewed_by_name=actor.name,
        reviewed_at=now,
    )
    record(
        actor=actor,
        action="credentialing.verification.reviewed",
        subject=verification,
        is_accepted=is_accepted,
    )
    return review


@action("credentialing.sign_reviews")
def finish_verifying(*, actor: Actor, event_id: int, now: datetime) -> CredentialingEvent:
    """
    Say that a file is verified: every element has an accepted answer that will hold.

    :raises NotVerified: naming what has none, none that holds on the planned decision date, and
        what a policy of that day misses
    """
    event = CredentialingEvent.objects.select_for_update().get(pk=event_id)
    day = max(event.planned_decision_date or now.date(), now.date())
    left = unfinished(event, day)
    missing = [str(one.element) for one in left]
    if event.practitioner is not None:
        missing += supervision_words(event.practitioner, day)
    if missing:
        raise NotVerified(missing)
    take_step(event, Status.VERIFIED, actor=actor, now=now)
    record(actor=actor, action="credentialing.verifying.finished", subject=event)
    return event


@action("credentialing.work_files")
def send_back(*, actor: Actor, event_id: int, reason: str, now: datetime) -> CredentialingEvent:
    """
    Send a file back to the provider, saying what is missing.

    :raises ReasonNeeded: without words
    :raises WrongStep: if it is not where that is done
    """
    if not reason.strip():
        raise ReasonNeeded
    event = CredentialingEvent.objects.select_for_update().get(pk=event_id)
    take_step(event, Status.INCOMPLETE, actor=actor, now=now, reason=reason.strip()[:500])
    record(actor=actor, action="credentialing.file.sent_back", subject=event)
    return event


@action("credentialing.work_files")
def withdraw_file(*, actor: Actor, event_id: int, reason: str, now: datetime) -> CredentialingEvent:
    """
    Withdraw a file before its decision.

    :raises ReasonNeeded: without words
    """
    if not reason.strip():
        raise ReasonNeeded
    event = CredentialingEvent.objects.select_for_update().get(pk=event_id)
    take_step(event, Status.WITHDRAWN, actor=actor, now=now, reason=reason.strip()[:500])
    record(actor=actor, action="credentialing.file.withdrawn", subject=event)
    return event
