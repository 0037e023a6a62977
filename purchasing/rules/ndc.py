"""
National Drug Codes: three segments, and the four ways in which they are written.

FDA gives ten digits as 4-4-2, 5-3-2 or 5-4-1; claims carry eleven as 5-4-2; from 2033-03-07 on
all are twelve as 6-4-2 (91 FR 10749). Only with hyphens do ten digits say where they part.
"""

import re
from dataclasses import dataclass
from datetime import date

from ipaportal.core.csvfiles import excel_damage
from ipaportal.core.refusals import Refused

TWELVE_FROM = date(2033, 3, 7)
TWELVE_CITATION = "91 FR 10749 (2026-03-05), effective 2033-03-07"

_TEN = {(4, 4, 2), (5, 3, 2), (5, 4, 1)}
_FORMATS = _TEN | {(5, 4, 2), (6, 4, 2)}
_HYPHENS = str.maketrans({"–": "-", "—": "-", "‐": "-", "‑": "-", "−": "-"})
_SEGMENTS = re.compile(r"([0-9]{4,6})-([0-9]{3,4})-([0-9]{1,2})")
_PRODUCT = re.compile(r"([0-9]{4,6})-([0-9]{3,4})")


class BadNdc(Refused):
    """A text that is no National Drug Code, or does not say which."""

    def __init__(self, text: str, why: str) -> None:
        super().__init__(
            f"“{text[:40]}” cannot be read as an NDC: {why}. Nothing was changed. "
            "Give it with hyphens, as it stands on the package, or as eleven digits."
        )
        self.why = why


@dataclass(frozen=True, slots=True)
class Ndc:
    """A code as it was written, in segments; `source_format` is such as 5-3-2."""

    labeler: str
    product: str
    package: str

    @property
    def source_format(self) -> str:
        """How many digits each segment was written with."""
        return "-".join(str(len(part)) for part in (self.labeler, self.product, self.package))

    @property
    def hyphenated(self) -> str:
        """As it was written."""
        return f"{self.labeler}-{self.product}-{self.package}"

    @property
    def ndc12(self) -> str:
        """Twelve digits: one for each code, in whatever form it came; what codes are found by."""
        return f"{self.labeler:0>6}{self.product:0>4}{self.package:0>2}"

    @property
    def ndc11(self) -> str | None:
        """Eleven digits for claims; None for a labeler of six digits that does not fit."""
        labeler = self.labeler
        if len(labeler) == 6:
            if labeler[0] != "0":
                return None
            labeler = labeler[1:]
        return f"{labeler:0>5}{self.product:0>4}{self.package:0>2}"

    @property
    def ndc10(self) -> str | None:
        """FDA's ten digits with hyphens; None where eleven or twelve do not say which they were."""
        if tuple(map(len, (self.labeler, self.product, self.package))) in _TEN:
            return self.hyphenated
        eleven = self.ndc11
        if eleven is None:
            return None
        labeler, product, package = eleven[:5], eleven[5:9], eleven[9:]
        short = [
            form
            for starts, form in (
                (labeler, (labeler[1:], product, package)),
                (product, (labeler, product[1:], package)),
                (package, (labeler, product, package[1:])),
            )
            if starts[0] == "0"
        ]
        return "-".join(short[0]) if len(short) == 1 else None

    @property
    def product_key(self) -> str:
        """Labeler and product without the package, for what concerns all its packages."""
        return self.ndc12[:10]

    @property
    def labeler_key(self) -> str:
        """The labeler's own six digits."""
        return self.ndc12[:6]


def parse_ndc(text: str) -> Ndc:
    """
    Read a code with hyphens in any format, or eleven or twelve digits without.

    :raises BadNdc: if it is none, or if ten digits without hyphens do not say which
    """
    written = text.strip().translate(_HYPHENS)
    damage = excel_damage(written)
    if damage:
        raise BadNdc(text, damage)
    found = _SEGMENTS.fullmatch(written)
    if found is not None:
        parts = found.groups()
        if tuple(map(len, parts)) not in _FORMATS:
            form = "-".join(str(len(part)) for part in parts)
            raise BadNdc(text, f"no NDC is written {form}")
        return _real(Ndc(*parts), text)
    if not (written.isascii() and written.isdigit()):
        raise BadNdc(text, "it is not three groups of digits")
    if len(written) == 11:
        return _real(Ndc(written[:5], written[5:9], written[9:]), text)
    if len(written) == 12:
        return _real(_twelve(written, text), text)
    if len(written) == 10:
        why = (
            "ten digits without hyphens may be 4-4-2, 5-3-2 or 5-4-1, or eleven that lost their "
            "first zero in a spreadsheet"
        )
        raise BadNdc(text, why)
    raise BadNdc(text, f"it has {len(written)} digits")


def _twelve(digits: str, text: str) -> Ndc:
    # A bar code of ten digits is 3, the code and a check digit: twelve digits that are no NDC.
    if digits[0] == "3" and is_gtin(digits):
        raise BadNdc(text, "these twelve digits may as well be a bar code (UPC)")
    return Ndc(digits[:6], digits[6:10], digits[10:])


def _real(ndc: Ndc, text: str) -> Ndc:
    if not ndc.labeler.strip("0"):
        raise BadNdc(text, "its labeler is all zeros")
    return ndc


def parse_product(text: str) -> str:
    """
    Read labeler and product (such as 0002-1200) as the key that `Ndc.product_key` has.

    :raises BadNdc: if they are not
    """
    found = _PRODUCT.fullmatch(text.strip().translate(_HYPHENS))
    forms = {form[:2] for form in _FORMATS}
    if found is None or tuple(map(len, found.groups())) not in forms:
        raise BadNdc(text, "it is not a labeler and a product, such as 0002-1200")
    return f"{found[1]:0>6}{found[2]:0>4}"


def is_gtin(text: str) -> bool:
    """
    Tell whether the last digit checks a bar code of 8, 12, 13 or 14 digits.

    Source: GS1 General Specifications, "Check digit calculations" (own knowledge, unverified).
    """
    if len(text) not in (8, 12, 13, 14) or not (text.isascii() and text.isdigit()):
        return False
    return gtin_check_digit(text[:-1]) == int(text[-1])


def gtin_check_digit(digits: str) -> int:
    """The digit that makes a bar code of the digits before it: three times every other, from it."""
    weighed = sum(
        int(digit) * (1 if place % 2 else 3) for place, digit in enumerate(reversed(digits))
    )
    return -weighed % 10


def gtin_of(ndc: Ndc, level: int = 0) -> str | None:
    """
    The 14 digits of a package's bar code: level, 03, the ten digits, check digit.

    None where the ten digits are not known. Source: FDA, Product Identifiers under DSCSA, and
    GS1 Healthcare US (own knowledge, unverified).
    """
    ten = ndc.ndc10
    if ten is None:
        return None
    digits = f"{level}03{ten.replace('-', '')}"
    return f"{digits}{gtin_check_digit(digits)}"


def ten_digits_of(gtin: str) -> str | None:
    """The ten digits of an NDC in a drug's bar code, without hyphens; None if it holds none."""
    if not is_gtin(gtin):
        return None
    full = gtin.zfill(14)
    return full[3:13] if full[1:3] == "03" else None


def matches_gtin(ndc: Ndc, gtin: str) -> bool:
    """Whether a bar code is a package's, whatever its level; False also where nobody can say."""
    ten = ndc.ndc10
    return ten is not None and ten_digits_of(gtin) == ten.replace("-", "")
