"""
Is this person the one on the list? Names order the candidates, identifiers decide the category.

Four categories, each with its reasons in words. A score never clears anybody: what is missing on
a side speaks for nobody. Whoever shares a name and nothing that disagrees waits for a person.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from rapidfuzz.distance import OSA, JaroWinkler

from credentialing.rules.screening_names import PersonName, business_words, plain

ALGORITHM = "names 1, identifiers 1"
# The name is near enough to be looked at; near enough to be probable without a birth date.
NEAR, CLOSE = 0.85, 0.92


class Category(StrEnum):
    CONFIRMED = "confirmed"
    PROBABLE = "probable"
    POSSIBLE = "possible"
    REFUTED = "refuted"


CATEGORY_WORDS = {
    Category.CONFIRMED: "Confirmed by an identifier",
    Category.PROBABLE: "Probable",
    Category.POSSIBLE: "Possible",
    Category.REFUTED: "Told apart by the birth date",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a list, as its publisher wrote it."""

    row_no: int
    last_name: str = ""
    first_name: str = ""
    middle_name: str = ""
    business_name: str = ""
    aliases: tuple[str, ...] = ()
    general: str = ""
    specialty: str = ""
    npi: str = ""
    more_npis: tuple[str, ...] = ()
    birth_date: date | None = None
    tin: str = ""
    licences: tuple[str, ...] = ()
    address: str = ""
    city: str = ""
    state: str = ""
    zip_code: str = ""
    kind: str = ""
    effective_date: date | None = None
    end_date: date | None = None
    waiver_date: date | None = None
    waiver_state: str = ""
    list_number: str = ""

    @property
    def text(self) -> str:
        """Everything but the place in the file, in one fixed spelling."""
        return "\x1f".join(
            (
                *(self.last_name, self.first_name, self.middle_name, self.business_name),
                "\x1e".join(self.aliases),
                *(self.general, self.specialty, self.npi, "\x1e".join(self.more_npis)),
                *(str(self.birth_date or ""), self.tin, "\x1e".join(self.licences)),
                *(self.address, self.city, self.state, self.zip_code, self.kind),
                *(str(self.effective_date or ""), str(self.end_date or "")),
                *(str(self.waiver_date or ""), self.waiver_state, self.list_number),
            )
        )

    @property
    def content_hash(self) -> str:
        """A hash of `text`: the same row next month has it again."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def name(self) -> str:
        """As the list names them."""
        if self.last_name:
            return PersonName(self.last_name, self.first_name, self.middle_name).text
        return self.business_name or (f"NPI {self.npi}" if self.npi else "no name")


@dataclass(frozen=True, slots=True)
class Subject:
    """
    Whoever is screened: practitioner, applicant, facility, owner, staff, practice, supplier.

    `key` is kind and number ("practitioner:12"); `states` are where they live, work or hold a
    licence; `missing` says what screening could not use, in words.
    """

    key: str
    label: str
    people: tuple[PersonName, ...] = ()
    businesses: tuple[str, ...] = ()
    npi: str = ""
    birth_date: date | None = None
    tin: str = ""
    licences: frozenset[tuple[str, str]] = frozenset()  # (state, number)
    states: frozenset[str] = frozenset()
    specialty: str = ""
    missing: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        return self.key.partition(":")[0]

    @property
    def identity(self) -> str:
        """What a decision about them rests on: if it changes, the decision is looked at again."""
        names = sorted(f"{n.last}|{n.first}|{n.middle}".upper() for n in self.people)
        firms = sorted(name.upper() for name in self.businesses)
        licences = sorted("|".join(one) for one in self.licences)
        born = self.birth_date.isoformat() if self.birth_date else ""
        parts = [*names, "", *firms, "", self.npi, born, self.tin, "", *licences]
        return "\x1f".join(parts)

    @property
    def is_screenable(self) -> bool:
        """Without a name and a number nobody can be looked up."""
        return bool(self.people or self.businesses or self.npi)


@dataclass(frozen=True, slots=True)
class NameMatch:
    """How near two names are and what was made of them to get there."""

    score: float
    ours: str = ""
    theirs: str = ""
    how: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that was compared: what each side says, and whether it agrees."""

    field: str
    ours: str
    theirs: str
    verdict: str  # agrees, differs, missing


