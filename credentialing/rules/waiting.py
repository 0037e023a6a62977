"""What a file waits for at each step: who has the ball, what they do next, by when it is late."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from credentialing.rules.askings import Asked
from credentialing.rules.events import Status
from ipaportal.core.words import plural


class Ball(StrEnum):
    """Who has to act next."""

    PROVIDER = "provider"
    STAFF = "staff"
    SOURCE = "source"
    COMMITTEE = "committee"


BALL_WORDS = {
    Ball.PROVIDER: "the provider",
    Ball.STAFF: "credentialing staff",
    Ball.SOURCE: "others who were asked",
    Ball.COMMITTEE: "the committee",
}


@dataclass(frozen=True)
class Wait:
    """
    What a status waits for; `verb` and `words` name a task, `action` the button that does it.

    `days` is how long a file may stay there before it is late: our own measure, no rule's.
    """

    ball: Ball
    verb: str
    words: str
    action: str
    days: int
    waits_on: str


_S = Status
WAITS: dict[Status, Wait] = {
    _S.INVITED: Wait(Ball.PROVIDER, "Remind", "{} of the invitation", "See the invitation", 14,
                     "the provider, to begin the application"),
    _S.APPLYING: Wait(Ball.PROVIDER, "Remind", "{} to sign", "See what is missing", 30,
                      "the provider, to fill it in and sign"),
    _S.INCOMPLETE: Wait(Ball.PROVIDER, "Remind", "{} of what is missing", "See what is missing",
                        14, "the provider, to bring what is missing"),
    _S.STOPPED: Wait(Ball.STAFF, "Look into", "the exclusion that stops {}", "Look into it", 1,
                     "us, to look into the exclusion"),
    _S.SUBMITTED: Wait(Ball.STAFF, "Look through", "the application of {}", "Look through it", 3,
                       "us, to look through the signed application"),
    _S.VERIFYING: Wait(Ball.STAFF, "Verify", "{}", "Verify", 30, "us, to verify"),
    _S.VERIFIED: Wait(Ball.STAFF, "Hand on for a decision", "{}", "Hand on", 3,
                      "us, to hand it on for a decision"),
    _S.QUEUED: Wait(Ball.COMMITTEE, "Put on an agenda", "{}", "Put on an agenda", 14,
                    "the medical director or a place on an agenda"),
    _S.ON_AGENDA: Wait(Ball.COMMITTEE, "Decide", "{}", "See the agenda", 30, "the meeting"),
}  # fmt: skip
# What staff do without being asked, as their front page names it.
STAFF_STEPS = tuple(status for status, wait in WAITS.items() if wait.ball is Ball.STAFF)


def due_date(status: str, since: date) -> date | None:
    """The day after which a file that came to a status on a day is late; None once it is over."""
    wait = WAITS.get(Status(status))
    return None if wait is None else since + timedelta(days=wait.days)


@dataclass(frozen=True)
class Told:
    """Who has the ball, and for what, in words."""

    ball: Ball
    words: str
    is_ready: bool = False


def told_of(
    status: str, elements: Mapping[str, int], far: Asked | None = None, today: date | None = None
) -> Told | None:
    """
    What a file waits on; `elements` counts its elements by their word (verified, missing, asked,
    needs review, discrepancy, stale, unanswered); `far` says how often the applicant was asked.

    While it is verified the ball is with others only if nothing is left that staff could do.
    """
    wait = WAITS.get(Status(status))
    if wait is None or status != Status.VERIFYING:
        return None if wait is None else _told_of_applicant(wait, far, today)
    total, done = sum(elements.values()), elements.get("verified", 0)
    if total and done == total:
        return Told(Ball.STAFF, f"all {plural(total, 'element')} verified: hand it on", True)
    ours = [
        f"{elements[word]} {words}"
        for word, words in (
            ("needs review", "to read and sign"), ("missing", "to ask for"), ("stale", "to renew"),
            ("unanswered", "asked in vain: ask another"),
        )
        if elements.get(word)
    ]  # fmt: skip
    theirs = [
        f"{elements[word]} {words}"
        for word, words in (("asked", "asked of others"), ("discrepancy", "for the provider"))
        if elements.get(word)
    ]
    if ours or not theirs:
        ball = Ball.STAFF
    else:
        ball = Ball.SOURCE if elements.get("asked") else Ball.PROVIDER
    words = ", ".join((*ours, *theirs))
    return Told(ball, f"{done} of {total} verified: {words}" if words else "us, to verify")


def _told_of_applicant(wait: Wait, far: Asked | None, today: date | None) -> Told:
    """Once an applicant was asked as often as we ask, the next move is ours."""
    if far is None or today is None or len(far.days) < 2:
        return Told(wait.ball, wait.waits_on)
    if far.is_over(today):
        return Told(Ball.STAFF, f"us: the applicant was {far.words(today)}; call, or withdraw it")
    return Told(wait.ball, f"{wait.waits_on}; {far.words(today)}")


@dataclass(frozen=True)
class Passage:
    """One stay of a file at a status: who had the ball, from when, until when (None: still)."""

    status: Status
    ball: Ball | None
    since: date
    until: date | None

    def days(self, today: date) -> int:
        """How many days it lasted, or has lasted."""
        return ((self.until or today) - self.since).days


def passages(steps: Sequence[tuple[str, date]]) -> list[Passage]:
    """The stays of a file, in order, from the days of its steps; the last one goes on if open."""
    ends: list[date | None] = [*(day for _, day in steps[1:]), None]
    found = []
    for (name, since), until in zip(steps, ends, strict=True):
        status = Status(name)
        wait = WAITS.get(status)
        over = wait is None and until is None
        found.append(Passage(status, wait.ball if wait else None, since, since if over else until))
    return found


# Whose move an element is, by its word, and what it is called to the provider whose file it is.
ELEMENT_BALL = {
    "missing": (Ball.STAFF, "not asked yet; we ask the source"),
    "asked": (Ball.SOURCE, "somebody was asked and has not answered"),
    "unanswered": (Ball.STAFF, "nobody answered our letters; we ask somebody else"),
    "needs review": (Ball.STAFF, "it was answered; a person reads and signs it"),
    "stale": (Ball.STAFF, "it was verified too long ago; we ask again"),
    "discrepancy": (Ball.PROVIDER, "a source says something else than you"),
    "verified": (None, "verified"),
}
