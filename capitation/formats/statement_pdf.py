"""A statement as an accessible PDF (tagged, PDF/UA-1), from the same figures as its page."""

from collections.abc import Mapping
from pathlib import Path

from ipaportal.core.pdfs import render_pdf

TEMPLATE = Path(__file__).with_name("statement.typ")


def render_statement(data: Mapping[str, object]) -> bytes:
    """
    Write a statement as PDF; the same figures give the same bytes.

    :raises ValueError: if the document would not meet PDF/UA-1
    """
    return render_pdf(TEMPLATE, data)
