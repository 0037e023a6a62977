"""Numbers that check themselves: DEA registration, CLIA certificate, Social Security number."""

import re

# A letter for the kind of registrant, the surname's initial (or 9 for a business), 7 digits.
_DEA = re.compile(r"([A-Z])([A-Z9])([0-9]{7})")
_CLIA = re.compile(r"[0-9]{2}D[0-9]{7}")
_SSN = re.compile(r"[0-9]{9}")
_TAXONOMY = re.compile(r"[0-9A-Z]{9}X")


def is_dea(text: str) -> bool:
    """
    Tell whether a text is a possible DEA number: d1+d3+d5 + 2·(d2+d4+d6) ends in d7.

    Source: DEA Diversion Control Division, Practitioner's Manual, "DEA registration number"
    (own knowledge, unverified here).
    """
    match = _DEA.fullmatch(text)
    if match is None:
        return False
    digits = [int(digit) for digit in match[3]]
    return (sum(digits[0:5:2]) + 2 * sum(digits[1:6:2])) % 10 == digits[6]


def dea_fits_name(text: str, last_name: str) -> bool:
    """
    Tell whether the second letter is the surname's initial, or the 9 of a business.

    A hint, never a refusal: registrations keep the letter of a name that changed.
    """
    return text[1:2] == "9" or text[1:2] == last_name[:1].upper()


def with_dea_check_digit(letters: str, six: str) -> str:
    """Two letters and six digits, with the digit that makes them a DEA number."""
    digits = [int(digit) for digit in six]
    return f"{letters}{six}{(sum(digits[0::2]) + 2 * sum(digits[1::2])) % 10}"


def is_clia(text: str) -> bool:
    """Tell whether a text is written as CLIA numbers are: two digits, D, seven digits."""
    return _CLIA.fullmatch(text) is not None


def is_taxonomy(text: str) -> bool:
    """Tell whether a text is written as NUCC taxonomy codes are: ten characters, the last an X."""
    return _TAXONOMY.fullmatch(text) is not None


def is_ssn(text: str) -> bool:
    """
    Tell whether nine digits can be a Social Security number.

    Never given out: area 000, 666 or 900 and above, group 00, serial 0000 (20 CFR 422.103 and
    SSA's randomization of 2011; own knowledge, unverified here).
    """
    if _SSN.fullmatch(text) is None:
        return False
    area, group, serial = text[:3], text[3:5], text[5:]
    return area not in ("000", "666") and area < "900" and group != "00" and serial != "0000"


# A CAQH number has eight digits (own knowledge, unverified); of others only the letters are known.
_NUMBERS = {
    "caqh": (re.compile(r"\d{8}"), "A CAQH number has eight digits."),
    "upin": (re.compile(r"[A-Z]\d{5}"), "A UPIN is a letter and five digits."),
    "medicare": (re.compile(r"[A-Z0-9]{5,15}"), "A PTAN has letters and digits only."),
    "medicaid": (re.compile(r"[A-Z0-9]{4,20}"), "A Medicaid number has letters and digits only."),
    "payer": (re.compile(r"\S.{0,39}"), "Write the plan's number."),
}


def fault_of_number(system: str, value: str, state: str, *, has_payer: bool) -> str:
    """Say why a number by which somebody else knows a provider cannot be; empty if it can."""
    form, words = _NUMBERS[system]
    if not form.fullmatch(value):
        return words
    if system == "medicaid" and not re.fullmatch("[A-Z]{2}", state):
        return "Say which state's Medicaid number it is, in two letters."
    if system == "payer" and not has_payer:
        return "Say whose number it is: choose the plan."
    return ""
