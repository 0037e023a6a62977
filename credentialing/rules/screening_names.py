"""
Names as screening compares them: parts of surnames, given names, nicknames, firms without form.

The table of nicknames is our own short list of common American ones; it is not complete, and a
name that it lacks is found by its number or birth date only.
"""

import csv
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

# OIG record layout: the list cuts names off here, so a longer one is compared as cut.
LAST_WIDTH, FIRST_WIDTH, BUSINESS_WIDTH = 20, 15, 30

_WORDS_AFTER = (
    "JR SR II III IV V MD DO DDS DMD NP PA PAC RN LVN LPN PHD PSYD DPM DC OD LCSW LMFT MFT "
    "PHARMD RPH ESQ APRN FNP CRNA CNM DNP MBBS FACP FACS"
)
_AFTER_NAMES = frozenset(_WORDS_AFTER.split())
_SMALL_WORDS = "DE LA DEL LOS LAS VAN VON DER DEN DA DI DOS DU LE EL AL BIN ST"
_PARTICLES = frozenset(_SMALL_WORDS.split())
_LEGAL_FORMS = (
    "INC INCORPORATED LLC LLP LP LTD LIMITED CO COMPANY CORP CORPORATION PC PLLC PLC PA APC "
    "APMC MD DO DDS THE OF AND DBA GROUP A PROF PROFESSIONAL"
)
_FORMS = frozenset(_LEGAL_FORMS.split())
_TITLES = frozenset(["DR", "MR", "MRS", "MS", "MISS", "PROF"])
_NOT_LETTERS = re.compile(r"[^A-Z]+")
_NOT_BUSINESS = re.compile(r"[^A-Z0-9]+")
_APOSTROPHES = re.compile(r"['’`´.]")
_SOUNDS = str.maketrans("BFPVCGJKQSXZDTLMNR", "111122222222334556", "AEIOUYHW")


@dataclass(frozen=True, slots=True)
class PersonName:
    """One name of a person; `kind` says which (legal, former, alias)."""

    last: str
    first: str
    middle: str = ""
    kind: str = "legal"

    @property
    def text(self) -> str:
        """As people write it in lists."""
        given = " ".join(part for part in (self.first, self.middle) if part)
        return f"{self.last}, {given}" if given else self.last


@dataclass(frozen=True, slots=True)
class Forms:
    """What a name can be found by: surname forms and given forms with how much each counts."""

    surnames: tuple[tuple[str, str], ...]  # (form, how: "", half)
    givens: tuple[tuple[str, str], ...]  # (form, how: "", part, middle, nickname)


@lru_cache(maxsize=65536)
def plain(text: str) -> str:
    """Capital letters without accents and apostrophes, anything else a blank."""
    text = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", text).upper())
    text = "".join(letter for letter in text if not unicodedata.combining(letter))
    return _NOT_LETTERS.sub(" ", text.replace("Ø", "O").replace("Æ", "AE")).strip()


def name_parts(text: str) -> list[str]:
    """The words of a name without what stands after it (Jr, MD)."""
    parts = plain(text).split()
    while len(parts) > 1 and parts[-1] in _AFTER_NAMES:
        parts.pop()
    return parts


def split_name(text: str) -> tuple[str, str, str]:
    """
    First, middle and last name of a name written in one piece, as people sign in with.

    A surname takes the small words before it along (de la, van der); a single word is a surname.
    """
    words = text.replace(",", " ").split()
    while len(words) > 1 and plain(words[0]) in _TITLES:
        words.pop(0)
    while len(words) > 1 and plain(words[-1]) in _AFTER_NAMES:
        words.pop()
    if not words:
        return "", "", ""
    begins = len(words) - 1
    while begins > 1 and plain(words[begins - 1]) in _PARTICLES:
        begins -= 1
    return (
        " ".join(words[:1] if begins else []),
        " ".join(words[1:begins]),
        " ".join(words[begins:]),
    )


def surname_forms(text: str) -> tuple[tuple[str, str], ...]:
    """The whole surname in one word, and each half of a double one."""
    parts = name_parts(text)
    whole = "".join(parts)[:LAST_WIDTH]
    forms = {whole: ""} if whole else {}
    if len(parts) > 1:
        for part in parts:
            if len(part) > 1 and part not in _PARTICLES:
                forms.setdefault(part, "half")
        tail = "".join(parts[1:])
        forms.setdefault(tail, "half")
    return tuple(forms.items())


def given_forms(first: str, middle: str) -> tuple[tuple[str, str], ...]:
    """The first name, its parts, its nicknames, and the middle name in its place."""
    parts = name_parts(first)
    whole = "".join(parts)[:FIRST_WIDTH]
    forms = {whole: ""} if whole else {}
    if len(parts) > 1:
        forms.setdefault(parts[0], "part")
    for form in (whole, *parts[:1]):
        for formal in formal_names(form):
            forms.setdefault("~" + formal, "nickname")
    for part in name_parts(middle):
        if len(part) > 1:
            forms.setdefault(part, "middle")
            for formal in formal_names(part):
                forms.setdefault("~" + formal, "middle")
    return tuple(forms.items())


@lru_cache(maxsize=65536)
def forms_of(last: str, first: str, middle: str) -> Forms:
    """Everything a person's name can be found by."""
    return Forms(surname_forms(last), given_forms(first, middle))


def formal_names(word: str) -> tuple[str, ...]:
    """The names that a word may be short for, itself where others are short for it."""
    return _FORMAL.get(word, ())


def business_words(text: str) -> tuple[str, ...]:
    """The words of a firm's name without its legal form."""
    text = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", text).upper())
    text = "".join(letter for letter in text if not unicodedata.combining(letter))
    words = _NOT_BUSINESS.sub(" ", text.replace("&", " AND ")).split()
    kept = tuple(word for word in words if word not in _FORMS)
    return kept or tuple(words)


@lru_cache(maxsize=262144)
def sound(word: str) -> str:
    """A short code that names which sound alike share (after Soundex: US patent 1,261,167)."""
    if not word:
        return ""
    codes = word.translate(_SOUNDS)
    squeezed = [code for code, before in zip(codes, " " + codes, strict=False) if code != before]
    tail = "".join(code for code in squeezed if code.isdigit())
    return word[0] + tail[1 if _SOUNDED.get(word[0]) == tail[:1] else 0 :][:3]


_SOUNDED = {chr(letter): chr(code) for letter, code in _SOUNDS.items() if code is not None}


def nicknames() -> dict[str, tuple[str, ...]]:
    """The table: formal names and what is short for each."""
    return _SHORT


def _read_nicknames() -> dict[str, tuple[str, ...]]:
    path = Path(__file__).with_name("nicknames.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return {row["formal"]: tuple(row["short"].split()) for row in csv.DictReader(file)}


def _formals() -> dict[str, tuple[str, ...]]:
    found: dict[str, set[str]] = defaultdict(set)
    for formal, shorts in _SHORT.items():
        for word in (formal, *shorts):
            found[word].add(formal)
    return {word: tuple(sorted(formals)) for word, formals in found.items()}


_SHORT = _read_nicknames()
_FORMAL = _formals()
