"""Packets of the log of looks: signed, with the events behind them, and the script to check."""

import hashlib
from datetime import datetime

from compliance.formats.audit_event import line
from compliance.queries.look_files import Chosen, told_events
from compliance.rules.looking import Told
from ipaportal.audit.actions import action, record
from ipaportal.audit.packets import ACCESS, DONE, prove, signed_packet
from ipaportal.core.actors import Actor
from ipaportal.core.packets import rows_csv
from ipaportal.core.refusals import Refused

MOST_PROVEN = 5_000
README = """Packet of the audit log: {what}, {first} to {last}, as it stood on {now}.

Check it with any Python from 3.11 on; nothing has to be installed:

    python3 verify.py PACKET.zip [--key KEY] [--checkpoint FILE]

It also takes the folder that the zip was unpacked to. KEY is the public key as the IPA gave it to
you; the one in manifest.key is only what this packet claims. FILE is a checkpoint that you kept.
verify.py is plain text: read it, or write your own. It says whether each file is what the signed
manifest lists, and whether each event lies under the signed checkpoint of the audit log.
{waiting}
README.txt            this
index.csv             every file, what it is, its SHA-256 and size
looks.csv             every event: when, who, as what, how, which page or deed, members, from where
audit-events.ndjson   the same as FHIR R4 AuditEvent, one a line
events.jsonl          the same as it was sealed: event, salt, leaf, and its way up (RFC 9162)
checkpoint.txt        the signed checkpoint that these lead to (C2SP tlog-checkpoint)
manifest.txt          the SHA-256 of every file, signed; manifest.key, the public key

Keep the packet as you keep the records: it names people. Members stand in it by their number in
the portal only.
"""
NOT_SEALED = """
{count} events were not sealed when it was written, and are not proven: ask again in some minutes.
"""
HEAD = ["when", "who", "as", "how", "what", "done to", "members", "from", "event"]


class TooMany(Refused):
    """More events than a packet proves at once."""

    def __init__(self, count: int) -> None:
        super().__init__(
            f"These days have {count:,} events, and a packet proves {MOST_PROVEN:,} at once. No "
            "file was written. Choose fewer days, or let the whole log be exported (audit_export)."
        )


@action("compliance.view_looks")
def take_packet(*, actor: Actor, chosen: Chosen, now: datetime) -> bytes:
    """
    Write the chosen events with what proves each, in a signed zip.

    :raises TooMany: if there are more than a packet proves at once
    """
    ids = {
        ACCESS: list(chosen.seen().values_list("pk", flat=True)[: MOST_PROVEN + 1]),
        DONE: list(chosen.done().values_list("pk", flat=True)[: MOST_PROVEN + 1]),
    }
    if sum(map(len, ids.values())) > MOST_PROVEN:
        raise TooMany(chosen.seen().count() + chosen.done().count())
    told = list(told_events(actor=actor, chosen=chosen))
    proven = prove(ids)
    files = [
        ("looks.csv", "every event", _csv(told)),
        ("audit-events.ndjson", "every event, as FHIR", "".join(map(line, told)).encode()),
        *((name, what, data) for (name, data), what in zip(
            proven.files(), ("events as sealed", "the checkpoint they lead to"), strict=True)),
    ]  # fmt: skip
    text = README.format(
        what=chosen.in_words(), first=chosen.span.first, last=chosen.span.last,
        now=now.strftime("%Y-%m-%d %H:%M UTC"),
        waiting=NOT_SEALED.format(count=proven.waiting) if proven.waiting else "",
    )  # fmt: skip
    index = rows_csv([["file", "what it is", "sha-256", "bytes"], *(
        [name, what, hashlib.sha256(data).hexdigest(), len(data)] for name, what, data in files
    )])  # fmt: skip
    head = [chosen.in_words(), f"{chosen.span.first} to {chosen.span.last}"]
    front = [("README.txt", text.encode()), ("index.csv", index)]
    data = signed_packet(head, [*front, *((name, data) for name, _, data in files)])
    record(
        actor=actor, action="compliance.look_packet.taken", of=chosen.in_words(),
        events=len(proven.lines), not_sealed=proven.waiting,
        sha256=hashlib.sha256(data).hexdigest(),
    )  # fmt: skip
    return data


def _csv(told: list[Told]) -> bytes:
    return rows_csv([HEAD, *(
        [one.at.isoformat(), one.actor_name, " ".join(one.roles), one.kind, one.what, one.subject,
         " ".join(map(str, one.member_ids)), one.ip, one.key]
        for one in told
    )])  # fmt: skip
