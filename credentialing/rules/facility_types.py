"""Kinds of facility, and the CMS certification number (CCN) that each can have."""

from dataclasses import dataclass


@dataclass(frozen=True)
class FacilityType:
    """
    One kind of facility.

    `ccn_ranges` are the last four digits of its CCN (CMS State Operations Manual, chapter 2,
    §2779A; own knowledge, unverified here); empty where CMS gives none of these.
    `is_scored` kinds are those that NCQA CR 7 counts; the others fall under our own policy.
    """

    code: str
    name: str
    ccn_ranges: tuple[tuple[int, int], ...] = ()
    is_scored: bool = False
    ccn_letters: str = ""


FACILITY_TYPES = (
    FacilityType(
        "hospital",
        "Hospital",
        ((1, 879), (1300, 1399), (2000, 2299), (3025, 3099), (3300, 3399), (4000, 4499)),
        is_scored=True,
    ),
    FacilityType("snf", "Skilled nursing facility", ((5000, 6499),), is_scored=True),
    FacilityType(
        "hha",
        "Home health agency",
        ((3100, 3199), (7000, 8499), (9000, 9799)),
        is_scored=True,
    ),
    FacilityType("asc", "Ambulatory surgery centre", (), is_scored=True, ccn_letters="C"),
    FacilityType("bh", "Behavioural health facility", ((4000, 4499), (4600, 4799)), is_scored=True),
    FacilityType("hospice", "Hospice", ((1500, 1799),)),
    FacilityType("dialysis", "Dialysis centre", ((2300, 2499), (2500, 2899), (3500, 3699))),
    FacilityType("fqhc", "Federally qualified health centre", ((1000, 1199), (1800, 1989))),
    FacilityType("rhc", "Rural health clinic", ((3400, 3499), (3800, 3999), (8500, 8999))),
    FacilityType(
        "therapy", "Outpatient therapy or CORF", ((3200, 3299), (4500, 4599), (6500, 6989))
    ),
    FacilityType("lab", "Clinical laboratory"),
    FacilityType("imaging", "Imaging centre"),
    FacilityType("urgent", "Urgent care centre"),
    FacilityType("dme", "Medical equipment supplier"),
)
BY_CODE = {one.code: one for one in FACILITY_TYPES}


def fault_of_ccn(ccn: str, facility_type: str) -> str | None:
    """Say why a CCN cannot be that of such a facility, or None if it can."""
    kind = BY_CODE[facility_type]
    if len(ccn) == 5 and ccn.isdigit():
        return f"{ccn!r} has five digits: a leading zero was probably lost (0{ccn}?)"
    if kind.ccn_letters:
        fits = len(ccn) == 10 and ccn[:2].isdigit() and ccn[2] in kind.ccn_letters
        is_ccn = fits and ccn[3:].isdigit()
        return None if is_ccn else f"{ccn!r} is not two digits, {kind.ccn_letters}, seven digits"
    if not kind.ccn_ranges:
        return f"a facility of the kind “{kind.name}” has no CMS certification number"
    if len(ccn) != 6 or not ccn.isascii() or not ccn.isdigit():
        return f"{ccn!r} is not six digits"
    number = int(ccn[2:])
    if not any(low <= number <= high for low, high in kind.ccn_ranges):
        return f"{ccn!r} is not in the numbers of the kind “{kind.name}”"
    return None


def ccn_words(facility_type: str) -> str:
    """How the CCN of such a facility is written, for whoever types it."""
    kind = BY_CODE[facility_type]
    if kind.ccn_letters:
        return f"Two digits of the state, {kind.ccn_letters}, seven digits."
    if not kind.ccn_ranges:
        return "CMS gives this kind of facility no certification number."
    ranges = ", ".join(f"{low:04} to {high:04}" for low, high in kind.ccn_ranges)
    return f"Six digits: two of the state, then one of {ranges}."
