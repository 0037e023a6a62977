"""
Writes claims and encounters as 837P (005010X222A1) or 837I (005010X223A2), as they go to a plan.

One billing provider and one subscriber stand above each claim, who is the patient too: Medicare's
members have no dependants. A claim's charge is written as the sum of its lines.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from types import MappingProxyType

from compliance.formats.claims_837 import (
    CAPITATED,
    INSTITUTIONAL,
    ORIGINAL,
    PROFESSIONAL,
    Claim,
    ServiceLine,
    Stay,
)
from ipaportal.core.refusals import Refused
from ipaportal.core.values import cents_text
from ipaportal.core.x12_writing import COMPONENT, Address, Interchange, Writer, clean, joined

VERSION, INSTITUTIONAL_VERSION = "005010X222A1", "005010X223A2"
VERSIONS = {PROFESSIONAL: VERSION, INSTITUTIONAL: INSTITUTIONAL_VERSION}
PRINCIPAL, OTHER = "ABK", "ABF"
MOST_DIAGNOSES, MOST_LINES, MOST_INSTITUTIONAL_LINES = 12, 50, 999
# The order of an institution's codes: diagnoses, group, procedures, spans, days, values, conditions
# (005010X223A2, loop 2300); each kind has segments of its own, of twelve codes.
CODE_ORDER = (
    *("ABK", "BK", "ABJ", "BJ", "APR", "PR", "ABN", "BN", "DR", "ABF", "BF", "BBR", "BR", "BBQ"),
    *("BQ", "BI", "BH", "BE", "BG", "TC"),
)
PER_HI = 12
NOWHERE: Mapping[str, Address] = MappingProxyType({})
# PER has to hold a number.
UNKNOWN_PHONE = "0000000000"


class ClaimRefused(Refused):
    """A claim that cannot be written as an 837."""

    def __init__(self, ref: str, why: str) -> None:
        super().__init__(
            f"Claim {ref or 'without a number'} was not written: {why}. Nothing was sent. "
            "Correct it and write the file again."
        )


def write(
    interchange: Interchange,
    claims: Iterable[Claim],
    *,
    submitter: tuple[str, str],
    receiver: tuple[str, str],
    phone: str = "",
    addresses: Mapping[str, Address] = NOWHERE,
    is_encounter: bool = False,
) -> bytes:
    """
    Write claims of one kind into one transaction; submitter and receiver are (name, number).

    `phone` is the submitter's; `addresses` says by NPI where billing providers are.

    :raises ClaimRefused: if one has no number, no day, no lines, more than an 837 can hold, or is
        of another kind than the version of the interchange
    """
    writer = Writer(interchange)
    made = interchange.created_at
    writer.begin("837")
    writer.segment(
        "BHT", "0019", "00", str(interchange.control_number), f"{made:%Y%m%d}", f"{made:%H%M}",
        "RP" if is_encounter else "CH",
    )  # fmt: skip
    writer.segment("NM1", "41", "2", clean(submitter[0]), "", "", "", "", "46", submitter[1])
    writer.segment("PER", "IC", clean(submitter[0]), "TE", phone or UNKNOWN_PHONE)
    writer.segment("NM1", "40", "2", clean(receiver[0]), "", "", "", "", "46", receiver[1])
    level = 0
    for claim in claims:
        _check(claim, interchange.version)
        level += 2
        _claim(writer, claim, level - 1, addresses.get(claim.billing_npi))
    writer.end()
    return writer.close()


def _check(claim: Claim, version: str) -> None:
    if VERSIONS.get(claim.kind) != version:
        raise ClaimRefused(claim.ref, f"it is {claim.kind}, which version {version} does not hold")
    if not claim.ref or not claim.lines:
        raise ClaimRefused(claim.ref, "it has no number or no lines")
    if claim.kind == INSTITUTIONAL:
        _check_stay(claim)
        return
    if len(claim.lines) > MOST_LINES or len(claim.diagnoses) > MOST_DIAGNOSES:
        why = f"it has more than {MOST_LINES} lines or {MOST_DIAGNOSES} diagnoses"
        raise ClaimRefused(claim.ref, why)
    if any(line.served_from is None for line in claim.lines):
        raise ClaimRefused(claim.ref, "a line has no day of service")


def _check_stay(claim: Claim) -> None:
    if len(claim.lines) > MOST_INSTITUTIONAL_LINES:
        raise ClaimRefused(claim.ref, f"it has more than {MOST_INSTITUTIONAL_LINES} lines")
    if claim.stay is None or (claim.stay.statement_from or claim.first_day) is None:
        raise ClaimRefused(claim.ref, "it does not say from when until when it is about")
    if not all(line.revenue_code for line in claim.lines):
        raise ClaimRefused(claim.ref, "a line has no revenue code")


def _claim(writer: Writer, claim: Claim, level: int, where: Address | None) -> None:
    writer.segment("HL", str(level), "", "20", "1")
    name = clean(claim.billing_name)
    writer.segment("NM1", "85", "2", name, "", "", "", "", "XX", claim.billing_npi)
    writer.address(where)
    writer.segment("REF", "EI", claim.billing_tin)
    writer.segment("HL", str(level + 1), str(level), "22", "0")
    writer.segment("SBR", "P", "18", "", "", "", "", "", "", "MC")
    writer.segment(
        "NM1", "IL", "1", clean(claim.patient_last), clean(claim.patient_first), "", "", "", "MI",
        claim.subscriber_ref,
    )  # fmt: skip
    if claim.born_on:
        writer.segment("DMG", "D8", f"{claim.born_on:%Y%m%d}", "U")
    writer.segment("NM1", "PR", "2", "PLAN", "", "", "", "", "PI", claim.payer_ref)
    charge = sum(line.charge_cents for line in claim.lines)
    is_stay = claim.kind == INSTITUTIONAL
    place = joined([claim.place, "A" if is_stay else "B", claim.frequency or ORIGINAL])
    signed = "" if is_stay else "Y"
    writer.segment(
        "CLM", clean(claim.ref), cents_text(charge), "", "", place, signed, "A", "Y", "Y"
    )
    if claim.stay:
        _stay_days(writer, claim, claim.stay)
    if claim.is_capitated:
        writer.segment("CN1", CAPITATED)
    if claim.paid_by_patient_cents:
        writer.segment("AMT", "F5", cents_text(claim.paid_by_patient_cents))
    for kind, value in (
        ("G1", claim.authorization), ("F8", claim.original_ref), ("D9", claim.clearinghouse_ref),
    ):  # fmt: skip
        if value:
            writer.segment("REF", kind, clean(value))
    if claim.stay and claim.stay.codes:
        _codes(writer, claim.stay.codes)
    elif claim.diagnoses:
        kinds = [PRINCIPAL] + [OTHER] * (len(claim.diagnoses) - 1)
        _codes(writer, tuple(zip(kinds, claim.diagnoses, strict=True)))
    if claim.stay:
        _person(writer, "71", claim.stay.attending_npi or claim.rendering_npi)
        _person(writer, "72", claim.stay.operating_npi)
    else:
        _person(writer, "82", claim.rendering_npi)
    _person(writer, "77", claim.facility_npi)
    for number, line in enumerate(claim.lines, 1):
        _line(writer, line, number, is_stay=is_stay)


def _stay_days(writer: Writer, claim: Claim, stay: Stay) -> None:
    """The hour of discharge, the statement's days, the admission, and how it came and went."""
    if stay.discharged:
        writer.segment("DTP", "096", "TM", clean(stay.discharged))
    first = stay.statement_from or claim.first_day
    last = stay.statement_to or claim.last_day or first
    writer.segment("DTP", "434", "RD8", f"{first:%Y%m%d}-{last:%Y%m%d}")
    if stay.admitted:
        kind = "DT" if len(stay.admitted) > len("CCYYMMDD") else "D8"
        writer.segment("DTP", "435", kind, clean(stay.admitted))
    kinds = (stay.admission_kind, stay.admission_source, stay.patient_status)
    if any(kinds):
        writer.segment("CL1", *map(clean, kinds))


