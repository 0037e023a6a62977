"""
The Monthly Membership Report detail (fixed width): the premium CMS pays the plan, by member.

The layout is data (`layouts/mmr_495.csv`), because CMS changes it by call letter.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from capitation.formats.values import parse_amount, parse_date
from ipaportal.core.textfiles import LineTooLong, Source, lines
from ipaportal.core.x12 import Problem

WIDTH = 495
MAX_PROBLEMS = 200
_HEAD = re.compile(rb"[A-Z][0-9A-Z][0-9]{3}(?:19|20)[0-9]{6}(?:19|20)[0-9]{4}[0-9A-Z]{11}")


@dataclass(frozen=True, slots=True)
class MmrRow:
    """One line of the report; `adj_start` and `adj_end` are first days and last days as given."""

    line_no: int
    contract: str
    run_date: date | None
    payment_month: date | None
    mbi: str
    surname: str
    first_initial: str
    sex: str
    birth_date: date | None
    state_county: str
    ra_factor_a: Decimal | None
    ra_factor_b: Decimal | None
    arc: str
    adj_start: date | None
    adj_end: date | None
    pbp: str
    total_payment: Decimal
    out_of_area: bool = False
    hospice: bool = False
    esrd: bool = False
    medicaid: bool = False
    dual_status: str = ""
    part_a_months: int | None = None
    part_b_months: int | None = None
    ra_type: str = ""
    cleanup_id: str = ""
    raw: str = ""

    @property
    def is_adjustment(self) -> bool:
        """Say whether the row changes an earlier month instead of paying this one."""
        return self.arc not in ("", "00")


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a layout; `end` is the position after its last character."""

    name: str
    start: int
    end: int
    kind: str
    status: str


@dataclass(frozen=True, slots=True)
class MmrFile:
    """A whole report in memory; a line that cannot be read is a problem, not a row."""

    rows: tuple[MmrRow, ...]
    problems: tuple[Problem, ...]
    lines: int = 0


def _layout(name: str) -> dict[str, Field]:
    with _LAYOUTS.joinpath(name).open(encoding="utf-8", newline="") as file:
        fields = {}
        for row in csv.DictReader(file):
            if row["kind"] != "filler":
                start = int(row["start"]) - 1
                end = start + int(row["length"])
                fields[row["name"]] = Field(row["name"], start, end, row["kind"], row["status"])
    return fields


def _codes(name: str) -> dict[str, str]:
    with _LAYOUTS.joinpath(name).open(encoding="utf-8", newline="") as file:
        return {row["code"]: row["meaning"] for row in csv.DictReader(file)}


_LAYOUTS = Path(__file__).with_name("layouts")
LAYOUT = _layout("mmr_495.csv")
REASONS = _codes("mmr_arc.csv")


