"""Answers that are files for the bank: never kept by a browser, never guessed at."""

from django.http import HttpResponse


def bank_file(
    data: bytes, name: str, content_type: str = "text/plain; charset=ascii"
) -> HttpResponse:
    """A file for the bank under a name of ours."""
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(data, content_type=content_type, headers=headers)
