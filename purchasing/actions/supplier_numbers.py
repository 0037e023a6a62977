"""Learning suppliers' own numbers from what a person matched, and taking one back by adding."""

from datetime import datetime

from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.locks import lock
from ipaportal.core.refusals import Refused
from purchasing.models import SupplierNumber, TradeLine


class NumberMeansNothing(Refused):
    def __init__(self) -> None:
        super().__init__(
            "This number was taken back already, or means something else by now. Nothing was "
            "changed. Look at the list as it is."
        )


def learn_number(line: TradeLine, level_id: int, actor: Actor, now: datetime) -> None:
    """Keep what a supplier's own number means, where a person matched a line that names nothing."""
    number = line.said.get("sku", "").strip().casefold()
    if not number or line.said.get("ndc") or line.said.get("code"):
        return
    supplier_id = line.document.supplier_id
    lock("supplier number", supplier_id, number)
    live = SupplierNumber.objects.filter(supplier_id=supplier_id, number=number, superseded_at=None)
    if live.filter(level_id=level_id).exists():
        return
    _replace(live, actor, now, supplier_id, number, level_id, line.pk)


def _replace(live, actor: Actor, now: datetime, supplier_id: int, number: str,
             level_id: int | None, line_id: int | None) -> SupplierNumber:  # fmt: skip
    live.update(superseded_at=now)
    return SupplierNumber.objects.create(
        supplier_id=supplier_id, number=number, level_id=level_id, learnt_from_id=line_id,
        recorded_by_id=actor.user_id, recorded_by_name=actor.name, recorded_at=now,
    )  # fmt: skip


@action("purchasing.take_papers")
def revoke_number(
    *, actor: Actor, supplier_id: int, number_id: int, now: datetime
) -> SupplierNumber:
    """
    Say that a supplier's number means nothing to us from now on; what it matched stays matched.

    :raises NumberMeansNothing: if it does not any more
    """
    found = SupplierNumber.objects.filter(pk=number_id, supplier_id=supplier_id).first()
    number = found.number if found else ""
    lock("supplier number", supplier_id, number)
    live = SupplierNumber.objects.filter(
        pk=number_id, supplier_id=supplier_id, superseded_at=None, level__isnull=False
    )
    if not live.exists():
        raise NumberMeansNothing
    made = _replace(live, actor, now, supplier_id, number, None, None)
    record(actor=actor, action="purchasing.number.revoked", subject=made.supplier, number=number)
    return made
