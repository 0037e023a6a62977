"""Beneath the run: findings become matches, decisions carry forward, confirmed ones stop money."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone

from credentialing.actions.hold_notices import tell_of_holds, tell_of_releases
from credentialing.models import ScreeningMatch, ScreeningRun
from credentialing.queries.screening_subjects import identity_hash, parties_of
from credentialing.rules.screening import Category, Entry, Finding, Subject
from credentialing.rules.screening_decisions import UNDECIDED, Status, due_date, stops_at_once
from credentialing.rules.screening_lists import BY_CODE
from ipaportal.core.actors import Actor
from ipaportal.ledger import holds
from ipaportal.ledger.models import Hold

SERIOUSNESS = {category: rank for rank, category in enumerate(reversed(Category))}
SETTLED = (Status.CLEARED, Status.REINSTATED, Status.PROPOSED)
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Listed:
    """A row of a list in the index of a run."""

    pk: int
    list_key: str
    list_code: str
    content_hash: str
    entry: Entry


@dataclass
class Matching:
    """The matches of some subjects of a run: those of before, and those to write."""

    run: ScreeningRun
    actor: Actor
    now: datetime
    known: dict[Key, ScreeningMatch] = field(default_factory=dict)
    by_subject: dict[str, list[ScreeningMatch]] = field(default_factory=lambda: defaultdict(list))
    new: list[ScreeningMatch] = field(default_factory=list)
    changed: dict[int, ScreeningMatch] = field(default_factory=dict)
    hashes: dict[str, str] = field(default_factory=dict)

    def load(self, keys: Iterable[str]) -> None:
        """Read what is known about some subjects."""
        found = ScreeningMatch.objects.filter(subject_key__in=list(keys)).select_related("entry")
        for match in found.order_by("pk"):
            self.known[(match.subject_key, match.list_key, match.entry_hash)] = match
            self.by_subject[match.subject_key].append(match)

    def take(self, subject: Subject, found: Iterable[tuple[Listed, Finding]]) -> None:
        """Take in what the lists say of one subject, and what they no longer say."""
        content = identity_hash(subject)
        seen = set()
        for listed, finding in found:
            key = (subject.key, listed.list_key, listed.content_hash)
            if key in seen:
                continue
            seen.add(key)
            match = self.known.get(key)
            if match is None:
                self._open(subject, content, listed, finding)
            else:
                self._see_again(match, content, listed, finding)
        keys = {one["key"] for one in self.run.lists if one["version"]}
        for match in self.by_subject.get(subject.key, ()):
            place = (match.subject_key, match.list_key, match.entry_hash)
            if place not in seen and match.gone_at is None and match.list_key in keys:
                match.gone_at = self.now
                self._change(match)

    def _open(self, subject: Subject, content: str, listed: Listed, finding: Finding) -> None:
        spec = BY_CODE[listed.list_code]
        before = self._before(subject.key, listed)
        because = ""
        if before is not None:
            because = "Its publisher changed the row since it was decided."
        self.new.append(
            ScreeningMatch(
                subject_key=subject.key,
                label=subject.label[:300],
                list_key=listed.list_key,
                list_code=listed.list_code,
                entry_id=listed.pk,
                entry_hash=listed.content_hash,
                subject_hash=content,
                category=finding.category,
                score=finding.score,
                reasons=list(finding.reasons),
                is_stopped=stops_at_once(finding.category, spec.stops_payment),
                opened_at=self.now,
                due_date=due_date(finding.category, timezone.localdate(self.now)),
                reopened_because=because,
                follows=before,
                first_run=self.run,
                last_run=self.run,
            )
        )

    def _before(self, key: str, listed: Listed) -> ScreeningMatch | None:
        """The decided match of the same name on the same list that this row replaces."""
        for match in reversed(self.by_subject.get(key, ())):
            row = match.entry
            same = (row.last_name, row.first_name, row.business_name) == (
                listed.entry.last_name,
                listed.entry.first_name,
                listed.entry.business_name,
            )
            if match.list_key == listed.list_key and same and match.status not in UNDECIDED:
                return match
        return None

    def _see_again(
        self, match: ScreeningMatch, content: str, listed: Listed, finding: Finding
    ) -> None:
        worse = SERIOUSNESS[finding.category] > SERIOUSNESS[Category(match.category)]
        because = ""
        if match.status in SETTLED and match.subject_hash != content:
            because = "Their names, birth date or numbers changed since it was decided."
        elif match.status in SETTLED and worse:
            because = "It is more serious than when it was decided."
        match.entry_id, match.label = listed.pk, match.label
        match.subject_hash, match.category = content, finding.category
        match.score, match.reasons = finding.score, list(finding.reasons)
        match.last_run, match.gone_at = self.run, None
        if because:
            match.status, match.reopened_because = Status.OPEN, because
            match.opened_at = self.now
            match.due_date = due_date(finding.category, timezone.localdate(self.now))
        stops = stops_at_once(finding.category, BY_CODE[match.list_code].stops_payment)
        if match.status in UNDECIDED and stops:
            match.is_stopped = True
        self._change(match)

    def _change(self, match: ScreeningMatch) -> None:
        self.changed[match.pk] = match

    def write(self) -> list[ScreeningMatch]:
        """Write everything, and stop the money of whoever is to be stopped."""
        ScreeningMatch.objects.bulk_create(self.new, batch_size=1000)
        columns = (
            *("entry", "label", "subject_hash", "category", "score", "reasons", "last_run"),
            *("gone_at", "status", "reopened_because", "opened_at", "due_date", "is_stopped"),
        )
        ScreeningMatch.objects.bulk_update(self.changed.values(), columns, batch_size=500)
        touched = [*self.new, *self.changed.values()]
        for match in touched:
            if match.is_stopped:
                stop_payments(match, actor=self.actor, now=self.now)
        return touched


def source_of(match: ScreeningMatch) -> str:
    """What holds of a match name as their source."""
    return f"screening:{match.pk}"


def stop_payments(match: ScreeningMatch, *, actor: Actor, now: datetime) -> list[Hold]:
    """Hold every payee through whom money reaches the subject of a match."""
    spec, entry = BY_CODE[match.list_code], match.entry
    since = f" from {entry.effective_date}" if entry.effective_date else ""
    text = f"{match.label} is on the list {spec.name}{since}. {spec.stops_payment}."
    source = source_of(match)
    before = set(Hold.objects.live().filter(source=source).values_list("pk", flat=True))
    placed = [
        holds.place(
            party=party,
            reason=Hold.Reason.EXCLUSION,
            text=text[:500],
            source=source,
            actor=actor,
            now=now,
        )
        for party in parties_of(match.subject_key, entry.effective_date)
    ]
    tell_of_holds((one for one in placed if one.pk not in before), actor=actor, now=now)
    return placed


def release_payments(match: ScreeningMatch, *, text: str, actor: Actor, now: datetime) -> int:
    """Release the holds of a match; the payee is paid again once none is left on it."""
    live = Hold.objects.live().filter(source=source_of(match)).select_for_update()
    released = [holds.release(hold=hold, text=text[:500], actor=actor, now=now) for hold in live]
    tell_of_releases(released, actor=actor, now=now)
    return len(released)
