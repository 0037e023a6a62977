"""When it happens by itself: Celery's entry points. The row is the job; each is safe to repeat."""

from celery import shared_task
from django.utils import timezone

from capitation.actions import advance
from ipaportal.core.actors import Actor

WORKER = Actor.system("worker")


@shared_task(name="capitation.process_file", acks_late=True)
def process_file(file_id: int) -> None:
    """Process a plan file that waits."""
    advance.advance_file(actor=WORKER, file_id=file_id, now=timezone.now())


@shared_task(name="capitation.advance_run", acks_late=True)
def advance_run(run_id: int) -> None:
    """Take a run one step on: calculate what is open, post what is approved."""
    advance.advance_run(actor=WORKER, run_id=run_id, now=timezone.now())


@shared_task(name="capitation.open_due_runs", acks_late=True)
def open_due_runs() -> None:
    """Open the months whose day has come."""
    advance.open_due(actor=Actor.system("clock"), now=timezone.now())
