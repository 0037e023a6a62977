"""Who looks at members' records in a way that somebody should ask about, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from statistics import median_low

from ipaportal.core.words import sentence

# The portal's own yardsticks: no law sets a number. 45 CFR 164.308(a)(1)(ii)(D) and 164.312(b) ask
# that activity is recorded and looked at.
CITATION = "45 CFR 164.308(a)(1)(ii)(D), 164.312(b); the limits are the IPA's own"
# So many days of history are compared with, once there are at least so many with looks.
HISTORY_DAYS, LEAST_DAYS, LEAST_PEERS = 60, 5, 3
OWN_TIMES, PEER_TIMES, LEAST_MEMBERS = 3, 5, 50
# A page of at most so many members is a look at each of them; a longer one is a list.
FEW_MEMBERS = 5
MOST_REFUSED = 10
LEAVING_DAYS = 14
# What a reason is called, the gravest first.
REASONS = {
    "left": "Has no access any more",
    "name": "Same surname as the member",
    "emergency": "Opened in an emergency",
    "hours": "Out of hours",
    "own": "Far more than usual for this person",
    "peers": "Far more than others of the role",
    "leaving": "Took files shortly before leaving",
    "refused": "Refused again and again",
}
OUTCOMES = {"explained": "explained", "case": "case opened"}
TITLES = ("md", "do", "phd", "rn", "np", "pa", "jr", "sr", "ii", "iii", "mba", "dpm")


@dataclass(frozen=True)
class Hours:
    """From when until when the office is open on a working day; the end is no part of it."""

    opens: time
    closes: time

    @classmethod
    def read(cls, text: str) -> "Hours":
        """
        As a setting says it: `06:00-20:00`.

        :raises ValueError: if it does not, or would open after it closes
        """
        opens, _, closes = text.partition("-")
        hours = cls(time.fromisoformat(opens.strip()), time.fromisoformat(closes.strip()))
        if hours.opens >= hours.closes:
            raise ValueError(f"the office would open at {opens} and close at {closes}")
        return hours

    def of(self, day: date, zone: tzinfo, *, is_workday: bool) -> tuple[datetime, datetime]:
        """The moments of a day between which it is open; the same one twice where it is closed."""
        opens = datetime.combine(day, self.opens, zone)
        return opens, datetime.combine(day, self.closes, zone) if is_workday else opens


@dataclass(frozen=True)
class PersonDay:
    """What one person looked at on a day, and what is known of them."""

    looks: int = 0
    members: int = 0
    exported: int = 0
    refused: int = 0
    out_of_hours: int = 0
    is_staff: bool = True
    has_access: bool = True
    last_day: date | None = None  # the last one with a grant, if that is known
    own: Sequence[int] = ()  # members on each earlier day with looks
    peers: Sequence[int] = ()  # what is usual for each other person of the role
    namesakes: int = 0
    emergencies: int = 0


@dataclass(frozen=True)
class Reason:
    """Why a day should be asked about: which rule, how many, and in words."""

    key: str
    count: int
    text: str


def surname(name: str) -> str:
    """The last word of a name that is no title, to compare with: small letters, no marks."""
    words = [word.strip(".,").casefold() for word in name.partition(",")[0].split()]
    names = [word for word in words if word and word not in TITLES]
    return names[-1] if len(names) > 1 else ""


def limit(history: Sequence[int], times: int, least: int) -> int | None:
    """Above how many members a day stands out; None where there is too little to compare with."""
    if len(history) < least:
        return None
    return max(LEAST_MEMBERS, times * median_low(history))


def reasons(seen: PersonDay, day: date) -> tuple[Reason, ...]:
    """Every reason to ask about somebody's day, the gravest first; none if it was an ordinary one.

    Hours are asked of staff only: physicians look at their panel in the evening.
    """
    found = {
        "left": _left(seen),
        "name": (seen.namesakes, "members with this person's surname were opened"),
        "emergency": (seen.emergencies, "records were opened in an emergency"),
        "hours": (seen.out_of_hours if seen.is_staff else 0, "looks while the office was closed"),
        "own": _volume(seen.members, limit(seen.own, OWN_TIMES, LEAST_DAYS), seen.own, "usual"),
        "peers": _volume(
            seen.members, limit(seen.peers, PEER_TIMES, LEAST_PEERS), seen.peers, "usual of others"
        ),
        "leaving": _leaving(seen, day),
        "refused": (
            seen.refused if seen.refused >= MOST_REFUSED else 0,
            "pages were refused",
        ),
    }
    return tuple(Reason(key, *found[key]) for key in REASONS if found[key][0])


def _left(seen: PersonDay) -> tuple[int, str]:
    tried = seen.looks + seen.refused
    return (0, "") if seen.has_access else (tried, "looks by an account without access")


def _volume(members: int, most: int | None, history: Sequence[int], word: str) -> tuple[int, str]:
    if most is None or members <= most:
        return 0, ""
    return members, f"members; {median_low(history)} are {word}, {most} is the limit"


def _leaving(seen: PersonDay, day: date) -> tuple[int, str]:
    if seen.last_day is None or not day <= seen.last_day <= day + timedelta(days=LEAVING_DAYS):
        return 0, ""
    return seen.exported, f"files taken; the last day is {seen.last_day}"


def days_to_ask(last: date | None, today: date, most: int = 31) -> list[date]:
    """Whole days that nobody asked about yet, the oldest first; only yesterday at first."""
    first = today - timedelta(days=1) if last is None else last + timedelta(days=1)
    count = (today - first).days
    return [first + timedelta(days=n) for n in range(max(0, min(count, most)))]


def usual_of(days: Mapping[int, Sequence[int]], roles: Mapping[int, set], who: int) -> list[int]:
    """What is usual for each other person who shares a role: the median of their days."""
    return [
        median_low(counts)
        for other, counts in sorted(days.items())
        if other != who and counts and roles.get(other, set()) & roles.get(who, set())
    ]


# What pages are called where the name of their view would not say it.
PAGE_WORDS = {
    "capitation:panel": "Panel",
    "capitation:panel_csv": "Panel, as a file",
    "capitation:run_csv": "Lines of a run, as a file",
    "capitation:run_xlsx": "Lines of a run, as a file",
    "capitation:file_detail": "Plan file",
    "capitation:worklists": "Work-lists",
    "capitation:line_explain": "Where an amount comes from",
    "home:sighting_list": "Who saw what",
    "home:sighting_detail": "Who saw what, one entry",
    "compliance:member_looks": "Who looked at a member",
    "compliance:person_looks": "What a person looked at",
}


def page_name(view_name: str) -> str:
    """A page's name as people say it."""
    if view_name in PAGE_WORDS:
        return PAGE_WORDS[view_name]
    name = view_name.rpartition(":")[2].replace("_", " ")
    words = name.removesuffix(" detail").removesuffix(" page")
    if words.endswith(" list"):
        words = f"list of {words.removesuffix(' list')}s"
    return sentence(words)


def deed_name(action: str) -> str:
    """What was done, in words: `capitation.run.approved` is "Run approved"."""
    words = action.partition(".")[2].replace(".", " ").replace("_", " ")
    return sentence(words)


@dataclass(frozen=True)
class Told:
    """An event, of either kind, as it is told: what was looked at, or what was done."""

    key: str  # `seen-12`, `done-7`
    at: datetime
    kind: str  # view, export, refused, done
    what: str
    actor_id: int | None
    actor_name: str
    roles: Sequence[str] = ()
    ip: str = ""
    member_ids: Sequence[int] = ()
    subject: str = ""
    is_emergency: bool = False
