"""`@action` and `record`: nothing is done without a permission, a transaction and an event."""

from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import models, transaction

from ipaportal.audit.context import current_origin
from ipaportal.audit.models import DomainEvent
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted
from ipaportal.core.scopes import scope_of, seeing

P = ParamSpec("P")
R = TypeVar("R")

_events: ContextVar[list[str] | None] = ContextVar("events_of_this_action", default=None)


class NoAuditEvent(AssertionError):
    """An action tried to commit without saying what it did: a defect in the action."""


class ActionInsideAction(AssertionError):
    """An action called another action; share the code beneath them instead."""


def action(permission: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """
    Make a function an action: one permission, one transaction, at least one audit event.

    :raises NotPermitted: before anything runs, if the actor lacks the permission
    :raises NoAuditEvent: instead of committing, if the function recorded nothing
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def run(*, actor: Actor, **kwargs: object) -> R:
            if _events.get() is not None:
                raise ActionInsideAction(permission)
            if not actor.may(permission):
                raise NotPermitted(actor.name, permission)
            events: list[str] = []
            token = _events.set(events)
            try:
                with seeing(scope_of(actor)), transaction.atomic():
                    result = function(actor=actor, **kwargs)
                    if not events:
                        raise NoAuditEvent(permission)
                    return result
            finally:
                _events.reset(token)

        run.permission = permission
        return run

    return decorate


def record(
    *, actor: Actor, action: str, subject: models.Model | None = None, **details: object
) -> None:
    """Write one domain event in the current transaction; `details` must be JSON-ready."""
    origin = current_origin()
    DomainEvent.objects.create(
        actor_id=actor.user_id,
        actor_name=actor.name,
        actor_roles=sorted(actor.roles),
        request_id=origin.request_id,
        task_id=origin.task_id,
        action=action,
        subject_type=subject._meta.label if subject is not None else "",
        subject_id=str(subject.pk) if subject is not None else "",
        details=details,
    )
    events = _events.get()
    if events is not None:
        events.append(action)
