"""
The 856 ship notice: what is on its way to which site, in which lots.

Its levels name their parents (HL02), and what an outer level says, such as the order or the
ship-to, is true of all inside it: shipment, order, tare, pack, item.
"""

from dataclasses import dataclass, field
from datetime import date

from ipaportal.core.x12 import Problem, Segment, Source, element
from ipaportal.core.x12_faults import Faults
from purchasing.formats.trade_documents import (
    MAX_LINES,
    Documents,
    Goods,
    count_of,
    day_of,
    goods_of,
)

DEPTH = 12
LOT_QUALIFIERS = ("LT", "BB", "B8")
SERIAL_QUALIFIERS = ("SE", "SN")
EXPIRES, SHIPPED, ARRIVES = "036", "011", "017"


@dataclass(frozen=True, slots=True)
class ShipLine:
    """So many packs of something on their way to a site, of one lot where it is named."""

    segment_no: int
    order_number: str
    line: str
    site: str
    goods: Goods
    packs: int
    unit: str
    lot: str
    expires_on: date | None
    serials: tuple[str, ...]
    carton: str


@dataclass(frozen=True, slots=True)
class Shipment:
    """One notice; `has_statement` says that it carries DSCSA's transaction statement (YNQ)."""

    segment_no: int
    number: str
    shipped_on: date | None
    arrives_on: date | None
    carrier: str
    tracking: tuple[str, ...]
    has_statement: bool
    lines: tuple[ShipLine, ...]


@dataclass(frozen=True, slots=True)
class ShipFile:
    """All notices of a file, and what is wrong with it."""

    shipments: tuple[Shipment, ...]
    problems: tuple[Problem, ...]


@dataclass(slots=True)
class _Level:
    """What one HL says itself; the rest is its parent's."""

    segment_no: int
    kind: str
    parent: "_Level | None"
    order: str = ""
    site: str = ""
    carton: str = ""
    line: str = ""
    goods: Goods | None = None
    packs: int | None = None
    unit: str = ""
    lot: str = ""
    expires_on: date | None = None
    serials: list[str] = field(default_factory=list)

    def nearest(self, name: str):
        """What this level or the nearest around it says."""
        level: _Level | None = self
        while level is not None:
            value = getattr(level, name)
            if value:
                return value
            level = level.parent
        return ""


