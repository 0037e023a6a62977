"""
Whose rows the database may show now: everybody's, those of some parties, or nobody's.

The second wall between practices, behind the filters of the queries. It is set where somebody
begins to act (a request, an action, a task, a command) and said with every statement. Without one
the database shows no row of any party.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from ipaportal.core.actors import Actor
from ipaportal.core.roles import PARTY_ROLES

APP, STAFF = "ipa_app", "ipa_staff"


@dataclass(frozen=True)
class Scope:
    """A role of the database, the parties whose rows it may see, and who asks for cases."""

    role: str
    parties: frozenset[int] = frozenset()
    # Of cases staff pass no wall: row security lets through what is not about who asks. "clock",
    # "user 17", or "mailbox" with the digest of its code; empty lets through none.
    cases: str = ""

    @property
    def statement(self) -> str:
        """What the database is told; numbers and our own names only."""
        if not self.role:
            return ""
        said = f"SET LOCAL ROLE {self.role}; "
        if self.role == APP:
            said += f"SET LOCAL ipa.scope = '{{{','.join(map(str, sorted(self.parties)))}}}'; "
            said += f"SET LOCAL ipa.cases = '{self.cases}'; "
        return said


EVERYBODY = Scope(STAFF)
NOBODY = Scope(APP)
CASES = Scope(APP, cases="clock")
UNSAID = Scope("")  # whoever signed in, as it is: the owner of the schema

_now: ContextVar[Scope | None] = ContextVar("scope", default=None)
_otherwise = UNSAID


def scope_of(actor: Actor) -> Scope:
    """What an actor's roles reach at all: staff and the system everybody, others their parties."""
    if actor.is_system or any(role not in PARTY_ROLES for role, _ in actor.grants):
        return EVERYBODY
    return Scope(APP, frozenset(party for _, party in actor.grants))


def cases_of(actor: Actor) -> Scope:
    """
    Cases as an actor may see them: the database leaves out those that accuse them.

    Nothing else of any party is seen within it.
    """
    if actor.is_system:
        return CASES
    return Scope(APP, cases=f"user {actor.user_id}" if actor.user_id else "")


def mailbox_of(digest: bytes) -> Scope:
    """What is between us and whoever holds the code that this is the digest of."""
    return Scope(APP, cases=f"mailbox {digest.hex()}")


@contextmanager
def seeing(scope: Scope) -> Iterator[None]:
    """Let the database show what a scope says, for the block."""
    token = _now.set(scope)
    try:
        yield
    finally:
        _now.reset(token)


def kept(scope: Scope, pieces: Iterator) -> Iterator:
    """The pieces of an answer that is still read from the database while it is sent."""
    pieces = iter(pieces)
    while True:
        with seeing(scope):
            try:
                piece = next(pieces)
            except StopIteration:
                return
        yield piece


def statement() -> str:
    """What to say before a statement; empty where nobody has said who acts."""
    return (_now.get() or _otherwise).statement


def otherwise(scope: Scope) -> None:
    """What holds where nobody has said who acts; for tests, which read rows of everybody."""
    globals()["_otherwise"] = scope
