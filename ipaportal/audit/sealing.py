"""Sealing: leaves become part of a tree, in an order that never changes again, and are signed."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection, transaction

from ipaportal.audit.actions import record
from ipaportal.audit.checkpoints import (
    CheckpointsAltered,
    SealKeyMissing,
    publish,
    published,
    seal_key,
    signed,
)
from ipaportal.audit.incidents import open_incident
from ipaportal.audit.leaves import FIELDS, leaf_data
from ipaportal.audit.models import DomainEvent, Incident
from ipaportal.core.actors import Actor
from ipaportal.core.locks import lock
from ipaportal.core.merkle import Frontier, frontier_places, leaf_hash
from ipaportal.core.notes import Checkpoint
from ipaportal.core.refusals import Refused

# So many leaves are read, hashed and written at a time; a seal takes all there are.
CHUNK = 20_000
INCIDENTS = {
    "RolledBack": "evidence: the database does not hold what its checkpoints say",
    "CheckpointsAltered": "evidence: checkpoints outside were altered",
    "SealKeyMissing": "evidence: no key to sign checkpoints with",
}
RESTORED = "audit.log.restored"

LEAVES = """
SELECT l.id, l.xid::text, l.recorded_at, l.kind, l.key, encode(l.digest, 'hex')
FROM audit_leaf AS l
WHERE NOT EXISTS (SELECT FROM audit_sealedleaf AS s WHERE s.leaf_id = l.id)
"""
IN_ORDER = " ORDER BY l.id LIMIT %(chunk)s"
UNSEALED = (
    f"{LEAVES} AND l.xid >= %(since)s::text::xid8 AND l.xid < %(below)s::text::xid8{IN_ORDER}"
)
UNSEALED_ANEW = (
    f"{LEAVES} AND (l.xid < %(below)s::text::xid8"
    f" OR l.xid >= pg_snapshot_xmax(pg_current_snapshot())){IN_ORDER}"
)


class RolledBack(Refused):
    """The folder outside holds a checkpoint that this database does not begin with."""

    def __init__(self, last: Checkpoint, size: int) -> None:
        super().__init__(
            f"The last checkpoint outside the database ({last.origin}, {last.size} leaves, "
            f"{last.time}) is not a part of this database, which holds {size} sealed leaves. "
            "Either an older copy was restored, or sealed evidence was altered. Nothing was "
            'sealed. If it was restored on purpose, run `seal --restored "why"`.'
        )


@dataclass(frozen=True)
class Sealed:
    """What a seal did: how many leaves are new, how many there are, and its signed note."""

    new: int
    size: int
    note: str


@dataclass(frozen=True)
class Head:
    """The last checkpoint of the database: the log's name, its size, and how far it looked."""

    log: str
    size: int
    below_xid: int


def seal(now: datetime) -> Sealed:
    """
    Seal every leaf that surely no other precedes, sign the tree, and publish the checkpoint.

    Only leaves of transactions that ended before every one still running are taken: then a slow
    transaction is sealed later, never behind a sealed place.

    :raises RolledBack: if the checkpoints outside know of leaves that this database does not
    :raises CheckpointsAltered: if what lies outside is not what our key has signed
    :raises SealKeyMissing: if there is no key
    """
    with transaction.atomic():
        lock("audit", "seal")
        head = last_head()
        for last in published():
            if not is_part(last, head) and not was_left(last):
                raise RolledBack(last, head.size if head else 0)
        return _seal(head or Head(_new_name(), 0, 0), now)


def begin_log(*, actor: Actor, reason: str, now: datetime) -> Sealed:
    """
    Go on after an older copy was restored on purpose, with a log of a new name.

    What the log before said lies outside still, and the event names where it ended.
    """
    with transaction.atomic():
        lock("audit", "seal")
        head = last_head()
        left = [last for last in published() if not is_part(last, head)]
        record(
            actor=actor,
            action=RESTORED,
            reason=reason,
            left=[{"log": last.origin, "size": last.size} for last in left],
        )
        return _seal(Head(_new_name(), head.size if head else 0, 0), now)


def step_seal(now: datetime) -> int:
    """Seal as a step of the sweep; it never counts as one, and never stops the others."""
    try:
        seal(now)
    except (RolledBack, CheckpointsAltered, SealKeyMissing) as refused:
        name = INCIDENTS[type(refused).__name__]
        if not Incident.objects.filter(name=name, closed_at=None).exists():
            open_incident(name, problem=refused.message)
    return 0


