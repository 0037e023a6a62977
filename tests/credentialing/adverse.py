"""Somebody who takes part with a plan, and what was proposed against them, for tests."""

from datetime import UTC, date, datetime, timedelta

from credentialing.actions.adverse import open_action, send_notice
from credentialing.models import AdverseAction, Participation, Practitioner
from ipaportal.core.roles import Role
from tests.factories import batch, fact, make_contract, make_practice, make_practitioner
from tests.people import actor_of, make_user

DAY = date(2026, 3, 2)
LAST = DAY + timedelta(days=30)


def at(day: date) -> datetime:
    """Noon of a day where the IPA is."""
    return datetime(day.year, day.month, day.day, 20, tzinfo=UTC)


def make_hearings() -> dict:
    """A practitioner with an account in a practice, a colleague there, and who works on it."""
    contract, practice = make_contract(), make_practice("Reed Clinic", "990000041")
    who, colleague = make_practitioner(41, "Reed"), make_practitioner(42, "Sand")
    facts = {"practice": practice, "payer_party": contract.payer.party}
    number = batch()
    for person in (who, colleague):
        fact(Participation, number, date(2025, 1, 1), practitioner=person, **facts)
    user = make_user("reed@reed.example", Role.PROVIDER, party=practice.party, name="Dr. Reed")
    Practitioner.objects.filter(pk=who.pk).update(user=user, specialty="Cardiology")
    Practitioner.objects.filter(pk=colleague.pk).update(specialty="Cardiology")
    manager = make_user("m@reed.example", Role.PRACTICE_MANAGER, party=practice.party)
    return {
        "who": Practitioner.objects.get(pk=who.pk),
        "colleague": Practitioner.objects.get(pk=colleague.pk),
        "practice": practice,
        "payer": contract.payer.party,
        "reed": user,
        "manager": manager,
        "ito": make_user("ito@ipa.example", Role.MEDICAL_DIRECTOR, name="Dr. Ito"),
        "vance": make_user("vance@ipa.example", Role.NETWORK_ADMIN, name="P. Vance"),
    }


def proposed(world: dict, kind: str = "termination", day: date = DAY, **more) -> AdverseAction:
    """What the medical director proposed on a day."""
    given = {"basis": "quality", "reasons": "Three charts without follow-up."} | more
    given.setdefault("effective_date", day)
    return open_action(
        actor=actor_of(world["ito"]), practitioner_id=world["who"].pk, kind=kind, now=at(day),
        **given,
    )  # fmt: skip


def told(world: dict, kind: str = "termination", day: date = DAY, **more) -> AdverseAction:
    """The same once its notice went out on that day."""
    row = proposed(world, kind, day, **more)
    send_notice(actor=actor_of(world["ito"]), action_id=row.pk, tracking="9400 1", now=at(day))
    row.refresh_from_db()
    return row
