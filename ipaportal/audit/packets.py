"""Packets that prove themselves: signed, with the events behind them, and the script to check."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import connection

from ipaportal.audit import leaves, packet_verifier
from ipaportal.audit.checkpoints import key_text, public_bytes, seal_key
from ipaportal.audit.exporting import verifier_source
from ipaportal.audit.leaves import FIELDS
from ipaportal.audit.packet_verifier import CHECKPOINT, EVENTS, KEY, MANIFEST, ORIGIN, SCRIPT
from ipaportal.audit.sealing import moment
from ipaportal.core import ed25519, merkle, notes, samples
from ipaportal.core.merkle import folded, proof_places
from ipaportal.core.notes import read_checkpoint, sealed_note
from ipaportal.core.packets import manifest_text, write_packet

PARTS = (ed25519, merkle, notes, samples, leaves, packet_verifier)
# The tables of what was done and of what was looked at.
DONE, ACCESS = "audit_domainevent", "audit_accessevent"
SEALED = """
SELECT l.id, l.xid::text, l.recorded_at, l.kind, l.key, encode(l.digest, 'hex'),
       encode(s.salt, 'hex'), t.position, l.source_id
FROM audit_leaf AS l JOIN audit_sealedleaf AS t ON t.leaf_id = l.id
LEFT JOIN audit_salt AS s ON s.leaf_id = l.id
WHERE l.kind = %s AND l.key = ANY(%s) AND t.position < %s
"""
PAYLOADS = """
SELECT n.id::text, to_jsonb(audit_row)::text FROM {table} AS n
CROSS JOIN LATERAL (SELECT {columns}) AS audit_row WHERE n.id = ANY(%s)
"""


@dataclass(frozen=True)
class Proven:
    """Events with what proves each, the checkpoint they lead to, and how many wait for a seal."""

    note: str
    lines: tuple[dict[str, object], ...]
    waiting: int

    def files(self) -> list[tuple[str, bytes]]:
        """As they lie in a packet."""
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in self.lines)
        return [(EVENTS, text.encode()), (CHECKPOINT, self.note.encode())]


def prove_events(event_ids: Sequence[int]) -> Proven:
    """What was done and is sealed, each with its leaf, salt and way up to the newest checkpoint."""
    return prove({DONE: event_ids})


def prove(ids: Mapping[str, Sequence[int]]) -> Proven:
    """Events of each table that are sealed, each with what proves it."""
    asked = sum(map(len, ids.values()))
    with connection.cursor() as cursor:
        cursor.execute("SELECT note FROM audit_checkpoint ORDER BY id DESC LIMIT 1")
        newest = cursor.fetchone()
        if newest is None:
            return Proven("", (), asked)
        size = read_checkpoint(newest[0]).size
        rows = []
        for table, keys in ids.items():
            cursor.execute(SEALED, [table, [str(one) for one in keys], size])
            rows += cursor.fetchall()
    rows.sort(key=lambda row: row[-2])
    payloads = _payloads({row[-1] for row in rows}, ids)
    lines = []
    for row, proof in zip(rows, _proofs([row[-2] for row in rows], size), strict=True):
        leaf = dict(zip((*FIELDS, "salt"), row[:-2], strict=True))
        leaf |= {"recorded_at": moment(row[2]), "position": row[-2], "proof": proof}
        if row[6] is None:
            del leaf["salt"]  # erased lawfully: the leaf says nothing any more
        else:
            leaf["payload"] = payloads[row[-1], row[4]]
        lines.append(leaf)
    return Proven(newest[0], tuple(lines), asked - len(rows))


def signed_packet(head: Sequence[str], files: Iterable[tuple[str, bytes]]) -> bytes:
    """The zip: a signed manifest of every file, its key, the files, and the script that checks."""
    inside = [*files, (SCRIPT, verifier_source(PARTS).encode())]
    listed = [(name, hashlib.sha256(data).hexdigest()) for name, data in inside]
    text, key = manifest_text(ORIGIN, head, listed), seal_key()
    note = sealed_note(text, ORIGIN, public_bytes(key), key.sign(text.encode()))
    signed = [(MANIFEST, note.encode()), (KEY, key_text(ORIGIN, key).encode())]
    return write_packet([*signed, *inside])


def _payloads(sources: set[int], ids: Mapping[str, Sequence[int]]) -> dict[tuple[int, str], str]:
    """Events as the leaves of each version of their table saw them."""
    found = {}
    with connection.cursor() as cursor:
        for source in sources:
            cursor.execute(
                "SELECT table_name, audit_columns(columns) FROM audit_source WHERE id = %s",
                [source],
            )
            table, columns = cursor.fetchone()
            # Names of a table and its columns, quoted by the database itself.
            cursor.execute(PAYLOADS.format(table=table, columns=columns), [list(ids[table])])
            found |= {(source, key): payload for key, payload in cursor.fetchall()}
    return found


def _proofs(positions: Sequence[int], size: int) -> list[list[str]]:
    """The way of each up to the root of a size, from the stored nodes: two queries for all."""
    wanted = [proof_places(position, size) for position in positions]
    places = {place for proof in wanted for part in proof for place in part}
    nodes = _nodes(places)
    return [[folded([nodes[p] for p in part]).hex() for part in proof] for proof in wanted]


def _nodes(places: set[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
    above = [place for place in places if place[0]]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT level, index, hash FROM audit_node WHERE (level, index) IN"
            " (SELECT * FROM unnest(%s::smallint[], %s::bigint[]))",
            [[level for level, _ in above], [index for _, index in above]],
        )
        found = {(level, index): bytes(node) for level, index, node in cursor.fetchall()}
        cursor.execute(
            "SELECT position, hash FROM audit_sealedleaf WHERE position = ANY(%s)",
            [[index for level, index in places if not level]],
        )
        return found | {(0, index): bytes(node) for index, node in cursor.fetchall()}
