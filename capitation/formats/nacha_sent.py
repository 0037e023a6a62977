"""What a payment file of ours sent to the bank, for whoever has lost the books about it."""

from dataclasses import dataclass

from capitation.formats.nacha import read


@dataclass(frozen=True)
class Sent:
    """A payment in a file: its trace number, to whom, how much, in which file."""

    trace_number: str
    receiver_id: str
    name: str
    amount_cents: int
    file: str

    @property
    def party_id(self) -> int | None:
        """The payee by the number that our files give it; None if it is not ours."""
        digits = self.receiver_id.strip().removeprefix("P")
        return int(digits) if self.receiver_id.startswith("P") and digits.isdigit() else None


def is_payment_file(start: bytes) -> bool:
    """Whether bytes begin as our payment files do; returns of a bank may begin so too."""
    return start.startswith(b"101 ")


def sent_in(name: str, data: bytes) -> list[Sent]:
    """The payments in a file; not its prenotes, and nothing that a bank sends back."""
    entries = [entry for batch in read(data).batches for entry in batch.entries]
    return [
        Sent(entry.trace_number, entry.identification, entry.name, entry.amount_cents, name)
        for entry in entries
        if entry.is_credit
        and entry.amount_cents
        and not any(addenda.type_code in ("98", "99") for addenda in entry.addenda)
    ]
