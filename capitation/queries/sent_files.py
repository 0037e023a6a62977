"""Which trace numbers the bank knows that the books do not, and the last one it was sent."""

from collections.abc import Iterable

from django.db.models import Max

from capitation.models import Payment
from ipaportal.ledger.models import Hold

# What was found at the bank only keeps its trace number in the source of its hold.
SOURCE = "bank:"


def unknown_traces(traces: Iterable[str]) -> set[str]:
    """Those that no payment of this database has."""
    asked = set(traces)
    known = Payment.objects.filter(trace_number__in=asked)
    return asked - set(known.values_list("trace_number", flat=True))


def last_sequence(prefix: str) -> int:
    """The highest sequence a bank was ever sent under our prefix, also by what was lost here."""
    paid = Payment.objects.filter(trace_number__startswith=prefix)
    found = Hold.objects.filter(source__startswith=SOURCE + prefix)
    last = paid.aggregate(last=Max("trace_number"))["last"] or ""
    seen = found.aggregate(last=Max("source"))["last"] or ""
    return max(int(last[8:] or 0), int(seen.removeprefix(SOURCE)[8:] or 0))
