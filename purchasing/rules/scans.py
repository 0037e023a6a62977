"""
What a bar code on a package says, and for which line of an order it came: a hint, never a count.

Ten digits of an NDC in a bar code do not say where they part. That is not guessed: the code is
compared with the codes of what is on order, whose segments the catalogue knows.
"""

import calendar
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from ipaportal.core.refusals import Refused
from purchasing.rules.ndc import TWELVE_FROM, Ndc, is_gtin, matches_gtin, ten_digits_of

# Below this, what came is taken in and staff are told: a choice of this portal.
SHORT_DATED_DAYS = 180


class BadScan(Refused):
    """A code that cannot be used, by name; `code` is one word for it."""

    def __init__(self, code: str, why: str, step: str) -> None:
        super().__init__(f"{why} It was not counted. {step}")
        self.code = code


@dataclass(frozen=True, slots=True)
class Scan:
    """One package as its code tells it; `doubt` is what the receiver has to compare."""

    gtin: str
    lot: str = ""
    expires: date | None = None
    serial: str = ""
    doubt: str = ""

    @property
    def level(self) -> int:
        """The packaging level that the first digit names; 0 is the package itself."""
        return int(self.gtin[0])


@dataclass(frozen=True, slots=True)
class Wanted:
    """A line that something is still expected on."""

    key: int
    name: str
    ndc: Ndc | None
    left: int
    needs_lot: bool = False


@dataclass(frozen=True, slots=True)
class Parcel:
    """Packages of one line, lot and expiry that were scanned together."""

    key: int
    name: str
    lot: str
    expires: date | None
    packs: int
    codes: tuple[tuple[str, str], ...]
    """(GTIN, serial) of each that has a serial."""
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sorted:
    """What becomes of everything that was scanned."""

    parcels: tuple[Parcel, ...]
    refused: tuple[tuple[str, str, str], ...]
    """(what was scanned, one word, why and what to do)."""


def checked_gtin(text: str) -> str:
    """
    The fourteen digits of a GTIN.

    :raises BadScan: if its check digit is wrong
    """
    if not is_gtin(text):
        raise BadScan(
            "check_digit",
            f"The check digit of {text[:20]} is wrong: a digit was misread.",
            "Scan it again, or type what stands under the code.",
        )
    return text.zfill(14)


def expiry_of(text: str, today: date) -> date:
    """
    Read an expiry of six digits; the day 00 is the last of its month.

    A year lies within fifty of today's. Source: GS1 General Specifications, "Determination of
    century in dates" (own knowledge, unverified).

    :raises BadScan: if there is no such day
    """
    try:
        short, month, day = int(text[:2]), int(text[2:4]), int(text[4:6])
        year = today.year // 100 * 100 + short
        if short - today.year % 100 >= 51:
            year -= 100
        elif short - today.year % 100 <= -50:
            year += 100
        return date(year, month, day or calendar.monthrange(year, month)[1])
    except (ValueError, calendar.IllegalMonthError) as bad:
        raise BadScan(
            "no_such_day",
            f"The code says that it expires on {text[:6]}, and there is no such day.",
            "Read the date off the package and count this one by hand.",
        ) from bad


def is_short_dated(expires: date | None, today: date) -> bool:
    """Whether little time is left to use it."""
    return expires is not None and (expires - today).days < SHORT_DATED_DAYS


def short_words(expires: date, today: date) -> str:
    """How long it can still be used, as a receiver reads it."""
    days = (expires - today).days
    return f"It expires in {days} days, on {expires:%b %-d, %Y}."


def line_of(scan: Scan, wanted: Sequence[Wanted], known: Iterable[tuple[str, Ndc]] = ()) -> Wanted:
    """
    Which line a package is of: whose NDC its digits are, once the catalogue says how they part.

    `known` is the rest of the catalogue by name, so that a code of something else is named.

    :raises BadScan: if it is of none, or if two different items have these ten digits
    """
    ten = ten_digits_of(scan.gtin)
    if ten is None:
        raise BadScan(
            "no_ndc",
            f"The code {scan.gtin} holds no NDC, so it does not say which item it is of.",
            "Open the delivery and count by hand.",
        )
    fitting = [one for one in wanted if one.ndc is not None and matches_gtin(one.ndc, scan.gtin)]
    if len({one.ndc.ndc12 for one in fitting}) > 1:
        names = " and ".join(sorted({one.name for one in fitting}))
        raise BadScan(
            "ambiguous",
            f"The ten digits {ten} are those of {names}, depending on where they part.",
            "Read the NDC with its hyphens off the package, and count by hand.",
        )
    if fitting:
        return fitting[0]
    others = sorted({name for name, ndc in known if matches_gtin(ndc, scan.gtin)})
    if others:
        raise BadScan(
            "other_item",
            f"This is the code of {' or '.join(others)}, and none is expected here.",
            "Keep it apart and tell the IPA: it may be somebody else's, or not ordered.",
        )
    more = "" if TWELVE_FROM.year > 2033 else _twelve_words(wanted)
    raise BadScan(
        "other_item",
        f"No item on order has the digits {ten} that this code holds.",
        f"Keep it apart and tell the IPA what is printed on it.{more}",
    )


