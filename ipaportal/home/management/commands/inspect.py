"""`manage.py inspect FILE…`: says what files are and whether they are safe to use."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

from django.core.management.base import BaseCommand, CommandParser

from capitation.formats.inspection import inspect_file, verdict
from credentialing.formats import leie, profiles
from ipaportal.core.x12 import Problem
from ipaportal.home.management import health_files, purchasing_files
from ipaportal.home.management.words import readable, why_no_file

Fault = tuple[str, str, str]
Judged = tuple[list[Fault], list[Fault], dict[str, object]]
MOST_BYTES = 64 << 20


class Command(BaseCommand):
    help = "Parse files without a database; one record a file. `-` reads paths from stdin."
    requires_system_checks = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE", help="`-` reads paths from stdin")
        parser.add_argument("--json", action="store_true", help="one JSON line a file")

    def handle(self, *, files: list[str], json: bool, **_options: object) -> None:
        for path in _paths(files):
            record = _record(path)
            self.stdout.write(_json_line(record) if json else _text(record))


def _paths(files: list[str]):
    for name in files:
        if name == "-":
            yield from filter(None, (line.strip() for line in sys.stdin))
        else:
            yield name


def _record(path: str) -> dict[str, object]:
    words = why_no_file(path)
    try:
        if not words:
            return _read_strictly(Path(path), inspect_file(Path(path), name=readable(path)))
    except OSError as error:
        words = f"The file cannot be opened: {error.strerror or error}."
    return {
        "file": readable(path),
        "bytes": 0,
        "sha256": "",
        "format": "unknown",
        "verdict": "refused",
        "problems": [{"where": "file", "code": "unreadable", "message": words}],
        "notes": [],
        "figures": {},
    }


def _read_strictly(path: Path, record: dict[str, object]) -> dict[str, object]:
    """Let an app's own reader judge a file of its formats, as an import would."""
    kind = str(record["format"])
    # The readers hold a file in memory; what is larger, or packed, keeps what was counted.
    if kind not in _JUDGED or int(str(record["bytes"])) > MOST_BYTES:
        return record
    data = path.read_bytes()
    if data.startswith(b"\x1f\x8b"):
        return record
    if kind == "unknown" and (health := health_files.judge(data)) is not None:
        return _judged_whole(record, *health)
    read = _STRICT.get(kind)
    if read is None:
        return _read_by_purchasing(kind, data, record)
    refusals, notes, figures = read(data)
    problems = [Problem(where, code, message) for where, code, message in refusals]
    found = [_plain(problem) for problem in problems]
    known = [one for one in record["problems"] if one not in found]
    return record | {
        "verdict": verdict(problems) if problems else record["verdict"],
        "problems": [*known, *found],
        "notes": [*record["notes"], *({"where": w, "code": c, "message": m} for w, c, m in notes)],
        "figures": {**record["figures"], **figures},
    }


def _read_by_purchasing(kind: str, data: bytes, record: dict[str, object]) -> dict[str, object]:
    judged = purchasing_files.judge(kind, data)
    if judged is None:
        return record
    is_x12 = kind.startswith("x12-")
    # The envelope was judged already, and so was a table that is no CSV of its own.
    before = {(one["where"], one["code"]) for one in record["problems"]} if is_x12 else set()
    new = [one for one in judged.problems if (one.where, one.code) not in before]
    faults = [_plain(one) for one in new if one.severity != "note"]
    known_notes = {(one["where"], one["code"]) for one in record["notes"]}
    notes = [
        _plain(one)
        for one in new
        if one.severity == "note" and (one.where, one.code) not in known_notes
    ]
    return record | {
        "format": judged.kind,
        "verdict": verdict(judged.problems),
        "problems": [*(record["problems"] if is_x12 else []), *faults],
        "notes": [*record["notes"], *notes],
        "figures": {**record["figures"], **judged.figures},
    }


def _judged_whole(
    record: dict[str, object], kind: str, found: list[Problem], figures: dict[str, object]
) -> dict[str, object]:
    """A file of a format of which nothing was known before its own reader read it."""
    return record | {
        "format": kind,
        "verdict": verdict(found),
        "problems": [_plain(one) for one in found if one.severity != "note"],
        "notes": [_plain(one) for one in found if one.severity == "note"],
        "figures": figures,
    }


def _plain(problem: Problem) -> dict[str, str]:
    return {"where": problem.where, "code": problem.code, "message": problem.message}


def _profiles(data: bytes) -> Judged:
    found = profiles.read_profiles(data)
    notes = [(where, "row_left_out", words) for where, words in found.problems]
    if found.refusals == [profiles.NO_ROWS]:  # nothing to import, but nothing wrong either
        return [], [*notes, ("file", "no_rows", profiles.NO_ROWS)], {}
    refusals = [("file", "not_as_published", words) for words in found.refusals]
    # A file refused at its header was not counted: what was counted before stays.
    return refusals, notes, profiles.figures(found) if found.count else {}


def _leie(data: bytes) -> Judged:
    found = leie.read_leie(data)
    refusals = [(one.where, one.code, one.message) for one in found.problems]
    notes = [("file", code, words) for code, words in found.notes.items()]
    # Of a refused file only the rows that could be read are entries: what was counted stays.
    return refusals, notes, {} if refusals else found.figures


_STRICT: dict[str, Callable[[bytes], Judged]] = {
    "caqh-roster": _profiles,
    "leie": _leie,
    "nppes": _profiles,
}


_JUDGED = {*_STRICT, "csv", "unknown", "x12-810", "x12-855", "x12-856"}


def _json_line(record: dict[str, object]) -> str:
    return json.dumps(record, ensure_ascii=False)


def _text(record: dict) -> str:
    lines = [f"{record['file']}: {record['format']}, {record['verdict']}"]
    lines += [f"  {problem['where']}: {problem['message']}" for problem in record["problems"]]
    lines += [f"  note, {note['where']}: {note['message']}" for note in record["notes"]]
    lines += [f"  {name}: {value}" for name, value in record["figures"].items()]
    return "\n".join(lines)
