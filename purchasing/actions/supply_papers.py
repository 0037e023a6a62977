"""Papers that come with drugs: transaction information and statement, kept six years (DSCSA)."""

from datetime import datetime

from credentialing.actions.documents import WrongFile, checked_kind
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.archives import Kind, sniff
from ipaportal.core.bare_pictures import NotAPicture, bare
from ipaportal.core.files import store
from ipaportal.core.locks import lock
from ipaportal.core.refusals import NotPermitted, Refused
from purchasing.models import SupplyPaper
from purchasing.queries.awards import lines_of

RECEIVE = "purchasing.receive_packs"
MOST_TEXT = 5 << 20
PICTURES = ("image/png", "image/jpeg")


class PaperTwice(Refused):
    def __init__(self) -> None:
        super().__init__("This very file is kept for this delivery already. Nothing was changed.")


@action(RECEIVE)
def keep_paper(
    *,
    actor: Actor,
    line_id: int,
    lot: str,
    has_information: bool,
    has_statement: bool,
    name: str,
    data: bytes,
    now: datetime,
) -> SupplyPaper:
    """
    Keep what came with a delivery: transaction information, statement, or both.

    :raises NotPermitted: if the delivery is not theirs
    :raises WrongFile: if it is empty, too large, of a kind that is not kept, or does something
    :raises PaperTwice: if it is kept already
    """
    line = lines_of(actor=actor).filter(pk=line_id).first()
    if line is None:
        raise NotPermitted(actor.name, RECEIVE)
    lock("papers of a line", line_id)
    content_type = _kind(data)
    if content_type in PICTURES:  # a photographed label or paper, not where it was taken
        try:
            data, _ = bare(data)
        except NotAPicture as broken:
            raise WrongFile(str(broken)) from broken
    kept, lot = store(data), lot.strip().upper()
    if line.papers.filter(lot=lot, sha256=kept.sha256).exists():
        raise PaperTwice
    made = SupplyPaper.objects.create(
        line=line, lot=lot, has_information=has_information, has_statement=has_statement,
        name=name[:200], sha256=kept.sha256, content_type=content_type, size=len(data),
        recorded_by_id=actor.user_id, recorded_by_name=actor.name, recorded_at=now,
    )  # fmt: skip
    record(actor=actor, action="purchasing.paper.kept", subject=made, sha256=kept.sha256)
    return made


def _kind(data: bytes) -> str:
    """What a paper is by its bytes: a page or a picture of one, or a message (EPCIS, X12)."""
    if sniff(data) == Kind.TEXT:
        if len(data) > MOST_TEXT:
            raise WrongFile(f"The message is larger than {MOST_TEXT >> 20} MB.")
        return "text/plain"
    return checked_kind(data)
