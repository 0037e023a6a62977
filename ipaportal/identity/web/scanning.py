"""The hook for a virus scanner: where settings.CLAMD names one, it looks at every file first."""

import logging
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from ipaportal.core.clamd import NoAnswer, scan
from ipaportal.core.refusals import Refused
from ipaportal.identity.web.limits import SAFE
from ipaportal.identity.web.uploads import refused_upload

log = logging.getLogger("ipaportal.scanning")


class VirusFound(Refused):
    """The scanner knows what is in a file."""

    def __init__(self, number: int) -> None:
        super().__init__(
            f"The virus scanner found something in file {number} of what you sent. Nothing was "
            "received. Do not open the file; tell whoever looks after your computer, and ask the "
            "sender for a clean one."
        )


class NotScanned(Refused):
    """The scanner could not look at a file, so that nobody knows what is in it."""

    def __init__(self) -> None:
        super().__init__(
            "The virus scanner could not look at what you sent. Nothing was received. Try again "
            "in some minutes, and if it stays so tell whoever runs the portal."
        )


class ScanMiddleware:
    """
    Let the scanner look at each file that a person sends, before a view has it.

    What cannot be looked at is refused: a scanner that is away lets nothing through.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view, args, kwargs) -> HttpResponse | None:
        if not settings.CLAMD or request.method in SAFE or request.actor.user_id is None:
            return None
        files = [file for _, sent in sorted(request.FILES.lists()) for file in sent]
        for number, file in enumerate(files, 1):
            try:
                found = scan(settings.CLAMD, file.chunks())
            except NoAnswer as failure:
                log.error("%s", failure)
                return refused_upload(request, NotScanned(), 503, why=str(failure))
            file.seek(0)
            if found:
                return refused_upload(request, VirusFound(number), 422, found=found)
        return None
