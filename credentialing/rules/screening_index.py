"""
Finds in a list of a hundred thousand rows the few that are worth comparing with a person.

Words are indexed, not people: each different word of a name is looked up once, with one slip
allowed (two words that lose one letter each and become the same) or as it sounds. A person's
candidates are the rows where a surname word and a given word both come near. Numbers and birth
dates have indexes of their own, so that a new surname hides nobody.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from credentialing.rules.screening import (
    NEAR,
    Category,
    Dates,
    Entry,
    Finding,
    NameMatch,
    Subject,
    business_likeness,
    classify,
    compare_dates,
    likeness,
)
from credentialing.rules.screening_names import (
    BUSINESS_WIDTH,
    Forms,
    PersonName,
    business_words,
    forms_of,
    sound,
)

# What a word must reach to be looked at, and what each liberty taken with a name costs.
LEAST_LIKE, SOUNDS_LIKE = 0.75, 0.88
COST = {"": 1.0, "part": 0.99, "half": 0.97, "middle": 0.96, "nickname": 0.96, "initial": 0.87}
SWAPPED_COST = 0.96
HOW = {
    "half": "one half of a double surname",
    "part": "the first of two given names",
    "middle": "goes by the middle name",
    "nickname": "a short form",
    "initial": "an initial",
    "swapped": "given name and surname swapped",
    "spelling": "spelt a little differently",
    "former": "a former name",
    "alias": "another name",
}
# A word that stands in more firms' names than this tells none of them apart.
COMMON_WORD = 0.05


class Vocabulary:
    """Different words, found by a word that is near."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = set(words)
        self._slips: dict[str, list[str]] = defaultdict(list)
        self._sounds: dict[str, list[str]] = defaultdict(list)
        self._known: dict[str, dict[str, float]] = {}
        for word in self._words:
            if word.startswith("~"):
                continue
            for key in _slips(word):
                self._slips[key].append(word)
            self._sounds[sound(word)].append(word)

    def near(self, word: str) -> dict[str, float]:
        """The words near this one, and how near."""
        found = self._known.get(word)
        if found is None:
            found = self._known[word] = self._look_up(word)
        return found

    def _look_up(self, word: str) -> dict[str, float]:
        if word.startswith("~"):  # a nickname's formal name: that one or none
            return {word: 1.0} if word in self._words else {}
        found: dict[str, float] = {}
        if len(word) > 2:
            for key in _slips(word):
                for other in self._slips.get(key, ()):
                    if other not in found and len(other) > 2:
                        found[other] = likeness(word, other)
        for other in self._sounds.get(sound(word), ()):
            if other not in found:
                like = likeness(word, other)
                if like >= SOUNDS_LIKE:
                    found[other] = like
        if word in self._words:
            found[word] = 1.0
        return {other: like for other, like in found.items() if like >= LEAST_LIKE or like == 1.0}


def _slips(word: str) -> set[str]:
    """The word, and each word that it becomes by losing one letter."""
    return {word, *(word[:place] + word[place + 1 :] for place in range(len(word)))}


@dataclass(frozen=True, slots=True)
class Screened:
    """One subject: what was found, and how many rows were told apart by the birth date."""

    subject: Subject
    findings: tuple[tuple[int, Finding], ...]  # (place of the entry, finding), most serious first
    refuted: int


# For a surname form its given forms, for each of them rows with how they come to have the two.
Postings = dict[str, dict[str, list[tuple[int, str, str]]]]


