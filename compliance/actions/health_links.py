"""Imports from servers: a link with a key of its own, and a job that is taken on step by step."""

import hashlib
import uuid
from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from compliance.actions.bulk_servers import Denied, Later, Server, key_place, new_key
from compliance.actions.health_records import keep_file, read_kept
from compliance.actions.health_visits import tell_care
from compliance.formats.bulk_exports import BadAnswer, export_url, gone_in, read_manifest, same_host
from compliance.models import (
    HealthFile,
    HealthJob,
    HealthJobFile,
    HealthLink,
    HealthRecord,
    HealthSource,
)
from compliance.rules.bulk_exports import (
    LIVE,
    MOST_AGE,
    MOST_TRIES,
    TYPES,
    FileKind,
    Job,
    asked_wait,
    wait_after,
)
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.encryption import encrypt
from ipaportal.core.files import read_stored
from ipaportal.core.jobs import wake
from ipaportal.core.locks import lock
from ipaportal.core.outbound import OutboundFailed, OutboundRefused, guard
from ipaportal.core.refusals import Refused

SCOPE = "system/*.read"
NDJSON = "application/fhir+ndjson"
CHANGING = (
    *("state", "next_at", "tries", "status_url", "progress", "as_of", "needs_token", "problem"),
    "ended_at",
)


