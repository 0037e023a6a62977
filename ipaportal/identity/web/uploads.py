"""How many bytes a request may bring: what announces more is refused before any of it is read."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from ipaportal.core.permissions import permission_table
from ipaportal.core.refusals import Refused
from ipaportal.identity.web.access import PUBLIC, View
from ipaportal.identity.web.limits import record_refusal

FORM, LIST, PLAN_FILE = "form", "list", "plan_file"
MEBIBYTE = 1 << 20


class UploadTooLarge(Refused):
    """More bytes than the page takes."""

    def __init__(self, sent: int, most: int) -> None:
        super().__init__(
            f"This is {sent / MEBIBYTE:,.1f} MB, and at most {most / MEBIBYTE:,.0f} MB are taken "
            "here at once. Nothing was received. Pack the file with gzip where that is allowed, "
            "send fewer files at a time, or ask the sender for it in parts."
        )


def takes_file(kind: str) -> Callable[[View], View]:
    """Let a view take a file of a kind named in settings.UPLOAD_MAX_BYTES; others take forms."""
    assert kind in settings.UPLOAD_MAX_BYTES, f"no limit is set for {kind}"

    def decorate(view: View) -> View:
        view.takes_file = kind
        return view

    return decorate


class UploadLimitMiddleware:
    """
    Refuse a request that announces more bytes than its view takes, and record it.

    Stands above the CSRF check, which is the first to read a body. A body without an announced
    length is never read at all. Files are taken only from those who may use the view.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view, args, kwargs) -> HttpResponse | None:
        sent, most = _announced(request), most_bytes(request, view)
        if sent <= most:
            return None
        refusal = UploadTooLarge(sent, most)
        record_refusal(
            request,
            actor=request.actor,
            action="identity.upload.refused",
            view=request.resolver_match.view_name,
            bytes=sent,
            most=most,
        )
        return render(request, "refusal.html", {"refusal": refusal}, status=413)


def most_bytes(request: HttpRequest, view: View) -> int:
    """The bytes that this person may send to a view."""
    kind = getattr(view, "takes_file", FORM)
    permission = getattr(view, "permission", PUBLIC)
    may = permission in permission_table() and request.actor.may(permission)
    return settings.UPLOAD_MAX_BYTES[kind if may else FORM]


def _announced(request: HttpRequest) -> int:
    """The length as Django will understand it when it reads the body."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0
