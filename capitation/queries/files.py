"""Plan files: the inbox, one file with what became of it, its lines."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet

from capitation.models import PlanFile, Receipt, RemittanceLine, UnmatchedRow
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted
from ipaportal.ledger.models import Entry


@dataclass(frozen=True)
class FilePage:
    """A file, what the reader said, what it changed, what waits, what the books say."""

    file: PlanFile
    lines: int
    waiting_lines: int
    unmatched: int
    total_cents: int | None
    entry: Entry | None
    deposits: list[Entry]

    @property
    def deposited_cents(self) -> int:
        """What the bank has shown of it so far."""
        return sum(int(entry.key.rpartition(":")[2]) for entry in self.deposits)


def file_inbox(
    *, actor: Actor, status: str = "", payer_id: int | None = None
) -> QuerySet[PlanFile]:
    """Files received, the latest first."""
    _may(actor)
    files = PlanFile.objects.select_related("payer__party", "contract")
    if status:
        files = files.filter(status=status)
    if payer_id is not None:
        files = files.filter(payer_id=payer_id)
    return files


def file_page(*, actor: Actor, file_id: int) -> FilePage:
    """One file with what became of it."""
    _may(actor)
    file = PlanFile.objects.select_related("payer__party", "contract").get(pk=file_id)
    lines = file_lines(actor=actor, file_id=file_id)
    return FilePage(
        file=file,
        lines=lines.count(),
        waiting_lines=lines.filter(is_matched=False).count(),
        unmatched=UnmatchedRow.objects.filter(file=file, resolved_at=None).count(),
        total_cents=file.counts.get("total_cents"),
        entry=Entry.objects.filter(key=f"file:{file.pk}").first(),
        deposits=list(Entry.objects.filter(key__startswith=f"deposit:{file.pk}:")),
    )


def file_lines(*, actor: Actor, file_id: int) -> QuerySet[RemittanceLine]:
    """A file's lines of money in its order, each with whether a member is matched."""
    _may(actor)
    matched = Receipt.objects.filter(line_id=OuterRef("pk"))
    lines = RemittanceLine.objects.filter(file_id=file_id).annotate(is_matched=Exists(matched))
    return lines.select_related("receipt").order_by("line_no")


def _may(actor: Actor) -> None:
    if not actor.may("capitation.view_files"):
        raise NotPermitted(actor.name, "capitation.view_files")
