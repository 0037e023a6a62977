"""Says what a file is, whether it is safe to use, and what it holds; needs no database."""

import gzip
import hashlib
import re
import zlib
from collections import Counter
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO

from capitation.formats import mmr, nacha
from capitation.formats.x12_figures import FiguresBySet, money
from ipaportal.core.csvfiles import CsvReader, header_key, sniff_delimiter
from ipaportal.core.textfiles import opened
from ipaportal.core.x12 import Problem, Reader

HEAD = 1 << 16
# A packed file may not grow beyond this: what looks small may be made to fill a disk.
MAX_UNPACKED = 256 << 20
MAX_PROBLEMS = 200

_X12 = re.compile(rb"(?:\A|[^A-Za-z0-9])ISA([^A-Za-z0-9\s])")
_X12_BARE = re.compile(rb"\A[\s\xef\xbb\xbf]*(?:GS|ST)[*|^~!]")
_PACKED = ((b"PK\x03\x04", "zip archive"), (b"PK\x05\x06", "zip archive"), (b"%PDF", "PDF"))
_LEIE = {"lastname", "firstname", "busname", "excltype", "excldate"}
_CAQH = {"action_flag", "caqh_provider_id", "po_provider_id"}
_NPPES = {"npi", "entity_type_code"}


class Unpacking:
    """Reads a gzip file up to a limit; what goes wrong is kept in `problem`, not raised."""

    def __init__(self, file: BinaryIO, limit: int = MAX_UNPACKED) -> None:
        self._file = gzip.GzipFile(fileobj=file)
        self._left = limit
        self.problem: Problem | None = None

    def read(self, size: int = HEAD) -> bytes:
        """Give the next bytes, none at the end or after a problem."""
        if self.problem is not None:
            return b""
        try:
            data = self._file.read(size)
        except (OSError, EOFError, zlib.error):
            words = "The packed file is damaged or cut off."
            self.problem = Problem("file", "damaged_gzip", words)
            return b""
        self._left -= len(data)
        if self._left < 0:
            words = f"The packed file holds more than {MAX_UNPACKED >> 20} MB."
            self.problem = Problem("file", "too_large", words)
            return b""
        return data


class _Joined:
    """A file whose first bytes were already read."""

    def __init__(self, head: bytes, rest: BinaryIO | Unpacking) -> None:
        self._head, self._rest = head, rest

    def read(self, size: int = HEAD) -> bytes:
        if self._head:
            head, self._head = self._head[:size], self._head[size:]
            return head
        return self._rest.read(size)


def inspect_file(source: bytes | str | Path, name: str = "") -> dict[str, object]:
    """Inspect a file: its format, a verdict (ok, unbalanced, refused), problems and figures."""
    size, digest = _fingerprint(source)
    file = opened(source)
    try:
        content, unpacking = _content(file)
        head = _read_head(content)
        kind, problems, figures = _inspect(head, _Joined(head, content))
    finally:
        file.close()
    if unpacking is not None and unpacking.problem is not None:
        problems.append(unpacking.problem)
    return {
        "file": name or (str(source) if isinstance(source, str | Path) else ""),
        "bytes": size,
        "sha256": digest,
        "format": kind,
        "verdict": verdict(problems),
        "problems": [_plain(problem) for problem in problems if problem.severity != "note"],
        "notes": [_plain(problem) for problem in problems if problem.severity == "note"],
        "figures": figures,
    }


def verdict(problems: list[Problem]) -> str:
    """Say what problems together mean: ok, unbalanced or refused."""
    severities = {problem.severity for problem in problems}
    for worst in ("refused", "unbalanced"):
        if worst in severities:
            return worst
    return "ok"


def detect(head: bytes) -> str:
    """Name the format that the first bytes of a file show; x12 stands for all of X12."""
    if not head.strip():
        return "empty"
    for mark, name in _PACKED:
        if head.startswith(mark):
            return name
    if _X12.search(head) or _X12_BARE.match(head):
        return "x12"
    if mmr.looks_like_mmr(head):
        return "mmr"
    if nacha.looks_like_ach(head):
        return "ach"
    if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "binary"
    return _detect_table(head)


def _detect_table(head: bytes) -> str:
    text = head.decode("utf-8-sig", "replace").lstrip()
    first, _, more = text.replace("\r", "\n").partition("\n")
    delimiter = sniff_delimiter(first)
    keys = {header_key(cell) for cell in first.split(delimiter)}
    if keys >= _LEIE:
        return "leie"
    if keys >= _CAQH:
        return "caqh-roster"
    if keys >= _NPPES:
        return "nppes"
    # One line of prose may hold a comma; a table has a line beneath its header.
    if text[:1] in "{[<" or delimiter not in first or not more.strip():
        return "unknown"
    return "csv"


def _fingerprint(source: bytes | str | Path) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    file = opened(source)
    try:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
            size += len(chunk)
    finally:
        file.close()
    return size, digest.hexdigest()


def _content(file: BinaryIO) -> tuple[BinaryIO | Unpacking, Unpacking | None]:
    mark = file.read(2)
    file.seek(0)
    if mark != b"\x1f\x8b":
        return file, None
    unpacking = Unpacking(file)
    return unpacking, unpacking


