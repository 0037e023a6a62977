"""Stored files as downloads."""

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header

from ipaportal.core.files import open_stored, why_forgotten


def stored_file(
    sha256: str, name: str, content_type: str = "application/octet-stream"
) -> HttpResponseBase:
    """A stored file as a download, never opened in the portal's own origin; or why it is gone."""
    if (why := why_forgotten(sha256)) is not None:
        return HttpResponse(why, "text/plain; charset=utf-8", status=410)
    answer = StreamingHttpResponse(open_stored(sha256), content_type)
    answer["Content-Disposition"] = content_disposition_header(True, name)
    return answer
