"""When it happens by itself: Celery's entry points. The row is the job; each is safe to repeat."""

from contextlib import suppress

from celery import shared_task
from django.utils import timezone

from ipaportal.core.actors import Actor
from purchasing.actions.award_asks import NothingWaits
from purchasing.actions.award_asks import work_out as work_out_ask
from purchasing.actions.award_decisions import NothingToCheck
from purchasing.actions.award_decisions import check_approval as check
from purchasing.actions.reference import NothingArrived, read_arrival


@shared_task(name="purchasing.work_out_award", acks_late=True)
def work_out_award(ask_id: int) -> None:
    """Work out an award that was asked for, unless another worker has it."""
    with suppress(NothingWaits):
        work_out_ask(actor=Actor.system("worker"), ask_id=ask_id, now=timezone.now())


@shared_task(name="purchasing.check_approval", acks_late=True)
def check_approval(approval_id: int) -> None:
    """Work an approved award out again, unless another worker has it."""
    with suppress(NothingToCheck):
        check(actor=Actor.system("worker"), approval_id=approval_id, now=timezone.now())


@shared_task(name="purchasing.read_list", acks_late=True)
def read_list(arrival_id: int) -> None:
    """Read a file with lists from outside, unless another worker has it."""
    with suppress(NothingArrived):
        read_arrival(actor=Actor.system("worker"), arrival_id=arrival_id, now=timezone.now())
