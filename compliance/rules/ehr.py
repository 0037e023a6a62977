"""
Practices' electronic health records: what is asked of them, going live, who pays, what is heard.

A go-live takes 12 to 16 weeks (an IPA's own account of 156 physicians, in `domain/compliance.md`
d1 as it was read; the steps are this IPA's template). What an IPA gives a practice for its system
is remuneration: 42 CFR 411.357(w) and 1001.952(y) ask for writing, for a contribution of the
practice of 15 % paid before it is received, and that no referral counts. The fifteen per cent are
own knowledge of the text, unverified: counsel reads both before the first agreement.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil

CONTRIBUTION_PCT = 15
CITATION = "42 CFR 411.357(w), 1001.952(y)"
LEAST_WEEKS, USUAL_WEEKS, MOST_WEEKS = 12, 14, 16
# Fewer messages than these say nothing about a rate of errors.
LEAST_MESSAGES = 20
MOST_ERRORS_PCT = 5
CONTRACT_NOTICE_DAYS = 90
CLAIMS_WITHIN_DAYS = 45

HOSTING = {"vendor": "Hosted by the vendor", "ipa": "Hosted by the IPA", "own": "In the practice"}
KINDS = {
    "lab": "Laboratory results",
    "imaging": "Imaging results",
    "authorization": "Prior authorizations",
    "admissions": "Admissions and discharges",
    "claims": "Claims and encounters (837)",
    "fhir": "Records in bulk (FHIR)",
}


@dataclass(frozen=True)
class Stage:
    """A step of going live: `week` of a project of `USUAL_WEEKS`, and what it is done by."""

    key: str
    title: str
    week: int
    proof: str


TEMPLATE = (
    Stage("kickoff", "Kick-off with the physician who leads it", 0, "Who leads, and by when"),
    Stage("agreements", "Contract and business associate agreement signed", 1, "Both papers"),
    Stage("workflows", "How the office works today is written down", 2, "The practice agrees"),
    Stage("devices", "Devices and network are in place", 3, "A test from every room"),
    Stage("build", "Templates, schedules and order sets are built", 5, "Seen by two users"),
    Stage("data", "Records of the old system were moved on trial", 6, "Ten records compared"),
    Stage("interfaces", "Laboratory and claims were exchanged on trial", 8, "One message each way"),
    Stage("superusers", "Super-users are trained", 9, "Names, and a day of practice"),
    Stage("training", "Everybody is trained", 11, "Names of who was there"),
    Stage("downtime", "The plan for an outage was tried", 12, "An hour on paper"),
    Stage("rehearsal", "A day was played through", 13, "What failed is mended"),
    Stage("live", "Live", 14, "The first patients seen in it"),
    Stage("optimise", "A visit after the first weeks", 18, "What slows people down"),
)  # fmt: skip


def step_due(stage: Stage, start: date, weeks: int) -> date:
    """When a step is due in a project of so many weeks, which stretches the template."""
    return start + timedelta(days=ceil(stage.week * 7 * weeks / USUAL_WEEKS))


def least_contribution(cost_cents: int) -> int:
    """What a practice pays at least of a cost, in whole cents, rounded up."""
    return -(-cost_cents * CONTRIBUTION_PCT // 100)


@dataclass(frozen=True)
class Heard:
    """What an interface told: `messages` and `errors` of the last seven days."""

    last_at: datetime | None
    messages: int
    errors: int


def interface_state(heard: Heard, silent_hours: int, now: datetime) -> str:
    """`never heard`, `silent`, `failing` or `running`."""
    if heard.last_at is None:
        return "never heard"
    if now - heard.last_at > timedelta(hours=silent_hours):
        return "silent"
    many = heard.messages >= LEAST_MESSAGES
    failing = many and heard.errors * 100 > heard.messages * MOST_ERRORS_PCT
    return "failing" if failing else "running"


@dataclass(frozen=True)
class Known:
    """What is on record about a practice's system on a day."""

    has_system: bool
    certified_until: date | None = None
    has_fhir: bool = False
    has_direct: bool = False
    agreement_date: date | None = None
    contract_end: date | None = None
    last_claims: date | None = None
    interfaces: tuple[str, ...] = ()  # their states


@dataclass(frozen=True)
class Sign:
    """One thing that a practice is ready for or not, why, and what to do."""

    question: str
    is_met: bool
    why: str
    remedy: str


def readiness(known: Known, today: date) -> tuple[Sign, ...]:
    """What a practice's system is ready for today; each counts the same."""
    troubled = [state for state in known.interfaces if state != "running"]
    end = known.contract_end
    return (
        Sign("A system is on record", known.has_system,
             "it is" if known.has_system else "none is", "Record product and version."),
        Sign("It is certified", _until(known.certified_until, today),
             _day(known.certified_until, "until", "no day on record"),
             "Look its number up in the Certified Health IT Product List."),
        Sign("It gives records in bulk (FHIR)", known.has_fhir,
             "address on record" if known.has_fhir else "no address on record",
             "Ask the vendor for the base address of its FHIR server."),
        Sign("It takes Direct messages", known.has_direct,
             "address on record" if known.has_direct else "no address on record",
             "Ask the vendor for a Direct address."),
        Sign("A business associate agreement is signed", known.agreement_date is not None,
             _day(known.agreement_date, "on", "none on record"),
             "Sign one with the vendor before records go there."),
        Sign("Its contract lasts", end is None or end > today + timedelta(CONTRACT_NOTICE_DAYS),
             _day(end, "until", "without an end"),
             "Renew it, or plan how records leave: the exit takes as long as going live."),
        Sign("It sends claims or encounters",
             known.last_claims is not None
             and today - known.last_claims <= timedelta(CLAIMS_WITHIN_DAYS),
             _day(known.last_claims, "last on", "none came"),
             f"Send an 837 at least every {CLAIMS_WITHIN_DAYS} days."),
        Sign("Its interfaces run", bool(known.interfaces) and not troubled,
             _states(known.interfaces, troubled),
             "Call whoever runs the interface; open a ticket if it lasts."),
    )  # fmt: skip


def score(signs: Sequence[Sign]) -> int:
    """Met of all, in whole per cent, rounded down: all is 100 and nothing less is."""
    return sum(sign.is_met for sign in signs) * 100 // len(signs)


def _until(day: date | None, today: date) -> bool:
    return day is not None and day >= today


def _day(day: date | None, word: str, none: str) -> str:
    return none if day is None else f"{word} {day}"


def _states(all_: Sequence[str], troubled: Sequence[str]) -> str:
    if not all_:
        return "none on record"
    return ", ".join(sorted(troubled)) if troubled else f"all {len(all_)} do"
