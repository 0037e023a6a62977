"""
Positive pay: the file that tells the bank which checks we issued and which we made void.

Banks each have a layout of their own, so the layout is data: `layouts/positive_pay_*.csv` names the
records (head, check, total), their fields in order and, for fixed widths, how wide each is and how
it is filled. Another bank's layout is another file beside them, and no line of code.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from capitation.formats.nacha_writer import plain
from capitation.rules.checks import ISSUED, VOIDED

_LAYOUTS = Path(__file__).with_name("layouts")
LAYOUTS = {"csv": "CSV with a head", "fixed": "Fixed width, 80 characters"}


class CannotTell(ValueError):
    """A value does not fit into the bank's layout."""


@dataclass(frozen=True)
class IssuedCheck:
    """A check as the bank is told of it."""

    number: int
    day: date
    cents: int
    payee: str
    kind: str = ISSUED


@dataclass(frozen=True)
class _Field:
    name: str
    width: int
    fill: str
    value: str


@cache
def _layout(name: str) -> dict[str, tuple[_Field, ...]]:
    text = (_LAYOUTS / f"positive_pay_{name}.csv").read_text()
    records: dict[str, list[_Field]] = {}
    for row in csv.DictReader(io.StringIO(text)):
        field = _Field(row["field"], int(row["width"] or 0), row["fill"], row["value"])
        records.setdefault(row["record"], []).append(field)
    return {record: tuple(fields) for record, fields in records.items()}


def write_positive_pay(
    layout: str, account_number: str, checks: Sequence[IssuedCheck], made_on: date
) -> bytes:
    """
    Write what a bank is told, in one of its layouts; the same checks always give the same bytes.

    :raises CannotTell: naming the value that does not fit
    """
    records = _layout(layout)
    ordered = sorted(checks, key=lambda check: (check.number, check.kind))
    common = {
        "account": account_number,
        "made": f"{made_on:%Y%m%d}",
        "count": str(len(ordered)),
        "issued": str(sum(c.cents for c in ordered if c.kind == ISSUED)),
        "voided": str(sum(c.cents for c in ordered if c.kind == VOIDED)),
    }
    rows = [_row(records["head"], common)] if "head" in records else []
    rows += [_row(records["check"], {**common, **_values(check)}) for check in ordered]
    rows += [_row(records["total"], common)]
    if layout == "fixed":
        return ("\r\n".join("".join(row) for row in rows) + "\r\n").encode("ascii")
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode("ascii")


def _values(check: IssuedCheck) -> dict[str, str]:
    return {
        "number": str(check.number),
        "day": f"{check.day:%Y%m%d}",
        "cents": str(check.cents),
        "dollars": f"{check.cents // 100}.{check.cents % 100:02d}",
        "payee": plain(check.payee),
        "kind": check.kind,
    }


def _row(fields: Sequence[_Field], values: Mapping[str, str]) -> list[str]:
    return [_cell(field, values) for field in fields]


def _cell(field: _Field, values: Mapping[str, str]) -> str:
    text = field.value if field.value else values.get(field.name, "")
    if not field.width:
        return text
    if field.name == "payee":
        text = text[: field.width]
    if len(text) > field.width:
        raise CannotTell(f"{field.name} {text} is wider than {field.width}")
    return text.rjust(field.width, "0") if field.fill == "0" else text.ljust(field.width)
