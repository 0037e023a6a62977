"""The clock's own task."""

from celery import shared_task
from django.utils import timezone

from ipaportal.home.steps import take_steps


@shared_task(name="home.tick")
def tick() -> None:
    """Sweep up whatever a lost wake-up left waiting."""
    take_steps(timezone.now())
