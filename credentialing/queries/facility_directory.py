"""What the directory says of facilities: who confirmed it, when, and by when it is due again."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Max, Q, QuerySet
from django.urls import reverse

from credentialing.models import Facility
from credentialing.queries.directory import WORK, opened_on
from credentialing.rules.directory import ASK_FACILITY, verify_by, word_of
from ipaportal.core.actors import Actor
from ipaportal.core.cards import Cards, Task
from ipaportal.core.refusals import NotPermitted
from ipaportal.core.words import plural

SHOWN = 3
FIELDS = ("dba_name", "line", "city", "state", "zip_code", "phone")


@dataclass(frozen=True)
class Listed:
    """A facility in the network, and how far what the directory says of it is confirmed."""

    facility: Facility
    confirmed: date | None
    by: date
    word: str
    is_due: bool


def listed_facilities() -> QuerySet[Facility]:
    """The facilities in the network, each with the day on which it was confirmed last."""
    rows = Facility.objects.filter(status=Facility.Status.ACTIVE)
    return rows.annotate(confirmed=Max("directory_checks__confirmed_date"))


def facilities_to_confirm(*, actor: Actor, today: date, text: str = "") -> list[Listed]:
    """
    Every facility in the network with its word, whoever is due first, first.

    :raises NotPermitted: if the actor does not keep the directory
    """
    if not actor.may(WORK):
        raise NotPermitted(actor.name, WORK)
    rows = listed_facilities()
    for word in text.split():
        rows = rows.filter(
            Q(legal_name__icontains=word) | Q(dba_name__icontains=word) | Q(city__istartswith=word)
        )
    opened = opened_on(today) or today
    found = [_listed(row, opened, today) for row in rows]
    return sorted(found, key=lambda one: (one.by, str(one.facility), one.facility.pk))


def listed_facility(facility_id: int, today: date) -> Listed | None:
    """One of them; None if it is not in the network."""
    row = listed_facilities().filter(pk=facility_id).first()
    return None if row is None else _listed(row, opened_on(today) or today, today)


def _listed(row: Facility, opened: date, today: date) -> Listed:
    by = verify_by(row.confirmed, opened, of_facility=True)
    word = word_of(row.confirmed, by, today)
    return Listed(row, row.confirmed, by, word, today >= by - ASK_FACILITY)


def content_of(where: Facility) -> dict[str, str]:
    """What the directory says of a facility."""
    return {
        "name": str(where),
        "kind": where.get_kind_display(),
        "address": f"{where.line}, {where.city}, {where.state} {where.zip_code}",
        "phone": where.phone,
    }


def facility_directory_cards(actor: Actor, today: date) -> Cards:
    """The facilities that somebody has to ask, while the directory is open to everybody."""
    if not actor.may(WORK):
        return Cards()
    opened = opened_on(today)
    if opened is None:
        return Cards()
    rows = listed_facilities().values_list("confirmed", flat=True)
    days = [verify_by(day, opened, of_facility=True) for day in rows]
    due = [by for by in days if today >= by - ASK_FACILITY]
    if not due:
        return Cards()
    words = f"{plural(len(due), 'facility', 'facilities')} whether the directory has them right"
    address = f"{reverse('credentialing:facility_directory')}?show=due"
    tone = "bad" if min(due) < today else "warn"
    return Cards((Task("Ask", words, min(due), address, tone),))
