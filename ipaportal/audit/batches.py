"""Numbering facts: every recording takes its scopes' locks first, then its number."""

from collections.abc import Iterable
from datetime import datetime

from ipaportal.audit.models import FactBatch
from ipaportal.core.actors import Actor
from ipaportal.core.locks import lock

NETWORK = "network"


def contract_scope(contract_id: int) -> str:
    return f"contract:{contract_id}"


def lock_scopes(scopes: Iterable[str]) -> list[str]:
    """Take the locks of scopes in one fixed order, so that two callers cannot deadlock."""
    ordered = sorted(set(scopes))
    for scope in ordered:
        lock(scope)
    return ordered


def open_batch(
    *, actor: Actor, scopes: Iterable[str], description: str, now: datetime
) -> FactBatch:
    """
    Start a recording of facts inside the current transaction; its `id` numbers the facts.

    A run that holds the same locks sees all of a batch or none of it.
    """
    return FactBatch.objects.create(
        scopes=lock_scopes(scopes),
        actor_id=actor.user_id,
        actor_name=actor.name,
        recorded_at=now,
        description=description,
    )
