"""How requests of a plan's auditors stand in lists: theirs, and the officer's."""

from django.urls import reverse
from django.utils import timezone

from compliance.queries.audit_rooms import Asked
from ipaportal.core.parts import Column

REQUESTS = (
    Column("text", "Asked for", "link", url="reply_url", opens_page=True, wide=True),
    Column("state", "State", "status"),
    Column("due", "Due", "day"),
    Column("asked", "Asked", "day", minor=True),
    Column("who", "By", minor=True),
    Column("said", "What was said", wide=True),
    Column("paper", "Paper", "link", url="paper_url", opens_page=True),
)


def request_row(one: Asked, *, staff: bool) -> dict[str, object]:
    """A request as a list shows it: staff are led to answer it, guests to the paper."""
    last = one.replies[-1] if one.replies else None
    papers = [reply for reply in one.replies if reply.file_sha256]
    file = "compliance:reply_file" if staff else "compliance:plan_audit_reply"
    return {
        "text": f"{one.request.place}. {one.request.text}",
        "state": one.state,
        "due": one.request.due_date,
        "asked": timezone.localdate(one.request.recorded_at),
        "who": one.request.recorded_by_name,
        "said": last.text if last else "",
        "paper": "the paper" if papers else "",
        "paper_url": reverse(file, args=[papers[-1].pk]) if papers else "",
        "reply_url": reverse("compliance:request_reply", args=[one.request.pk]) if staff else "",
    }
