"""When a suspension is reported to the NPDB before its action is final, and when that changes."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from credentialing.rules.adverse import REPORT_DAYS, SHORT_DAYS
from ipaportal.core.words import count_text, day_text

SUMMARY_RULE = (
    "45 CFR 60.12(a)(1): a professional review action of more than 30 days, reported within 30 "
    "days; a suspension before the hearing too (NPDB Guidebook, E, “Reporting Clinical Privileges "
    "Actions”, npdb.hrsa.gov/guidebook/reportingClinicalPrivileges.jsp). From which day the 30 "
    "days to report run is own knowledge, unverified"
)
REVISION_RULE = (
    "45 CFR 60.6: what changes after a report is reported too (its day count is own knowledge, "
    "unverified)"
)
# Raised so many days before it has to be reported, so that the action is decided in time.
RAISED_DAYS = 10


class Word(StrEnum):
    """Where a suspension stands with the NPDB."""

    COUNTING = "counting"
    SHORT = "ended in time"
    TO_REPORT = "to report"
    REPORTED = "reported"
    TO_REVISE = "to revise"
    REVISED = "revised"
    OTHER = "not reported"


def reportable_from(began: date) -> date:
    """The first day on which a suspension has lasted more than 30 days."""
    return began + timedelta(days=SHORT_DAYS + 1)


def lasted(began: date, ended: date | None, today: date) -> int:
    """How many whole days a suspension has lasted; `ended` is the first day without it."""
    last = today if ended is None else min(ended, today)
    return max((last - began).days, 0)


@dataclass(frozen=True)
class Counted:
    """A suspension before any hearing: its days, what it rests on, and what was reported."""

    began: date
    ended: date | None
    basis: str
    reported: date | None = None
    revised: date | None = None

    def days(self, today: date) -> int:
        return lasted(self.began, self.ended, today)

    def word(self, today: date) -> Word:
        """Where it stands; what nobody said a basis of counts as competence or conduct."""
        if self.reported is not None:
            if self.ended is None or self.ended > today:
                return Word.REPORTED
            return Word.REVISED if self.revised is not None else Word.TO_REVISE
        if self.basis not in ("quality", ""):
            return Word.OTHER
        if self.days(today) > SHORT_DAYS:
            return Word.TO_REPORT
        return Word.COUNTING if self.ended is None or self.ended > today else Word.SHORT

    def due(self, today: date) -> date | None:
        """The last day of what comes next; of one that counts, the first day to report it."""
        word = self.word(today)
        if word is Word.COUNTING:
            return reportable_from(self.began)
        if word is Word.TO_REPORT:
            return reportable_from(self.began) + timedelta(days=REPORT_DAYS)
        if word is Word.TO_REVISE:
            return self.ended + timedelta(days=REPORT_DAYS)
        return None

    def is_raised(self, today: date) -> bool:
        """Whether somebody has to do something about it now."""
        word = self.word(today)
        if word is Word.COUNTING:
            return today >= reportable_from(self.began) - timedelta(days=RAISED_DAYS)
        return word in (Word.TO_REPORT, Word.TO_REVISE)


def fault_of_report(one: Counted, on_date: date, today: date) -> str:
    """Say why a report, or its revision, may not be dated so; empty if it may."""
    word, first = one.word(today), reportable_from(one.began)
    if word is Word.TO_REVISE:
        early = one.ended is not None and on_date < one.ended
        return f"the suspension ended on {day_text(one.ended)}" if early else ""
    if word is Word.OTHER:
        return "it does not rest on competence or conduct, so it is not reported"
    if word is not Word.TO_REPORT and one.reported is None:
        count = count_text(one.days(today))
        return f"it has lasted {count} days; it is reported from {day_text(first)}, if it lasts"
    if word is not Word.TO_REPORT:
        return "it is reported, and nothing has changed since"
    return f"it was not reportable before {day_text(first)}" if on_date < first else ""
