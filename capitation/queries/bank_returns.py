"""The bank's returns: files that were read, lines that wait for somebody."""

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from capitation.models import ReturnFile, ReturnLine
from ipaportal.core.actors import Actor
from ipaportal.core.encryption import decrypt, place

VIEW = "capitation.view_payments"
WAITING = ReturnLine.State.WAITING


@dataclass(frozen=True)
class FileSums:
    """What became of a file's lines; the first is the sum of the others."""

    lines: int
    applied: int
    waiting: int
    closed: int


def corrected_aad(line: ReturnLine) -> str:
    """What ties the corrected details of a notice to their row."""
    return place("capitation_returnline", "corrected_encrypted", line.pk)


def corrected_of(line: ReturnLine) -> str:
    """
    The corrected details of a notice in clear, for whoever proposes them; empty if it has none.

    :raises EncryptionFailed: if they were altered or belong to another row
    """
    if line.corrected_encrypted is None:
        return ""
    return decrypt(line.corrected_encrypted, corrected_aad(line))


def return_lines(*, actor: Actor) -> QuerySet[ReturnLine]:
    """Lines of the bank's files, for those who see the whole IPA."""
    if actor.reach(VIEW) is not None:
        return ReturnLine.objects.none()
    about = ("payment__party", "prenote__bank_account__party")
    return ReturnLine.objects.select_related("file", *about)


def waiting_lines(*, actor: Actor) -> QuerySet[ReturnLine]:
    """Lines that wait for somebody, the oldest first."""
    return return_lines(actor=actor).filter(state=WAITING).order_by("file", "line")


def return_files(*, actor: Actor) -> QuerySet[ReturnFile]:
    """Files of returns with what became of their lines, newest first."""
    if actor.reach(VIEW) is not None:
        return ReturnFile.objects.none()
    states = {
        state: Count("lines", filter=Q(lines__state=state)) for state in ReturnLine.State.values
    }
    return ReturnFile.objects.annotate(**states).order_by("-received_at", "-pk")


def sums_of(file: ReturnFile) -> FileSums:
    """What became of a file's lines."""
    states = ReturnLine.State
    counts = dict.fromkeys(states.values, 0)
    counts |= dict(file.lines.order_by().values_list("state").annotate(n=Count("pk")))
    return FileSums(
        file.line_count, counts[states.APPLIED], counts[states.WAITING], counts[states.CLOSED]
    )
