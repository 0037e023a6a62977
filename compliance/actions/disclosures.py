"""Recording that members' information left: by hand, and from what the portal sends by itself."""

from collections.abc import Collection
from datetime import date, datetime

from compliance.actions.audits import by
from compliance.models import AccountRequest, Disclosure
from compliance.rules.clocks import due_date
from compliance.rules.disclosures import BY_KEY, CLOCK, is_free, latest_suspension
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.locks import lock
from ipaportal.core.refusals import Refused


class NotPossible(Refused):
    """A disclosure that cannot have been so."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{why} Nothing was recorded.")


class VoidedBefore(Refused):
    def __init__(self, row: Disclosure) -> None:
        super().__init__(
            f"{row.voided_by_name} took this back on {row.voided_at:%Y-%m-%d}. Nothing was changed."
        )


@action("compliance.record_disclosures")
def record_disclosure(
    *, actor: Actor, made_date: date, recipient: str, recipient_address: str, description: str,
    purpose: str, words: str, member_ids: Collection[int], source: str = "",
    suspended_until: date | None = None, suspended_because: str = "", is_oral: bool = False,
    now: datetime,
) -> Disclosure:  # fmt: skip
    """
    Keep that information of members left.

    :raises NotPossible: if it is to come, of nobody, recorded before, or wrongly suspended
    """
    if made_date > now.date():
        raise NotPossible(f"{made_date} is to come.")
    if not member_ids:
        raise NotPossible("It names no member.")
    if source and Disclosure.objects.filter(source=source, voided_at=None).exists():
        raise NotPossible("This file was recorded as a disclosure before.")
    _check_suspension(made_date, purpose, suspended_until, suspended_because, is_oral=is_oral)
    row = disclosed(
        actor=actor, made_date=made_date, recipient=recipient, recipient_address=recipient_address,
        description=description, purpose=purpose, words=words, member_ids=member_ids,
        source=source, suspended_until=suspended_until, suspended_because=suspended_because,
        now=now,
    )  # fmt: skip
    assert row is not None
    return row


def _check_suspension(
    made: date, purpose: str, until: date | None, because: str, *, is_oral: bool
) -> None:
    if (until is None) != (not because):
        raise NotPossible("An account is held back until a day, and by an agency's statement.")
    if until is None:
        return
    if not BY_KEY[purpose].may_be_suspended:
        raise NotPossible("Only health oversight and law enforcement may ask to hold it back.")
    latest = latest_suspension(made, is_oral=is_oral)
    if latest is not None and until > latest:
        raise NotPossible(f"An agency that asked in speech only has until {latest}.")


@action("compliance.record_disclosures")
def void_disclosure(*, actor: Actor, disclosure_id: int, reason: str, now: datetime) -> Disclosure:
    """
    Take back what was recorded in error; it stays on record, and no account tells of it.

    :raises VoidedBefore: if it was
    """
    row = Disclosure.objects.select_for_update().get(pk=disclosure_id)
    if row.voided_at is not None:
        raise VoidedBefore(row)
    row.voided_at, row.voided_by_name, row.void_reason = now, actor.name, reason
    row.save(update_fields=["voided_at", "voided_by_name", "void_reason"])
    record(actor=actor, action="compliance.disclosure.voided", subject=row)
    return row


class AsksAlready(Refused):
    def __init__(self) -> None:
        super().__init__(
            "This member's earlier request is not answered yet. Nothing was recorded. Answer it."
        )


class RequestOver(Refused):
    """A request that was answered, put off before, or is past its day."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{why} Nothing was changed.")


@action("compliance.record_disclosures")
def record_request(
    *, actor: Actor, member_id: int, received_date: date, words: str, now: datetime
) -> AccountRequest:
    """
    Keep that a member asked for their account.

    :raises NotPossible: if the day is to come
    :raises AsksAlready: if an earlier request of theirs is open
    """
    lock("compliance", "account", member_id)
    if received_date > now.date():
        raise NotPossible(f"{received_date} is to come.")
    before = AccountRequest.objects.filter(member_id=member_id)
    if before.filter(answered_at=None).exists():
        raise AsksAlready
    row = AccountRequest.objects.create(
        member_id=member_id, received_date=received_date, words=words,
        is_free=is_free(received_date, before.values_list("received_date", flat=True)),
        **by(actor, now),
    )  # fmt: skip
    record(actor=actor, action="compliance.account.asked", subject=row, is_free=row.is_free)
    return row


@action("compliance.record_disclosures")
def extend_request(*, actor: Actor, request_id: int, reason: str, now: datetime) -> AccountRequest:
    """
    Put the answer off, once and in time; the member is told why, in writing.

    :raises RequestOver: if it was answered, put off before, or its day is past
    """
    row = AccountRequest.objects.select_for_update().get(pk=request_id)
    if row.answered_at or row.extended_at:
        raise RequestOver("It was answered, or put off before.")
    if now.date() > due_date(CLOCK, row.received_date):
        raise RequestOver("Its day is past: it can be put off only before.")
    row.extended_at, row.extended_by_name, row.extension_reason = now, actor.name, reason
    row.save(update_fields=["extended_at", "extended_by_name", "extension_reason"])
    record(actor=actor, action="compliance.account.put_off", subject=row)
    return row


@action("compliance.record_disclosures")
def answer_request(
    *, actor: Actor, request_id: int, words: str, told: int, now: datetime
) -> AccountRequest:
    """
    Keep that the account was given, how, and of how many disclosures it told.

    :raises RequestOver: if it was answered
    """
    row = AccountRequest.objects.select_for_update().get(pk=request_id)
    if row.answered_at:
        raise RequestOver(f"{row.answered_by_name} answered it.")
    row.answered_at, row.answered_by_name = now, actor.name
    row.answer_words, row.told = words, told
    row.save(update_fields=["answered_at", "answered_by_name", "answer_words", "told"])
    record(actor=actor, action="compliance.account.answered", subject=row, told=told)
    return row


def disclosed(
    *, actor: Actor, made_date: date, member_ids: Collection[int], purpose: str, now: datetime,
    source: str = "", **told: object,
) -> Disclosure | None:  # fmt: skip
    """What actions that send something call beneath: keep it once, if it names a member."""
    if not member_ids:
        return None
    if source and (one := Disclosure.objects.filter(source=source, voided_at=None).first()):
        return one
    row = Disclosure.objects.create(
        made_date=made_date, member_ids=sorted(set(member_ids)), purpose=purpose, source=source,
        **told, **by(actor, now),
    )  # fmt: skip
    record(
        actor=actor, action="compliance.disclosure.recorded", subject=row, purpose=purpose,
        members=len(row.member_ids), is_accounted=BY_KEY[purpose].is_accounted,
    )  # fmt: skip
    return row
