"""Which line of our order a line of a supplier's document is about; nothing is guessed."""

from collections.abc import Sequence
from dataclasses import dataclass

from purchasing.rules.purchase_papers import location_of

NO_ORDER = "There is no order of this number from this supplier."
CHOOSE = "Say which line of the order it is about, or set it aside."
ASK = "Ask the supplier to correct it and to send it again."


@dataclass(frozen=True, slots=True)
class OrderLine:
    """A line of an order as it went out, and how many packs each office is to get."""

    key: int
    number: int
    name: str
    code: str
    ndc12: str
    packs: int
    parts: tuple[tuple[int, int, int], ...]
    """Office, our line for it, packs."""
    unit: str = ""
    skus: frozenset[str] = frozenset()
    """The supplier's own numbers for it that a person said before, in small letters."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a document says of which line it is about."""

    line: str = ""
    ndc12: str = ""
    code: str = ""
    sku: str = ""
    site: str = ""

    @property
    def goods(self) -> str:
        """The goods in words."""
        return self.ndc12 or self.code or self.sku or "goods without a number"


@dataclass(frozen=True, slots=True)
class Found:
    """The line, or why there is none and what to do."""

    line: OrderLine | None
    part: tuple[int, int, int] | None = None
    reason: str = ""


def find(said: Said, lines: Sequence[OrderLine]) -> Found:
    """
    Find a line by its goods, and by its number where they are not named or stand in two lines.

    A number alone is believed only if the goods it comes with are not other goods. The supplier's
    own number names goods once a person said which.
    """
    same = [one for one in lines if _is_of(said, one)]
    numbered = [one for one in lines if said.line and said.line.lstrip("0") == str(one.number)]
    if len(same) > 1:
        same = [one for one in same if one in numbered]
    if len(same) == 1:
        return _at_site(said, same[0])
    if not numbered:
        what = f"line {said.line[:10]}" if said.line else "no line"
        return Found(None, reason=f"It names {what} and {said.goods}: the order has neither.")
    (line,) = numbered
    if said.ndc12 or _is_known(said.code):
        why = f"Line {line.number} of the order is {line.name}, and this is about {said.goods}."
        return Found(None, reason=why)
    return _at_site(said, line)


def _is_of(said: Said, line: OrderLine) -> bool:
    if said.ndc12 and line.ndc12:
        return said.ndc12 == line.ndc12
    if _is_known(said.code):
        return said.code.casefold() == line.code.casefold()
    return not said.ndc12 and said.sku.strip().casefold() in line.skus


def _is_known(code: str) -> bool:
    return bool(code.strip())


def _at_site(said: Said, line: OrderLine) -> Found:
    if not said.site:
        only = line.parts[0] if len(line.parts) == 1 else None
        return Found(line, only)
    office = location_of(said.site)
    part = next((one for one in line.parts if one[0] == office), None)
    if part is None:
        why = f"No packs of {line.name} were ordered for the office {said.site[:20]}."
        return Found(None, reason=why)
    return Found(line, part)
