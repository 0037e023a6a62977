"""The directory: what everybody may read of the network, and what practices have confirmed."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from django.db import connection
from django.db.models import Max, Q
from django.urls import reverse

from credentialing.models import (
    DirectoryChange,
    DirectoryReminder,
    Location,
    NetworkListing,
    NetworkPolicy,
    PractitionerRole,
)
from credentialing.queries.standings import QUERY as JUDGED
from credentialing.rules.directory import (
    is_verified,
    reminders_due,
    verified_words,
    verify_by,
    word_of,
)
from credentialing.rules.facility_types import BY_CODE
from credentialing.rules.participation import TAKES_PART
from credentialing.rules.policies import DIRECTORY
from credentialing.rules.screening_decisions import UNDECIDED
from ipaportal.core.actors import Actor
from ipaportal.core.cards import Cards, Task
from ipaportal.core.refusals import NotPermitted
from ipaportal.core.scopes import EVERYBODY, seeing
from ipaportal.core.sql import limit_of, statements, turned

CONFIRM, WORK = "credentialing.confirm_directory", "credentialing.work_directory"
SQL = Path(__file__).parent.parent / "sql" / "directory" / "01_list_public.sql"
# Everybody is judged as the page of who takes part judges them, by the same statement.
(LISTED,) = statements(SQL.read_text(encoding="utf-8"), {"judged": "judged_query"})
LISTED = LISTED.replace('SELECT * FROM "judged_query"', JUDGED)
WANTED = """
(%(kind)s = '' OR kind = %(kind)s)
AND (%(name)s = '' OR position(%(name)s IN ' ' || lower(name) || ' ' || lower(practice)) > 0)
AND (%(specialty)s = '' OR position(%(specialty)s IN ' ' || lower(specialty)) > 0)
AND (%(place)s = '' OR position(%(place)s IN ' ' || lower(city)) > 0
     OR position(%(place)s IN ' ' || zip_code) > 0)
