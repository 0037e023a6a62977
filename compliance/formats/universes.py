"""Reads a universe: its columns, its lines, and the line of each that is hashed."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from compliance.rules.universes import Problem, Row
from ipaportal.core.csvfiles import CsvReader


@dataclass(frozen=True)
class ReadUniverse:
    """What a file holds, and the lines of it that could not be read."""

    headers: tuple[str, ...]
    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]


def read_universe(data: bytes) -> ReadUniverse:
    """Read a CSV whole; a line that cannot be read is named."""
    reader = CsvReader(data)
    rows = tuple(Row(one.line_no, one.values) for one in reader)
    wrong = tuple(Problem(one.line_no, one.column, one.message) for one in reader.problems)
    return ReadUniverse(reader.headers, rows, wrong)


def population_line(key: str, headers: Sequence[str], values: Mapping[str, str]) -> str:
    """The line of the population: what names a row, and the hash of its cells parted by tabs."""
    cells = "\t".join(values[name] for name in headers)
    return f"{key}\t{hashlib.sha256(cells.encode()).hexdigest()}"
