"""Corrections change hands: offered with a reason, taken by the other person, days as they were."""

from datetime import datetime

from compliance.actions.audits import by, locked
from compliance.models import Correction, CorrectionHandover
from compliance.queries.findings import owners
from compliance.rules.corrections import state_of
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.mailing import mail_later
from ipaportal.core.refusals import Refused
from ipaportal.identity.models import User

MANAGE = "compliance.manage_audits"
OFFERED = """{name} hands a corrective action over to you. It is due on {due}.

Sign in to take it over, or to say why not. Its days stay as they are.
"""


class NotTheirs(Refused):
    """Somebody hands over what is not theirs."""

    def __init__(self, owner: str) -> None:
        super().__init__(
            f"{owner} owns this correction: they hand it over, or the compliance officer does. "
            "Nothing was changed."
        )


class CannotTake(Refused):
    def __init__(self) -> None:
        super().__init__(
            "The new owner has to be another person on the staff who may work on corrections. "
            "Nothing was changed. Choose somebody else."
        )


class OfferedBefore(Refused):
    def __init__(self, name: str) -> None:
        super().__init__(
            f"It was offered to {name}, who has not answered. Nothing was changed. Take that offer "
            "back first, if it goes to somebody else."
        )


class AllDone(Refused):
    def __init__(self) -> None:
        super().__init__(
            "This correction is validated: there is nothing to hand over. Nothing was changed. "
            "Open it again first, if it is not corrected after all."
        )


class NotForYou(Refused):
    def __init__(self, name: str) -> None:
        super().__init__(f"It was offered to {name}, who answers. Nothing was changed.")


class Answered(Refused):
    def __init__(self) -> None:
        super().__init__("This offer was answered or taken back before. Nothing was changed.")


class WhyNot(Refused):
    def __init__(self) -> None:
        super().__init__(
            "Say in a few words why: whoever owns it now reads them. Nothing was changed."
        )


@action("compliance.work_corrections")
def hand_over(
    *, actor: Actor, correction_id: int, to_id: int, reason: str, now: datetime
) -> CorrectionHandover:
    """
    Offer a correction to another person; it stays with its owner until they take it.

    :raises NotTheirs: for anybody but its owner and the compliance officer
    :raises AllDone: if it is validated
    :raises OfferedBefore: if an offer waits
    :raises CannotTake: if that person may not work on it, or owns it
    :raises WhyNot: without a reason
    """
    plan = Correction.objects.select_related("finding").get(pk=correction_id)
    audit = locked(plan.finding.audit_id)
    owner_id, owner_name = plan.owner_now
    if actor.user_id != owner_id and not actor.may(MANAGE):
        raise NotTheirs(owner_name)
    if _is_done(plan):
        raise AllDone
    if waiting := plan.handovers.filter(answer="").first():
        raise OfferedBefore(waiting.to_name)
    to = owners(now.date()).filter(pk=to_id).exclude(pk=owner_id).first()
    if to is None:
        raise CannotTake
    if not reason.strip():
        raise WhyNot
    offer = CorrectionHandover.objects.create(
        correction=plan,
        place=plan.handovers.count() + 1,
        from_id=owner_id,
        from_name=owner_name,
        to_id=to.pk,
        to_name=to.name,
        reason=reason.strip(),
        **by(actor, now),
    )
    record(
        actor=actor, action="compliance.correction.offered", subject=audit, correction=plan.pk,
        owner=owner_id, to=to.pk,
    )  # fmt: skip
    text = OFFERED.format(name=actor.name, due=plan.due_date)
    mail_later([to.email], "A corrective action is handed over to you", text)
    return offer


@action("compliance.work_corrections")
def answer_handover(
    *, actor: Actor, handover_id: int, is_taken: bool, text: str = "", now: datetime
) -> CorrectionHandover:
    """
    Take a correction over, or say why not.

    :raises NotForYou: for anybody but whom it was offered to
    :raises Answered: if it was answered or taken back
    :raises AllDone: if it was validated meanwhile
    :raises WhyNot: if it is not taken, without words
    """
    offer, plan, audit = _offer(handover_id)
    if actor.user_id != offer.to_id:
        raise NotForYou(offer.to_name)
    if is_taken and _is_done(plan):
        raise AllDone
    if not is_taken and not text.strip():
        raise WhyNot
    _answer(offer, "accepted" if is_taken else "declined", text, now)
    record(
        actor=actor, action=f"compliance.correction.{offer.answer}", subject=audit,
        correction=plan.pk, owner=offer.from_id, to=offer.to_id,
    )  # fmt: skip
    if not is_taken:
        who = User.objects.filter(pk__in={offer.from_id, offer.recorded_by_id}, is_active=True)
        mail_later(
            who.values_list("email", flat=True), "A corrective action was not taken over",
            f"{offer.to_name} did not take it over. Sign in to read why, and choose again.",
        )  # fmt: skip
    return offer


@action("compliance.work_corrections")
def take_back(*, actor: Actor, handover_id: int, now: datetime) -> CorrectionHandover:
    """
    Take an offer back that nobody answered.

    :raises NotTheirs: for anybody but its owner, whoever offered it and the compliance officer
    :raises Answered: if it was answered or taken back
    """
    offer, plan, audit = _offer(handover_id)
    if actor.user_id not in (offer.from_id, offer.recorded_by_id) and not actor.may(MANAGE):
        raise NotTheirs(offer.from_name)
    _answer(offer, "withdrawn", "", now)
    record(
        actor=actor, action="compliance.correction.kept", subject=audit, correction=plan.pk,
        to=offer.to_id,
    )  # fmt: skip
    return offer


def _offer(handover_id: int) -> tuple[CorrectionHandover, Correction, object]:
    rows = CorrectionHandover.objects.select_related("correction__finding")
    audit = locked(rows.get(pk=handover_id).correction.finding.audit_id)
    offer = rows.get(pk=handover_id)  # as it is now that nobody else takes a step
    if offer.answer:
        raise Answered
    return offer, offer.correction, audit


def _answer(offer: CorrectionHandover, answer: str, text: str, now: datetime) -> None:
    offer.answer, offer.answered_at, offer.answer_text = answer, now, text.strip()
    offer.save(update_fields=["answer", "answered_at", "answer_text"])


def _is_done(plan: Correction) -> bool:
    return state_of([one.done for one in plan.steps.order_by("place")]) == "validated"