def _codes(writer: Writer, codes: tuple[tuple[str, ...], ...]) -> None:
    """Codes of one kind after another; what is of no known kind goes last."""
    kinds = dict.fromkeys([*CODE_ORDER, *(code[0] for code in codes)])
    for kind in kinds:
        every = [
            joined(clean(part).replace(COMPONENT, " ") for part in code)
            for code in codes
            if code[0] == kind
        ]
        for at in range(0, len(every), PER_HI):
            writer.segment("HI", *every[at : at + PER_HI])


def _line(writer: Writer, line: ServiceLine, number: int, *, is_stay: bool) -> None:
    writer.segment("LX", str(number))
    code = joined(["HC", line.procedure, *line.modifiers]) if line.procedure else ""
    charge, kind = cents_text(line.charge_cents), line.unit_kind or "UN"
    if is_stay:
        writer.segment("SV2", clean(line.revenue_code), code, charge, kind, line.units)
    else:
        writer.segment("SV1", code, charge, kind, line.units, line.place, "", "1")
    if line.served_from:
        days = _span(line.served_from, line.served_to or line.served_from)
        writer.segment("DTP", "472", *days)
    if line.control:
        writer.segment("REF", "6R", clean(line.control))
    if line.authorization:
        writer.segment("REF", "G1", clean(line.authorization))
    _person(writer, "82", line.rendering_npi)


def _person(writer: Writer, role: str, npi: str) -> None:
    if npi:
        kind = "2" if role == "77" else "1"
        writer.segment("NM1", role, kind, "", "", "", "", "", "XX", npi)


def _span(first: date, last: date) -> tuple[str, str]:
    if first == last:
        return "D8", f"{first:%Y%m%d}"
    return "RD8", f"{first:%Y%m%d}-{last:%Y%m%d}"
