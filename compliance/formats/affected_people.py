"""Lists of people whom a breach affects: read from CSV, written as a file to merge letters from."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from compliance.rules.breaches import STATES

MOST_ROWS = 100_000
HEAD = ("name", "address", "city", "state", "zip")
# May stand there too: the plan's number, by which a member's account of disclosures is found.
NUMBER = "member"


class BadList(ValueError):
    """A list that cannot be used; its words say which line, and why."""


@dataclass(frozen=True)
class Affected:
    """Somebody who is told, and where they live."""

    name: str
    address: str
    city: str
    state: str
    zip: str
    member: str = ""

    @property
    def lines(self) -> list[str]:
        """As it stands on a letter."""
        return [self.name, self.address, f"{self.city}, {self.state} {self.zip}"]

    @property
    def has_address(self) -> bool:
        return bool(self.address and self.city and self.zip)


def read_people(data: bytes) -> list[Affected]:
    """
    Read a list; its first line names the columns, in any order.

    :raises BadList: naming the first line that is wrong
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as failure:
        raise BadList("The file is no UTF-8 text.") from failure
    rows = csv.DictReader(io.StringIO(text, newline=""))
    names = [(name or "").strip().lower() for name in rows.fieldnames or ()]
    if missing := [name for name in HEAD if name not in names]:
        raise BadList(f"The first line does not name {', '.join(missing)}.")
    rows.fieldnames = names
    found = []
    try:
        for number, row in enumerate(rows, 2):
            if len(found) >= MOST_ROWS:
                raise BadList(f"There are more than {MOST_ROWS:,} people.")
            found.append(_person(number, row))
    except csv.Error as failure:
        raise BadList(f"Line {rows.line_num} cannot be read: {failure}.") from failure
    if not found:
        raise BadList("Nobody stands in it.")
    return found


def _person(number: int, row: dict[str, str | None]) -> Affected:
    values = {name: (row.get(name) or "").strip()[:200] for name in (*HEAD, NUMBER)}
    person = Affected(**values | {"state": values["state"].upper()})
    if not person.name:
        raise BadList(f"Line {number} has no name.")
    if person.state not in STATES:
        raise BadList(f"Line {number} has no state that there is.")
    return person


def merge_rows(people: Sequence[Affected]) -> list[list[str]]:
    """Rows of a file to merge letters from, its head first."""
    names = list(HEAD)
    return [names, *([getattr(person, name) for name in names] for person in people)]
