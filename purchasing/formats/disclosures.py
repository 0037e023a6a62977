"""What a practice is told of suppliers' fees, as an accessible PDF (tagged, PDF/UA-1)."""

import json
from collections.abc import Mapping
from pathlib import Path

import typst

TEMPLATE = Path(__file__).with_name("disclosure.typ")


def render_disclosure(content: Mapping[str, object]) -> bytes:
    """
    Write a disclosure as PDF; the same content gives the same bytes.

    :raises ValueError: if the document would not meet PDF/UA-1
    """
    try:
        return typst.compile(
            str(TEMPLATE),
            root=str(TEMPLATE.parent),
            sys_inputs={"data": json.dumps(content)},
            pdf_standards=["ua-1"],
            ignore_system_fonts=True,
        )
    except typst.TypstError as error:
        raise ValueError(f"The PDF could not be made: {error}") from error
