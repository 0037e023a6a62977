"""
The demo's deliveries: an order that is on its way, partly counted, and what was wrong with it.

One office scanned its boxes, one found a carton crushed, one found its vaccines too warm; of the
summer's order something went back. What the first office waits for is left for the visitor.
"""

import struct
import zlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from ipaportal.core.actors import Actor
from ipaportal.home.demo.papers import paper
from ipaportal.home.demo.supplier_papers import Parcel, answer_and_ship
from purchasing.actions.apart import receive_apart
from purchasing.actions.pack_codes import record_code
from purchasing.actions.receiving import receive_scanned
from purchasing.actions.supply_papers import keep_paper
from purchasing.actions.troubles import (
    ask_return,
    report_trouble,
    settle_trouble,
    step_own_trouble,
)
from purchasing.models import PurchaseLine, PurchaseVersion, Receipt
from purchasing.queries.recalls import ndc_of
from purchasing.rules.ndc import gtin_of

LOT, VACCINE_LOT = "K7910B", "FA22107"
SYRINGE_CODE = "00812345678901"


def some_comes(buyer: Actor, order_id: int, actors: dict[int, Actor], now: datetime) -> None:
    """Suppliers announce an order, and some offices have counted or complained; the rest waits."""
    rows = PurchaseLine.objects.filter(purchase__order=order_id, due__gt=0).order_by("pk")
    lines = list(rows.select_related("order_item__version", "location"))
    expires = now.date() + timedelta(days=420)
    lots = {line.pk: _lot_of(line) for line in lines}
    for version in PurchaseVersion.objects.filter(purchase__order=order_id).order_by("pk"):
        answer_and_ship(buyer, version, Parcel(lots, expires, now - timedelta(days=3)))
    by_kind: dict[str, list[PurchaseLine]] = {}
    for line in lines:
        by_kind.setdefault(line.order_item.version.kind, []).append(line)
    came = now - timedelta(days=1)
    for line in by_kind.get("supply", [])[:1]:  # so that its boxes can be scanned too
        record_code(
            actor=buyer, level_id=line.order_item.level_id, text=SYRINGE_CODE, is_moved=False,
            now=came, today=came.date(),
        )  # fmt: skip
    _scanned(by_kind.get("drug", [])[1:2], actors, came)
    _too_warm(by_kind.get("vaccine", [])[1:2], actors, came)
    _of_programmes(by_kind.get("vaccine", [])[1:2], actors, came)
    _crushed(buyer, by_kind.get("supply", [])[1:3], actors, came)


def _lot_of(line: PurchaseLine) -> str:
    if not line.order_item.version.lot_tracked:
        return ""
    return VACCINE_LOT if line.order_item.version.kind == "vaccine" else LOT


def _scanned(lines: Sequence[PurchaseLine], actors: dict[int, Actor], now: datetime) -> None:
    """Two boxes by their codes, and the supplier's statement beside them."""
    for line in lines:
        actor, gtin = actors[line.location_id], gtin_of(ndc_of(line.order_item.version))
        expires = now.date() + timedelta(days=420)
        codes = [f"01{gtin}17{expires:%y%m%d}10{LOT}\x1d21{7000 + n}" for n in (1, 2)]
        receive_scanned(
            actor=actor, texts=codes, location_id=line.location_id, seen_packs=2, now=now,
            today=now.date(),
        )  # fmt: skip
        keep_paper(
            actor=actor, line_id=line.pk, lot=LOT, has_information=True, has_statement=True,
            name="transaction-statement.pdf", now=now,
            data=paper(f"Transaction information and statement, lot {LOT} (demo)"),
        )  # fmt: skip


def _too_warm(lines: Sequence[PurchaseLine], actors: dict[int, Actor], now: datetime) -> None:
    for line in lines:
        report_trouble(
            actor=actors[line.location_id], line_id=line.pk, kind="warm", packs=1, now=now,
            lot=VACCINE_LOT, expires_date=now.date() + timedelta(days=420),
            highest=Decimal("13.4"), photo=indicator_photo(),
            note="The indicator in the box was red when the driver handed it over.",
        )  # fmt: skip


def _of_programmes(lines: Sequence[PurchaseLine], actors: dict[int, Actor], now: datetime) -> None:
    """Vaccines for children that the state sent, beside those that were bought."""
    for line in lines:
        receive_apart(
            actor=actors[line.location_id], location_id=line.location_id,
            level_id=line.order_item.level_id, ownership="vfc", packs=4, lot="VF91022",
            expires_date=now.date() + timedelta(days=300), note="shelf marked VFC", now=now,
            today=now.date(),
        )  # fmt: skip


def _crushed(
    buyer: Actor, lines: Sequence[PurchaseLine], actors: dict[int, Actor], now: datetime
) -> None:
    """One is open, and one has its return's number."""
    for place, line in enumerate(lines):
        made = report_trouble(
            actor=actors[line.location_id], line_id=line.pk, kind="damaged", packs=2, now=now,
            note="Corner of the carton crushed, boxes torn open.",
        )  # fmt: skip
        if place:
            settle_trouble(
                actor=buyer, trouble_id=made.pk, event="authorise", reference="RMA 55-1180",
                text="", seen_state="open", now=now + timedelta(hours=4), today=now.date(),
            )  # fmt: skip


def something_goes_back(
    buyer: Actor, order_id: int, actors: dict[int, Actor], now: datetime
) -> None:
    """Two boxes of what came go back whole, from the question to the credit."""
    found = Receipt.objects.filter(line__purchase__order=order_id, packs__gt=6, lot="")
    receipt = found.select_related("line").order_by("pk").first()
    if receipt is None:
        return
    actor = actors[receipt.line.location_id]
    made = ask_return(
        actor=actor, receipt_id=receipt.pk, packs=2, note="Ordered for an office that closed.",
        now=now,
    )  # fmt: skip
    given = {"trouble_id": made.pk, "text": ""}
    settle_trouble(
        actor=buyer, event="authorise", reference="RMA 55-0931", seen_state="open",
        now=now + timedelta(days=1), today=now.date(), **given,
    )  # fmt: skip
    step_own_trouble(
        actor=actor, event="ship", reference="UPS 1Z 999 AA1", seen_state="authorised",
        now=now + timedelta(days=2), **given,
    )  # fmt: skip
    settle_trouble(
        actor=buyer, event="credit", reference="CM 20418", seen_state="shipped",
        now=now + timedelta(days=9), today=now.date(), **given,
    )  # fmt: skip


def indicator_photo(width: int = 360, height: int = 240) -> bytes:
    """A picture of a carton with a temperature strip that turned red, drawn and not taken."""

    def colour(x: int, y: int) -> tuple[int, int, int]:
        if 90 <= x < 270 and 90 <= y < 150:
            if 104 <= x < 256 and 104 <= y < 136:
                return (196, 48, 38) if x > 150 else (232, 226, 214)
            return (250, 250, 248)
        shade = 6 if (x // 12 + y // 12) % 2 else 0
        edge = 40 if x < 8 or y < 8 or x >= width - 8 or y >= height - 8 else 0
        return (190 - shade - edge, 158 - shade - edge, 118 - shade - edge)

    rows = b"".join(
        b"\0" + b"".join(bytes(colour(x, y)) for x in range(width)) for y in range(height)
    )

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(
            ">I", zlib.crc32(name + data)
        )  # fmt: skip

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(
        b"IDAT", zlib.compress(rows)
    ) + chunk(b"IEND", b"")  # fmt: skip
