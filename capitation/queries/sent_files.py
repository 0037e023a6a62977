"""Which trace numbers the bank knows that the books do not, and the last one it was sent."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Max

from capitation.models import Payment, PaymentBatch, Prenote, PrenoteFile
from ipaportal.ledger.models import Hold

# What was found at the bank only keeps its trace number in the source of its hold.
SOURCE = "bank:"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def unknown_traces(traces: Iterable[str]) -> set[str]:
    """Those that no payment of this database has."""
    asked = set(traces)
    known = Payment.objects.filter(trace_number__in=asked)
    return asked - set(known.values_list("trace_number", flat=True))


def last_sequence(prefix: str) -> int:
    """The highest sequence a bank was ever sent under our prefix, also by what was lost here."""
    paid = Payment.objects.filter(trace_number__startswith=prefix)
    tested = Prenote.objects.filter(trace_number__startswith=prefix)
    found = Hold.objects.filter(source__startswith=SOURCE + prefix)
    last = paid.aggregate(last=Max("trace_number"))["last"] or ""
    test = tested.aggregate(last=Max("trace_number"))["last"] or ""
    seen = found.aggregate(last=Max("source"))["last"] or ""
    sequences = (last[8:], test[8:], seen.removeprefix(SOURCE)[8:])
    return max(int(sequence or 0) for sequence in sequences)


def next_letter(day: date, *, of_checks: bool = False) -> str:
    """
    The letter of the next file of a day, of payments or prenotes; empty if all are used.

    Files for the printer of checks never go to the network: they have small letters.
    """
    letters = LETTERS.lower() if of_checks else LETTERS
    used = {
        letter
        for files in (PaymentBatch.objects, PrenoteFile.objects)
        for letter in files.filter(file_date=day).values_list("file_id_modifier", flat=True)
    }
    return next((letter for letter in letters if letter not in used), "")
