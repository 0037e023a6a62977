"""Writes X12: elements go in, envelopes are numbered and counted here."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

ELEMENT, COMPONENT, TERMINATOR, REPETITION = "*", ":", "~", "^"
_FORBIDDEN = set(ELEMENT + TERMINATOR + "\r\n")


@dataclass(frozen=True, slots=True)
class Interchange:
    """Who writes to whom, when, and under which numbers."""

    sender: str
    receiver: str
    created_at: datetime
    control_number: int
    group: str
    version: str
    usage: str = "P"
    sender_qualifier: str = "ZZ"
    receiver_qualifier: str = "ZZ"


@dataclass(frozen=True, slots=True)
class Address:
    """Where somebody is, as N3 and N4 hold it."""

    street: str
    city: str
    state: str
    zip_code: str


class Unwritable(ValueError):
    """A value that would break the file apart, because it holds a separator."""


class Writer:
    """Collects the segments of one interchange; `segment` inside `begin` … `end`."""

    def __init__(self, interchange: Interchange) -> None:
        self.parts: list[str] = []
        self.interchange = interchange
        self.transactions = 0
        self._started = 0
        self._control = ""
        head = interchange
        self.segment(
            "ISA", "00", " " * 10, "00", " " * 10,
            head.sender_qualifier, f"{head.sender:<15.15}",
            head.receiver_qualifier, f"{head.receiver:<15.15}",
            f"{head.created_at:%y%m%d}", f"{head.created_at:%H%M}", REPETITION, "00501",
            f"{head.control_number:09d}", "0", head.usage, COMPONENT,
        )  # fmt: skip
        self.segment(
            "GS", head.group, head.sender.strip(), head.receiver.strip(),
            f"{head.created_at:%Y%m%d}", f"{head.created_at:%H%M%S}",
            str(head.control_number), "X", head.version,
        )  # fmt: skip

    def segment(self, *elements: str) -> None:
        """
        Write one segment; empty elements at its end are left away.

        :raises Unwritable: if an element holds a separator
        """
        kept = list(elements)
        while kept and not kept[-1]:
            kept.pop()
        for value in kept:
            if not _FORBIDDEN.isdisjoint(value):
                raise Unwritable(f"{kept[0]}: {value!r} holds a separator of the file")
        self.parts.append(ELEMENT.join(kept))

    def address(self, where: Address | None) -> None:
        """Write a street and a town, if they are known."""
        if where is not None:
            digits = "".join(filter(str.isdigit, where.zip_code))
            self.segment("N3", clean(where.street)[:55])
            self.segment("N4", clean(where.city)[:30], clean(where.state), digits)

    def begin(self, kind: str) -> None:
        """Open a transaction set under the next control number."""
        self.transactions += 1
        self._control = f"{self.transactions:04d}"
        self._started = len(self.parts)
        self.segment("ST", kind, self._control, self.interchange.version)

    def end(self) -> None:
        """Close the open transaction set with its count."""
        self.segment("SE", str(len(self.parts) - self._started + 1), self._control)

    def close(self) -> bytes:
        """Close the interchange and give the file."""
        control = self.interchange.control_number
        self.segment("GE", str(self.transactions), str(control))
        self.segment("IEA", "1", f"{control:09d}")
        return "".join(part + TERMINATOR + "\n" for part in self.parts).encode()


def clean(text: str) -> str:
    """Replace what would cut a segment apart by a blank, for names and free text."""
    return "".join(" " if c in _FORBIDDEN else c for c in text).strip()


def joined(values: Iterable[str]) -> str:
    """Join values as components of one element."""
    return COMPONENT.join(values)
