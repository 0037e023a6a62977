"""
Price lists and spend reports by a saved mapping of columns: CSV, packed CSV, spreadsheets.

Each supplier names its columns in its own way. Nothing is guessed at reading: a mapping says
which column is which, `guess_mapping` only proposes one. What practices bought before (vendor's
number, NDC, description, unit, units in it, quantity, last price, date, site) is read the same way.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ipaportal.core.csvfiles import CellProblem, excel_damage, header_key
from ipaportal.core.tables import Row, read_table
from ipaportal.core.values import parse_amount, parse_date
from purchasing.rules.ndc import BadNdc, Ndc, parse_ndc

SYNONYMS: dict[str, tuple[str, ...]] = {
    "sku": ("sku", "vendor_cat", "vendor_catalog", "vendor_catalog_number", "catalog_number",
            "item_number", "product_number", "order_number", "vendor_item"),
    "ndc": ("ndc", "ndc_code", "ndc_number", "ndc_11", "ndc11", "mfr_item_ndc"),
    "maker_number": ("mfr_item", "mfr_number", "manufacturer_item", "manufacturer_number"),
    "name": ("name", "description", "product", "item_description", "product_description", "item"),
    "pack": ("pack", "uom", "unit", "unit_of_measure", "package"),
    "eaches": ("eaches", "eaches_per_uom", "pack_size", "units_per_pack", "qty_per_uom",
               "conversion"),
    "from_packs": ("from_packs", "from", "minimum", "min_qty", "minimum_quantity", "tier_minimum"),
    "to_packs": ("to_packs", "to", "maximum", "max_qty", "maximum_quantity"),
    "price": ("price", "unit_price", "contract_price", "last_price", "cost", "net_price"),
    "currency": ("currency", "currency_code"),
    "quantity": ("quantity", "qty", "annual_quantity", "qty_ordered"),
    "day": ("date", "po_date", "last_purchase_date", "price_date", "effective_date"),
    "site": ("site", "facility", "ship_to", "location", "practice"),
}  # fmt: skip
FIELDS = {
    "sku": "the supplier's number", "ndc": "NDC", "maker_number": "the maker's number",
    "name": "name", "pack": "pack", "eaches": "units in a pack", "from_packs": "from how many",
    "to_packs": "up to how many", "price": "price", "currency": "currency",
    "quantity": "quantity", "day": "date", "site": "site",
}  # fmt: skip
NAMING = ("sku", "ndc", "maker_number")
MOST_PRICE = Decimal(10_000_000)
MOST_COUNT = 100_000_000
MAX_PROBLEMS = 1_000
US_DOLLARS = {"", "USD", "US$", "$", "US DOLLAR", "US DOLLARS"}


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One line of a list; a column that the mapping does not name is empty, or None."""

    line_no: int
    sku: str
    ndc: Ndc | None
    maker_number: str
    name: str
    pack: str
    eaches: int | None
    from_packs: int
    price: Decimal
    quantity: int | None = None
    day: date | None = None
    site: str = ""
    to_packs: int | None = None


@dataclass(frozen=True, slots=True)
class PriceLines:
    """What a list says, and every line that is refused and why."""

    lines: tuple[PriceLine, ...]
    problems: tuple[CellProblem, ...]
    headers: tuple[str, ...] = ()


class _Refused(ValueError):
    def __init__(self, field: str, value: str, code: str, words: str) -> None:
        super().__init__(words)
        self.problem = (field, value[:80], code, words)


def guess_mapping(headers: Iterable[str]) -> dict[str, str]:
    """Propose our field → their column, by names seen in the field; each column once."""
    by_key: dict[str, str] = {}
    for header in headers:
        by_key.setdefault(header_key(header), header)
    found: dict[str, str] = {}
    for field, names in SYNONYMS.items():
        name = next((name for name in names if name in by_key), None)
        if name is not None and by_key[name] not in found.values():
            found[field] = by_key[name]
    return found


def headers_of(data: bytes, known: Iterable[str] = ()) -> tuple[tuple[str, ...], str]:
    """
    The names of a list's columns; or none, and why it cannot be read.

    `known` are names that the supplier used before; where no name is known, the first line counts.
    """
    names = [*known, *(name for names in SYNONYMS.values() for name in names)]
    table = read_table(data, expected=names)
    if not table.problems and not any(table.headers):
        table = read_table(data)
    why = table.problems[0][2] if table.problems else ""
    headers = () if table.problems else tuple(one for one in table.headers if one.strip())
    return headers, why or ("" if headers else "It has no columns.")


def read(data: bytes, mapping: Mapping[str, str]) -> PriceLines:
    """Read a list by a mapping; every line becomes a price or a refusal that names it."""
    columns = {field: column for field, column in mapping.items() if column}
    table = read_table(data, expected=list(columns.values()))
    problems = [] if table.problems else _missing(columns, table.headers)
    lines: list[PriceLine] = []
    if not table.problems and not problems:
        keys = {field: header_key(column) for field, column in columns.items()}
        for row in table.rows:
            try:
                lines.append(_line(row, keys))
            except _Refused as refused:
                problems.append(CellProblem(row.line_no, *refused.problem))
            if len(problems) >= MAX_PROBLEMS:
                break
    problems += [
        CellProblem(int(where.rpartition(" ")[2]) if where[-1:].isdigit() else 1, "", "", code, why)
        for where, code, why in table.problems
    ]
    if not lines and not problems:
        problems.append(CellProblem(1, "", "", "empty", "There is no price in the file."))
    lines, twice = without_twins(lines)
    return PriceLines(
        tuple(lines),
        tuple(sorted([*problems, *twice], key=lambda one: one.line_no)),
        table.headers,
    )


