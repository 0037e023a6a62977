"""Rebates on the savings pages: a figure of their own, in no price and in no saving."""

from collections.abc import Sequence
from datetime import timedelta

from django.urls import reverse

from ipaportal.core.parts import Column, Empty, FactItem, Listing, list_rows
from purchasing.queries.rebate_sums import RebateSum, summed

REBATES = (
    Column("supplier", "Supplier", "link"),
    Column("contract", "Contract", minor=True),
    Column("start", "From", "day"),
    Column("last", "To", "day"),
    Column("earned", "Earned $", "money"),
    Column("received", "Paid by it $", "money"),
    Column("kept", "Kept by the IPA $", "money"),
    Column("given", "Net to practices $", "money"),
    Column("to_come", "Still to come $", "money"),
)


def rebate_facts(found: Sequence[RebateSum], page: str) -> list[FactItem]:
    """Gross, net and what is still to come; each opens the list that it is the sum of."""
    if not found:
        return []
    url = reverse(f"purchasing:{page}")
    return [
        FactItem("Rebates earned, gross $", summed(found, "earned_cents"), "money", url=url),
        FactItem("Paid by suppliers $", summed(found, "received_cents"), "money", url=url),
        FactItem("Kept by the IPA $", summed(found, "kept_cents"), "money", url=url,
                 note="a fee, told every year"),
        FactItem("Net to practices $", summed(found, "given_cents"), "money", url=url),
        FactItem("Still to come $", summed(found, "to_come_cents"), "money", url=url,
                 note="before what the IPA keeps of it"),
    ]  # fmt: skip


def rebate_table(found: Sequence[RebateSum]) -> Listing:
    """Each period; it opens with the lines that it comes from."""
    return list_rows(list(map(_row, found)), REBATES, {}, caption="Rebates", page_size=200,
                     empty=Empty("No rebate"))  # fmt: skip


def _row(one: RebateSum) -> dict[str, object]:
    return {
        "supplier": one.supplier,
        "contract": one.contract_number,
        "start": one.start,
        "last": one.end - timedelta(days=1),
        "earned": one.earned_cents,
        "received": one.received_cents,
        "kept": one.kept_cents,
        "given": one.given_cents,
        "to_come": one.to_come_cents,
        "url": _url(one),
    }


def _url(one: RebateSum) -> str:
    if one.contract_id:
        where = [one.contract_id, one.start.isoformat()]
        return reverse("purchasing:rebate_period", args=where)
    if one.part_id:
        return reverse("purchasing:my_rebate", args=[one.part_id])
    return reverse("purchasing:my_rebate_receipt", args=[one.receipt_id])