def last_head() -> Head | None:
    """How the tree stood at the last seal; none before the first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT log, size, below_xid::text::bigint FROM audit_checkpoint"
            " ORDER BY id DESC LIMIT 1"
        )
        row = cursor.fetchone()
    return Head(*row) if row else None


def is_part(last: Checkpoint, head: Head | None) -> bool:
    """Whether this database begins with what a checkpoint says, by the stored nodes."""
    return head is not None and last.size <= head.size and root_at(last.size) == last.root


def root_at(size: int) -> bytes | None:
    """The root of the first leaves by the stored nodes; none if one of them is missing."""
    tree = frontier(size)
    return tree.root() if all(tree.roots) else None


def frontier(size: int) -> Frontier:
    """The tree at a size that was sealed, read from its stored nodes: a few rows."""
    nodes = []
    with connection.cursor() as cursor:
        for level, index in frontier_places(size):
            if level:
                cursor.execute(
                    "SELECT hash FROM audit_node WHERE level = %s AND index = %s", [level, index]
                )
            else:
                cursor.execute("SELECT hash FROM audit_sealedleaf WHERE position = %s", [index])
            row = cursor.fetchone()
            nodes.append(bytes(row[0]) if row else b"")
    return Frontier(size, nodes)


def _new_name() -> str:
    return f"ipa-audit-{secrets.token_hex(8)}"


def was_left(last: Checkpoint) -> bool:
    """Whether somebody has said that a log ended there, by restoring an older copy."""
    left = [{"log": last.origin, "size": last.size}]
    return DomainEvent.objects.filter(action=RESTORED, details__left__contains=left).exists()


def _seal(head: Head, now: datetime) -> Sealed:
    key, tree, below = seal_key(), frontier(head.size), _running_from()
    with connection.cursor() as cursor:
        while leaves := _unsealed(cursor, head.below_xid, below):
            _append(cursor, tree, leaves)
        if tree.size == head.size and (head.below_xid or not tree.size):
            # Nothing new; but what was committed may not have reached the folder yet.
            transaction.on_commit(publish)
            return Sealed(0, tree.size, "")
        at = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        note = signed(Checkpoint(head.log, tree.size, tree.root(), at), key)
        cursor.execute(
            "INSERT INTO audit_checkpoint (log, size, root, sealed_at, below_xid, note)"
            " VALUES (%s, %s, %s, %s, %s::text::xid8, %s)",
            [head.log, tree.size, tree.root(), now, below, note],
        )
    # Committed first, published then: what lies outside has surely happened.
    transaction.on_commit(publish)
    return Sealed(tree.size - head.size, tree.size, note)


# What runs is told for the whole server: transactions of its other databases are nothing to us. One
# is another's only while its lock says so; one that ended meanwhile is waited for.
RUNNING_FROM = """
WITH seen AS MATERIALIZED (SELECT pg_current_snapshot() AS snapshot)
SELECT LEAST(pg_snapshot_xmax(snapshot), pg_current_xact_id_if_assigned(), (
    SELECT min(running.xid) FROM pg_snapshot_xip(snapshot) AS running (xid)
    WHERE NOT EXISTS (
        SELECT FROM pg_locks AS held JOIN pg_stat_activity AS other ON other.pid = held.pid
        WHERE held.locktype = 'transactionid' AND held.granted
          AND held.transactionid = running.xid::xid
          AND other.datid <> (SELECT oid FROM pg_database WHERE datname = current_database())
    )
))::text::bigint FROM seen
"""


def _running_from() -> int:
    """The first transaction that may still be running: all before it have ended."""
    with connection.cursor() as cursor:
        cursor.execute(RUNNING_FROM)
        return cursor.fetchone()[0]


def _unsealed(cursor: object, since: int, below: int) -> list[dict]:
    """
    The next leaves to seal, in the order of their numbers.

    A number of the last seal that lies ahead tells of another server, onto which a copy was
    loaded: there transactions are numbered anew, and every leaf is looked at once.
    """
    query = UNSEALED_ANEW if since > below else UNSEALED
    cursor.execute(query, {"since": since, "below": below, "chunk": CHUNK})
    leaves = [dict(zip(FIELDS, row, strict=True)) for row in cursor.fetchall()]
    for leaf in leaves:
        leaf["recorded_at"] = moment(leaf["recorded_at"])
    return leaves


def moment(at: datetime) -> str:
    """A time as leaves say it: UTC, to the microsecond."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _append(cursor: object, tree: Frontier, leaves: list[dict]) -> None:
    """Put leaves at the end of the tree and store what they complete."""
    places, nodes = [], []
    for leaf in leaves:
        for level, index, node in tree.append(leaf_hash(leaf_data(leaf))):
            if level:
                nodes.append((level, index, node))
            else:
                places.append((index, leaf["id"], node))
    with cursor.copy("COPY audit_sealedleaf (position, leaf_id, hash) FROM STDIN") as copy:
        for row in places:
            copy.write_row(row)
    with cursor.copy("COPY audit_node (level, index, hash) FROM STDIN") as copy:
        for row in nodes:
            copy.write_row(row)
