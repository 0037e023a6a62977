"""What every page of the frame shows."""

from django.http import HttpRequest


def portal(request: HttpRequest) -> dict[str, object]:
    """The actor, for the frame."""
    return {"actor": getattr(request, "actor", None)}
