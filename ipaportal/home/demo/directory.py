"""The demo's directory: open to everybody, mostly confirmed, in the languages of the valley."""

from datetime import datetime, timedelta

from credentialing.actions.directory import change_office, confirm_office
from credentialing.actions.facility_directory import confirm_facility
from credentialing.actions.policies import set_policy
from credentialing.models import Facility, Language, NetworkPolicy, PractitionerRole
from credentialing.queries.directory import listed_locations
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.home.demo.committee import People

OPENED_AGO = timedelta(days=120)
SPOKEN = ("Spanish", "Hmong", "Punjabi", "Tagalog", "Armenian", "Vietnamese")


def open_directory(people: People, now: datetime) -> None:
    """Open the directory, say who speaks what, and confirm most offices, some of them long ago."""
    if NetworkPolicy.objects.exists():
        return
    system = Actor.system("demo")
    opened = now - OPENED_AGO
    set_policy(
        actor=people.director, topic="directory", is_on=True, from_date=opened.date(),
        note="decided by the board, minutes of its last meeting", now=opened,
    )  # fmt: skip
    for kind in ("np", "pa"):
        set_policy(
            actor=people.director, topic="supervision", is_on=True, from_date=opened.date(),
            state="CA", provider_type=kind, now=opened,
            note="the IPA's own policy until counsel has read the state's rule",
        )  # fmt: skip
    say_languages(actor=system, now=now)
    manager = Actor.system("practice manager")
    places = list(listed_locations(now.date()).order_by("pk"))
    for number, place in enumerate(places):
        if number % 4 != 3:
            days = 100 if number % 4 == 2 else 12
            confirm_office(actor=manager, location_id=place.pk, now=now - timedelta(days=days))
    # Of four facilities one was confirmed too long ago, and one never.
    for number, where in enumerate(Facility.objects.filter(status="active").order_by("pk")):
        if number % 4 != 3:
            days = 380 if number % 4 == 2 else 40
            confirm_facility(
                actor=people.specialist, facility_id=where.pk, told_by="the registrar's office",
                values={}, now=now - timedelta(days=days),
            )  # fmt: skip
    if places:
        change_office(
            actor=manager, location_id=places[0].pk, what="other", now=now,
            text="The entrance is on the courtyard now; the address stays.",
        )  # fmt: skip


@action("home.build_demo")
def say_languages(*, actor: Actor, now: datetime) -> int:
    """Say of every third doctor who is listed which language they speak besides English."""
    keys = PractitionerRole.objects.order_by("practitioner_id").values_list(
        "practitioner_id", flat=True
    )
    spoken = sorted(set(keys))[::3]
    for number, pk in enumerate(spoken):
        Language.objects.create(
            practitioner_id=pk, language=SPOKEN[number % len(SPOKEN)], spoken_by="self",
            recorded_by_name=actor.name, recorded_at=now,
        )  # fmt: skip
    record(actor=actor, action="home.demo.languages_said", people=len(spoken))
    return len(spoken)
