"""
The 835: what a payer paid of which claims, and why not all.

It has to add up three times (005010X221, section 1.10.2.1): each service is its charge less its
adjustments, each claim its charge less its own and its services', the payment its claims less what
is adjusted at the provider. One that does not is read and named, and is not to be posted: nothing
is ever added to make it fit.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from compliance.formats.claim_values import cents_of, day_of, parts_of, units_text
from ipaportal.core.money import dollars
from ipaportal.core.x12 import Problem, Reader, Segment, Source, element, without_collecting
from ipaportal.core.x12_faults import Faults

REVERSAL, PREDETERMINED = "22", "25"
MAX_CLAIMS = 500_000


class Adjustment(NamedTuple):
    """Why not all was paid: group (CO, PR, OA, PI), reason code, cents taken off."""

    group: str
    reason: str
    cents: int


@dataclass(slots=True)
class ServicePayment:
    """One service as it was paid."""

    segment_no: int
    procedure: str
    modifiers: tuple[str, ...]
    charge_cents: int
    paid_cents: int
    units: str = "1"
    served_on: date | None = None
    control: str = ""
    """Our own number of the line (REF*6R)."""
    adjustments: list[Adjustment] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def off_cents(self) -> int:
        """By how much it does not add up."""
        return self.charge_cents - _sum(self.adjustments) - self.paid_cents


@dataclass(slots=True)
class ClaimPayment:
    """One claim as it was paid, or taken back."""

    segment_no: int
    claim_ref: str
    status: str
    charge_cents: int
    paid_cents: int
    patient_cents: int
    payer_ref: str = ""
    patient_ref: str = ""
    rendering_npi: str = ""
    served_on: date | None = None
    received_on: date | None = None
    adjustments: list[Adjustment] = field(default_factory=list)
    services: list[ServicePayment] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def is_reversal(self) -> bool:
        """Whether it takes an earlier payment back."""
        return self.status == REVERSAL

    @property
    def off_cents(self) -> int:
        """By how much it does not add up."""
        lines = sum(_sum(service.adjustments) for service in self.services)
        return self.charge_cents - _sum(self.adjustments) - lines - self.paid_cents


@dataclass(frozen=True, slots=True)
class ProviderAdjustment:
    """What is adjusted at the provider and not at a claim (PLB); above zero takes off."""

    segment_no: int
    provider: str
    reason: str
    reference: str
    cents: int


@dataclass(slots=True)
class Payment:
    """One payment: a transaction set."""

    segment_no: int
    last_segment: int = 0
    total_cents: int = 0
    method: str = ""
    paid_on: date | None = None
    trace: str = ""
    payer_tin: str = ""
    payer_name: str = ""
    payee_name: str = ""
    payee_id: str = ""
    payee_tin: str = ""
    claims: list[ClaimPayment] = field(default_factory=list)
    adjustments: list[ProviderAdjustment] = field(default_factory=list)
    is_balanced: bool = True
    is_readable: bool = True

    @property
    def off_cents(self) -> int:
        """By how much the payment is not its claims less its provider adjustments."""
        claims = sum(c.paid_cents for c in self.claims if c.status != PREDETERMINED)
        return self.total_cents - claims + sum(a.cents for a in self.adjustments)


def _sum(adjustments: list[Adjustment]) -> int:
    return sum(one.cents for one in adjustments)


class RemittanceCollector:
    """Takes segments in order and gives each payment when its transaction ends."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.component = ":"
        self.payment: Payment | None = None
        self.claim: ClaimPayment | None = None
        self.service: ServicePayment | None = None
        self.claims = 0
        self.sender = self.control = ""
        self._before = self.faults.counted.copy()
        self._party = ""
        # What is left of the open claim and service once all that was read is taken off.
        self._claim_off = self._service_off = 0
        self._steps = {
            "BPR": self._bpr, "TRN": self._trn, "N1": self._n1, "REF": self._ref,
            "CLP": self._clp, "CAS": self._cas, "NM1": self._nm1, "SVC": self._svc,
            "DTM": self._dtm, "LQ": self._lq, "MOA": self._moa, "PLB": self._plb,
        }  # fmt: skip

    def feed(self, number: int, segment: Segment) -> Payment | None:
        """Take the next segment of a file."""
        name = segment[0]
        step = self._steps.get(name)
        if step is not None:
            if self.payment is not None:
                step(number, segment)
        elif name == "ISA":
            self.component = element(segment, 16)[:1] or ":"
            if not self.control:
                self.sender = element(segment, 6).strip()
                self.control = element(segment, 13).strip()
        elif name == "ST":
            self.payment = Payment(number) if element(segment, 1) == "835" else None
            self.claim = self.service = None
            self._before = self.faults.counted.copy()
        elif name in ("SE", "GE", "IEA") and self.payment is not None:
            return self._end(number)
        return None

    def finish(self, segments: int) -> Payment | None:
        """Give a payment whose transaction was cut off."""
        return self._end(segments) if self.payment is not None else None

    def _end(self, number: int) -> Payment:
        payment, self.payment = self.payment, None
        self._close_claim()
        payment.last_segment = number
        if payment.off_cents:
            words = (
                f"The payment says ${dollars(payment.total_cents)}; its claims less its provider "
                f"adjustments come to ${dollars(payment.total_cents - payment.off_cents)}."
            )
            self.faults.unbalanced(payment.segment_no, "BPR", "total_unbalanced", words)
        if not payment.trace:
            words = "The payment has no trace number (TRN02), so it cannot be found in the bank."
            self.faults.refuse(payment.segment_no, "TRN", "no_trace", words)
        before, now = self._before, self.faults.counted
        payment.is_readable = now["refused"] == before["refused"]
        payment.is_balanced = now["unbalanced"] == before["unbalanced"]
        return payment

    def _bpr(self, number: int, segment: Segment) -> None:
        payment = self.payment
        payment.segment_no = number
        payment.total_cents = cents_of(segment, 2, number, self.faults)
        payment.method = element(segment, 4).strip()
        payment.paid_on = day_of(segment, 16, number, self.faults)
        if payment.total_cents < 0:
            words = (
                "The payment is below zero, which no payment is: what is owed is carried forward "
                "by a provider adjustment (PLB, reason FB)."
            )
            self.faults.refuse(number, "BPR", "negative", words)

    def _trn(self, _number: int, segment: Segment) -> None:
        if not self.payment.trace:
            self.payment.trace = element(segment, 2).strip()
            self.payment.payer_tin = element(segment, 3).strip()

    def _n1(self, _number: int, segment: Segment) -> None:
        self._party = element(segment, 1)
        name, key = element(segment, 2).strip(), element(segment, 4).strip()
        if self._party == "PR" and not self.payment.payer_name:
            self.payment.payer_name = name
        elif self._party == "PE" and not self.payment.payee_name:
            self.payment.payee_name, self.payment.payee_id = name, key
            if element(segment, 3) == "FI":
                self.payment.payee_tin = key

    def _clp(self, number: int, segment: Segment) -> None:
        self._close_claim()
        self.claims += 1
        if self.claims > MAX_CLAIMS:
            if self.claims == MAX_CLAIMS + 1:
                words = f"The file holds more than {MAX_CLAIMS:,} claims. Send it in parts."
                self.faults.refuse(number, "CLP", "too_many", words)
            return
        faults = self.faults
        charge, paid = cents_of(segment, 3, number, faults), cents_of(segment, 4, number, faults)
        self._claim_off = charge - paid
        self.claim = claim = ClaimPayment(
            number, element(segment, 1).strip(), element(segment, 2).strip(), charge, paid,
            cents_of(segment, 5, number, faults), element(segment, 7).strip(),
        )  # fmt: skip
        if not claim.claim_ref:
            words = "The claim does not say whose it is (CLP01)."
            faults.refuse(number, "CLP", "no_claim", words)
        self.payment.claims.append(claim)

    def _cas(self, number: int, segment: Segment) -> None:
        whole = self.service or self.claim
        if whole is None:
            self.faults.refuse(number, "CAS", "stray", "The adjustment belongs to no claim.")
            return
        group, taken = element(segment, 1), 0
        for place in range(2, len(segment) - 1, 3):
            if segment[place]:
                cents = cents_of(segment, place + 1, number, self.faults)
                whole.adjustments.append(Adjustment(group, segment[place], cents))
                taken += cents
        self._claim_off -= taken
        self._service_off -= taken

    def _nm1(self, _number: int, segment: Segment) -> None:
        if self.claim is None:
            return
        kind = segment[1] if len(segment) > 1 else ""
        if kind in ("QC", "IL"):
            self.claim.patient_ref = element(segment, 9).strip() or self.claim.patient_ref
        elif kind == "82":
            self.claim.rendering_npi = element(segment, 9).strip()

    def _svc(self, number: int, segment: Segment) -> None:
        if self.claim is None:
            self.faults.refuse(number, "SVC", "stray", "The service belongs to no claim.")
            return
        self._close_service()
        faults = self.faults
        code = parts_of(segment[1] if len(segment) > 1 else "", self.component)
        charge, paid = cents_of(segment, 2, number, faults), cents_of(segment, 3, number, faults)
        self._service_off = charge - paid
        self.service = service = ServicePayment(
            number, code[1] if len(code) > 1 else code[0],
            tuple(filter(None, code[2:6])) if len(code) > 2 else (), charge, paid,
            units_text(segment[5]) if len(segment) > 5 else "1",
        )  # fmt: skip
        self.claim.services.append(service)

    def _dtm(self, number: int, segment: Segment) -> None:
        kind = segment[1] if len(segment) > 1 else ""
        if self.service is not None and kind in ("150", "472"):
            self.service.served_on = day_of(segment, 2, number, self.faults)
        elif self.claim is not None and kind == "232":
            self.claim.served_on = day_of(segment, 2, number, self.faults)
        elif self.claim is not None and kind == "050":
            self.claim.received_on = day_of(segment, 2, number, self.faults)

    def _ref(self, _number: int, segment: Segment) -> None:
        kind = segment[1] if len(segment) > 1 else ""
        if self.service is not None:
            if kind == "6R":
                self.service.control = element(segment, 2).strip()
        elif self.claim is None and kind == "TJ" and self._party == "PE":
            self.payment.payee_tin = element(segment, 2).strip()
            self.payment.payee_id = self.payment.payee_id or self.payment.payee_tin

    def _lq(self, _number: int, segment: Segment) -> None:
        if self.service is not None and element(segment, 1) == "HE":
            self.service.remarks.append(element(segment, 2).strip())

    def _moa(self, _number: int, segment: Segment) -> None:
        if self.claim is not None:
            self.claim.remarks += [code for code in segment[3:8] if code]

    def _plb(self, number: int, segment: Segment) -> None:
        self._close_claim()
        for place in range(3, len(segment) - 1, 2):
            code = parts_of(segment[place], self.component)
            if code[0]:
                cents = cents_of(segment, place + 1, number, self.faults)
                self.payment.adjustments.append(
                    ProviderAdjustment(
                        number,
                        element(segment, 1).strip(),
                        code[0],
                        code[1] if len(code) > 1 else "",
                        cents,
                    )
                )

    def _close_service(self) -> None:
        service, self.service = self.service, None
        if service is not None and self._service_off:
            words = (
                f"Service {service.procedure[:12]} was charged at "
                f"${dollars(service.charge_cents)} and paid at ${dollars(service.paid_cents)}: "
                f"its adjustments are ${dollars(service.off_cents)} off."
            )
            self.faults.unbalanced(service.segment_no, "SVC", "service_unbalanced", words)

    def _close_claim(self) -> None:
        self._close_service()
        claim, self.claim = self.claim, None
        if claim is None:
            return
        if self._claim_off:
            words = (
                f"The claim was charged at ${dollars(claim.charge_cents)} and paid at "
                f"${dollars(claim.paid_cents)}: its adjustments are ${dollars(claim.off_cents)} "
                "off."
            )
            self.faults.unbalanced(claim.segment_no, "CLP", "claim_unbalanced", words)


@dataclass(frozen=True, slots=True)
class RemittanceFile:
    """All payments of a file, and what is wrong with it."""

    payments: tuple[Payment, ...]
    problems: tuple[Problem, ...]
    sender: str
    control: str
    """ISA13 of the first interchange."""


def payments_of(reader: Reader, collector: RemittanceCollector) -> Iterator[Payment]:
    """Give each payment as soon as it is whole, so that a big file need not be held."""
    feed = collector.feed
    for number, segment in reader:
        payment = feed(number, segment)
        if payment is not None:
            yield payment
    payment = collector.finish(reader.segments)
    if payment is not None:
        yield payment


def read(source: Source) -> RemittanceFile:
    """Read a file; every fault is named with its segment, and nothing raises on content."""
    reader, collector = Reader(source), RemittanceCollector()
    with without_collecting():
        payments = tuple(payments_of(reader, collector))
    problems = [*reader.problems, *collector.faults.found]
    if not payments:
        words = "The file holds no payment (835)."
        problems.append(Problem("end of file", "no_transaction", words))
    return RemittanceFile(payments, tuple(problems), collector.sender, collector.control)
