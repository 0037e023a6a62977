"""A table of deductibles as copied from CMS: one line a panel size, in whole dollars."""

from collections.abc import Iterator
from dataclasses import dataclass

KINDS = ("combined", "institutional", "professional")
NONE = {"none", "-", ""}


@dataclass(frozen=True)
class Listed:
    """One cell of the table; cents are None where no protection is asked."""

    kind: str
    panel_from: int
    cents: int | None


@dataclass(frozen=True)
class Problem:
    """A line that cannot be read, and why."""

    line: int
    words: str


def read_table(text: str) -> tuple[list[Listed], list[Problem]]:
    """
    Read lines of `patients from, combined, institutional, professional`.

    Fields are parted by tabs or semicolons, so that 1,000 may be written as it is printed. Sizes
    rise from line to line; a deductible never falls as the panel grows.
    """
    rows: list[Listed] = []
    problems: list[Problem] = []
    for line, fields in _lines(text):
        try:
            size, *dollars = fields
            read = [Listed(k, _whole(size), _cents(d)) for k, d in zip(KINDS, dollars, strict=True)]
        except ValueError:
            words = f"needs {len(KINDS) + 1} fields of whole numbers, not {len(fields)}: {fields}"
            problems.append(Problem(line, words))
            continue
        problems += [Problem(line, words) for words in _out_of_order(rows[-len(KINDS) :], read)]
        rows += read
    if not rows and not problems:
        problems = [Problem(1, "no line says anything")]
    return rows, problems


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            yield number, [field.strip() for field in line.replace("\t", ";").split(";")]


def _whole(text: str) -> int:
    plain = text.removeprefix("$").replace(",", "").strip()
    if not (plain.isascii() and plain.isdigit() and 0 < int(plain) < 10**9):
        raise ValueError(text)
    return int(plain)


def _cents(text: str) -> int | None:
    return None if text.casefold() in NONE else _whole(text) * 100


def _out_of_order(before: list[Listed], read: list[Listed]) -> Iterator[str]:
    if before and read[0].panel_from <= before[0].panel_from:
        yield f"begins at {read[0].panel_from} patients, after a line of {before[0].panel_from}"
    for was, now in zip(before, read, strict=False):
        if was.cents is None and now.cents is not None:
            yield f"asks for {now.kind} protection again after a line that asks for none"
        elif was.cents and now.cents and now.cents < was.cents:
            yield f"has a lower {now.kind} deductible than the line before, for a larger panel"