class ListIndex:
    """The rows of the lists of one run, ready to be asked about many subjects."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = entries
        self._people: Postings = defaultdict(lambda: defaultdict(list))
        self._npis: dict[str, list[int]] = defaultdict(list)
        self._tins: dict[str, list[int]] = defaultdict(list)
        self._licences: dict[str, list[int]] = defaultdict(list)
        self._births: dict[date, list[int]] = defaultdict(list)
        self._firms: dict[str, list[int]] = defaultdict(list)
        for place, entry in enumerate(entries):
            self._add(place, entry)
        self._surnames = Vocabulary(self._people)
        self._givens = Vocabulary({form for given in self._people.values() for form in given})
        limit = max(50, int(len(entries) * COMMON_WORD))
        self._firm_words = Vocabulary(w for w, rows in self._firms.items() if len(rows) <= limit)

    def _add(self, place: int, entry: Entry) -> None:
        for name in entry_names(entry):
            forms = forms_of(name.last, name.first, name.middle)
            for surname, half in forms.surnames:
                given_rows = self._people[surname]
                for given, how in forms.givens:
                    given_rows[given].append((place, half, how))
        for firm in entry_firms(entry):
            for word in business_words(firm):
                self._firms[word].append(place)
        for npi in (entry.npi, *entry.more_npis):
            if npi:
                self._npis[npi].append(place)
        if entry.tin:
            self._tins[entry.tin].append(place)
        for licence in entry.licences:
            self._licences[licence].append(place)
        if entry.birth_date:
            self._births[entry.birth_date].append(place)

    def screen(self, subject: Subject, today: date) -> Screened:
        """Find every row worth a look; rows that the birth date tells apart are only counted."""
        names = self._names(subject)
        findings, refuted = [], 0
        for place in set(names) | self._by_numbers(subject):
            entry = self.entries[place]
            name = names.get(place) or best_name(subject, entry)
            if name.score >= NEAR and place in names and self._is_refuted(subject, entry):
                refuted += 1
                continue
            finding = classify(subject, entry, name, today)
            if finding.category is Category.REFUTED:
                refuted += 1
            else:
                findings.append((place, finding))
        findings.sort(key=lambda found: (_RANK[found[1].category], -found[1].score, found[0]))
        return Screened(subject, tuple(findings), refuted)

    def refuted(self, subject: Subject, today: date) -> list[tuple[int, Finding]]:
        """The rows of the same name that another birth date told apart, to be looked at."""
        found = (
            (place, classify(subject, self.entries[place], name, today))
            for place, name in self._names(subject).items()
        )
        return [pair for pair in found if pair[1].category is Category.REFUTED]

    def _is_refuted(self, subject: Subject, entry: Entry) -> bool:
        """The common case, decided without putting it in words."""
        if not subject.birth_date or not entry.birth_date:
            return False
        if subject.npi and (subject.npi == entry.npi or subject.npi in entry.more_npis):
            return False
        if (subject.tin and subject.tin == entry.tin) or (entry.licences and subject.licences):
            return False
        return compare_dates(subject.birth_date, entry.birth_date)[0] is Dates.OTHER

    def _by_numbers(self, subject: Subject) -> set[int]:
        found = set(self._npis.get(subject.npi, ())) if subject.npi else set()
        if subject.tin:
            found.update(self._tins.get(subject.tin, ()))
        for state, number in subject.licences:
            for place in self._licences.get(number, ()):
                if not state or self.entries[place].state == state:
                    found.add(place)
        if subject.birth_date:
            found.update(self._by_birth(subject))
        return found

    def _by_birth(self, subject: Subject) -> Iterator[int]:
        """
        Rows with the same birth date and given name under another surname: perhaps a former one.

        The state or the middle initial has to agree too, or thousands would share both by chance.
        """
        for place in self._births.get(subject.birth_date, ()):
            entry = self.entries[place]
            for name in subject.people:
                if not _same_given(name, entry):
                    continue
                initials = {name.middle[:1].upper(), entry.middle_name[:1].upper()} - {""}
                both = bool(name.middle and entry.middle_name)
                if entry.state in subject.states or (both and len(initials) == 1):
                    yield place
                    break

    def _names(self, subject: Subject) -> dict[int, NameMatch]:
        """The rows whose name is near one of the subject's names, with the best of them."""
        found: dict[int, NameMatch] = {}
        for name in subject.people:
            forms = forms_of(name.last, name.first, name.middle)
            self._people_near(name, forms, found)
            self._people_near(name, _swapped(forms), found, swapped=True)
        for firm in subject.businesses:
            self._firms_near(firm, found)
        return found

    def _people_near(
        self, name: PersonName, forms: Forms, found: dict[int, NameMatch], *, swapped: bool = False
    ) -> None:
        givens = self._givens_near(forms)
        letter = next((form for form, _ in forms.givens if len(form) == 1), "")
        cost = SWAPPED_COST if swapped else 1.0
        for form, half in forms.surnames:
            for other, like in self._surnames.near(form).items():
                rows_of = self._people[other]
                shared = givens.keys() & rows_of.keys()
                if letter:  # our side knows an initial only
                    shared |= {given for given in rows_of if given[0] == letter}
                for given in shared:
                    weight, how, given_like = givens.get(given, _INITIAL)
                    for place, their_half, their_how in rows_of[given]:
                        cost_of_given = _given_cost(how, their_how)
                        surname = like * min(COST[half], COST[their_half])
                        score = cost * (surname + weight * cost_of_given) / 2
                        if score < NEAR or (place in found and found[place].score >= score):
                            continue
                        liberties = _how(
                            name.kind if name.kind in HOW else "",
                            half or their_half,
                            how or their_how,
                            "spelling" if min(like, given_like) < 1 else "",
                            "swapped" if swapped else "",
                        )
                        listed = self.entries[place].name
                        found[place] = NameMatch(score, name.text, listed, liberties)

    def _givens_near(self, forms: Forms) -> dict[str, tuple[float, str, float]]:
        """The list's given names that are near: with what they count, how, and how alike."""
        givens: dict[str, tuple[float, str, float]] = {}
        for form, how in forms.givens:
            for other, like in self._givens.near(form).items():
                weight = like * COST[how]
                if other not in givens or weight > givens[other][0]:
                    givens[other] = (weight, how, like)
            if len(form) > 1 and how in ("", "part"):
                givens.setdefault(form[:1], _INITIAL)
        return givens

    def _firms_near(self, firm: str, found: dict[int, NameMatch]) -> None:
        rows: set[int] = set()
        for word in business_words(firm):
            for other in self._firm_words.near(word):
                rows.update(self._firms[other])
        for place in rows:
            for listed in entry_firms(self.entries[place]):
                score = business_likeness(firm, listed, BUSINESS_WIDTH)
                if score >= NEAR and (place not in found or found[place].score < score):
                    how = _how("spelling" if score < 1 else "")
                    found[place] = NameMatch(score, firm, listed, how)


