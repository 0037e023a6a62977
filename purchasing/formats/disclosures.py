"""What a practice is told of suppliers' fees, as an accessible PDF (tagged, PDF/UA-1)."""

from collections.abc import Mapping
from pathlib import Path

from ipaportal.core.pdfs import render_pdf

TEMPLATE = Path(__file__).with_name("disclosure.typ")


def render_disclosure(content: Mapping[str, object]) -> bytes:
    """
    Write a disclosure as PDF; the same content gives the same bytes.

    :raises ValueError: if the document would not meet PDF/UA-1
    """
    return render_pdf(TEMPLATE, content)
