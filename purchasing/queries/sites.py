"""Where goods may go: what credentialing knows of an office and the people who practise there."""

from collections.abc import Iterable
from datetime import date, timedelta

from django.db.models import Q, QuerySet

from credentialing.models import Credential, Location, Participation, Practice
from credentialing.queries.participation import participation
from ipaportal.core.actors import Actor
from ipaportal.core.spans import Span
from purchasing.models import Agreement, ItemVersion, Site, SupplierLicence
from purchasing.rules.gates import Goods, Licence, Place, Seller

HOLDING = (Credential.Status.ACTIVE, Credential.Status.LIMITED)
STORES = (("has_fridge", "refrigerated"), ("has_freezer", "frozen"),
          ("has_ultra_cold", "ultra_cold"))  # fmt: skip


def practices_of(actor: Actor, permission: str = "purchasing.view_shop") -> QuerySet[Practice]:
    """The practices that somebody buys for."""
    reach = actor.reach(permission)
    found = Practice.objects.select_related("party").order_by("name")
    return found if reach is None else found.filter(party_id__in=reach)


def locations_of(actor: Actor, permission: str = "purchasing.view_shop") -> QuerySet[Location]:
    """The offices that somebody buys for."""
    found = Location.objects.select_related("practice", "buying_site")
    return found.filter(practice__in=practices_of(actor, permission)).order_by(
        "practice__name", "line", "pk"
    )


def live_agreement(practice: Practice, kind: str) -> Agreement | None:
    """What a practice signed and has not ended."""
    return practice.buying_agreements.filter(kind=kind, end_date=None).first()


def goods_of(version: ItemVersion, *, is_recalled: bool = False) -> Goods:
    """An item as the gates see it."""
    return Goods(
        name=version.name,
        kind=version.kind,
        is_rx=version.is_rx,
        schedule=version.schedule,
        storage=version.storage,
        is_recalled=is_recalled,
        refused_because=version.refused_because,
    )


def place_of(location: Location, today: date, registrant_id: int | None = None) -> Place:
    """
    An office as the gates see it: its practice's word, and the licences of who practises there.

    A DEA registration counts where the practice named its registrant for this address: the
    address of a registration is not on file.
    """
    practice, key = location.practice, str(location.pk)
    people = _people(practice, today)
    held = Credential.objects.current().filter(practitioner__in=people, status__in=HOLDING)
    rows = list(held.filter(kind__in=["licence", "dea", "csr"]))
    signed = _span(live_agreement(practice, Agreement.Kind.BUYING))
    site = Site.objects.filter(location=location).first()
    return Place(
        name=f"{practice.name}, {location.line}",
        address_key=key,
        state=location.state,
        agreement=signed,
        own_use=signed,
        licences=tuple(_licence(one, "") for one in rows if one.kind == "licence"),
        dea=tuple(
            _licence(one, key)
            for one in rows
            if one.kind == "dea" and one.practitioner_id == registrant_id
        ),
        state_controlled=tuple(_licence(one, "") for one in rows if one.kind == "csr"),
        is_gpo_prohibited=bool(site and site.is_gpo_prohibited),
        storage=frozenset({"room"} | {name for flag, name in STORES if getattr(site, flag, False)}),
    )


def _people(practice: Practice, today: date) -> list[int]:
    """Whoever takes part through a practice on a day, as credentialing answers it."""
    rows = Participation.objects.current().filter(practice=practice)
    ids = set(rows.values_list("practitioner_id", flat=True))
    places = participation(today, practitioner_ids=ids)
    return sorted(
        {
            one.practitioner.pk
            for one in places
            if one.takes_part and one.participation.practice_id == practice.pk
        }
    )


def registrants(practice: Practice, today: date) -> list[tuple[int, str]]:
    """Who of a practice has a DEA registration on file, for whoever names one."""
    rows = Credential.objects.current().filter(
        kind="dea", status__in=HOLDING, practitioner__in=_people(practice, today)
    )
    return [
        (one.practitioner_id, str(one.practitioner)) for one in rows.select_related("practitioner")
    ]


def _licence(one: Credential, address_key: str) -> Licence:
    ends = one.expires_date + timedelta(days=1) if one.expires_date else None
    schedules = one.category.replace(",", " ").split() if one.kind == "dea" else ()
    return Licence(
        number=one.number,
        span=Span(one.issued_date or date.min, ends),
        address_key=address_key,
        schedules=frozenset(schedules),
        state=one.state,
        is_verified=one.source != Credential.Source.SELF,
    )


def _span(agreement: Agreement | None) -> Span | None:
    return Span(agreement.effective_date, agreement.end_date) if agreement else None


def seller_of(supplier, *, is_excluded: bool) -> Seller:
    """A supplier as the gates see it."""
    rows = supplier.licences.filter(superseded_at=None)
    return Seller(
        name=str(supplier),
        is_excluded=is_excluded,
        licences=tuple(_sold(one) for one in rows if one.kind == "state"),
        dea=tuple(_sold(one) for one in rows if one.kind == "dea"),
        trading_partner=next((_sold(one).span for one in rows if one.kind == "partner"), None),
    )


def _sold(one: SupplierLicence) -> Licence:
    span = Span(one.effective_date, one.expires_date + timedelta(days=1))
    return Licence(one.number, span, schedules=frozenset(one.schedules.split()), state=one.state)


def taking_part(practices: Iterable[Practice]) -> Q:
    """Which group orders some practices may take part in."""
    return Q(for_named=False) | Q(practices__in=practices)
