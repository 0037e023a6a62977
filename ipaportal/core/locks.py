"""Advisory locks, held to the end of the transaction, that order facts and runs."""

import zlib

from django.db import connection


def lock(*scope: str | int) -> None:
    """
    Wait for the lock of a scope, for example `lock("contract", 7)` or `lock("network")`.

    Whoever records facts takes it before numbering them, a run takes it before its snapshot.
    """
    connection.cursor().execute("SELECT pg_advisory_xact_lock(%s)", [_key(scope)])


def _key(scope: tuple[str | int, ...]) -> int:
    name = ":".join(map(str, scope)).encode()
    return (zlib.crc32(name) << 32 | zlib.adler32(name)) - (1 << 63)
