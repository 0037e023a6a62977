"""Packets: a stranger checks one with a bare Python, and each byte that is changed is named."""

import io
import json
import subprocess
import sys
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipaportal.audit.checkpoints import seal_key, signed
from ipaportal.audit.packet_verifier import check, main
from ipaportal.audit.packets import signed_packet
from ipaportal.core import merkle
from ipaportal.core.notes import Checkpoint
from ipaportal.core.packets import write_packet
from ipaportal.core.samples import drawn_first, hash_of_lines

LINES = [f"C-{no}\t{no:064}" for no in range(1, 8)]
KEYS = [line.split("\t")[0] for line in LINES]
SAMPLE = {
    "seed": "s",
    "count": 3,
    "population_sha256": hash_of_lines(LINES),
    "items": drawn_first(KEYS, "s", 3, str),
}
FILES = [
    ("notice.csv", b"What,When\r\nNotice,2026-11-02\r\n"),
    ("evidence/a.pdf", b"%PDF-1.7"),
    ("population.tsv", ("\n".join(LINES) + "\n").encode()),
    ("sample.json", json.dumps(SAMPLE).encode()),
]


@pytest.fixture
def packet() -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(signed_packet(["audit 7"], FILES))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_one_changed_byte_is_named_by_file(packet):
    said, faults = check(packet)
    assert faults == []
    assert said[-1] == "Drawn again by seed s: 3 of 7."
    for name in set(packet) - {"manifest.txt", "manifest.key"}:
        changed = packet | {name: packet[name][:-1] + bytes([packet[name][-1] ^ 1])}
        assert f"altered: {name}" in check(changed)[1]
    assert check({k: v for k, v in packet.items() if k != "notice.csv"})[1] == [
        "missing: notice.csv"
    ]
    assert check(packet | {"more.txt": b""})[1] == ["added: more.txt"]
    other = packet["manifest.txt"].replace(b"audit 7", b"audit 8")
    assert "the note was altered" in check(packet | {"manifest.txt": other})[1][0]
    key = packet["manifest.key"].decode()
    assert check(packet, key=key)[1] == []
    assert check(packet | {"manifest.key": b"x+00000000+AAAA"})[1]


def test_a_checkpoint_kept_outside_is_compared_where_it_can_be(packet):
    leaves = [merkle.leaf_hash(b"a"), merkle.leaf_hash(b"b")]

    def note(root: bytes, size: int = 2) -> str:
        return signed(Checkpoint("ipa-audit-1", size, root, "2026-11-28T11:00:00Z"), seal_key())

    told = note(merkle.root_of(leaves))
    files = packet | {"checkpoint.txt": told.encode(), "events.jsonl": b""}

    def faults(outside: str) -> list[str]:
        said, found = check(files, outside=outside)
        return [one for one in [*found, *said] if "outside" in one]

    assert faults(told) == ["The checkpoint kept outside is the same."]
    (split,) = faults(note(leaves[0]))
    assert "two stories" in split
    (other,) = faults(note(leaves[0], size=1))
    assert "only an export compares them" in other
    assert "note was altered" in faults(told.replace("ipa-audit-1\n2", "ipa-audit-1\n1"))[0]


def test_a_sample_that_was_chosen_is_named(packet):
    better = {**SAMPLE, "items": [*SAMPLE["items"][:2], next(k for k in KEYS if k not in
                                                           SAMPLE["items"])]}  # fmt: skip
    with zipfile.ZipFile(
        io.BytesIO(signed_packet([], [*FILES[:3], ("sample.json", json.dumps(better).encode())]))
    ) as archive:
        signed = {name: archive.read(name) for name in archive.namelist()}
    assert check(signed)[1] == ["sample.json: the seed does not draw item 3 there"]


def test_a_bare_python_checks_the_zip_and_the_folder(packet, tmp_path):
    (tmp_path / "packet.zip").write_bytes(write_packet(packet.items()))
    (tmp_path / "verify.py").write_bytes(packet["verify.py"])
    words = [sys.executable, "-I", "-S", "verify.py", "packet.zip"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "Nothing was altered.")
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(tmp_path / "packet.zip") as archive:
        archive.extractall(folder)
    assert main([str(folder)]) == 0
    (folder / "evidence" / "a.pdf").write_bytes(b"%PDF-1.8")
    assert main([str(folder)]) == 2
    assert main([str(tmp_path / "nowhere.zip")]) == 2


@given(st.integers(1, 70), st.data())
def test_proofs_from_stored_nodes_are_those_of_the_tree(size, data):
    position = data.draw(st.integers(0, size - 1))
    leaves = [merkle.leaf_hash(bytes([no])) for no in range(size)]
    tree, nodes = merkle.Frontier(), {}
    for leaf in leaves:
        nodes |= {(level, index): node for level, index, node in tree.append(leaf)}
    parts = merkle.proof_places(position, size)
    proof = [merkle.folded([nodes[place] for place in part]) for part in parts]
    assert proof == merkle.inclusion_proof(leaves, position)
