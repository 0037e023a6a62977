"""A member's account of disclosures as an accessible PDF (tagged, PDF/UA-1)."""

from collections.abc import Mapping
from pathlib import Path

from ipaportal.core.pdfs import render_pdf

TEMPLATE = Path(__file__).with_name("accounting.typ")


def render_account(data: Mapping[str, object]) -> bytes:
    """
    Write an account as PDF; the same lines give the same bytes.

    :raises ValueError: if the document would not meet PDF/UA-1
    """
    return render_pdf(TEMPLATE, data)
