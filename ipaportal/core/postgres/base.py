"""
The database engine of the settings: Django's own, with the scope of now before every statement.

The scope (`core/scopes.py`) goes with the statement, in one message, and holds for its transaction:
a pooled connection keeps nothing of it, and a rolled back savepoint takes nothing of it away.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.backends.postgresql import base
from psycopg import sql
from psycopg.pq import TransactionStatus

from ipaportal.core import scopes

# In a broken transaction nothing else is taken than its end.
ENDS = ("rollback", "commit", "release", "savepoint", "begin")


def _before(cursor, query: object) -> str:
    said = scopes.statement()
    if not said or cursor.connection.info.transaction_status == TransactionStatus.INERROR:
        return ""
    if isinstance(query, str) and query[:9].lower().startswith(ENDS):
        return ""
    return said


def _joined(said: str, query: object) -> object:
    if isinstance(query, sql.Composable):
        return sql.SQL(said) + query
    return said.encode() + query if isinstance(query, bytes) else said + query


class ScopedCursor(base.Cursor):
    """Says the scope in the statement's own message, and answers the statement's own rows."""

    def execute(self, query: object, params: object = None, **kwargs: object) -> "ScopedCursor":
        said = _before(self, query)
        if not said:
            return super().execute(query, params, **kwargs)
        super().execute(_joined(said, query), params, **kwargs)
        while self.nextset():
            pass
        return self

    def executemany(self, query: object, params_seq: object, **kwargs: object) -> None:
        assert not self.connection.autocommit, "many at once belong in a transaction"
        self._say(query)
        super().executemany(query, params_seq, **kwargs)

    @contextmanager
    def copy(self, statement: object, *args: object, **kwargs: object) -> Iterator:
        assert not self.connection.autocommit, "COPY belongs in a transaction"
        self._say(statement)
        with super().copy(statement, *args, **kwargs) as copy:
            yield copy

    def _say(self, query: object) -> None:
        said = _before(self, query)
        if said:
            super().execute(said)


class ScopedServerCursor(base.ServerSideCursor):
    """
    Says the scope before it is declared, in a message of its own.

    Outside a transaction its rows are found at once, so that the session may forget the scope.
    """

    def execute(self, query: object, params: object = None, **kwargs: object) -> object:
        said = _before(self, query)
        with base.Cursor(self.connection) as plain:
            if said and self.connection.autocommit:
                plain.execute(said.replace("SET LOCAL", "SET"))
            elif said:
                plain.execute(said)
            try:
                return super().execute(query, params, **kwargs)
            finally:
                if said and self.connection.autocommit:
                    plain.execute("RESET ROLE; RESET ipa.scope; RESET ipa.cases")


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, with cursors that say the scope."""

    def get_connection_params(self) -> dict:
        return super().get_connection_params() | {"cursor_factory": ScopedCursor}

    def create_cursor(self, name: str | None = None) -> object:
        if name is None:
            return super().create_cursor()
        holds = self.connection.autocommit  # Django's own choice: used outside of a transaction
        return ScopedServerCursor(self.connection, name=name, scrollable=False, withhold=holds)
