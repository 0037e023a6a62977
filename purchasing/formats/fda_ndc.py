"""
FDA's National Drug Code directory: its two tab-separated files, products and packages.

FDA ships bytes that are no UTF-8, and quotation marks that close nothing, so lines are cut at
tabs alone. A line with too few or too many of them is refused, and so is one whose date stands in
no date's place: its columns are shifted.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ipaportal.core.csvfiles import CellProblem, header_key
from ipaportal.core.textfiles import LineTooLong, Source, lines
from ipaportal.core.values import parse_amount, parse_date
from purchasing.rules.ndc import BadNdc, Ndc, parse_ndc, parse_product

MAX_PROBLEMS = 1_000
SCHEDULES = {"CII": "2", "CIII": "3", "CIV": "4", "CV": "5"}
PRODUCT_HEADS = (
    "PRODUCTNDC", "PRODUCTTYPENAME", "PROPRIETARYNAME", "PROPRIETARYNAMESUFFIX",
    "NONPROPRIETARYNAME", "DOSAGEFORMNAME", "ROUTENAME", "STARTMARKETINGDATE",
    "ENDMARKETINGDATE", "LABELERNAME", "DEASCHEDULE", "NDC_EXCLUDE_FLAG",
)  # fmt: skip
PACKAGE_HEADS = (
    "PRODUCTNDC", "NDCPACKAGECODE", "PACKAGEDESCRIPTION", "STARTMARKETINGDATE",
    "ENDMARKETINGDATE", "NDC_EXCLUDE_FLAG", "SAMPLE_PACKAGE",
)  # fmt: skip
_STEP = re.compile(
    r"(?P<count>[0-9.]+) (?P<unit>[^*]+?) in (?P<of>[0-9.]+) (?P<holder>[^(*]+?)"
    r"(?: \((?P<ndc>[0-9-]+)\))?\s*"
)


@dataclass(frozen=True, slots=True)
class Product:
    """A drug of the directory; `key` is labeler and product in whatever format."""

    line_no: int
    key: str
    written: str
    kind: str
    name: str
    generic_name: str
    form: str
    routes: tuple[str, ...]
    labeler: str
    schedule: str
    starts_on: date | None
    ends_on: date | None
    """The last day on which it is sold."""
    is_excluded: bool

    @property
    def is_rx(self) -> bool:
        """Whether it needs a prescription."""
        return "PRESCRIPTION" in self.kind or self.kind in ("VACCINE", "PLASMA DERIVATIVE")


@dataclass(frozen=True, slots=True)
class Level:
    """One step of a package: so many of a unit in a holder, which may carry its own code."""

    count: Decimal
    unit: str
    holder: str
    ndc: str = ""


@dataclass(frozen=True, slots=True)
class Package:
    """A package of the directory, and what is in it, the outermost step first."""

    line_no: int
    ndc: Ndc
    description: str
    levels: tuple[Level, ...]
    starts_on: date | None
    ends_on: date | None
    is_sample: bool
    is_excluded: bool

    @property
    def units(self) -> Decimal | None:
        """How many of the innermost unit are in it; None where the description does not say."""
        if not self.levels:
            return None
        units = Decimal(1)
        for level in self.levels:
            units *= level.count
        return units


@dataclass(frozen=True, slots=True)
class Directory:
    """What a file of the directory holds, and each line that is refused and why."""

    products: tuple[Product, ...] = ()
    packages: tuple[Package, ...] = ()
    problems: tuple[CellProblem, ...] = ()
    more: int = 0
    """Lines that are refused beyond those named."""


class Noted:
    """What is wrong with a file: the first thousand lines by name, the others by number."""

    def __init__(self) -> None:
        self.kept: list[CellProblem] = []
        self.more = 0

    def add(self, problem: CellProblem) -> None:
        if len(self.kept) < MAX_PROBLEMS:
            self.kept.append(problem)
        else:
            self.more += 1


class _Refused(ValueError):
    """A cell that cannot be taken: its column, a code, and words."""

    def __init__(self, column: str, value: str, code: str, words: str) -> None:
        super().__init__(words)
        self.problem = (column, value[:80], code, words)


def read_products(source: Source) -> Directory:
    """Read product.txt; every line becomes a product or a refusal that names it."""
    noted = Noted()
    products = tuple(products_in(source, noted))
    return Directory(products=products, problems=tuple(noted.kept), more=noted.more)


def products_in(source: Source, noted: Noted) -> Iterator[Product]:
    """The same line by line, so that memory does not grow with the file."""
    return _read(source, PRODUCT_HEADS, _product, noted)


def read_packages(source: Source) -> Directory:
    """Read package.txt; every line becomes a package or a refusal that names it."""
    noted = Noted()
    packages = tuple(packages_in(source, noted))
    return Directory(packages=packages, problems=tuple(noted.kept), more=noted.more)


def packages_in(source: Source, noted: Noted) -> Iterator[Package]:
    """The same line by line, so that memory does not grow with the file."""
    return _read(source, PACKAGE_HEADS, _package, noted)


def looks_like(head: str) -> str:
    """Which file of the directory a first line begins: products, packages, or neither ("")."""
    keys = {header_key(cell) for cell in head.split("\t")}
    for name, heads in (("packages", PACKAGE_HEADS), ("products", PRODUCT_HEADS)):
        if keys >= {header_key(one) for one in heads}:
            return name
    return ""


def _read(source: Source, heads: tuple[str, ...], make, noted: Noted) -> Iterator:
    for line_no, cells in _rows(source, heads, noted):
        try:
            yield make(line_no, cells)
        except _Refused as refused:
            noted.add(CellProblem(line_no, *refused.problem))


def _rows(
    source: Source, heads: tuple[str, ...], noted: Noted
) -> Iterator[tuple[int, dict[str, str]]]:
    """Lines under the heads that are needed; a line of another width is refused."""
    wanted = {header_key(head): head for head in heads}
    names: list[str] = []
    try:
        for line_no, line in enumerate(lines(source), start=1):
            cells = [cell.strip() for cell in line.split("\t")]
            if not any(cells):
                continue
            if not names:
                names = [header_key(cell) for cell in cells]
                missing = [head for key, head in wanted.items() if key not in names]
                if missing:
                    words = f"The file has no column {', '.join(missing)}."
                    noted.add(CellProblem(line_no, "", "", "no_column", words))
                    return
                continue
            if len(cells) != len(names):
                words = f"The line has {len(cells)} columns, the header has {len(names)}."
                noted.add(CellProblem(line_no, "", "", "columns", words))
                continue
            yield line_no, dict(zip(names, cells, strict=True))
    except LineTooLong:
        noted.add(CellProblem(0, "", "", "line_too_long", "A line of the file has no end."))
    if not names:
        noted.add(CellProblem(1, "", "", "empty", "The file is empty."))


def _product(line_no: int, cells: dict[str, str]) -> Product:
    written, schedule = cells["productndc"], cells["deaschedule"]
    try:
        key = parse_product(written)
    except BadNdc as bad:
        raise _Refused(
            "PRODUCTNDC", written, "ndc", f"It is no product's code: {bad.why}."
        ) from bad
    if schedule and schedule not in SCHEDULES:
        words = "The DEA schedule is none of CII, CIII, CIV and CV."
        raise _Refused("DEASCHEDULE", schedule, "schedule", words)
    name = f"{cells['proprietaryname']} {cells['proprietarynamesuffix']}".strip()
    return Product(
        line_no,
        key,
        written,
        cells["producttypename"],
        name,
        cells["nonproprietaryname"],
        cells["dosageformname"],
        tuple(route for part in cells["routename"].split(";") if (route := part.strip())),
        cells["labelername"],
        SCHEDULES.get(schedule, ""),
        _day(cells, "startmarketingdate"),
        _day(cells, "endmarketingdate"),
        _flag(cells, "ndc_exclude_flag", "NEUI"),
    )


def _package(line_no: int, cells: dict[str, str]) -> Package:
    written = cells["ndcpackagecode"]
    try:
        ndc = parse_ndc(written)
    except BadNdc as bad:
        raise _Refused("NDCPACKAGECODE", written, "ndc", f"It is no NDC: {bad.why}.") from bad
    if not written.startswith(f"{cells['productndc']}-"):
        words = f"The package is of another product than {cells['productndc']}."
        raise _Refused("NDCPACKAGECODE", written, "other_product", words)
    return Package(
        line_no,
        ndc,
        cells["packagedescription"],
        levels_of(cells["packagedescription"]),
        _day(cells, "startmarketingdate"),
        _day(cells, "endmarketingdate"),
        _flag(cells, "sample_package", "") or cells["sample_package"] == "Y",
        _flag(cells, "ndc_exclude_flag", "NEUI"),
    )


def _day(cells: dict[str, str], name: str) -> date | None:
    text = cells[name]
    day = parse_date(text) if len(text) == 8 else None
    if text and day is None:
        words = "A date is written YYYYMMDD here: the columns may be shifted."
        raise _Refused(name.upper(), text, "date", words)
    return day


def _flag(cells: dict[str, str], name: str, others: str) -> bool:
    """A flag that is N where it is not set; FDA gives exclusions several letters."""
    value = cells[name]
    if value not in {"", "N", "Y", *others}:
        words = f"The flag is one letter, not {value[:20]!r}: the columns may be shifted."
        raise _Refused(name.upper(), value, "flag", words)
    return value not in ("", "N")


def levels_of(description: str) -> tuple[Level, ...]:
    """
    Read "10 VIAL in 1 CARTON (…) > 5 mL in 1 VIAL", outermost first; nothing where it is none.

    Steps are parted by ">" or "/". A step that is not "so many in one" says nothing that can be
    counted on, and neither does what follows it.
    """
    levels = []
    for text in re.split(r"\s+[>/]\s+", description):
        found = _STEP.fullmatch(text.strip())
        count = parse_amount(found["count"]) if found else None
        if found is None or count is None or count <= 0 or found["of"] != "1":
            return ()
        levels.append(Level(count, found["unit"], found["holder"].strip(), found["ndc"] or ""))
    return tuple(levels)