class _Reader:
    def __init__(self) -> None:
        self.faults = Faults()
        self.found: list[Shipment] = []
        self._start(0)

    def _start(self, number: int) -> None:
        self.number, self.segment_no = "", number
        self.levels: dict[str, _Level] = {}
        self.now: _Level | None = None
        self.items: list[_Level] = []
        self.days: dict[str, date | None] = {}
        self.carrier, self.tracking, self.has_statement = "", [], False

    def begin(self, number: int, _segment: Segment) -> None:
        self._start(number)

    def bsn(self, number: int, segment: Segment) -> None:
        self.number = element(segment, 2).strip()
        if not self.number:
            self.faults.refuse(number, segment, "no_number", "The notice has no number (BSN02).")

    def hl(self, number: int, segment: Segment) -> None:
        own, parent = element(segment, 1).strip(), element(segment, 2).strip()
        above = self.levels.get(parent)
        if parent and above is None:
            words = f"Level {own[:8]} lies in level {parent[:8]}, which is not there."
            self.faults.refuse(number, segment, "no_parent", words)
        if own in self.levels:
            self.faults.refuse(number, segment, "level_twice", f"Level {own[:8]} is there twice.")
        depth, outer = 0, above
        while outer is not None:
            depth, outer = depth + 1, outer.parent
        if depth > DEPTH or len(self.levels) > MAX_LINES:
            self.faults.refuse(number, segment, "too_deep", "The levels have no end.")
            above = None
        self.now = _Level(number, element(segment, 3).strip(), above)
        self.levels[own] = self.now
        if self.now.kind == "I":
            self.items.append(self.now)

    def prf(self, _number: int, segment: Segment) -> None:
        if self.now is not None:
            self.now.order = element(segment, 1).strip()

    def n1(self, _number: int, segment: Segment) -> None:
        if self.now is not None and element(segment, 1) == "ST":
            self.now.site = element(segment, 4).strip() or element(segment, 2).strip()

    def td5(self, _number: int, segment: Segment) -> None:
        self.carrier = element(segment, 3).strip() or element(segment, 5).strip()

    def man(self, _number: int, segment: Segment) -> None:
        if self.now is not None:
            self.now.carton = element(segment, 2).strip()

    def lin(self, number: int, segment: Segment) -> None:
        if self.now is None:
            return
        self.now.line = element(segment, 1).strip()
        self.now.goods = goods_of(segment, 2, number, self.faults)
        self.now.lot = self.now.goods.value(*LOT_QUALIFIERS) or self.now.lot
        serial = self.now.goods.value(*SERIAL_QUALIFIERS)
        if serial:
            self.now.serials.append(serial)

    def sn1(self, number: int, segment: Segment) -> None:
        if self.now is not None:
            self.now.packs = count_of(segment, 2, number, self.faults)
            self.now.unit = element(segment, 3)
            self.now.line = element(segment, 1).strip() or self.now.line

    def ref(self, _number: int, segment: Segment) -> None:
        kind, value = element(segment, 1), element(segment, 2).strip()
        if kind in ("CN", "2I", "BM") and value:
            self.tracking.append(value)
        elif self.now is not None and kind in LOT_QUALIFIERS:
            self.now.lot = value
        elif self.now is not None and kind in SERIAL_QUALIFIERS and value:
            self.now.serials.append(value)

    def dtm(self, number: int, segment: Segment) -> None:
        kind, day = element(segment, 1), day_of(segment, 2, number, self.faults)
        if kind == EXPIRES and self.now is not None:
            self.now.expires_on = day
        else:
            self.days.setdefault(kind, day)

    def ynq(self, _number: int, segment: Segment) -> None:
        self.has_statement = self.has_statement or element(segment, 2) == "Y"

    def end(self, number: int, segment: Segment) -> None:
        lines = [line for item in self.items if (line := self._line(item)) is not None]
        if not lines:
            self.faults.refuse(number, segment, "no_lines", "The notice is of no goods.")
        elif self.number:
            self.found.append(
                Shipment(
                    self.segment_no, self.number, self.days.get(SHIPPED), self.days.get(ARRIVES),
                    self.carrier, tuple(self.tracking), self.has_statement, tuple(lines),
                )
            )  # fmt: skip

    def _line(self, item: _Level) -> ShipLine | None:
        if item.packs is None or item.goods is None:
            words = "The item has no goods (LIN) or no quantity (SN1)."
            self.faults.refuse(item.segment_no, "HL", "incomplete", words)
            return None
        order, site = item.nearest("order"), item.nearest("site")
        if not order:
            self.faults.refuse(item.segment_no, "HL", "no_order", "The item is of no order (PRF).")
        if not site:
            self.faults.note(item.segment_no, "HL", "no_site", "It does not say where it is sent.")
        return ShipLine(
            item.segment_no, order, item.line, site, item.goods, item.packs, item.unit, item.lot,
            item.expires_on, tuple(item.serials), item.nearest("carton"),
        )  # fmt: skip


def read(source: Source) -> ShipFile:
    """Read a file of ship notices; every fault is named with its segment."""
    one = _Reader()
    steps = {
        "BSN": one.bsn, "HL": one.hl, "PRF": one.prf, "N1": one.n1, "TD5": one.td5,
        "MAN": one.man, "LIN": one.lin, "SN1": one.sn1, "REF": one.ref, "DTM": one.dtm,
        "YNQ": one.ynq,
    }  # fmt: skip
    problems = Documents("856", steps, one.begin, one.end).read(source, one.faults)
    return ShipFile(tuple(one.found), tuple(problems))
