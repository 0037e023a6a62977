"""Claims of made-up people, for tests."""

from datetime import UTC, date, datetime

from compliance.formats.claims_837 import Claim, ServiceLine, Stay
from compliance.formats.claims_written import VERSION, VERSIONS, write
from ipaportal.core.x12_writing import Interchange

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
DAY = date(2026, 10, 12)
NPI, OTHER_NPI = "1234567893", "1245319599"


def interchange(number: int = 7, group: str = "HC", version: str = VERSION) -> Interchange:
    return Interchange("BELL", "VALLEYIPA", NOON, number, group, version)


def a_line(procedure: str = "99213", cents: int = 120_00, **changes) -> ServiceLine:
    given = {"served_from": DAY, "served_to": DAY, "unit_kind": "UN", "place": "11"}
    line = ServiceLine(0, "1", procedure, charge_cents=cents, **given)
    for name, value in changes.items():
        setattr(line, name, value)
    return line


def a_claim(ref: str = "A1", *lines: ServiceLine, **changes) -> Claim:
    found = list(lines) or [a_line()]
    claim = Claim(
        0, ref, sum(line.charge_cents for line in found), "11", "1", "professional", "0001",
        NPI, "987654321", "Bell Clinic", "M-ANN", "Doe", "Ann", date(1950, 2, 3), "PLAN1",
        rendering_npi=OTHER_NPI, diagnoses=("I10", "E119"), lines=found,
    )  # fmt: skip
    for name, value in changes.items():
        setattr(claim, name, value)
    return claim


def a_stay(ref: str = "S1", *lines: ServiceLine, **changes) -> Claim:
    """Three days in a hospital, under a group, with a procedure and a value."""
    found = list(lines) or [
        a_line(
            "", 3000_00, revenue_code="0120", units="3", place="", served_from=None, served_to=None
        ),
        a_line("27447", 5000_00, revenue_code="0360", place=""),
    ]
    codes = (
        ("ABK", "M1711", "", "", "", "", "", "", "Y"), ("DR", "470"), ("ABF", "I10"),
        ("BBR", "0SRC0J9", "D8", "20261012"), ("BE", "A2", "", "", "15.31"),
    )  # fmt: skip
    stay = Stay(DAY, date(2026, 10, 15), "202610120800", "1130", "3", "1", "01", NPI, OTHER_NPI,
                codes)  # fmt: skip
    given = {"kind": "institutional", "place": "11", "stay": stay, "rendering_npi": ""}
    return a_claim(ref, *found, **given | {"diagnoses": ("M1711", "I10")} | changes)


def claim_file(*claims: Claim, number: int = 7) -> str:
    found = claims or (a_claim(),)
    return write(
        interchange(number, version=VERSIONS[found[0].kind]), found,
        submitter=("Bell Clinic", "BELL"), receiver=("Valley IPA", "VALLEYIPA"),
    ).decode()  # fmt: skip
