"""Crypto-shredding: a leaf whose salt is gone says nothing of its event, and the tree stays."""

from collections.abc import Iterable
from datetime import datetime

from django.db import IntegrityError, connection, transaction

from ipaportal.audit.actions import action, record
from ipaportal.audit.models import Salt
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import Refused


class NothingToShred(Refused):
    """Some of the leaves have no salt."""

    def __init__(self, missing: list[int]) -> None:
        super().__init__(
            f"{len(missing)} of the leaves do not exist or were shredded before. Nothing was "
            "deleted. Look up which ones the request is about."
        )


class KeptByHold(Refused):
    """A legal hold is in force; the database says so, whoever asks."""

    def __init__(self) -> None:
        super().__init__(
            "A legal hold is in force, and a leaf does not say whom it is about: none is erased. "
            "Nothing was deleted. Ask who placed the hold whether it is still needed."
        )


# What the rule of the database calls itself that refuses it.
HOLD_RULE = "legal_hold_keeps_salts"


@action("audit.shred_leaves")
def shred(*, actor: Actor, leaf_ids: Iterable[int], reason: str, now: datetime) -> int:
    """
    Delete the salts of leaves and record why; whoever erases the events themselves does it here.

    :raises NothingToShred: if one of them has no salt
    :raises KeptByHold: while a legal hold is in force
    """
    wanted = sorted(set(leaf_ids))
    salts = Salt.objects.filter(pk__in=wanted)
    missing = sorted(set(wanted) - set(salts.values_list("pk", flat=True)))
    if missing or not wanted:
        raise NothingToShred(missing)
    record(
        actor=actor,
        action="audit.leaves.shredded",
        leaf_ids=wanted,
        reason=reason,
        at=now.isoformat(),
    )
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            # It deletes no salt that no event names.
            cursor.execute("SELECT audit_shred_salts(%s)", [wanted])
            (shredded,) = cursor.fetchone()
    except IntegrityError as failure:
        if failure.__cause__.diag.constraint_name == HOLD_RULE:
            raise KeptByHold from failure
        raise
    if shredded < len(wanted):  # somebody else shredded them meanwhile
        raise NothingToShred(wanted)
    return shredded
