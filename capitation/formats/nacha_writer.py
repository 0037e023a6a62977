"""
Writer of payment files: ACH credits to companies (CCD+), each with one remittance addenda (05).

A bank rejects a whole file for one wrong byte, so whatever cannot be written correctly is
refused here by name. Amounts are whole cents; text is upper-case ASCII without accents.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from capitation.rules.aba import is_routing_number
from capitation.rules.bank_days import is_bank_day

CREDIT = {"checking": "22", "savings": "32"}
PRENOTE = {"checking": "23", "savings": "33"}
MAX_ENTRY_CENTS = 10**10 - 1
MAX_BATCH_CENTS = 10**12 - 1
MAX_ENTRIES = 10**6 // 2 - 1  # the batch control counts entries and addenda in six digits
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,-&/'()#+")
# Letters that Unicode does not take apart into a letter and its accent.
_LETTERS = str.maketrans(
    {"ß": "SS", "Ø": "O", "Æ": "AE", "Œ": "OE", "Ł": "L", "Đ": "D", "Ð": "D", "Þ": "TH", "’": "'"}
)


class CannotWrite(ValueError):
    """A payment file could not be written without breaking a rule of the network."""


@dataclass(frozen=True)
class Origin:
    """Who pays, from which bank."""

    routing_number: str
    bank_name: str
    company_name: str
    company_id: str


@dataclass(frozen=True)
class Credit:
    """One payment: to which account of whom, how much, and what its addenda says."""

    routing_number: str
    account_number: str
    account_type: str
    amount_cents: int
    receiver_id: str
    receiver_name: str
    addenda: str
    is_prenote: bool = False


def plain(text: str) -> str:
    """Upper-case ASCII as banks take it: accents go, what has no letter of its own is a space."""
    upper = text.upper().translate(_LETTERS)
    bare = "".join(c for c in unicodedata.normalize("NFKD", upper) if not unicodedata.combining(c))
    spaced = "".join(c if c in _PLAIN else " " for c in bare.upper())
    return " ".join(spaced.split())


def remittance_text(reference: str, amount_cents: int) -> str:
    r"""The addenda of a payment, as receivers' systems read it: `RMR*IK*REF**123.45\`."""
    return f"RMR*IK*{plain(reference)}**{amount_cents // 100}.{amount_cents % 100:02d}\\"


def trace_number(routing_number: str, sequence: int) -> str:
    """The number by which a payment is found again: the bank's first eight digits, a sequence."""
    if not 0 < sequence < 10**7:
        raise CannotWrite(f"sequence {sequence} does not fit into seven digits")
    return f"{routing_number[:8]}{sequence:07d}"