def _missing(columns: Mapping[str, str], headers: tuple[str, ...]) -> list[CellProblem]:
    counts = Counter(header_key(header) for header in headers)
    found = []
    for field, column in columns.items():
        if field not in FIELDS:
            words = f"The mapping names {field}, which is no field of a price list."
            found.append(CellProblem(1, field, "", "unknown_field", words))
        elif counts[header_key(column)] != 1:
            times = "no" if not counts[header_key(column)] else "more than one"
            words = f"The file has {times} column {column!r} ({FIELDS[field]})."
            found.append(CellProblem(1, column, "", "no_column", words))
    if "price" not in columns:
        found.append(CellProblem(1, "price", "", "no_column", "No column is mapped to the price."))
    if not any(field in columns for field in NAMING):
        words = "No column is mapped to an NDC, a supplier's or a maker's number."
        found.append(CellProblem(1, "", "", "no_column", words))
    return found


def _line(row: Row, keys: Mapping[str, str]) -> PriceLine:
    cells = {field: row.get(key).strip() for field, key in keys.items()}

    def text(field: str) -> str:
        return cells.get(field, "")

    for field in NAMING:
        damage = excel_damage(text(field))
        if damage:
            raise _Refused(field, text(field), "damaged", f"{damage}.")
    if not any(text(field) for field in NAMING):
        raise _Refused("", "", "unnamed", "The line names no item.")
    if text("currency").upper() not in US_DOLLARS:
        words = "Prices are in US dollars only."
        raise _Refused("currency", text("currency"), "currency", words)
    return PriceLine(
        row.line_no, text("sku"), _ndc(text("ndc")), text("maker_number"), text("name"),
        text("pack"), _count("eaches", text("eaches"), least=1),
        _count("from_packs", text("from_packs")) or 0, _price(text("price")),
        _count("quantity", text("quantity")), _day(text("day")), text("site"),
        _count("to_packs", text("to_packs")),
    )  # fmt: skip


def _ndc(text: str) -> Ndc | None:
    try:
        return parse_ndc(text) if text else None
    except BadNdc as bad:
        raise _Refused("ndc", text, "ndc", f"It is no NDC: {bad.why}.") from bad


def _count(field: str, text: str, least: int = 0) -> int | None:
    if not text:
        return None
    amount = parse_amount(text.replace(",", ""))
    if amount is None or amount != amount.to_integral_value():
        words = f"{FIELDS[field].capitalize()}: this has to be a whole number."
        raise _Refused(field, text, "no_count", words)
    if not least <= amount <= MOST_COUNT:
        words = f"{FIELDS[field].capitalize()}: this has to be {least} or more."
        raise _Refused(field, text, "negative" if amount < 0 else "no_count", words)
    return int(amount)


def _price(text: str) -> Decimal:
    price = parse_amount(text.removeprefix("$").replace(",", ""))
    if price is None or not 0 < price < MOST_PRICE:
        words = "This has to be a price above 0, such as 12.40: the columns may be shifted."
        raise _Refused("price", text, "no_price", words)
    if price != round(price, 4):
        raise _Refused("price", text, "too_fine", "A price has four decimals at most.")
    return price


def _day(text: str) -> date | None:
    if not text:
        return None
    parts = text.split("/")
    if len(parts) == 3:  # month first, as suppliers here write it
        month, day, year = (part.zfill(2) for part in parts)
        text = f"{'20' if len(year) == 2 else ''}{year}{month}{day}"
    found = parse_date(text.replace("-", ""))
    if found is None:
        raise _Refused("day", text, "date", "This has to be a date, such as 2026-11-28.")
    return found


def without_twins(lines: list[PriceLine]) -> tuple[list[PriceLine], list[CellProblem]]:
    """Lines of the same thing, pack, volume, site and day at two prices: all of them are out."""
    seen: dict[tuple, list[PriceLine]] = {}
    for line in lines:
        ndc = line.ndc.ndc12 if line.ndc else ""
        key = (line.sku, ndc, line.maker_number, line.pack, line.from_packs, line.site, line.day)
        seen.setdefault(key, []).append(line)
    out, problems = set(), []
    for same in seen.values():
        if len({line.price for line in same}) > 1:
            for line in same:
                others = ", ".join(str(one.line_no) for one in same if one is not line)
                words = f"The same item, pack and volume has another price in line {others[:60]}."
                problem = CellProblem(line.line_no, "price", str(line.price), "two_prices", words)
                problems.append(problem)
                out.add(line.line_no)
    return [line for line in lines if line.line_no not in out], problems
