"""
Breaches of health data: when one counts as found, what has to be weighed, and whom to tell by when.

A use or disclosure that the rules do not permit is presumed to be a breach until somebody shows a
low probability that the data were compromised (45 CFR 164.402); who has to show it is we.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from compliance.rules.clocks import LARGE_BREACH, breach_days, due_date

FACTORS: Mapping[str, tuple[str, str]] = {
    "nature": (
        "Nature and extent of the data",
        "Which identifiers and which health data, and how likely somebody is recognised by them.",
    ),
    "recipient": (
        "Who used it or got it",
        "Somebody bound to protect it, an unknown person, or a thief.",
    ),
    "acquired": (
        "Whether it was acquired or viewed",
        "Opened and read, or only within reach: what do logs and the machine itself say?",
    ),
    "mitigated": (
        "How far the risk was mitigated",
        "Destroyed, given back, assured in writing; and how much that is worth.",
    ),
}
FACTORS_CITATION = "45 CFR 164.402(2)(i)–(iv)"
LEVELS: Mapping[str, str] = {"low": "low", "medium": "medium", "high": "high"}
RESULTS: Mapping[str, str] = {
    "breach": "a breach: people are told",
    "low": "low probability of compromise: no notice",
    "good_faith": "excepted: workforce, in good faith, within its work, used no further",
    "inadvertent": "excepted: between people who may see it, used no further",
    "not_retained": "excepted: who got it could not have kept it",
    "secured": "the data were encrypted, and no key was exposed",
}
RESULT_CITATIONS: Mapping[str, str] = {
    "breach": "45 CFR 164.402 (presumed)",
    "low": "45 CFR 164.402(2)",
    "good_faith": "45 CFR 164.402(1)(i)",
    "inadvertent": "45 CFR 164.402(1)(ii)",
    "not_retained": "45 CFR 164.402(1)(iii)",
    "secured": "45 CFR 164.402, unsecured protected health information",
}
CAPACITIES: Mapping[str, str] = {
    "associate": "as a plan's business associate",
    "associate_notifies": "as a business associate that notifies for the plan",
    "covered": "as a covered entity",
}
NOTICES: Mapping[str, str] = {
    "covered_entity": "the covered entity (plan)",
    "individuals": "the people themselves",
    "agency": "HHS (OCR's breach portal)",
    "media": "prominent media of the state",
    # Of people whose address is missing or wrong; from ten on by web page or media, 90 days long.
    "substitute": "substitute notice (web page, toll-free number)",
    "state": "a state's authority",
}
CITATIONS: Mapping[str, str] = {
    "covered_entity": "45 CFR 164.410(b)",
    "individuals": "45 CFR 164.404(b)",
    "agency": "45 CFR 164.408",
    "media": "45 CFR 164.406",
}
ORAL_DELAY_DAYS = 30  # 45 CFR 164.412(b)
LETTER_PARTS: Mapping[str, str] = {
    "what_happened": "What happened, and when",
    "what_information": "What information was involved",
    "what_you_can_do": "What you can do",
    "what_we_do": "What we are doing",
    "contact": "Whom to ask",
}
LETTER_CITATION = "45 CFR 164.404(c)"
STATES = frozenset(
    [
        *("AL", "AK", "AZ", "AR", "CA", "CO", "CT", "DE", "FL", "GA", "HI", "ID", "IL", "IN"),
        *("IA", "KS", "KY", "LA", "ME", "MD", "MA", "MI", "MN", "MS", "MO", "MT", "NE", "NV"),
        *("NH", "NJ", "NM", "NY", "NC", "ND", "OH", "OK", "OR", "PA", "RI", "SC", "SD", "TN"),
        *("TX", "UT", "VT", "VA", "WA", "WV", "WI", "WY", "DC", "PR", "VI", "GU", "AS", "MP"),
    ]
)


@dataclass(frozen=True)
class Discovery:
    """When it was known, should have been known, and was known to an agent of ours."""

    known: date
    diligence: date | None = None
    agent: date | None = None
    capacity: str = "associate"
    contract_days: int | None = None  # what a plan's agreement asks, where that is less

    @property
    def found(self) -> date:
        """The day that counts: the first of them (45 CFR 164.404(a)(2))."""
        return min(day for day in (self.known, self.diligence, self.agent) if day)

    @property
    def why(self) -> str:
        """Which of them it is."""
        if self.found == self.known:
            return "it was known"
        if self.found == self.diligence:
            return "it would have been known by reasonable diligence"
        return "an agent of ours knew it"


@dataclass(frozen=True)
class Delay:
    """What law enforcement asked for: not to tell until a day; by word of mouth for 30 days."""

    asked: date
    until: date
    is_written: bool

    @property
    def ends(self) -> date:
        """The day on which it ends, whatever was asked."""
        if self.is_written:
            return self.until
        return min(self.until, self.asked + timedelta(days=ORAL_DELAY_DAYS))


@dataclass(frozen=True)
class Facts:
    """What is known of a breach so far: the newest of each."""

    discovery: Discovery | None = None
    by_state: Mapping[str, int] = field(default_factory=dict)
    is_assessed: bool = False
    result: str = ""
    delays: Sequence[Delay] = ()
    told: Mapping[str, date] = field(default_factory=dict)  # the last day of each notice
    is_accounted: bool = False  # members' accounts of disclosures tell of it

    @property
    def people(self) -> int:
        return sum(self.by_state.values())

    @property
    def most_in_one_state(self) -> int:
        return max(self.by_state.values(), default=0)

    @property
    def needs_notice(self) -> bool:
        """Presumed until somebody decided that it is none."""
        return self.result in ("", "breach")


@dataclass(frozen=True)
class Duty:
    """Somebody who has to be told, by when, and whether they were."""

    kind: str
    due: date
    done: date | None
    note: str = ""

    @property
    def words(self) -> str:
        return NOTICES[self.kind]

    @property
    def citation(self) -> str:
        return CITATIONS[self.kind]


def duties(facts: Facts) -> list[Duty]:
    """Whom to tell by when; nobody before it was found, or once it was decided that it is none."""
    found = facts.discovery
    if found is None or not facts.needs_notice:
        return []
    days = breach_days(found.found, facts.people, facts.most_in_one_state)
    dues: list[tuple[str, date, str]] = []
    if found.capacity.startswith("associate"):
        by_rule = due_date("breach, covered entity", found.found)
        by_contract = found.found + timedelta(days=found.contract_days or 60)
        note = "the agreement asks it sooner" if by_contract < by_rule else ""
        dues.append(("covered_entity", min(by_rule, by_contract), note))
    if found.capacity != "associate":
        few = f"fewer than {LARGE_BREACH} people in all: with the year's log"
        many = f"{LARGE_BREACH} people or more in all"
        dues += [
            ("individuals", days.individuals, ""),
            ("agency", days.agency, many if facts.people >= LARGE_BREACH else few),
        ]
        if days.media:
            dues.append(("media", days.media, f"more than {LARGE_BREACH} in one state"))
    return [
        Duty(kind, _delayed(due, facts.delays), facts.told.get(kind), note)
        for kind, due, note in sorted(dues, key=lambda one: (one[1], one[0]))
    ]


def next_duty(facts: Facts) -> date | None:
    """The first day on which somebody has to be told who was not."""
    return min((one.due for one in duties(facts) if one.done is None), default=None)


def flags(facts: Facts) -> list[str]:
    """What a person has to know before they decide, in sentences."""
    found = []
    if facts.people >= LARGE_BREACH and facts.needs_notice:
        found.append(
            f"{facts.people:,} people in all: HHS is told at the same time as they are, and puts "
            "the breach on its public page."
        )
    found += [
        f"{count:,} people in {state}: prominent media there are told too."
        for state, count in sorted(facts.by_state.items())
        if count > LARGE_BREACH and facts.needs_notice
    ]
    if facts.discovery and not facts.result:
        found.append("Not decided: it is presumed to be a breach, and its days run.")
    if facts.by_state and not facts.is_accounted and facts.result != "secured":
        found.append(
            "If data reached somebody who may not have them, members' accounts of disclosures tell "
            "of it, be it a breach or not (45 CFR 164.528): enter it."
        )
    if facts.by_state and facts.needs_notice:
        states = ", ".join(sorted(facts.by_state))
        found.append(
            f"People live in {states}: their states' laws may ask for more, or sooner (unverified)."
        )
    return found


def read_counts(text: str) -> dict[str, int]:
    """
    People by state, as somebody types them: `CA 340, NV 12`.

    :raises ValueError: saying what cannot be read
    """
    found: dict[str, int] = {}
    for part in filter(None, (one.strip() for one in text.replace("\n", ",").split(","))):
        state, _, count = part.partition(" ")
        state, count = state.upper(), count.strip()
        if state not in STATES:
            raise ValueError(f"“{part}” does not begin with a state (CA 340).")
        if not count.isascii() or not count.isdigit() or len(count) > 9 or not int(count):
            raise ValueError(f"“{part}” does not end with a number of people (CA 340).")
        if state in found:
            raise ValueError(f"{state} stands twice.")
        found[state] = int(count)
    if not found:
        raise ValueError("No state is named.")
    return found


def counts_text(by_state: Mapping[str, int]) -> str:
    """People by state, as `read_counts` reads them."""
    return ", ".join(f"{state} {count}" for state, count in sorted(by_state.items()))


def count_states(states: Iterable[str]) -> dict[str, int]:
    """How many of a list live in each state."""
    found: dict[str, int] = {}
    for state in states:
        found[state] = found.get(state, 0) + 1
    return found


def _delayed(due: date, delays: Sequence[Delay]) -> date:
    """No day comes before the end of a delay that law enforcement asked for."""
    return max([due, *(one.ends for one in delays)])


def facts_of(records: Iterable[tuple[str, Mapping]]) -> Facts:
    """What is known of a breach by what was recorded, in order; the newest of each counts."""
    newest: dict[str, Mapping] = {}
    delays: list[Delay] = []
    told: dict[str, date] = {}
    for kind, record in records:
        newest[kind] = record
        if kind == "delay":
            day = date.fromisoformat
            delays.append(Delay(day(record["asked"]), day(record["until"]), record["is_written"]))
        elif kind == "notice":
            told[record["kind"]] = date.fromisoformat(record["sent"])
    return Facts(
        discovery=_discovery(newest.get("discovery")),
        by_state=newest.get("count", {}).get("by_state", {}),
        is_assessed="assessment" in newest,
        result=newest.get("decision", {}).get("result", ""),
        delays=tuple(delays),
        told=told,
        is_accounted="account" in newest,
    )


def _discovery(record: Mapping | None) -> Discovery | None:
    if record is None:
        return None
    known, diligence, agent = (
        date.fromisoformat(record[name]) if record[name] else None
        for name in ("known", "diligence", "agent")
    )
    return Discovery(known, diligence, agent, record["capacity"], record["contract_days"])


WORDS: Mapping[str, str] = {
    "discovery": "When it was found",
    "count": "People affected",
    "assessment": "Four factors weighed",
    "decision": "Decision",
    "delay": "Law enforcement asked to wait",
    "letter": "Words of the notice",
    "notice": "Notice given",
    "account": "Entered into accounts of disclosures",
}


def lines_of(kind: str, record: Mapping) -> list[str]:
    """A record in sentences, whole: as its history says it, and the log seals it."""
    if kind == "discovery":
        found = _discovery(record)
        lines = [f"Found {found.found}: {found.why}.", f"Known {found.known}."]
        lines += [f"By diligence {found.diligence}."] if found.diligence else []
        lines += [f"An agent knew {found.agent}."] if found.agent else []
        lines += [f"We act {CAPACITIES[found.capacity]}."]
        lines += [f"The agreement gives {found.contract_days} days."] if found.contract_days else []
    elif kind == "count":
        lines = [f"{counts_text(record['by_state'])}."]
        lines += [f"The list has the SHA-256 {record['file']}."] if record["file"] else []
    elif kind == "assessment":
        lines = [
            f"{words}: {record[key]['level']}. {record[key]['text']}"
            for key, (words, _) in FACTORS.items()
        ]
    elif kind == "decision":
        lines = [f"{RESULTS[record['result']]} ({RESULT_CITATIONS[record['result']]})."]
    elif kind == "delay":
        how = "in writing" if record["is_written"] else "by word of mouth"
        lines = [f"Asked {record['asked']} {how}, until {record['until']}."]
    elif kind == "account":
        lines = [f"{record['made']}, {record['recipient']}: {record['members']} members."]
        if record["unknown"]:
            lines.append(f"{record['unknown']} of the list have no number of a member we know.")
    elif kind == "letter":
        lines = [f"{words}: {record[key]}" for key, words in LETTER_PARTS.items()]
    else:
        lines = [f"{NOTICES[record['kind']]}, {record['sent']}, {record['count']} people."]
    return [*lines, *([record["text"]] if record.get("text") else [])]
