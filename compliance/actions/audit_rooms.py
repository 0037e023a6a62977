"""A plan's auditor is let in, shown what was released, asks for papers, and leaves again."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db.models import Max

from compliance.actions.audit_visits import end_guest
from compliance.actions.audits import by, locked
from compliance.actions.disclosures import disclosed
from compliance.models import Audit, AuditGuest, AuditRelease, AuditReply, AuditRequest
from compliance.queries.audit_rooms import (
    LOOKED,
    guests_of_plan,
    is_protected,
    of_other_plans,
    papers_of,
    unreleased,
    visit_of,
)
from compliance.queries.audits import state_of
from compliance.rules.audit_rooms import visit_fault
from credentialing.actions.documents import checked_kind
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.files import store
from ipaportal.core.locks import lock
from ipaportal.core.mailing import mail_later
from ipaportal.core.refusals import Refused
from ipaportal.identity.models import User

MANAGE = "compliance.manage_audits"
VISIT = "compliance.visit_audits"
ADMITTED = """An audit of your plan is open to you in the IPA's portal, until {until}.

Sign in, and it stands under “Plan audits”. What you look at is put on record.
"""
ASKED = """A plan's auditor asked for something in an audit. It is due on {due}.

Sign in, and it stands on the audit's page under “The plan's auditors”.
"""
REPLIED = """What you asked for in an audit was answered.

Sign in, and it stands on the audit's page.
"""


class NotAPlans(Refused):
    """An audit that no plan makes, or that is over."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what} Nothing was changed. Only the audit of a plan, while it is open, has guests."
        )


class NotItsAuditor(Refused):
    def __init__(self) -> None:
        super().__init__(
            "This person is no auditor of the plan that audits. Nobody was let in. Invite them on "
            "the page of the plan's auditors, and choose them once they accepted."
        )


class LetInBefore(Refused):
    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} is let in already. Nothing was changed. End that visit first, if its last "
            "day is to be another."
        )


class BadLastDay(Refused):
    def __init__(self, fault: str) -> None:
        super().__init__(f"The last day {fault}. Nobody was let in. Choose another day.")


class VisitOver(Refused):
    def __init__(self) -> None:
        super().__init__("This visit has ended before. Nothing was changed.")


class NothingChosen(Refused):
    def __init__(self) -> None:
        super().__init__(
            "Nothing of what was chosen can be released: it was released before, is of another "
            "audit, or nothing was chosen. Nothing was released. Choose on the page again."
        )


class Protected(Refused):
    """A paper that is protected, wherever it was attached."""

    def __init__(self) -> None:
        super().__init__(
            "One of these papers is peer-protected, or is of a case. Nothing was released. Answer "
            "in words what it shows, or say why it is not given; a packet that holds it cannot be "
            "handed over."
        )


class OfAnotherPlan(Refused):
    """Rows of another plan's members."""

    def __init__(self, count: int) -> None:
        super().__init__(
            f"What was chosen names {count} members of another plan. Nothing was released. Take "
            "the universe anew with this plan's members only, before a sample is drawn."
        )


class WithdrawnBefore(Refused):
    def __init__(self) -> None:
        super().__init__("This was withdrawn before. Nothing was changed.")


class NotVisiting(Refused):
    """A guest whose visit is over, or who never had one."""

    def __init__(self) -> None:
        super().__init__(
            "This audit is not open to you. Nothing was recorded. Ask whoever let you in."
        )


class DayGone(Refused):
    def __init__(self) -> None:
        super().__init__(
            "A request cannot be due in the past. Nothing was recorded. Name a later day."
        )


class NothingSaid(Refused):
    def __init__(self) -> None:
        super().__init__(
            "A reply has a paper or words; where it is not given, it says why. Nothing was "
            "recorded. Say it in a few words."
        )


