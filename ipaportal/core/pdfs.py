"""Accessible PDFs (tagged, PDF/UA-1) from a template and its data."""

import json
from collections.abc import Mapping
from pathlib import Path

import typst


def render_pdf(template: Path, data: Mapping[str, object]) -> bytes:
    """
    Write a template with its data as PDF; the same data give the same bytes.

    :raises ValueError: if the document would not meet PDF/UA-1
    """
    try:
        return typst.compile(
            str(template),
            root=str(template.parent),
            sys_inputs={"data": json.dumps(data)},
            pdf_standards=["ua-1"],
            ignore_system_fonts=True,
        )
    except typst.TypstError as error:
        raise ValueError(f"The PDF could not be made: {error}") from error
