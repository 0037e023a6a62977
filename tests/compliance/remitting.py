"""Remittances of made-up plans, for tests."""

from datetime import date, datetime

from compliance.actions.remits import read_remits, receive_remits
from compliance.formats.remittance_835 import Adjustment
from compliance.formats.remittance_written import VERSION, Paid, PaidClaim, Remittance, write
from compliance.models import RemitFile
from tests.capitation.worlds import QUINN, SmallWorld
from tests.compliance.claimfiles import DAY, interchange
from tests.compliance.claiming import NOV_2
from tests.factories import CLOCK

PAID_ON = date(2026, 11, 1)
IPA_TIN = "999999999"


def a_paid(ref: str, paid: int = 100_00, charge: int = 120_00, status: str = "1") -> PaidClaim:
    """A claim of one service, paid less what is beyond the terms; negative amounts take it back."""
    off = charge - paid
    taken = (Adjustment("CO", "45", off),) if off else ()
    service = Paid("99213", (), charge, "1", DAY, "1", taken)
    return PaidClaim(ref, status, f"P-{ref}", "M-ANN", "DOE", "ANN", "", DAY, (service,))


def back(ref: str, paid: int = 100_00, charge: int = 120_00) -> PaidClaim:
    return a_paid(ref, -paid, -charge, "22")


def an_835(
    world: SmallWorld, *claims: PaidClaim, trace: str = "T1", tin: str = "", number: int = 1,
    adjustments: tuple = (),
) -> bytes:  # fmt: skip
    """A payment to Bell Clinic, or to whom this taxpayer number belongs."""
    return an_835_of(a_payment(world, *claims, trace=trace, tin=tin, adjustments=adjustments),
                     number=number)  # fmt: skip


def a_payment(
    world: SmallWorld, *claims: PaidClaim, trace: str, tin: str = "", adjustments: tuple = ()
) -> Remittance:
    return Remittance(
        trace, PAID_ON, "Golden Plan", "990000001", "Payee", "", tin or world.bell.tin, claims,
        adjustments,
    )  # fmt: skip


def an_835_of(*payments: Remittance, number: int = 1) -> bytes:
    """A file of several payments."""
    return write(interchange(number, "HP", VERSION), payments)


def bring(
    world: SmallWorld, data: bytes, name: str = "era.835", now: datetime = NOV_2
) -> RemitFile:
    """A file of remittances, received and read."""
    file = receive_remits(
        actor=QUINN, payer_id=world.contract.payer_id, file_name=name, data=data, now=now
    )
    read_remits(actor=CLOCK, file_id=file.pk, now=now)
    file.refresh_from_db()
    return file
