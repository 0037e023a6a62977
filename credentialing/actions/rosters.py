"""Rosters: frozen as seen, answered line by line, compared with what the payer has."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from credentialing.formats.roster_files import (
    Fault,
    read_answers,
    read_plan_rows,
    write_roster,
)
from credentialing.models import (
    Delegation,
    PlanRoster,
    Practitioner,
    Roster,
    RosterAnswer,
    RosterDifference,
    RosterLine,
    RosterSpec,
)
from credentialing.queries.roster_rows import roster_rows, sent_rows
from credentialing.queries.rosters import columns_of, draft
from credentialing.rules.roster_differences import Difference, differences
from credentialing.rules.rosters import Content, RosterColumn, answer_due, content_hash, key_text
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.files import store
from ipaportal.core.locks import lock
from ipaportal.core.refusals import Refused


class NoColumnsYet(Refused):
    """Nobody said in which columns this payer wants its roster."""

    def __init__(self) -> None:
        super().__init__(
            "The columns of this payer's roster are not set. Nothing was done. Set them first."
        )


class NothingToTell(Refused):
    def __init__(self) -> None:
        super().__init__(
            "Nothing changed since the last roster. Nothing was frozen. The payer has what there "
            "is to send."
        )


class RosterChanged(Refused):
    """Something changed between looking and freezing."""

    def __init__(self) -> None:
        super().__init__(
            "The network changed since you looked at this roster. Nothing was frozen. Look at it "
            "again as it is now."
        )


class NotDelegatedThen(Refused):
    def __init__(self, delegation: Delegation, day: date) -> None:
        super().__init__(
            f"The agreement with {delegation.payer_party} does not hold on {day}. Nothing was "
            "frozen. Record the agreement that does."
        )


class AnswersUnreadable(Refused):
    """Nothing in the file answers this roster."""

    def __init__(self, faults: list[Fault]) -> None:
        first = faults[0].words if faults else "No line of it is one of this roster."
        super().__init__(f"This file answers nothing here. {first} Nothing was recorded.")


class ReadBefore(Refused):
    """The same file again."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} was read before. Nothing was recorded twice.")


class PlanFileUnreadable(Refused):
    """A payer's own file without one row that can be read."""

    def __init__(self, faults: list[Fault]) -> None:
        first = faults[0].words if faults else "It has no rows."
        super().__init__(
            f"No row of this file could be read. {first} Nothing was compared, because every row "
            "would seem to be missing at the plan."
        )


class OlderThanTheLast(Refused):
    def __init__(self, newest: PlanRoster) -> None:
        super().__init__(
            f"A file of {newest.as_of_date} was compared already, and this one is older. Nothing "
            "was compared. Check the day of the plan's data."
        )


class ClosedAlready(Refused):
    def __init__(self, row: RosterDifference) -> None:
        super().__init__(
            f"This difference was closed on {row.closed_at:%b %-d, %Y} "
            f"({row.get_outcome_display()}). Nothing was changed."
        )


class WordsMissing(Refused):
    def __init__(self) -> None:
        super().__init__("Say how, or why, in a few words. Nothing was changed.")


@dataclass(frozen=True)
class Read:
    """What a file came to: how many lines were taken, and which were not and why."""

    taken: int
    refused: int
    faults: list[Fault]


@action("credentialing.send_rosters")
def freeze_roster(
    *, actor: Actor, delegation_id: int, seen_digest: str, now: datetime, today: date
) -> Roster:
    """
    Freeze the roster that was looked at: its exact bytes, and what each line told.

    :raises NoColumnsYet: if nobody set the payer's columns
    :raises NotDelegatedThen: if no agreement holds today
    :raises RosterChanged: if it would be another one now
    :raises NothingToTell: if it would tell nothing
    """
    delegation = Delegation.objects.select_for_update().get(pk=delegation_id)
    if not _holds(delegation, today):
        raise NotDelegatedThen(delegation, today)
    spec = _spec(delegation)
    seen = draft(delegation, spec, today)
    if seen.digest != seen_digest:
        raise RosterChanged
    if not seen.told:
        raise NothingToTell
    newest = delegation.rosters.order_by("-number").first()
    columns = columns_of(spec)
    stored = store(write_roster(columns, seen.written, spec.date_format, today))
    roster = Roster.objects.create(
        delegation=delegation,
        spec=spec,
        number=newest.number + 1 if newest else 1,
        as_of_date=today,
        sha256=stored.sha256,
        size=stored.size,
        snapshot_sha256=seen.snapshot_sha256,
        held_count=len(seen.found.held),
        answer_due_date=answer_due(today),
        made_by_id=actor.user_id,
        made_by_name=actor.name,
        made_at=now,
    )
    RosterLine.objects.bulk_create(
        [
            RosterLine(
                roster=roster,
                practitioner_id=seen.found.practitioners[delta.key],
                key=delta.key,
                plan_key=key_text(delta.content, columns),
                action=delta.action.value,
                content=dict(delta.content),
                before=dict(delta.before) if delta.before else None,
                content_sha256=content_hash(delta.content),
            )
            for delta in seen.told
        ],
        batch_size=1000,
    )
    record(
        actor=actor,
        action="credentialing.roster.frozen",
        subject=roster,
        sha256=roster.sha256,
        lines=len(seen.told),
        held=roster.held_count,
    )
    return roster


