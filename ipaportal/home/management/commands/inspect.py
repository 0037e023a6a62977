"""`manage.py inspect FILE…`: says what files are and whether they are safe to use."""

import json
import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandParser

from capitation.formats.inspection import inspect_file
from ipaportal.home.management.words import readable, why_no_file


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
            return inspect_file(Path(path), name=readable(path))
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


def _json_line(record: dict[str, object]) -> str:
    return json.dumps(record, ensure_ascii=False)


def _text(record: dict) -> str:
    lines = [f"{record['file']}: {record['format']}, {record['verdict']}"]
    lines += [f"  {problem['where']}: {problem['message']}" for problem in record["problems"]]
    lines += [f"  note, {note['where']}: {note['message']}" for note in record["notes"]]
    lines += [f"  {name}: {value}" for name, value in record["figures"].items()]
    return "\n".join(lines)
