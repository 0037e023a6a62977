"""The certificate of a screening as an accessible PDF (tagged, PDF/UA-1)."""

import json
from collections.abc import Mapping
from pathlib import Path

import typst

TEMPLATE = Path(__file__).with_name("screening_certificate.typ")


def render_certificate(data: Mapping[str, object]) -> bytes:
    """
    Write the certificate; the same figures give the same bytes.

    :raises ValueError: if the document would not meet PDF/UA-1
    """
    try:
        return typst.compile(
            str(TEMPLATE),
            root=str(TEMPLATE.parent),
            sys_inputs={"data": json.dumps(data)},
            pdf_standards=["ua-1"],
            ignore_system_fonts=True,
        )
    except typst.TypstError as error:
        raise ValueError(f"The PDF could not be made: {error}") from error
