"""Everybody and every organisation behind the network, with all their names: who is screened."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from credentialing.models import Associate, Credential, Facility, Practice, Practitioner
from credentialing.models.secrets import birth_date_of
from credentialing.rules.screening_names import split_name
from ipaportal.core.encryption import EncryptionFailed
from ipaportal.identity.models import Party, User
from ipaportal.identity.queries.actors import grants_in_force

# Whom the IPA pays or buys from beside the practices: screened by their names.
SUPPLIERS = (Party.Kind.SUPPLIER, Party.Kind.REINSURER)


@dataclass(frozen=True)
class NamePart:
    """One name of a person."""

    first: str
    middle: str
    last: str
    suffix: str = ""
    kind: str = "legal"


@dataclass(frozen=True)
class Subject:
    """
    A person or an organisation: every name it has or had, and the numbers that tell it apart.

    `kind` and `pk` name the row; `party_ids` are the practices (or the IPA) whose money it
    touches; `problem` says what could not be read.
    """

    kind: str
    pk: int
    label: str
    names: tuple[NamePart, ...] = ()
    business_names: tuple[str, ...] = ()
    birth_date: date | None = None
    npi: str = ""
    tin: str = ""
    states: tuple[str, ...] = ()
    specialty: str = ""
    party_ids: tuple[int, ...] = ()
    licences: tuple[tuple[str, str], ...] = ()  # (state, number)
    problem: str = ""


def subjects(*, today: date) -> Iterator[Subject]:
    """Practitioners and applicants, facilities, practices, owners, staff, suppliers, users."""
    for rows, subject in _sources(today):
        yield from map(subject, _iterated(rows))


def how_many(*, today: date) -> int:
    """How many there are."""
    return sum(rows.count() for rows, _ in _sources(today))


def subject_of(kind: str, pk: int, *, today: date) -> Subject | None:
    """One of them, or None if there is none any more."""
    for rows, subject in _sources(today):
        if subject.__name__ == f"_{kind}":
            found = list(rows.filter(pk=pk))
            return subject(found[0]) if found else None
    return None


Source = tuple[QuerySet, Callable[..., Subject]]


def _sources(today: date) -> tuple[Source, ...]:
    practitioners = Practitioner.objects.prefetch_related(
        "names", "credentials", "participations__practice__locations"
    )
    facilities = Facility.objects.exclude(status=Facility.Status.ENDED)
    return (
        (practitioners.order_by("pk"), _practitioner),
        (facilities.prefetch_related("credentials").order_by("pk"), _facility),
        (Practice.objects.prefetch_related("locations").order_by("pk"), _practice),
        (_associates(today), _associate),
        (Party.objects.filter(kind__in=SUPPLIERS).order_by("pk"), _supplier),
        (_users(today), _user),
    )


def _iterated(rows: QuerySet) -> Iterator:
    return rows.iterator(chunk_size=2000)


def _associates(today: date) -> QuerySet[Associate]:
    rows = Associate.objects.filter(
        Q(end_date=None) | Q(end_date__gt=today), effective_date__lte=today
    )
    return rows.prefetch_related("names").order_by("pk")


def _users(today: date) -> QuerySet[User]:
    """Whoever may sign in today; a practitioner is screened as one already."""
    grants = grants_in_force(today).values("user_id")
    rows = User.objects.filter(is_active=True, practitioner=None, pk__in=grants)
    return rows.order_by("pk")


def _names(person: Practitioner | Associate) -> tuple[NamePart, ...]:
    own = NamePart(person.first_name, person.middle_name, person.last_name, person.suffix)
    others = [
        NamePart(name.first_name, name.middle_name, name.last_name, kind=name.kind)
        for name in person.names.all()
    ]
    return (own, *others)


def _birth(person: Practitioner | Associate) -> dict[str, object]:
    """The birth date, or that it cannot be read: one damaged row stops nobody else."""
    try:
        return {"birth_date": birth_date_of(person)}
    except (EncryptionFailed, ValueError):
        return {"problem": "The birth date on file cannot be read."}


def _licences(credentials: Iterable[Credential]) -> tuple[tuple[str, str], ...]:
    kinds = (Credential.Kind.LICENCE, Credential.Kind.FACILITY_LICENCE)
    return tuple(
        sorted(
            (one.state, one.number.strip().upper())
            for one in credentials
            if one.kind in kinds and one.number and not one.superseded_at
        )
    )


def _practitioner(row: Practitioner) -> Subject:
    taking_part = [one for one in row.participations.all() if one.superseded_no is None]
    offices = {place.state for one in taking_part for place in one.practice.locations.all()}
    credentials = row.credentials.all()
    states = {one.state for one in credentials if one.state and not one.superseded_at}
    return Subject(
        "practitioner",
        row.pk,
        str(row),
        names=_names(row),
        npi=row.npi,
        states=tuple(sorted(states | offices)),
        specialty=row.specialty,
        party_ids=tuple(sorted({one.practice.party_id for one in taking_part})),
        licences=_licences(credentials),
        **_birth(row),
    )


def _facility(row: Facility) -> Subject:
    names = tuple(name for name in (row.legal_name, row.dba_name) if name)
    return Subject(
        "facility",
        row.pk,
        str(row),
        business_names=names,
        npi=row.npi,
        tin=row.tin,
        states=(row.state,),
        specialty=row.get_kind_display(),
        licences=_licences(row.credentials.all()),
    )


def _practice(row: Practice) -> Subject:
    return Subject(
        "practice",
        row.pk,
        row.name,
        business_names=tuple(dict.fromkeys(filter(None, (row.legal_name, row.name)))),
        npi=row.npi,
        tin=row.tin,
        states=tuple(sorted({place.state for place in row.locations.all()})),
        party_ids=(row.party_id,),
    )


def _associate(row: Associate) -> Subject:
    is_business = bool(row.business_name)
    return Subject(
        "associate",
        row.pk,
        str(row),
        names=() if is_business else _names(row),
        business_names=(row.business_name,) if is_business else (),
        npi=row.npi,
        specialty=row.title,
        party_ids=(row.party_id,) if row.party_id else (),
        **_birth(row),
    )


def _supplier(row: Party) -> Subject:
    return Subject("supplier", row.pk, row.name, business_names=(row.name,), party_ids=(row.pk,))


def _user(row: User) -> Subject:
    """Somebody with a role in the portal: known by a name alone, and paid nothing through it."""
    first, middle, last = split_name(row.name)
    return Subject("user", row.pk, row.name, names=(NamePart(first, middle, last),))
