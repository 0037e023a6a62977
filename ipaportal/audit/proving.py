"""What `prove` checks of the evidence beside SQL: the tree, and what lies outside the database."""

from collections.abc import Iterator
from time import perf_counter

from django.db import connection, transaction

from ipaportal.audit.checkpoints import CheckpointsAltered, SealKeyMissing, published
from ipaportal.audit.leaves import FIELDS, leaf_data
from ipaportal.audit.sealing import is_part, last_head, moment, was_left
from ipaportal.core.merkle import Frontier, leaf_hash
from ipaportal.core.sql import InvariantCheck

MOST_ROWS = 20
CHUNK = 20_000
LEAVES = """
SELECT s.position, l.id, l.xid::text, l.recorded_at, l.kind, l.key, encode(l.digest, 'hex'), s.hash
FROM audit_sealedleaf AS s LEFT JOIN audit_leaf AS l ON l.id = s.leaf_id ORDER BY s.position
"""
Faults = Iterator[dict[str, object]]


def check_tree() -> InvariantCheck:
    """Recompute the tree from the leaves: every hash, every node, the root of each checkpoint."""
    return _check("audit.tree_is_as_sealed", _faults_of_tree())


def check_checkpoints() -> InvariantCheck:
    """Compare the folder outside: its last checkpoints are a part of this database."""
    return _check("audit.checkpoints_outside_agree", _faults_outside())


def _check(name: str, faults: Faults) -> InvariantCheck:
    started, found = perf_counter(), list(faults)
    return InvariantCheck(name, len(found), perf_counter() - started, tuple(found[:MOST_ROWS]))


def _faults_of_tree() -> Faults:
    tree, wrong_nodes = Frontier(), []
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT log, size, root FROM audit_checkpoint ORDER BY size, id")
        checkpoints = [(log, size, bytes(root)) for log, size, root in cursor.fetchall()]
        cursor.execute("SELECT level, index, hash FROM audit_node")
        stored = {(level, index): bytes(node) for level, index, node in cursor.fetchall()}
        cursor.execute(LEAVES)
        while rows := cursor.fetchmany(CHUNK):
            for position, *values, sealed in rows:
                if position != tree.size:
                    yield {"problem": "places missing", "from": tree.size, "to": position - 1}
                    return
                hashed = _hash_of(values)
                if hashed != bytes(sealed):
                    yield {"problem": "altered", "position": position, "kind": values[3] or "gone"}
                while checkpoints and checkpoints[0][1] <= tree.size:
                    yield from _compare(tree, *checkpoints.pop(0))
                for level, index, node in tree.append(hashed):
                    if level and stored.pop((level, index), None) != node:
                        wrong_nodes.append({"problem": "node", "level": level, "index": index})
        for checkpoint in checkpoints:
            yield from _compare(tree, *checkpoint)
    yield from wrong_nodes
    for level, index in stored:
        yield {"problem": "node too many", "level": level, "index": index}


def _hash_of(values: list) -> bytes:
    if values[0] is None:
        return b""
    leaf = dict(zip(FIELDS, values, strict=True))
    leaf["recorded_at"] = moment(leaf["recorded_at"])
    return leaf_hash(leaf_data(leaf))


def _compare(tree: Frontier, log: str, size: int, root: bytes) -> Faults:
    if tree.size < size:
        yield {"problem": "shorter than its checkpoint", "log": log, "size": size, "now": tree.size}
    elif tree.root() != root:
        yield {"problem": "another root than its checkpoint", "log": log, "size": size}


def _faults_outside() -> Faults:
    try:
        head, outside = last_head(), published()
    except (CheckpointsAltered, SealKeyMissing) as refused:
        yield {"problem": refused.message}
        return
    for last in outside:
        if not is_part(last, head) and not was_left(last):
            yield {
                "problem": "rolled back or altered",
                "log": last.origin,
                "outside": last.size,
                "inside": head.size if head else 0,
                "time": last.time,
            }
    if head and head.log not in {last.origin for last in outside}:
        yield {"problem": "no checkpoint of this log lies outside", "log": head.log}
