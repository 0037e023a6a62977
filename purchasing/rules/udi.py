"""
A device's own code (UDI) out of prose: its article number (GTIN), its lots and its serials.

A recall of devices names no NDC. It names UDI-DIs, which where GS1 issues them are GTINs of
fourteen digits, in words or as the code is printed: (01) article, (10) lot, (21) serial.
Source: 21 CFR 830 and GS1 General Specifications (own knowledge, unverified).
"""

import re
from dataclasses import dataclass

from purchasing.rules.ndc import is_gtin

Span = tuple[int, int]

_SAID = re.compile(r"\b(?:UDI(?:-?DI)?|GTIN|device identifiers?)\b|\(01\)", re.IGNORECASE)
_DIGITS = re.compile(r"(?<![0-9])[0-9]{14}(?![0-9])")
_PRINTED = re.compile(
    r"\(01\)\s*(?P<gtin>[0-9]{14})(?P<rest>(?:\s*\([0-9]{2,4}\)\s*[^\s()\[\],;]+)*)"
)
_ELEMENT = re.compile(r"\((?P<ai>[0-9]{2,4})\)\s*(?P<value>[^\s()\[\],;]+)")


@dataclass(frozen=True, slots=True)
class Udi:
    """What a text says in codes of devices, and which of it these are."""

    gtins: tuple[str, ...]
    lots: tuple[str, ...]
    serials: tuple[str, ...]
    spans: tuple[Span, ...]


def read_udi(text: str) -> Udi:
    """
    All article numbers of a text that speaks of UDI or GTIN, with lots and serials of whole codes.

    A number whose last digit does not check is none, and stays for a person to see.
    """
    if not _SAID.search(text):
        return Udi((), (), (), ())
    found = [one for one in _DIGITS.finditer(text) if is_gtin(one[0])]
    gtins, spans = [one[0] for one in found], [one.span() for one in found]
    lots, serials = [], []
    for printed in _PRINTED.finditer(text):
        if not is_gtin(printed["gtin"]):
            continue
        spans.append(printed.span())
        for element in _ELEMENT.finditer(printed["rest"]):
            named = {"10": lots, "21": serials}.get(element["ai"])
            if named is not None:
                named.append(element["value"])
    return Udi(*(tuple(dict.fromkeys(one)) for one in (gtins, lots, serials)), tuple(spans))


def core_of(gtin: str) -> str:
    """The article in whatever packaging: without the level before it and the digit that checks."""
    return gtin[1:13]
