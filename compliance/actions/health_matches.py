"""Whose records a patient's are: by the rule, by a person, and taken back by adding."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import QuerySet

from capitation.models import Member
from compliance.actions.health_visits import tell_care
from compliance.models import HealthPatient, HealthSource, PatientStep
from compliance.queries.health_records import person_of, seek, taken_in, told_in
from compliance.rules.health_records import Outcome, State, Step, outcome
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.locks import lock
from ipaportal.core.refusals import Refused

AT_ONCE = 2_000


class MatchedBefore(Refused):
    def __init__(self) -> None:
        super().__init__(
            "These records are a member's already. Nothing was changed. Take that back first, if "
            "it is wrong."
        )


class NotMatched(Refused):
    def __init__(self) -> None:
        super().__init__(
            "These records are nobody's, so that there is nothing to take back. Nothing was "
            "changed."
        )


class NoSuchMember(Refused):
    def __init__(self) -> None:
        super().__init__(
            "No member has this number, or several plans have one. Nothing was changed. Copy the "
            "number from the member's page, and choose the plan."
        )


class SeenOtherwise(Refused):
    """The proposal changed since the page was opened."""

    def __init__(self) -> None:
        super().__init__(
            "Whom this patient is proposed to be changed since you looked. Nothing was changed. "
            "Look again, and then decide."
        )


def look_for(source: HealthSource, refs: Collection[str], actor: Actor, now: datetime) -> int:
    """Ask the rule whose records those of patients are; how many changed. Beneath imports."""
    wanted, changed = sorted(refs), 0
    for at in range(0, len(wanted), AT_ONCE):
        changed += _look_for(source, wanted[at : at + AT_ONCE], actor, now)
    return changed


def _look_for(source: HealthSource, refs: list[str], actor: Actor, now: datetime) -> int:
    found = seek(source, refs)
    before = {one.ref: one for one in _rows(source, refs)}
    taken = {member for member in taken_in(source, but=refs)}
    steps, changed = [], []
    for ref, row in sorted(found.patients.items()):
        one = before.get(ref) or HealthPatient(source=source, ref=ref, state="", why="", since=now)
        is_same = bool(one.pk) and told_in(one.record) == told_in(row)
        one.record = row
        said = outcome(
            person_of(found.told[ref]), found.by_number[ref], found.by_name[ref], found.people,
            taken,
        )  # fmt: skip
        said = _beside(one, said, is_same=is_same)
        if said is not None:
            one.state, one.member_id, one.why, one.since = said.state, said.member_id, said.why, now
            steps.append((one, said))
        changed.append(one)
        if one.state == State.MATCHED:
            taken.add(one.member_id)
    fields = ["record", "state", "member", "why", "since"]
    HealthPatient.objects.bulk_update([one for one in changed if one.pk], fields)
    HealthPatient.objects.bulk_create([one for one in changed if not one.pk])
    PatientStep.objects.bulk_create(
        PatientStep(
            patient=one, step=said.step, member_id=said.member_id, words=said.why, at=now,
            by_id=actor.user_id, by_name=actor.name,
        )
        for one, said in steps
    )  # fmt: skip
    return len(steps)


def _rows(source: HealthSource, refs: list[str]) -> QuerySet[HealthPatient]:
    rows = source.patients.select_for_update(of=("self",)).select_related("record")
    return rows.filter(ref__in=refs)


def _beside(one: HealthPatient, said: Outcome, *, is_same: bool) -> Outcome | None:
    """What the rule says beside what stands: None where that goes on standing."""
    if one.state == State.STRANGER:
        return None  # a person said so, who may take it back
    if one.state == State.MATCHED:
        if is_same or (said.state, said.member_id) == (State.MATCHED, one.member_id):
            return None
        why = "what the source says of them changed: look again"
        return Outcome(State.PROPOSED, Step.PROPOSED, one.member_id, why)
    same = (one.state, one.member_id, one.why) == (said.state, said.member_id, said.why)
    return None if same else said


@action("compliance.match_health_records")
def look_again(*, actor: Actor, source_id: int, now: datetime) -> int:
    """Look once more for members among a source's patients who wait; how many changed."""
    lock("health records")
    source = HealthSource.objects.select_related("party").get(pk=source_id)
    waiting = source.patients.filter(state__in=[State.PROPOSED, State.UNMATCHED])
    changed = look_for(source, set(waiting.values_list("ref", flat=True)), actor, now)
    tell_care(source, actor, now)
    record(actor=actor, action="compliance.records.looked_again", subject=source, changed=changed)
    return changed


@action("compliance.match_health_records")
def confirm_match(
    *, actor: Actor, patient_id: int, member_id: int, seen_member_id: int | None, words: str,
    now: datetime,
) -> HealthPatient:  # fmt: skip
    """
    Say that a patient's records are a member's.

    `seen_member_id` is who was proposed on the page that was looked at.

    :raises MatchedBefore: if they are a member's already
    :raises SeenOtherwise: if somebody else is proposed by now
    """
    patient = _patient(patient_id)
    if patient.state == State.MATCHED:
        raise MatchedBefore
    if patient.member_id != seen_member_id:
        raise SeenOtherwise
    member = Member.objects.get(pk=member_id)
    return _say(patient, State.MATCHED, Step.CONFIRMED, member.pk, words, actor, now)


@action("compliance.match_health_records")
def deny_match(*, actor: Actor, patient_id: int, words: str, now: datetime) -> HealthPatient:
    """
    Say that a patient is no member; the rule asks no more about them.

    :raises MatchedBefore: if their records are a member's
    """
    patient = _patient(patient_id)
    if patient.state == State.MATCHED:
        raise MatchedBefore
    return _say(patient, State.STRANGER, Step.DENIED, None, words, actor, now)


@action("compliance.match_health_records")
def take_back(*, actor: Actor, patient_id: int, words: str, now: datetime) -> HealthPatient:
    """
    Take a match, or that somebody is no member, back; both stay on record, and they wait again.

    :raises NotMatched: if there is nothing to take back
    """
    patient = _patient(patient_id)
    if patient.state not in (State.MATCHED, State.STRANGER):
        raise NotMatched
    return _say(patient, State.UNMATCHED, Step.TAKEN_BACK, None, words, actor, now)


def _patient(patient_id: int) -> HealthPatient:
    lock("health records")
    return HealthPatient.objects.select_for_update().get(pk=patient_id)


def _say(
    patient: HealthPatient, state: State, step: Step, member_id: int | None, words: str,
    actor: Actor, now: datetime,
) -> HealthPatient:  # fmt: skip
    before, stood = patient.member_id, patient.state
    patient.state, patient.member_id = state, member_id
    patient.why, patient.since = words[:200], now
    patient.save(update_fields=["state", "member", "why", "since"])
    PatientStep.objects.create(
        patient=patient, step=step, member_id=member_id or before, words=words[:500], at=now,
        by_id=actor.user_id, by_name=actor.name,
    )  # fmt: skip
    record(
        actor=actor, action=f"compliance.records.{step}", subject=patient,
        member_id=member_id or before, words=words,
    )  # fmt: skip
    if State.MATCHED in (state, stood):
        tell_care(patient.source, actor, now)
    return patient
