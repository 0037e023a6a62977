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
    item: int = 0
    codes: tuple[tuple[str, int], ...] = ()
    """(GTIN, how many packs as ordered it holds; 0 if it is less than one)."""

    def packs_of(self, gtin: str) -> int | None:
        """How many packs a code stands for, where somebody recorded it."""
        return dict(self.codes).get(gtin)


@dataclass(frozen=True, slots=True)
class Known:
    """An item of the catalogue, so that a code of something else is named."""

    name: str
    ndc: Ndc | None = None
    gtins: frozenset[str] = frozenset()

    def has(self, gtin: str) -> bool:
        """Whether a code is its."""
        return gtin in self.gtins or (self.ndc is not None and matches_gtin(self.ndc, gtin))


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


def line_of(scan: Scan, wanted: Sequence[Wanted], known: Iterable[Known] = ()) -> Wanted:
    """
    Which line a package is of: whose recorded code it is, or whose NDC its digits are.

    How ten digits part is what the catalogue says of what is on order.

    :raises BadScan: if it is of none, or if two different items have these ten digits
    """
    recorded = [one for one in wanted if one.packs_of(scan.gtin) is not None]
    if recorded:
        return recorded[0]
    ten = ten_digits_of(scan.gtin)
    others = sorted({one.name for one in known if one.has(scan.gtin)})
    if ten is None and not others:
        raise BadScan(
            "no_ndc",
            f"The code {scan.gtin} holds no NDC, and nobody recorded whose it is.",
            "Open the delivery and count by hand; the IPA records codes with the item.",
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
    known: Sequence[Known],
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
            line, packs = _with_room(scan, wanted, known, left)
            _check_lot(scan, line)
        except BadScan as bad:
            refused.append((text, bad.code, str(bad)))
            continue
        left[line.key] -= packs
        if scan.serial:
            seen.add((scan.gtin, scan.serial))
        groups.setdefault((line.key, line.name, scan.lot, scan.expires), []).append((scan, packs))
    of = {one.key: one for one in wanted}
    parcels = tuple(_parcel(of[key[0]], found, today) for key, found in groups.items())
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


def _with_room(scan: Scan, wanted, known, left: dict[int, int]) -> tuple[Wanted, int]:
    """The first line of the item that still expects what the code stands for, and how much."""
    line = line_of(scan, wanted, known)
    same = [one for one in wanted if (one.item, one.name) == (line.item, line.name)]
    for one in same:
        recorded = one.packs_of(scan.gtin)
        packs = 1 if recorded is None else recorded
        if packs == 0:
            raise BadScan(
                "less_than_a_pack",
                f"This is the code of a part of {line.name}, not of a pack as ordered.",
                "Scan the code of the pack, or count by hand.",
            )
        if left[one.key] >= packs:
            return one, packs
    raise BadScan(
        "over",
        f"More of {line.name} came than the {sum(one.left for one in same):,} that are expected.",
        "Keep the rest apart, and report on the delivery that more came.",
    )


def _parcel(line: Wanted, found: list[tuple[Scan, int]], today: date) -> Parcel:
    scans = [scan for scan, _ in found]
    doubts = [one.doubt for one in scans if one.doubt]
    unsure = {one.level for one in scans if line.packs_of(one.gtin) is None} - {0}
    if unsure:
        told = ", ".join(map(str, sorted(unsure)))
        doubts.append(
            f"The code is of packaging level {told}: check that it is one pack as ordered."
        )
    expires = scans[0].expires
    if is_short_dated(expires, today):
        doubts.append(short_words(expires, today))
    codes = tuple((one.gtin, one.serial) for one in scans if one.serial)
    packs = sum(many for _, many in found)
    return Parcel(line.key, line.name, scans[0].lot, expires, packs, codes,
                  tuple(dict.fromkeys(doubts)))  # fmt: skip