_INITIAL = (COST["initial"], "initial", 1.0)
_RANK = {category: rank for rank, category in enumerate(Category)}


def _given_cost(how: str, their_how: str) -> float:
    """What the list's side of a given name costs; nothing counts where both are middle names."""
    if how == "middle" and their_how in ("middle", "nickname"):
        return 0.0
    if how == "nickname" and their_how in ("middle", "nickname"):
        return 1.0 if their_how == "nickname" else 0.0
    return COST[their_how]


def _how(*codes: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(HOW[code] for code in codes if code))


def _swapped(forms: Forms) -> Forms:
    """Given names in the place of surnames and the other way round, in whole words only."""
    givens = tuple((form, "") for form, how in forms.givens if how == "")
    return Forms(givens, tuple((form, "") for form, half in forms.surnames if not half))


def _same_given(name: PersonName, entry: Entry) -> bool:
    ours = forms_of(name.last, name.first, name.middle).givens
    theirs = forms_of(entry.last_name, entry.first_name, entry.middle_name).givens
    mine = {form for form, how in ours if how != "middle"}
    return bool(mine & {form for form, how in theirs if how != "middle"})


def best_name(subject: Subject, entry: Entry) -> NameMatch:
    """The nearest of a subject's names to a row that was found by a number, however far."""
    best = NameMatch(0.0, subject.label, entry.name)
    alone = ListIndex((entry,)) if entry.last_name or entry.business_name or entry.aliases else None
    if alone is not None:
        best = alone._names(subject).get(0, best)
    return best


def entry_names(entry: Entry) -> Iterator[PersonName]:
    """The names of people that a row tells: its own, and aliases of people."""
    if entry.last_name:
        yield PersonName(entry.last_name, entry.first_name, entry.middle_name)
        for alias in entry.aliases:
            last, comma, given = alias.partition(",")
            words = alias.split()
            if comma:
                first, _, middle = given.strip().partition(" ")
                yield PersonName(last.strip(), first, middle, "alias")
            elif len(words) > 1:
                yield PersonName(words[-1], words[0], " ".join(words[1:-1]), "alias")


def entry_firms(entry: Entry) -> Iterator[str]:
    """The names of firms that a row tells."""
    if entry.business_name:
        yield entry.business_name
    if not entry.last_name:
        yield from entry.aliases


def screen_all(index: ListIndex, subjects: Iterable[Subject], today: date) -> Iterator[Screened]:
    """Screen many subjects one after the other."""
    for subject in subjects:
        yield index.screen(subject, today)
