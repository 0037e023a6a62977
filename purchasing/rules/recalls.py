"""
From a recall to the practices that may hold what is recalled.

FDA's records often carry the code and the lot in prose alone, so both are read from text too.
Only a code and a lot that fit exactly are told to practices at once; all else is shown to a
person. Where a lot is not known, it is unknown: never "not affected".
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum

from purchasing.rules.ndc import BadNdc, Ndc, parse_ndc, parse_product
from purchasing.rules.udi import core_of, read_udi

# Days to answer in, by FDA's class; a choice of this portal.
ANSWER_WITHIN = {
    "Class I": timedelta(days=1), "Class II": timedelta(days=3), "Class III": timedelta(days=10),
}  # fmt: skip
UNCLASSIFIED_WITHIN = timedelta(days=1)

_HYPHEN = "[-–—‐‑]"
_NDC = re.compile(
    rf"(?<![0-9A-Z{_HYPHEN[1:-1]}])[0-9]{{4,6}}{_HYPHEN}[0-9]{{3,4}}{_HYPHEN}[0-9]{{1,2}}(?![0-9])"
)
_PRODUCT = re.compile(
    rf"\bNDC\b[^0-9]{{0,12}}([0-9]{{4,6}}{_HYPHEN}[0-9]{{3,4}})(?!{_HYPHEN}?[0-9])", re.IGNORECASE
)
_BARE = re.compile(r"\bNDC\b[^0-9A-Z]{0,6}([0-9]{11})(?![0-9])", re.IGNORECASE)
_LOT_WORD = re.compile(
    r"\b(?:lots?|batch(?:es)?)\b\.?\s*"
    r"(?:(?:numbers?|nos?|codes?|num)\b\.?\s*)?(?:\(s\)\s*)?[#:=]*\s*",
    re.IGNORECASE,
)
_SERIAL_WORD = re.compile(
    r"\b(?:serials?|s/n|sn)\b\.?\s*(?:(?:numbers?|nos?|codes?|num)\b\.?\s*)?(?:\(s\)\s*)?[#:=]*\s*",
    re.IGNORECASE,
)
_EXPIRY_WORD = re.compile(
    r"\b(?:exp(?:iry|iration|ires?|\.)?(?:\s*dates?)?|use by|bud)\b\.?\s*[:=]?\s*", re.IGNORECASE
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun",
           "jul", "aug", "sep", "oct", "nov", "dec")  # fmt: skip
_EXPIRY = re.compile(
    r"(?P<m>[0-9]{1,2})[/-](?:(?P<d>[0-9]{1,2})[/-])?(?P<y>[0-9]{4}|[0-9]{2})(?![0-9/])"
    rf"|(?P<word>{'|'.join(_MONTHS)})[A-Z]{{0,6}}[ .,-]*"
    r"(?:(?P<wd>[0-9]{1,2}),? )?(?P<wy>20[0-9]{2})"
    r"|(?P<iy>20[0-9]{2})-(?P<im>[0-9]{2})(?:-(?P<id>[0-9]{2}))?",
    re.IGNORECASE,
)
_LOT = re.compile(r"[A-Z0-9](?:[A-Z0-9]|[-./](?=[A-Z0-9]))*", re.IGNORECASE)
_BETWEEN = re.compile(r"(?:\s*(?:,|;|&|\band\b|\n)\s*)+", re.IGNORECASE)
_ASIDE = re.compile(r"\s*\([^()]*\)")
_GAP = re.compile(r"[\s,;]*")
_ALL_LOTS = re.compile(r"\ball\s+(?:\w+\s+){0,2}(?:lots?|batch(?:es)?)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Lot:
    """A lot as the recall names it, with its expiry where that is said."""

    number: str
    expires: date | None = None

    @property
    def key(self) -> str:
        """The lot without what people write differently."""
        return lot_key(self.number)


def lot_key(number: str) -> str:
    """A lot number for comparing: capitals, no blanks, hyphens or dots."""
    return re.sub(r"[^A-Z0-9]", "", number.upper())


def ndcs_in(text: str) -> list[Ndc]:
    """All codes in a text, with hyphens or as eleven digits after "NDC", each once."""
    written = [found[0] for found in _NDC.finditer(text)]
    written += [found[1] for found in _BARE.finditer(text)]
    ndcs: dict[str, Ndc] = {}
    for one in written:
        try:
            ndc = parse_ndc(one)
        except BadNdc:
            continue
        ndcs.setdefault(ndc.ndc12, ndc)
    return list(ndcs.values())


def products_in(text: str) -> list[str]:
    """Labeler and product where a text names them without a package, as `Ndc.product_key`."""
    keys = []
    for found in _PRODUCT.finditer(text):
        try:
            keys.append(parse_product(found[1]))
        except BadNdc:
            continue
    return list(dict.fromkeys(keys))


@dataclass(frozen=True, slots=True)
class LotsRead:
    """The lots that a text names, and what of it with a digit in it was not understood."""

    lots: tuple[Lot, ...]
    unread: tuple[str, ...]


def read_serials(text: str) -> tuple[tuple[str, ...], tuple[tuple[int, int], ...]]:
    """All serials that a text names after "serial" or "S/N", and where it does."""
    serials: list[str] = []
    spans = []
    for heading in _SERIAL_WORD.finditer(text):
        found, end = _lots_from(text, heading.end())
        serials += [one.number for one in found]
        if found:
            spans.append((heading.start(), end))
    return tuple(dict.fromkeys(serials)), tuple(spans)


def read_lots(text: str, understood: Iterable[tuple[int, int]] = ()) -> LotsRead:
    """
    All lots that a text names after "lot" or "batch", with the expiry that follows each.

    What is left over tells whether these are all: a range ("100 to 120"), or words that are not
    understood, leave numbers behind, and then a lot that is not among them may yet be recalled.
    `understood` is where the text says something else that was read: codes, serials.
    """
    lots: dict[str, Lot] = {}
    taken = [*understood]
    taken += [found.span() for found in (*_NDC.finditer(text), *_BARE.finditer(text))]
    for heading in _LOT_WORD.finditer(text):
        found, end = _lots_from(text, heading.end())
        for lot in found:
            if lot.key not in lots or lots[lot.key].expires is None:
                lots[lot.key] = lot
        taken.append((heading.start(), end))
    taken += [span for span in _expiry_spans(text)]
    left = list(text)
    for start, end in taken:
        left[start:end] = " " * (end - start)
    unread = [word for word in "".join(left).split() if any(map(str.isdigit, word))]
    return LotsRead(tuple(lots.values()), tuple(unread))


def _expiry_spans(text: str) -> Iterable[tuple[int, int]]:
    for word in _EXPIRY_WORD.finditer(text):
        at = word.end()
        while (found := _EXPIRY.match(text, at)) is not None:
            yield word.start(), found.end()
            between = _BETWEEN.match(text, found.end())
            at = between.end() if between else len(text)


def lots_in(text: str) -> list[Lot]:
    """All lots that a text names, each once."""
    return list(read_lots(text).lots)


def _lots_from(text: str, at: int) -> tuple[list[Lot], int]:
    """Lots one after another, parted by commas, until something that is none; and where."""
    lots: list[Lot] = []
    waiting: list[str] = []
    end = at
    while True:
        found = _LOT.match(text, at)
        if found is None or not _is_lot(found[0]) or _EXPIRY_WORD.match(text, at):
            break
        waiting.append(found[0])
        expires, end = _expiry_after(text, found.end())
        if expires is not None:  # said once for all since the last
            lots += [Lot(number, expires) for number in waiting]
            waiting = []
        between = _BETWEEN.match(text, end)
        if between is None or _LOT_WORD.match(text, between.end()):
            break
        at = between.end()
    return lots + [Lot(number) for number in waiting], end


def _expiry_after(text: str, at: int) -> tuple[date | None, int]:
    """The expiry that follows a lot, in brackets or not, and where reading goes on."""
    aside = _ASIDE.match(text, at)
    if aside is not None:
        found = _EXPIRY.search(aside[0])
        return (_day(found) if found else None), aside.end()
    word = _EXPIRY_WORD.match(text, _GAP.match(text, at).end())
    found = _EXPIRY.match(text, word.end()) if word else None
    day = _day(found) if found else None
    return (day, found.end()) if found and day else (None, at)


def _is_lot(text: str) -> bool:
    return any(map(str.isdigit, text)) and len(text) >= 2


def _day(found: re.Match) -> date | None:
    """The last day of what is said: a month stands for its end."""
    parts = found.groupdict()
    if parts["word"]:
        month = _MONTHS.index(parts["word"].lower()) + 1
        year, day = int(parts["wy"]), parts["wd"]
    elif parts["iy"]:
        month, year, day = int(parts["im"]), int(parts["iy"]), parts["id"]
    else:
        month, year, day = int(parts["m"]), int(parts["y"]), parts["d"]
    year += 2000 if year < 100 else 0
    try:
        if day:
            return date(year, month, int(day))
        following = date(year + month // 12, month % 12 + 1, 1)
        return following - timedelta(days=1)
    except ValueError:
        return None


def names_all_lots(text: str) -> bool:
    """Whether a recall says that it is of every lot."""
    return _ALL_LOTS.search(text) is not None


@dataclass(frozen=True, slots=True)
class Recall:
    """What a recall is of, as far as it says."""

    number: str
    classification: str = ""
    description: str = ""
    labeler: str = ""
    ndcs: tuple[Ndc, ...] = ()
    product_keys: tuple[str, ...] = ()
    lots: tuple[Lot, ...] = ()
    is_all_lots: bool = False
    unread: tuple[str, ...] = ()
    """What of its text with a digit in it was not understood: more lots, maybe."""
    gtins: tuple[str, ...] = ()
    """Article numbers of devices, as their UDI-DI."""
    serials: tuple[str, ...] = ()

    @property
    def keys(self) -> frozenset[str]:
        """Twelve digits of each package it names."""
        return frozenset(ndc.ndc12 for ndc in self.ndcs)


def recall_of(
    number: str,
    classification: str,
    description: str,
    code_info: str,
    labeler: str = "",
    listed_packages: Iterable[str] = (),
    listed_products: Iterable[str] = (),
) -> Recall:
    """Put a recall together from what is listed and what only stands in its text."""
    ndcs = {ndc.ndc12: ndc for ndc in _read(listed_packages)}
    for ndc in ndcs_in(f"{description}\n{code_info}"):
        ndcs.setdefault(ndc.ndc12, ndc)
    products = [*products_in(f"{description}\n{code_info}")]
    for text in listed_products:
        try:
            products.append(parse_product(text))
        except BadNdc:
            continue
    named = {ndc.product_key for ndc in ndcs.values()}
    udi, (serials, where) = read_udi(code_info), read_serials(code_info)
    read = read_lots(code_info, (*udi.spans, *where))
    lots = {lot.key: lot for lot in (*read.lots, *map(Lot, udi.lots))}
    if not lots:
        lots = {lot.key: lot for lot in read_lots(description).lots}
    gtins = (*udi.gtins, *read_udi(description).gtins)
    return Recall(
        number, classification, description, labeler, tuple(ndcs.values()),
        tuple(key for key in dict.fromkeys(products) if key not in named),
        tuple(lots.values()), names_all_lots(code_info), read.unread,
        tuple(dict.fromkeys(gtins)), tuple(dict.fromkeys((*udi.serials, *serials))),
    )  # fmt: skip


def _read(texts: Iterable[str]) -> Iterable[Ndc]:
    for text in texts:
        try:
            yield parse_ndc(text)
        except BadNdc:
            continue


class Rung(IntEnum):
    """How sure it is that something held is what is recalled, the surest last."""

    NONE = 0
    NAME = 1
    LABELER_AND_PRODUCT = 2
    NDC_LOT_UNKNOWN = 3
    NDC_AND_LOT = 4


RUNG_WORDS = {
    Rung.NDC_AND_LOT: "code and lot or serial are the recalled ones",
    Rung.NDC_LOT_UNKNOWN: "the code is recalled, lot or serial is unknown",
    Rung.LABELER_AND_PRODUCT: "labeler and product fit, the package is unknown",
    Rung.NAME: "only the name fits",
}


@dataclass(frozen=True, slots=True)
class Holding:
    """What a practice received: an item, a lot if one was noted, how many."""

    practice: str
    name: str
    ndc: Ndc | None
    lot: str
    quantity: int
    gtins: frozenset[str] = frozenset()
    """Article numbers that are recorded of it, whatever packs they are of."""
    serials: tuple[str, ...] = ()
    """Of the packages that were scanned."""


@dataclass(frozen=True, slots=True)
class Match:
    """A holding and how surely it is recalled; what is not known is said."""

    holding: Holding
    rung: Rung
    unknown: tuple[str, ...]

    @property
    def is_told_at_once(self) -> bool:
        """Whether the practice is told without a person looking first."""
        return self.rung == Rung.NDC_AND_LOT


def match(recall: Recall, holding: Holding) -> Match | None:
    """
    How a holding fits a recall; None only where what is known rules it out.

    Lots and serials that are known on both sides and differ rule it out, if all that the recall
    says of them was understood. A code of another product does, if the recall names codes; another
    article number of a device does not, for it may be of another packaging.
    """
    rung = _rung_of_code(recall, holding)
    unknown = _unknown_units(recall, holding)
    if rung == Rung.NONE or unknown is None:
        return None
    if rung == Rung.NDC_LOT_UNKNOWN and not unknown:
        rung = Rung.NDC_AND_LOT
    if rung == Rung.LABELER_AND_PRODUCT:
        unknown.append("whether this package of the product is recalled")
    if rung == Rung.NAME and recall.gtins:
        unknown.append(
            "whether its code on file is of another packaging of what is recalled"
            if holding.gtins
            else "the code (UDI) of the device that was received"
        )
    elif rung == Rung.NAME and holding.ndc is None:
        unknown.append("the code that was received")
    return Match(holding, rung, tuple(unknown))


def _unknown_units(recall: Recall, holding: Holding) -> list[str] | None:
    """What is not known of lots and serials; nothing if they are recalled, None if they are not."""
    lots, lot = {one.key for one in recall.lots}, lot_key(holding.lot)
    serials, held = set(map(lot_key, recall.serials)), set(map(lot_key, holding.serials))
    if lot in lots or serials & held:
        return []
    other_lot, other_serials = bool(lot), len(holding.serials) >= holding.quantity > 0
    is_other = (not lots or other_lot) and (not serials or other_serials)
    if (lots or serials) and is_other:
        if not recall.unread:
            return None
        return ["further lots: the recall's text names some that were not understood"]
    if recall.is_all_lots:
        return []
    unknown = []
    if not lot and (lots or not serials):
        unknown.append("the lot that was received")
    if serials and not other_serials:
        unknown.append("the serials that were received")
    if not lots and not serials:
        unknown.append("the lots that are recalled")
    return unknown


def _rung_of_code(recall: Recall, holding: Holding) -> Rung:
    if holding.gtins & set(recall.gtins):
        return Rung.NDC_LOT_UNKNOWN
    if set(map(core_of, holding.gtins)) & set(map(core_of, recall.gtins)):
        return Rung.LABELER_AND_PRODUCT
    ndc = holding.ndc
    products = {*recall.product_keys, *(one.product_key for one in recall.ndcs)}
    if ndc is not None and products:
        if ndc.ndc12 in recall.keys:
            return Rung.NDC_LOT_UNKNOWN
        # Another package of the product: recalls name the carton or the vial, not always both.
        return Rung.LABELER_AND_PRODUCT if ndc.product_key in products else Rung.NONE
    return Rung.NAME if _names_fit(recall, holding.name) else Rung.NONE


def _names_fit(recall: Recall, name: str) -> bool:
    """Whether the first word of a name that says something stands in the recall's description."""
    words = re.findall(r"[a-z]{4,}", name.lower())
    described = set(re.findall(r"[a-z]{4,}", recall.description.lower()))
    return bool(words) and words[0] in described


def matches_of(recall: Recall, holdings: Iterable[Holding]) -> list[Match]:
    """All holdings that a recall may be of, the surest first."""
    found = [one for holding in holdings if (one := match(recall, holding)) is not None]
    return sorted(found, key=lambda one: (-one.rung, one.holding.practice, one.holding.name))


def answer_by(classification: str, notified_on: date) -> date:
    """The day by which a practice must answer; without a class, as for the gravest."""
    return notified_on + ANSWER_WITHIN.get(classification, UNCLASSIFIED_WITHIN)
