"""Signing and ending an addendum that states a fee above three per cent."""

from datetime import date, datetime

from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted, Refused
from purchasing.actions.commitments import SIGN, NameDiffers
from purchasing.models import FeeAddendum, SupplyContract
from purchasing.queries.fee_addenda import above_harbor, live_addendum
from purchasing.queries.sites import practices_of
from purchasing.rules.fees import addendum_text


class NoAddendumNeeded(Refused):
    def __init__(self) -> None:
        super().__init__(
            "This contract has ended, or its fee is within the 3 % of your agreement. Nothing was "
            "signed; nothing needs to be."
        )


class AddendumSigned(Refused):
    def __init__(self, live: FeeAddendum) -> None:
        super().__init__(
            f"{live.signed_by_name} signed this on {live.signed_at:%b %-d, %Y}. Nothing was "
            "changed. End it first if it should say something else."
        )


class AddendumNotSigned(Refused):
    def __init__(self) -> None:
        super().__init__("No addendum is in force here. Nothing was changed.")


def _found(actor: Actor, practice_id: int, contract_id: int, today: date):
    practice = practices_of(actor, SIGN).filter(pk=practice_id).first()
    if practice is None:
        raise NotPermitted(actor.name, SIGN)
    contract = next((one for one in above_harbor(today) if one.pk == contract_id), None)
    return practice, contract


@action(SIGN)
def sign_addendum(
    *, actor: Actor, practice_id: int, contract_id: int, signed_name: str, now: datetime,
    today: date,
) -> FeeAddendum:  # fmt: skip
    """
    Sign for a practice that a supplier may pay the IPA up to what the contract says.

    :raises NotPermitted: if it is not theirs
    :raises NoAddendumNeeded: if the contract ended, or its fee is within three per cent
    :raises NameDiffers: if the name is not the signer's
    :raises AddendumSigned: if one is in force
    """
    practice, contract = _found(actor, practice_id, contract_id, today)
    if contract is None:
        raise NoAddendumNeeded
    if " ".join(signed_name.split()).casefold() != actor.name.casefold():
        raise NameDiffers(actor.name)
    live = live_addendum(practice, contract)
    if live is not None:
        raise AddendumSigned(live)
    made = FeeAddendum.objects.create(
        practice=practice, contract_id=contract.pk, supplier_id=contract.supplier_id,
        contract_number=contract.number, most_pct=contract.fee_pct, effective_date=today,
        text=addendum_text(str(contract.supplier), contract.fee_pct), signed_name=signed_name,
        signed_by_id=actor.user_id, signed_by_name=actor.name, signed_at=now,
    )  # fmt: skip
    record(actor=actor, action="purchasing.addendum.signed", subject=made)
    return made


@action(SIGN)
def end_addendum(
    *, actor: Actor, practice_id: int, contract_id: int, now: datetime, today: date
) -> FeeAddendum:
    """
    End an addendum from today on: later fees above three per cent are refused.

    :raises NotPermitted: if it is not theirs
    :raises AddendumNotSigned: if none is in force
    """
    practice = practices_of(actor, SIGN).filter(pk=practice_id).first()
    if practice is None:
        raise NotPermitted(actor.name, SIGN)
    live = live_addendum(practice, SupplyContract(pk=contract_id))
    if live is None:
        raise AddendumNotSigned
    live.end_date, live.ended_by_name, live.ended_at = today, actor.name, now
    live.save(update_fields=["end_date", "ended_by_name", "ended_at"])
    record(actor=actor, action="purchasing.addendum.ended", subject=live)
    return live
