"""File levels: which files a medical director may approve alone, by criteria with citations."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from credentialing.rules.windows import ALWAYS


class Level(StrEnum):
    """Unfinished files are not decided; clean ones may be by the medical director alone."""

    UNFINISHED = "unfinished"
    CLEAN = "clean"
    DISCUSSION = "discussion"


LEVEL_WORDS = {
    Level.UNFINISHED: "not finished",
    Level.CLEAN: "clean",
    Level.DISCUSSION: "needs discussion",
}
CR2 = "NCQA CR 2: a medical director may approve files that meet the published criteria"


@dataclass(frozen=True)
class Criterion:
    """A file with more than `limit` of something is for the committee; dated, with its source."""

    code: str
    words: str
    from_date: date = ALWAYS
    limit: int = 0
    citation: str = CR2
    is_sure: bool = True


# A change of a limit is a new row from the day on which the committee approved it.
CRITERIA = (
    Criterion("adverse", "a source found something adverse"),
    Criterion("problems", "what a source said does not match the file"),
    Criterion("exclusion", "a probable match on an exclusion list was decided"),
    Criterion("licence", "a licence or registration is limited, inactive or surrendered"),
    Criterion("disclosures", "a question of the application is answered with yes"),
    Criterion("paid_claims", "malpractice claims paid in five years", limit=1,
              citation="our committee's criteria", is_sure=False),
    Criterion("paid_cents", "cents paid for malpractice in five years", limit=20_000_000,
              citation="our committee's criteria", is_sure=False),
    Criterion("pending_claims", "pending malpractice claims"),
    Criterion("gaps", "gaps in the work history without an explanation",
              citation="NCQA CR 3 (own knowledge, unverified)", is_sure=False),
    Criterion("board", "board certification that has lapsed",
              citation="our committee's criteria", is_sure=False),
    Criterion("site", "the last survey or visit was failed or is open",
              citation="NCQA CR 7"),
    Criterion("complaints", "complaints since the last cycle", limit=2,
              citation="our committee's criteria; NCQA CR 5", is_sure=False),
    Criterion("late", "decided after the month in which it was due", citation="NCQA CR 4"),
    Criterion("actions", "an adverse action is open or was taken since the last cycle",
              citation="NCQA CR 5"),
)  # fmt: skip


@dataclass(frozen=True)
class Reason:
    """Why a file is for the committee: the criterion and what of the file meets it."""

    code: str
    text: str
    citation: str = ""


def criteria_on(day: date) -> dict[str, Criterion]:
    """The criteria in force on a day: of each the newest row that began by then."""
    in_force = sorted((c for c in CRITERIA if c.from_date <= day), key=lambda c: c.from_date)
    return {criterion.code: criterion for criterion in in_force}


def level_of(
    counts: dict[str, int],
    unfinished: tuple[str, ...],
    decision_date: date,
    details: dict[str, str] | None = None,
) -> tuple[Level, tuple[Reason, ...]]:
    """
    The level of a file on the day of its decision, with every reason.

    `counts` says how much of each criterion there is; `unfinished` names elements that are not
    verified or would not hold on that day; `details` puts a criterion's finding in words.
    """
    criteria, told = criteria_on(decision_date), details or {}
    assert set(counts) <= set(criteria), "a count that no criterion knows"
    reasons = tuple(
        Reason(code, told.get(code) or criteria[code].words, criteria[code].citation)
        for code, count in counts.items()
        if count > criteria[code].limit
    )
    if unfinished:
        open_ones = tuple(Reason("unfinished", name) for name in unfinished)
        return Level.UNFINISHED, (*open_ones, *reasons)
    return (Level.DISCUSSION if reasons else Level.CLEAN), reasons
