"""From where something is done: the request or the task that everything recorded is tied to."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import pghistory


@dataclass(frozen=True)
class Origin:
    """A request (id, hash of its session, address) or a task (id); empty on the command line."""

    request_id: str = ""
    session_hash: str = ""
    ip: str | None = None
    task_id: str = ""


_origin: ContextVar[Origin | None] = ContextVar("origin", default=None)


def current_origin() -> Origin:
    return _origin.get() or Origin()


@contextmanager
def coming_from(origin: Origin, **who: object) -> Iterator[Origin]:
    """Tie whatever is recorded inside, change history too, to an origin and to who acts."""
    named = {name: value for name, value in vars(origin).items() if value}
    token = _origin.set(origin)
    try:
        with pghistory.context(**named, **who):
            yield origin
    finally:
        _origin.reset(token)
