"""Whether an obligation is met on a day: by its controls, each by what proves it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

LIBRARY = Path(__file__).with_suffix(".yaml")
FAMILIES = {
    "oig": "OIG seven elements",
    "fdr": "First-tier duties",
    "hipaa": "HIPAA safeguards",
    "delegation": "Delegation by payer",
    "prompt_pay": "Prompt payment",
    "determinations": "Prior authorization",
    "retention": "Retention",
}
HOW = {
    "question": "asked every night",
    "document": "by a document",
    "person": "by what a person saw",
}
# Status says how far the work is, result what it showed: one may be done and not compliant.
STATUSES = {
    "to_do": "to do",
    "in_progress": "in progress",
    "done": "done",
}
RESULTS = {
    "compliant": "compliant",
    "partial": "partly compliant",
    "not_compliant": "not compliant",
    "not_applicable": "not applicable",
    "unknown": "not judged",
}
# From what is worst to what is best: an obligation is as good as its worst control.
WORST_FIRST = ("not_compliant", "partial", "unknown", "compliant", "not_applicable")
# A night's answer proves a control for so long, if the clock should miss one.
NIGHTS = 2


@dataclass(frozen=True)
class Standing:
    """Where a control or an obligation is on a day."""

    status: str
    result: str
    why: str
    since: date | None = None


def by_question(day: date, asked: date | None, count: int) -> Standing:
    """A control that the portal asks about every night, by its newest answer up to the day."""
    if asked is None or asked < day - timedelta(days=NIGHTS):
        return Standing("to_do", "unknown", "no night has asked it")
    if count:
        return Standing("done", "not_compliant", f"{count} found on {asked}", asked)
    return Standing("done", "compliant", f"nothing found on {asked}", asked)


def by_answer(
    day: date, every_days: int, answer: tuple[date, str, str] | None, has_new_evidence: bool
) -> Standing:
    """
    A control that a document or a person proves, by the newest answer (day, result, words).

    An answer lasts so many days, the last of them included; after that nobody knows any more.
    """
    if answer is None:
        status = "in_progress" if has_new_evidence else "to_do"
        return Standing(status, "unknown", "evidence waits to be judged" if has_new_evidence
                        else "nothing proves it yet")  # fmt: skip
    judged, result, words = answer
    if day > judged + timedelta(days=every_days):
        status = "in_progress" if has_new_evidence else "to_do"
        return Standing(status, "unknown", f"judged on {judged}, which lasted {every_days} days")
    return Standing("done", result, words, judged)


def together(controls: Iterable[Standing]) -> Standing:
    """An obligation, by its controls: the worst result, and the least far of the work."""
    found = list(controls)
    if not found:
        return Standing("to_do", "unknown", "no control")
    worst = min(found, key=lambda one: WORST_FIRST.index(one.result))
    least = min(found, key=lambda one: list(STATUSES).index(one.status))
    return Standing(least.status, worst.result, worst.why, worst.since)
