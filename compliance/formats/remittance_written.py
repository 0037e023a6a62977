"""
Writes the 835 for what the IPA pays of claims, which adds up by construction.

Nothing is written as a total: the payment is the sum of its claims less its adjustments, a claim
that of its services, and a service's adjustments are what is missing from its charge. What would
be below zero is carried forward (PLB, reason FB), for a payment never is.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from compliance.formats.remittance_835 import Adjustment
from ipaportal.core.refusals import Refused
from ipaportal.core.values import cents_text
from ipaportal.core.x12_writing import Address, Interchange, Writer, clean, joined

VERSION = "005010X221A1"
PER_CAS, PER_PLB = 6, 6
CARRIED_FORWARD = "FB"
NO_PAYMENT, CREDIT = "NON", "ACH"


@dataclass(frozen=True, slots=True)
class Paid:
    """A service: charge and why not all of it is paid; what is paid is the rest."""

    procedure: str
    modifiers: tuple[str, ...]
    charge_cents: int
    units: str
    served_on: date
    control: str = ""
    adjustments: tuple[Adjustment, ...] = ()
    remarks: tuple[str, ...] = ()
    revenue: str = ""

    @property
    def code(self) -> tuple[str, ...]:
        """SVC01: the procedure, or the revenue code of a service of an institution without one."""
        if self.procedure:
            return ("HC", self.procedure, *self.modifiers)
        return ("NU", self.revenue)

    @property
    def paid_cents(self) -> int:
        """Charge less adjustments."""
        return self.charge_cents - sum(one.cents for one in self.adjustments)


@dataclass(frozen=True, slots=True)
class PaidClaim:
    """A claim as it is paid; `status` as in CLP02 (1 primary, 4 denied, 22 reversal)."""

    claim_ref: str
    status: str
    payer_ref: str
    patient_ref: str
    patient_last: str
    patient_first: str
    rendering_npi: str
    received_on: date
    services: tuple[Paid, ...]

    @property
    def charge_cents(self) -> int:
        """What its services were charged at."""
        return sum(service.charge_cents for service in self.services)

    @property
    def paid_cents(self) -> int:
        """What its services are paid."""
        return sum(service.paid_cents for service in self.services)

    @property
    def patient_cents(self) -> int:
        """What the patient owes of it (group PR)."""
        every = (one for service in self.services for one in service.adjustments)
        return sum(one.cents for one in every if one.group == "PR")


@dataclass(frozen=True, slots=True)
class Remittance:
    """One payment to one payee. Above zero, an adjustment takes off (PLB's sign)."""

    trace: str
    paid_on: date
    payer_name: str
    payer_tin: str
    """Nine digits; written after a 1 in TRN03."""
    payee_name: str
    payee_npi: str
    payee_tin: str
    claims: tuple[PaidClaim, ...]
    adjustments: tuple[tuple[str, str, int], ...] = ()
    """Reason code, reference, cents."""
    payer_address: Address | None = None
    payer_phone: str = ""
    """Of whoever answers questions about it: with the address it is required (005010X221A1)."""
    payee_address: Address | None = None

    @property
    def due_cents(self) -> int:
        """Claims less adjustments, before anything is carried forward."""
        taken = sum(cents for _, _, cents in self.adjustments)
        return sum(claim.paid_cents for claim in self.claims) - taken

    @property
    def total_cents(self) -> int:
        """What is paid: never below zero."""
        return max(0, self.due_cents)

    def all_adjustments(self) -> tuple[tuple[str, str, int], ...]:
        """With what is carried forward, under this payment's own trace number."""
        if self.due_cents >= 0:
            return self.adjustments
        return (*self.adjustments, (CARRIED_FORWARD, self.trace, self.due_cents))


class RemittanceRefused(Refused):
    """A payment that must not be written as it is."""

    def __init__(self, trace: str, why: str) -> None:
        super().__init__(
            f"The remittance {trace or 'without a number'} was not written: {why}. Nothing was "
            "sent. Correct it and write it again."
        )


def write(interchange: Interchange, remittances: Iterable[Remittance]) -> bytes:
    """
    Write payments into one interchange, a transaction set each.

    :raises RemittanceRefused: if one has no trace number or no claims, or a service no charge
    """
    writer, traces = Writer(interchange), set()
    for one in remittances:
        if not one.trace or one.trace in traces:
            raise RemittanceRefused(one.trace, "its trace number is missing or given twice")
        if not one.claims and not one.adjustments:
            raise RemittanceRefused(one.trace, "there is nothing in it")
        traces.add(one.trace)
        _transaction(writer, one)
    return writer.close()


def _transaction(writer: Writer, one: Remittance) -> None:
    writer.begin("835")
    method = CREDIT if one.total_cents else NO_PAYMENT
    handling = "I" if one.total_cents else "H"
    bank = [""] * 11  # of both sides: it is in the bank file, not here
    day = f"{one.paid_on:%Y%m%d}"
    writer.segment("BPR", handling, cents_text(one.total_cents), "C", method, *bank, day)
    writer.segment("TRN", "1", one.trace, f"1{one.payer_tin}")
    writer.segment("DTM", "405", day)
    writer.segment("N1", "PR", clean(one.payer_name))
    writer.address(one.payer_address)
    if one.payer_phone:
        writer.segment("PER", "BL", clean(one.payer_name), "TE", one.payer_phone)
    writer.segment("N1", "PE", clean(one.payee_name), "XX", one.payee_npi)
    writer.address(one.payee_address)
    writer.segment("REF", "TJ", one.payee_tin)
    if one.claims:
        writer.segment("LX", "1")
    for claim in one.claims:
        _claim(writer, claim)
    adjustments = one.all_adjustments()
    for at in range(0, len(adjustments), PER_PLB):
        pairs = [
            value
            for reason, reference, cents in adjustments[at : at + PER_PLB]
            for value in (joined([reason, clean(reference)]), cents_text(cents))
        ]
        writer.segment("PLB", one.payee_npi, f"{one.paid_on.year}1231", *pairs)
    writer.end()


def _claim(writer: Writer, claim: PaidClaim) -> None:
    patient = claim.patient_cents
    writer.segment(
        "CLP", clean(claim.claim_ref), claim.status, cents_text(claim.charge_cents),
        cents_text(claim.paid_cents), cents_text(patient) if patient else "", "MC", claim.payer_ref,
    )  # fmt: skip
    writer.segment(
        "NM1", "QC", "1", clean(claim.patient_last), clean(claim.patient_first), "", "", "", "MI",
        claim.patient_ref,
    )  # fmt: skip
    if claim.rendering_npi:
        writer.segment("NM1", "82", "1", "", "", "", "", "", "XX", claim.rendering_npi)
    writer.segment("DTM", "050", f"{claim.received_on:%Y%m%d}")
    for service in claim.services:
        _service(writer, service)


def _service(writer: Writer, service: Paid) -> None:
    writer.segment(
        "SVC", joined(service.code), cents_text(service.charge_cents),
        cents_text(service.paid_cents), service.revenue if service.procedure else "",
        service.units,
    )  # fmt: skip
    writer.segment("DTM", "472", f"{service.served_on:%Y%m%d}")
    for group in dict.fromkeys(one.group for one in service.adjustments):
        every = [one for one in service.adjustments if one.group == group]
        for at in range(0, len(every), PER_CAS):
            triples = [
                value
                for one in every[at : at + PER_CAS]
                for value in (one.reason, cents_text(one.cents), "")
            ]
            writer.segment("CAS", group, *triples)
    if service.control:
        writer.segment("REF", "6R", clean(service.control))
    for remark in service.remarks:
        writer.segment("LQ", "HE", remark)
