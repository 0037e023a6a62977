"""
Writes professional claims and encounters as 837P (005010X222A1), as they are passed on to a plan.

One billing provider and one subscriber stand above each claim, who is the patient too: Medicare's
members have no dependants. A claim's charge is written as the sum of its lines.
"""

from collections.abc import Iterable
from datetime import date

from compliance.formats.claims_837 import CAPITATED, ORIGINAL, Claim, ServiceLine
from ipaportal.core.refusals import Refused
from ipaportal.core.values import cents_text
from ipaportal.core.x12_writing import Interchange, Writer, clean, joined

VERSION = "005010X222A1"
PRINCIPAL, OTHER = "ABK", "ABF"
MOST_DIAGNOSES, MOST_LINES = 12, 50


class ClaimRefused(Refused):
    """A claim that cannot be written as an 837P."""

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
    is_encounter: bool = False,
) -> bytes:
    """
    Write claims into one transaction; submitter and receiver are (name, number).

    :raises ClaimRefused: if one has no number, no day, no lines, or more than an 837P can hold
    """
    writer = Writer(interchange)
    made = interchange.created_at
    writer.begin("837")
    writer.segment(
        "BHT", "0019", "00", str(interchange.control_number), f"{made:%Y%m%d}", f"{made:%H%M}",
        "RP" if is_encounter else "CH",
    )  # fmt: skip
    writer.segment("NM1", "41", "2", clean(submitter[0]), "", "", "", "", "46", submitter[1])
    writer.segment("PER", "IC", clean(submitter[0]), "TE", "0000000000")
    writer.segment("NM1", "40", "2", clean(receiver[0]), "", "", "", "", "46", receiver[1])
    level = 0
    for claim in claims:
        _check(claim)
        level += 2
        _claim(writer, claim, level - 1)
    writer.end()
    return writer.close()


def _check(claim: Claim) -> None:
    if not claim.ref or not claim.lines:
        raise ClaimRefused(claim.ref, "it has no number or no lines")
    if len(claim.lines) > MOST_LINES or len(claim.diagnoses) > MOST_DIAGNOSES:
        why = f"it has more than {MOST_LINES} lines or {MOST_DIAGNOSES} diagnoses"
        raise ClaimRefused(claim.ref, why)
    if any(line.served_from is None for line in claim.lines):
        raise ClaimRefused(claim.ref, "a line has no day of service")


def _claim(writer: Writer, claim: Claim, level: int) -> None:
    writer.segment("HL", str(level), "", "20", "1")
    name = clean(claim.billing_name)
    writer.segment("NM1", "85", "2", name, "", "", "", "", "XX", claim.billing_npi)
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
    place = joined([claim.place, "B", claim.frequency or ORIGINAL])
    writer.segment("CLM", clean(claim.ref), cents_text(charge), "", "", place, "Y", "A", "Y", "Y")
    if claim.is_capitated:
        writer.segment("CN1", CAPITATED)
    if claim.paid_by_patient_cents:
        writer.segment("AMT", "F5", cents_text(claim.paid_by_patient_cents))
    for kind, value in (
        ("G1", claim.authorization), ("F8", claim.original_ref), ("D9", claim.clearinghouse_ref),
    ):  # fmt: skip
        if value:
            writer.segment("REF", kind, clean(value))
    if claim.diagnoses:
        kinds = [PRINCIPAL] + [OTHER] * (len(claim.diagnoses) - 1)
        writer.segment("HI", *(joined(pair) for pair in zip(kinds, claim.diagnoses, strict=True)))
    _person(writer, "82", claim.rendering_npi)
    _person(writer, "77", claim.facility_npi)
    for number, line in enumerate(claim.lines, 1):
        _line(writer, line, number)


def _line(writer: Writer, line: ServiceLine, number: int) -> None:
    writer.segment("LX", str(number))
    code = joined(["HC", line.procedure, *line.modifiers])
    charge, kind = cents_text(line.charge_cents), line.unit_kind or "UN"
    writer.segment("SV1", code, charge, kind, line.units, line.place, "", "1")
    writer.segment("DTP", "472", *_span(line.served_from, line.served_to or line.served_from))
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
