"""Import the network: practices, practitioners, locations, participation."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from credentialing.actions.taking_part import trim_listings
from credentialing.formats.network_csv import NetworkRow, RefusedRow, read_network
from credentialing.models import Location, Participation, Practice, Practitioner
from ipaportal.audit.actions import action, record
from ipaportal.audit.batches import NETWORK, open_batch
from ipaportal.core.actors import Actor
from ipaportal.identity.models import Party


@dataclass
class ImportResult:
    """What an import did; `refused` names each line that was left out, and why."""

    rows: int = 0
    practices: int = 0
    practitioners: int = 0
    participations: int = 0
    # Listings in networks that ended with the days of their practice.
    listings_cut: int = 0
    refused: list[RefusedRow] = field(default_factory=list)


@action("credentialing.import_network")
def import_network(*, actor: Actor, data: bytes, now: datetime) -> ImportResult:
    """Import a network CSV: good lines are applied together, bad ones named and left out."""
    result = ImportResult()
    rows = []
    for row in read_network(data):
        (result.refused if isinstance(row, RefusedRow) else rows).append(row)
    batch = open_batch(actor=actor, scopes=[NETWORK], description="network import", now=now)
    payers = {party.code: party for party in Party.objects.filter(kind=Party.Kind.PAYER)}
    practices = _practices(rows, result)
    practitioners = _practitioners(rows, result)
    _locations(rows, practices)
    known = {
        (p.practitioner_id, p.payer_party_id): p
        for p in Participation.objects.current().order_by("effective_date")
    }
    for row in rows:
        result.rows += 1
        payer = payers.get(row.payer_code)
        if payer is None:
            result.refused.append(RefusedRow(row.line_no, f"no payer is called {row.payer_code}"))
            continue
        new = Participation(
            practitioner=practitioners[row.npi],
            practice=practices[row.tin],
            payer_party=payer,
            effective_date=row.effective_date,
            end_date=row.end_date,
            fact_no=batch.pk,
            recorded_at=now,
        )
        _participate(new, known, row, result, batch.pk, now)
    people = sorted(who.pk for who in practitioners.values())
    result.listings_cut = trim_listings(people, fact_no=batch.pk, now=now)
    record(
        actor=actor,
        action="credentialing.network.imported",
        rows=result.rows,
        refused=len(result.refused),
        practitioners=result.practitioners,
        listings_cut=result.listings_cut,
    )
    return result


def _participate(new, known, row, result, fact_no, now) -> None:
    """Add a participation, superseding the one known; a move to another practice splits it."""
    key = (new.practitioner_id, new.payer_party_id)
    old = known.get(key)
    if old is not None and (
        (old.practice_id, old.effective_date, old.end_date)
        == (new.practice_id, new.effective_date, new.end_date)
    ):
        return
    if old is not None and old.end_date is not None and old.end_date <= new.effective_date:
        old = None  # a later span of its own
    if old is not None:
        if new.effective_date < old.effective_date:
            reason = f"overlaps the participation known from {old.effective_date}"
            result.refused.append(RefusedRow(row.line_no, reason))
            return
        Participation.objects.filter(pk=old.pk).update(superseded_no=fact_no, superseded_at=now)
        if old.effective_date < new.effective_date:
            Participation.objects.create(
                practitioner_id=old.practitioner_id,
                practice_id=old.practice_id,
                payer_party_id=old.payer_party_id,
                effective_date=old.effective_date,
                end_date=new.effective_date,
                fact_no=fact_no,
                recorded_at=now,
            )
    new.save()
    known[key] = new
    result.participations += 1


def _practices(rows: Iterable[NetworkRow], result: ImportResult) -> dict[str, Practice]:
    found = {p.tin: p for p in Practice.objects.filter(tin__in={row.tin for row in rows})}
    for row in rows:
        if row.tin not in found:
            party = Party.objects.create(kind=Party.Kind.PRACTICE, name=row.practice_name)
            found[row.tin] = Practice.objects.create(
                party=party, tin=row.tin, name=row.practice_name
            )
            result.practices += 1
    return found


def _practitioners(rows: Iterable[NetworkRow], result: ImportResult) -> dict[str, Practitioner]:
    npis = {row.npi for row in rows}
    before = set(Practitioner.objects.filter(npi__in=npis).values_list("npi", flat=True))
    new = {
        row.npi: Practitioner(
            npi=row.npi,
            first_name=row.first_name,
            last_name=row.last_name,
            specialty=row.specialty,
        )
        for row in rows
        if row.npi not in before
    }
    Practitioner.objects.bulk_create(new.values())
    result.practitioners = len(new)
    return {p.npi: p for p in Practitioner.objects.filter(npi__in=npis)}


def _locations(rows: Iterable[NetworkRow], practices: dict[str, Practice]) -> None:
    Location.objects.bulk_create(
        {
            (row.tin, row.street, row.zip): Location(
                practice=practices[row.tin],
                line=row.street,
                city=row.city,
                state=row.state[:2],
                zip_code=row.zip,
                phone=row.phone,
            )
            for row in rows
            if row.street
        }.values(),
        ignore_conflicts=True,
    )
