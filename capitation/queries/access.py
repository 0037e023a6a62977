"""Who may ask: questions about everybody's rows are for those whose roles reach every party."""

from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted


def require_all(actor: Actor, permission: str) -> None:
    """
    Let only actors ask who may see every party's rows.

    :raises NotPermitted: if the actor lacks the permission or holds it for some parties only
    """
    if not actor.may(permission) or actor.reach(permission) is not None:
        raise NotPermitted(actor.name, permission)
