"""What a purchase order says: units that suppliers' systems know, numbers of offices, and sums."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from ipaportal.core.money import round_cents

# X12 element 355 (own knowledge, unverified). What has no unit of its own goes out as a package,
# and the line's description says how many are in it.
UNITS = {
    "each": "EA", "box": "BX", "case": "CA", "kit": "KT", "pack": "PK", "package": "PK",
    "vial": "VI", "bottle": "BO", "carton": "CT", "bag": "BG", "tube": "TU", "dozen": "DZ",
    "roll": "RL", "pair": "PR",
}  # fmt: skip
OTHER_UNIT = "PK"


def unit_of(pack: str) -> str:
    """The unit that a pack's name stands for."""
    return UNITS.get(pack.strip().casefold(), OTHER_UNIT)


def site_code(location_id: int) -> str:
    """The number by which suppliers know an office."""
    return f"S{location_id:05}"


def location_of(code: str) -> int | None:
    """The office of a number as suppliers repeat it; None where it is none of ours."""
    digits = code.strip().upper().removeprefix("S")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 12 else None


def with_sums(content: dict[str, object]) -> dict[str, object]:
    """The same order with what each line and all of them come to."""
    lines = [
        {**line, "packs": packs, "cents": round_cents(Decimal(line["price"]) * packs)}
        for line in content["lines"]
        if (packs := sum(part["packs"] for part in line["parts"]))
    ]
    used = {part["site"] for line in lines for part in line["parts"]}
    return {
        **content,
        "lines": lines,
        "sites": [site for site in content["sites"] if site["code"] in used],
        "total_cents": sum(line["cents"] for line in lines),
    }


def changes_between(
    before: Mapping[str, object], after: Mapping[str, object]
) -> list[tuple[str, str, int, int]]:
    """What differs of two versions: item, office, packs before and after."""
    old, new = _parts(before), _parts(after)
    return [
        (*key, old.get(key, 0), new.get(key, 0))
        for key in sorted(old.keys() | new.keys())
        if old.get(key, 0) != new.get(key, 0)
    ]


def _parts(content: Mapping[str, object]) -> dict[tuple[str, str], int]:
    names = {site["code"]: f"{site['practice']}, {site['street']}" for site in content["sites"]}
    return {
        (line["name"], names[part["site"]]): part["packs"]
        for line in content["lines"]
        for part in line["parts"]
    }


def is_same(before: Mapping[str, object], after: Mapping[str, object]) -> bool:
    """Whether two versions ask for the same, whatever they are called."""
    told = ("lines", "sites", "needed", "email", "account")
    return all(before.get(name) == after.get(name) for name in told)


def packs_of(lines: Iterable[Mapping[str, object]]) -> int:
    """How many packs some lines ask for."""
    return sum(line["packs"] for line in lines)
