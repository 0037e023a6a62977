"""A database of a benchmark's or a simulation's own, migrated, and dropped afterwards."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.management import call_command
from django.db import connection
from django.test.utils import override_settings

from ipaportal.core.databases import as_owner

NAME = "ipa_bench"


@contextmanager
def scratch_database(name: str = NAME, *, is_owner: bool = False) -> Iterator[None]:
    """Point the connection at a fresh database until the block ends, as its owner if asked."""
    real = connection.settings_dict["NAME"]
    _recreate(real, name)
    _use(name)
    try:
        call_command("migrate", verbosity=0)
        # What it seals is nobody's evidence, and must not lie among the portal's own checkpoints.
        with (
            TemporaryDirectory() as folder,
            # Nor may its clock take the files that lie in the portal's watched folder.
            override_settings(CHECKPOINT_FOLDER=Path(folder), INBOX_DIR=None),
            as_owner() if is_owner else nullcontext(),
        ):
            yield
    finally:
        _use(real)
        with as_owner(), connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def processor_seconds() -> float:
    """Seconds of a processor that this process and its server process in the database took."""
    pid = connection.connection.info.backend_pid
    # What follows the name, which may hold anything: state first, user and system time 12th, 13th.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return time.process_time() + (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _recreate(real: str, name: str) -> None:
    _use(real)
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')


def _use(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name
