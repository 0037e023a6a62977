"""A run that could not be taken on says so, in a transaction of its own."""

from datetime import datetime

from capitation.models import Run
from capitation.rules import lifecycle
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor


@action("capitation.calculate_run")
def fail_run(*, actor: Actor, run_id: int, problem: str, now: datetime) -> Run:
    """Mark a run failed with the reason; it can be calculated again once that is settled."""
    run = Run.objects.select_for_update().get(pk=run_id)
    run.status = lifecycle.after(run.status, "fail")
    run.problem = f"{now:%Y-%m-%d %H:%M}: {problem}"
    run.save(update_fields=["status", "problem"])
    record(actor=actor, action="capitation.run.failed", subject=run, problem=problem)
    return run
