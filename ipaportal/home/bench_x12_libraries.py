"""
Other people's readers of 835 and 837, laid beside ours: how fast, and what they make of a file.

Each is used as its documentation says. One that gives segments only is added up here, in the same
few lines for all of them. None is a dependency but pyx12, for development; `bench edi` names the
command that brings the others.
"""

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from importlib.metadata import version
from typing import NamedTuple

try:
    from pyx12.x12file import X12Reader
except ImportError:
    X12Reader = None
try:
    from x12 import Parser, X12Validator
except ImportError:
    Parser = None
try:
    import oxedi
except ImportError:
    oxedi = None
try:
    from openx12 import x835, x837p
except ImportError:
    x835 = None
try:
    from linuxforhealth.x12.io import X12SegmentReader
except ImportError:
    X12SegmentReader = None

# What oxedi says of what the guide wants and these files leave out is no fault of reading.
NOT_OF_READING = {"RequiredOccurrenceMissing"}


class Found(NamedTuple):
    """What a reader makes of a file: how many of each, in dollars, and how many faults it names."""

    payments: int
    claims: int
    services: int
    dollars: Decimal
    faults: int = 0


Reads = Callable[[str], Found]


@dataclass(frozen=True, slots=True)
class Library:
    """A reader of somebody else's."""

    name: str
    package: str
    reads_835: Reads
    reads_837: Reads | None
    is_compiled: bool = False

    @property
    def words(self) -> str:
        """Its name with its version."""
        return f"{self.name} {version(self.package)}"


Segments = Iterable[tuple[str, Callable[[int], str]]]


def _add_835(segments: Segments) -> Found:
    payments = claims = services = 0
    dollars = Decimal(0)
    off: Decimal = Decimal(0)
    faults = 0
    for name, value in segments:
        if name == "BPR":
            payments += 1
            dollars += Decimal(value(2))
        elif name == "CLP":
            claims += 1
        elif name == "SVC":
            faults += bool(off)
            services += 1
            off = Decimal(value(2)) - Decimal(value(3))
        elif name == "CAS":
            off -= Decimal(value(3))
    return Found(payments, claims, services, dollars, faults + bool(off))


def _add_837(segments: Segments) -> Found:
    claims = services = 0
    dollars = off = Decimal(0)
    faults = 0
    for name, value in segments:
        if name == "CLM":
            faults += bool(off)
            claims += 1
            off = Decimal(value(2))
            dollars += off
        elif name == "SV1":
            services += 1
            off -= Decimal(value(2))
    return Found(0, claims, services, dollars, faults + bool(off))


def _with(adds: Callable[[Segments], Found], gives: Callable[[str, list], Segments]) -> Reads:
    """A library's segments, added up here; what it names as wrong is collected in a list."""

    def read(text: str) -> Found:
        faults: list[object] = []
        found = adds(gives(text, faults))
        return found._replace(faults=found.faults + len(faults))

    return read


def _pyx12(text: str, faults: list) -> Segments:
    reader = X12Reader(io.StringIO(text))
    for segment in reader:
        faults += reader.pop_errors()
        yield segment.get_seg_id(), lambda place, it=segment: it.get_value(f"{place:02d}")
    reader.cleanup()
    faults += reader.pop_errors()


def _x12_python(text: str, faults: list) -> Segments:
    faults += X12Validator().validate(text).errors
    for group in Parser().parse(text).functional_groups:
        for transaction in group.transactions:
            yield from _of_loop(transaction.root_loop)


def _of_loop(loop) -> Segments:
    for segment in loop.segments:
        yield segment.segment_id, lambda place, it=segment: it[place].value
    for inner in loop.loops:
        yield from _of_loop(inner)


def _linuxforhealth(text: str, faults: list) -> Segments:
    with X12SegmentReader(text) as reader:
        for name, fields in reader.segments():
            yield name, fields.__getitem__


def _oxedi(text: str) -> Found:
    read = oxedi.parse(text.encode())
    faults = sum(one.kind not in NOT_OF_READING for one in read.diagnostics)
    payments, services = len(read.tables["payments"]), len(read.tables["services"])
    return Found(payments, read.count_claims(), services, read.sum_payments(), faults)


def _openx12_835(text: str) -> Found:
    read = x835.parse(text)
    services = sum(len(claim["services"]) for claim in read.claims)
    return Found(1, len(read.claims), services, Decimal(str(read.payment_amount)))


def _openx12_837(text: str) -> Found:
    read = x837p.parse(text)
    services = sum(len(claim.get("services", [])) for claim in read.claims)
    return Found(0, len(read.claims), services, Decimal(str(read.total_billed)))


def at_hand() -> list[Library]:
    """The libraries that are installed."""
    every = [
        (X12Reader, Library("pyx12", "pyx12", _with(_add_835, _pyx12), _with(_add_837, _pyx12))),
        (Parser, Library("x12-python", "x12-python", _with(_add_835, _x12_python),
                         _with(_add_837, _x12_python))),
        (oxedi, Library("oxedi", "oxedi", _oxedi, None, is_compiled=True)),
        (x835, Library("openx12", "openx12", _openx12_835, _openx12_837)),
        (X12SegmentReader, Library(
            "linuxforhealth-x12", "linuxforhealth-x12", _with(_add_835, _linuxforhealth),
            _with(_add_837, _linuxforhealth))),
    ]  # fmt: skip
    return [library for module, library in every if module is not None]


def fault_of(reads: Reads, text: str, expected: Found) -> str:
    """Why a reader is not to be relied on for such a file; empty where it is."""
    try:
        found = reads(text)
    except Exception as problem:  # another's reader raises what it likes
        return f"cannot read it: {type(problem).__name__}"
    if found._replace(dollars=round(found.dollars, 2)) != expected:
        return f"finds {found}"
    return next((words for words, bad in _broken(text) if not _objects(reads, bad)), "")


def _broken(text: str) -> list[tuple[str, str]]:
    """The file with a count that is wrong, and half of it."""
    start = text.index("SE*")
    end = text.index("~", start)
    control = text[start:end].rpartition("*")[2]
    wrong = f"{text[:start]}SE*9*{control}{text[end:]}"
    half = text[: text.index("~", len(text) // 2) + 1]
    return [("says nothing of a wrong segment count (SE01)", wrong),
            ("says nothing of a file that is cut off", half)]  # fmt: skip


def _objects(reads: Reads, text: str) -> bool:
    try:
        return reads(text).faults > 0
    except Exception:  # the same, and it is an objection
        return True
