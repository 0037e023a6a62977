"""Whom screening compares, as its rules want them, and whose money a match stops."""

from collections.abc import Iterator
from datetime import date

from django.db.models import Q
from django.urls import reverse

from credentialing.models import Associate, Facility, ListEntry, Participation, Practice
from credentialing.queries import subjects as people
from credentialing.rules.screening import Entry, Subject
from credentialing.rules.screening_names import PersonName
from ipaportal.core.encryption import blind_index
from ipaportal.identity.models import Party

KINDS = {
    "practitioner": "Practitioner",
    "facility": "Facility",
    "practice": "Practice",
    "associate": "Owner, manager or staff",
    "supplier": "Supplier",
    "user": "User of the portal",
}
NO_BIRTH_DATE = "No birth date on file: names and numbers alone were compared."


def everybody(today: date) -> Iterator[tuple[Subject, str]]:
    """Everybody who is screened; and why they cannot be, where something cannot be read."""
    for one in people.subjects(today=today):
        yield _subject(one), one.problem


def subject_by_key(key: str, today: date) -> Subject | None:
    """One subject by its key, or None if there is none any more."""
    kind, _, number = key.partition(":")
    found = people.subject_of(kind, int(number), today=today)
    return _subject(found) if found else None


def _subject(one: people.Subject) -> Subject:
    names = tuple(
        PersonName(name.last, name.first, name.middle, name.kind)
        for name in one.names
        if name.last or name.first
    )
    return Subject(
        key=f"{one.kind}:{one.pk}",
        label=one.label,
        people=names,
        businesses=one.business_names,
        npi=one.npi,
        birth_date=one.birth_date,
        tin=one.tin,
        licences=frozenset(one.licences),
        states=frozenset(filter(None, one.states)),
        specialty=one.specialty,
        missing=(NO_BIRTH_DATE,) if names and one.birth_date is None else (),
    )


def identity_hash(subject: Subject) -> str:
    """A keyed hash of what a decision about a subject rests on: nobody guesses a birth date."""
    return blind_index(subject.identity, "credentialing screening").hex()


def parties_of(key: str, since: date | None) -> list[Party]:
    """
    The payees whose payments a match stops: those through whom money reaches the subject.

    A practice that a practitioner had left before `since`, the first day excluded, is not held.
    """
    kind, _, number = key.partition(":")
    if kind == "practitioner":
        rows = Participation.objects.current().filter(practitioner_id=number)
        if since is not None:
            rows = rows.filter(Q(end_date=None) | Q(end_date__gt=since))
        chosen = Q(practice__in=rows.values("practice"))
    elif kind == "practice":
        chosen = Q(practice=number)
    elif kind == "facility":
        tins = Facility.objects.filter(pk=number).values("tin")
        chosen = Q(practice__in=Practice.objects.filter(tin__in=tins))
    elif kind == "associate":
        who = Associate.objects.select_related("facility").get(pk=number)
        tin = who.facility.tin if who.facility else ""
        chosen = Q(pk=who.party_id) if who.party_id else Q(practice__tin=tin)
    elif kind == "user":
        return []  # nothing is paid to whoever signs in; what they may do is ended by hand
    else:
        chosen = Q(pk=number)
    # The IPA is not its own payee: whom it employs is its compliance officer's matter.
    found = Party.objects.filter(chosen).exclude(kind=Party.Kind.IPA)
    return list(found.distinct().order_by("pk"))


def file_url(key: str) -> str:
    """The page of a subject, or nothing where it has none."""
    kind, _, number = key.partition(":")
    if kind in ("practitioner", "practice"):
        return reverse(f"credentialing:{kind}_detail", args=[number])
    return ""


def entry_of(row: ListEntry) -> Entry:
    """A stored row as the rules want it."""
    return Entry(
        row_no=row.row_no,
        **{name: getattr(row, name) for name in COLUMNS if name not in LISTS},
        **{name: tuple(getattr(row, name)) for name in LISTS},
    )


LISTS = ("aliases", "more_npis", "licences")
COLUMNS = tuple(name for name in Entry.__slots__ if name != "row_no")
