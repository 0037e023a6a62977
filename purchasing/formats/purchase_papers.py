"""A purchase order as it goes out: an accessible PDF (tagged, PDF/UA-1), and an X12 850."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from ipaportal.core.pdfs import render_pdf
from ipaportal.core.x12_writing import Interchange
from purchasing.formats import order_850

TEMPLATE = Path(__file__).with_name("purchase.typ")
VERSION, GROUP = "004010", "PO"
ORIGINAL, REPLACES = "00", "05"


def render_order(content: Mapping[str, object]) -> bytes:
    """
    Write an order as PDF; the same content gives the same bytes.

    :raises ValueError: if the document would not meet PDF/UA-1
    """
    return render_pdf(TEMPLATE, content)


def write_order(content: Mapping[str, object], control_number: int, now: datetime) -> bytes:
    """
    Write an order as an 850, under the identifiers that the supplier and we agreed on.

    :raises OrderRefused: if it does not add up, or may not be ordered this way
    """
    edi = content["edi"]
    interchange = Interchange(
        edi["our_id"], edi["their_id"], now, control_number, GROUP, VERSION,
        sender_qualifier=edi["our_qualifier"], receiver_qualifier=edi["their_qualifier"],
    )  # fmt: skip
    return order_850.write(interchange, [order_of(content)])


def order_of(content: Mapping[str, object]) -> order_850.Order:
    """A version's content as the 850 has it."""
    needed = content["needed"]
    return order_850.Order(
        number=content["number"],
        ordered_on=date.fromisoformat(content["date"]),
        needed_on=date.fromisoformat(needed) if needed else None,
        contract=content["contracts"][0] if len(content["contracts"]) == 1 else "",
        agent_name=content["agent"],
        agent_code=content["account"] or content["edi"]["our_id"],
        supplier_name=content["supplier"],
        supplier_code=content["edi"]["their_id"],
        sites=tuple(
            order_850.Site(
                site["code"], site["street"], site["practice"], site["street"], site["city"],
                site["state"], site["zip"],
            )
            for site in content["sites"]
        ),
        lines=tuple(_line(line) for line in content["lines"]),
        purpose=REPLACES if content["version"] > 1 else ORIGINAL,
    )  # fmt: skip


def _line(line: Mapping[str, object]) -> order_850.OrderLine:
    return order_850.OrderLine(
        number=line["number"],
        packs=line["packs"],
        unit=line["unit"],
        price=Decimal(line["price"]),
        description=f"{line['name']}, {line['pack']}",
        parts=tuple((part["site"], part["packs"]) for part in line["parts"]),
        ndc11=line["ndc11"],
        schedule=line["schedule"],
        code=line["code"],
    )
