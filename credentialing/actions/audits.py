"""Audits: draw a sample that anybody can draw again, and write its packet, one file a step."""

import json
import re
import secrets
from collections.abc import Callable, Iterator
from datetime import date, datetime
from functools import partial

from credentialing.formats.application_pdf import render_application
from credentialing.formats.audit_packets import cover_csv
from credentialing.models import (
    AuditMark,
    AuditPacket,
    AuditSample,
    CredentialingEvent,
    SampledFile,
)
from credentialing.models.secrets import ssn_of
from credentialing.queries.audit_papers import papers_of
from credentialing.queries.audits import cover_of, elements_of, modified, universe
from credentialing.rules.audit_samples import (
    SAMPLE,
    drawn,
    integrity_sample,
    population_hash,
)
from credentialing.rules.elements import NPDB
from ipaportal.audit.actions import action, record
from ipaportal.audit.packets import signed_packet
from ipaportal.core.actors import Actor
from ipaportal.core.files import read_stored, store
from ipaportal.core.jobs import wake
from ipaportal.core.packets import rows_csv
from ipaportal.core.refusals import Refused
from ipaportal.core.samples import SEED

SYSTEM = Actor.system("worker")


class NothingDecided(Refused):
    """A universe without a decision."""

    def __init__(self, first: date, last: date) -> None:
        super().__init__(
            f"Nobody was decided about from {first} to {last}. Nothing was drawn. Choose a longer "
            "time."
        )


class BadSeed(Refused):
    def __init__(self) -> None:
        super().__init__(
            "A seed is 1 to 40 letters, digits, dots, dashes or underscores, so that anybody can "
            "type it again. Nothing was drawn."
        )


class NoSuchElement(Refused):
    def __init__(self) -> None:
        super().__init__("The file has no such element. Nothing was marked. Choose one of its own.")


class FindingUnexplained(Refused):
    """A finding without words."""

    def __init__(self) -> None:
        super().__init__(
            "Say in a few words why it fails: the IPA answers them. Nothing was marked."
        )


class NothingModified(Refused):
    """The audit of integrity looks at files that were changed, and there is none."""

    def __init__(self, first: date, last: date) -> None:
        super().__init__(
            f"Files were decided from {first} to {last}, and nothing was changed in any of them "
            "after it was recorded: there is nothing for the audit of integrity to look at. "
            "Nothing was drawn. Keep this as its answer, or choose other days."
        )


class PacketAsked(Refused):
    def __init__(self) -> None:
        super().__init__("The packet of this sample was asked for before. Nothing was started.")


@action("credentialing.draw_sample")
def draw_sample(
    *,
    actor: Actor,
    payer_party_id: int | None,
    first_date: date,
    last_date: date,
    seed: str,
    now: datetime,
) -> AuditSample:
    """
    Draw a sample: 30 of a plan's decisions, or that of the yearly audit of integrity.

    Without a seed one is made up; it is recorded either way, with the universe it drew from.

    :raises BadSeed: if it cannot be typed again
    :raises NothingDecided: if there is nothing to draw from
    :raises NothingModified: if the audit of integrity finds no file that was changed
    """
    seed = seed.strip() or secrets.token_hex(8)
    if not SEED.fullmatch(seed):
        raise BadSeed
    everybody = universe(first_date, last_date, payer_party_id)
    if not everybody:
        raise NothingDecided(first_date, last_date)
    is_plan = payer_party_id is not None
    if not is_plan:
        everybody = modified(everybody)
    if not everybody:
        raise NothingModified(first_date, last_date)
    sample = AuditSample.objects.create(
        kind=AuditSample.Kind.PLAN if is_plan else AuditSample.Kind.INTEGRITY,
        payer_party_id=payer_party_id,
        first_date=first_date,
        last_date=last_date,
        seed=seed,
        population="\n".join(one.line for one in everybody),
        population_sha256=population_hash(everybody),
        drawn_by_id=actor.user_id,
        drawn_by_name=actor.name,
        drawn_at=now,
    )
    chosen = drawn(everybody, seed, SAMPLE) if is_plan else integrity_sample(everybody, seed)
    events = CredentialingEvent.objects.select_related("practitioner").in_bulk(
        [one.event_id for one in chosen]
    )
    SampledFile.objects.bulk_create(
        SampledFile(
            sample=sample,
            event_id=one.event_id,
            place=place,
            cover=cover_of(events[one.event_id]),
        )
        for place, one in enumerate(chosen, 1)
    )
    record(
        actor=actor,
        action="credentialing.sample.drawn",
        subject=sample,
        seed=seed,
        population_sha256=sample.population_sha256,
        population=len(everybody),
        files=len(chosen),
    )
    return sample


@action("credentialing.draw_sample")
def ask_packet(*, actor: Actor, sample_id: int, now: datetime) -> AuditPacket:
    """
    Ask for the packet of a sample; a worker writes it.

    :raises PacketAsked: if it was asked for
    """
    sample = AuditSample.objects.get(pk=sample_id)
    packet, is_new = AuditPacket.objects.get_or_create(
        sample=sample,
        defaults={
            "total": sample.files.count(),
            "asked_by_id": actor.user_id,
            "asked_by_name": actor.name,
            "asked_at": now,
        },
    )
    if not is_new:
        raise PacketAsked
    record(actor=actor, action="credentialing.packet.asked", subject=packet)
    wake("credentialing.advance_packet", packet.pk)
    return packet


