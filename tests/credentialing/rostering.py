"""A payer that delegates, with its columns, and doctors who are fit to be told to it; for tests."""

from datetime import date, datetime

from credentialing.actions.delegations import record_delegation, save_roster_spec
from credentialing.actions.rosters import freeze_roster
from credentialing.models import (
    CredentialingEvent,
    Delegation,
    Network,
    NetworkListing,
    Participation,
    PlanRoster,
    PractitionerRole,
    Roster,
    RosterAnswer,
    RosterDifference,
    RosterLine,
    RosterSpec,
)
from credentialing.queries.rosters import draft
from ipaportal.core.files import store
from ipaportal.core.roles import Role
from ipaportal.identity.models import Party
from tests.factories import NOON, batch, fact, make_practice, make_practitioner
from tests.networks import make_credential, make_location
from tests.people import actor_of, make_user

TODAY = NOON.date()
BEGAN = date(2026, 2, 1)
COLUMNS = """Action = action
*NPI = npi
*Tax ID = practice_tin
Last Name = last_name
Specialty = specialty
ZIP = zip
Born = birth_date
Eff Date = effective_date
Term Date = term_date
Delegate = "Valley IPA"
"""


def make_delegation(code: str = "SUN", columns: str = COLUMNS, **spec: object) -> Delegation:
    """A payer's agreement with columns, as a network administrator records them."""
    payer = Party.objects.filter(kind=Party.Kind.PAYER, code=code).first()
    payer = payer or Party.objects.create(kind=Party.Kind.PAYER, name=f"{code} Health", code=code)
    nadia = actor_of(make_user(f"nadia.{code}@ipa.example".lower(), Role.NETWORK_ADMIN))
    delegation = record_delegation(
        actor=nadia,
        payer_party_id=payer.pk,
        effective_date=date(2026, 1, 1),
        end_date=None,
        source="delegation agreement, exhibit B",
        now=NOON,
    )
    values = {
        "date_format": "MM/DD/YYYY",
        "sends": "changes",
        "code_head": "Status",
        "words_head": "Reason",
        "accepted": "A, OK",
        **spec,
    }
    save_roster_spec(actor=nadia, delegation_id=delegation.pk, columns=columns, now=NOON, **values)
    return delegation


def list_doctor(delegation: Delegation, number: int = 1, name: str = "Alvarez", **listing: object):
    """A doctor with licence and decision, listed in the payer's network; gives the listing."""
    payer = delegation.payer_party
    who = make_practitioner(number, name)
    practice = make_practice(f"{name} Clinic", f"99{number:07}")
    make_credential(who, expires_date=date(2027, 12, 31))
    CredentialingEvent.objects.create(
        practitioner=who,
        kind="initial",
        status="approved",
        opened_at=NOON,
        opened_by_name="test",
        decision_date=date(2026, 1, 20),
        next_due_date=date(2029, 1, 31),
    )
    no = batch()
    fact(Participation, no, BEGAN, practitioner=who, practice=practice, payer_party=payer)
    role = PractitionerRole.objects.create(
        practitioner=who, location=make_location(practice), specialty="Family Medicine"
    )
    network, _ = Network.objects.get_or_create(payer_party=payer, name="Choice HMO")
    return fact(NetworkListing, no, BEGAN, role=role, network=network, **listing)


def freeze(delegation: Delegation, actor, today: date = TODAY) -> Roster:
    """Freeze what there is to tell, as whoever looked at it."""
    spec = delegation.specs.first()
    return freeze_roster(
        actor=actor,
        delegation_id=delegation.pk,
        seen_digest=draft(delegation, spec, today).digest,
        now=NOON,
        today=today,
    )


def make_sent(payer: Party, who, name: str, now: datetime) -> RosterDifference:
    """A frozen roster with one line, and one difference; `name` stands wherever a text may."""
    delegation, file = _told(payer, who, name, now)
    return RosterDifference.objects.create(
        delegation=delegation,
        practitioner=who,
        label=name[:300],
        plan_key="1",
        kind="field",
        field="zip",
        ours="93701",
        theirs=name[:300],
        remedy="ask_correct",
        first_seen=file,
        last_seen=file,
        first_seen_date=now.date(),
    )


def _told(payer: Party, who, name: str, now: datetime) -> tuple[Delegation, PlanRoster]:
    by = {"made_by_name": "test", "made_at": now}
    delegation = Delegation.objects.create(
        payer_party=payer,
        effective_date=date(2026, 1, 1),
        source=name[:200],
        recorded_by_name="test",
        recorded_at=now,
    )
    spec = RosterSpec.objects.create(
        delegation=delegation,
        version=1,
        columns=COLUMNS,
        date_format="YYYYMMDD",
        code_head=name[:100],
        words_head="",
        accepted="A",
        saved_by_name="test",
        saved_at=now,
    )
    stored = store(b"NPI\r\n")
    roster = Roster.objects.create(
        delegation=delegation,
        spec=spec,
        number=1,
        as_of_date=now.date(),
        sha256=stored.sha256,
        size=stored.size,
        snapshot_sha256="0" * 64,
        held_count=0,
        answer_due_date=now.date(),
        **by,
    )
    names = ("last_name", "first_name", "practice_name", "city", "network", "effective_date")
    line = RosterLine.objects.create(
        roster=roster,
        practitioner=who,
        key="1:1",
        plan_key="1",
        action="A",
        content=dict.fromkeys(names, name),
        content_sha256="0" * 64,
    )
    RosterAnswer.objects.create(
        line=line,
        is_accepted=False,
        code=name[:40],
        words=name[:500],
        file_sha256="0" * 64,
        recorded_by_name="test",
        recorded_at=now,
    )
    file = PlanRoster.objects.create(
        delegation=delegation,
        as_of_date=now.date(),
        sha256=stored.sha256,
        rows=1,
        faults=[[2, name]],
        received_by_name="test",
        received_at=now,
    )
    return delegation, file
