"""
Checks an export of the audit log, offline: with Python's standard library, no portal, no database.

    python3 verify.py EXPORT [--checkpoint FILE] [--key KEY]

It ends with 0 if nothing was altered, else with 2, naming what was edited, deleted, inserted,
reordered or rolled back. The tree is that of RFC 9162, checkpoints are C2SP tlog-checkpoints.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from ipaportal.audit.leaves import FIELDS, digest_of, leaf_data
from ipaportal.core.merkle import Frontier, leaf_hash, node_hash
from ipaportal.core.notes import (
    NOTE,
    BadNote,
    Checkpoint,
    open_note,
    read_checkpoint,
    read_verifier_key,
    split_notes,
)

ALTERED = 2
MOST_NAMED = 50
SHREDDED = "audit.leaves.shredded"
RESTORED = "audit.log.restored"


@dataclass
class Report:
    """What a check found: counts, and a sentence for each thing that is not as it was sealed."""

    leaves: int = 0
    shown: int = 0
    shredded: int = 0
    checkpoints: int = 0
    time: str = ""
    key: str = ""
    faults: list[str] = field(default_factory=list)

    def fault(self, text: str) -> None:
        self.faults.append(text)


def verify(folder: Path, outside: str | None = None, key: str | None = None) -> Report:
    """
    Check an export against itself, checkpoints that somebody kept, and the key as known.

    What was given and is empty is a fault: whoever gives it believes that it was looked at.
    """
    report = Report()
    try:
        checkpoints = _checkpoints(folder, key, report)
        kept = _kept(outside, report)
        sealed, nodes = _tree(folder)
        leaves = list(_leaves(folder))
    except (OSError, ValueError, KeyError, TypeError) as failure:
        report.fault(f"The export cannot be read: {type(failure).__name__}: {failure}")
        return report
    hashes = [leaf_hash(leaf_data(leaf)) for leaf in leaves]
    report.leaves = len(leaves)
    roots = _roots(hashes, {c.size for c in [*checkpoints, *kept]})
    sealed_roots = _roots(sealed, {c.size for c in [*checkpoints, *kept]})
    signed = [*checkpoints, *kept]
    if leaves and _agree(roots, signed) == len(leaves):
        _compare_hashes(hashes, sealed, report)
    else:
        _compare_leaves(leaves, hashes, sealed, _agree(sealed_roots, signed), report)
    _compare_nodes(hashes, sealed, nodes, report)
    _compare_roots(roots, checkpoints, len(leaves), "checkpoint", report)
    _compare_roots(roots, kept, len(leaves), "checkpoint kept outside", report)
    _compare_logs(leaves, checkpoints, kept, report)
    if checkpoints and checkpoints[-1].size < len(leaves):
        report.fault(f"inserted: no checkpoint tells of the leaves from {checkpoints[-1].size} on")
    _check_payloads(leaves, report)
    return report


def _checkpoints(folder: Path, key: str | None, report: Report) -> list[Checkpoint]:
    """The export's checkpoints; each is signed by the one key, and none is smaller than before."""
    known = (folder / "key.txt").read_text("utf-8") if key is None else key
    _, public = read_verifier_key(known)
    report.key = known.strip()
    found = []
    for number, note in enumerate(split_notes((folder / "checkpoints.txt").read_text("utf-8"))):
        read = read_checkpoint(note)
        try:
            open_note(note, read.origin, public)
        except BadNote as bad:
            report.fault(f"Checkpoint {number} ({read.size} leaves): {bad}")
        found.append(read)
    for one, other in pairwise(found):
        if other.size < one.size:
            report.fault(f"The checkpoint of {other.size} leaves follows one of {one.size}.")
    if not found:
        report.fault("There is no checkpoint in the export.")
    report.checkpoints, report.time = len(found), found[-1].time if found else ""
    return found


def _kept(outside: str | None, report: Report) -> list[Checkpoint]:
    """What somebody kept outside; it has to be signed by the key of the export."""
    if outside is None:
        return []
    _, public = read_verifier_key(report.key)
    kept = []
    for match in NOTE.finditer(outside.replace("\r\n", "\n")):
        read = read_checkpoint(match[0])
        try:
            open_note(match[0], read.origin, public)
            kept.append(read)
        except BadNote as bad:
            report.fault(f"The checkpoint kept outside ({read.size} leaves, {read.time}): {bad}")
    if not kept and not report.faults:
        report.fault("The file given as checkpoint holds none.")
    return kept