@action(MANAGE)
def admit_guest(
    *, actor: Actor, audit_id: int, user_id: int, until_date: date, now: datetime
) -> AuditGuest:
    """
    Let an auditor of the plan into its audit, through a last day; they are told by mail.

    :raises NotAPlans: if no plan makes this audit, or it is closed
    :raises NotItsAuditor: if they are of no plan, or of another
    :raises LetInBefore: if they are in
    :raises BadLastDay: if it is over, or too far away
    """
    audit = of_a_plan(audit_id)
    user = guests_of_plan(audit, now.date()).filter(pk=user_id).first()
    if user is None:
        raise NotItsAuditor
    if audit.guests.filter(user=user, ended_at=None).exists():
        raise LetInBefore(user.name)
    if fault := visit_fault(until_date, now.date()):
        raise BadLastDay(fault)
    guest = AuditGuest.objects.create(
        audit=audit, party_id=audit.party_id, user=user, until_date=until_date, **by(actor, now)
    )
    record(
        actor=actor, action="compliance.guest.admitted", subject=audit, guest=user.pk,
        until=f"{until_date}",
    )  # fmt: skip
    mail_later([user.email], "An audit is open to you", ADMITTED.format(until=until_date))
    return guest


@action(MANAGE)
def end_visit(*, actor: Actor, guest_id: int, reason: str, now: datetime) -> AuditGuest:
    """
    End a visit now; what was looked at stays on record.

    :raises VisitOver: if it has ended
    """
    guest = AuditGuest.objects.select_for_update().get(pk=guest_id)
    if guest.ended_at is not None:
        raise VisitOver
    end_guest(actor, guest, reason, now)
    return guest


@action(MANAGE)
def release_parts(
    *,
    actor: Actor,
    audit_id: int,
    item_ids: Sequence[int] = (),
    answer_ids: Sequence[int] = (),
    packet_ids: Sequence[int] = (),
    now: datetime,
) -> list[AuditRelease]:
    """
    Let guests look at worksheets, at papers of answers, at packets.

    :raises NotAPlans: if no plan makes this audit, or it is closed
    :raises NothingChosen: if nothing of it is there to be released
    :raises Protected: if a paper of it is peer-protected, or of a case
    :raises OfAnotherPlan: if it names members of another plan
    """
    audit = of_a_plan(audit_id)
    items, answers, packets = unreleased(audit)
    chosen = [
        *({"item": one} for one in items if one.pk in item_ids),
        *({"answer": one} for one in answers if one.pk in answer_ids),
        *({"packet": one} for one in packets if one.pk in packet_ids),
    ]
    if not chosen or len(chosen) != len(item_ids) + len(answer_ids) + len(packet_ids):
        raise NothingChosen
    papers = {one["answer"].evidence_sha256 for one in chosen if "answer" in one}
    if packet_ids:
        papers |= papers_of(audit)
    if papers and is_protected(papers):
        raise Protected
    _only_theirs(audit, {one["item"].key for one in chosen if "item" in one}, bool(packet_ids))
    made = [AuditRelease.objects.create(audit=audit, **by(actor, now), **one) for one in chosen]
    record(
        actor=actor, action="compliance.audit.released", subject=audit,
        items=list(item_ids), answers=list(answer_ids), packets=list(packet_ids),
    )  # fmt: skip
    _tell(actor, audit, made, now)
    return made


def _tell(actor: Actor, audit: Audit, made: list[AuditRelease], now: datetime) -> None:
    """Rows and papers of members left for the plan; of a packet that was recorded when written."""
    items = [one.item or one.answer.item for one in made if one.packet_id is None]
    disclosed(
        actor=actor, made_date=now.date(), recipient=audit.party.name, purpose="operations",
        description=f"sampled rows of the audit “{audit.title[:200]}”", now=now,
        words="the plan audits what it delegated", source=f"release:{made[0].pk}",
        member_ids={one.member_id for one in items if one.member_id},
    )  # fmt: skip


def _only_theirs(audit: Audit, keys: set[str], is_whole: bool) -> None:
    """Refuse rows of other plans' members: of the items, or of all that a packet holds."""
    universes = audit.universes.all() if is_whole else [audit.draw.universe] if keys else []
    count = sum(of_other_plans(one, None if is_whole else keys) for one in universes)
    if count:
        raise OfAnotherPlan(count)


