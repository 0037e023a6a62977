"""
Reads what a plan answers to claims and encounters: the 999 for the file, the 277CA for each claim.

Of a 277CA only the patients' level counts: there stands our number of the claim (TRN02), what
became of it (STC01) and the plan's own number (REF 1K). Categories are those of X12's external
list 507, as far as they are known here (own knowledge, unverified).
"""

from dataclasses import dataclass, field

from ipaportal.core.x12 import Problem, Reader, Segment, Source, element

PATIENT_LEVELS = frozenset({"PT", "22", "23"})
ACCEPTED = frozenset({"A0", "A1", "A2", "A5"})
REJECTED = frozenset({"A3", "A4", "A6", "A7", "A8"})
GROUP_ACCEPTED = frozenset({"A", "E"})
MAX_ROWS = 200_000


@dataclass(slots=True)
class ClaimAnswer:
    """What became of one claim."""

    segment_no: int
    ref: str = ""
    codes: list[str] = field(default_factory=list)
    words: str = ""
    plan_number: str = ""

    @property
    def is_said(self) -> bool:
        """Whether it says something that is known."""
        return any(self._category(code) in ACCEPTED | REJECTED for code in self.codes)

    @property
    def is_accepted(self) -> bool:
        """Whether nothing in it is a rejection."""
        return self.is_said and not any(self._category(code) in REJECTED for code in self.codes)

    @staticmethod
    def _category(code: str) -> str:
        return code.split(":")[0]


@dataclass(slots=True)
class PlanAnswer:
    """A 999 or 277CA as it came."""

    kind: str = ""
    groups: list[tuple[str, str, list[str]]] = field(default_factory=list)
    """Of a 999: group control number, its AK901, and the codes of what is wrong."""
    claims: list[ClaimAnswer] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read_answer(source: Source) -> PlanAnswer:
    """Read an answer whole; what makes it unusable is in its problems with `refused`."""
    found = PlanAnswer()
    reader = Reader(source)
    level, current, component = "", None, ":"
    for number, segment in reader:
        kind = segment[0]
        if kind == "ISA":
            component = element(segment, 16) or ":"
        elif kind == "ST":
            found.kind = found.kind or element(segment, 1)
        elif kind in ("AK1", "IK5", "AK5", "AK9"):
            _group(found, kind, segment)
        elif kind == "HL":
            level, current = element(segment, 3), None
        elif level in PATIENT_LEVELS and found.kind == "277":
            current = _claim(found, current, number, segment, component)
    found.problems += reader.problems
    if found.kind not in ("999", "277"):
        words = "This is neither a 999 nor a 277."
        found.problems.insert(0, Problem("segment 3 (ST)", "not_an_answer", words, "refused"))
    return found


def _group(found: PlanAnswer, kind: str, segment: Segment) -> None:
    if kind == "AK1":
        found.groups.append((element(segment, 2), "", []))
    elif found.groups:
        control, said, codes = found.groups[-1]
        if kind == "AK9":
            said = element(segment, 1)
        else:
            codes += [code for code in segment[2:7] if code]
        found.groups[-1] = (control, said, codes)


def _claim(
    found: PlanAnswer, current: ClaimAnswer | None, number: int, segment: Segment, component: str
) -> ClaimAnswer | None:
    """One segment of a patient's level; services (SVC) end what is said of the claim itself."""
    kind = segment[0]
    if kind == "TRN" and element(segment, 1) == "2" and len(found.claims) < MAX_ROWS:
        current = ClaimAnswer(number, element(segment, 2))
        found.claims.append(current)
    elif kind == "SVC" or current is None:
        return None
    elif kind == "STC":
        current.codes += [
            ":".join(code.split(component)[:2])
            for code in (element(segment, at) for at in (1, 10, 11))
            if code
        ]
        current.words = current.words or element(segment, 12)
    elif kind == "REF" and element(segment, 1) == "1K":
        current.plan_number = element(segment, 2)
    return current
