"""How findings stand in lists: the board's, and that of one audit."""

from django.urls import reverse

from compliance.queries.findings import BoardRow
from compliance.rules.audits import KINDS
from ipaportal.core.parts import Column

FINDINGS = (
    Column("title", "Finding", "link", sort="title"),
    Column("audit", "Audit", sort="audit"),
    Column("kind", "Kind", sort="kind"),
    Column("state", "State", "status", sort="state"),
    Column("due", "Due", "day", sort="due"),
    Column("late", "Late since", "day", sort="late"),
    Column("owner", "Owner", sort="owner"),
    Column("members", "Members", "count", sort="members"),
    Column("amount", "Dollars $", "money", sort="amount"),
)
SHORT = {"car": "corrective action", "observation": "observation", "ids": "invalid data"}
STATES = {
    "no plan": "no plan",
    "needs none": "needs none",
    "open": "open",
    "submitted": "to validate",
    "validated": "validated",
    "overdue": "overdue",
}


def finding_row(row: BoardRow) -> dict[str, object]:
    """A finding as a list shows it."""
    finding = row.finding
    return {
        "title": str(finding),
        "audit": finding.audit.title,
        "kind": SHORT[finding.kind],
        "kind_words": KINDS[finding.kind],
        "state": state_words(row),
        "due": row.due,
        "late": row.late,
        "owner": row.owner_name,
        "owner_id": row.owner_id,
        "members": row.members,
        "amount": row.amount_cents,
        "url": reverse("compliance:finding_detail", args=[finding.pk]),
    }


def state_words(row: BoardRow) -> str:
    """The state of a finding in a word; late before all else."""
    return STATES["overdue"] if row.late else STATES[row.state]
