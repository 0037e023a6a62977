"""How findings stand in lists: the board's, and that of one audit."""

from django.urls import reverse

from compliance.models import Correction, CorrectionHandover, CorrectionStep
from compliance.queries.findings import BoardRow
from compliance.rules.audits import KINDS
from compliance.rules.corrections import HANDED, WORDS
from ipaportal.core.parts import Column, Moment

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
    "draft": "draft",
    "returned": "returned",
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
        "owner": f"{row.owner_name} (left)" if row.owner_left else row.owner_name,
        "owner_left": row.owner_left,
        "owner_id": row.owner_id,
        "members": row.members,
        "amount": row.amount_cents,
        "url": reverse("compliance:finding_detail", args=[finding.pk]),
    }


def state_words(row: BoardRow) -> str:
    """The state of a finding in a word; late before all else."""
    return STATES["overdue"] if row.late else STATES[row.state]


def moments_of(plan: Correction) -> list[Moment]:
    """All that was done about a correction and who handed it to whom, the newest first."""
    found = [_moment(one) for one in plan.steps.select_related("milestone")]
    for offer in plan.handovers.all():
        found += _handed(offer)
    return sorted(found, key=lambda one: one.at, reverse=True)


def _moment(step: CorrectionStep) -> Moment:
    what = WORDS[step.kind][:1].upper() + WORDS[step.kind][1:]
    if step.milestone:
        what = f"{what}: {step.milestone.text}"
    if step.due_date:
        what = f"{what} to {step.due_date}"
    tone = {"validated": "good", "returned": "bad", "reopened": "warm"}.get(step.kind, "")
    url = reverse("compliance:step_file", args=[step.pk]) if step.evidence_sha256 else ""
    return Moment(step.at, what, step.by_name, step.text, tone, url)


def _handed(offer: CorrectionHandover) -> list[Moment]:
    """An offer, and what became of it."""
    what = f"Handed over by {offer.from_name} to {offer.to_name}"
    found = [Moment(offer.recorded_at, what, offer.recorded_by_name, offer.reason)]
    if offer.answer:
        who = offer.to_name if offer.answer != "withdrawn" else offer.from_name
        words = HANDED[offer.answer][:1].upper() + HANDED[offer.answer][1:]
        found.append(Moment(offer.answered_at, words, who, offer.answer_text))
    return found
