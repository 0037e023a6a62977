"""Answering who asks how physicians are paid: recorded when it came, and when it was given."""

from datetime import date, datetime

from capitation.models import Member, Payer
from compliance.actions.audits import by
from compliance.models import IncentiveRequest
from compliance.queries.incentive_requests import lines_for
from compliance.rules.case_records import digest_of
from compliance.rules.incentive_disclosures import CITATION, as_rows, told_to_member
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import Refused


class NoSuchMember(Refused):
    """A number that no member of the plan has."""

    def __init__(self) -> None:
        super().__init__(
            "No member of this plan has that number. Nothing was recorded. Look at the card."
        )


class GivenBefore(Refused):
    """An answer that was given."""

    def __init__(self, row: IncentiveRequest) -> None:
        super().__init__(
            f"{row.given_by_name} gave this on {row.given_at:%Y-%m-%d}. Nothing was changed. "
            "Record that it was asked anew, if it was."
        )


class SaidOtherwise(Refused):
    """What would be told has changed since it was looked at."""

    def __init__(self) -> None:
        super().__init__(
            "What is known of these tiers has changed since you looked. Nothing was recorded as "
            "given. Read it again below."
        )


def content_of(row: IncentiveRequest, *, actor: Actor, today: date) -> dict[str, object]:
    """What whoever asked is told: to a member in sentences without an amount, else each figure."""
    lines = lines_for(row, actor=actor, today=today)
    if row.member_id:
        return {"citation": CITATION, "sentences": told_to_member(lines)}
    return {"citation": CITATION, "lines": as_rows(lines)}


def seen_digest(content: dict[str, object]) -> str:
    """By which what was looked at is compared with what is given."""
    return digest_of(content)


@action("compliance.answer_incentives")
def record_asked(
    *, actor: Actor, asker: str, payer_id: int, member_number: str, asked_date: date,
    due_date: date | None, words: str, now: datetime,
) -> IncentiveRequest:  # fmt: skip
    """
    Keep that a plan, CMS or a member asked.

    :raises NoSuchMember: if a member asked whom the plan does not know by that number
    """
    payer = Payer.objects.get(pk=payer_id)
    member = None
    if asker == IncentiveRequest.Asker.MEMBER:
        member = Member.objects.filter(payer=payer, plan_member_id=member_number).first()
        if member is None:
            raise NoSuchMember
    made = IncentiveRequest.objects.create(
        asker=asker, payer=payer, member=member, asked_date=asked_date, due_date=due_date,
        words=words, **by(actor, now),
    )  # fmt: skip
    record(actor=actor, action="compliance.incentive.asked", subject=made, asker=asker)
    return made


@action("compliance.answer_incentives")
def give_answer(
    *, actor: Actor, request_id: int, seen: str, how: str, today: date, now: datetime
) -> IncentiveRequest:
    """
    Keep what was given, as it was read, and how; it is given once.

    :raises GivenBefore: if it was given
    :raises SaidOtherwise: if it would say something else now
    """
    row = IncentiveRequest.objects.select_for_update().get(pk=request_id)
    if row.given_at is not None:
        raise GivenBefore(row)
    content = content_of(row, actor=actor, today=today)
    digest = seen_digest(content)
    if digest != seen:
        raise SaidOtherwise
    row.given, row.given_sha256, row.given_how = content, digest, how
    row.given_at, row.given_by_name = now, actor.name
    row.save(update_fields=["given", "given_sha256", "given_how", "given_at", "given_by_name"])
    record(actor=actor, action="compliance.incentive.given", subject=row, digest=digest)
    return row
