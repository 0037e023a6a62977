"""Everybody and every organisation behind the network, with all their names: who is screened."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from credentialing.models import Associate, Facility, Practice, Practitioner
from credentialing.models.secrets import birth_date_of


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
    touches.
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


def subjects(*, today: date) -> Iterator[Subject]:
    """Practitioners (applicants too), facilities, practices, owners, managers, board and staff."""
    yield from map(_practitioner, _practitioners())
    yield from map(_facility, Facility.objects.exclude(status=Facility.Status.ENDED))
    for practice in Practice.objects.prefetch_related("locations"):
        yield _practice(practice)
    yield from map(_associate, _associates(today))


def _practitioners() -> Iterator[Practitioner]:
    rows = Practitioner.objects.prefetch_related(
        "names", "credentials", "participations__practice"
    ).order_by("pk")
    return rows.iterator(chunk_size=2000)


def _associates(today: date) -> Iterator[Associate]:
    rows = Associate.objects.filter(
        Q(end_date=None) | Q(end_date__gt=today), effective_date__lte=today
    )
    return rows.prefetch_related("names").order_by("pk").iterator(chunk_size=2000)


def _names(person: Practitioner | Associate) -> tuple[NamePart, ...]:
    own = NamePart(person.first_name, person.middle_name, person.last_name, person.suffix)
    others = [
        NamePart(name.first_name, name.middle_name, name.last_name, kind=name.kind)
        for name in person.names.all()
    ]
    return (own, *others)


def _practitioner(row: Practitioner) -> Subject:
    states = {one.state for one in row.credentials.all() if one.state and not one.superseded_at}
    parties = {p.practice.party_id for p in row.participations.all() if p.superseded_no is None}
    return Subject(
        "practitioner",
        row.pk,
        str(row),
        names=_names(row),
        birth_date=birth_date_of(row),
        npi=row.npi,
        states=tuple(sorted(states)),
        specialty=row.specialty,
        party_ids=tuple(sorted(parties)),
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
        birth_date=birth_date_of(row),
        npi=row.npi,
        specialty=row.title,
        party_ids=(row.party_id,) if row.party_id else (),
    )
