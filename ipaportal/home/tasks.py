"""The clock's own tasks."""

from celery import shared_task
from django.utils import timezone

from ipaportal.home import pulse
from ipaportal.home.proving import prove as prove_all
from ipaportal.home.steps import take_steps

PROVEN_EVERY_SECONDS = 20 * 60 * 60


@shared_task(name="home.tick")
def tick() -> None:
    """Sweep up whatever a lost wake-up left waiting."""
    pulse.leave("tick")
    take_steps(timezone.now())


@shared_task(name="home.prove")
def prove() -> None:
    """Run every invariant once a day; asked hourly, so that a machine that slept does it late."""
    age = pulse.age_seconds("prove", timezone.now())
    if age is None or age > PROVEN_EVERY_SECONDS:
        for _ in prove_all():
            pass
