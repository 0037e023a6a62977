"""Amending an order that was sent: a new version replaces it, and the old one is kept."""

from collections.abc import Mapping
from datetime import datetime

from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import Refused
from purchasing.actions.awarded_prices import check_prices
from purchasing.actions.purchase_versions import write_version
from purchasing.models import (
    LineChange,
    PurchaseLine,
    PurchaseOrder,
    PurchaseVersion,
    Supplier,
    TradeProfile,
)
from purchasing.queries.awards import with_received
from purchasing.queries.purchases import content_of
from purchasing.rules.purchase_papers import is_same


class NotSent(Refused):
    """There is nothing out that could be amended."""

    def __init__(self, purchase: PurchaseOrder) -> None:
        super().__init__(
            f"{purchase} is {purchase.get_status_display()}, so no version of it is to be "
            "replaced. Nothing was changed."
        )


class VersionPassed(Refused):
    """Somebody amended it since it was looked at."""

    def __init__(self, purchase: PurchaseOrder) -> None:
        super().__init__(
            f"{purchase} was amended since you looked at it. Nothing was changed. Look at the "
            "newest version first."
        )


class NotAmended(Refused):
    def __init__(self) -> None:
        super().__init__(
            "This says what the last version says. Nothing was sent. Change a number of packs, or "
            "leave it as it is."
        )


class CannotAmendTo(Refused):
    """A number of packs that an amendment cannot ask for."""

    def __init__(self, line: PurchaseLine, why: str) -> None:
        super().__init__(f"{line.practice.name}, {line.order_item}: {why} Nothing was changed.")


class NothingIsLeft(Refused):
    def __init__(self) -> None:
        super().__init__(
            "Nothing would be left of this order, and an order of nothing cannot be sent. Nothing "
            "was changed. Tell the supplier that it is withdrawn, and share out nought packs."
        )


class BadIdentifier(Refused):
    """An identifier that cannot stand in an envelope."""

    def __init__(self, text: str) -> None:
        super().__init__(
            f"“{text[:30]}” cannot be an identifier: it is two to fifteen letters, digits, blanks "
            "or hyphens. Nothing was recorded."
        )


@action("purchasing.run_order")
def amend_purchase(
    *, actor: Actor, purchase_id: int, packs: Mapping[int, int], reason: str, seen_version: int,
    now: datetime,
) -> PurchaseVersion:  # fmt: skip
    """
    Ask for fewer packs of some lines, or tell what a shortage left: in a new version.

    :raises NotSent: if it is not out
    :raises VersionPassed: if it was amended since it was looked at
    :raises CannotAmendTo: if more is asked for than was awarded, or less than has come
    :raises PriceWouldRise: if what is left misses the award's tier
    :raises NothingIsLeft: if nothing is left
    :raises NotAmended: if it says what the last version says
    """
    purchase = PurchaseOrder.objects.select_for_update().get(pk=purchase_id)
    last = purchase.versions.first()
    if last is None or purchase.status != PurchaseOrder.Status.SENT:
        raise NotSent(purchase)
    if last.number != seen_version:
        raise VersionPassed(purchase)
    lines = list(
        with_received(purchase.lines.select_related("order_item__version", "practice")).order_by(
            "pk"
        )
    )
    changes = [
        (line, line.due, packs[line.pk])
        for line in lines
        if packs.get(line.pk, line.due) != line.due
    ]
    _check(purchase, changes)
    for line, _, after in changes:
        line.due = after
        line.save(update_fields=["due"])
    check_prices(lines)
    told = content_of(purchase, last.number + 1, now.date(), reason=reason)
    if not told["lines"]:
        raise NothingIsLeft
    if is_same(last.content, told):
        raise NotAmended
    version = write_version(purchase, actor, now, reason)
    LineChange.objects.bulk_create(
        LineChange(line=line, version=version, before=before, after=after, reason=reason,
                   changed_at=now)
        for line, before, after in changes
    )  # fmt: skip
    record(
        actor=actor, action="purchasing.purchase.amended", subject=purchase,
        number=version.number, x12_sha256=version.x12_sha256, pdf_sha256=version.pdf_sha256,
    )  # fmt: skip
    return version


def _check(purchase: PurchaseOrder, changes: list[tuple[PurchaseLine, int, int]]) -> None:
    shared = set(purchase.shortages.values_list("order_item_id", flat=True))
    for line, _, after in changes:
        if line.blocked_because:
            raise CannotAmendTo(line, "It was stopped when the order was sent.")
        if line.order_item_id in shared:
            raise CannotAmendTo(line, "What comes was shared out; share out anew if less comes.")
        if not line.received <= after <= line.packs:
            raise CannotAmendTo(
                line,
                f"{line.received:,} have come and {line.packs:,} were awarded: name a number from "
                f"{line.received:,} to {line.packs:,}.",
            )


@action("purchasing.edit_catalogue")
def save_profile(
    *, actor: Actor, supplier_id: int, now: datetime, account: str = "", **ids: str
) -> TradeProfile:
    """
    Record under which identifiers a supplier and we exchange X12 from now on.

    :raises BadIdentifier: if one cannot stand in an envelope
    """
    for name in ("our_id", "their_id"):
        ids[name] = ids[name].strip().upper()
        kept = ids[name].replace("-", "").replace(" ", "")
        if not (2 <= len(ids[name]) <= 15 and kept.isascii() and kept.isalnum()):
            raise BadIdentifier(ids[name])
    supplier = Supplier.objects.select_for_update().get(pk=supplier_id)
    supplier.profiles.filter(superseded_at=None).update(superseded_at=now)
    made = TradeProfile.objects.create(
        supplier=supplier, account=account.strip(), recorded_by_id=actor.user_id,
        recorded_by_name=actor.name, recorded_at=now, **ids,
    )  # fmt: skip
    record(actor=actor, action="purchasing.profile.recorded", subject=supplier)
    return made
