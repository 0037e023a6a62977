"""What a supplier of the demo calls two of our items: learnt once, and one of them taken back."""

from datetime import datetime, timedelta

from ipaportal.core.actors import Actor
from purchasing.actions.supplier_numbers import revoke_number
from purchasing.actions.trade import match_line
from purchasing.models import PurchaseVersion, SupplierNumber, TradeLine

# Our code, and the supplier's number on its invoices.
OWN_NUMBERS = {"PAPER-21": "QX-2104", "GOWN-R": "QX-3300"}
MEANS_NOTHING = "qx-3300"


def used_numbers(version: PurchaseVersion) -> dict[str, str]:
    """Which of its own numbers a supplier still writes, by our code: none that was taken back."""
    revoked = SupplierNumber.objects.filter(
        supplier=version.purchase.supplier, superseded_at=None, level=None
    ).values_list("number", flat=True)
    gone = set(revoked)
    return {code: one for code, one in OWN_NUMBERS.items() if one.casefold() not in gone}


def learn_own_numbers(buyer: Actor, version: PurchaseVersion, now: datetime) -> None:
    """Say what waits of an invoice is; one number turns out to stand for two sizes."""
    codes = {number.casefold(): code for code, number in OWN_NUMBERS.items()}
    waiting = TradeLine.objects.filter(
        document__purchase=version.purchase, state="waiting", code="unmatched"
    )
    for line in waiting.order_by("pk"):
        code = codes[line.said["sku"].casefold()]
        bought = version.purchase.lines.filter(order_item__version__item__code=code).first()
        match_line(actor=buyer, line_id=line.pk, order_item_id=bought.order_item_id, now=now,
                   text="by its price and its packs")  # fmt: skip
    wrong = SupplierNumber.objects.filter(
        supplier=version.purchase.supplier, number=MEANS_NOTHING, superseded_at=None,
        level__isnull=False,
    ).first()  # fmt: skip
    if wrong is not None:
        revoke_number(
            actor=buyer, supplier_id=wrong.supplier_id, number_id=wrong.pk,
            now=now + timedelta(days=1),
        )  # fmt: skip
