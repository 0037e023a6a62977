"""
The 850 purchase order (004010 or 005010): one order, and for each line how many go to which site.

The IPA stands in it as agent and every site as ship-to under its practice's name: whoever is sent
a drug is who buys it. Of a line's quantity each site's part is written in SDQ, ten a segment.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice

from ipaportal.core.refusals import Refused
from ipaportal.core.values import amount_text
from ipaportal.core.x12_writing import Interchange, Writer, clean
from purchasing.rules.gates import PRICE_ONLY_SCHEDULES

PER_SEGMENT = 10
MOST_SEGMENTS = 500
ASSIGNED_BY_BUYER = "92"
NDC_5_4_2, SUPPLIERS_NUMBER, OUR_NUMBER = "N4", "VN", "IN"


@dataclass(frozen=True, slots=True)
class Site:
    """Where something is sent, and the practice that buys it."""

    code: str
    name: str
    practice: str
    street: str
    city: str
    state: str
    zip_code: str


@dataclass(frozen=True, slots=True)
class OrderLine:
    """What is ordered of an item in all, and how many packs go to each site."""

    number: int
    packs: int
    unit: str
    """A unit of X12's list, such as EA, BX, CA."""
    price: Decimal
    description: str
    parts: tuple[tuple[str, int], ...]
    ndc11: str = ""
    sku: str = ""
    schedule: str = ""
    code: str = ""
    """Our own number, which suppliers' price lists name items by."""


@dataclass(frozen=True, slots=True)
class Order:
    """An order as it is sent to one supplier."""

    number: str
    ordered_on: date
    needed_on: date | None
    contract: str
    agent_name: str
    agent_code: str
    supplier_name: str
    supplier_code: str
    sites: tuple[Site, ...]
    lines: tuple[OrderLine, ...]
    purpose: str = "00"
    """00 is an original, 05 replaces one that was sent before."""


class OrderRefused(Refused):
    """An order that must not be sent as it is."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(
            f"The order was not written: {where}: {why}. Nothing was sent. Correct the order."
        )
        self.why = why


def write(interchange: Interchange, orders: Sequence[Order]) -> bytes:
    """
    Write orders into one interchange.

    :raises OrderRefused: if one of them does not add up, or may not be ordered this way
    """
    for order in orders:
        check(order)
    writer = Writer(interchange)
    for order in orders:
        _order(writer, order)
    return writer.close()


def check(order: Order) -> None:
    """
    See that an order may be sent: its parts sum, its sites are known, nothing is price-only.

    :raises OrderRefused: if not
    """
    sites = {site.code for site in order.sites}
    if not order.lines or not sites:
        raise OrderRefused(f"order {order.number}", "it has no lines or no sites")
    if len(sites) < len(order.sites) or not all(sites):
        raise OrderRefused(f"order {order.number}", "two sites have the same number, or one none")
    if len({line.number for line in order.lines}) < len(order.lines):
        raise OrderRefused(f"order {order.number}", "two lines have the same number")
    for line in order.lines:
        _check_line(line, sites)


def _check_line(line: OrderLine, sites: set[str]) -> None:
    where = f"line {line.number}"
    if line.schedule in PRICE_ONLY_SCHEDULES:
        why = "a schedule II drug is ordered by its registrant, never in a group order"
        raise OrderRefused(where, why)
    if any(packs <= 0 for _, packs in line.parts):
        raise OrderRefused(where, "a site's part is not above zero")
    if sum(packs for _, packs in line.parts) != line.packs:
        given = sum(packs for _, packs in line.parts)
        raise OrderRefused(where, f"{line.packs} are ordered and {given} given to sites")
    if len({code for code, _ in line.parts}) < len(line.parts):
        raise OrderRefused(where, "a site stands in it twice")
    unknown = sorted({code for code, _ in line.parts} - sites)
    if unknown:
        raise OrderRefused(where, f"no site has the number {unknown[0]}")
    if len(line.parts) > PER_SEGMENT * MOST_SEGMENTS:
        raise OrderRefused(where, f"more than {PER_SEGMENT * MOST_SEGMENTS} sites")
    if line.price < 0 or not (line.ndc11 or line.sku or line.code):
        raise OrderRefused(where, "it has no price, or neither an NDC nor any number")


def _order(writer: Writer, order: Order) -> None:
    segment = writer.segment
    writer.begin("850")
    segment("BEG", order.purpose, "SA", clean(order.number), "", _day(order.ordered_on))
    segment("CUR", "BY", "USD")
    if order.contract:
        segment("REF", "CT", clean(order.contract))
    if order.needed_on is not None:
        segment("DTM", "002", _day(order.needed_on))
    # AG: an agent, who does not buy.
    segment("N1", "AG", _name(order.agent_name), ASSIGNED_BY_BUYER, clean(order.agent_code))
    segment("N1", "SE", _name(order.supplier_name), ASSIGNED_BY_BUYER, clean(order.supplier_code))
    for site in order.sites:
        segment("N1", "ST", _name(site.practice), ASSIGNED_BY_BUYER, clean(site.code))
        segment("N2", _name(site.name))
        segment("N3", clean(site.street)[:55])
        segment("N4", clean(site.city)[:30], clean(site.state), clean(site.zip_code))
    for line in order.lines:
        _line(writer, line)
    segment("CTT", str(len(order.lines)), str(sum(line.packs for line in order.lines)))
    writer.end()


def _line(writer: Writer, line: OrderLine) -> None:
    ids = [
        (NDC_5_4_2, line.ndc11), (SUPPLIERS_NUMBER, clean(line.sku)), (OUR_NUMBER, clean(line.code))
    ]  # fmt: skip
    named = [text for kind, value in ids if value for text in (kind, value)]
    writer.segment(
        "PO1", str(line.number), str(line.packs), line.unit, amount_text(line.price), "", *named
    )
    writer.segment("PID", "F", "", "", "", clean(line.description)[:80])
    for parts in _tens(line.parts):
        pairs = [text for code, packs in parts for text in (clean(code), str(packs))]
        writer.segment("SDQ", line.unit, ASSIGNED_BY_BUYER, *pairs)


def _tens(parts: Sequence[tuple[str, int]]) -> Iterator[list[tuple[str, int]]]:
    rest = iter(parts)
    while some := list(islice(rest, PER_SEGMENT)):
        yield some


def _name(text: str) -> str:
    return clean(text)[:60]


def _day(day: date) -> str:
    return f"{day:%Y%m%d}"
