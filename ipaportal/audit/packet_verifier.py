"""
Checks a packet, offline: with Python's standard library, no portal, no database.

    python3 verify.py PACKET [--key KEY] [--checkpoint FILE]

PACKET is the zip, or the folder it was unpacked to. It ends with 0 if nothing was altered, else
with 2, naming each file, event or sampled item that is not what was signed, sealed or drawn.
"""

import argparse
import hashlib
import json
import sys
import zipfile
from pathlib import Path

from ipaportal.audit.leaves import digest_of, leaf_data
from ipaportal.core.merkle import is_included, leaf_hash
from ipaportal.core.notes import (
    NOTE,
    BadNote,
    open_note,
    read_checkpoint,
    read_verifier_key,
)
from ipaportal.core.samples import drawn_first, hash_of_lines

ALTERED = 2
ORIGIN = "ipaportal-audit-packet"
MANIFEST, KEY, SCRIPT = "manifest.txt", "manifest.key", "verify.py"
EVENTS, CHECKPOINT = "events.jsonl", "checkpoint.txt"
HISTORY = "history.jsonl"
SAMPLE, POPULATION = "sample.json", "population.tsv"
MOST_BYTES = 1 << 30


def read_files(path: Path) -> dict[str, bytes]:
    """Every file of a packet, by its name in it."""
    if path.is_dir():
        inside = (one for one in sorted(path.rglob("*")) if one.is_file())
        return {one.relative_to(path).as_posix(): one.read_bytes() for one in inside}
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        if len(set(names)) < len(names):
            raise ValueError("a name stands twice in the zip")
        if sum(one.file_size for one in archive.infolist()) > MOST_BYTES:
            raise ValueError("it unpacks to more than a gigabyte")
        return {name: archive.read(name) for name in names}


def check(files: dict[str, bytes], key: str = "", outside: str = "") -> tuple[list[str], list[str]]:
    """What was found in order, and what was not: a sentence for each."""
    said: list[str] = []
    faults: list[str] = []
    try:
        public = _check_manifest(files, key, said, faults)
        _check_events(files, public, outside, said, faults)
        _check_history(files, said, faults)
        _check_sample(files, said, faults)
    except (ValueError, KeyError, TypeError, AttributeError) as failure:
        faults.append(f"The packet cannot be read: {type(failure).__name__}: {failure}")
    return said, faults


def _check_manifest(files: dict[str, bytes], key: str, said: list[str], faults: list[str]) -> bytes:
    """Every file is what the signed manifest says; the public key that signed it."""
    name, public = read_verifier_key(key or files[KEY].decode())
    note = files[MANIFEST].decode()
    try:
        text = open_note(note, name, public)
    except BadNote as bad:
        faults.append(f"{MANIFEST}: {bad}")
        text = note.partition("\n\n")[0] + "\n"
    else:
        said.append(f"{MANIFEST} is signed by {(key or files[KEY].decode()).strip()}.")
    listed = {}
    for line in text.splitlines():
        sha256, parted, listed_name = line.partition("  ")
        if parted and len(sha256) == 64:
            listed[listed_name] = sha256
    for listed_name, sha256 in listed.items():
        if listed_name not in files:
            faults.append(f"missing: {listed_name}")
        elif hashlib.sha256(files[listed_name]).hexdigest() != sha256:
            faults.append(f"altered: {listed_name}")
    for other in sorted(set(files) - set(listed) - {MANIFEST, KEY}):
        faults.append(f"added: {other}")
    said.append(f"{len(listed)} files are listed.")
    return public


def _check_events(
    files: dict[str, bytes], public: bytes, outside: str, said: list[str], faults: list[str]
) -> None:
    """Every event is what its leaf says, and its leaf lies under the signed checkpoint."""
    if not files.get(CHECKPOINT):
        return
    note = files[CHECKPOINT].decode()
    head = read_checkpoint(note)
    try:
        open_note(note, head.origin, public)
    except BadNote as bad:
        faults.append(f"{CHECKPOINT}: {bad}")
    count = 0
    for number, line in enumerate(files[EVENTS].decode().splitlines(), 1):
        event = json.loads(line)
        proof = [bytes.fromhex(part) for part in event["proof"]]
        hashed = leaf_hash(leaf_data(event))
        if not is_included(hashed, event["position"], head.size, proof, head.root):
            faults.append(f"{EVENTS} line {number}: it does not lead to the checkpoint")
        salt, payload = event.get("salt"), event.get("payload")
        if salt and digest_of(bytes.fromhex(salt), payload or "") != event["digest"]:
            faults.append(f"{EVENTS} line {number}: the event is not what was sealed")
        count += 1
    said.append(f"{count} events lead to the checkpoint of {head.time} ({head.size} leaves).")
    _check_outside(head, public, outside, said, faults)