def _tree(folder: Path) -> tuple[list[bytes], dict[tuple[int, int], bytes]]:
    """The hashes as the portal stored them: those of the leaves by place, and the nodes above."""
    leaves: dict[int, bytes] = {}
    nodes = {}
    with (folder / "tree.txt").open(encoding="ascii") as lines:
        for line in lines:
            level, index, node = line.split()
            if level == "0":
                leaves[int(index)] = bytes.fromhex(node)
            else:
                nodes[int(level), int(index)] = bytes.fromhex(node)
    size = max(leaves, default=-1) + 1
    return [leaves.get(index, b"") for index in range(size)], nodes


def _leaves(folder: Path) -> Iterator[dict]:
    with (folder / "leaves.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            leaf = json.loads(line)
            if any(name not in leaf for name in FIELDS):
                raise KeyError("a leaf lacks one of its fields")
            yield leaf


def _roots(hashes: list[bytes], sizes: set[int]) -> dict[int, bytes]:
    """The roots at the sizes that checkpoints name."""
    tree, roots = Frontier(), {}
    if 0 in sizes:
        roots[0] = tree.root()
    for hashed in hashes:
        for _ in tree.append(hashed):
            pass
        if tree.size in sizes:
            roots[tree.size] = tree.root()
    return roots


def _agree(roots: dict[int, bytes], checkpoints: list[Checkpoint]) -> int:
    """Up to which place what was stored is what was signed."""
    good = 0
    for checkpoint in sorted(checkpoints, key=lambda one: one.size):
        if roots.get(checkpoint.size) != checkpoint.root:
            break
        good = checkpoint.size
    return good


def _compare_hashes(hashes: list[bytes], sealed: list[bytes], report: Report) -> None:
    """The leaves are what was signed: name the stored hashes that are not theirs."""
    for place in range(max(len(hashes), len(sealed))):
        if hashes[place : place + 1] != sealed[place : place + 1]:
            report.fault(f"node 0/{place} is not the hash of the leaf there, which is as signed")


def _compare_leaves(
    leaves: list[dict], hashes: list[bytes], sealed: list[bytes], signed: int, report: Report
) -> None:
    """Name by place what differs from what was stored when it was sealed."""
    if hashes == sealed:
        return
    word = "sealed" if signed == len(sealed) else "stored (the stored hashes were altered too)"
    now = {hashed: place for place, hashed in enumerate(hashes)}
    before = {hashed: place for place, hashed in enumerate(sealed) if hashed}
    ids = {leaf["id"] for leaf in leaves}
    gone = [place for place, hashed in enumerate(sealed) if hashed not in now]
    new = [place for place, hashed in enumerate(hashes) if hashed not in before]
    edited = [place for place in new if place in set(gone)]
    for place in edited:
        report.fault(f"edited: the leaf at {place}, {_name(leaves[place])}, is not what was {word}")
    for place in gone:
        if place not in edited:
            report.fault(f"deleted: the leaf that was {word} at {place} is not there")
    for place in new:
        if place not in edited:
            report.fault(f"inserted: the leaf at {place}, {_name(leaves[place])}, was never {word}")
    stayed = [before[hashed] for hashed in hashes if hashed in before]
    for one, other in pairwise(stayed):
        if other < one:
            report.fault(f"reordered: the leaf that was {word} at {other} comes after {one}")
    if len(ids) < len(leaves):
        report.fault("inserted: leaves occur twice")


def _compare_nodes(
    hashes: list[bytes],
    sealed: list[bytes],
    nodes: dict[tuple[int, int], bytes],
    report: Report,
) -> None:
    """Name stored nodes that are not the hash of what lies below them."""
    level, below = 1, list(sealed)
    while len(below) > 1:
        above = []
        for index in range(len(below) // 2):
            node = node_hash(below[2 * index], below[2 * index + 1])
            stored = nodes.pop((level, index), b"")
            if node != stored:
                first, last = index << level, ((index + 1) << level) - 1
                report.fault(f"node {level}/{index} over {first} to {last} is not as it was stored")
            above.append(node)
        level, below = level + 1, above
    for stored_level, index in sorted(nodes):
        report.fault(f"node {stored_level}/{index} belongs to no tree of {len(sealed)} leaves")


def _compare_roots(
    roots: dict[int, bytes], checkpoints: list[Checkpoint], size: int, what: str, report: Report
) -> None:
    """Name the stretch in which a tree left what was signed; later ones only repeat it."""
    good = 0
    for checkpoint in sorted(checkpoints, key=lambda one: one.size):
        told = f"{what} of {checkpoint.time or checkpoint.origin} ({checkpoint.size} leaves)"
        if checkpoint.size > size:
            report.fault(
                f"rolled back: the {told} knows of {checkpoint.size - size} leaves more than there"
                f" are, from {size} on"
            )
            return
        if roots[checkpoint.size] != checkpoint.root:
            report.fault(f"altered: between {good} and {checkpoint.size - 1}, says the {told}")
            return
        good = checkpoint.size


def _compare_logs(
    leaves: list[dict], checkpoints: list[Checkpoint], kept: list[Checkpoint], report: Report
) -> None:
    """A second log in one database has to be explained by an event that says why."""
    names = list(dict.fromkeys(checkpoint.origin for checkpoint in checkpoints))
    told = sum(1 for leaf in leaves if RESTORED in leaf.get("payload", ""))
    if len(names) > told + 1:
        report.fault(f"rolled back: {len(names)} logs, but only {told} restores were recorded")
    for checkpoint in kept:
        if checkpoint.origin not in names:
            report.fault(f"The checkpoint kept outside is of another log: {checkpoint.origin}.")


def _check_payloads(leaves: list[dict], report: Report) -> None:
    """Every event says what its leaf says; one that is gone was shredded by a recorded act."""
    shredded = _recorded_shreds(leaves)
    for place, leaf in enumerate(leaves):
        salt, payload = leaf.get("salt"), leaf.get("payload")
        if salt is None:
            if leaf["id"] in shredded:
                report.shredded += 1
            else:
                report.fault(f"deleted: the salt of {place}, {_name(leaf)}, without a record")
        elif payload is None:
            report.fault(f"deleted: the event of {place}, {_name(leaf)}, is gone")
        elif digest_of(bytes.fromhex(salt), payload) != leaf["digest"]:
            report.fault(f"edited: the event of {place}, {_name(leaf)}, is not what was sealed")
        else:
            report.shown += 1


def _recorded_shreds(leaves: list[dict]) -> set[int]:
    """The leaves that events, themselves unaltered, say were shredded."""
    shredded: set[int] = set()
    for leaf in leaves:
        salt, payload = leaf.get("salt"), leaf.get("payload")
        if salt and payload and SHREDDED in payload:
            event = json.loads(payload)
            if event.get("action") == SHREDDED and leaf["kind"] == "audit_domainevent":
                shredded.update(event["details"].get("leaf_ids", []))
    return shredded


def _name(leaf: dict) -> str:
    return f"{leaf['kind']} {leaf['key']} of {leaf['recorded_at']}"


def as_text(report: Report) -> str:
    """The report for people."""
    said = [
        f"{report.leaves} leaves: {report.shown} events as they were sealed, "
        f"{report.shredded} shredded on record.",
        f"{report.checkpoints} checkpoints signed by {report.key}, the last of {report.time}.",
    ]
    said += report.faults[:MOST_NAMED]
    if len(report.faults) > MOST_NAMED:
        said.append(f"... and {len(report.faults) - MOST_NAMED} more")
    said.append("ALTERED." if report.faults else "Nothing was altered.")
    return "\n".join(said)


def main(words: list[str] | None = None) -> int:
    """Check the export that the command line names; 0 or 2."""
    parser = argparse.ArgumentParser(description="Check an export of the audit log.")
    parser.add_argument("export", type=Path, help="the folder of the export")
    parser.add_argument("--checkpoint", type=Path, help="a checkpoint that you kept (mail, file)")
    parser.add_argument("--key", help="the public key as you were given it")
    chosen = parser.parse_args(words)
    try:
        outside = chosen.checkpoint.read_text("utf-8") if chosen.checkpoint else None
    except (OSError, UnicodeDecodeError) as failure:
        print(f"The checkpoint cannot be read: {failure}", file=sys.stderr)
        return ALTERED
    report = verify(chosen.export, outside, chosen.key)
    print(as_text(report))
    return ALTERED if report.faults else 0


if __name__ == "__main__":
    sys.exit(main())
