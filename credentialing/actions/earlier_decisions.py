"""Taking over what others decided: previewed line by line, and never a vote of our committee."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from credentialing.actions.credentials import keep_credential
from credentialing.formats.earlier_decisions_csv import (
    read_earlier_decisions,
    read_earlier_facilities,
)
from credentialing.models import Credential, EarlierDecision, Facility, SiteCheck
from credentialing.queries.earlier_decisions import Preview, PreviewRow, preview_of
from credentialing.rules.earlier_decisions import Basis, Place
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.files import store
from ipaportal.core.locks import lock
from ipaportal.core.refusals import Refused


class ListChanged(Refused):
    """What was seen is not what the list would do now."""

    def __init__(self) -> None:
        super().__init__(
            "The list would not do now what you looked at: somebody decided or imported meanwhile. "
            "Nothing was taken over. Look at the lines again and confirm."
        )


class NothingToTakeOver(Refused):
    """No line says anything new."""

    def __init__(self, refused: int) -> None:
        super().__init__(
            f"No line of this list says anything new, and {refused} cannot be used. Nothing was "
            "taken over."
        )


@dataclass(frozen=True)
class TakenOver:
    """What an import did."""

    new: int
    replaced: int
    refused: int


PEOPLE, PLACES = "people", "places"
READERS = {PEOPLE: read_earlier_decisions, PLACES: read_earlier_facilities}


def preview_list(data: bytes, of: str, now: datetime) -> Preview:
    """What a list of decisions about people, or about places, would do."""
    return preview_of(READERS[of](data), timezone.localdate(now))


@action("credentialing.import_network")
def import_earlier_decisions(
    *, actor: Actor, data: bytes, name: str, seen_digest: str, now: datetime, of: str = PEOPLE
) -> TakenOver:
    """
    Take over the decisions of a list as it was previewed; the lines left out stay out.

    A facility that is not here yet comes with its line, and with what it was taken on.

    :raises ListChanged: if it would do anything else now
    :raises NothingToTakeOver: if no line says anything new
    """
    lock("decisions of others")  # a second import sees what the first one did
    found = preview_list(data, of, now)
    if found.digest != seen_digest:
        raise ListChanged
    changes = found.changes
    if not changes:
        raise NothingToTakeOver(len(found.refused))
    kept = store(data)
    replaced = [row.before.pk for row in changes if row.before is not None]
    EarlierDecision.objects.filter(pk__in=replaced).update(superseded_at=now)
    places = {row.line_no: _settle(row, name, actor, now) for row in changes if row.place}
    EarlierDecision.objects.bulk_create(
        [
            EarlierDecision(
                practitioner=None if row.place else row.who,
                facility=places.get(row.line_no),
                outcome=row.decision.outcome,
                initial_date=row.decision.initial_date,
                decided_date=row.decision.decided_date,
                next_due_date=row.decision.next_due_date,
                committee=row.decision.committee,
                basis=row.basis,
                source_name=name[:255],
                source_sha256=kept.sha256,
                line_no=row.line_no,
                recorded_by_id=actor.user_id,
                recorded_by_name=actor.name,
                recorded_at=now,
            )
            for row in changes
        ],
        batch_size=2000,
    )
    done = TakenOver(len(changes) - len(replaced), len(replaced), len(found.refused))
    record(
        actor=actor,
        action="credentialing.earlier_decisions.imported",
        file_sha256=kept.sha256,
        of=of,
        **vars(done),
    )
    return done


def _settle(row: PreviewRow, name: str, actor: Actor, now: datetime) -> Facility:
    """The facility of a line, in the network from now on, with what it was taken on."""
    place = row.place
    where = row.who
    if where is None:
        where = Facility.objects.create(npi=row.decision.npi, **_about(place))
    where.status = Facility.Status.ACTIVE
    where.save(update_fields=["status"])
    note = f"taken over: {name}, line {row.line_no}"[:500]
    by = {"recorded_by_id": actor.user_id, "recorded_by_name": actor.name, "recorded_at": now}
    if place.basis is not Basis.ACCREDITATION:
        told = {"kind": place.basis.value, "checked_date": place.basis_date,
                "checked_by": place.basis_by}  # fmt: skip
        if not where.site_checks.filter(**told).exists():
            SiteCheck.objects.create(facility=where, result="passed", note=note, **told, **by)
        return where
    held = Credential(
        facility=where,
        kind=Credential.Kind.ACCREDITATION,
        issuer=place.basis_by,
        number=place.basis_number,
        issued_date=place.basis_date,
        expires_date=place.basis_expires,
        note=note,
    )
    keep_credential(held, actor=actor, now=now)
    return where


def _about(place: Place) -> dict[str, str]:
    names = ("kind", "legal_name", "dba_name", "tin", "line", "city", "state", "zip_code", "phone")
    return {name: getattr(place, name) for name in names}
