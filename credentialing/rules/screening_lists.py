"""
The lists everybody is screened against: how each is read, how old it may be, how large it is.

The bounds catch a download that was cut off at the end of a line, or the wrong file: what lies
outside waits for a second person. Numbers of rows follow what public crawlers of the same files
assert; whatever is marked unverified is our own judgement.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Reader(StrEnum):
    LEIE = "leie"
    SAM = "sam"
    MAPPED = "mapped"
    DEACTIVATIONS = "deactivations"


class Freshness(StrEnum):
    FRESH = "fresh"
    STALE = "stale"
    MISSING = "missing"


@dataclass(frozen=True)
class ListSpec:
    """One list; `stops_payment` names the rule by which whoever is on it is not paid."""

    code: str
    name: str
    publisher: str
    reader: Reader
    max_age_days: int
    fewest_rows: int
    most_rows: int
    most_shrink_pct: int
    is_required: bool
    stops_payment: str
    citation: str
    state: str = ""
    mapping: str = ""
    is_verified: bool = True


# 35 days: monthly screening (NCQA from July 1, 2025) with a few days for the publisher's own day.
MONTHLY = 35
EXCLUDED = "42 CFR 1001.1901: no federal program pays for what an excluded person furnishes"
STATE_EXCLUDED = (
    "42 CFR 455.416 (unverified): whoever one Medicaid program terminated, the others do too"
)
SPECS = (
    ListSpec(
        "LEIE",
        "OIG exclusions (LEIE)",
        "HHS Office of Inspector General",
        Reader.LEIE,
        MONTHLY,
        65_000,
        120_000,
        3,
        is_required=True,
        stops_payment=EXCLUDED,
        citation="42 CFR 1001.1901; OIG Special Advisory Bulletin of May 8, 2013",
    ),
    ListSpec(
        "SAM",
        "SAM.gov exclusions",
        "General Services Administration",
        Reader.SAM,
        MONTHLY,
        60_000,
        400_000,
        10,
        is_required=True,
        stops_payment="2 CFR 180.300 and 376.10 (unverified): no covered transaction with them",
        citation="2 CFR part 180 (unverified)",
    ),
    ListSpec(
        "CA",
        "Medi-Cal suspended and ineligible providers",
        "California Department of Health Care Services",
        Reader.MAPPED,
        MONTHLY,
        15_000,
        60_000,
        5,
        is_required=False,
        stops_payment=STATE_EXCLUDED,
        citation="Welfare and Institutions Code 14123 (unverified)",
        state="CA",
        mapping="CA",
    ),
    ListSpec(
        "NY",
        "New York Medicaid exclusions",
        "New York Office of the Medicaid Inspector General",
        Reader.MAPPED,
        MONTHLY,
        3_000,
        40_000,
        5,
        is_required=False,
        stops_payment=STATE_EXCLUDED,
        citation="18 NYCRR 515 (unverified)",
        state="NY",
        mapping="NY",
    ),
    ListSpec(
        "TX",
        "Texas exclusions",
        "Texas HHS Office of Inspector General",
        Reader.MAPPED,
        MONTHLY,
        3_000,
        60_000,
        5,
        is_required=False,
        stops_payment=STATE_EXCLUDED,
        citation="1 TAC 371 (unverified)",
        state="TX",
        mapping="TX",
    ),
    ListSpec(
        "OPT_OUT",
        "Medicare opt-out affidavits",
        "Centers for Medicare & Medicaid Services",
        Reader.MAPPED,
        100,  # published each quarter (unverified)
        10_000,
        120_000,
        20,
        is_required=False,
        stops_payment="42 CFR 422.220 (unverified): a plan pays no opted-out practitioner",
        citation="42 CFR 405.400 to 405.455 (unverified)",
        mapping="OPT_OUT",
        is_verified=False,
    ),
    ListSpec(
        "PRECLUSION",
        "Preclusion notices from plans",
        "the plan that sent it: CMS gives the list to plans only",
        Reader.MAPPED,
        MONTHLY,
        1,
        50_000,
        100,
        is_required=False,
        stops_payment="42 CFR 422.224 (unverified): a plan pays nobody on the preclusion list",
        citation="42 CFR 422.222 (unverified)",
        mapping="PRECLUSION",
        is_verified=False,
    ),
    ListSpec(
        "NPPES",
        "Deactivated NPIs",
        "Centers for Medicare & Medicaid Services, NPPES",
        Reader.DEACTIVATIONS,
        MONTHLY,
        100,
        1_000_000,
        5,
        is_required=False,
        stops_payment="",
        citation="45 CFR 162.408; CMS, NPPES data dissemination",
    ),
)
BY_CODE: Mapping[str, ListSpec] = {spec.code: spec for spec in SPECS}


def required_codes(states: frozenset[str]) -> frozenset[str]:
    """The lists without which nobody is clear: the federal ones, and those of our own states."""
    return frozenset(spec.code for spec in SPECS if spec.is_required or spec.state in states)


def freshness(source_date: date | None, today: date, spec: ListSpec) -> Freshness:
    """Say whether a list may still clear somebody: counted from its publisher's own date."""
    if source_date is None:
        return Freshness.MISSING
    old = today - source_date > timedelta(days=spec.max_age_days)
    return Freshness.STALE if old else Freshness.FRESH


def fresh_until(source_date: date, spec: ListSpec) -> date:
    """The last day on which a list clears anybody."""
    return source_date + timedelta(days=spec.max_age_days)


def doubts(rows: int, before: int | None, spec: ListSpec) -> list[tuple[str, str]]:
    """Why the size of a full file is not believed; empty if it is. Never about its content."""
    found = []
    if not spec.fewest_rows <= rows <= spec.most_rows:
        found.append(
            (
                "row_count",
                f"The list has {rows:,} rows; between {spec.fewest_rows:,} and "
                f"{spec.most_rows:,} are expected of {spec.name}.",
            )
        )
    if before and rows * 100 < before * (100 - spec.most_shrink_pct):
        found.append(
            (
                "shrunk",
                f"The list has {rows:,} rows, the one before has {before:,}: "
                f"more than {spec.most_shrink_pct} % are gone. The download may have been cut off.",
            )
        )
    return found
