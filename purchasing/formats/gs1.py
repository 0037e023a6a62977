"""
Codes on packages: GS1 element strings, read by `biip`; what they say of a drug is a `Scan`.

Scanners send what parts the fields (FNC1) as the character GS, or as a word for it, or swallow
it; people type parentheses. A swallowed one is seen where something is missing, and said.
"""

import re
from datetime import date

import biip

from purchasing.rules.scans import BadScan, Scan, checked_gtin, expiry_of

MOST_CHARACTERS = 200
GS = "\x1d"
_WORDS_FOR_GS = re.compile(r"<GS>|\{GS\}|\[GS\]|\^\]|␝|\\x1d|\\u001d", re.IGNORECASE)
_TYPED = re.compile(r"\((\d{2,4})\)\s*([^()]+)")
_HIDDEN_EXPIRY = re.compile(r"17\d{2}(?:0[1-9]|1[0-2])[0-3]\d")


def read_code(text: str, today: date) -> Scan:
    """
    Read what a scanner sent, or what somebody typed off a package.

    :raises BadScan: if it is no code, or one of its fields is wrong
    """
    raw = text.strip(" \t\r\n")
    if not raw or len(raw) > MOST_CHARACTERS:
        raise _no_code(text)
    raw = _WORDS_FOR_GS.sub(GS, raw)
    typed = _TYPED.findall(raw) if raw.startswith("(") else []
    if typed:
        raw = GS.join(ai + value.strip() for ai, value in typed)
    if raw.isascii() and raw.isdigit() and len(raw) in (12, 13, 14):
        return Scan(checked_gtin(raw))
    found = _elements(raw, text, today)
    if "01" not in found:
        raise BadScan(
            "no_gtin",
            f"The code “{text[:40]}” names no article: it may be a shipping label.",
            "Scan the square code on the package itself.",
        )
    scan = Scan(
        checked_gtin(found["01"]),
        found.get("10", "").upper(),
        expiry_of(found["17"], today) if "17" in found else None,
        found.get("21", ""),
    )
    return _doubted(scan, has_separators=GS in raw.strip(GS))


def _elements(raw: str, text: str, today: date) -> dict[str, str]:
    """Each field of an element string by its identifier."""
    bare = raw.lstrip(GS)
    try:
        parsed = biip.parse(bare)
    except biip.ParseError as bad:
        raise _no_code(text) from bad
    message = parsed.gs1_message or parsed.gs1_digital_link_uri
    if message is None:
        if bare.startswith(("]d2", "]C1", "]Q3", "01")):
            _name_the_fault(bare, text, today)
        raise _no_code(text)
    return {one.ai.ai: one.value for one in message.element_strings}


def _name_the_fault(bare: str, text: str, today: date) -> None:
    """Say which field is wrong of what begins like a code of ours."""
    body = re.sub(r"^\][A-Za-z]\d", "", bare)
    if len(body) >= 16 and body[2:16].isdigit():
        checked_gtin(body[2:16])
    expiry = re.match(r"01\d{14}17(\d{6})", body)
    if expiry is not None:
        expiry_of(expiry[1], today)
    raise BadScan(
        "bad_field",
        f"A field of the code “{text[:60]}” is not what codes hold.",
        "Scan it again; if it reads the same, count by hand off the package.",
    )


def _doubted(scan: Scan, *, has_separators: bool) -> Scan:
    """
    Tell what a swallowed separator may have done to a code.

    :raises BadScan: if a field that is missing stands inside another one
    """
    if has_separators:
        return scan
    if scan.expires is None and _HIDDEN_EXPIRY.search(scan.lot + scan.serial):
        raise BadScan(
            "separator_lost",
            "The scanner swallowed what parts the fields (FNC1): the expiry stands inside another.",
            "Set it to send GS (ASCII 29), use the camera, or type it with parentheses.",
        )
    if scan.lot and not scan.serial and "21" in scan.lot[1:]:
        told = (
            f"The lot reads {scan.lot}: compare it. If the package says less, the scanner "
            "swallowed what parts the fields."
        )
        return Scan(scan.gtin, scan.lot, scan.expires, scan.serial, told)
    return scan


def _no_code(text: str) -> BadScan:
    return BadScan(
        "no_code",
        f"“{text.strip()[:40]}” is no code that packages carry.",
        "Scan the square code (GS1 DataMatrix), one in a line.",
    )
