"""Bar codes of packs: recorded once by whoever keeps the catalogue, then found by every scanner."""

from datetime import date, datetime

from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.locks import lock
from ipaportal.core.refusals import Refused
from purchasing.formats.gs1 import read_code
from purchasing.models import ItemVersion, PackCode, PackLevel
from purchasing.queries.recalls import ndc_of
from purchasing.rules.ndc import ten_digits_of


class CodeOfAnother(Refused):
    """A bar code that is a pack's already."""

    def __init__(self, held: PackCode) -> None:
        super().__init__(
            f"{held.gtin} is the code of {held.level} of {held.level.item}, as "
            f"{held.recorded_by_name} recorded it. Nothing was changed. If that was wrong, say so "
            "and record it here."
        )


class CodeHoldsAnotherNdc(Refused):
    """A drug's bar code that holds other digits than the item's NDC."""

    def __init__(self, ten: str, version: ItemVersion) -> None:
        super().__init__(
            f"This code holds the ten digits {ten}, and the NDC of {version} is {version.ndc}. "
            "Nothing was changed. Look whether it is the same product, or correct the NDC."
        )


@action("purchasing.edit_catalogue")
def record_code(
    *, actor: Actor, level_id: int, text: str, is_moved: bool, now: datetime, today: date
) -> PackCode:
    """
    Record the bar code of a pack, scanned or typed; a code is one pack's alone.

    :raises BadScan: if it is no code, or its check digit is wrong
    :raises CodeHoldsAnotherNdc: if it holds the digits of another drug
    :raises CodeOfAnother: if it is another pack's, and nobody says that this was wrong
    """
    gtin = read_code(text, today).gtin
    lock("pack code", gtin)
    level = PackLevel.objects.select_related("item").get(pk=level_id)
    version = level.item.versions.current().get()
    ten, ndc = ten_digits_of(gtin), ndc_of(version)
    if ten is not None and ndc is not None and ndc.ndc10 and ndc.ndc10.replace("-", "") != ten:
        raise CodeHoldsAnotherNdc(ten, version)
    known = PackCode.objects.filter(gtin=gtin, superseded_at=None)
    held = known.select_related("level__item").first()
    if held is not None and not is_moved:
        raise CodeOfAnother(held)
    known.update(superseded_at=now)
    made = PackCode.objects.create(
        level=level, gtin=gtin, recorded_by_id=actor.user_id, recorded_by_name=actor.name,
        recorded_at=now,
    )  # fmt: skip
    record(actor=actor, action="purchasing.code.recorded", subject=level.item, gtin=gtin)
    return made