def _read_head(content: BinaryIO | Unpacking) -> bytes:
    head = b""
    while len(head) < HEAD and (more := content.read(HEAD - len(head))):
        head += more
    return head


def _plain(problem: Problem) -> dict[str, str]:
    kept = asdict(problem)
    del kept["severity"]
    return kept


def _inspect(head: bytes, content: _Joined) -> tuple[str, list[Problem], dict[str, object]]:
    found = detect(head)
    reader = _INSPECTORS.get(found)
    if reader is not None:
        return reader(found, content)
    words = {
        "empty": "The file is empty.",
        "binary": "The file is binary, not a text file of any format we read.",
        "unknown": "The file is of no format we read.",
    }.get(found, f"The file is a {found}: unpack it or ask for the data file itself.")
    code = found if found in ("empty", "binary", "unknown") else "wrong_kind"
    return "unknown", [Problem("start of file", code, words)], {}


def _inspect_x12(_found: str, content: _Joined) -> tuple[str, list[Problem], dict[str, object]]:
    reader, by_set = Reader(content), FiguresBySet()
    for number, segment in reader:
        by_set.feed(number, segment, reader.delimiters)
    counted, problems = by_set.finish()
    envelope = reader.envelope
    figures = {
        "interchanges": envelope.interchanges,
        "segments": reader.segments,
        "transactions": envelope.transactions,
        "versions": envelope.versions,
        "envelope": envelope.faults or "ok",
        **counted,
    }
    kind = envelope.first_set
    known = kind.isascii() and kind.isalnum() and len(kind) == 3
    problems = [*reader.problems, *problems]
    if not known:
        words = "The file holds no transaction set (ST)."
        problems.append(Problem("file", "no_transaction", words))
    return f"x12-{kind}" if known else "unknown", problems, figures


def _inspect_ach(_found: str, content: _Joined) -> tuple[str, list[Problem], dict[str, object]]:
    data = b"".join(iter(lambda: content.read(1 << 20), b""))
    file = nacha.read(data)
    severities = {nacha.MONEY: "unbalanced", nacha.PADDING: "note", nacha.NOTICE: "note"}
    problems = [
        Problem(fault.where, fault.code, fault.message, severities.get(fault.kind, "refused"))
        for fault in file.faults[:MAX_PROBLEMS]
    ]
    return "ach", problems, nacha.figures(file)


def _inspect_mmr(_found: str, content: _Joined) -> tuple[str, list[Problem], dict[str, object]]:
    reader = mmr.MmrReader(content)
    members: set[str] = set()
    rows = adjustments = 0
    total = Decimal(0)
    for row in reader:
        rows += 1
        members.add(row.mbi)
        total += row.total_payment
        adjustments += row.is_adjustment
    figures = {
        "rows": rows,
        "members": len(members),
        "total": money(total),
        "adjustment_rows": adjustments,
    }
    return "mmr", reader.problems, figures


def _inspect_table(found: str, content: _Joined) -> tuple[str, list[Problem], dict[str, object]]:
    reader = CsvReader(content)
    keys = {header: header_key(header) for header in reader.headers}
    count = _COUNTERS.get(found)
    counts: Counter[str] = Counter()
    for row in reader:
        counts["rows"] += 1
        if count is not None:
            count(counts, {keys[name]: value.strip() for name, value in row.values.items()})
    figures: dict[str, object] = {"rows": counts["rows"], "columns": len(reader.headers)}
    figures.update({name: counts[name] for name in _NAMES.get(found, ())})
    problems = [
        Problem(f"line {p.line_no}" + (f", {p.column}" if p.column else ""), p.code, p.message)
        for p in reader.problems[:MAX_PROBLEMS]
    ]
    return found, problems, figures


def _count_leie(counts: Counter[str], row: dict[str, str]) -> None:
    counts["individuals" if row["lastname"] else "businesses"] += 1
    counts["with_npi"] += row.get("npi", "").strip("0") != ""


def _count_nppes(counts: Counter[str], row: dict[str, str]) -> None:
    counts["individuals"] += row["entity_type_code"] == "1"
    counts["organizations"] += row["entity_type_code"] == "2"
    counts["deactivated"] += bool(row.get("npi_deactivation_date"))


def _count_caqh(counts: Counter[str], row: dict[str, str]) -> None:
    name = {"A": "adds", "U": "updates", "D": "deletes"}.get(row["action_flag"], "other_actions")
    counts[name] += 1


_COUNTERS = {"leie": _count_leie, "nppes": _count_nppes, "caqh-roster": _count_caqh}
_NAMES = {
    "leie": ("individuals", "businesses", "with_npi"),
    "nppes": ("individuals", "organizations", "deactivated"),
    "caqh-roster": ("adds", "updates", "deletes", "other_actions"),
}
_INSPECTORS = {
    "x12": _inspect_x12,
    "ach": _inspect_ach,
    "mmr": _inspect_mmr,
    "leie": _inspect_table,
    "nppes": _inspect_table,
    "caqh-roster": _inspect_table,
    "csv": _inspect_table,
}
