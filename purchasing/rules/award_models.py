"""
An award as whole numbers in rows: what the solver is given and the checker works out again.

Columns: `pick` says that a supplier is awarded at a tier (0 or 1), `packs` how many of an item
come from it at that tier, `line` that a line with a minimum is ordered at all (0 or 1), `house`
that somebody delivers anything (0 or 1).
"""

from dataclasses import dataclass
from functools import cached_property

from purchasing.rules.awards import (
    House,
    Item,
    Lines,
    Offer,
    Problem,
    most_of_line,
    tier_reached,
    total_spend,
    weight_of,
)

SHORT = 8
# ("house", who) · ("pick", supplier, tier) · ("packs", item, supplier, tier) · ("line", item, …)
Column = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A sum of columns that is at least a number, or exactly it."""

    terms: tuple[tuple[int, int], ...]
    """Column number and whole coefficient."""
    at_least: int
    is_equal: bool = False


@dataclass(frozen=True)
class Model:
    """Least cost over whole numbers between bounds, such that all rows hold."""

    columns: tuple[Column, ...]
    costs: tuple[int, ...]
    lower: tuple[int, ...]
    upper: tuple[int, ...]
    rows: tuple[Row, ...]

    @cached_property
    def _short_rows(self) -> list[list[Row]]:
        found: list[list[Row]] = [[] for _ in self.columns]
        for row in self.rows:
            if len(row.terms) <= SHORT and not row.is_equal:
                for column, _ in row.terms:
                    found[column].append(row)
        return found

    def short_rows_of(self, column: int) -> list[Row]:
        """Minimums over few columns, this one too: its bounds may narrow those of the others."""
        return self._short_rows[column]


class _Builder:
    def __init__(self, of: Problem) -> None:
        self.of = of
        self.columns: list[Column] = []
        self.costs: list[int] = []
        self.upper: list[int] = []
        self.rows: list[Row] = []
        self.numbers: dict[Column, int] = {}

    def column(self, column: Column, cost: int, upper: int) -> None:
        self.numbers[column] = len(self.columns)
        self.columns.append(column)
        self.costs.append(cost)
        self.upper.append(upper)

    def row(self, terms: list[tuple[Column, int]], at_least: int, is_equal: bool = False) -> None:
        numbered = tuple((self.numbers[column], by) for column, by in terms if by)
        self.rows.append(Row(numbered, at_least, is_equal))

    def packs(self, item: Item, offer: Offer) -> list[Column]:
        """The columns of an item from a supplier, one a tier; none if it is not offered."""
        found = (
            ("packs", item.key, offer.supplier, str(place)) for place in range(len(offer.tiers))
        )
        return [column for column in found if column in self.numbers]


def model_of(of: Problem) -> Model:
    """Write a problem as rows, always in the same order."""
    build = _Builder(of)
    for house in of.houses:
        build.column(("house", house.key), house.freight_cents, 1)
    for offer in of.offers:
        for place, tier in enumerate(offer.tiers):
            build.column(("pick", offer.supplier, str(place)), tier.freight_cents, 1)
    for item in of.items:
        for offer in of.offers:
            _item_columns(build, item, offer)
    for item in of.items:
        terms = [(column, 1) for offer in of.offers for column in build.packs(item, offer)]
        build.row(terms, item.demand, is_equal=True)
    for offer in of.offers:
        _offer_rows(build, offer)
    for house in of.houses:
        _house_rows(build, house)
    _rule_rows(build)
    return Model(
        tuple(build.columns), tuple(build.costs), (0,) * len(build.columns), tuple(build.upper),
        tuple(build.rows),
    )  # fmt: skip


def most_of(item: Item, offer: Offer, of: Problem) -> int:
    """The most packs of an item that may come from a supplier."""
    capacity = dict(offer.capacities).get(item.key, item.demand)
    return min(item.demand, capacity, most_of_line(item, of.rules))


def _item_columns(build: _Builder, item: Item, offer: Offer) -> None:
    most = most_of(item, offer, build.of)
    for place, tier in enumerate(offer.tiers):
        price = dict(tier.prices).get(item.key)
        is_dear = (
            price is not None and item.ceiling_cents is not None and (price > item.ceiling_cents)
        )
        if price is not None and most and not is_dear:
            build.column(("packs", item.key, offer.supplier, str(place)), price, most)
    if dict(offer.line_minimums).get(item.key, 0) > 1 and build.packs(item, offer):
        build.column(("line", item.key, offer.supplier), 0, 1)


def _offer_rows(build: _Builder, offer: Offer) -> None:
    name = offer.supplier
    picks: list[Column] = [("pick", name, str(place)) for place in range(len(offer.tiers))]
    build.row([(pick, -1) for pick in picks], -1)
    minimums = dict(offer.line_minimums)
    for place, tier in enumerate(offer.tiers):
        counted = []
        for item in build.of.items:
            column = ("packs", item.key, name, str(place))
            if column in build.numbers:
                counted.append((column, weight_of(item, offer)))
        build.row([*counted, (picks[place], -tier.threshold)], 0)
        if build.of.rules.least_suppliers is not None:  # who is counted must get something
            build.row([*((column, 1) for column, _ in counted), (picks[place], -1)], 0)
    for item in build.of.items:
        columns, most = build.packs(item, offer), most_of(item, offer, build.of)
        for column in columns:
            build.row([(("pick", name, column[3]), most), (column, -1)], 0)
        if ("line", item.key, name) in build.numbers:
            line = ("line", item.key, name)
            build.row([(line, most), *((column, -1) for column in columns)], 0)
            build.row([*((column, 1) for column in columns), (line, -minimums[item.key])], 0)
        if len(columns) > 1 and most < item.demand:
            build.row([(column, -1) for column in columns], -most)


def _house_rows(build: _Builder, house: House) -> None:
    """Who delivers any offer delivers, and gets its minimum at the prices that are paid."""
    delivers, spent = ("house", house.key), []
    for offer in build.of.offers:
        if offer.house != house.key:
            continue
        for place, tier in enumerate(offer.tiers):
            build.row([(delivers, 1), (("pick", offer.supplier, str(place)), -1)], 0)
            prices, counted = dict(tier.prices), []
            for item in build.of.items:
                column = ("packs", item.key, offer.supplier, str(place))
                if column in build.numbers:
                    spent.append((column, prices[item.key]))
                    counted.append((column, -weight_of(item, offer)))
            # A minimum is not met at a dearer tier than the one that is reached.
            if house.minimum_cents and place + 1 < len(offer.tiers):
                build.row(counted, 1 - offer.tiers[place + 1].threshold)
    if house.minimum_cents:
        build.row([*spent, (delivers, -house.minimum_cents)], 0)


def _rule_rows(build: _Builder) -> None:
    of, rules = build.of, build.of.rules
    kind = "house" if of.houses else "pick"
    picks = [column for column in build.columns if column[0] == kind]
    if rules.most_suppliers is not None:
        build.row([(pick, -1) for pick in picks], -rules.most_suppliers)
    if rules.least_suppliers is not None:
        build.row([(pick, 1) for pick in picks], rules.least_suppliers)
    if rules.keep:
        [offer] = [offer for offer in of.offers if offer.supplier == rules.keep]
        terms = [
            (column, 100 * item.reference_cents)
            for item in of.items
            for column in build.packs(item, offer)
        ]
        build.row(terms, total_spend(of) * rules.keep_pct)


def point_of(of: Problem, model: Model, lines: Lines) -> list[int]:
    """An award as the columns of its model: each supplier at the tier that it reaches."""
    numbers = {column: number for number, column in enumerate(model.columns)}
    point = [0] * len(model.columns)
    for offer in of.offers:
        got = {item.key: lines.get((item.key, offer.supplier), 0) for item in of.items}
        if not any(got.values()):
            continue
        place = str(tier_reached(of, offer, lines))
        point[numbers["pick", offer.supplier, place]] = 1
        if offer.house:
            point[numbers["house", offer.house]] = 1
        for key, packs in got.items():
            if packs:
                point[numbers["packs", key, offer.supplier, place]] = packs
                line = ("line", key, offer.supplier)
                if line in numbers:
                    point[numbers[line]] = 1
    return point


def lines_of(model: Model, point: list[int]) -> dict[tuple[str, str], int]:
    """The award that the columns of a model say."""
    lines: dict[tuple[str, str], int] = {}
    for column, packs in zip(model.columns, point, strict=True):
        if column[0] == "packs" and packs:
            key = (column[1], column[2])
            lines[key] = lines.get(key, 0) + packs
    return lines