@action("credentialing.send_rosters")
def record_answers(*, actor: Actor, roster_id: int, data: bytes, now: datetime) -> Read:
    """
    Record a payer's answers to a roster line by line; what fits no line is named.

    :raises AnswersUnreadable: if nothing in the file answers a line
    :raises ReadBefore: if the same file was read before
    """
    lock("roster", roster_id)  # nobody may change the row: it is not the row's lock
    roster = Roster.objects.select_related("spec").get(pk=roster_id)
    spec = roster.spec
    found = read_answers(
        data,
        columns_of(spec),
        code_head=spec.code_head,
        words_head=spec.words_head,
        accepted=spec.accepted.split(","),
    )
    lines: dict[str, list[RosterLine]] = defaultdict(list)
    for line in roster.lines.all():
        lines[line.plan_key].append(line)
    # The last word of a file about a line is what counts.
    said = {answer.key: answer for answer in found.answers if answer.key in lines}
    faults = found.faults + [
        Fault(a.line_no, "No line of this roster is this one.")
        for a in found.answers
        if a.key not in lines
    ]
    if not said:
        raise AnswersUnreadable(faults)
    sha256 = store(data).sha256
    if RosterAnswer.objects.filter(line__roster=roster, file_sha256=sha256).exists():
        raise ReadBefore("This file")
    rows = [
        RosterAnswer(
            line=line,
            is_accepted=answer.is_accepted,
            code=answer.code[:40],
            words=answer.words[:500],
            file_sha256=sha256,
            recorded_by_id=actor.user_id,
            recorded_by_name=actor.name,
            recorded_at=now,
        )
        for key, answer in said.items()
        for line in lines[key]
    ]
    RosterAnswer.objects.bulk_create(rows, batch_size=1000)
    taken = sum(row.is_accepted for row in rows)
    record(
        actor=actor,
        action="credentialing.roster.answered",
        subject=roster,
        sha256=sha256,
        taken=taken,
        refused=len(rows) - taken,
        faults=len(faults),
    )
    return Read(taken, len(rows) - taken, faults)


@action("credentialing.send_rosters")
def compare_plan_roster(
    *, actor: Actor, delegation_id: int, data: bytes, as_of_date: date, now: datetime
) -> PlanRoster:
    """
    Compare a payer's own file with ours and with what was last sent.

    A difference keeps its age from file to file; one that is seen no more is closed by the file.

    :raises NoColumnsYet: if nobody set the payer's columns
    :raises ReadBefore: if it was compared before
    :raises OlderThanTheLast: if a newer one was
    :raises PlanFileUnreadable: if no row of it can be read
    """
    delegation = Delegation.objects.select_for_update().get(pk=delegation_id)
    spec = _spec(delegation)
    columns = columns_of(spec)
    plan = read_plan_rows(data, columns, spec.date_format)
    if not plan.rows:
        raise PlanFileUnreadable(plan.faults)
    stored = store(data)
    newest = delegation.plan_rosters.order_by("-as_of_date", "-pk").first()
    if delegation.plan_rosters.filter(sha256=stored.sha256).exists():
        raise ReadBefore("This file")
    if newest is not None and newest.as_of_date > as_of_date:
        raise OlderThanTheLast(newest)
    file = PlanRoster.objects.create(
        delegation=delegation,
        as_of_date=as_of_date,
        sha256=stored.sha256,
        rows=len(plan.rows),
        faults=[[fault.line_no, fault.words] for fault in plan.faults[:1000]],
        received_by_id=actor.user_id,
        received_by_name=actor.name,
        received_at=now,
    )
    ours = roster_rows(delegation, as_of_date)
    mine = _by_plan_key(ours.rows, columns)
    sent = _by_plan_key({k: v.content for k, v in sent_rows(delegation).items()}, columns)
    present = {name for row in plan.rows.values() for name in row}
    compared = [c.field for c in columns if c.field in present and not c.is_key]
    held = {key_text(ours.rows[key], columns) for key in ours.held}
    found = differences(mine, sent, plan.rows, compared, as_of_date, held)
    _keep(file, found, {**plan.rows, **sent, **mine}, actor, now)
    record(
        actor=actor,
        action="credentialing.plan_roster.compared",
        subject=file,
        sha256=file.sha256,
        rows=file.rows,
        differences=len(found),
        faults=len(plan.faults),
    )
    return file