class MmrReader:
    """Iterates over the rows of a report; afterwards `problems` is complete."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.problems: list[Problem] = []
        self.lines = 0

    def __iter__(self) -> Iterator[MmrRow]:
        try:
            for number, text in enumerate(lines(self._source), start=1):
                if not text.strip(" \x1a\x00"):
                    continue
                self.lines += 1
                if "\x00" in text:
                    words = "It holds a character that no text has (NUL): it is damaged."
                    self._problem(number, "nul", words)
                    continue
                row = self._row(number, text)
                if row is not None:
                    yield row
        except LineTooLong:
            self._problem(self.lines + 1, "line_too_long", "The line has no end.")

    def _problem(self, number: int, code: str, message: str) -> None:
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(f"line {number}", code, message))

    def _row(self, number: int, text: str) -> MmrRow | None:
        if len(text) != WIDTH:
            words = (
                f"The line has {len(text)} characters, a row of this report has {WIDTH}. "
                "Check that the transfer kept trailing blanks."
            )
            self._problem(number, "line_length", words)
            return None
        raw = {name: text[f.start : f.end].strip() for name, f in LAYOUT.items()}
        read = {}
        for name in _NEEDED:
            field = LAYOUT[name]
            value = _READERS[field.kind](raw[name]) if raw[name] else None
            if raw[name] and value is None:
                words = (
                    f"{name} (characters {field.start + 1} to {field.end}) is {raw[name]!r}, "
                    f"which is no {field.kind}."
                )
                self._problem(number, field.kind, words)
                return None
            read[name] = value
        return self._complete(number, text, raw, read)

    def _complete(self, number: int, text: str, raw: dict[str, str], read: dict) -> MmrRow | None:
        if read["total_ma_payment"] is None or not raw["beneficiary_id"]:
            missing = "beneficiary_id" if not raw["beneficiary_id"] else "total_ma_payment"
            self._problem(number, "missing", f"The line has no {missing}.")
            return None
        return MmrRow(
            line_no=number,
            contract=raw["contract_number"],
            run_date=read["run_date"],
            payment_month=read["payment_date"],
            mbi=raw["beneficiary_id"],
            surname=raw["surname"],
            first_initial=raw["first_initial"],
            sex={"1": "M", "2": "F"}.get(raw["sex_code"], raw["sex_code"]),
            birth_date=read["date_of_birth"],
            state_county=raw["state_county_code"],
            ra_factor_a=read["ra_factor_a"],
            ra_factor_b=read["ra_factor_b"],
            arc=raw["adjustment_reason_code"],
            adj_start=read["payment_adj_start_date"],
            adj_end=read["payment_adj_end_date"],
            pbp=raw["pbp_id"],
            total_payment=read["total_ma_payment"],
            out_of_area=raw["out_of_area_ind"] == "Y",
            hospice=raw["hospice"] == "Y",
            esrd=raw["esrd"] == "Y",
            medicaid=raw["medicaid_addon_ind"] == "Y",
            dual_status=raw["medicaid_dual_status_code"],
            part_a_months=read["months_part_a"],
            part_b_months=read["months_part_b"],
            ra_type=raw["ra_factor_type_code"],
            cleanup_id=raw["cleanup_id"],
            raw=text,
        )


def read(source: Source) -> MmrFile:
    """Read a whole report into memory."""
    reader = MmrReader(source)
    rows = tuple(reader)
    return MmrFile(rows, tuple(reader.problems), reader.lines)


def looks_like_mmr(head: bytes) -> bool:
    """Say whether bytes begin as a report does: contract number, run date, payment month."""
    return bool(_HEAD.match(head))


def write(rows: Iterable[MmrRow]) -> bytes:
    """
    Write a report of rows; fields that a row does not carry stay blank.

    :raises ValueError: if a value does not fit its field
    """
    return b"".join(_line(row).encode("cp1252") + b"\r\n" for row in rows)


def _line(row: MmrRow) -> str:
    values = {
        "contract_number": row.contract,
        "run_date": f"{row.run_date:%Y%m%d}" if row.run_date else "",
        "payment_date": f"{row.payment_month:%Y%m}" if row.payment_month else "",
        "beneficiary_id": row.mbi,
        "surname": row.surname[:7],
        "first_initial": row.first_initial[:1],
        "sex_code": row.sex,
        "date_of_birth": f"{row.birth_date:%Y%m%d}" if row.birth_date else "",
        "state_county_code": row.state_county,
        "out_of_area_ind": "Y" if row.out_of_area else "",
        "hospice": "Y" if row.hospice else "",
        "esrd": "Y" if row.esrd else "",
        "medicaid_addon_ind": "Y" if row.medicaid else "",
        "ra_factor_a": "" if row.ra_factor_a is None else f"{row.ra_factor_a:07.4f}",
        "ra_factor_b": "" if row.ra_factor_b is None else f"{row.ra_factor_b:07.4f}",
        "months_part_a": "" if row.part_a_months is None else f"{row.part_a_months:02d}",
        "months_part_b": "" if row.part_b_months is None else f"{row.part_b_months:02d}",
        "adjustment_reason_code": row.arc,
        "payment_adj_start_date": f"{row.adj_start:%Y%m%d}" if row.adj_start else "",
        "payment_adj_end_date": f"{row.adj_end:%Y%m%d}" if row.adj_end else "",
        "pbp_id": row.pbp,
        "ra_factor_type_code": row.ra_type,
        "total_ma_payment": f"{row.total_payment:.2f}",
        "medicaid_dual_status_code": row.dual_status,
        "cleanup_id": row.cleanup_id,
    }
    line = [" "] * WIDTH
    for name, value in values.items():
        field = LAYOUT[name]
        if len(value) > field.end - field.start:
            raise ValueError(f"{value!r} does not fit {name} ({field.end - field.start})")
        width = field.end - field.start
        padded = value.rjust(width) if field.kind == "amount" else value.ljust(width)
        line[field.start : field.end] = padded
    return "".join(line)


def _integer(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None


def _month(text: str) -> date | None:
    return parse_date(text + "01") if len(text) == 6 else None


_READERS = {
    "date": parse_date,
    "month": _month,
    "amount": parse_amount,
    "factor": parse_amount,
    "integer": _integer,
}
_NEEDED = (
    "run_date",
    "payment_date",
    "date_of_birth",
    "ra_factor_a",
    "ra_factor_b",
    "months_part_a",
    "months_part_b",
    "payment_adj_start_date",
    "payment_adj_end_date",
    "total_ma_payment",
)
