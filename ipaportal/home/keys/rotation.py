"""
Encrypt everything anew under the current key, while the portal runs.

What is left to do is seen in the values themselves (each names its key), so a rotation that was
killed goes on where it stood, and two at once only share the work.
"""

import json
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from django.db import connection, transaction

from ipaportal.core import files
from ipaportal.core.encryption import (
    EncryptionFailed,
    decrypt,
    encrypt,
    key_id_of,
    key_prefix,
    keyring,
    place,
)
from ipaportal.core.scopes import CASES, seeing
from ipaportal.home.keys.places import PLACES, Place

BATCH = 200
FILES = "stored files"
Say = Callable[[str, int], None]


@dataclass
class Rotated:
    """What a pass over one place did; `unreadable` are rows that no key of the ring opens."""

    name: str
    done: int = 0
    changed_meanwhile: int = 0
    unreadable: list[str] = field(default_factory=list)


def rotate(say: Say = lambda name, done: None) -> list[Rotated]:
    """
    Encrypt anew whatever is not under the current key, in short transactions.

    :raises KeysMissing: before anything is changed, if there is no usable keyring
    """
    keyring()
    return [*(_rotate_column(one, say) for one in PLACES), _rotate_files(say)]


def keys_in_use() -> dict[str, Counter[str]]:
    """How many values each key protects, by place, those of the stored files too."""
    found = {one.name: Counter(_ids_in(one)) for one in PLACES}
    found[FILES] = Counter(files.key_id_of_stored(name) for name in files.all_stored())
    return found


# ---- columns ------------------------------------------------------------------------------------


def _rotate_column(one: Place, say: Say) -> Rotated:
    result, after = Rotated(one.name), None
    while rows := _old_rows(one, after):
        changes = []
        for key, row, value in rows:
            try:
                fresh = _anew(one, row, value)
            except EncryptionFailed as failure:
                result.unreadable.append(f"{one.name} of row {key}: {failure}")
            else:
                if fresh != value:
                    changes.append((fresh, key, value))
        written = _replace(one, changes)
        result.done += written
        result.changed_meanwhile += len(changes) - written
        say(one.name, result.done)
        after = rows[-1][0]
    return result


def _old_rows(one: Place, after: object) -> list[tuple]:
    """The next rows, by their key, whose value is (or, of JSON, may be) under another key."""
    prefix = key_prefix(keyring().current)
    tests, values = ["{column} IS NOT NULL"], []
    if not one.texts:
        tests.append("substring({column} for %s) <> %s")
        values += [len(prefix), prefix]
    if after is not None:
        tests.append("{key} > %s")
        values.append(after)
    where = " AND ".join(tests)
    asked = f"SELECT {{key}}, {{row}}, {{column}} FROM {{table}} WHERE {where}"  # noqa: S608
    return _ask(one, asked + " ORDER BY {key} LIMIT %s", [*values, BATCH])


def _anew(one: Place, row: object, value: object) -> object:
    """The value under the current key; texts that are under it already stay as they are."""
    aad = one.aad or place(one.table, one.column, row)
    if not one.texts:
        return encrypt(decrypt(value, aad), aad)
    fresh, current = json.loads(value), keyring().current
    for text in one.texts:
        if text in fresh:
            blob = _unpacked(fresh[text], one.name)
            if key_id_of(blob) != current:
                fresh[text] = b64encode(encrypt(decrypt(blob, aad), aad)).decode()
    return value if fresh == json.loads(value) else json.dumps(fresh)


def _replace(one: Place, changes: list[tuple]) -> int:
    """Write the new values over exactly the old ones; rows changed meanwhile stay."""
    if not changes:
        return 0
    kind = "jsonb" if one.texts else "bytea"
    change = f"UPDATE {{table}} SET {{column}} = %s::{kind}"  # noqa: S608
    statement = f"{change} WHERE {{key}} = %s AND {{column}} = %s::{kind}"
    with _scope(one), transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(_named(one, statement), changes)
        return cursor.rowcount


def _ids_in(one: Place) -> Iterator[str]:
    for (value,) in _ask(one, "SELECT {column} FROM {table} WHERE {column} IS NOT NULL", []):
        if not one.texts:
            yield key_id_of(value)
            continue
        kept = json.loads(value)
        yield from (key_id_of(_unpacked(kept[t], one.name)) for t in one.texts if t in kept)


def _unpacked(text: object, name: str) -> bytes:
    try:
        return b64decode(str(text), validate=True)
    except NotBase64 as failure:
        raise EncryptionFailed(f"A value of {name} is not base64.") from failure


def _scope(one: Place) -> AbstractContextManager:
    return seeing(CASES) if one.is_of_cases else nullcontext()


def _ask(one: Place, statement: str, values: list[object]) -> list[tuple]:
    with _scope(one), connection.cursor() as cursor:
        cursor.execute(_named(one, statement), values)
        return cursor.fetchall()


def _named(one: Place, statement: str) -> str:
    names = {"table": one.table, "column": one.column, "key": one.key, "row": one.row or one.key}
    quoted = {name: connection.ops.quote_name(value) for name, value in names.items()}
    return statement.format(**quoted)


# ---- files --------------------------------------------------------------------------------------


def _rotate_files(say: Say) -> Rotated:
    result, current = Rotated(FILES), keyring().current
    for name in files.all_stored():
        try:
            if files.key_id_of_stored(name) != current:
                files.seal_anew(name)
                result.done += 1
                say(FILES, result.done)
        except EncryptionFailed as failure:
            result.unreadable.append(str(failure))
    return result
