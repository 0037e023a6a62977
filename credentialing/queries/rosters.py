"""Rosters as they would be sent, as they were, and what payers made of them."""

import hashlib
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from credentialing.models import (
    Delegation,
    NetworkListing,
    Practitioner,
    Roster,
    RosterAnswer,
    RosterDifference,
    RosterLine,
    RosterSpec,
)
from credentialing.models.secrets import birth_date_of
from credentialing.queries.roster_rows import RosterRows, roster_rows, sent_rows
from credentialing.queries.stakes import NOTHING, Stake, stakes
from credentialing.rules.rosters import (
    Action,
    Content,
    Delta,
    RosterColumn,
    after,
    content_hash,
    deltas,
    read_columns,
    snapshot_hash,
)
from ipaportal.audit.actions import NotPermitted
from ipaportal.core.actors import Actor

VIEW = "credentialing.view_rosters"


@dataclass(frozen=True)
class Draft:
    """A roster as it would be frozen now: its lines, what they tell, who is held back and why."""

    delegation: Delegation
    spec: RosterSpec
    day: date
    found: RosterRows
    told: list[Delta]
    snapshot_sha256: str
    written: list[Delta]  # what stands in the file: all that is told, or everybody

    @property
    def digest(self) -> str:
        """What somebody who looked at it has seen."""
        digest = hashlib.sha256(f"{self.spec.pk} {self.day} {self.snapshot_sha256}".encode())
        for line in self.written:
            digest.update(f"\n{line.key} {line.action} {content_hash(line.content)}".encode())
        return digest.hexdigest()

    def count(self, action: Action) -> int:
        """How many lines ask for something."""
        return sum(delta.action == action for delta in self.told)


def may_view(actor: Actor) -> None:
    """
    Refuse whoever may not see rosters.

    :raises NotPermitted: if they may not
    """
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)


def columns_of(spec: RosterSpec) -> tuple[RosterColumn, ...]:
    """The columns of a version."""
    return read_columns(spec.columns)


def draft(delegation: Delegation, spec: RosterSpec, day: date) -> Draft:
    """The roster of a payer as it would go out on a day."""
    found = roster_rows(delegation, day)
    lines = sent_rows(delegation)
    sent = {key: line.content for key, line in lines.items()}
    told = deltas(found.rows, sent, found.held, day)
    for delta in told:
        found.practitioners.setdefault(
            delta.key, getattr(lines.get(delta.key), "practitioner_id", 0)
        )
    state = after(sent, told)
    written = told
    if spec.sends == RosterSpec.Sends.FULL:
        by_key = {delta.key: delta for delta in told}
        written = [
            by_key.get(key) or Delta(key, Action.KEEP, row)
            for key, row in sorted(state.items())
            if key in by_key or not row.get("term_date")
        ]
    columns = columns_of(spec)
    if any(column.field == "birth_date" for column in columns):
        owners = found.practitioners | {k: line.practitioner_id for k, line in lines.items()}
        written = _with_birth_dates(written, owners)
    return Draft(delegation, spec, day, found, told, snapshot_hash(state), written)


def _with_birth_dates(told: list[Delta], owners: dict[str, int]) -> list[Delta]:
    """The same lines with birth dates, which stand in the file and in no line that is kept."""
    people = Practitioner.objects.in_bulk({owners[delta.key] for delta in told})
    born = {pk: birth_date_of(who) for pk, who in people.items()}
    return [
        Delta(d.key, d.action, {**d.content, "birth_date": _iso(born[owners[d.key]])}, d.before)
        for d in told
    ]


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def held_people(found: RosterRows) -> list[tuple[str, Content, tuple[str, ...]]]:
    """Whoever is held back, by name, and why."""
    rows = [(key, found.rows[key], faults) for key, faults in found.held.items()]
    return sorted(rows, key=lambda row: (row[1]["last_name"], row[1]["first_name"], row[0]))


def delegations(*, actor: Actor) -> QuerySet[Delegation]:
    """Every agreement with what is open of it."""
    may_view(actor)
    newest = Roster.objects.filter(delegation=OuterRef("pk"))
    return Delegation.objects.select_related("payer_party").annotate(
        newest_date=Subquery(newest.values("as_of_date")[:1]),
        open_differences=Count("differences", filter=Q(differences__closed_at=None)),
    )


def roster_lines(*, actor: Actor, roster: Roster, show: str = "") -> QuerySet[RosterLine]:
    """The lines of a roster, with the payer's newest answer."""
    may_view(actor)
    newest = RosterAnswer.objects.filter(line=OuterRef("pk"))
    lines = roster.lines.select_related("practitioner").annotate(
        is_taken=Subquery(newest.values("is_accepted")[:1]),
        answer_code=Subquery(newest.values("code")[:1]),
        answer_words=Subquery(newest.values("words")[:1]),
    )
    if show == "refused":
        return lines.filter(is_taken=False)
    return lines.filter(is_taken=None) if show == "unanswered" else lines


def refused_lines(delegation: Delegation) -> QuerySet[RosterLine]:
    """Lines the payer refused and no later roster told anew: the work-list."""
    newest = RosterAnswer.objects.filter(line=OuterRef("pk"))
    later = RosterLine.objects.filter(
        roster__delegation=delegation,
        key=OuterRef("key"),
        roster__number__gt=OuterRef("roster__number"),
    )
    return (
        RosterLine.objects.filter(roster__delegation=delegation)
        .select_related("practitioner", "roster")
        .annotate(
            is_taken=Subquery(newest.values("is_accepted")[:1]),
            answer_code=Subquery(newest.values("code")[:1]),
            answer_words=Subquery(newest.values("words")[:1]),
        )
        .filter(~Exists(later), is_taken=False)
        .order_by("roster__number", "pk")
    )


def late_rosters(delegation: Delegation, today: date) -> QuerySet[Roster]:
    """Rosters the payer should have answered and has not, at least one line of them."""
    silent = RosterLine.objects.filter(roster=OuterRef("pk"), answers=None)
    return delegation.rosters.filter(Exists(silent), answer_due_date__lt=today)


@dataclass(frozen=True)
class Weighed:
    """A difference with what hangs on it."""

    difference: RosterDifference
    stake: Stake


def weighed_differences(
    *, actor: Actor, delegation: Delegation, today: date, show: str = ""
) -> list[Weighed]:
    """Differences with members and money at stake, the heaviest first."""
    may_view(actor)
    rows = delegation.differences.select_related("practitioner", "last_seen")
    rows = rows.exclude(closed_at=None) if show == "closed" else rows.filter(closed_at=None)
    at_stake = stakes(delegation.payer_party_id, today)
    found = [Weighed(row, at_stake.get(row.practitioner_id or 0, NOTHING)) for row in rows]
    return sorted(found, key=lambda one: (-one.stake.members, one.difference.first_seen_date))


def has_listings(delegation: Delegation) -> bool:
    """Whether anybody is listed in a network of the payer at all."""
    return (
        NetworkListing.objects.current()
        .filter(network__payer_party_id=delegation.payer_party_id)
        .exists()
    )
