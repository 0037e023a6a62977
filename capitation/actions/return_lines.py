"""Lines of the bank that end, beneath the actions that end them."""

from datetime import datetime

from capitation.models import BankAccount, ReturnLine
from ipaportal.audit.actions import record
from ipaportal.core.actors import Actor


def decide_line(line: ReturnLine, state: str, text: str, actor: Actor, now: datetime) -> None:
    """Write what ended a line, and by whom."""
    line.state, line.decision_text, line.decided_at = state, text[:500], now
    line.decided_by_id, line.decided_by_name = actor.user_id, actor.name
    line.save(
        update_fields=["state", "decision_text", "decided_at", "decided_by_id", "decided_by_name"]
    )


def end_notice_of(proposed: BankAccount, text: str, actor: Actor, now: datetime) -> None:
    """Close the notice that a proposal came from, now that it is decided on."""
    if proposed.notice_id is None:
        return
    line = ReturnLine.objects.select_for_update().get(pk=proposed.notice_id)
    if line.state != ReturnLine.State.WAITING:
        return
    decide_line(line, ReturnLine.State.CLOSED, text, actor, now)
    record(
        actor=actor,
        action="capitation.return_line.closed",
        subject=line,
        waited_for=line.why,
        text=line.decision_text,
        bank_account_id=str(proposed.pk),
    )
