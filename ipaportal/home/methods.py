"""No page is asked for in any other way than browsers ask."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

METHODS = ("GET", "HEAD", "POST")


class MethodMiddleware:
    """
    Refuse every method but GET, HEAD and POST, with 405 and no body.

    A view that tells `POST` from the rest is never reached by a PUT or a DELETE: for it they would
    be looks, which nothing guards against forging.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in METHODS:
            return HttpResponseNotAllowed(METHODS)
        return self.get_response(request)
