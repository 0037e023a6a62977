"""Reads a library of obligations: the plain part of YAML, checked row by row."""

import re
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from compliance.rules.obligations import FAMILIES

LINE = re.compile(r"(?P<indent> *)(?P<key>[^\s#:\[][^:\[]*?):(?: +(?P<value>.*))?")
CODE = re.compile(r"[A-Z][A-Z0-9-]{1,19}")
KEY = re.compile(r"[a-z][a-z_]{1,29}")
ASKED = "q:"
MOST_DAYS = 3_660


class NotALibrary(ValueError):
    """A line or row that cannot be taken; its words name it."""


@dataclass(frozen=True)
class ReadControl:
    """How something is proven, and how many days a proof lasts."""

    key: str
    title: str
    how: str
    every_days: int


@dataclass(frozen=True)
class ReadObligation:
    """One obligation from a day on."""

    code: str
    family: str
    title: str
    text: str
    citation: str
    effective_date: date
    end_date: date | None
    is_sure: bool
    clock: str
    days: int
    hours: int
    controls: tuple[str, ...]


@dataclass(frozen=True)
class ReadLibrary:
    """A whole library, under the name of its version."""

    version: str
    obligations: tuple[ReadObligation, ...]
    controls: tuple[ReadControl, ...]


def read_library(text: str, questions: dict[str, str]) -> ReadLibrary:
    """
    Read a library; `questions` are the portal's own, by key.

    :raises NotALibrary: naming the line or row; nothing of it is usable then
    """
    top = _parsed(text)
    if set(top) != {"version", "obligations", "controls"}:
        raise NotALibrary("It needs `version`, `obligations` and `controls`, and nothing else.")
    controls = {key: _control(key, row) for key, row in _rows(top, "controls")}
    obligations = [_obligation(key, row) for key, row in _rows(top, "obligations")]
    used = {name for one in obligations for name in one.controls}
    for name in sorted(used):
        key = name.removeprefix(ASKED)
        if name.startswith(ASKED):
            if key not in questions:
                raise NotALibrary(f"{name}: the portal asks no such question.")
            controls[name] = ReadControl(name, questions[key], "question", 2)
        elif name not in controls:
            raise NotALibrary(f"{name} is named and stands nowhere among the controls.")
    if spare := sorted(set(controls) - used):
        raise NotALibrary(f"{spare[0]} is a control of no obligation.")
    _dated(obligations)
    return ReadLibrary(str(top["version"]), tuple(obligations), tuple(controls.values()))


def _rows(top: dict, name: str) -> list[tuple[str, dict]]:
    if not isinstance(top[name], dict) or not all(isinstance(r, dict) for r in top[name].values()):
        raise NotALibrary(f"`{name}` is no list of rows.")
    return list(top[name].items())


def _control(key: str, row: dict) -> ReadControl:
    if not KEY.fullmatch(key) or set(row) != {"title", "how", "every"}:
        raise NotALibrary(f"Control {key} needs a title, how and every, in small letters.")
    every = row["every"]
    if row["how"] not in ("document", "person") or not every.isdigit():
        raise NotALibrary(f"Control {key} is proven by a document or a person, every so many days.")
    if not 1 <= int(every) <= MOST_DAYS:
        raise NotALibrary(f"Control {key}: {every} days are none of a control.")
    return ReadControl(key, row["title"], row["how"], int(every))


MUST = {"family", "title", "text", "citation", "controls"}
MAY = {"until", "sure", "clock", "days", "hours"}


def _obligation(key: str, row: dict) -> ReadObligation:
    code, _, first = key.partition("@")
    if not CODE.fullmatch(code) or MUST - set(row) or set(row) - MUST - MAY:
        raise NotALibrary(f"{key} needs {', '.join(sorted(MUST))}; it may have {sorted(MAY)}.")
    if row["family"] not in FAMILIES or row.get("sure", "no") != "no":
        raise NotALibrary(f"{key}: no such family, or `sure` says anything but no.")
    if not isinstance(row["controls"], list) or not row["controls"]:
        raise NotALibrary(f"{key} names no control: nothing could ever prove it.")
    try:
        start = date.fromisoformat(first)
        end = date.fromisoformat(row["until"]) if "until" in row else None
        days, hours = int(row.get("days", 0)), int(row.get("hours", 0))
    except ValueError as error:
        raise NotALibrary(f"{key}: {error}.") from error
    if end is not None and end <= start:
        raise NotALibrary(f"{key} ends before it begins.")
    return ReadObligation(
        code, row["family"], row["title"], row["text"], row["citation"], start, end,
        "sure" not in row, row.get("clock", ""), days, hours, tuple(row["controls"]),
    )  # fmt: skip


def _dated(obligations: list[ReadObligation]) -> None:
    """Two rows of one obligation never hold on the same day."""
    by_code: dict[str, list[ReadObligation]] = {}
    for one in obligations:
        by_code.setdefault(one.code, []).append(one)
    for code, rows in by_code.items():
        rows.sort(key=lambda one: one.effective_date)
        for before, after in pairwise(rows):
            if before.end_date is None or before.end_date > after.effective_date:
                raise NotALibrary(f"{code}: two rows hold on {after.effective_date}.")


def _parsed(text: str) -> dict:
    """Mappings by indentation, text (also folded after `>`), lists in brackets, comments."""
    top: dict = {}
    open_ones: list[tuple[int, dict]] = [(-1, top)]
    lines = text.splitlines()
    place = 0
    while place < len(lines):
        line = lines[place]
        place += 1
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = LINE.fullmatch(line.rstrip())
        if not found:
            raise NotALibrary(f"Line {place} cannot be read: {line.strip()[:60]}")
        depth, key, value = len(found["indent"]), found["key"], found["value"] or ""
        while depth <= open_ones[-1][0]:
            open_ones.pop()
        into = open_ones[-1][1]
        if key in into:
            raise NotALibrary(f"Line {place}: {key} stands twice.")
        if value == ">":
            words = []
            while place < len(lines) and _depth(lines[place]) > depth:
                words.append(lines[place].strip())
                place += 1
            into[key] = " ".join(words)
        elif value:
            into[key] = _value(value)
        else:
            into[key] = {}
            open_ones.append((depth, into[key]))
    return top


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip()) if line.strip() else 0


def _value(text: str) -> str | list[str]:
    if text.startswith("[") and text.endswith("]"):
        return [one.strip() for one in text[1:-1].split(",") if one.strip()]
    return text
