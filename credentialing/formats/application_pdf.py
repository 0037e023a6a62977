"""A signed application and a letter as accessible PDFs (tagged, PDF/UA-1)."""

from collections.abc import Mapping
from pathlib import Path

from ipaportal.core.pdfs import render_pdf

APPLICATION = Path(__file__).with_name("application.typ")
LETTER = Path(__file__).with_name("letter.typ")


def render_application(data: Mapping[str, object]) -> bytes:
    """
    Write a signed application as PDF; the same answers give the same bytes.

    :raises ValueError: if the document would not meet PDF/UA-1
    """
    return render_pdf(APPLICATION, data)


def render_letter(data: Mapping[str, object]) -> bytes:
    """
    Write a letter as PDF: to whom, about what, paragraphs, a date by which to answer.

    :raises ValueError: if the document would not meet PDF/UA-1
    """
    return render_pdf(LETTER, data)
