"""Saying who may buy under a contract: asked for by a practice, loaded by the supplier."""

from collections.abc import Sequence
from datetime import date, datetime

from credentialing.models import Practice
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.locks import lock
from ipaportal.core.refusals import NotPermitted, Refused
from ipaportal.core.scopes import EVERYBODY, seeing
from purchasing.actions.commitments import SIGN
from purchasing.models import ContractReach, Eligibility, SupplyContract
from purchasing.queries.eligibility import reach_of
from purchasing.queries.sites import practices_of
from purchasing.rules.eligibility import ELIGIBILITY, NAMED, NOT_ASKED
from purchasing.rules.eligibility import EVERYBODY as ALL
from purchasing.rules.lifecycle import NotAllowed, after

State = Eligibility.State


class SaidAlready(Refused):
    def __init__(self, contract: SupplyContract, open_to: str) -> None:
        who = "every practice" if open_to == ALL else "named practices"
        super().__init__(f"{contract} is for {who} already. Nothing was changed.")


class OpenToAll(Refused):
    """A contract under which nobody has to be named."""

    def __init__(self, contract: SupplyContract) -> None:
        super().__init__(
            f"Every practice may buy under {contract}. Nothing was changed; nobody has to be named."
        )


class DayMissing(Refused):
    def __init__(self) -> None:
        super().__init__(
            "From which day on is missing. Nothing was changed. Say the day that the supplier "
            "confirmed."
        )


class EndsBeforeItBegins(Refused):
    def __init__(self, practice: Practice, start: date) -> None:
        super().__init__(
            f"{practice.name} may buy only from {start:%b %-d, %Y} on. Nothing was changed. Name "
            "that day or a later one."
        )


class StandsOtherwise(Refused):
    """Of several practices one cannot go this way, so none does."""

    def __init__(self, practice: Practice, refusal: NotAllowed) -> None:
        super().__init__(f"{practice.name}: {refusal.message} None of the practices was changed.")


@action("purchasing.edit_catalogue")
def set_reach(
    *, actor: Actor, contract_id: int, open_to: str, source: str, now: datetime
) -> ContractReach:
    """
    Say whether a contract is for everybody, or for practices that the supplier has loaded.

    :raises SaidAlready: if it is so already
    """
    contract = SupplyContract.objects.select_related("supplier__party").get(pk=contract_id)
    lock("eligibility", contract.pk)
    before = reach_of(contract)
    if open_to == (before.open_to if before else ALL):
        raise SaidAlready(contract, open_to)
    contract.reach.filter(superseded_at=None).update(superseded_at=now)
    made = ContractReach.objects.create(
        contract=contract, open_to=open_to, source=source, recorded_by_id=actor.user_id,
        recorded_by_name=actor.name, recorded_at=now,
    )  # fmt: skip
    record(actor=actor, action="purchasing.contract.reach", subject=contract, open_to=open_to)
    return made


@action("purchasing.edit_catalogue")
def move_eligibility(
    *, actor: Actor, contract_id: int, practice_ids: Sequence[int], event: str, now: datetime,
    day: date | None = None, class_of_trade: str = Eligibility.Trade.PRACTICE, note: str = "",
) -> list[Eligibility]:  # fmt: skip
    """
    Say how far practices are with a contract: all of them, or none.

    :raises OpenToAll: if the contract is for everybody
    :raises StandsOtherwise: if one of them cannot go this way
    :raises DayMissing: if they are loaded or ended, and no day is named
    :raises EndsBeforeItBegins: if it would end before it begins
    """
    contract = _named(contract_id)
    if event in ("load", "end") and day is None:
        raise DayMissing
    practices = Practice.objects.filter(pk__in=practice_ids).order_by("name", "pk")
    made = [
        _moved(contract, one, event, day, class_of_trade, note, actor, now) for one in practices
    ]
    record(
        actor=actor, action=f"purchasing.eligibility.{event}", subject=contract,
        practices=[one.practice_id for one in made],
    )  # fmt: skip
    return made


@action(SIGN)
def ask_eligibility(
    *, actor: Actor, practice_id: int, contract_id: int, now: datetime
) -> Eligibility:
    """
    Ask for a practice that it may buy under a contract.

    :raises NotPermitted: if it is not theirs
    :raises OpenToAll: if the contract is for everybody
    :raises StandsOtherwise: if it was asked for, or may buy
    """
    practice = practices_of(actor, SIGN).filter(pk=practice_id).first()
    if practice is None:
        raise NotPermitted(actor.name, SIGN)
    with seeing(EVERYBODY):  # the contract is staff's; that it is for named practices is told
        contract = _named(contract_id)
    made = _moved(contract, practice, "ask", None, Eligibility.Trade.PRACTICE, "", actor, now)
    record(actor=actor, action="purchasing.eligibility.ask", subject=made)
    return made


def _named(contract_id: int) -> SupplyContract:
    """A contract for named practices, as nobody else changes who they are."""
    contract = SupplyContract.objects.select_related("supplier__party").get(pk=contract_id)
    lock("eligibility", contract.pk)
    reach = reach_of(contract)
    if reach is None or reach.open_to != NAMED:
        raise OpenToAll(contract)
    return contract


def _moved(
    contract: SupplyContract, practice: Practice, event: str, day: date | None, trade: str,
    note: str, actor: Actor, now: datetime,
) -> Eligibility:  # fmt: skip
    rows = Eligibility.objects.filter(contract=contract, practice=practice, superseded_at=None)
    before = rows.first()
    try:
        state = after(before.state if before else NOT_ASKED, event, ELIGIBILITY)
    except NotAllowed as refusal:
        raise StandsOtherwise(practice, refusal) from refusal
    start, end = (before.effective_date, before.end_date) if before else (None, None)
    if event == "load":
        start, end = day, None
    elif event == "end":
        end = day
        if end < start:
            raise EndsBeforeItBegins(practice, start)
    rows.update(superseded_at=now)
    kept = before.class_of_trade if before and event != "load" else trade
    return Eligibility.objects.create(
        contract=contract, practice=practice, state=state, class_of_trade=kept,
        effective_date=start, end_date=end, note=note, recorded_by_id=actor.user_id,
        recorded_by_name=actor.name, recorded_at=now,
    )  # fmt: skip
