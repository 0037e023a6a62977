"""Exports the audit log so that a stranger can check it: events, leaves, tree, checkpoints."""

import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from django.db import connection, transaction

from ipaportal.audit import leaves as leaf_text
from ipaportal.audit import verifier
from ipaportal.audit.checkpoints import key_text, seal_key
from ipaportal.audit.leaves import FIELDS
from ipaportal.audit.sealing import last_head, moment
from ipaportal.core import ed25519, merkle, notes
from ipaportal.core.refusals import Refused

CHUNK = 20_000
IMPORT_OF_OURS = re.compile(r"^from ipaportal\.[\w.]+ import (?:\([^)]*\)|[^\n]*)\n", re.MULTILINE)
MAIN = 'if __name__ == "__main__":'
PARTS = (ed25519, merkle, notes, leaf_text, verifier)
LEAVES = """
SELECT l.id, l.xid::text, l.recorded_at, l.kind, l.key, encode(l.digest, 'hex'),
       encode(s.salt, 'hex'), CASE WHEN s.salt IS NOT NULL THEN p.payload END
FROM audit_sealedleaf AS t JOIN audit_leaf AS l ON l.id = t.leaf_id
LEFT JOIN audit_salt AS s ON s.leaf_id = l.id
LEFT JOIN (
    SELECT source.id, rows.key, rows.payload
    FROM audit_source AS source CROSS JOIN LATERAL audit_payloads(source) AS rows
) AS p ON p.id = l.source_id AND p.key = l.key
ORDER BY t.position
"""
README = """Export of the audit log {log}: {size} leaves.

Check it with any Python from 3.11 on; nothing has to be installed:

    python3 verify.py . [--checkpoint FILE] [--key KEY]

FILE is a checkpoint that you kept yourself, from a mail or from the folder of checkpoints.
Without it you learn that the export agrees with itself; with it, that nothing before it was
altered, removed or put in later. KEY is the public key as the IPA gave it to you; the one in
key.txt is only what this export claims. verify.py is plain text: read it, or write your own.

leaves.jsonl     one sealed event a line, in the order of the tree: what it was (payload), the salt
                 of its digest, and its leaf. No salt and payload: erased lawfully, and recorded so.
tree.txt         the stored hashes: level, index, hash (RFC 9162; level 0 are the leaves)
checkpoints.txt  every signed checkpoint (C2SP signed-note, tlog-checkpoint)
key.txt          the public key (name+id+key)
SHA256SUMS       of the files above

Keep it as you keep the records themselves: the events name people.
"""


class NothingSealed(Refused):
    """There is nothing to export yet."""

    def __init__(self) -> None:
        super().__init__(
            "Nothing of the audit log was sealed yet, so there is nothing to export. "
            "No file was written. Run `seal` first."
        )


class FolderInUse(Refused):
    """The folder to export to holds something already."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"The folder {folder.name} is not empty. Nothing was written. Name a new folder."
        )


def export(folder: Path) -> int:
    """
    Write everything that was sealed to a new folder, and say how many leaves that is.

    :raises NothingSealed: if there is nothing
    :raises FolderInUse: if the folder is not empty
    """
    if folder.exists() and any(folder.iterdir()):
        raise FolderInUse(folder)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        head = last_head()
        if head is None:
            raise NothingSealed
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write_leaves(folder / "leaves.jsonl")
        _write_tree(folder / "tree.txt")
        _write_checkpoints(folder / "checkpoints.txt")
    (folder / "key.txt").write_text(key_text(head.log, seal_key()) + "\n", "utf-8")
    (folder / "verify.py").write_text(verifier_source(), "utf-8")
    (folder / "README.txt").write_text(README.format(log=head.log, size=head.size), "utf-8")
    _write_sums(folder)
    return head.size


def verifier_source(parts: Sequence[ModuleType] = PARTS) -> str:
    """A verifier, its parts in order, as one file that needs Python's standard library only."""
    texts = []
    for module in parts:
        source = Path(module.__file__).read_text("utf-8")
        texts.append(IMPORT_OF_OURS.sub("", source))
    return "\n\n".join(texts)


def _write_leaves(path: Path) -> None:
    names = (*FIELDS, "salt", "payload")
    with path.open("w", encoding="utf-8") as file, connection.cursor() as cursor:
        cursor.execute(LEAVES)
        while rows := cursor.fetchmany(CHUNK):
            for row in rows:
                leaf = {n: v for n, v in zip(names, row, strict=True) if v is not None}
                leaf["recorded_at"] = moment(leaf["recorded_at"])
                file.write(json.dumps(leaf, ensure_ascii=False) + "\n")


def _write_tree(path: Path) -> None:
    with path.open("w", encoding="ascii") as file, connection.cursor() as cursor:
        cursor.execute(
            "SELECT 0, position, encode(hash, 'hex') FROM audit_sealedleaf UNION ALL"
            " SELECT level, index, encode(hash, 'hex') FROM audit_node ORDER BY 1, 2"
        )
        while rows := cursor.fetchmany(CHUNK):
            file.writelines(f"{level} {index} {node}\n" for level, index, node in rows)


def _write_checkpoints(path: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT note FROM audit_checkpoint ORDER BY id")
        path.write_text("\n".join(row[0] for row in cursor.fetchall()), "utf-8")


def _write_sums(folder: Path) -> None:
    sums = []
    for path in sorted(folder.iterdir()):
        with path.open("rb") as file:
            sums.append(f"{hashlib.file_digest(file, 'sha256').hexdigest()}  {path.name}\n")
    (folder / "SHA256SUMS").write_text("".join(sums), "ascii")
