"""Who is signed in to the database: the app, and its owner where something has to be made."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection

from ipaportal.core.scopes import UNSAID, seeing

OWNER, AUDITOR = "ipa_owner", "ipa_auditor"
SIGN_IN = ("USER", "PASSWORD", "HOST", "PORT", "OPTIONS")


@contextmanager
def as_owner() -> Iterator[None]:
    """Be the owner of the schema on this connection, in the same database, for the block."""
    assert not connection.in_atomic_block, "the owner signs in: that cannot be in a transaction"
    given = connection.settings_dict
    before = {key: given.get(key) for key in SIGN_IN}
    connection.close()
    given.update(
        {"OPTIONS": {}} | {k: v for k, v in settings.DATABASE_OWNER.items() if k in SIGN_IN}
    )
    try:
        with seeing(UNSAID):
            yield
    finally:
        connection.close()
        given.update(before)