def _check_history(files: dict[str, bytes], said: list[str], faults: list[str]) -> None:
    """Every line of a history is what the audit log sealed a hash of, in its order."""
    if HISTORY not in files:
        return
    sealed = {}
    for line in files.get(EVENTS, b"").decode().splitlines():
        details = json.loads(json.loads(line).get("payload") or "{}").get("details", {})
        sealed[details.get("event")] = details.get("sha256")
    lines, waiting = files[HISTORY].decode().split("\n")[:-1], 0
    for number, line in enumerate(lines, 1):
        told = json.loads(line)
        known = sealed.get(told["id"])
        waiting += known is None
        if known not in (None, hashlib.sha256(line.encode()).hexdigest()):
            faults.append(f"{HISTORY} line {number}: it is not what was sealed when it was written")
        if told["place"] != number:
            faults.append(f"{HISTORY} line {number}: it stands in another place, or one is missing")
    said.append(f"{len(lines) - waiting} of {len(lines)} lines of the history were sealed.")


def _check_outside(
    head: object, public: bytes, outside: str, said: list[str], faults: list[str]
) -> None:
    """A checkpoint of the same size that somebody kept has the same root."""
    same_size = False
    for match in NOTE.finditer(outside.replace("\r\n", "\n")):
        kept = read_checkpoint(match[0])
        try:
            open_note(match[0], kept.origin, public)
        except BadNote as bad:
            faults.append(f"The checkpoint kept outside ({kept.size} leaves): {bad}")
            continue
        if (kept.origin, kept.size) == (head.origin, head.size):
            same_size = True
            same = kept.root == head.root
            said.append("The checkpoint kept outside is the same." if same else "")
            if not same:
                faults.append("The checkpoint kept outside has another root: two stories are told.")
    if outside and not same_size:
        said.append("No checkpoint kept outside is of this size: only an export compares them.")


def _check_sample(files: dict[str, bytes], said: list[str], faults: list[str]) -> None:
    """The sample is what its seed draws from the population."""
    if SAMPLE not in files:
        return
    told = json.loads(files[SAMPLE])
    lines = files[POPULATION].decode().removesuffix("\n").split("\n")
    if hash_of_lines(lines) != told["population_sha256"]:
        faults.append(f"{POPULATION}: its hash is not that of the draw")
    keys = [line.partition("\t")[0] for line in lines]
    drawn = drawn_first(keys, told["seed"], told["count"], str)
    for place, key in enumerate(told["items"], 1):
        if key not in drawn or drawn[place - 1] != key:
            faults.append(f"{SAMPLE}: the seed does not draw item {place} there")
    if len(drawn) != len(told["items"]):
        faults.append(f"{SAMPLE}: the seed draws {len(drawn)} items")
    said.append(f"Drawn again by seed {told['seed']}: {len(drawn)} of {len(keys)}.")


def main(words: list[str] | None = None) -> int:
    """Check the packet that the command line names; 0 or 2."""
    parser = argparse.ArgumentParser(description="Check an audit packet.")
    parser.add_argument("packet", type=Path, help="the zip, or its folder")
    parser.add_argument("--key", default="", help="the public key as you were given it")
    parser.add_argument("--checkpoint", type=Path, help="a checkpoint that you kept")
    chosen = parser.parse_args(words)
    try:
        files = read_files(chosen.packet)
        outside = chosen.checkpoint.read_text("utf-8") if chosen.checkpoint else ""
    except (OSError, ValueError, zipfile.BadZipFile) as failure:
        print(f"The packet cannot be read: {failure}", file=sys.stderr)
        return ALTERED
    said, faults = check(files, chosen.key, outside)
    print("\n".join([one for one in said if one] + faults))
    print("ALTERED." if faults else "Nothing was altered.")
    return ALTERED if faults else 0


if __name__ == "__main__":
    sys.exit(main())
