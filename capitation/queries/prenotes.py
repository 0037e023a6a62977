"""Prenotes: whether the IPA sends them, which are to be sent, where each account stands."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from capitation.models import BankAccount, BankAgreement, Prenote, PrenoteFile, ReturnLine
from capitation.models.prenotes import PrenoteQuerySet
from capitation.rules.prenotes import PrenoteState, prenote_state
from ipaportal.core.actors import Actor

VIEW = "capitation.view_payments"


def agreement_on(day: date) -> BankAgreement | None:
    """What the IPA agreed with its bank, as it holds on a day."""
    return BankAgreement.objects.filter(effective_date__lte=day).first()


def sends_prenotes(day: date) -> bool:
    """Whether the IPA tests new and changed accounts on a day."""
    agreement = agreement_on(day)
    return agreement is not None and agreement.sends_prenotes


def prenotes(*, actor: Actor) -> PrenoteQuerySet:
    """Prenotes that an actor may see, those to be sent first."""
    rows = Prenote.objects.for_actor(actor, VIEW).select_related("bank_account__party", "file")
    return rows.order_by("-pk")


def prenotes_to_send() -> PrenoteQuerySet:
    """Prenotes of accounts in use that no file went out for."""
    rows = Prenote.objects.filter(
        status=Prenote.Status.NEEDED, bank_account__status=BankAccount.Status.ACTIVE
    )
    return rows.select_related("bank_account__party").order_by("pk")


def prenote_files(*, actor: Actor) -> list[PrenoteFile]:
    """The files that went to the bank, newest first."""
    return [] if actor.reach(VIEW) is not None else list(PrenoteFile.objects.all())


def prenote_states(accounts: Iterable[BankAccount], today: date) -> dict[UUID, PrenoteState]:
    """Where each of some accounts stands; one that never needed a prenote is left out."""
    found = list(Prenote.objects.filter(bank_account__in=[account.pk for account in accounts]))
    if not found:
        return {}
    is_asked = sends_prenotes(today)
    noticed = set(
        ReturnLine.objects.filter(
            prenote__in=found, kind=ReturnLine.Kind.CHANGE, state=ReturnLine.State.WAITING
        ).values_list("prenote_id", flat=True)
    )
    return {
        prenote.bank_account_id: prenote_state(
            prenote.status,
            prenote.clears_on,
            today,
            is_asked=is_asked,
            has_notice=prenote.pk in noticed,
        )
        for prenote in found
    }
