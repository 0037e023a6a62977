"""Suppliers' price lists: a CSV with a line for each price tier of an item in a pack."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from ipaportal.core.csvfiles import CellProblem, CsvReader, CsvRow, excel_damage, header_key
from ipaportal.core.textfiles import Source

COLUMNS = ("Item", "Pack", "From packs", "Price", "Currency")
NEEDED = ("item", "pack", "from_packs", "price")
SPELLINGS = {"item": ("item", "ndc", "our_number"), "pack": ("pack", "uom"),
             "from_packs": ("from_packs", "from", "minimum"), "price": ("price", "unit_price"),
             "currency": ("currency",)}  # fmt: skip
MOST_PRICE = Decimal(10_000_000)


@dataclass(frozen=True, slots=True)
class PricedPack:
    """An item in a pack, as the file names both, with its tiers and the line it begins on."""

    line_no: int
    item: str
    pack: str
    tiers: tuple[tuple[int, Decimal], ...]


@dataclass(frozen=True, slots=True)
class Prices:
    """What a file says, and every line of it that is refused and why."""

    packs: tuple[PricedPack, ...]
    problems: tuple[CellProblem, ...]


def read_prices(source: Source) -> Prices:
    """Read a price list; nothing is guessed, and each refused line is named."""
    names = {name for names in SPELLINGS.values() for name in names}
    reader = CsvReader(source, expected=names)
    heads = {header_key(head): head for head in reader.headers}
    found = {
        key: next((heads[name] for name in names if name in heads), None)
        for key, names in SPELLINGS.items()
    }
    problems = [
        CellProblem(1, key, "", "no_column", f"There is no column {key.replace('_', ' ')}.")
        for key in NEEDED
        if found[key] is None
    ]
    packs: dict[tuple[str, str], list[tuple[int, int, Decimal]]] = defaultdict(list)
    if not problems:
        for row in reader:
            read = _read(row, found, problems)
            if read is not None:
                item, pack, minimum, price = read
                packs[item, pack].append((row.line_no, minimum, price))
    problems += reader.problems
    if not packs and not problems:
        problems.append(CellProblem(1, "", "", "empty", "There is no price in the file."))
    ordered = tuple(
        PricedPack(rows[0][0], item, pack, tuple((low, price) for _, low, price in rows))
        for (item, pack), rows in packs.items()
    )
    return Prices(ordered, tuple(sorted(problems, key=lambda one: one.line_no)))


def _read(
    row: CsvRow, found: dict[str, str | None], problems: list[CellProblem]
) -> tuple[str, str, int, Decimal] | None:
    values = {key: row.values[head].strip() if head else "" for key, head in found.items()}
    faults = list(_faults(values))
    problems += [CellProblem(row.line_no, key, values[key], code, why) for key, code, why in faults]
    if faults:
        return None
    return values["item"], values["pack"], int(values["from_packs"]), _price(values["price"])


def _faults(values: dict[str, str]):
    for key in ("item", "pack"):
        damage = excel_damage(values[key])
        if damage or not values[key]:
            yield key, "unreadable", damage or f"The {key} is missing."
    minimum = values["from_packs"]
    if not (minimum.isascii() and minimum.isdigit() and len(minimum) < 9):
        yield "from_packs", "no_count", "This has to be a whole number of packs, 0 or more."
    price = _price(values["price"])
    if price is None or not 0 < price < MOST_PRICE:
        yield "price", "no_price", "This has to be a price above 0, such as 12.40."
    elif price.as_tuple().exponent < -4:
        yield "price", "too_fine", "A price has four decimals at most."
    if values["currency"] not in ("", "USD", "US$", "$"):
        yield "currency", "currency", "Prices are in US dollars only."


def _price(text: str) -> Decimal | None:
    bare = text.removeprefix("$").strip()
    try:
        price = Decimal(bare)
    except InvalidOperation:
        return None
    return price if price.is_finite() and bare.replace(".", "").isdigit() else None
