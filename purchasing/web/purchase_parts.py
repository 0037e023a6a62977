"""What pages of purchase orders show of their versions."""

from django.urls import reverse

from ipaportal.core.parts import Column, Empty, Listing, list_rows
from purchasing.models import PurchaseOrder, PurchaseVersion
from purchasing.rules.purchase_papers import packs_of

VERSIONS = (
    Column("number", "Version", "count"),
    Column("day", "Sent on", "day"),
    Column("who", "By"),
    Column("packs", "Packs", "count"),
    Column("cents", "Comes to $", "money"),
    Column("pdf", "PDF", url="pdf_url", opens_page=True),
    Column("x12", "X12 850", url="x12_url", opens_page=True),
    Column("digest", "SHA-256 of both", minor=True),
    Column("reason", "Why", wide=True),
)


def versions_of(purchase: PurchaseOrder) -> Listing:
    """Every version as it went out, the newest first."""
    empty = Empty("Nothing went out yet", "Each version stays here as it was sent.")
    rows = [_version(one) for one in purchase.versions.all()]
    return list_rows(rows, VERSIONS, {}, caption="As it went out", page_size=200, empty=empty)


def _version(one: PurchaseVersion) -> dict[str, object]:
    return {
        "number": one.number,
        "day": one.made_at.date(),
        "who": one.made_by_name,
        "packs": packs_of(one.content["lines"]),
        "cents": one.content["total_cents"],
        "pdf": "Download",
        "pdf_url": reverse("purchasing:version_pdf", args=[one.pk]),
        "x12": "Download",
        "x12_url": reverse("purchasing:version_x12", args=[one.pk]),
        "digest": f"{one.pdf_sha256[:12]}, {one.x12_sha256[:12]}",
        "reason": one.reason or "as awarded",
    }
