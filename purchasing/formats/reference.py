"""Lists that say what drugs are and what Medicare pays: FDA's directory, CMS's Part B files."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import islice

from ipaportal.core.archives import ArchiveRefused, Kind, gunzip, sniff, unzip
from ipaportal.core.csvfiles import DAMAGED, NUL, CellProblem, header_key
from ipaportal.core.textfiles import LineTooLong, lines
from purchasing.formats import fda_ndc, part_b

PRODUCTS, PACKAGES, LIMITS, CROSSWALK = "products", "packages", "limits", "crosswalk"
HEAD_LINES = 25
# Units of a package's innermost step that measure what is in a vial and count no vials.
MEASURES = frozenset({"mL", "L", "g", "mg", "kg", "ug", "mCi", "[iU]", "oz", "uL"})


@dataclass(frozen=True, slots=True)
class Row:
    """One line: by which code it is found, its number, and what else it says."""

    line_no: int
    ndc: str
    hcpcs: str
    amount: Decimal | None
    said: dict[str, object]


@dataclass(frozen=True, slots=True)
class Read:
    """A list: its kind, the days for which it says that it holds, rows, and refused lines."""

    kind: str
    effective_date: date | None
    end_date: date | None
    rows: tuple[Row, ...]
    problems: tuple[CellProblem, ...]

    @property
    def is_usable(self) -> bool:
        """Whether anything of it can be taken: no column is missing, and it is no empty file."""
        return bool(self.rows)


def unpacked(name: str, data: bytes) -> list[tuple[str, bytes]]:
    """
    The files in an upload: itself, or what it packs.

    :raises ArchiveRefused: if it cannot be unpacked
    """
    kind = sniff(data)
    if kind == Kind.GZIP:
        return [(name.removesuffix(".gz"), gunzip(data))]
    if kind != Kind.ZIP:
        return [(name, data)]
    found = [
        (inner.rpartition("/")[2], content)
        for inner, content in unzip(data)
        if inner.lower().endswith((".txt", ".csv", ".tsv"))
    ]
    if not found:
        raise ArchiveRefused("it holds no text file")
    return found


def kind_of(data: bytes) -> str:
    """Which of the lists some bytes are, by the names of their columns; empty if none."""
    try:
        head = list(islice(lines(data), HEAD_LINES))
    except LineTooLong:
        return ""
    for line in head:
        if "\t" in line and (found := fda_ndc.looks_like(line)):
            return found
        keys = {header_key(cell) for cell in line.split(",")}
        if "payment_limit" in keys:
            return LIMITS
        if keys & {"billunitspkg", "bill_units_pkg"}:
            return CROSSWALK
    return ""


@dataclass(frozen=True, slots=True)
class Stream:
    """A list that is read line by line: what it says of itself, its rows, and who is told."""

    effective_date: date | None
    end_date: date | None
    rows: Iterator[Row]
    noted: fda_ndc.Noted
    """What is wrong with it; whole once the rows were taken."""


def streamed(kind: str, data: bytes) -> Stream:
    """
    Read a list of a kind line by line; every line becomes a row or a refusal that names it.

    A line with a NUL is refused, also of FDA's lists, whose quotation marks close nothing: they
    are read by no `CsvReader`.
    """
    noted, days, rows = fda_ndc.Noted(), (None, None), iter(())
    if kind == LIMITS:
        found = part_b.read_limits(data)
        days, rows = (found.effective_date, found.end_date), map(_limit, found.limits)
        _note_all(noted, found.problems)
    elif kind == CROSSWALK:
        linked = part_b.read_crosswalk(data)
        rows = map(_link, linked.lines)
        _note_all(noted, linked.problems)
    elif kind == PRODUCTS:
        rows = map(_product, fda_ndc.products_in(data, noted))
    else:
        rows = map(_package, fda_ndc.packages_in(data, noted))
    return Stream(*days, _whole(rows, noted), noted)


def _note_all(noted: fda_ndc.Noted, problems: tuple[CellProblem, ...]) -> None:
    for problem in problems:
        noted.add(problem)


def _whole(rows: Iterator[Row], noted: fda_ndc.Noted) -> Iterator[Row]:
    for row in rows:
        if any(NUL in str(text) for text in row.said.values()):
            noted.add(CellProblem(row.line_no, "", "", "nul", DAMAGED))
        else:
            yield row


def told(noted: fda_ndc.Noted) -> tuple[CellProblem, ...]:
    """What is wrong with a list, in the order of its lines, fit to be kept."""
    fit = (replace(one, value=one.value.replace(NUL, "?")) for one in noted.kept)
    return tuple(sorted(fit, key=lambda one: one.line_no))


def read(kind: str, data: bytes) -> Read:
    """Read a list of a kind at once."""
    found = streamed(kind, data)
    rows = tuple(found.rows)
    return Read(kind, found.effective_date, found.end_date, rows, told(found.noted))


def _limit(one: part_b.PartBLimit) -> Row:
    said = {"description": one.description, "dosage": one.dosage,
            "coinsurance": str(one.coinsurance_pct), "notes": one.notes}  # fmt: skip
    return Row(one.line_no, "", one.hcpcs, one.limit, said)


def _link(one: part_b.CrosswalkLine) -> Row:
    said = {"description": one.drug or one.description, "labeler": one.labeler,
            "dosage": one.dosage, "written": one.ndc.hyphenated}  # fmt: skip
    return Row(one.line_no, one.ndc.ndc12, one.hcpcs, one.units_per_package, said)


def _product(one: fda_ndc.Product) -> Row:
    said = {
        "written": one.written, "description": one.name, "generic": one.generic_name,
        "form": one.form, "labeler": one.labeler, "schedule": one.schedule, "is_rx": one.is_rx,
        "starts": _iso(one.starts_on), "ends": _iso(one.ends_on), "excluded": one.is_excluded,
    }  # fmt: skip
    return Row(one.line_no, one.key, "", None, said)


def _package(one: fda_ndc.Package) -> Row:
    said = {
        "written": one.ndc.hyphenated, "description": one.description,
        "eaches": eaches_of(one.levels), "starts": _iso(one.starts_on), "ends": _iso(one.ends_on),
        "sample": one.is_sample, "excluded": one.is_excluded,
    }  # fmt: skip
    return Row(one.line_no, one.ndc.ndc12, "", one.units, said)


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def eaches_of(levels: tuple[fda_ndc.Level, ...]) -> int | None:
    """How many vials, tablets or tests a package holds; None where it does not say in whole."""
    count = Decimal(1)
    for level in levels:
        if level.unit in MEASURES:
            break
        count *= level.count
    return int(count) if levels and count == count.to_integral_value() else None
