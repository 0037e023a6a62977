"""How many bytes a request may bring, and a person's of a day: more is refused unread."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from ipaportal.core.knocks import knocks
from ipaportal.core.permissions import permission_table
from ipaportal.core.refusals import Refused
from ipaportal.identity.web.access import PUBLIC, View
from ipaportal.identity.web.limits import SAFE, record_refusal

FORM, LIST, PLAN_FILE = "form", "list", "plan_file"
MEBIBYTE = 1 << 20
DAY_SECONDS = 24 * 60 * 60


class UploadTooLarge(Refused):
    """More bytes than the page takes."""

    def __init__(self, sent: int, most: int) -> None:
        super().__init__(
            f"This is {sent / MEBIBYTE:,.1f} MB, and at most {most / MEBIBYTE:,.0f} MB are taken "
            "here at once. Nothing was received. Pack the file with gzip where that is allowed, "
            "send fewer files at a time, or ask the sender for it in parts."
        )


class DayIsFull(Refused):
    """More files, or more bytes of them, than one person may send in a day."""

    def __init__(self, most_sent: int, most_bytes: int) -> None:
        super().__init__(
            f"You have sent as many files as one person may in a day: {most_sent:,} times, or "
            f"{most_bytes / MEBIBYTE:,.0f} MB in all. Nothing was received. Go on tomorrow, let a "
            "colleague send the rest, or ask whoever runs the portal to allow more."
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
        if sent > most:
            return refused_upload(request, UploadTooLarge(sent, most), 413, bytes=sent, most=most)
        if request.method in SAFE or not getattr(view, "takes_file", None):
            return None
        return _refused_if_full(request, sent)


def _refused_if_full(request: HttpRequest, sent: int) -> HttpResponse | None:
    """Count what a person sends in a day; the answer to what is too much, which is not counted."""
    who = request.actor.user_id
    if who is None:
        return None
    day = settings.UPLOAD_DAY
    counts = {"times": 1, "bytes": sent}
    sums = {of: knocks(f"upload_{of}", str(who), DAY_SECONDS, n) for of, n in counts.items()}
    if all(sums[of] <= day[of] for of in counts):
        return None
    for of, count in counts.items():
        knocks(f"upload_{of}", str(who), DAY_SECONDS, -count)
    refusal = DayIsFull(day["times"], day["bytes"])
    return refused_upload(
        request, refusal, 429, bytes=sent, most=day["bytes"], most_times=day["times"]
    )


def refused_upload(
    request: HttpRequest, refusal: Refused, status: int, **details: object
) -> HttpResponse:
    """Say that nothing was received, and write down what was sent where."""
    record_refusal(
        request,
        actor=request.actor,
        action="identity.upload.refused",
        view=request.resolver_match.view_name,
        **details,
    )
    return render(request, "refusal.html", {"refusal": refusal}, status=status)


def most_bytes(request: HttpRequest, view: View) -> int:
    """The bytes that this person may send to a view; strangers to one that says it takes files."""
    kind = getattr(view, "takes_file", FORM)
    permission = getattr(view, "permission", PUBLIC)
    may = permission == PUBLIC or (
        permission in permission_table() and request.actor.may(permission)
    )
    return settings.UPLOAD_MAX_BYTES[kind if may else FORM]


def _announced(request: HttpRequest) -> int:
    """The length as Django will understand it when it reads the body."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0
