"""How claims against reinsurers stand in lists."""

from django.urls import reverse
from django.utils import timezone

from compliance.models import Recovery, ReinsuranceContract
from compliance.queries.recoveries import recoveries
from compliance.rules.recoveries import WORDS, Sums
from ipaportal.core.parts import Column, Empty, Listing, list_rows

RECOVERIES = (
    Column("number", "Claim", "link", sort="number"),
    Column("reinsurer", "Reinsurer"),
    Column("contract", "Contract"),
    Column("filed", "Filed", "day", sort="filed_at"),
    Column("cents", "Asked for $", "money", sort="cents"),
    Column("paid", "Paid $", "money", sort="paid_cents"),
    Column("open", "Open $", "money"),
    Column("state", "State", "status"),
    Column("by", "Filed by", minor=True),
)


def recovery_row(one: Recovery) -> dict[str, object]:
    """A claim with what was paid of it."""
    sums = Sums(one.cents, one.paid_cents)
    return {
        "number": one.number, "reinsurer": one.contract.reinsurer.name,
        "contract": one.contract.number, "filed": timezone.localdate(one.filed_at),
        "cents": one.cents, "paid": one.paid_cents, "open": sums.open_cents,
        "state": WORDS[sums.stage], "by": one.filed_by_name,
        "url": reverse("compliance:recovery_detail", args=[one.pk]),
    }  # fmt: skip


def asked_listing(contract: ReinsuranceContract, member_id: int) -> Listing:
    """What was asked for of one member's year, however often the contract was entered anew."""
    rows = recoveries().filter(
        contract__payer=contract.payer_id, contract__number=contract.number, member=member_id
    )
    return list_rows(
        [recovery_row(one) for one in rows], RECOVERIES, {}, caption="Claims against the reinsurer",
        page_size=100,
        empty=Empty("Nothing was asked for", "What lies above the attachment point is filed here."),
    )  # fmt: skip
