"""Reads a division of financial responsibility: category, who is at risk, and ranges of codes."""

import re

from compliance.rules.responsibility import Kind, Range, Risk
from ipaportal.core.tables import read_table

HEADERS = ("Category", "At risk", "Kind", "From", "To")
LENGTHS = {Kind.PROCEDURE: 5, Kind.REVENUE: 4, Kind.PLACE: 2}
CODE = re.compile(r"[A-Z0-9]+")
MAX_ROWS = 20_000
Problem = tuple[str, str]


def read_division(data: bytes) -> tuple[list[Range], list[Problem]]:
    """Read every line; (where, words) of what cannot be used."""
    if b"\x00" in data:
        return [], [("file", "It holds characters that no text has.")]
    table = read_table(data, expected=HEADERS)
    found: dict[tuple[str, str, str], Range] = {}
    problems: list[Problem] = []
    for row in table.rows:
        if len(found) >= MAX_ROWS:
            problems.append(("file", f"It has more than {MAX_ROWS:,} lines."))
            break
        where = f"line {row.line_no}"
        one, words = _range(row)
        if one is None:
            problems.append((where, words))
            continue
        key = one.kind, one.first, one.last
        if found.setdefault(key, one) != one:
            problems.append((where, "These codes stand in it before, with something else."))
    problems += [(where, words) for where, _, words in table.problems]
    if not found and not problems:
        problems.append(("file", f"It has no line. Its columns are {', '.join(HEADERS)}."))
    return list(found.values()), problems


def _range(row) -> tuple[Range | None, str]:
    category = row.get("category")[:100]
    risk, kind = row.get("atrisk", "at risk", "at_risk").lower(), row.get("kind").lower()
    first = row.get("from").upper()
    last = (row.get("to") or first).upper()
    if not category:
        return None, "It names no category."
    if risk not in set(Risk):
        return None, "Who is at risk is plan, ipa or hospital."
    if kind not in set(Kind):
        return None, "Its kind is procedure, revenue or place."
    if not all(CODE.fullmatch(code) and len(code) == LENGTHS[kind] for code in (first, last)):
        return None, f"A code of this kind has {LENGTHS[kind]} letters or digits."
    if last < first:
        return None, "Its last code lies before its first."
    return Range(Kind(kind), first, last, category, Risk(risk)), ""