@dataclass(frozen=True, slots=True)
class Finding:
    """A subject and a row: category, reasons, and every point that was compared."""

    category: Category
    score: float
    reasons: tuple[str, ...]
    points: tuple[Point, ...] = field(default=())


class Dates(StrEnum):
    SAME = "same"
    NEAR = "near"
    OTHER = "other"
    UNKNOWN = "unknown"


def compare_dates(ours: date | None, theirs: date | None) -> tuple[Dates, str]:
    """Compare birth dates: near is what one slip of a pen makes of another."""
    if ours is None or theirs is None:
        return Dates.UNKNOWN, "the birth date is missing on a side"
    if ours == theirs:
        return Dates.SAME, "the birth date is the same"
    if (ours.year, ours.month, ours.day) == (theirs.year, theirs.day, theirs.month):
        return Dates.NEAR, "the birth dates differ by day and month swapped"
    if OSA.distance(f"{ours:%Y%m%d}", f"{theirs:%Y%m%d}") == 1:
        return Dates.NEAR, "the birth dates differ by one digit, or two that changed places"
    parts = ("year", "month", "day")
    differing = [part for part in parts if getattr(ours, part) != getattr(theirs, part)]
    if len(differing) == 1:
        return Dates.NEAR, f"the birth dates differ in the {differing[0]} only"
    return Dates.OTHER, f"the birth dates differ in {' and '.join(differing)}"


def likeness(ours: str, theirs: str) -> float:
    """How alike two words are, from 0 to 1; one slip in a short word costs what it must."""
    if ours == theirs:
        return 1.0
    slips = OSA.normalized_similarity(ours, theirs)
    return max(JaroWinkler.similarity(ours, theirs), slips)


def classify(subject: Subject, entry: Entry, name: NameMatch, today: date) -> Finding:
    """Decide the category of a subject beside a row of a list, with every reason."""
    numbers = {number for number in (entry.npi, *entry.more_npis) if number}
    same_npi = bool(subject.npi) and subject.npi in numbers
    other_npi = bool(subject.npi and numbers) and not same_npi
    same_tin = bool(subject.tin) and subject.tin == entry.tin
    same_licence = any(
        (state or entry.state) == entry.state and number in entry.licences
        for state, number in subject.licences
    )
    dates, date_words = compare_dates(subject.birth_date, entry.birth_date)
    is_near, is_close = name.score >= NEAR, name.score >= CLOSE
    in_state = bool(entry.state) and entry.state in subject.states
    same_work = shares_work(subject.specialty, f"{entry.specialty} {entry.general}")
    nameless = not (entry.last_name or entry.business_name or entry.aliases)
    reasons = [f"{name.ours} reads like {name.theirs}" if is_near else "the names differ"]
    if is_near:
        reasons[0] += f" ({', '.join(name.how)})" if name.how else ""
    if nameless:
        reasons = ["the list has numbers only"]
    said = [
        (same_npi, "the NPI is the same"),
        (other_npi, "the NPIs differ"),
        (same_tin, "the taxpayer number is the same"),
        (same_licence, "the licence number is the same"),
        (dates is not Dates.UNKNOWN or not same_npi, date_words if subject.people else ""),
        (in_state, f"both are in {entry.state}"),
        (same_work, "both do the same kind of work"),
    ]
    reasons += [words for holds, words in said if holds and words]
    category = _category(
        by_number=(same_npi or same_tin or same_licence),
        is_near=is_near or nameless,
        is_close=is_close,
        dates=dates,
        agrees=in_state or same_work,
    )
    reasons += _about_the_row(entry, today)
    return Finding(category, round(name.score, 3), tuple(reasons), points(subject, entry, name))


