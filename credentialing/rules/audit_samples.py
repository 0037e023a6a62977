"""Samples for audits: drawn by a seed that anybody can draw again, judged 8 of 30."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ipaportal.core.samples import drawn_first, hash_of_lines

SAMPLE, FIRST = 30, 8
SAMPLE_CITATION = "NCQA delegation oversight, “8/30” file review (ICE tools; own knowledge)"
INTEGRITY_CITATION = (
    "NCQA CR 8 (information integrity): 5 % or 50 files, whichever is less, at least 10 of "
    "credentialing and 10 of recredentialing, or the universe"
)
INTEGRITY_LEAST, INTEGRITY_MOST = 10, 50


@dataclass(frozen=True)
class Decided:
    """One decision of the universe: what identifies it to whoever draws again."""

    event_id: int
    kind: str  # initial or recred
    decision_date: date

    @property
    def line(self) -> str:
        """Its line of the population, as it is hashed."""
        return f"{self.event_id}\t{self.kind}\t{self.decision_date.isoformat()}"


def population_hash(universe: Iterable[Decided]) -> str:
    """The hash of the universe: its lines in order of their number."""
    return hash_of_lines(one.line for one in sorted(universe, key=lambda one: one.event_id))


def drawn(universe: Iterable[Decided], seed: str, count: int) -> list[Decided]:
    """The first of the universe in the order that the seed fixes."""
    return drawn_first(universe, seed, count, lambda one: one.event_id)


def integrity_sample(universe: Sequence[Decided], seed: str) -> list[Decided]:
    """The sample of the yearly audit of information integrity, of each kind its share."""
    initial = [one for one in universe if one.kind != "recred"]
    recred = [one for one in universe if one.kind == "recred"]
    wanted = integrity_sizes(len(initial), len(recred))
    return [
        *drawn(initial, seed, wanted[0]),
        *drawn(recred, seed, wanted[1]),
    ]


def integrity_sizes(initial: int, recred: int) -> tuple[int, int]:
    """How many files of each kind: 5 % or 50 in all, at least 10 of each, or what there is."""
    total = initial + recred
    wanted = min(-(-total * 5 // 100), INTEGRITY_MOST)
    of_initial = min(initial, max(INTEGRITY_LEAST, -(-wanted * initial // max(total, 1))))
    of_recred = min(recred, max(INTEGRITY_LEAST, wanted - of_initial))
    return of_initial, of_recred


@dataclass(frozen=True)
class FactorResult:
    """What a factor of the worksheet comes to so far."""

    reviewed: int
    passed: int
    needed: int
    is_over: bool

    @property
    def percent(self) -> int | None:
        """The share that passed, rounded down; none while nothing was reviewed."""
        return self.passed * 100 // self.reviewed if self.reviewed else None


def factor_result(answers: Sequence[bool | None]) -> FactorResult:
    """
    Judge a factor over the files in the order they were drawn; None is not reviewed yet.

    The first 8 are reviewed; if all pass it is over, one that fails makes it all of the sample
    (30, or as many as there are). A file to which a factor does not apply is left out before.
    """
    first = answers[:FIRST]
    # What comes after eight that pass is not looked at, even where it is known.
    has_failed = any(one is False for one in first)
    needed = len(answers) if has_failed else len(first)
    seen = [one for one in answers[:needed] if one is not None]
    passed = sum(one is True for one in seen)
    return FactorResult(len(seen), passed, needed, len(seen) == needed)


def worksheet(
    files: Sequence[int], factors: Sequence[str], marks: Mapping[tuple[int, str], bool]
) -> dict[str, FactorResult]:
    """Every factor over the files of a sample, from the marks that were given."""
    return {f: factor_result([marks.get((file, f)) for file in files]) for f in factors}