@action("credentialing.draw_sample")
def advance_packet(*, actor: Actor, packet_id: int, now: datetime) -> AuditPacket | None:
    """Write one more file of a packet, or after the last the zip; safe to repeat."""
    packet = (
        AuditPacket.objects.select_for_update(skip_locked=True)
        .filter(pk=packet_id, state=AuditPacket.State.RUNNING)
        .first()
    )
    if packet is None:
        record(actor=actor, action="credentialing.packet.nothing_to_do", packet=packet_id)
        return None
    if packet.done < packet.total:
        file = packet.sample.files.get(place=packet.done + 1)
        for name, data in _contents(file):
            packet.entries.append([name, store(data).sha256])
        packet.done += 1
        packet.save(update_fields=["entries", "done"])
        record(actor=actor, action="credentialing.packet.file_added", subject=packet)
    else:
        _finish(packet, now)
        record(
            actor=actor,
            action="credentialing.packet.written",
            subject=packet,
            sha256=packet.sha256,
            files=packet.total,
        )
    if packet.state == AuditPacket.State.RUNNING:
        wake("credentialing.advance_packet", packet.pk)
    return packet


@action("credentialing.mark_samples")
def mark_file(
    *, actor: Actor, file_id: int, element: str, passes: bool, text: str, now: datetime
) -> AuditMark:
    """
    Mark what an auditor found of an element of a sampled file; a later mark takes its place.

    :raises SampledFile.DoesNotExist: if it is of no sample the actor may see
    :raises NoSuchElement: if the file has no such element
    :raises FindingUnexplained: if it fails without words
    """
    mine = AuditSample.objects.for_actor(actor, "credentialing.mark_samples")
    file = SampledFile.objects.get(pk=file_id, sample__in=mine)
    if element not in elements_of(file):
        raise NoSuchElement
    if not passes and not text.strip():
        raise FindingUnexplained
    mark = AuditMark.objects.create(
        file=file,
        element=element,
        passes=passes,
        text=text.strip()[:500],
        marked_by_id=actor.user_id,
        marked_by_name=actor.name,
        marked_at=now,
    )
    record(actor=actor, action="credentialing.sample.marked", subject=mark, passes=passes)
    return mark


def step_packets(now: datetime) -> int:
    """Take every packet that is being written one step on; the clock's sweep."""
    waiting = AuditPacket.objects.filter(state=AuditPacket.State.RUNNING)
    ids = list(waiting.values_list("pk", flat=True))
    for packet_id in ids:
        advance_packet(actor=SYSTEM, packet_id=packet_id, now=now)
    return len(ids)


def _contents(file: SampledFile) -> list[tuple[str, bytes]]:
    """The cover grid, papers and the evidence behind it; never the NPDB's, never an SSN."""
    folder = f"{file.place:02}-{dict(file.cover['head'])['NPI']}"
    ssn = ssn_of(file.event.practitioner)
    found, left_out = [], []
    for element in file.event.elements.filter(dropped_at=None).order_by("pk"):
        for one in element.verifications.select_related("review"):
            review = getattr(one, "review", None)
            if review is None or not review.is_accepted or not one.evidence_sha256:
                continue
            name = f"{folder}/{element.code}-{one.pk}{_ending(one.evidence_name)}"
            if one.source == NPDB or element.code == "malpractice_history":
                left_out.append([name, "what the NPDB answers is shown to no auditor"])
                continue
            data = read_stored(one.evidence_sha256)
            if _holds(data, ssn):
                left_out.append([name, "it holds a Social Security number"])
                continue
            found.append((name, data))
    for name, told, data in _papers(file, folder):
        if _holds(told, ssn):
            left_out.append([name, "it holds a Social Security number"])
        else:
            found.append((name, data()))
    head = [*file.cover["head"], *(["Left out", f"{n}: {why}"] for n, why in left_out)]
    return [(f"{folder}/cover.csv", cover_csv({**file.cover, "head": head})), *found]


def _papers(file: SampledFile, folder: str) -> Iterator[tuple[str, bytes, Callable[[], bytes]]]:
    """Application, minutes of this file and its letter: what each says, and its bytes."""
    papers = papers_of(file.event)
    if papers.application is not None:
        said = json.dumps(papers.application).encode()
        yield f"{folder}/application.pdf", said, partial(render_application, papers.application)
    if papers.minutes:
        said = rows_csv(papers.minutes)
        yield f"{folder}/minutes.csv", said, partial(bytes, said)
    if papers.letter is not None:
        said = json.dumps(papers.letter.content).encode()
        yield f"{folder}/letter.pdf", said, partial(read_stored, papers.letter.pdf_sha256)


def _ending(name: str) -> str:
    ending = name.rpartition(".")[2].lower()
    return f".{ending}" if re.fullmatch(r"[a-z0-9]{1,5}", ending) else ""


def _holds(data: bytes, ssn: str) -> bool:
    """Whether bytes hold a Social Security number, as digits or with dashes or blanks."""
    if not ssn:
        return False
    written = rf"{ssn[:3]}[ -]?{ssn[3:5]}[ -]?{ssn[5:]}".encode()
    return re.search(written, data) is not None


def _finish(packet: AuditPacket, now: datetime) -> None:
    sample = packet.sample
    head = [
        f"sample {sample.pk} seed {sample.seed}",
        f"population {sample.population_sha256}",
        f"decided {sample.first_date} to {sample.last_date}",
    ]
    files = [
        ("population.tsv", (sample.population + "\n").encode()),
        *((name, read_stored(sha256)) for name, sha256 in packet.entries),
    ]
    stored = store(signed_packet(head, files))
    packet.sha256, packet.size, packet.finished_at = stored.sha256, stored.size, now
    packet.state = AuditPacket.State.DONE
    packet.save(update_fields=["sha256", "size", "finished_at", "state"])
