"""What is wrong with an X12 document, as its readers find it."""

from collections import Counter
from dataclasses import dataclass, field

from ipaportal.core.x12 import Problem, Segment

MAX_PROBLEMS = 500


@dataclass(slots=True)
class Faults:
    """Collects what is wrong with a file, up to a number, and counts all of it by severity."""

    found: list[Problem] = field(default_factory=list)
    counted: Counter[str] = field(default_factory=Counter)

    def refuse(self, number: int, segment: Segment | str, code: str, words: str) -> None:
        """Name a fault at a segment; the file is not to be used."""
        self._add(number, segment, code, words, "refused")

    def unbalanced(self, number: int, segment: Segment | str, code: str, words: str) -> None:
        """Name a total that is not the sum of its parts."""
        self._add(number, segment, code, words, "unbalanced")

    def note(self, number: int, segment: Segment | str, code: str, words: str) -> None:
        """Name something that does no harm."""
        self._add(number, segment, code, words, "note")

    def _add(
        self, number: int, segment: Segment | str, code: str, words: str, severity: str
    ) -> None:
        self.counted[severity] += 1
        if len(self.found) < MAX_PROBLEMS:
            name = segment if isinstance(segment, str) else segment[0]
            self.found.append(Problem(f"segment {number} ({name})", code, words, severity))
