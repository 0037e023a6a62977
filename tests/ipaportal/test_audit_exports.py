"""Exports: a stranger finds out, without our code, what was altered; test 11 of the plan."""

import json
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command

from ipaportal.audit import checkpoints, sealing
from ipaportal.audit.exporting import NothingSealed, export, verifier_source
from ipaportal.audit.models import DomainEvent, Leaf, SealedLeaf
from ipaportal.audit.shredding import NothingToShred, shred
from ipaportal.audit.verifier import main, verify
from ipaportal.core.actors import Actor
from ipaportal.core.notes import split_notes
from tests.ipaportal.test_audit_leaves import as_owner
from tests.ipaportal.test_audit_sealing import NOON, act, breaches, roll_back_to_two_of_four

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("committed_db")]
CLOCK = Actor.system("the test")


def sealed_events():
    """Eleven events in two seals; the checkpoint of the first is what an outsider kept."""
    act(6)
    kept = sealing.seal(NOON).note
    act(5)
    sealing.seal(NOON)
    return kept


def faults(folder, kept=None, key=None):
    return verify(folder, kept, key).faults


def by_a_stranger(folder, *words):
    """Run the export's own verifier where there is neither Django nor any code of ours."""
    return subprocess.run(
        [sys.executable, "-I", "-S", "verify.py", ".", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
    )


def lines_of(folder):
    return [json.loads(line) for line in (folder / "leaves.jsonl").read_text("utf-8").splitlines()]


def write_lines(folder, leaves):
    text = "".join(json.dumps(leaf, ensure_ascii=False) + "\n" for leaf in leaves)
    (folder / "leaves.jsonl").write_text(text, "utf-8")


def test_a_stranger_finds_nothing_where_nothing_was_done(tmp_path):
    kept = sealed_events()
    folder = tmp_path / "export"
    assert export(folder) == 11
    (folder / "kept.txt").write_text(kept, "utf-8")
    done = by_a_stranger(folder, "--checkpoint", "kept.txt")
    assert (done.returncode, done.stderr) == (0, "")
    assert "11 leaves: 11 events as they were sealed, 0 shredded" in done.stdout
    assert "Nothing was altered." in done.stdout
    call_command("verify_audit", str(folder), "--checkpoint", str(folder / "kept.txt"))


def test_the_verifier_needs_nothing_of_ours():
    source = verifier_source()
    assert "from ipaportal" not in source
    assert "django" not in source.lower()


OWNER = {
    "edit": (
        "UPDATE audit_domainevent SET details = '{\"number\": 99}' WHERE id = 3",
        "edited: the event of 2, audit_domainevent 3 ",
    ),
    "delete": (
        "DELETE FROM audit_domainevent WHERE id = 4",
        "deleted: the event of 3, audit_domainevent 4 ",
    ),
    "delete with its leaf": (
        "DELETE FROM audit_leaf WHERE id = 4",
        "deleted: the leaf that was sealed at 3 is not there",
    ),
    "truncate": ("TRUNCATE audit_domainevent", "deleted: the event of 0, audit_domainevent 1 "),
    "alter a leaf": (
        "UPDATE audit_leaf SET recorded_at = recorded_at - interval '1 day' WHERE id = 5",
        "edited: the leaf at 4, audit_domainevent 5 ",
    ),
    "alter a stored leaf hash": (
        "UPDATE audit_sealedleaf SET hash = sha256('x') WHERE position = 5",
        "node 0/5 is not the hash of the leaf there",
    ),
    "alter a stored node": (
        "UPDATE audit_node SET hash = sha256('x') WHERE level = 2 AND index = 1",
        "node 2/1 over 4 to 7 is not as it was stored",
    ),
    "delete a salt": (
        "DELETE FROM audit_salt WHERE leaf_id = 7",
        "deleted: the salt of 6, audit_domainevent 7 ",
    ),
    "reorder": (
        "UPDATE audit_sealedleaf SET leaf_id = CASE leaf_id WHEN 2 THEN 900 ELSE 2 END"
        " WHERE leaf_id IN (2)",
        "deleted: the leaf that was sealed at 1 is not there",
    ),
}


@pytest.mark.parametrize("name", OWNER)
def test_names_what_the_owner_of_the_database_altered(name, tmp_path, capsys):
    kept = sealed_events()
    sql, said = OWNER[name]
    as_owner(sql)
    export(tmp_path / "export")
    found = faults(tmp_path / "export", kept)
    assert any(fault.startswith(said) for fault in found), found
    assert main([str(tmp_path / "export")]) == 2
    assert "ALTERED." in capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        call_command("verify_audit", str(tmp_path / "export"))
    assert ended.value.code == 2


def swap(leaves):
    leaves[2], leaves[3] = leaves[3], leaves[2]


def insert(leaves):
    leaves.insert(4, {**leaves[4], "id": 999, "key": "999"})


IN_THE_FILE = {
    "reordered": (swap, "reordered: the leaf that was sealed at 2 comes after 3"),
    "inserted": (insert, "inserted: the leaf at 4, audit_domainevent 999 "),
    "deleted": (lambda leaves: leaves.pop(8), "deleted: the leaf that was sealed at 8 "),
    "doubled": (lambda leaves: leaves.append(leaves[0]), "inserted: leaves occur twice"),
    "truncated": (lambda leaves: leaves.__delitem__(slice(7, None)), "rolled back: "),
    "emptied": (lambda leaves: leaves.clear(), "rolled back: "),
}


@pytest.mark.parametrize("name", IN_THE_FILE)
def test_names_what_was_altered_in_the_export(name, tmp_path):
    sealed_events()
    export(tmp_path)
    leaves = lines_of(tmp_path)
    change, said = IN_THE_FILE[name]
    change(leaves)
    write_lines(tmp_path, leaves)
    found = faults(tmp_path)
    assert any(fault.startswith(said) for fault in found), found


def test_any_byte_of_a_leaf_that_changes_is_found(tmp_path):
    sealed_events()
    export(tmp_path)
    for field, value in {
        "id": 77, "xid": "1", "recorded_at": "2020-01-01T00:00:00.000000Z", "kind": "x",
        "key": "x", "digest": "00" * 32, "salt": "00" * 16, "payload": "{}",
    }.items():  # fmt: skip
        leaves = lines_of(tmp_path)
        original, leaves[5][field] = leaves[5][field], value
        write_lines(tmp_path, leaves)
        assert any("5" in fault for fault in faults(tmp_path)), field
        leaves[5][field] = original
        write_lines(tmp_path, leaves)
        assert faults(tmp_path) == []


def rewrite_history():
    """Alter an event and everything in the database that would tell, signatures included."""
    as_owner("UPDATE audit_domainevent SET actor_name = 'Somebody else' WHERE id = 2")
    as_owner(
        "UPDATE audit_leaf AS l SET digest = sha256(s.salt || convert_to(p.payload, 'UTF8'))"
        " FROM audit_salt s, audit_source c, audit_payloads(c) p"
        " WHERE s.leaf_id = l.id AND c.table_name = 'audit_domainevent' AND p.key = l.key"
        " AND l.id = 2"
    )
    for table in ("audit_sealedleaf", "audit_node", "audit_checkpoint"):
        as_owner(f"TRUNCATE {table}")
    for path in checkpoints.folder().glob("*.txt"):
        path.unlink()
    sealing.seal(NOON)


def test_whoever_holds_the_key_and_rewrites_all_is_found_by_a_checkpoint_kept_outside(tmp_path):
    kept = sealed_events()
    rewrite_history()
    assert breaches() == {}  # nothing inside can tell
    export(tmp_path)
    assert faults(tmp_path) == []
    found = faults(tmp_path, kept)
    assert any(fault.startswith("altered: between 0 and 5") for fault in found), found


def test_a_rolled_back_database_is_found_by_a_checkpoint_kept_outside(tmp_path):
    roll_back_to_two_of_four()
    (path,) = checkpoints.folder().glob("*.txt")
    export(tmp_path)
    assert faults(tmp_path) == []
    (found,) = faults(tmp_path, path.read_text())
    assert found.startswith("rolled back: ")
    assert "2 leaves more than there are, from 2 on" in found


def test_another_key_is_found_by_the_key_that_was_given(tmp_path, monkeypatch):
    sealed_events()
    known = checkpoints.key_text(sealing.last_head().log, checkpoints.seal_key())
    export(tmp_path)
    assert faults(tmp_path, key=known) == []
    monkeypatch.setenv("IPA_SEAL_KEY", "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=")
    other = checkpoints.key_text(sealing.last_head().log, checkpoints.seal_key())
    assert any("not signed with the key" in fault for fault in faults(tmp_path, key=other))


def test_an_empty_checkpoint_or_key_is_never_passed_over(tmp_path, capsys):
    sealed_events()
    export(tmp_path / "export")
    (tmp_path / "empty.txt").write_text("\n")
    (tmp_path / "bytes.txt").write_bytes(b"\xff\xfe")
    for words, said in (
        (("--checkpoint", str(tmp_path / "empty.txt")), "given as checkpoint holds none"),
        (("--checkpoint", str(tmp_path / "bytes.txt")), "cannot be read"),
        (("--key", ""), "ALTERED."),
    ):
        assert main([str(tmp_path / "export"), *words]) == 2, words
        answer = capsys.readouterr()
        assert said in answer.out + answer.err
    assert faults(tmp_path / "export", "") == ["The file given as checkpoint holds none."]
    assert faults(tmp_path / "export", key="") != []


def test_an_altered_checkpoint_is_named(tmp_path):
    sealed_events()
    export(tmp_path)
    path = tmp_path / "checkpoints.txt"
    path.write_text(path.read_text().replace("2026-03-02", "2026-03-01"))
    assert sum("the note was altered" in fault for fault in faults(tmp_path)) == 2
    assert len(split_notes(path.read_text())) == 2


@pytest.mark.parametrize("name", ["leaves.jsonl", "tree.txt", "checkpoints.txt", "key.txt"])
@pytest.mark.parametrize("text", ["", "nonsense\n", "{}\n", None])
def test_an_export_that_is_damaged_is_never_good(name, text, tmp_path):
    sealed_events()
    export(tmp_path)
    if text is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_text(text)
    assert faults(tmp_path) != []
    done = by_a_stranger(tmp_path)
    assert (done.returncode, done.stderr) == (2, "")


def test_what_was_erased_lawfully_still_verifies_as_shredded(tmp_path):
    kept = sealed_events()
    leaf = Leaf.objects.get(key="5")
    shred(actor=CLOCK, leaf_ids=[leaf.pk], reason="The member's request of 2 March.", now=NOON)
    as_owner("DELETE FROM audit_domainevent WHERE id = 5")
    assert breaches() == {}
    sealing.seal(NOON)
    export(tmp_path)
    report = verify(tmp_path, kept)
    assert (report.faults, report.shredded, report.shown) == ([], 1, 11)
    assert "salt" not in lines_of(tmp_path)[4]


def test_shredding_names_leaves_that_are_there():
    sealed_events()
    with pytest.raises(NothingToShred):
        shred(actor=CLOCK, leaf_ids=[12345], reason="x", now=NOON)
    assert not DomainEvent.objects.filter(action="audit.leaves.shredded").exists()


def test_refuses_to_export_nothing_or_over_something(tmp_path):
    with pytest.raises(NothingSealed):
        export(tmp_path / "new")
    assert not (tmp_path / "new").exists()
    sealed_events()
    (tmp_path / "file").write_text("x")
    with pytest.raises(CommandError, match="not empty"):
        call_command("audit_export", str(tmp_path))
    assert SealedLeaf.objects.count() == 11
