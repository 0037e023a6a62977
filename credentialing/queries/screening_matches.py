"""Matches to decide, laid side by side, with every decision before; and where somebody stands."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, QuerySet

from credentialing.models import (
    ListEntry,
    Participation,
    ScreeningDecision,
    ScreeningMatch,
    ScreeningResult,
    ScreeningRun,
)
from credentialing.queries.screening_lists import may_view
from credentialing.queries.screening_subjects import entry_of, identity_hash, subject_by_key
from credentialing.rules.screening import Entry, Finding, Subject, classify
from credentialing.rules.screening_decisions import UNDECIDED, Status
from credentialing.rules.screening_index import ListIndex, best_name
from ipaportal.core.actors import Actor
from ipaportal.ledger.models import Hold

WAITING = Q(status__in=UNDECIDED, gone_at=None)
# A true match whose row left its list: somebody has to look whether they are reinstated.
LEFT = Q(is_stopped=True, gone_at__isnull=False)


@dataclass(frozen=True)
class MatchPage:
    """A match with both sides as they are now, and what was decided before."""

    match: ScreeningMatch
    subject: Subject | None
    entry: Entry
    finding: Finding | None
    decisions: list[ScreeningDecision]
    holds: list[Hold]
    seen: str
    has_changed: bool


@dataclass(frozen=True)
class Standing:
    """Where somebody stands: clear, stopped, or what is wanting, and since when that is known."""

    outcome: str
    as_of: date | None = None
    words: str = ""

    @property
    def is_clear(self) -> bool:
        return self.outcome in (ScreeningResult.Outcome.CLEAR, ScreeningResult.Outcome.CLEARED)


NEVER = Standing("not_screened", None, "Never screened.")


def matches(*, actor: Actor, show: str = "") -> QuerySet[ScreeningMatch]:
    """Matches by what is to be done with them; without a word those that wait."""
    may_view(actor)
    found = ScreeningMatch.objects.select_related("entry")
    if show == "all":
        return found
    if show == "stopped":
        return found.filter(is_stopped=True)
    if show == "second":
        return found.filter(status=Status.PROPOSED)
    if show == "decided":
        return found.exclude(status__in=UNDECIDED)
    return found.filter(WAITING | LEFT)


def who_left(matches: Iterable[ScreeningMatch], today: date) -> set[str]:
    """Of the practitioners of some matches those who took part once, and with no plan any more."""
    keys = {one.subject_key for one in matches}
    people = [int(key.partition(":")[2]) for key in keys if key.startswith("practitioner:")]
    lasting = Count("pk", filter=Q(end_date=None) | Q(end_date__gt=today))
    rows = Participation.objects.current().filter(practitioner__in=people).order_by()
    rows = rows.values("practitioner_id").annotate(lasting=lasting).filter(lasting=0)
    return {f"practitioner:{row['practitioner_id']}" for row in rows}


def match_page(*, actor: Actor, match_id: int, today: date) -> MatchPage:
    """
    One match, compared anew from what is on file now.

    :raises ScreeningMatch.DoesNotExist: if there is none
    """
    may_view(actor)
    match = ScreeningMatch.objects.select_related("entry__version", "follows").get(pk=match_id)
    entry = entry_of(match.entry)
    subject = subject_by_key(match.subject_key, today)
    finding = None
    if subject is not None:
        finding = classify(subject, entry, best_name(subject, entry), today)
    earlier = [match.pk, *_followed(match)]
    decisions = ScreeningDecision.objects.filter(match__in=earlier).order_by("pk")
    live = Hold.objects.filter(source=f"screening:{match.pk}").select_related("party")
    return MatchPage(
        match,
        subject,
        entry,
        finding,
        list(decisions),
        list(live.order_by("pk")),
        seen_digest(match),
        subject is not None and identity_hash(subject) != match.subject_hash,
    )


def _followed(match: ScreeningMatch) -> list[int]:
    found = []
    while match.follows_id is not None and match.follows_id not in found:
        found.append(match.follows_id)
        match = match.follows
    return found


def seen_digest(match: ScreeningMatch) -> str:
    """What a reviewer saw: both sides, the category, the state; another one is another match."""
    parts = (match.pk, match.subject_hash, match.entry_hash, match.category, match.status)
    return hashlib.sha256("|".join(map(str, (*parts, match.is_stopped))).encode()).hexdigest()


def told_apart(*, actor: Actor, run: ScreeningRun, key: str) -> list[tuple[Entry, Finding]]:
    """
    The rows of the same name that another birth date told apart, found again from the run's lists.

    They are not stored: the lists are, and the same question has the same answer.
    """
    may_view(actor)
    subject = subject_by_key(key, run.as_of)
    if subject is None:
        return []
    entries = [entry_of(row) for row in _born_rows(run)]
    index = ListIndex(entries)
    return [(entries[place], finding) for place, finding in index.refuted(subject, run.as_of)]


def _born_rows(run: ScreeningRun) -> Iterator[ListEntry]:
    for one in run.lists:
        if one["version"]:
            rows = ListEntry.objects.in_version(one["key"], one["version"])
            yield from rows.exclude(birth_date=None).order_by("pk").iterator(chunk_size=5_000)


# ---- what gates ask: agenda, roster, payout, directory -------------------------------------------


def standings(keys: Iterable[str]) -> dict[str, Standing]:
    """Where subjects stand by their newest screening and every match since; all are answered."""
    keys = list(keys)
    found = dict.fromkeys(keys, NEVER)
    newest = ScreeningResult.objects.filter(subject_key__in=keys).select_related("run")
    for row in newest.order_by("subject_key", "-pk").distinct("subject_key"):
        found[row.subject_key] = Standing(row.outcome, row.run.as_of, row.words)
    waiting: set[str] = set()
    matched = ScreeningMatch.objects.filter(subject_key__in=keys)
    for match in matched.filter(WAITING | Q(is_stopped=True)):
        day = found[match.subject_key].as_of
        if match.is_stopped:
            found[match.subject_key] = Standing("stopped", day, str(match))
            waiting.add(match.subject_key)
        elif match.subject_key not in waiting:
            found[match.subject_key] = Standing("open", day, str(match))
            waiting.add(match.subject_key)
    for key, standing in found.items():
        # The result of a run says what was; a match that was decided since says what is.
        if standing.outcome in ("open", "stopped") and key not in waiting:
            found[key] = Standing("cleared", standing.as_of, standing.words)
    return found


def excluded_keys(as_of: date, kind: str = "") -> dict[str, str]:
    """
    Who is excluded on a day, by subject key, and by which list.

    Counted from the first day excluded to the reinstatement; published ahead of its day it stops
    agenda, roster and payout (`standings`) but is no exclusion of the days before.
    """
    from_day = Q(entry__effective_date=None) | Q(entry__effective_date__lte=as_of)
    stands = Q(is_stopped=True) | Q(status=Status.REINSTATED, reinstated_date__gt=as_of)
    found = ScreeningMatch.objects.filter(from_day, stands)
    if kind:
        found = found.filter(subject_key__startswith=f"{kind}:")
    return {match.subject_key: match.list_code for match in found.order_by("-pk")}


def is_excluded(key: str, as_of: date) -> bool:
    """Tell whether a subject is excluded on a day."""
    kind = key.partition(":")[0]
    return key in excluded_keys(as_of, kind)
