"""The certificate of a screening as an accessible PDF (tagged, PDF/UA-1)."""

from collections.abc import Mapping
from pathlib import Path

from ipaportal.core.pdfs import render_pdf

TEMPLATE = Path(__file__).with_name("screening_certificate.typ")


def render_certificate(data: Mapping[str, object]) -> bytes:
    """
    Write the certificate; the same figures give the same bytes.

    :raises ValueError: if the document would not meet PDF/UA-1
    """
    return render_pdf(TEMPLATE, data)