@action(MANAGE)
def withdraw_release(*, actor: Actor, release_id: int, now: datetime) -> AuditRelease:
    """
    Take back what guests could look at; who looked stays on record.

    :raises WithdrawnBefore: if it was
    """
    row = AuditRelease.objects.select_for_update(of=("self",)).get(pk=release_id)
    if row.withdrawn_at is not None:
        raise WithdrawnBefore
    row.withdrawn_at, row.withdrawn_by_name = now, actor.name
    row.save(update_fields=["withdrawn_at", "withdrawn_by_name"])
    record(actor=actor, action="compliance.audit.withdrawn", subject=row.audit, release=row.pk)
    return row


@action(VISIT)
def ask_for(
    *, actor: Actor, audit_id: int, text: str, due_date: date, now: datetime
) -> AuditRequest:
    """
    Ask for a paper or an answer, due on a day.

    :raises NotVisiting: if the audit is not open to them
    :raises DayGone: if that day is over
    """
    lock("audit", audit_id)
    audit, visit = _visited(actor, audit_id, now)
    if due_date < now.date():
        raise DayGone
    place = (audit.requests.aggregate(most=Max("place"))["most"] or 0) + 1
    asked = AuditRequest.objects.create(
        audit=audit, place=place, text=text, due_date=due_date, **by(actor, now)
    )
    record(
        actor=actor, action="compliance.request.made", subject=audit, request=asked.pk,
        due=f"{due_date}",
    )  # fmt: skip
    host = User.objects.filter(pk=visit.recorded_by_id, is_active=True)
    mail_later(
        host.values_list("email", flat=True), "A plan's auditor asks for something",
        ASKED.format(due=due_date),
    )  # fmt: skip
    return asked


@action(MANAGE)
def reply_to(
    *,
    actor: Actor,
    request_id: int,
    is_given: bool,
    text: str,
    file: bytes = b"",
    file_name: str = "",
    now: datetime,
) -> AuditReply:
    """
    Answer a request with a paper or words, or say why it is not given; the newest counts.

    :raises NotAPlans: if the audit is closed
    :raises NothingSaid: without a paper and words; without words where it is not given
    :raises Protected: if the paper is peer-protected, or of a case
    :raises WrongFile: if it is no paper that is kept
    """
    asked = AuditRequest.objects.get(pk=request_id)
    audit = of_a_plan(asked.audit_id)
    file = file if is_given else b""
    if not text.strip() and not file:
        raise NothingSaid
    sha256 = ""
    if file:
        checked_kind(file)
        sha256 = store(file).sha256
        if is_protected([sha256]):
            raise Protected
    reply = AuditReply.objects.create(
        request=asked,
        answer="given" if is_given else "declined",
        text=text.strip(),
        file_sha256=sha256,
        file_name=file_name[-200:] if file else "",
        **by(actor, now),
    )
    record(
        actor=actor, action="compliance.request.answered", subject=audit, request=asked.pk,
        answer=reply.answer, file_sha256=sha256,
    )  # fmt: skip
    who = User.objects.filter(pk=asked.recorded_by_id, is_active=True)
    mail_later(who.values_list("email", flat=True), "Your request was answered", REPLIED)
    return reply


@action(VISIT)
def note_look(*, actor: Actor, audit_id: int, what: str, now: datetime) -> None:
    """
    Put on record what a guest looks at, before it is shown.

    :raises NotVisiting: if the audit is not open to them
    """
    audit, _ = _visited(actor, audit_id, now)
    record(actor=actor, action=LOOKED, subject=audit, what=what)


def of_a_plan(audit_id: int) -> Audit:
    """The open audit of a plan, of which nobody else takes a step until this ends."""
    audit = locked(audit_id)
    if audit.kind != Audit.Kind.PLAN:
        raise NotAPlans("No plan makes this audit.")
    if state_of(audit) == "closed":
        raise NotAPlans("This audit is closed.")
    return audit


def _visited(actor: Actor, audit_id: int, now: datetime) -> tuple[Audit, AuditGuest]:
    """An audit with the visit by which somebody is in it; what is behind the wall is not there."""
    audit = Audit.objects.filter(pk=audit_id).first()
    visit = visit_of(actor, audit, state_of(audit), now.date()) if audit else None
    if audit is None or visit is None:
        raise NotVisiting
    return audit, visit