def _by_plan_key(rows: dict[str, Content], columns: tuple[RosterColumn, ...]) -> dict[str, Content]:
    """Rows by what finds them in the payer's file; of several, the one that did not end."""
    found: dict[str, Content] = {}
    for row in rows.values():
        key = key_text(row, columns)
        if key not in found or found[key].get("term_date"):
            found[key] = row
    return found


def _keep(
    file: PlanRoster,
    found: list[Difference],
    rows: dict[str, Content],
    actor: Actor,
    now: datetime,
) -> None:
    """Carry on what was there, open what is new, close what is seen no more."""
    delegation = file.delegation
    known = {
        (row.plan_key, row.kind, row.field): row
        for row in delegation.differences.filter(closed_at=None)
    }
    explained = {
        (row.plan_key, row.kind, row.field, row.ours, row.theirs)
        for row in delegation.differences.filter(outcome=RosterDifference.Outcome.EXPLAINED)
    }
    npis = {rows[one.key].get("npi", "") for one in found}
    people = dict(Practitioner.objects.filter(npi__in=npis).values_list("npi", "pk"))
    new = []
    for one in found:
        values = {
            "ours": one.ours[:300],
            "sent": one.sent[:300],
            "theirs": one.theirs[:300],
            "remedy": one.remedy.value,
            "last_seen": file,
        }
        row = known.pop((one.key, one.kind.value, one.field), None)
        if row is not None:
            RosterDifference.objects.filter(pk=row.pk).update(**values)
        elif (one.key, one.kind.value, one.field, one.ours, one.theirs) not in explained:
            content = rows[one.key]
            new.append(
                RosterDifference(
                    delegation=delegation,
                    practitioner_id=people.get(content.get("npi", "")),
                    label=_label(content),
                    plan_key=one.key,
                    kind=one.kind.value,
                    field=one.field,
                    first_seen=file,
                    first_seen_date=file.as_of_date,
                    **values,
                )
            )
    RosterDifference.objects.bulk_create(new, batch_size=1000)
    RosterDifference.objects.filter(pk__in=[row.pk for row in known.values()]).update(
        outcome=RosterDifference.Outcome.GONE, closed_at=now, closed_by_name=actor.name
    )


def _label(content: Content) -> str:
    name = ", ".join(filter(None, [content.get("last_name"), content.get("first_name")]))
    return f"{name or 'Somebody'} ({content.get('npi', '')})"[:300]


@action("credentialing.send_rosters")
def ask_plan(*, actor: Actor, difference_id: int, text: str, now: datetime) -> RosterDifference:
    """
    Record that the plan was asked to end a difference, and how; its next file shows whether it did.

    :raises ClosedAlready: if it is closed
    :raises WordsMissing: if nothing says how
    """
    row = _open(difference_id, text)
    row.asked_at, row.asked_by_name, row.asked_text = now, actor.name, text.strip()[:300]
    row.save(update_fields=["asked_at", "asked_by_name", "asked_text"])
    record(actor=actor, action="credentialing.difference.asked", subject=row)
    return row


@action("credentialing.send_rosters")
def explain_difference(
    *, actor: Actor, difference_id: int, text: str, now: datetime
) -> RosterDifference:
    """
    Close a difference because both sides are right; it stays closed while both say the same.

    :raises ClosedAlready: if it is closed
    :raises WordsMissing: if nothing says why
    """
    row = _open(difference_id, text)
    row.outcome = RosterDifference.Outcome.EXPLAINED
    row.closed_at, row.closed_by_name, row.closed_text = now, actor.name, text.strip()[:300]
    row.save(update_fields=["outcome", "closed_at", "closed_by_name", "closed_text"])
    record(actor=actor, action="credentialing.difference.explained", subject=row)
    return row


def _open(difference_id: int, text: str) -> RosterDifference:
    row = RosterDifference.objects.select_for_update().get(pk=difference_id)
    if row.closed_at is not None:
        raise ClosedAlready(row)
    if not text.strip():
        raise WordsMissing
    return row


def _spec(delegation: Delegation) -> RosterSpec:
    spec = delegation.specs.first()
    if spec is None:
        raise NoColumnsYet
    return spec


def _holds(delegation: Delegation, day: date) -> bool:
    return delegation.effective_date <= day and (
        delegation.end_date is None or delegation.end_date > day
    )
