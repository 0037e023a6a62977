"""The watched folder: what lay in it, and where plans and the bank put their files."""

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db.models import QuerySet

from capitation.models import InboxFile, Payer
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted

VIEW = "capitation.view_files"


@dataclass(frozen=True)
class WatchedFolder:
    """A folder that is looked into, and whose files lie there."""

    name: str
    whose: str


def inbox_files(*, actor: Actor, status: str = "") -> QuerySet[InboxFile]:
    """What was found in the watched folder, the latest first."""
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)
    found = InboxFile.objects.select_related("plan_file", "return_file").order_by("-pk")
    return found.filter(status=status) if status else found


def watched_folders() -> list[WatchedFolder]:
    """Every folder that is looked into; none where the watched folder is switched off."""
    if settings.INBOX_DIR is None:
        return []
    root = Path(settings.INBOX_DIR).name
    payers = Payer.objects.exclude(party__code="").select_related("party")
    named = [(p.party.code, p.party.name) for p in payers.order_by("party__code")]
    return [
        WatchedFolder(f"{root}/{code}", whose)
        for code, whose in [*named, ("bank", "The bank's returns")]
    ]
