"""
Who is at risk for a service: the division of financial responsibility that a contract agrees on.

Codes belong to a category by ranges of procedure codes, revenue codes or places of service; the
narrowest range that holds a code decides, procedures before revenue codes before places. A service
that no range holds is the IPA's, as it was before there was a division.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from compliance.rules.code_ranges import lies_in, width


class Risk(StrEnum):
    """Who pays."""

    PLAN = "plan"
    IPA = "ipa"
    HOSPITAL = "hospital"


class Kind(StrEnum):
    """What a range is of."""

    PROCEDURE = "procedure"
    REVENUE = "revenue"
    PLACE = "place"


WORDS = {Risk.PLAN: "the plan", Risk.IPA: "the IPA", Risk.HOSPITAL: "the hospital"}
ORDER = (Kind.PROCEDURE, Kind.REVENUE, Kind.PLACE)
# Of a claim that is another's to pay, the reason for which it waits.
REASON = {Risk.PLAN: "plans_risk", Risk.HOSPITAL: "hospitals_risk"}
MIXED = "mixed_risk"


@dataclass(frozen=True, slots=True)
class Range:
    """Codes from the first to the last, both inclusive, of one category."""

    kind: Kind
    first: str
    last: str
    category: str
    risk: Risk

    def holds(self, code: str) -> bool:
        """Whether a code lies in it: of the same length, letters and digits in order."""
        return lies_in(code, self.first, self.last)

    @property
    def width(self) -> tuple[int, ...]:
        """How far it reaches, to be compared: by the first place in which its ends differ."""
        return width(self.first, self.last)


@dataclass(frozen=True, slots=True)
class Codes:
    """What a service says of itself."""

    procedure: str
    revenue: str
    place: str

    def of(self, kind: Kind) -> str:
        """Its code of a kind."""
        return {Kind.PROCEDURE: self.procedure, Kind.REVENUE: self.revenue,
                Kind.PLACE: self.place}[kind]  # fmt: skip


def range_of(ranges: Iterable[Range], codes: Codes) -> Range | None:
    """The range that decides of a service; None where none holds it."""
    rows = list(ranges)
    for kind in ORDER:
        code = codes.of(kind)
        held = [row for row in rows if row.kind == kind and code and row.holds(code)]
        if held:
            return min(held, key=lambda row: (row.width, row.first, row.category))
    return None


def reason_of(decided: Sequence[Range | None]) -> tuple[str, str]:
    """
    Why a claim waits by whom its services belong to, and in words; nothing where it is ours.

    A claim of which a part is ours is decided by a person: a claim is paid whole or not at all.
    """
    risks = {row.risk if row else Risk.IPA for row in decided}
    if risks <= {Risk.IPA}:
        return "", ""
    words = "; ".join(
        f"line {at}: {row.category} ({WORDS[row.risk]})"
        for at, row in enumerate(decided, 1)
        if row is not None and row.risk != Risk.IPA
    )
    return (REASON[risks.pop()] if len(risks) == 1 else MIXED), words


def decides(ranges: Iterable[Range], code: str) -> Range | None:
    """The range that decides of one code, taken as what its length makes it."""
    return range_of(
        ranges,
        Codes(
            procedure=code if len(code) == 5 else "",
            revenue=code if len(code) == 4 else "",
            place=code if len(code) == 2 else "",
        ),
    )


def differences(
    before: Sequence[Range], after: Sequence[Range]
) -> list[tuple[Range | None, Range | None]]:
    """What a version changes against the one before it, by codes: (before, after)."""
    old, new = ({(one.kind, one.first, one.last): one for one in rows} for rows in (before, after))
    keys = sorted(old.keys() | new.keys(), key=lambda key: (ORDER.index(key[0]), *key[1:]))
    return [(old.get(key), new.get(key)) for key in keys if old.get(key) != new.get(key)]
