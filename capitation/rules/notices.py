"""
Notifications of change: what the bank says of a payee's details, field by field.

The places of the fields are those of the network's rules for the corrected data (29 characters);
software that writes them puts one or more spaces between two of them, so both are read.
Corrections are due within six banking days or before the next entry, whichever is later (Nacha
Operating Rules on notifications of change, as First Online Bank tells its customers).
"""

from dataclasses import dataclass, fields
from datetime import date

from capitation.rules.aba import is_routing_number
from capitation.rules.bank_days import next_bank_day

DUE_BANKING_DAYS = 6
CITATION = "Nacha Operating Rules, notifications of change: six banking days, or the next entry"
TYPES = {"22": "checking", "23": "checking", "24": "checking"}
TYPES |= {"32": "savings", "33": "savings", "34": "savings"}

CHANGES = {
    "C01": "the account number",
    "C02": "the routing number",
    "C03": "the routing number and the account number",
    "C04": "the name on the account",
    "C05": "the kind of account",
    "C06": "the account number and the kind of account",
    "C07": "the routing number, the account number and the kind of account",
    "C09": "our number for the payee",
    "C13": "the format of the addenda",
}


@dataclass(frozen=True)
class Details:
    """Bank details; in a correction, only what changes is filled in."""

    routing_number: str = ""
    account_number: str = ""
    account_type: str = ""
    holder_name: str = ""

    def corrected_by(self, change: "Details") -> "Details":
        """These details with what a correction changes."""
        told = {f.name: getattr(change, f.name) or getattr(self, f.name) for f in fields(self)}
        return Details(**told)


def names_details(code: str) -> bool:
    """Whether a code of change is about a payee's bank details."""
    return code in {"C01", "C02", "C03", "C04", "C05", "C06", "C07"}


def corrected(code: str, data: str) -> Details | None:
    """What the corrected data of a notice say; None where they cannot be read for certain."""
    parts = data.split()
    if code == "C04":
        return Details(holder_name=data[:22].strip()) if parts else None
    if code == "C07":
        parts = [data[:9], *data[9:].split()]
        if len(parts) == 2:  # an account number of 17 places leaves no space before the code
            parts = [parts[0], parts[1][:-2], parts[1][-2:]]
    shapes = {
        "C01": ("account_number",),
        "C02": ("routing_number",),
        "C03": ("routing_number", "account_number"),
        "C05": ("account_type",),
        "C06": ("account_number", "account_type"),
        "C07": ("routing_number", "account_number", "account_type"),
    }
    shape = shapes.get(code)
    if shape is None or len(parts) != len(shape):
        return None
    told = dict(zip(shape, parts, strict=True))
    if "account_type" in told:
        told["account_type"] = TYPES.get(told["account_type"], "?")
    return Details(**told) if _is_right(told) else None


def _is_right(told: dict[str, str]) -> bool:
    routing = told.get("routing_number")
    account = told.get("account_number")
    return (
        (routing is None or is_routing_number(routing))
        and (account is None or _is_account(account))
        and told.get("account_type") != "?"
    )


def _is_account(text: str) -> bool:
    bare = text.replace("-", "")
    return len(bare) > 1 and len(text) <= 17 and bare.isascii() and bare.isalnum()


def due_date(received: date) -> date:
    """The day by which a correction is made, if nothing is paid to the account before."""
    day = received
    for _ in range(DUE_BANKING_DAYS):
        day = next_bank_day(day)
    return day
