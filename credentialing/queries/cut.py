"""Rows that the database sorts and cuts: what `list_rows` takes where a QuerySet cannot say it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from django.db import connection


@dataclass(frozen=True)
class Cut:
    """
    A query whose rows are counted, ordered and read a page at a time.

    `orders` are the only words that an address may order by: our own, with {0} for the direction.
    """

    query: str
    params: Mapping[str, object]
    orders: Mapping[str, str]
    make: Callable[..., object]
    tie: str
    order: str = ""

    def order_by(self, key: str, *_tie: str) -> "Cut":
        """The same rows in another order."""
        turned = "DESC" if key.startswith("-") else "ASC"
        return replace(self, order=self.orders[key.removeprefix("-")].format(turned))

    def count(self) -> int:
        """How many rows there are."""
        with connection.cursor() as cursor:
            query = f"SELECT count(*) FROM ({self.query}) AS found"  # noqa: S608 - our own words
            cursor.execute(query, dict(self.params))
            return cursor.fetchone()[0]

    def __getitem__(self, cut: slice) -> list[object]:
        order = ", ".join(filter(None, (self.order, self.tie)))
        query = f"SELECT * FROM ({self.query}) AS found ORDER BY {order}"  # noqa: S608
        if cut.stop is not None:
            start = int(cut.start or 0)
            query += f" LIMIT {int(cut.stop) - start} OFFSET {start}"
        with connection.cursor() as cursor:
            cursor.execute(query, dict(self.params))
            return [self.make(*row) for row in cursor.fetchall()]

    def __iter__(self) -> Iterator[object]:
        return iter(self[:])
