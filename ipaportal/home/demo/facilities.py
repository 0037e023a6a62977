"""The demo's facilities: hospitals to imaging centres, each with what it holds."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from credentialing.actions.credentials import record_credential
from credentialing.actions.facilities import add_associate, add_facility, add_site_check
from credentialing.actions.verifying import finish_verifying, open_facility_cycle
from credentialing.models import CredentialingEvent
from credentialing.rules.npi import with_check_digit
from ipaportal.core.actors import Actor
from ipaportal.home.demo.applicants import verify
from ipaportal.home.demo.names import STATE, STREETS, TOWNS


@dataclass(frozen=True)
class Place:
    """A facility: days until its licence ends, its CMS numbers, who accredited it."""

    name: str
    kind: str
    days: int
    adverse: str = ""
    ccn: str = ""
    clia: str = ""
    accredited_by: str = ""


FACILITIES = (
    Place("Harbor Point Urgent Care", "urgent", 400),
    Place("Lantern Imaging", "imaging", 210, adverse="liability"),
    Place("Millrace Urgent Care", "urgent", 95),
    Place("Quarry Road Imaging", "imaging", 330, adverse="fac_licence"),
    Place("Saltgrass Urgent Care", "urgent", 55),
    Place("Tallow Street Imaging", "imaging", 610),
    Place("Valley General Hospital", "hospital", 500, ccn="990870", clia="99D0999001",
          accredited_by="The Joint Commission"),
    Place("Larkin Bay Skilled Nursing", "snf", 260, ccn="995990"),
    Place("Amber Flats Dialysis", "dialysis", 340, ccn="992590"),
    Place("Mission Verde Surgery Center", "asc", 150, ccn="99C0009990", accredited_by="AAAHC"),
    Place("Two Rivers Clinical Laboratory", "lab", 700, clia="99D0999002"),
    Place("Foothill Home Health", "hha", 80, ccn="997990"),
)  # fmt: skip


def open_facility(place: int, *, actor: Actor, now: datetime) -> CredentialingEvent:
    """Open the file of a facility: what it holds, who owns it, its cycle; nothing verified yet."""
    one = FACILITIES[place]
    town, zip_code = TOWNS[place % len(TOWNS)]
    facility = add_facility(
        actor=actor,
        now=now,
        kind=one.kind,
        legal_name=one.name,
        dba_name="",
        tin=f"98{7000 + place:07}",
        npi=with_check_digit(f"298{7000 + place:06}"),
        line=f"{12 + place} {STREETS[place % len(STREETS)]}",
        city=town,
        state=STATE,
        zip_code=zip_code,
        phone=f"555-02{place:02}",
    )
    _hold(facility.pk, one, place, actor, now)
    add_associate(
        actor=actor,
        facility_id=facility.pk,
        now=now,
        role="owner",
        business_name=f"{one.name.split()[0]} Holdings",
        effective_date=now.date() - timedelta(days=900),
    )
    if not one.accredited_by:
        add_site_check(
            actor=actor,
            facility_id=facility.pk,
            now=now,
            kind="visit",
            checked_date=now.date() - timedelta(days=40),
            checked_by=actor.name,
            score_pct=96 - place,
            result="passed",
        )
    return open_facility_cycle(
        actor=actor, facility_id=facility.pk, kind="initial", planned_decision_date=None, now=now
    )


def _hold(facility_id: int, one: Place, place: int, actor: Actor, now: datetime) -> None:
    ends = now.date() + timedelta(days=one.days)
    held = {"actor": actor, "facility_id": facility_id, "now": now}
    record_credential(
        kind="fac_licence", state=STATE, number=f"FL{place}", expires_date=ends, **held
    )
    record_credential(
        kind="liability",
        number=f"LC{place}",
        issuer="Tidewater Mutual",
        per_claim_cents=100_000_000,
        aggregate_cents=300_000_000,
        expires_date=ends + timedelta(days=90),
        **held,
    )
    later = {"expires_date": ends + timedelta(days=200), **held}
    if one.ccn:
        record_credential(kind="ccn", number=one.ccn, **held)
    if one.clia:
        record_credential(kind="clia", number=one.clia, **later)
    if one.accredited_by:
        record_credential(
            kind="accreditation", number=f"AC{place}", issuer=one.accredited_by, **later
        )


def verified_facility(place: int, *, actor: Actor, now: datetime) -> CredentialingEvent:
    """The file of a facility of which everything is verified."""
    event = open_facility(place, actor=actor, now=now)
    adverse = FACILITIES[place].adverse
    for element in event.elements.all():
        note = "one claim, closed without payment" if element.code == adverse else ""
        verify(element, actor, now, adverse=note)
    return finish_verifying(actor=actor, event_id=event.pk, now=now)