def write(
    *,
    origin: Origin,
    credits: Sequence[Credit],
    made_at: datetime,
    file_id_modifier: str,
    effective_entry_date: date,
    description: str = "CAPITATION",
    first_sequence: int = 1,
) -> bytes:
    """
    Write one file of one batch; the entries' traces follow `first_sequence` in their order.

    :raises CannotWrite: naming what breaks a rule
    """
    _check_origin(origin, file_id_modifier, description)
    if not credits:
        raise CannotWrite("a payment file needs at least one payment")
    if len(credits) > MAX_ENTRIES:
        raise CannotWrite(f"{len(credits)} payments do not fit into one batch")
    if not is_bank_day(effective_entry_date) or effective_entry_date < made_at.date():
        raise CannotWrite(f"{effective_entry_date} is no banking day to come")
    total = sum(credit.amount_cents for credit in credits)
    if total > MAX_BATCH_CENTS:
        raise CannotWrite("the total does not fit into twelve digits")
    rows: list[str] = []
    for sequence, credit in enumerate(credits, start=first_sequence):
        rows += _entry(credit, trace_number(origin.routing_number, sequence))
    entry_hash = sum(int(credit.routing_number[:8]) for credit in credits) % 10**10
    batch_tail = f"{_company_id(origin)}{'':25}{origin.routing_number[:8]}0000001"
    records = [
        _file_header(origin, made_at, file_id_modifier),
        _batch_header(origin, description, effective_entry_date),
        *rows,
        f"8220{len(rows):06d}{entry_hash:010d}{0:012d}{total:012d}{batch_tail}",
    ]
    blocks = -(-(len(records) + 1) // 10)
    records.append(
        f"9000001{blocks:06d}{len(rows):08d}{entry_hash:010d}{0:012d}{total:012d}{'':39}"
    )
    records += ["9" * 94] * (blocks * 10 - len(records))
    assert all(len(record) == 94 for record in records)
    return ("\n".join(records) + "\n").encode("ascii")


def _check_origin(origin: Origin, file_id_modifier: str, description: str) -> None:
    if not is_routing_number(origin.routing_number):
        raise CannotWrite(f"our bank's routing number {origin.routing_number} is wrong")
    if not plain(origin.company_name).strip("0 "):
        raise CannotWrite("our company's name is blank")
    if not plain(origin.company_id).strip("0 ") or len(plain(origin.company_id)) > 10:
        raise CannotWrite("our company's number is blank or longer than ten")
    if not plain(origin.bank_name):
        raise CannotWrite("our bank's name is blank")
    if len(file_id_modifier) != 1 or file_id_modifier not in "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789":
        raise CannotWrite(f"file letter “{file_id_modifier}” is not one of A-Z, 0-9")
    if not plain(description) or len(plain(description)) > 10:
        raise CannotWrite("the description is blank or longer than ten")


def _company_id(origin: Origin) -> str:
    return f"{plain(origin.company_id):<10}"


def _file_header(origin: Origin, made_at: datetime, file_id_modifier: str) -> str:
    company = plain(origin.company_id)
    immediate_origin = f" {company}" if len(company) == 9 else f"{company:<10}"
    return (
        f"101 {origin.routing_number}{immediate_origin}{made_at:%y%m%d%H%M}{file_id_modifier}"
        f"094101{plain(origin.bank_name)[:23]:<23}{plain(origin.company_name)[:23]:<23}{'':8}"
    )


def _batch_header(origin: Origin, description: str, effective: date) -> str:
    return (
        f"5220{plain(origin.company_name)[:16]:<16}{'':20}{_company_id(origin)}CCD"
        f"{plain(description):<10}{'':6}{effective:%y%m%d}{'':3}1"
        f"{origin.routing_number[:8]}0000001"
    )


def _entry(credit: Credit, trace: str) -> list[str]:
    name = plain(credit.receiver_name)[:22]
    if not name:
        raise CannotWrite(f"payee “{credit.receiver_name}” has no name that a bank can read")
    if not is_routing_number(credit.routing_number):
        raise CannotWrite(f"routing number {credit.routing_number} of {name} is wrong")
    account = credit.account_number
    if not (0 < len(account) <= 17 and account.isascii() and account.replace("-", "").isalnum()):
        raise CannotWrite(f"the account number of {name} is not 1 to 17 digits or letters")
    if credit.is_prenote:
        if credit.amount_cents != 0:
            raise CannotWrite(f"the prenote to {name} carries money")
    elif not 0 < credit.amount_cents <= MAX_ENTRY_CENTS:
        raise CannotWrite(f"{credit.amount_cents} cents to {name} cannot be paid in one entry")
    if credit.account_type not in CREDIT:
        raise CannotWrite(f"“{credit.account_type}” is neither checking nor savings")
    if not 0 < len(credit.addenda) <= 80 or not credit.addenda.isascii():
        raise CannotWrite(f"the addenda to {name} is not 1 to 80 plain characters")
    if not credit.addenda.isprintable() or credit.addenda != credit.addenda.upper():
        raise CannotWrite(f"the addenda to {name} is not upper case")
    code = (PRENOTE if credit.is_prenote else CREDIT)[credit.account_type]
    return [
        f"6{code}{credit.routing_number}{account.upper():<17}{credit.amount_cents:010d}"
        f"{plain(credit.receiver_id)[:15]:<15}{name:<22}  1{trace}",
        f"705{credit.addenda:<80}0001{trace[-7:]}",
    ]
