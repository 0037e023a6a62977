"""When it happens by itself: Celery's entry points. The row is the job; each is safe to repeat."""

from celery import shared_task
from django.utils import timezone

from compliance.actions.claims import step_claims
from compliance.actions.health_links import step_imports
from compliance.actions.health_records import step_records
from compliance.actions.packets import step_packets
from compliance.actions.remits import step_remits


@shared_task(name="compliance.write_packet", acks_late=True)
def write_packet(_packet_id: int) -> None:
    """Write the packets that can be written; what waits for a seal is left to the tick."""
    step_packets(timezone.now())


@shared_task(name="compliance.read_claims", acks_late=True)
def read_claims(_file_id: int) -> None:
    """Read the files of claims that wait."""
    step_claims(timezone.now())


@shared_task(name="compliance.read_records", acks_late=True)
def read_records(_file_id: int) -> None:
    """Read the files of health records that wait."""
    step_records(timezone.now())


@shared_task(name="compliance.import_records", acks_late=True)
def import_records(_job_id: int) -> None:
    """Take imports of health records that are due one step on."""
    step_imports(timezone.now())


@shared_task(name="compliance.read_remits", acks_late=True)
def read_remits(_file_id: int) -> None:
    """Read the files of remittances that wait."""
    step_remits(timezone.now())
