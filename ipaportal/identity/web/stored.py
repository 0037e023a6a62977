"""Files as downloads, stored ones and those that were just made."""

import re
from typing import TypeVar

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse

from ipaportal.core.files import open_stored, why_forgotten

Answer = TypeVar("Answer", bound=HttpResponseBase)


def stored_file(
    sha256: str, name: str, content_type: str = "application/octet-stream"
) -> HttpResponseBase:
    """A stored file as a download, never opened in the portal's own origin; or why it is gone."""
    if (why := why_forgotten(sha256)) is not None:
        return HttpResponse(why, "text/plain; charset=utf-8", status=410)
    return named(StreamingHttpResponse(open_stored(sha256), content_type), name)


def made_file(data: bytes | str, name: str, content_type: str) -> HttpResponse:
    """What was just made, as a download."""
    return named(HttpResponse(data, content_type), name)


def named(answer: Answer, name: str) -> Answer:
    """
    Let an answer be saved under a name, not opened.

    People name files; what a shell, a spreadsheet or a browser reads into a name is left out.
    """
    plain = re.sub(r"[^\w.-]+", "_", name, flags=re.ASCII).strip("_") or "file"
    answer["Content-Disposition"] = f'attachment; filename="{plain}"'
    return answer
