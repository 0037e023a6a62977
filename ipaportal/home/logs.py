"""Log lines: one a record, tied to its request or task, and never with a person's data in it."""

import json
import logging
import re
import traceback
from datetime import UTC, date, datetime
from pathlib import Path
from types import TracebackType

from django.conf import settings
from django.http import HttpRequest
from django.urls import Resolver404, resolve

from ipaportal.audit.context import current_origin

PROJECT = Path(__file__).resolve().parent.parent.parent
NOWHERE = "(no such address)"
LONGEST = 500
DEEPEST = 15
_LETTER, _EITHER = "[AC-HJKMNP-RT-Y]", "[0-9AC-HJKMNP-RT-Y]"
# Medicare numbers, social security numbers, and runs of digits as long as an account's.
NUMBERS_OF_PEOPLE = re.compile(
    rf"(?i)\b[1-9]{_LETTER}{_EITHER}[0-9]-?{_LETTER}{_EITHER}[0-9]-?{_LETTER}{{2}}[0-9]{{2}}\b"
    r"|\b\d{3}-\d{2}-\d{4}\b|\b\d{9,}\b"
)
# What would end a line, or move the cursor of whoever reads the log on a terminal.
CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
# What Celery tells of a task beside its name: results, arguments and errors hold data.
TOLD_OF_TASKS = {"id", "name", "hostname", "runtime", "description", "eta"}
FACTS = ("method", "path", "status", "ms", "actor")


def is_unnamed(request: HttpRequest) -> bool:
    """Whether a page is one where people write without a name: `home/unnamed.py`."""
    return request.path_info.startswith(settings.UNNAMED_PATHS)


class OriginFilter(logging.Filter):
    """Add `origin`, the id of the request or task, to every log record that is told at all."""

    def filter(self, record: logging.LogRecord) -> bool:
        origin = current_origin()
        request = getattr(record, "request", None)
        asked = getattr(record, "request_id", "") or getattr(request, "request_id", "")
        record.origin = asked or origin.request_id or origin.task_id or "-"
        # Where people write without a name, only what broke is told of.
        is_told = record.levelno >= logging.ERROR
        return is_told or not isinstance(request, HttpRequest) or not is_unnamed(request)


class JsonFormatter(logging.Formatter):
    """One JSON object a line, for machines that collect logs."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": _moment(record),
            "level": record.levelname,
            "logger": record.name,
            "origin": getattr(record, "origin", "-"),
            "message": said(record),
        }
        line |= {name: vars(record)[name] for name in FACTS if name in vars(record)}
        if record.exc_info and record.exc_info[0]:
            line["exception"] = told(record.exc_info[1], record.exc_info[2])
        return json.dumps(line)


class LineFormatter(logging.Formatter):
    """One readable line a record, for people at a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        origin = getattr(record, "origin", "-")
        line = f"{_moment(record)} {record.levelname} {record.name} [{origin}] {said(record)}"
        if record.exc_info and record.exc_info[0]:
            what = told(record.exc_info[1], record.exc_info[2])
            line += f" | {' < '.join(what['types'])} | {' > '.join(what['frames'])}"
            line += "".join(f" | {name} {what[name]}" for name in ("sqlstate", "constraint")
                            if name in what)  # fmt: skip
        return line


def said(record: logging.LogRecord) -> str:
    """The message of a record, of one line, with the template in place of any address."""
    request = getattr(record, "request", None)
    if isinstance(request, HttpRequest):
        status = getattr(record, "status_code", "")
        return f"{status} {request.method} {template_of(request)}".strip()
    text = record.msg if isinstance(record.msg, str) else _shown(record.msg)
    if record.args:
        try:
            text %= _arguments(record.args)
        except (TypeError, ValueError, KeyError):
            text += " (its arguments do not fit)"
    return _clean(str(text))


def told(failure: BaseException | None, trace: TracebackType | None) -> dict[str, object]:
    """
    What an exception was and where, never its words: they quote rows and what people typed.

    The kind of a database's error and the constraint it names are ours, not a person's.
    """
    types, cause, about = [], failure, {}
    while cause is not None and len(types) < DEEPEST:
        types.append(type(cause).__name__)
        if getattr(cause, "sqlstate", None):
            about["sqlstate"] = cause.sqlstate
            name = getattr(getattr(cause, "diag", None), "constraint_name", None)
            about |= {"constraint": _clean(name)} if name else {}
        cause = cause.__cause__
    frames = traceback.extract_tb(trace)[-DEEPEST:]
    return {"types": types, "frames": [_frame(frame) for frame in frames], **about}


def template_of(request: HttpRequest) -> str:
    """The address as its pattern says it: `/members/<int:member_id>/`, never the one asked for."""
    match = getattr(request, "resolver_match", None)
    if match is None:
        try:
            match = resolve(request.path_info)
        except Resolver404:
            return NOWHERE
    return f"/{match.route}"


def _arguments(args: object) -> object:
    if isinstance(args, dict):
        return {
            name: _shown(value) if name in TOLD_OF_TASKS else "(not told)"
            for name, value in args.items()
        }
    return tuple(_shown(value) for value in args)


def _shown(value: object) -> object:
    """Numbers, days and texts as they are; of anything else only what kind of thing it is."""
    if value is None or isinstance(value, bool | int | float | str | date):
        return value
    return type(value).__name__


def _clean(text: str) -> str:
    bare = NUMBERS_OF_PEOPLE.sub("(number)", text)
    return CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", bare)[:LONGEST]


def _frame(frame: traceback.FrameSummary) -> str:
    place = Path(frame.filename)
    if place.is_relative_to(PROJECT):
        place = place.relative_to(PROJECT)
    return f"{'/'.join(place.parts[-4:])}:{frame.lineno} {frame.name}"


def _moment(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