AND (%(language)s = '' OR position(%(language)s IN ' ' || lower(languages)) > 0)
AND (NOT %(accepts)s OR accepts)
"""
PAGE = f"SELECT * FROM ({LISTED}) AS listed WHERE {WANTED}"  # noqa: S608 (our own words)
COUNT = f"SELECT count(*) FROM ({PAGE}) AS found"  # noqa: S608 (our own words)
ORDERS = {
    "name": "name {0}, kind, tie",
    "specialty": "specialty {0}, name, kind, tie",
    "city": "city {0}, name, kind, tie",
}


@dataclass(frozen=True)
class Entry:
    """One line of the directory: nothing that is not in it on purpose."""

    kind: str
    name: str
    degree: str
    specialty: str
    practice: str
    line: str
    city: str
    state: str
    zip_code: str
    phone: str
    languages: str
    accepts: bool
    networks: str
    confirmed: date | None

    @property
    def what(self) -> str:
        """The specialty of a person, the kind of a facility."""
        return BY_CODE[self.specialty].name if self.kind == "facility" else self.specialty

    def verified(self, day: date) -> str:
        return "" if self.kind == "facility" else verified_words(self.confirmed, day)


@dataclass(frozen=True)
class Asked:
    """What somebody looks for; empty words look for everything."""

    name: str = ""
    specialty: str = ""
    place: str = ""
    language: str = ""
    kind: str = ""
    accepts: bool = False


@dataclass(frozen=True)
class Directory:
    """The directory on a day, searched; what `list_rows` takes."""

    day: date
    asked: Asked = field(default_factory=Asked)
    order: str = ORDERS["name"].format("ASC")

    def order_by(self, key: str, *_tie: str) -> "Directory":
        """The same lines in another order."""
        return replace(self, order=turned(ORDERS, key))

    def count(self) -> int:
        """How many lines are asked for."""
        return self._read(COUNT)[0][0]

    def __getitem__(self, cut: slice) -> list[Entry]:
        query = f"{PAGE} ORDER BY {self.order}{limit_of(cut)}"
        return [Entry(*row[:-1]) for row in self._read(query)]

    def __iter__(self) -> Iterator[Entry]:
        return iter(self[:])

    def _read(self, query: str) -> list[tuple]:
        params = {
            "day": self.day,
            "undecided": [status.value for status in UNDECIDED],
            "takes_part": [standing.value for standing in TAKES_PART],
            "kind": self.asked.kind,
            "accepts": self.asked.accepts,
            "name": _word(self.asked.name),
            "specialty": _word(self.asked.specialty),
            "place": _word(self.asked.place),
            "language": _word(self.asked.language),
        }
        # Nobody is signed in: what may be read is what these columns say, and nothing beside.
        with seeing(EVERYBODY), connection.cursor() as cursor:
            cursor.execute(query, params)
            return cursor.fetchall()


def _word(text: str) -> str:
    text = " ".join(text.split()).casefold()
    return f" {text}" if text else ""


@dataclass(frozen=True)
class Office:
    """An office as the directory shows it, and how far its practice has confirmed it."""

    location: Location
    roles: list[PractitionerRole]
    confirmed: date | None
    by: date
    word: str
    changes: list[DirectoryChange]

    @property
    def content(self) -> dict[str, object]:
        """What is confirmed, as it stands."""
        place = self.location
        return {
            "address": f"{place.line}, {place.city}, {place.state} {place.zip_code}",
            "phone": place.phone,
            "fax": place.fax,
            "people": [
                [str(role.practitioner), role.specialty, role.get_panel_display()]
                for role in self.roles
            ],
        }


def opened_on(day: date) -> date | None:
    """Since when the directory is public; None while it is not."""
    rows = NetworkPolicy.objects.filter(topic=DIRECTORY, from_date__lte=day)
    newest = rows.order_by("from_date", "recorded_at", "pk").last()
    return newest.from_date if newest is not None and newest.is_on else None


def listed_locations(day: date) -> set[int]:
    """The offices where somebody is listed in a network on a day."""
    rows = NetworkListing.objects.current().active_on(day)
    return set(rows.values_list("role__location_id", flat=True))


def offices(*, actor: Actor, today: date) -> list[Office]:
    """
    The offices of the actor's practices that the directory lists, for them to confirm.

    :raises NotPermitted: if the actor confirms nothing
    """
    if not actor.may(CONFIRM):
        raise NotPermitted(actor.name, CONFIRM)
    rows = Location.objects.filter(pk__in=listed_locations(today))
    reach = actor.reach(CONFIRM)
    if reach is not None:
        rows = rows.filter(practice__party__in=reach)
    return offices_of(rows, today)


def offices_of(rows, today: date) -> list[Office]:
    """Some offices, in a fixed number of questions."""
    rows = rows.select_related("practice__party").annotate(
        confirmed=Max("directory_checks__confirmed_date")
    )
    found = list(rows.order_by("practice__name", "line", "pk"))
    listed = NetworkListing.objects.current().active_on(today)
    roles = PractitionerRole.objects.filter(
        location__in=found, pk__in=listed.values("role")
    ).select_related("practitioner")
    waiting = DirectoryChange.objects.filter(location__in=found, settled_at=None)
    opened = opened_on(today) or today
    return [
        Office(
            one,
            [role for role in roles if role.location_id == one.pk],
            one.confirmed,
            by := verify_by(one.confirmed, opened),
            word_of(one.confirmed, by, today),
            [change for change in waiting if change.location_id == one.pk],
        )
        for one in found
    ]


def due_reminders(today: date) -> list[int]:
    """The listed offices whose practice is to be reminded today, in a few questions."""
    opened = opened_on(today)
    if opened is None:
        return []
    rows = Location.objects.filter(pk__in=listed_locations(today))
    days = rows.annotate(confirmed=Max("directory_checks__confirmed_date"))
    sent: dict[tuple[int, date], set[int]] = {}
    for office, by, threshold in DirectoryReminder.objects.values_list(
        "location_id", "due_date", "threshold"
    ):
        sent.setdefault((office, by), set()).add(threshold)
    found = []
    for office, confirmed in days.values_list("pk", "confirmed").order_by("pk"):
        by = verify_by(confirmed, opened)
        if reminders_due(by, today, frozenset(sent.get((office, by), ()))) is not None:
            found.append(office)
    return found


def changes(*, actor: Actor, show: str = "", text: str = ""):
    """
    What practices said is otherwise: what waits, or all of it.

    :raises NotPermitted: if the actor does not keep the directory
    """
    if not actor.may(WORK):
        raise NotPermitted(actor.name, WORK)
    rows = DirectoryChange.objects.select_related("location__practice", "role__practitioner")
    if show != "all":
        rows = rows.filter(settled_at=None)
    for word in text.split():
        rows = rows.filter(
            Q(location__practice__name__icontains=word) | Q(location__city__istartswith=word)
        )
    return rows


@dataclass(frozen=True)
class Verified:
    """How many listed offices are within their days, and how many are not."""

    total: int
    within: int


def verified(today: date) -> Verified:
    """How much of the directory its practices have confirmed within their days."""
    rows = Location.objects.filter(pk__in=listed_locations(today))
    days = rows.annotate(confirmed=Max("directory_checks__confirmed_date"))
    found = list(days.values_list("confirmed", flat=True))
    return Verified(len(found), sum(is_verified(day, today) for day in found))


def directory_cards(actor: Actor, today: date) -> Cards:
    """For practices the offices to confirm; for staff the changes that wait; if it is public."""
    if actor.may(WORK):
        waits = DirectoryChange.objects.filter(settled_at=None).order_by("due_date", "pk")
        address = reverse("credentialing:directory_changes")
        return Cards(
            tuple(
                Task("Write in", f"the directory: {one}", one.due_date, address,
                     "bad" if one.due_date < today else "warn")
                for one in waits[:3]
            )
        )  # fmt: skip
    if actor.user_id is None or not actor.may(CONFIRM) or opened_on(today) is None:
        return Cards()
    address = reverse("credentialing:my_directory")
    due = [one for one in offices(actor=actor, today=today) if one.word != "verified"]
    return Cards(
        tuple(
            Task("Confirm", f"what the directory says of {one.location}", one.by, address,
                 "bad" if one.by < today else "warn")
            for one in due[:3]
        )
    )  # fmt: skip
