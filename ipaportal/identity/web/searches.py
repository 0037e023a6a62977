"""What people search for stays out of addresses: a key leads to it, in their session alone."""

import secrets
from base64 import b64decode, b64encode
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from ipaportal.core.encryption import KeysMissing, decrypt, encrypt, place
from ipaportal.core.refusals import Refused

# Addresses stand in logs and in the history of shared computers; names and MBIs must not.
KEY, TEXT = "find", "q"
MOST_KEPT = 20
MOST_LETTERS = 200
_SESSION = "searches"
_PLACE = place("django_session", "session_data", "searches")


class SearchEnded(Refused):
    """The key is of another session, or older than the searches that are kept."""

    def __init__(self) -> None:
        super().__init__(
            "This search has ended: what you look for is kept for your session only, never in an "
            "address. Nothing is shown. Search again."
        )


class NotText(Refused):
    """A NUL stands in the address: no text has one, and no database takes one."""

    def __init__(self) -> None:
        super().__init__(
            "The address holds a character that no text can hold. Nothing was looked up. "
            "Check the address, or start from the front page."
        )


def keep_search(request: HttpRequest, text: str) -> str:
    """Keep a text, encrypted, for this session; answers the key that stands for it."""
    key = secrets.token_urlsafe(9)
    sealed = b64encode(encrypt(text.replace("\0", "")[:MOST_LETTERS], _PLACE)).decode()
    kept = [*request.session.get(_SESSION, []), [key, sealed]]
    request.session[_SESSION] = kept[-MOST_KEPT:]
    return key


def address_query(request: HttpRequest) -> QueryDict:
    """This page's parameters as they may stand in an address: the key, never its text."""
    params = request.GET.copy()
    if KEY in params:
        params.pop(TEXT, None)
    return params


class SearchMiddleware:
    """Give views the text behind an address's key, as the parameter they know; refuse no text."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view, args, kwargs) -> HttpResponse | None:
        if any("\0" in value for values in request.GET.lists() for value in values[1]):
            return render(request, "refusal.html", {"refusal": NotText()}, status=400)
        if KEY not in request.GET or not request.user.is_authenticated:
            return None
        kept = dict(request.session.get(_SESSION, []))
        sealed = kept.get(request.GET[KEY])
        if sealed is None:
            return render(request, "refusal.html", {"refusal": SearchEnded()}, status=410)
        params = request.GET.copy()
        try:
            params[TEXT] = decrypt(b64decode(sealed), _PLACE)
        except KeysMissing:  # its key was retired; a search is not worth keeping one for
            return render(request, "refusal.html", {"refusal": SearchEnded()}, status=410)
        request.GET = params
        return None