def _twelve_words(wanted: Sequence[Wanted]) -> str:
    """Items whose ten digits nobody can say cannot be found by a bar code of ten."""
    mute = sorted({one.name for one in wanted if one.ndc is not None and one.ndc.ndc10 is None})
    if not mute:
        return ""
    return f" Count {', '.join(mute[:3])} by hand: its NDC does not say which ten digits it has."


def sort_scans(
    scans: Sequence[tuple[str, Scan | BadScan]],
    wanted: Sequence[Wanted],
    known: Sequence[tuple[str, Ndc]],
    taken: frozenset[tuple[str, str]],
    today: date,
) -> Sorted:
    """
    Put everything that was scanned together by line, lot and expiry; name what is left out.

    `taken` are serials that were received before. Lines are filled in the order given.
    """
    refused, groups = [], {}
    left = {one.key: one.left for one in wanted}
    seen: set[tuple[str, str]] = set()
    for text, scan in scans:
        try:
            if isinstance(scan, BadScan):
                raise scan
            _check(scan, seen, taken, today)
            line = _with_room(scan, wanted, known, left)
            _check_lot(scan, line)
        except BadScan as bad:
            refused.append((text, bad.code, str(bad)))
            continue
        left[line.key] -= 1
        if scan.serial:
            seen.add((scan.gtin, scan.serial))
        groups.setdefault((line.key, line.name, scan.lot, scan.expires), []).append(scan)
    parcels = tuple(_parcel(key, found, today) for key, found in groups.items())
    return Sorted(parcels, tuple(refused))


def _check(scan: Scan, seen: set, taken: frozenset, today: date) -> None:
    if scan.serial and (scan.gtin, scan.serial) in seen:
        raise BadScan(
            "twice",
            f"Serial {scan.serial} was scanned twice.",
            "Nothing to do: it is counted once.",
        )
    if scan.serial and (scan.gtin, scan.serial) in taken:
        raise BadScan(
            "known_serial",
            f"Serial {scan.serial} was received before, and a serial is one package's alone.",
            "If this is another package, keep it apart and report a suspect product.",
        )
    if scan.expires is not None and scan.expires < today:
        raise BadScan(
            "expired",
            f"It expired on {scan.expires:%b %-d, %Y}.",
            "Do not use it: count it as damaged or wrong.",
        )


def _check_lot(scan: Scan, line: Wanted) -> None:
    missing = [name for name, value in (("lot", scan.lot), ("expiry", scan.expires)) if not value]
    if line.needs_lot and missing:
        raise BadScan(
            "lot_missing",
            f"The code of {line.name} holds no {' and no '.join(missing)}.",
            "Scan the square code instead of the bars, or count by hand off the package.",
        )


def _with_room(scan: Scan, wanted, known, left: dict[int, int]) -> Wanted:
    """The first line of the item that still expects a pack."""
    line = line_of(scan, wanted, known)
    same = [one for one in wanted if one.ndc is not None and one.ndc.ndc12 == line.ndc.ndc12]
    for one in same:
        if left[one.key] > 0:
            return one
    raise BadScan(
        "over",
        f"More of {line.name} came than the {sum(one.left for one in same):,} that are expected.",
        "Keep the rest apart, and report on the delivery that more came.",
    )


def _parcel(key: tuple, found: list[Scan], today: date) -> Parcel:
    line, name, lot, expires = key
    doubts = [one.doubt for one in found if one.doubt]
    levels = sorted({one.level for one in found} - {0})
    if levels:
        told = ", ".join(map(str, levels))
        doubts.append(
            f"The code is of packaging level {told}: check that it is one pack as ordered."
        )
    if is_short_dated(expires, today):
        doubts.append(short_words(expires, today))
    codes = tuple((one.gtin, one.serial) for one in found if one.serial)
    return Parcel(line, name, lot, expires, len(found), codes, tuple(dict.fromkeys(doubts)))
