"""Rows that the database finds and orders, for `list_rows` where a QuerySet cannot say it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from django.db import connection

from ipaportal.core.sql import turned


@dataclass(frozen=True)
class Cut:
    """
    A query whose rows are ordered by the database, asked once, and made a page at a time.

    For some thousands of narrow rows: what costs is finding them, so they are found once for the
    count and for the page. `orders` are the only words that an address may order by: our own,
    with {0} for the direction.
    """

    query: str
    params: Mapping[str, object]
    orders: Mapping[str, str]
    make: Callable[..., object]
    tie: str
    order: str = ""

    def order_by(self, key: str, *_tie: str) -> "Cut":
        """The same rows in another order."""
        return replace(self, order=turned(self.orders, key))

    @cached_property
    def found(self) -> list[tuple]:
        """All rows, as the database gave them."""
        order = ", ".join(filter(None, (self.order, self.tie)))
        query = f"SELECT * FROM ({self.query}) AS found ORDER BY {order}"  # noqa: S608 - our words
        with connection.cursor() as cursor:
            cursor.execute(query, dict(self.params))
            return cursor.fetchall()

    def count(self) -> int:
        """How many rows there are."""
        return len(self.found)

    def __getitem__(self, cut: slice) -> list[object]:
        return [self.make(*row) for row in self.found[cut]]

    def __iter__(self) -> Iterator[object]:
        return (self.make(*row) for row in self.found)
