"""Screening beside plain Jaro-Winkler on the same people and rows: time, memory, who is found."""

import random
import resource
import string
import time
from collections.abc import Callable, Sequence
from datetime import date, timedelta

from rapidfuzz import process
from rapidfuzz.distance import JaroWinkler

from credentialing.rules.screening import Entry, Subject
from credentialing.rules.screening_index import ListIndex
from credentialing.rules.screening_names import PersonName, nicknames

PEOPLE, ROWS, VARIED = 10_000, 85_000, 500
ROUNDS = 4
# What Jaro-Winkler alone is run on: it compares everybody with every row, so a part must do.
PLAIN_SHARE, PLAIN_CUTOFF = 40, 0.92
TODAY = date(2026, 11, 1)
SYLLABLES = "ba co de fi gu ha jo ke li ma no pe ro sa tu va wi yo za ber ton son ley mar el an"


def run(*, members: int | None, say: Callable[[str], object]) -> dict[str, object]:
    """Screen `members` people (or 10,000) against 85,000 rows; names are invented."""
    chance = random.Random(11)  # noqa: S311 - invented names
    names = _Names(chance)
    rows = [names.entry(number) for number in range(ROWS)]
    people = [names.subject(number) for number in range(members or PEOPLE)]
    say(f"{len(people)} people, {len(rows)} rows")
    started = time.perf_counter()
    index = ListIndex(rows)
    ours = built = time.perf_counter() - started
    plain_rows = [_plain(entry) for entry in rows]
    plain, found, plain_people = 0.0, 0, 0
    share = -(-len(people) // ROUNDS)
    for round_no in range(ROUNDS):
        some = people[round_no * share : (round_no + 1) * share]
        started = time.perf_counter()
        found += sum(len(index.screen(subject, TODAY).findings) for subject in some)
        ours += time.perf_counter() - started
        few = some[: max(1, len(some) // PLAIN_SHARE)]
        started = time.perf_counter()
        for subject in few:
            _plainly(subject.people[0], plain_rows)
        plain += time.perf_counter() - started
        plain_people += len(few)
    recall = _recall(index, rows, names)
    plain_seconds = plain / max(plain_people, 1) * len(people)
    every = [kind["ours"] for kind in recall.values()]
    return {
        "people": len(people),
        "list_rows": len(rows),
        "seconds": round(ours, 2),
        "seconds_to_index": round(built, 2),
        "findings": found,
        "recall": round(min(every), 4),
        "recall_by_variation": recall,
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        "compared_to": f"Jaro-Winkler of whole names, {PLAIN_CUTOFF} or more",
        "plain_people": plain_people,
        "plain_seconds_for_all": round(plain_seconds, 2),
        "ratio_to_plain": round(plain_seconds / ours, 2),
    }


class _Names:
    """Invented people: a few surnames and given names are very common, most are rare."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        syllables = SYLLABLES.split()
        words = {
            "".join(chance.choices(syllables, k=chance.choice((2, 2, 3)))) for _ in range(40_000)
        }
        self.surnames = sorted(words)
        self.givens = [*nicknames(), *sorted(words, key=lambda word: (len(word), word))[:2_000]]

    def pick(self, words: Sequence[str]) -> str:
        """A word, the earlier ones far more often."""
        return words[int(len(words) * self.chance.random() ** 2.2)].upper()

    def born(self) -> date:
        return date(1940, 1, 1) + timedelta(self.chance.randrange(21_000))

    def name(self) -> tuple[str, str, str]:
        middle = self.pick(self.givens) if self.chance.random() < 0.7 else ""
        return self.pick(self.surnames), self.pick(self.givens), middle

    def entry(self, number: int) -> Entry:
        last, first, middle = self.name()
        return Entry(number, last, first, middle, birth_date=self.born(), state="CA",
                     npi=f"1{number:09d}" if self.chance.random() < 0.15 else "")  # fmt: skip

    def subject(self, number: int) -> Subject:
        return Subject(
            f"practitioner:{number}",
            "somebody",
            (PersonName(*self.name()),),
            npi=f"2{number:09d}",
            birth_date=self.born(),
            states=frozenset({"CA"}),
        )

    def slip(self, word: str) -> str:
        """The word with one slip: a letter changed, lost, doubled or swapped with the next."""
        place = self.chance.randrange(len(word) - 1)
        other = self.chance.choice(string.ascii_uppercase)
        head, letter, tail = word[:place], word[place], word[place + 1 :]
        return self.chance.choice(
            (head + other + tail, head + tail, head + letter + letter + tail,
             head + tail[0] + letter + tail[1:])
        )  # fmt: skip


def _variations(names: _Names, entry: Entry) -> dict[str, tuple[PersonName, ...]]:
    """The eight ways in which a person's name comes to differ from the list's."""
    last, first, middle = entry.last_name, entry.first_name, entry.middle_name
    other = names.pick(names.surnames)
    short = names.chance.choice(nicknames()[first]) if first in nicknames() else ""
    varied = {
        "slip in the surname": (PersonName(names.slip(last), first, middle),),
        "slip in the given name": (PersonName(last, names.slip(first), middle),),
        "second surname added": (PersonName(f"{last}-{other}", first, middle),),
        "swapped": (PersonName(first, last, middle),),
        "suffix added": (PersonName(f"{last} JR", first, middle),),
        "former name on file": (PersonName(other, first), PersonName(last, first, "", "former")),
    }
    if middle:
        varied["goes by the middle name"] = (PersonName(last, middle),)
    if short:
        varied["nickname"] = (PersonName(last, short.upper(), middle),)
    return varied


def _recall(index: ListIndex, rows: list[Entry], names: _Names) -> dict[str, dict[str, float]]:
    """How many of the varied people lead to their row, by name alone: ours, and plainly."""
    tried: dict[str, list[tuple[bool, bool]]] = {}
    with_short = [
        n for n, row in enumerate(rows) if row.first_name in nicknames() and row.middle_name
    ]
    for place in names.chance.sample(with_short, VARIED):
        for kind, people in _variations(names, rows[place]).items():
            found = index.screen(Subject("practitioner:0", "somebody", people), TODAY).findings
            ours = any(number == place for number, _ in found)
            plainly = JaroWinkler.similarity(_written(people[0]), _plain(rows[place]))
            tried.setdefault(kind, []).append((ours, plainly >= PLAIN_CUTOFF))
    return {
        kind: {
            "ours": round(sum(ours for ours, _ in hits) / len(hits), 4),
            "plain": round(sum(plain for _, plain in hits) / len(hits), 4),
        }
        for kind, hits in sorted(tried.items())
    }


def _plainly(name: PersonName, rows: list[str]) -> int:
    scored = process.extract(
        _written(name), rows, scorer=JaroWinkler.similarity, score_cutoff=PLAIN_CUTOFF, limit=None
    )
    return len(scored)


def _plain(entry: Entry) -> str:
    return f"{entry.last_name} {entry.first_name} {entry.middle_name}".strip()


def _written(name: PersonName) -> str:
    return f"{name.last} {name.first} {name.middle}".strip()
