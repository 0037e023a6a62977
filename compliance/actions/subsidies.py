"""What the IPA gives towards a practice's record system: agreed, attested, paid for, released."""

from datetime import date, datetime

from compliance.actions.audits import by
from compliance.models import Subsidy
from compliance.rules.ehr import CITATION, CONTRIBUTION_PCT, least_contribution
from credentialing.actions.documents import checked_kind
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.files import store
from ipaportal.core.refusals import Refused
from ipaportal.core.words import dollars_text


class TooSmall(Refused):
    """A contribution below what the law asks."""

    def __init__(self, least: int) -> None:
        super().__init__(
            f"The practice pays at least {CONTRIBUTION_PCT} % ({CITATION}): {dollars_text(least)}. "
            "Nothing was kept. Put its part up, or lower the cost."
        )


class TooLarge(Refused):
    def __init__(self) -> None:
        super().__init__("The practice's part is more than the cost. Nothing was kept.")


class SaidBefore(Refused):
    """A step of an agreement that was taken, or one that is over."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} Nothing was changed.")


class NotYet(Refused):
    """Released before the practice did its part."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} Nothing was released. It comes before the IPA gives anything.")


class OwnAgreement(Refused):
    def __init__(self, row: Subsidy) -> None:
        super().__init__(
            f"{row.recorded_by_name} recorded this agreement, so somebody else releases it. "
            "Nothing was released. Ask the finance approver or the compliance officer."
        )


@action("compliance.record_subsidies")
def agree_subsidy(
    *, actor: Actor, practice_id: int, what: str, cost_cents: int, contribution_cents: int,
    signed_date: date, paper: bytes, paper_name: str, now: datetime,
) -> Subsidy:  # fmt: skip
    """
    Keep an agreement in writing.

    :raises TooSmall: if the practice's part is below what the law asks
    :raises TooLarge: if it is above the cost
    :raises WrongFile: if the paper is none that is kept
    """
    least = least_contribution(cost_cents)
    if contribution_cents < least:
        raise TooSmall(least)
    if contribution_cents > cost_cents:
        raise TooLarge
    checked_kind(paper)
    made = Subsidy.objects.create(
        practice_id=practice_id, what=what, cost_cents=cost_cents,
        contribution_cents=contribution_cents, signed_date=signed_date,
        paper_sha256=store(paper).sha256, paper_name=paper_name[-200:], **by(actor, now),
    )  # fmt: skip
    record(actor=actor, action="compliance.subsidy.agreed", subject=made, practice=practice_id,
           cost_cents=cost_cents, contribution_cents=contribution_cents)  # fmt: skip
    return made


def _locked(subsidy_id: int) -> Subsidy:
    row = Subsidy.objects.select_for_update().get(pk=subsidy_id)
    if row.withdrawn_at is not None:
        raise SaidBefore(f"This agreement was withdrawn on {row.withdrawn_at:%Y-%m-%d}.")
    if row.released_at is not None:
        raise SaidBefore(f"{row.released_by_name} released it on {row.released_at:%Y-%m-%d}.")
    return row


@action("compliance.attest_subsidy")
def attest_subsidy(*, actor: Actor, subsidy_id: int, now: datetime) -> Subsidy:
    """
    Attest for the practice that no referral and no other business was asked for it.

    :raises SaidBefore: if somebody did, or the agreement is over
    """
    row = _locked(subsidy_id)
    if row.attested_at is not None:
        raise SaidBefore(f"{row.attested_by_name} attested on {row.attested_at:%Y-%m-%d}.")
    row.attested_at, row.attested_by_id, row.attested_by_name = now, actor.user_id, actor.name
    row.save(update_fields=["attested_at", "attested_by_id", "attested_by_name"])
    record(actor=actor, action="compliance.subsidy.attested", subject=row)
    return row


@action("compliance.record_subsidies")
def record_contribution(
    *, actor: Actor, subsidy_id: int, paid_date: date, reference: str, now: datetime
) -> Subsidy:
    """
    Keep that the practice paid its part.

    :raises SaidBefore: if it is on record, or the agreement is over
    :raises NotYet: if that day is to come
    """
    row = _locked(subsidy_id)
    if row.paid_date is not None:
        raise SaidBefore(f"Its part was paid on {row.paid_date}.")
    if paid_date > now.date():
        raise NotYet(f"{paid_date} is to come.")
    row.paid_date, row.paid_reference, row.paid_recorded_by_name = paid_date, reference, actor.name
    row.save(update_fields=["paid_date", "paid_reference", "paid_recorded_by_name"])
    record(actor=actor, action="compliance.subsidy.paid_for", subject=row, reference=reference)
    return row


@action("compliance.release_subsidies")
def release_subsidy(*, actor: Actor, subsidy_id: int, now: datetime) -> Subsidy:
    """
    Let the IPA give its part.

    :raises NotYet: if the practice has not attested, or not paid its part
    :raises OwnAgreement: if the actor recorded it
    :raises SaidBefore: if it was released or withdrawn
    """
    row = _locked(subsidy_id)
    if row.attested_at is None:
        raise NotYet("The practice has not attested that no referral was asked for it.")
    if row.paid_date is None:
        raise NotYet(f"The practice has not paid its {dollars_text(row.contribution_cents)}.")
    if row.recorded_by_id == actor.user_id:
        raise OwnAgreement(row)
    row.released_at, row.released_by_id, row.released_by_name = now, actor.user_id, actor.name
    row.save(update_fields=["released_at", "released_by_id", "released_by_name"])
    record(actor=actor, action="compliance.subsidy.released", subject=row,
           given_cents=row.given_cents)  # fmt: skip
    return row


@action("compliance.record_subsidies")
def withdraw_subsidy(*, actor: Actor, subsidy_id: int, words: str, now: datetime) -> Subsidy:
    """
    Take an agreement back before anything was given under it; it stays on record.

    :raises SaidBefore: if it was released or withdrawn
    """
    row = _locked(subsidy_id)
    row.withdrawn_at, row.withdrawn_words = now, words
    row.save(update_fields=["withdrawn_at", "withdrawn_words"])
    record(actor=actor, action="compliance.subsidy.withdrawn", subject=row)
    return row
