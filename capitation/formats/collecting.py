"""What the X12 readers share: segments go to a collector, records come out one by one."""

from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar

from ipaportal.core.x12 import Reader, Source
from ipaportal.core.x12_envelope import Problem

T = TypeVar("T", covariant=True)


class Collector(Protocol[T]):
    """Turns segments into records, and says what is wrong with them."""

    delimiters: object
    delimiters: object
    problems: list[Problem]

    def feed(self, number: int, segment: list[str]) -> T | None: ...

    def finish(self) -> T | None: ...


class CollectingReader(Generic[T]):
    """Iterates over a file's records in flat memory; its totals are known afterwards."""

    def __init__(self, source: Source, collector: Collector[T]) -> None:
        self._reader = Reader(source)
        self._collector = collector

    def __iter__(self) -> Iterator[T]:
        collector = self._collector
        for number, segment in self._reader:
            if segment[0] == "ISA":
                collector.delimiters = self._reader.delimiters
            record = collector.feed(number, segment)
            if record is not None:
                yield record
        record = collector.finish()
        if record is not None:
            yield record

    @property
    def problems(self) -> list[Problem]:
        """Give what is wrong with the envelope, the values and the totals."""
        return self._reader.problems + self._collector.problems

    @property
    def segments(self) -> int:
        """Give the number of segments of the file."""
        return self._reader.segments
