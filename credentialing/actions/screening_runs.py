"""Screening everybody: the row is the job, taken on some hundred people at a time."""

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import islice

from django.db.models import Count
from django.utils import timezone

from credentialing.actions.screening_lists import read_list
from credentialing.actions.screening_matching import Listed, Matching
from credentialing.formats.screening_certificate import render_certificate
from credentialing.models import (
    ListEntry,
    ListVersion,
    ScreeningMatch,
    ScreeningResult,
    ScreeningRun,
)
from credentialing.queries.screening_certificate import certificate_data
from credentialing.queries.screening_lists import lists_in_use
from credentialing.queries.screening_subjects import entry_of, everybody
from credentialing.queries.subjects import how_many
from credentialing.rules.screening import ALGORITHM, Subject
from credentialing.rules.screening_decisions import UNDECIDED
from credentialing.rules.screening_index import ListIndex
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.files import store
from ipaportal.core.jobs import wake
from ipaportal.core.refusals import Refused

log = logging.getLogger(__name__)
CLOCK = Actor.system("clock")
PEOPLE_PER_STEP = 2_500
State, Cause, Outcome = ScreeningRun.State, ScreeningRun.Cause, ScreeningResult.Outcome


class NoLists(Refused):
    """No list was ever loaded: there is nothing to screen against."""

    def __init__(self) -> None:
        super().__init__(
            "No exclusion list is loaded, so nobody can be screened, and nobody is clear. "
            "Nothing was started. Load the OIG and SAM.gov lists first."
        )


class Underway(Refused):
    """A screening has not finished."""

    def __init__(self, run: ScreeningRun) -> None:
        super().__init__(
            f"The screening that {run.requested_by_name} asked for is still underway "
            f"({run.done} of {run.total} done). Nothing was started. Wait for it to finish."
        )


class Finished(Refused):
    """There is nothing left to do in a run."""

    def __init__(self, run: ScreeningRun) -> None:
        super().__init__(f"The {run} is finished. Nothing was changed.")


@action("credentialing.run_screening")
def start_run(*, actor: Actor, now: datetime, cause: str = Cause.ASKED) -> ScreeningRun:
    """
    Ask for everybody to be screened against the lists as they are in use now.

    :raises NoLists: if none was ever loaded
    :raises Underway: if the last screening has not finished
    """
    underway = ScreeningRun.objects.exclude(state=State.DONE).first()
    if underway is not None:
        raise Underway(underway)
    today = timezone.localdate(now)
    lists = [one.snapshot for one in lists_in_use(today)]
    if not any(one["version"] for one in lists):
        raise NoLists
    run = ScreeningRun.objects.create(
        cause=cause,
        as_of=today,
        requested_by_id=actor.user_id,
        requested_by_name=actor.name,
        requested_at=now,
        lists=lists,
        algorithm=ALGORITHM,
        total=how_many(today=today),
    )
    record(actor=actor, action="credentialing.screening.started", subject=run, cause=run.cause)
    wake("credentialing.advance_screening", run.pk)
    return run


@action("credentialing.run_screening")
def screen_some(*, actor: Actor, run_id: int, now: datetime) -> ScreeningRun:
    """
    Screen the next people of a run, or finish it if none is left.

    :raises Finished: if it is finished already
    """
    run = ScreeningRun.objects.select_for_update().get(pk=run_id)
    if run.state == State.DONE:
        raise Finished(run)
    before = set(run.results.values_list("subject_key", flat=True))
    waiting = (pair for pair in everybody(run.as_of) if pair[0].key not in before)
    some = list(islice(waiting, PEOPLE_PER_STEP))
    if some:
        _screen(run, some, actor, now)
        run.state, run.done = State.RUNNING, len(before) + len(some)
        run.total = max(run.total, run.done)
    else:
        _finish(run, now)
    run.save()
    record(
        actor=actor,
        action=f"credentialing.screening.{run.state}",
        subject=run,
        done=run.done,
        total=run.total,
    )
    if run.state != State.DONE:
        wake("credentialing.advance_screening", run.pk)
    return run


@dataclass(frozen=True)
class RunIndex:
    """The index of a run's lists, and where each row of it is stored."""

    index: ListIndex
    rows: Sequence[Listed]


def _index(run: ScreeningRun) -> RunIndex:
    """The index of the very versions that the run began with, whatever was loaded since."""
    pinned = tuple((one["key"], one["code"], one["version"]) for one in run.lists if one["version"])
    return _built(pinned, run.as_of)


@lru_cache(maxsize=1)
def _built(pinned: tuple[tuple[str, str, int], ...], as_of) -> RunIndex:
    rows = [row for key, code, version in pinned for row in _rows(key, code, version, as_of)]
    return RunIndex(ListIndex([row.entry for row in rows]), rows)


