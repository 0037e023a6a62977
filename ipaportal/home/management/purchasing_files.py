"""Files of purchasing, judged by the readers that an import would use."""

from collections.abc import Callable
from dataclasses import dataclass

from ipaportal.core.csvfiles import CellProblem
from ipaportal.core.money import plain_dollars
from ipaportal.core.x12 import Problem
from purchasing.formats import acknowledgement_855, invoice_810, ship_notice_856
from purchasing.formats.enforcement import read_enforcement
from purchasing.formats.fda_ndc import looks_like, read_packages, read_products
from purchasing.formats.part_b import read_crosswalk, read_limits

HEAD = 1 << 14


@dataclass(frozen=True)
class Judged:
    """A format's name, all that is wrong with the file, and its figures."""

    kind: str
    problems: list[Problem]
    figures: dict[str, object]


def judge(kind: str, data: bytes) -> Judged | None:
    """Read a file by what it was taken for, or by its beginning; None if it is none of ours."""
    reader = _X12.get(kind)
    if reader is not None:
        return reader(data)
    if kind not in ("csv", "unknown"):
        return None
    head = data[:HEAD].decode("utf-8-sig", "replace")
    first = head.lstrip().splitlines()[:1]
    named = looks_like(first[0]) if first else ""
    if named == "products":
        return _products(data)
    if named == "packages":
        return _packages(data)
    if "Payment Limit" in head and "HCPCS Code" in head:
        return _limits(data)
    if "BILLUNITSPKG" in head:
        return _crosswalk(data)
    if head.lstrip().startswith("{") and '"recall_number"' in head:
        return _enforcement(data)
    return None


def _acknowledgements(data: bytes) -> Judged:
    found = acknowledgement_855.read(data)
    lines = sum(len(one.lines) for one in found.acknowledgements)
    figures = {"orders_answered": len(found.acknowledgements), "lines": lines}
    return Judged("x12-855", list(found.problems), figures)


def _ship_notices(data: bytes) -> Judged:
    found = ship_notice_856.read(data)
    lines = [line for one in found.shipments for line in one.lines]
    figures = {
        "shipments": len(found.shipments),
        "lines": len(lines),
        "lines_with_lot": sum(bool(line.lot) for line in lines),
    }
    return Judged("x12-856", list(found.problems), figures)


def _invoices(data: bytes) -> Judged:
    found = invoice_810.read(data)
    figures = {
        "invoices": len(found.invoices),
        "lines": sum(len(one.lines) for one in found.invoices),
        "total": plain_dollars(sum(one.total_cents for one in found.invoices)),
    }
    return Judged("x12-810", list(found.problems), figures)


def _products(data: bytes) -> Judged:
    found = read_products(data)
    figures = {"products": len(found.products), "scheduled": sum(
        bool(one.schedule) for one in found.products)}  # fmt: skip
    return Judged("fda-ndc-products", _cells(found.problems), figures)


def _packages(data: bytes) -> Judged:
    found = read_packages(data)
    return Judged("fda-ndc-packages", _cells(found.problems), {"packages": len(found.packages)})


def _limits(data: bytes) -> Judged:
    found = read_limits(data)
    figures: dict[str, object] = {
        "limits": len(found.limits),
        "other_coinsurance": sum(one.coinsurance_pct != 20 for one in found.limits),
        "from": str(found.effective_date or ""),
        "to": str(found.end_date or ""),
    }
    return Judged("cms-part-b-limits", _cells(found.problems), figures)


def _crosswalk(data: bytes) -> Judged:
    found = read_crosswalk(data)
    figures = {"lines": len(found.lines), "ndcs": len({one.ndc.ndc12 for one in found.lines})}
    return Judged("cms-ndc-hcpcs", _cells(found.problems), figures)


def _enforcement(data: bytes) -> Judged:
    found = read_enforcement(data)
    figures = {
        "reports": len(found.reports),
        "with_ndc": sum(bool(one.recall.ndcs) for one in found.reports),
        "with_lot": sum(bool(one.recall.lots) for one in found.reports),
    }
    return Judged("openfda-enforcement", list(found.problems), figures)


def _cells(problems: tuple[CellProblem, ...]) -> list[Problem]:
    """Refused cells as problems of a file, each at its line."""
    return [
        Problem(f"line {one.line_no}" + (f", {one.column}" if one.column else ""), one.code,
                one.message)
        for one in problems
    ]  # fmt: skip


_X12: dict[str, Callable[[bytes], Judged]] = {
    "x12-810": _invoices,
    "x12-855": _acknowledgements,
    "x12-856": _ship_notices,
}
