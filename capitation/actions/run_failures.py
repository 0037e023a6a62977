"""A run that could not be taken on says so, in a transaction of its own."""

from datetime import datetime
from typing import NamedTuple

from django.utils import timezone

from capitation.models import Run
from capitation.rules import lifecycle
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import Refused


class Standing(NamedTuple):
    """What a run was when somebody looked: when this changed, they speak of another state."""

    status: str
    calculated_at: datetime | None
    approved_at: datetime | None


class Overtaken(Refused):
    """A run went on while a calculation of it was failing."""

    def __init__(self, run: Run) -> None:
        super().__init__(
            f"{run} is {run.get_status_display()} by now: somebody took it on while this "
            "calculation was refused. Nothing was changed. Look at the run as it is."
        )


def standing(run: Run) -> Standing:
    return Standing(run.status, run.calculated_at, run.approved_at)


@action("capitation.calculate_run")
def fail_run(*, actor: Actor, run_id: int, problem: str, now: datetime, seen: Standing) -> Run:
    """
    Mark a run failed with the reason; it can be calculated again once that is settled.

    `seen` is what the run was before it was tried: what somebody did since then stands.

    :raises Overtaken: if it was calculated, approved, posted or cancelled since
    """
    run = Run.objects.select_for_update(of=["self"]).select_related("contract").get(pk=run_id)
    if standing(run) != seen:
        raise Overtaken(run)
    run.status = lifecycle.after(run.status, "fail")
    run.problem = f"{timezone.localtime(now):%Y-%m-%d %H:%M}: {problem}"
    run.save(update_fields=["status", "problem"])
    record(actor=actor, action="capitation.run.failed", subject=run, problem=problem)
    return run
