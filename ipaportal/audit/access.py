"""Who looked at which members: views that show members say so, and whom they showed."""

from collections.abc import Callable, Iterable

from django.http import HttpRequest, HttpResponse

from ipaportal.audit.context import current_origin
from ipaportal.audit.models import AccessEvent
from ipaportal.core.actors import Actor

View = Callable[..., HttpResponse]
Kind = AccessEvent.Kind
# One event names at most this many members; a longer list is spread over several.
IDS_PER_EVENT = 10_000


class MembersNotDeclared(AssertionError):
    """A view marked `shows_members` answered without saying whom it showed: a defect in it."""


def shows_members(kind: str = Kind.VIEW) -> Callable[[View], View]:
    """
    Mark a view that shows members' data; it must call `declare_members` before it answers.

    The middleware writes the access event, of refusals too. Any place among the decorators will do.
    """

    def decorate(view: View) -> View:
        view.shows_members = Kind(kind)
        return view

    return decorate


def declare_members(request: HttpRequest, member_ids: Iterable[int]) -> None:
    """Say which members this answer shows; may be called several times, also with none."""
    shown = getattr(request, "members_shown", None)
    request.members_shown = (shown or frozenset()) | frozenset(member_ids)


def log_access(
    *,
    actor: Actor,
    kind: str,
    view_name: str,
    member_ids: Iterable[int] = (),
    ip: str | None = None,
) -> None:
    """Write that members' data was seen, exported or refused; tasks and commands call it too."""
    origin, ids = current_origin(), sorted(set(member_ids))
    AccessEvent.objects.bulk_create(
        AccessEvent(
            actor_id=actor.user_id,
            actor_name=actor.name,
            actor_roles=sorted(actor.roles),
            request_id=origin.request_id,
            task_id=origin.task_id,
            kind=kind,
            view_name=view_name,
            member_ids=ids[start : start + IDS_PER_EVENT],
            ip=ip or origin.ip,
        )
        for start in range(0, max(len(ids), 1), IDS_PER_EVENT)
    )
