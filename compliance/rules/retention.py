"""How long what is kept has to be kept, and what a legal hold covers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

MA = "42 CFR 422.504(d) and (e)(4)"
HIPAA = "45 CFR 164.316(b)(2)(i) and 164.528"
BOOKS = "the IPA's own rule: money, decisions and evidence are never deleted"


@dataclass(frozen=True)
class Kind:
    """A kind of record: its name, the years it is kept from when on, and the rule behind it."""

    key: str
    name: str
    years: int | None
    starts: str
    citation: str


# In the order in which they are shown. Years None: kept for good.
KINDS = (
    Kind("plan_file", "Plans' files", 10, "the plan's last contract is over", MA),
    Kind("document", "Documents of practitioners and facilities", 10,
         "nobody pays or lists them any more", MA),
    Kind("roster", "Rosters sent to plans", 10, "the delegation is over", MA),
    Kind("plan_list", "Rosters received from plans", 10, "the delegation is over", MA),
    Kind("drug_paper", "Papers that came with drugs (DSCSA)", 6, "they came",
         "21 U.S.C. 360eee-1(d)(1)(A)(iii)"),
    Kind("access", "Who looked at what", None, "", f"at least 6 years, {HIPAA}; {BOOKS}"),
    Kind("books", "Money, decisions, letters and evidence", None, "", BOOKS),
)  # fmt: skip
BY_KEY = {kind.key: kind for kind in KINDS}
PURGED = tuple(kind.key for kind in KINDS if kind.years)


def kept_until(kind: str, started: date | None, audited: Iterable[date] = ()) -> date | None:
    """
    The first day on which a record need not be kept, None while its years have not begun.

    The years count from when they start or from when an audit of it was completed, whichever is
    later (42 CFR 422.504(e)(4)). Of 29 February they end on 1 March.
    """
    years = BY_KEY[kind].years
    if started is None or years is None:
        return None
    from_day = max([started, *audited])
    try:
        return from_day.replace(year=from_day.year + years)
    except ValueError:
        return date(from_day.year + years, 3, 1)


@dataclass(frozen=True)
class Scope:
    """What a hold covers: kinds of records and of whom; where nothing is said, everything."""

    kinds: frozenset[str] = frozenset()
    party_id: int | None = None
    practitioner_id: int | None = None

    def covers(self, kind: str, party_ids: Iterable[int], practitioner_id: int | None) -> bool:
        """Whether a record falls under it."""
        return (
            (not self.kinds or kind in self.kinds)
            and (self.party_id is None or self.party_id in set(party_ids))
            and (self.practitioner_id is None or self.practitioner_id == practitioner_id)
        )
