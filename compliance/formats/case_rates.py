"""Reads case rates of a contract: what calls for each, its price, and what it includes."""

import re

from compliance.rules.case_rates import CaseRate, Codes, Per, Trigger
from ipaportal.core.money import round_cents
from ipaportal.core.tables import Row, read_table
from ipaportal.core.values import parse_amount

HEADERS = ("Name", "By", "From", "To", "Per", "Rate", "Includes")
LENGTHS = {Trigger.GROUP: 3, Trigger.PROCEDURE: 5, Trigger.REVENUE: 4}
EVERYTHING = "all"
CODE = re.compile(r"[A-Z0-9]+")
MAX_ROWS, MAX_INCLUDED, MOST_DOLLARS = 20_000, 50, 10_000_000
Problem = tuple[str, str]


class _Fault(ValueError):
    """What is wrong with a line, in words."""


def read_case_rates(data: bytes) -> tuple[list[CaseRate], list[Problem]]:
    """
    Read every line; (where, words) of what cannot be used.

    A list with its headers alone says that there are no case rates any more.
    """
    if b"\x00" in data:
        return [], [("file", "It holds characters that no text has.")]
    table = read_table(data, expected=HEADERS)
    found: dict[tuple[Trigger, str, str], CaseRate] = {}
    problems: list[Problem] = []
    for row in table.rows:
        where = f"line {row.line_no}"
        if len(found) >= MAX_ROWS:
            problems.append((where, f"It has more than {MAX_ROWS:,} lines."))
            break
        try:
            rate = _rate(row)
        except _Fault as fault:
            problems.append((where, str(fault)))
            continue
        key = rate.trigger, rate.first, rate.last
        if key in found:
            problems.append((where, "These codes stand in it before."))
        found[key] = rate
    problems += [(where, words) for where, _, words in table.problems]
    heads = {name.strip().lower() for name in table.headers}
    if missing := [name for name in HEADERS if name.lower() not in heads]:
        problems.insert(0, ("headers", f"No column is called {' or '.join(missing)}."))
    return list(found.values()), problems


def _rate(row: Row) -> CaseRate:
    name, given, per = row.get("name")[:100], row.get("by").lower(), row.get("per").lower()
    if not name:
        raise _Fault("It has no name.")
    if given not in set(Trigger):
        raise _Fault("It is called for by drg, procedure or revenue.")
    if per not in set(Per):
        raise _Fault("It is per case or per day.")
    trigger = Trigger(given)
    if per == Per.DAY and trigger != Trigger.REVENUE:
        raise _Fault("Days are the units of a revenue code: only such a rate is per day.")
    first = row.get("from").upper()
    codes = _codes(trigger, first, row.get("to").upper() or first)
    text = row.get("rate").replace("$", "").replace(",", "")
    dollars = parse_amount(text)
    if dollars is None or not 0 <= dollars <= MOST_DOLLARS:
        raise _Fault(f"{text[:20]!r} is no price in dollars.")
    included = row.get("includes").strip()
    is_all = included.lower() == EVERYTHING
    return CaseRate(
        0, name, trigger, codes.first, codes.last, Per(per), round_cents(dollars), is_all,
        () if is_all else _included(included),
    )  # fmt: skip


def _codes(trigger: Trigger, first: str, last: str) -> Codes:
    length = LENGTHS[trigger]
    if not all(CODE.fullmatch(code) and len(code) == length for code in (first, last)):
        raise _Fault(f"A code of this kind has {length} letters or digits.")
    if last < first:
        raise _Fault("Its last code lies before its first.")
    return Codes(trigger, first, last)


def _included(text: str) -> tuple[Codes, ...]:
    """`revenue 0250-0259; procedure J0000-J9999`: ranges of lines that cost nothing more."""
    found = []
    for part in filter(None, (one.strip() for one in text.split(";"))):
        kind, _, codes = part.partition(" ")
        if kind.lower() not in (Trigger.PROCEDURE, Trigger.REVENUE):
            words = "What it includes is all, or kinds and codes (revenue 0250-0259; …)."
            raise _Fault(f"{part[:30]!r} cannot be used. {words}")
        first, _, last = codes.strip().upper().partition("-")
        found.append(_codes(Trigger(kind.lower()), first.strip(), last.strip() or first.strip()))
    if len(found) > MAX_INCLUDED:
        raise _Fault(f"It includes more than {MAX_INCLUDED} ranges.")
    return tuple(found)
