"""Whether this process can serve: each part by itself, cheaply, and never with its secrets."""

import logging
import os
import secrets
from collections.abc import Callable
from functools import cache
from pathlib import Path
from shutil import disk_usage

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from redis import Redis, RedisError

from ipaportal.core.encryption import EncryptionFailed, keyring

log = logging.getLogger(__name__)
BROKER_SECONDS = 1
LEAST_FREE_BYTES = 64 << 20
READY, DEGRADED, NOT_READY = "ready", "degraded", "not ready"
# Without these the portal answers all the same: rows wait for the tick.
BEARABLE = {"broker"}


def parts() -> dict[str, str]:
    """What is wrong with each part, in our own words; empty if nothing is."""
    checks: dict[str, Callable[[], str]] = {
        "database": _database,
        "migrations": _migrations,
        "broker": _broker,
        "keys": _keys,
        "folder": _folder,
    }
    found = {"database": _database()}
    for name, check in checks.items():
        if name == "migrations" and found["database"]:
            found[name] = "not asked: the database does not answer"
        elif name != "database":
            found[name] = check()
    return found


def verdict(found: dict[str, str]) -> str:
    """Ready, degraded or not ready; what is wrong goes to the log, not to strangers."""
    wrong = sorted(name for name, fault in found.items() if fault)
    if not wrong:
        return READY
    for name in wrong:
        log.warning("%s: %s", name, found[name])
    return DEGRADED if BEARABLE.issuperset(wrong) else NOT_READY


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as failure:
        return f"does not answer ({type(failure).__name__})"
    return ""


def _migrations() -> str:
    """Whether every migration of this code is applied; more than those is no fault (a rollout)."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT app, name FROM django_migrations")
            missing = _on_disk() - set(cursor.fetchall())
    except DatabaseError as failure:
        return f"cannot be read ({type(failure).__name__})"
    return f"{len(missing)} are not applied" if missing else ""


@cache
def _on_disk() -> frozenset[tuple[str, str]]:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    return frozenset(loader.disk_migrations)


def _broker() -> str:
    client = Redis.from_url(
        settings.REDIS_URL,
        socket_connect_timeout=BROKER_SECONDS,
        socket_timeout=BROKER_SECONDS,
        retry=None,
    )
    try:
        client.ping()
    except (RedisError, OSError) as failure:
        return f"does not answer ({type(failure).__name__})"
    finally:
        client.close()
    return ""


def _keys() -> str:
    try:
        keyring()
    except EncryptionFailed:
        return "there is no usable keyring"
    return ""


def _folder() -> str:
    folder = Path(settings.DATA_DIR)
    trial = folder / f".trial-{os.getpid()}-{secrets.token_hex(4)}"
    try:
        trial.write_bytes(b"x")
        trial.unlink()
        free = disk_usage(folder).free
    except OSError as failure:
        return f"cannot be written ({type(failure).__name__})"
    return "is almost full" if free < LEAST_FREE_BYTES else ""
