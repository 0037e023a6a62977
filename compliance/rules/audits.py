"""An audit's way from notice to closed, what is looked at in each, and what a worksheet says."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

FINDINGS_CITATION = (
    "CMS program audits of 2026: findings are corrective action required, observation, or invalid "
    "data submission; only the first needs a plan (trade press, unverified)"
)
# What is audited → what each sampled item is asked, with where that comes from.
OWN = "own knowledge, unverified: use the words of the plan's own tool"
FUNCTIONS = {
    "um": "Utilization management",
    "claims": "Claims and payment",
    "credentialing": "Credentialing",
    "grievances": "Grievances and appeals",
    "compliance": "Compliance program",
    "solvency": "Financial solvency",
    "other": "Other",
}
ASKED: Mapping[str, tuple[tuple[str, str], ...]] = {
    "um": (
        ("Decided in time: 7 calendar days, or 72 hours where expedited",
         "42 CFR 422.568, 422.572 from 2026-01-01"),
        ("The member was told in time", "42 CFR 422.568, 422.572 from 2026-01-01"),
        ("A denial names the specific reason", "42 CFR 422.568(e)"),
        ("A denial was decided by a clinician who may", "42 CFR 422.566(d)"),
    ),
    "claims": (
        ("Paid or denied in time", "42 CFR 422.520 and the contract"),
        ("Paid the amount of the contract", OWN),
        ("Interest was paid where it was late", "42 CFR 422.520(a)(2)"),
        ("A denial says why and how to dispute it", OWN),
    ),
    "credentialing": (
        ("Verified at the primary source within the time allowed", "42 CFR 422.204(b)"),
        ("Screened for exclusions before the decision", "42 CFR 422.204(b)(4)"),
        ("Decided by the committee, the provider told in time", OWN),
    ),
    "grievances": (
        ("Acknowledged and answered in time", "42 CFR 422.564"),
        ("Every issue that was raised is answered", OWN),
    ),
    "compliance": (
        ("Screened for exclusions every month", "42 CFR 422.503(b)(4)(vi)"),
        ("Trained within 90 days of hire, and yearly", "42 CFR 422.503(b)(4)(vi)"),
    ),
    "solvency": (("Kept in the quarter's report as in the books", OWN),),
    "other": (),
}  # fmt: skip

# State → what may be done in it → the state after.
NEXT: Mapping[str, Mapping[str, str]] = {
    "noticed": {"take": "universe", "report": "reported"},
    # A universe that was refused is sent anew, until it is drawn from.
    "universe": {"take": "universe", "draw": "sampled", "report": "reported"},
    "sampled": {"report": "reported"},
    "reported": {"close": "closed"},
    "closed": {"reopen": "reopened"},
    "reopened": {"close": "closed"},
}
STATES = {
    "noticed": "noticed",
    "universe": "universe taken",
    "sampled": "sample drawn",
    "reported": "findings reported",
    "closed": "closed",
    "reopened": "reopened",
}
# While it may still be found something: before anything was sent in, there is nothing to find in.
FINDABLE = ("universe", "sampled", "reported", "reopened")
WORKED = ("sampled",)
STEPS = ("noticed", "universe", "sampled", "reported", "closed")

# What is found is a draft until another person than who wrote it has read it.
VERDICTS = {"issued": "issued", "returned": "returned"}
READING_DAYS = 7  # own rule: a draft is read within these

ANSWERS = {"met": "met", "not_met": "not met", "na": "not applicable"}
KINDS = {
    "car": "corrective action required",
    "observation": "observation",
    "ids": "invalid data submission",
}


def standing_of(needs_second: bool, verdict: str) -> str:
    """Where a finding stands: draft until another person read it, then issued or returned."""
    return verdict or ("draft" if needs_second else "issued")


def after(state: str, act: str) -> str | None:
    """The state that an act leads to; None where it may not be done."""
    return NEXT[state].get(act)


@dataclass(frozen=True)
class Tally:
    """One element over the items of a sample."""

    met: int = 0
    not_met: int = 0
    na: int = 0
    open: int = 0

    @property
    def percent(self) -> int | None:
        """The share of what applies that is met, rounded down; none while nothing is judged."""
        judged = self.met + self.not_met
        return self.met * 100 // judged if judged else None


@dataclass(frozen=True)
class Agreement:
    """Questions that two people or more answered, and of how many they say the same."""

    both: int = 0
    same: int = 0

    @property
    def percent(self) -> int | None:
        """The share on which they agree, rounded down; None where nobody answered twice."""
        return self.same * 100 // self.both if self.both else None


def agreement(given: Iterable[tuple[int, int, int | None, str]]) -> Agreement:
    """
    How far raters agree, from (item, element, person, answer) in order of time.

    Of each one the last answer before they could see another's: what is changed after that says
    nothing of how alike two people judge.
    """
    by: dict[tuple[int, int], dict[int | None, str]] = {}
    for item, element, person, answer in given:
        said = by.setdefault((item, element), {})
        if person not in said or len(said) < 2:
            said[person] = answer
    twice = [set(one.values()) for one in by.values() if len(one) > 1]
    return Agreement(len(twice), sum(len(words) == 1 for words in twice))


def open_to(
    given: Iterable[tuple[int, int, int | None]], viewer: int | None
) -> set[tuple[int, int]]:
    """
    The questions (item, element) whose answers somebody may see while raters are kept apart.

    Only those that they answered themselves: whoever has not sees of others nothing.
    """
    return {(item, element) for item, element, person in given if person == viewer}


def tally(
    items: Iterable[int], elements: Sequence[int], answers: Mapping[tuple[int, int], str]
) -> dict[int, Tally]:
    """How often each element is met, over all items, from the newest answer to each."""
    keys = list(items)
    found = {}
    for element in elements:
        given = [answers.get((item, element), "open") for item in keys]
        found[element] = Tally(*(given.count(word) for word in ("met", "not_met", "na", "open")))
    return found