def _category(*, by_number: bool, is_near: bool, is_close: bool, dates: Dates, agrees: bool):
    if by_number:
        # A number that belongs to two names is somebody's mistake: a person finds out whose.
        return Category.CONFIRMED if is_near else Category.POSSIBLE
    if dates is Dates.SAME:
        return Category.CONFIRMED if is_near else Category.POSSIBLE
    if dates is Dates.OTHER:
        return Category.REFUTED
    if dates is Dates.NEAR:
        return Category.POSSIBLE
    return Category.PROBABLE if is_close and agrees else Category.POSSIBLE


def _about_the_row(entry: Entry, today: date) -> list[str]:
    said = []
    if entry.effective_date and entry.effective_date > today:
        said.append(f"published, takes effect on {entry.effective_date}")
    if entry.waiver_state or entry.waiver_date:
        where = entry.waiver_state or "a state"
        said.append(f"waived in {where} only, which clears nobody")
    return said


def points(subject: Subject, entry: Entry, name: NameMatch) -> tuple[Point, ...]:
    """Everything that can be laid side by side."""
    ours = name.ours or subject.label
    numbers = [number for number in (entry.npi, *entry.more_npis) if number]
    npi = subject.npi if subject.npi in numbers else (numbers[0] if numbers else "")
    licences = sorted({number for _, number in subject.licences})
    shared = [number for number in licences if number in entry.licences]
    state = entry.state if entry.state in subject.states else ", ".join(sorted(subject.states))
    named = Point("Name", ours, name.theirs or entry.name, _near(name.score))
    work = f"{entry.specialty or entry.general}".strip()
    found = [
        named,
        _point("NPI", subject.npi, npi),
        _point("State", state, entry.state),
        Point("Work", subject.specialty, work, _work(subject.specialty, work)),
    ]
    if subject.people:
        born = (subject.birth_date, entry.birth_date)
        found.insert(1, _point("Birth date", *(day.isoformat() if day else "" for day in born)))
    if subject.tin or entry.tin:
        found.append(_point("Taxpayer number", subject.tin, entry.tin))
    if licences or entry.licences:
        theirs = (shared or list(entry.licences) or [""])[0]
        found.append(_point("Licence", (shared or licences or [""])[0], theirs))
    return tuple(found)


def _point(label: str, ours: str, theirs: str) -> Point:
    if not ours or not theirs:
        return Point(label, ours, theirs, "missing")
    return Point(label, ours, theirs, "agrees" if ours == theirs else "differs")


def _near(score: float) -> str:
    return "agrees" if score >= NEAR else "differs"


def _work(ours: str, theirs: str) -> str:
    if not ours or not theirs:
        return "missing"
    return "agrees" if shares_work(ours, theirs) else "differs"


_SAYS_LITTLE = "PRACT MEDIC HEALT CARE SERVI PROVI GENER OTHER LICEN IND LIC HC PRO"
_GENERIC = frozenset(_SAYS_LITTLE.split())


def shares_work(ours: str, theirs: str) -> bool:
    """Tell whether two descriptions of work share a word that means something."""
    return bool(_stems(ours) & _stems(theirs))


def _stems(text: str) -> frozenset[str]:
    return frozenset(word[:5] for word in plain(text).split() if len(word) > 2) - _GENERIC


def business_likeness(ours: str, theirs: str, width: int) -> float:
    """How alike two firms' names are; a name that its list cut off is compared as cut."""
    mine, listed = business_words(ours), business_words(theirs)
    if not mine or not listed:
        return 0.0
    whole, cut = " ".join(mine), " ".join(listed)
    best = likeness(whole, cut)
    if len(theirs.strip()) >= width - 1 and len(whole) > len(cut):
        best = max(best, likeness(whole[: len(cut)], cut))
    if sorted(mine) == sorted(listed):
        best = max(best, 0.98)
    return best
