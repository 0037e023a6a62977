"""The directory: what everybody may read of the network, and what practices have confirmed."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path

from django.db import connection, transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.urls import reverse

from credentialing.models import (
    DirectoryChange,
    DirectoryReminder,
    DirectoryRound,
    Location,
    NetworkListing,
    NetworkPolicy,
    PractitionerRole,
)
from credentialing.queries.standings import EVERYBODYS
from credentialing.queries.standings import QUERY as JUDGED
from credentialing.rules.directory import (
    is_verified,
    reminders_due,
    verified_words,
    verify_by,
    word_of,
)
from credentialing.rules.facility_types import BY_CODE
from credentialing.rules.policies import DIRECTORY
from ipaportal.core.actors import Actor
from ipaportal.core.cards import Cards, Task
from ipaportal.core.parts import PAGE_SIZE
from ipaportal.core.refusals import NotPermitted
from ipaportal.core.scopes import EVERYBODY, seeing
from ipaportal.core.sql import statements, turned

CONFIRM, WORK = "credentialing.confirm_directory", "credentialing.work_directory"
SQL = Path(__file__).parent.parent / "sql" / "directory" / "01_list_public.sql"
# Everybody is judged as the page of who takes part judges them, by the same statement.
(LISTED,) = statements(
    SQL.read_text(encoding="utf-8"),
    {name: f"our_{name}" for name in ("judged", "wanted", "order")},
)
LISTED = LISTED.replace('"our_judged"', f"({JUDGED})")
# What is not asked for is not computed: each text of all rows takes its time.
WANTED = {
    "kind": "kind = %(kind)s",
    "name": "(position(%(name)s IN ' ' || lower(name)) > 0"
    " OR position(%(name)s IN ' ' || lower(practice)) > 0)",
    "specialty": "position(%(specialty)s IN ' ' || lower(specialty)) > 0",
    "place": "(position(%(place)s IN ' ' || lower(city)) > 0"
    " OR position(%(place)s IN ' ' || zip_code) > 0)",
    "language": "EXISTS (SELECT FROM credentialing_language AS spoken"
    " WHERE spoken.practitioner_id = e.practitioner_id AND spoken.superseded_at IS NULL"
    " AND position(%(language)s IN ' ' || lower(spoken.language)) > 0)",
    "accepts": "accepts",
}
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
        return verified_words(self.confirmed, day, of_facility=self.kind == "facility")


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
class Found:
    """How many lines are asked for, and some of them."""

    count: int
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Directory:
    """
    The directory on a day, searched; what `list_rows` takes.

    `page` is the one that is expected to be asked for: it is read with the count, at once.
    """

    day: date
    asked: Asked = field(default_factory=Asked)
    page: int = 1
    order: str = ORDERS["name"].format("ASC")

    def order_by(self, key: str, *_tie: str) -> "Directory":
        """The same lines in another order."""
        return replace(self, order=turned(ORDERS, key))

    @cached_property
    def expected(self) -> Found:
        """The count, and the page that is expected."""
        return self._read(PAGE_SIZE, (self.page - 1) * PAGE_SIZE)

    def count(self) -> int:
        """How many lines are asked for."""
        return self.expected.count

    def __getitem__(self, cut: slice) -> list[Entry]:
        start = int(cut.start or 0)
        if start == (self.page - 1) * PAGE_SIZE and cut.stop == start + PAGE_SIZE:
            return list(self.expected.entries)
        most = None if cut.stop is None else int(cut.stop) - start
        return list(self._read(most, start).entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self[:])

    def _read(self, most: int | None, skip: int) -> Found:
        asked = {
            "kind": self.asked.kind,
            "accepts": self.asked.accepts,
            "name": _word(self.asked.name),
            "specialty": _word(self.asked.specialty),
            "place": _word(self.asked.place),
            "language": _word(self.asked.language),
        }
        params = {
            "day": self.day,
            **EVERYBODYS,
            "most": most,
            "skip": skip,
        }
        wanted = " AND ".join(WANTED[name] for name, value in asked.items() if value)
        query = LISTED.replace('"our_wanted"', wanted or "true").replace('"our_order"', self.order)
        # Nobody is signed in: what may be read is what these columns say, and nothing beside.
        with seeing(EVERYBODY), transaction.atomic(), connection.cursor() as cursor:
            # What a WITH gives has no statistics: row by row it takes ten times as long.
            cursor.execute("SET LOCAL enable_nestloop = off")
            cursor.execute(query, params | asked)
            rows = cursor.fetchall()
            cursor.execute("SET LOCAL enable_nestloop = on")
        return Found(rows[0][0], tuple(Entry(*row[1:]) for row in rows if row[1] is not None))


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


def listed_locations(day: date) -> QuerySet[Location]:
    """The offices where somebody is listed in a network on a day."""
    rows = NetworkListing.objects.current().active_on(day)
    return Location.objects.filter(Exists(rows.filter(role__location=OuterRef("pk"))))


def offices(*, actor: Actor, today: date) -> list[Office]:
    """
    The offices of the actor's practices that the directory lists, for them to confirm.

    :raises NotPermitted: if the actor confirms nothing
    """
    if not actor.may(CONFIRM):
        raise NotPermitted(actor.name, CONFIRM)
    rows = listed_locations(today)
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
    days = listed_locations(today).annotate(confirmed=Max("directory_checks__confirmed_date"))
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


def round_is_open(day: date) -> bool:
    """Whether anybody may be due on a day: the directory is open, and its round not over."""
    if opened_on(day) is None:
        return False
    return not DirectoryRound.objects.filter(day=day).exists()


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
    days = listed_locations(today).annotate(confirmed=Max("directory_checks__confirmed_date"))
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
