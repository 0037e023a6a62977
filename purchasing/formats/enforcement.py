"""openFDA's enforcement reports (recalls) as JSON: each record becomes a recall, or is refused."""

import json
from dataclasses import dataclass
from datetime import date

from ipaportal.core.values import parse_date
from ipaportal.core.x12_envelope import Problem
from purchasing.rules.recalls import Recall, recall_of

MAX_BYTES = 64 << 20
MAX_TEXT = 20_000
STATUSES = {"Ongoing", "Completed", "Terminated", "Pending"}


@dataclass(frozen=True, slots=True)
class EnforcementReport:
    """One record, with what it says of codes and lots, listed or in its text."""

    recall: Recall
    event_id: str
    status: str
    kind: str
    reason: str
    firm: str
    quantity: str
    code_info: str
    distribution: str
    initiated_on: date | None
    classified_on: date | None
    reported_on: date | None
    terminated_on: date | None


@dataclass(frozen=True, slots=True)
class Enforcement:
    """What a file holds, and each record that is refused and why."""

    reports: tuple[EnforcementReport, ...]
    problems: tuple[Problem, ...]
    updated_on: date | None = None


class _Refused(ValueError):
    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code


def read_enforcement(data: bytes) -> Enforcement:
    """Read a file; a record that cannot be used is named by its place and number."""
    try:
        if len(data) > MAX_BYTES:
            raise _Refused("too_large", f"The file is larger than {MAX_BYTES >> 20} MB.")
        content = json.loads(data)
        if not isinstance(content, dict) or not isinstance(content.get("results"), list):
            raise _Refused("no_results", "The file holds no “results”: it is none of openFDA's.")
    except (ValueError, RecursionError) as wrong:
        code = wrong.code if isinstance(wrong, _Refused) else "unreadable"
        words = str(wrong) if code != "unreadable" else "The file is no JSON that can be read."
        return Enforcement((), (Problem("file", code, words),))
    reports, problems, seen = [], [], set()
    for place, record in enumerate(content["results"], start=1):
        try:
            report = _report(record)
            if report.recall.number in seen:
                raise _Refused("twice", f"Recall {report.recall.number} is in the file twice.")
        except _Refused as refused:
            problems.append(Problem(f"record {place}", refused.code, str(refused)))
        else:
            seen.add(report.recall.number)
            reports.append(report)
    meta = content.get("meta")
    updated = str(meta.get("last_updated", "")) if isinstance(meta, dict) else ""
    return Enforcement(tuple(reports), tuple(problems), parse_date(updated.replace("-", "")))


def _report(record: object) -> EnforcementReport:
    if not isinstance(record, dict):
        raise _Refused("record", "The record is no object.")
    number = _text(record, "recall_number")
    if not number:
        raise _Refused("no_number", "The record has no recall number.")
    status = _text(record, "status")
    if status not in STATUSES:
        words = f"Recall {number}: {status[:30]!r} is no status of a recall."
        raise _Refused("status", words)
    listed = record.get("openfda")
    listed = listed if isinstance(listed, dict) else {}
    code_info = f"{_text(record, 'code_info')}\n{_text(record, 'more_code_info')}".strip()
    recall = recall_of(
        number,
        _text(record, "classification"),
        _text(record, "product_description"),
        code_info,
        _text(record, "recalling_firm"),
        _texts(listed, "package_ndc"),
        _texts(listed, "product_ndc"),
    )
    return EnforcementReport(
        recall,
        _text(record, "event_id"),
        status,
        _text(record, "product_type"),
        _text(record, "reason_for_recall"),
        _text(record, "recalling_firm"),
        _text(record, "product_quantity"),
        code_info,
        _text(record, "distribution_pattern"),
        *(
            _day(record, name, number)
            for name in (
                "recall_initiation_date", "center_classification_date", "report_date",
                "termination_date",
            )
        ),
    )  # fmt: skip


def _text(record: dict, name: str) -> str:
    value = record.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise _Refused("text", f"{name} is no text, or one without end.")
    return value.strip()


def _texts(record: dict, name: str) -> list[str]:
    value = record.get(name)
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _day(record: dict, name: str, number: str) -> date | None:
    text = _text(record, name)
    day = parse_date(text) if len(text) == 8 else None
    if text and day is None:
        raise _Refused("date", f"Recall {number}: {name} is {text[:20]!r}, and no date YYYYMMDD.")
    return day
