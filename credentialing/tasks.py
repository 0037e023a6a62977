"""When it happens by itself: Celery's entry points. The row is the job; each is safe to repeat."""

from celery import shared_task
from django.utils import timezone

from credentialing.actions.audits import advance_packet as advance_audit_packet
from credentialing.actions.screening_lists import read_list as read
from credentialing.actions.screening_runs import advance_run
from ipaportal.core.actors import Actor

WORKER = Actor.system("worker")


@shared_task(name="credentialing.read_list", acks_late=True)
def read_list(version_id: int) -> None:
    """Read an exclusion list that was received, and swap it in."""
    read(actor=WORKER, version_id=version_id, now=timezone.now())


@shared_task(name="credentialing.advance_screening", acks_late=True)
def advance_screening(run_id: int) -> None:
    """Screen the next people of a run, or finish it."""
    advance_run(actor=WORKER, run_id=run_id, now=timezone.now())


@shared_task(name="credentialing.advance_packet", acks_late=True)
def advance_packet(packet_id: int) -> None:
    """Write the next file of an audit packet, or finish it."""
    advance_audit_packet(actor=WORKER, packet_id=packet_id, now=timezone.now())