def _rows(key: str, code: str, version: int, as_of) -> Iterator[Listed]:
    entries = ListEntry.objects.in_version(key, version).order_by("pk")
    for row in entries.iterator(chunk_size=5_000):
        # Whoever's exclusion has ended is not on the list; whoever's begins later is.
        if row.end_date is None or row.end_date > as_of:
            yield Listed(row.pk, key, code, row.content_hash, entry_of(row))


def _screen(
    run: ScreeningRun, some: list[tuple[Subject, str]], actor: Actor, now: datetime
) -> None:
    built = _index(run)
    matching = Matching(run, actor, now)
    matching.load(subject.key for subject, _ in some)
    refuted = {}
    for subject, _ in some:
        if not subject.is_screenable:
            continue
        screened = built.index.screen(subject, run.as_of)
        refuted[subject.key] = screened.refuted
        found = [(built.rows[place], finding) for place, finding in screened.findings]
        matching.take(subject, found)
    matching.write()
    by_key = {key: list(matches) for key, matches in matching.by_subject.items()}
    for match in matching.new:
        by_key.setdefault(match.subject_key, []).append(match)
    wanting = [one["name"] for one in run.lists if one["wanting"]]
    ScreeningResult.objects.bulk_create(
        [
            _result(run, subject, problem, by_key.get(subject.key, []), refuted, wanting)
            for subject, problem in some
        ],
        batch_size=1000,
    )


def _result(run, subject, problem, matches, refuted, wanting) -> ScreeningResult:
    standing = [match for match in matches if match.gone_at is None]
    outcome, words = _outcome(subject, problem, matches, wanting)
    return ScreeningResult(
        run=run,
        subject_key=subject.key,
        label=subject.label[:300],
        outcome=outcome,
        matches=len(standing),
        refuted=refuted.get(subject.key, 0),
        words=words[:300],
    )


def _outcome(subject: Subject, problem: str, matches, wanting: list[str]) -> tuple[str, str]:
    words = " ".join((problem, *subject.missing)).strip()
    if not subject.is_screenable:
        return Outcome.NOT_SCREENED, "Neither a name nor an NPI is on file."
    if any(match.is_stopped for match in matches):
        return Outcome.STOPPED, words
    if any(match.status in UNDECIDED and match.gone_at is None for match in matches):
        return Outcome.OPEN, words
    if problem:
        return Outcome.NOT_SCREENED, words
    if wanting:
        return Outcome.STALE, f"Too old or missing: {', '.join(wanting)}."
    cleared = any(match.gone_at is None for match in matches)
    return (Outcome.CLEARED if cleared else Outcome.CLEAR), words


def _finish(run: ScreeningRun, now: datetime) -> None:
    """Count, and write the certificate from what was counted."""
    by_outcome = run.results.values("outcome").annotate(n=Count("pk")).order_by()
    counts = Counter({row["outcome"]: row["n"] for row in by_outcome})
    found = ScreeningMatch.objects.filter(last_run=run)
    for row in found.values("category").annotate(n=Count("pk")).order_by():
        counts[row["category"]] = row["n"]
    counts["refuted"] = sum(run.results.values_list("refuted", flat=True))
    run.counts, run.total = dict(counts), run.done
    run.state, run.finished_at = State.DONE, now
    run.certificate_sha256 = store(render_certificate(certificate_data(run))).sha256
    _built.cache_clear()  # an index of all lists is not kept until next month


# ---- steps of the tick: f(now) -> how many were taken -------------------------------------------


def step_screening(now: datetime) -> int:
    """Read lists that arrived, take a run on, start one that is due."""
    taken = 0
    waiting = ListVersion.objects.filter(status=ListVersion.Status.RECEIVED).order_by("pk")
    for version_id in waiting.values_list("pk", flat=True):
        read_list(actor=CLOCK, version_id=version_id, now=now)
        taken += 1
    run_id = ScreeningRun.objects.exclude(state=State.DONE).values_list("pk", flat=True).first()
    if run_id is not None:
        return taken + advance_run(actor=CLOCK, run_id=run_id, now=now)
    if cause := due_cause(now):
        start_run(actor=CLOCK, now=now, cause=cause)
        taken += 1
    return taken


def due_cause(now: datetime) -> str:
    """Why a screening is due: a list is newer than the last one's, or the month has none."""
    loaded = ListVersion.objects.filter(status=ListVersion.Status.LOADED)
    newest = dict(loaded.order_by("pk").values_list("list_key", "pk"))
    if not newest:
        return ""
    last = ScreeningRun.objects.first()
    if last is None or newest != {one["key"]: one["version"] for one in last.lists
                                  if one["version"]}:  # fmt: skip
        return Cause.LIST
    today = timezone.localdate(now)
    is_this_month = (last.as_of.year, last.as_of.month) == (today.year, today.month)
    return "" if is_this_month else Cause.MONTHLY


def advance_run(*, actor: Actor, run_id: int, now: datetime) -> bool:
    """Take a run one step on; whoever comes second finds nothing to do."""
    try:
        screen_some(actor=actor, run_id=run_id, now=now)
    except Finished:
        return False
    return True
