"""Decisions as a vote, or the director alone, leaves them behind, for tests."""

from datetime import date

from credentialing.actions.deciding import keep_decision
from credentialing.actions.steps import take_step
from credentialing.models import AgendaItem, Meeting, Motion
from credentialing.rules.events import Status
from ipaportal.audit.actions import action
from ipaportal.core.actors import Actor
from tests.credentialing.applying import APPLIED
from tests.factories import CLOCK

DAY = date(2026, 12, 1)
ITO = Actor(920, "Dr. Ito", frozenset({("medical_director", 1)}))


@action("credentialing.run_meeting")
def decide(*, actor, event, outcome="approved", day=DAY, seats=None):
    """What a vote, or the director alone, leaves behind."""
    event.refresh_from_db()
    way = [Status.VERIFYING, Status.VERIFIED, Status.QUEUED, Status.ON_AGENDA]
    for status in way[way.index(event.status) + 1 if event.status in way else 0 :]:
        take_step(event, status, actor=CLOCK, now=APPLIED)
    give = {"text": "in the room", "level": "clean", "packet_sha256": "", "by": "Dr. Ito"}
    if outcome == "denied":
        give |= {"motion": a_motion(event, seats), "reason_code": "quality"}
    return keep_decision(event, outcome=outcome, day=day, actor=actor, now=APPLIED, **give)


def a_motion(event, seats):
    """A motion to deny a file in a meeting."""
    committee_id = seats["Okafor"].committee_id
    meeting = Meeting.objects.create(
        committee_id=committee_id, starts_at=APPLIED, mode="video", planned_at=APPLIED
    )
    item = AgendaItem.objects.create(meeting=meeting, event=event, level="clean", added_at=APPLIED)
    mover, seconder = seats["Okafor"], seats["Weiss"]
    return Motion.objects.create(
        item=item, kind="denied", text="for quality", reason_code="quality", mover=mover,
        seconder=seconder, made_at=APPLIED,
    )  # fmt: skip
