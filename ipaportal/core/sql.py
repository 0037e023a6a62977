"""Runs an app's SQL: numbered steps over many rows, and the invariants that must find none."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from django.db import connection
from psycopg.sql import Identifier

STEP = re.compile(r"\d\d_[a-z]+(_[a-z0-9]+)+\.sql")
# A literal, a quoted name, a comment or a dollar-quoted body: a ";" or "{" in it means nothing.
QUOTED = re.compile(
    r"""(?P<comment>--[^\n]*|/\*.*?\*/)
      | (?P<body>\$(?P<tag>\w*)\$.*?\$(?P=tag)\$)
      | (?P<literal>\b[eE]'(?:[^'\\]|''|\\.)*'|'(?:[^']|'')*'|"(?:[^"]|"")*")""",
    re.VERBOSE | re.DOTALL,
)
NAME = re.compile(r"\{([a-z_][a-z0-9_]*)\}")
PARAM_OR_PERCENT = re.compile(r"%\(\w+\)s|%%?")


@dataclass(frozen=True)
class StepResult:
    """What one step did: rows written by its statements together, and how long it took."""

    name: str
    rows: int
    seconds: float


@dataclass(frozen=True)
class Invariant:
    """A query that must return no row; `comment` is its leading comment, for people."""

    name: str
    sql: str
    comment: str


@dataclass(frozen=True)
class InvariantCheck:
    """What an invariant found: the count of rows that must not be, and the first of them."""

    name: str
    count: int
    seconds: float
    rows: tuple[dict[str, object], ...]


class UnknownName(KeyError):
    """A SQL file names `{something}` that the caller gave no identifier for."""


def run_steps(
    folder: Path,
    params: Mapping[str, object],
    *,
    identifiers: Mapping[str, str | tuple[str, ...]] | None = None,
    on_step: Callable[[StepResult], None] | None = None,
    only: Iterable[str] | None = None,
) -> list[StepResult]:
    """
    Run `<folder>/NN_verb_noun.sql` in order, inside the caller's transaction.

    `%(name)s` takes a value of `params`, `{name}` a quoted identifier of `identifiers`; any other
    percent sign is itself. `only` limits it to steps by file stem, for tests.

    :raises UnknownName: if a file names an identifier that was not given
    """
    wanted = None if only is None else set(only)
    results = []
    for path in step_files(folder):
        if wanted is not None and path.stem not in wanted:
            continue
        results.append(run_step(path, params, identifiers=identifiers))
        if on_step:
            on_step(results[-1])
    return results


def run_step(
    path: Path,
    params: Mapping[str, object],
    *,
    identifiers: Mapping[str, str | tuple[str, ...]] | None = None,
) -> StepResult:
    """Run the statements of one SQL file; see `run_steps`."""
    started, rows = perf_counter(), 0
    with connection.cursor() as cursor:
        for statement in statements(path.read_text(encoding="utf-8"), identifiers or {}):
            # A copy, because pghistory adds its own parameters to the mapping it is given.
            cursor.execute(statement, dict(params))
            if statement[:6].lower() != "select":
                rows += max(cursor.rowcount, 0)
    return StepResult(path.stem, rows, perf_counter() - started)


def step_files(folder: Path) -> list[Path]:
    """A job's steps in the order they run; a file under another name is a defect."""
    files = sorted(folder.glob("*.sql"))
    assert files, f"no SQL steps in {folder.name}"
    misnamed = [path.name for path in files if not STEP.fullmatch(path.name)]
    assert not misnamed, f"not NN_verb_noun.sql: {misnamed}"
    return files


def statements(
    text: str, identifiers: Mapping[str, str | tuple[str, ...]] | None = None
) -> list[str]:
    """
    Split SQL at its semicolons, without comments, identifiers filled in, stray % doubled.

    :raises UnknownName: if code names an identifier that was not given
    """
    quoted = {name: _quote(value) for name, value in (identifiers or {}).items()}
    whole: list[str] = [""]
    for kind, piece in _pieces(text):
        if kind == "code":
            head, *rest = PARAM_OR_PERCENT.sub(_escape, _fill(piece, quoted)).split(";")
            whole[-1] += head
            whole.extend(rest)
        elif kind == "body":
            # A function's own braces stay; only names that were given are filled in.
            known = NAME.sub(lambda name: quoted.get(name[1], name[0]), piece)
            whole[-1] += PARAM_OR_PERCENT.sub(_escape, known)
        elif kind == "comment":
            whole[-1] += " "
        else:
            whole[-1] += PARAM_OR_PERCENT.sub(_escape, piece)
    return [statement.strip() for statement in whole if statement.strip()]


def invariants(folder: Path) -> list[Invariant]:
    """The invariants of `<app>/sql/invariants`, each named `<app>.<file>`; none if no folder."""
    app = folder.parent.parent.name
    return [_read_invariant(app, path) for path in sorted(folder.glob("*.sql"))]


def check_invariant(invariant: Invariant, limit: int = 20) -> InvariantCheck:
    """Run one invariant: count all its rows, keep the first `limit` of them."""
    started = perf_counter()
    (query,) = statements(invariant.sql)
    with connection.cursor() as cursor:
        counted = f"SELECT count(*) OVER () AS found_in_all, b.* FROM ({query}) AS b"  # noqa: S608
        cursor.execute(f"{counted} LIMIT %(row_limit)s", {"row_limit": limit})
        names = [column.name for column in cursor.description]
        found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    count = found[0]["found_in_all"] if found else 0
    rows = tuple({n: v for n, v in row.items() if n != "found_in_all"} for row in found)
    return InvariantCheck(invariant.name, count, perf_counter() - started, rows)


def _read_invariant(app: str, path: Path) -> Invariant:
    sql = path.read_text(encoding="utf-8")
    lines = []
    for line in sql.splitlines():
        if not line.startswith("--"):
            break
        lines.append(line.removeprefix("--").strip())
    return Invariant(f"{app}.{path.stem}", sql, " ".join(lines))


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    end = 0
    for match in QUOTED.finditer(text):
        yield "code", text[end : match.start()]
        kind = match.lastgroup if match.lastgroup != "tag" else "body"
        yield kind, match[0]
        end = match.end()
    yield "code", text[end:]


def _fill(code: str, quoted: Mapping[str, str]) -> str:
    def fill(name: re.Match[str]) -> str:
        if name[1] not in quoted:
            raise UnknownName(name[1])
        return quoted[name[1]]

    return NAME.sub(fill, code)


def _escape(match: re.Match[str]) -> str:
    return match[0] if match[0].startswith("%(") else "%%"


def _quote(value: str | tuple[str, ...]) -> str:
    parts = (value,) if isinstance(value, str) else value
    return Identifier(*parts).as_string(None)


def like_prefix(text: str) -> str:
    """The LIKE pattern of what begins with a text, whatever signs stand in it."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"{escaped}%"


def turned(orders: Mapping[str, str], key: str) -> str:
    """One of our own words to order by, ascending, or descending for a key that begins with -."""
    return orders[key.removeprefix("-")].format("DESC" if key.startswith("-") else "ASC")


def limit_of(cut: slice) -> str:
    """The words that cut a page out of ordered rows; none for all of them."""
    if cut.stop is None:
        return ""
    start = int(cut.start or 0)
    return f" LIMIT {int(cut.stop) - start} OFFSET {start}"