class NotToBeAsked(Refused):
    """An address that this portal may not ask."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"{why} Nothing was linked. Give the server's https address as its vendor publishes "
            "it, and have whoever runs the portal name its host in OUTBOUND_HOSTS."
        )


class NotLinked(Refused):
    def __init__(self) -> None:
        super().__init__("This source has no link. Nothing was asked for. Link it first.")


class ImportsAlready(Refused):
    def __init__(self) -> None:
        super().__init__(
            "An import from this server is under way. Nothing was asked for. Wait for its end, or "
            "stop it."
        )


class ImportOver(Refused):
    def __init__(self, job: HealthJob) -> None:
        super().__init__(f"This import is over: {job.state_words}. Nothing was changed.")


@action("compliance.link_health_records")
def link_source(
    *, actor: Actor, source_id: int, base_url: str, client_id: str, group: str, now: datetime
) -> HealthLink:
    """
    Link a source to its server, with a new key; an earlier link is replaced.

    :raises NotToBeAsked: if the address is none that this portal may ask
    :raises ImportsAlready: if an import by the earlier link is under way
    """
    lock("health records")
    try:
        parts = guard().judged(base_url)
    except OutboundRefused as refusal:
        raise NotToBeAsked(str(refusal)) from refusal
    if parts.query or parts.fragment:
        raise NotToBeAsked("The address holds more than a path.")
    source = HealthSource.objects.get(pk=source_id)
    if HealthJob.objects.filter(link__source=source, state__in=LIVE).exists():
        raise ImportsAlready
    source.links.filter(superseded_at=None).update(superseded_at=now)
    key = uuid.uuid4()
    secret, told = new_key(f"ipa-{key.hex[:12]}")
    link = HealthLink.objects.create(
        pk=key, source=source, base_url=base_url.rstrip("/"), client_id=client_id, group=group,
        scope=SCOPE, public_key=told, key_encrypted=encrypt(secret, key_place(key)),
        recorded_at=now, recorded_by_name=actor.name,
    )  # fmt: skip
    record(actor=actor, action="compliance.records.linked", subject=link, host=parts.hostname)
    return link


@action("compliance.link_health_records")
def start_import(*, actor: Actor, source_id: int, anew: bool, now: datetime) -> HealthJob:
    """
    Ask a source's server for what changed since the last import, or for everything anew.

    :raises NotLinked: if it has no link
    :raises ImportsAlready: if an import is under way
    """
    lock("health records")
    link = HealthLink.objects.filter(source=source_id, superseded_at=None).first()
    if link is None:
        raise NotLinked
    jobs = HealthJob.objects.filter(link__source=source_id)
    if jobs.filter(state__in=LIVE).exists():
        raise ImportsAlready
    last = jobs.filter(state=Job.DONE).order_by("-as_of").first()
    job = HealthJob.objects.create(
        link=link, state=Job.ASKING, asked_at=now, asked_by_name=actor.name, next_at=now,
        since=last.as_of if last and not anew else None,
    )  # fmt: skip
    record(actor=actor, action="compliance.import.asked", subject=job, anew=anew)
    wake("compliance.import_records", job.pk)
    return job


@action("compliance.link_health_records")
def stop_import(*, actor: Actor, job_id: int, now: datetime) -> HealthJob:
    """
    Stop an import; what was loaded stays, and is known again by the next.

    :raises ImportOver: if it has ended
    """
    job = HealthJob.objects.select_for_update().get(pk=job_id)
    if not job.is_live:
        raise ImportOver(job)
    job.state, job.ended_at = Job.STOPPED, now
    job.save(update_fields=["state", "ended_at"])
    record(actor=actor, action="compliance.import.stopped", subject=job)
    return job


def step_imports(now: datetime) -> int:
    """Take every import that is due one step on; how many steps that were."""
    clock = Actor.system("clock")
    due = HealthJob.objects.filter(state__in=LIVE, next_at__lte=now).order_by("next_at", "pk")
    return sum(take_on(actor=clock, job_id=pk, now=now) for pk in due.values_list("pk", flat=True))


@action("compliance.link_health_records")
def take_on(*, actor: Actor, job_id: int, now: datetime) -> bool:
    """
    Take an import one step on: ask, look whether it is ready, or load one file.

    Each step is one transaction: whatever dies within it is done again from its start, and what was
    loaded before is known. False where somebody else has the job, or it is not due.
    """
    job = HealthJob.objects.select_for_update(skip_locked=True, of=("self",)).select_related(
        "link__source__party"
    )
    job = job.filter(pk=job_id, state__in=LIVE, next_at__lte=now).first()
    if job is None:
        record(actor=actor, action="compliance.import.not_due", subject=None, job=job_id)
        return False
    try:
        with transaction.atomic():  # what a step did before it failed is undone
            _STEPS[Job(job.state)](job, Server(job.link, now), actor, now)
        job.tries = 0
    except Later as later:
        _again(job, later.words, now, later.retry_after)
    except OutboundFailed as failure:
        _again(job, str(failure), now)
    except (OutboundRefused, Denied, BadAnswer) as failure:
        _fail(job, str(failure), now)
    job.save(update_fields=CHANGING)
    record(
        actor=actor, action="compliance.import.step", subject=job, state=job.state,
        tries=job.tries, problem=job.problem,
    )  # fmt: skip
    return True


def _again(job: HealthJob, words: str, now: datetime, retry_after: str = "") -> None:
    job.tries += 1
    job.problem = words[:500]
    job.next_at = now + asked_wait(retry_after, now, wait_after(job.tries))
    if job.tries >= MOST_TRIES:
        _fail(job, f"{words}; asked {job.tries} times", now)


def _fail(job: HealthJob, words: str, now: datetime) -> None:
    job.state, job.ended_at, job.problem = Job.FAILED, now, words[:500]


def _ask(job: HealthJob, server: Server, _actor: Actor, now: datetime) -> None:
    """Ask for the export; the server says where to look whether it is ready."""
    link = job.link
    url = export_url(link.base_url, link.group, TYPES, job.since)
    answer = server.get(
        url, "the export", good=(202,), accept="application/fhir+json", Prefer="respond-async"
    )
    where = answer.headers.get("content-location", "")
    if not where or len(where) > 2_000 or not same_host(where, link.base_url):
        raise BadAnswer("it does not say on itself where to look whether the export is ready")
    job.state, job.status_url, job.problem = Job.EXPORTING, where, ""
    job.next_at = now + asked_wait(answer.headers.get("retry-after", ""), now, wait_after(0) / 10)


def _poll(job: HealthJob, server: Server, _actor: Actor, now: datetime) -> None:
    """Look whether the export is ready; where it is, keep the list of its files."""
    answer = server.get(job.status_url, "the export's state", good=(200, 202))
    job.problem = ""
    if answer.status == 202:
        if now - job.asked_at > MOST_AGE:
            raise Denied("the export was not ready after two days")
        said = answer.headers.get("x-progress", "")
        job.progress = "".join(c for c in said if c.isprintable())[:100]
        job.next_at = now + asked_wait(answer.headers.get("retry-after", ""), now, wait_after(1))
        return
    manifest = read_manifest(answer.body, job.status_url)
    HealthJobFile.objects.bulk_create(
        HealthJobFile(job=job, position=position, kind=one.kind, type=one.type, url=one.url,
                      count=one.count)
        for position, one in enumerate(manifest.files, 1)
    )  # fmt: skip
    job.state, job.as_of, job.needs_token = Job.LOADING, manifest.as_of, manifest.needs_token
    job.progress, job.next_at = "", now


def _load(job: HealthJob, server: Server, actor: Actor, now: datetime) -> None:
    """Load the next file, whole; after the last one the import is done."""
    job.problem = ""
    one = job.files.filter(loaded_at=None).order_by("position").first()
    if one is not None:
        what = f"file {one.position} ({one.type or one.kind})"
        answer = server.get(one.url, what, needs_token=job.needs_token, accept=NDJSON)
        lock("health records")
        one.file = _kept(job, one, answer.body, actor, now) if answer.body.strip() else None
        one.held = one.file.lines if one.file else 0
        _check(one, what)
        if one.kind == FileKind.DELETED and one.file:
            _forget(job, one.file, now)
        one.loaded_at = now
        one.save(update_fields=["file", "held", "loaded_at"])
    if not job.files.filter(loaded_at=None).exists():
        job.state, job.ended_at = Job.DONE, now
        tell_care(job.link.source, actor, now, f"import {job.pk}")


def _kept(
    job: HealthJob, one: HealthJobFile, data: bytes, actor: Actor, now: datetime
) -> HealthFile:
    source = job.link.source
    known = source.files.filter(sha256=hashlib.sha256(data).hexdigest()).first()
    name = f"import-{job.pk}-{one.position}-{one.type or one.kind}.ndjson"
    file = known or keep_file(source, name, data, actor, now)
    return read_kept(file, actor, now) if file.status == HealthFile.Status.WAITING else file


def _check(one: HealthJobFile, what: str) -> None:
    """
    Whether a file holds what the list of files says.

    :raises BadAnswer: if it does not; nothing of it stays
    """
    file = one.file
    if file and file.status == HealthFile.Status.REFUSED:
        where, _, words = file.problems[0]
        raise BadAnswer(f"{what} cannot be used: {where}: {words}")
    if one.count is not None and one.held != one.count:
        raise BadAnswer(f"{what} holds {one.held:,} resources, and was said to hold {one.count:,}")
    if file and one.kind == FileKind.OUTPUT and set(file.counts) != {one.type}:
        raise BadAnswer(f"{what} holds resources of other types")


def _forget(job: HealthJob, file: HealthFile, now: datetime) -> None:
    """Let what the source deleted count no more; it stays on record."""
    by_kind: dict[str, list[str]] = {}
    for kind, ref in gone_in(read_stored(file.sha256)):
        by_kind.setdefault(kind, []).append(ref)
    live = HealthRecord.objects.filter(source=job.link.source, superseded_at=None)
    for kind, refs in by_kind.items():
        live.filter(kind=kind, ref__in=refs).update(superseded_at=now, gone_at=now)


_STEPS: dict[Job, Callable[[HealthJob, Server, Actor, datetime], None]] = {
    Job.ASKING: _ask,
    Job.EXPORTING: _poll,
    Job.LOADING: _load,
}
