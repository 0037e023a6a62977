"""Packets of audits: asked for by somebody, written by a worker once the log is sealed so far."""

from datetime import datetime, timedelta

from compliance.actions.audits import locked
from compliance.actions.disclosures import disclosed
from compliance.models import Audit, AuditPacket
from compliance.queries.audit_packets import contents, event_ids, index_csv, readme
from compliance.queries.audits import members_of
from compliance.queries.ratings import hidden_from
from ipaportal.audit.actions import action, record
from ipaportal.audit.packets import Proven, prove_events, signed_packet
from ipaportal.core.actors import Actor
from ipaportal.core.files import store
from ipaportal.core.jobs import wake
from ipaportal.core.refusals import Refused

SYSTEM = Actor.system("worker")
# For how long a packet waits for the seal of what it tells; then it says what was not sealed.
PATIENCE = timedelta(minutes=10)


class BeingWritten(Refused):
    def __init__(self) -> None:
        super().__init__(
            "A packet of this audit is being written. Nothing was started. It is there in a few "
            "minutes, once the audit log is sealed so far."
        )


class StillApart(Refused):
    """A packet would show a rater what others answered."""

    def __init__(self) -> None:
        super().__init__(
            "A packet holds every answer, and raters of this audit are kept apart: you would read "
            "what you have not answered yet. Nothing was started. Answer first, let raters see "
            "each other's answers, or report the findings."
        )


@action("compliance.manage_audits")
def ask_packet(*, actor: Actor, audit_id: int, now: datetime) -> AuditPacket:
    """
    Ask for a packet of an audit as it stands; a worker writes it.

    :raises BeingWritten: if one is on its way
    :raises StillApart: if it would show the actor answers of raters who are kept apart
    """
    audit = locked(audit_id)
    if hidden_from(audit, actor):
        raise StillApart
    if audit.packets.filter(state=AuditPacket.State.RUNNING).exists():
        raise BeingWritten
    packet = AuditPacket.objects.create(
        audit=audit, asked_by_id=actor.user_id, asked_by_name=actor.name, asked_at=now
    )
    record(actor=actor, action="compliance.packet.asked", subject=audit, packet=packet.pk)
    wake("compliance.write_packet", packet.pk)
    return packet


@action("compliance.manage_audits")
def write_packet(*, actor: Actor, packet_id: int, now: datetime) -> AuditPacket | None:
    """Write a packet whose events are sealed, or that has waited long enough; safe to repeat."""
    packet = (
        AuditPacket.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("audit")
        .filter(pk=packet_id, state=AuditPacket.State.RUNNING)
        .first()
    )
    proven = prove_events(event_ids(packet.audit)) if packet else None
    if proven is None or (proven.waiting and now - packet.asked_at < PATIENCE):
        record(actor=actor, action="compliance.packet.waits", packet=packet_id)
        return None
    _write(packet, proven, now)
    record(
        actor=actor,
        action="compliance.packet.written",
        subject=packet,
        sha256=packet.sha256,
        files=packet.files,
        events=len(proven.lines),
        not_sealed=proven.waiting,
    )
    _tell(actor, packet, now)
    return packet


def _tell(actor: Actor, packet: AuditPacket, now: datetime) -> None:
    """A packet of a plan's audit is written to be handed over, with the rows that name members."""
    audit = packet.audit
    if audit.kind != Audit.Kind.PLAN or audit.party is None:
        return
    universes = audit.universes.select_related("audit")
    disclosed(
        actor=actor, made_date=now.date(), recipient=audit.party.name,
        description=f"packet of the audit “{audit.title[:200]}”", purpose="operations",
        words="the plan audits what it delegated", source=f"packet:{packet.pk}", now=now,
        member_ids={pk for one in universes for pk in members_of(one)},
    )  # fmt: skip


def step_packets(now: datetime) -> int:
    """Write every packet that can be written; a step of the sweep."""
    waiting = AuditPacket.objects.filter(state=AuditPacket.State.RUNNING)
    done = 0
    for packet in waiting.select_related("audit"):
        events = prove_events(event_ids(packet.audit))
        if not events.waiting or now - packet.asked_at >= PATIENCE:
            done += write_packet(actor=SYSTEM, packet_id=packet.pk, now=now) is not None
    return done


def _write(packet: AuditPacket, proven: Proven, now: datetime) -> None:
    audit = packet.audit
    files = list(contents(audit))
    files += [
        (name, what, data)
        for (name, data), what in zip(
            proven.files(), ("events of the audit log", "the checkpoint they lead to"), strict=True
        )
    ]
    front = [
        ("README.txt", readme(audit, now.strftime("%Y-%m-%d %H:%M UTC"), proven.waiting)),
        ("index.csv", index_csv(files)),
    ]
    head = [f"audit {audit.pk}", f"as of {now.strftime('%Y-%m-%dT%H:%M:%SZ')}"]
    data = signed_packet(head, [*front, *((name, data) for name, _, data in files)])
    stored = store(data)
    packet.sha256, packet.size, packet.files = stored.sha256, stored.size, len(files) + len(front)
    packet.state, packet.finished_at = AuditPacket.State.DONE, now
    packet.save(update_fields=["sha256", "size", "files", "state", "finished_at"])
