"""A signed application and a letter as accessible PDFs (tagged, PDF/UA-1)."""

import json
from collections.abc import Mapping
from pathlib import Path

import typst

APPLICATION = Path(__file__).with_name("application.typ")
LETTER = Path(__file__).with_name("letter.typ")


def render_application(data: Mapping[str, object]) -> bytes:
    """
    Write a signed application as PDF; the same answers give the same bytes.

    :raises ValueError: if the document would not meet PDF/UA-1
    """
    return _render(APPLICATION, data)


def render_letter(data: Mapping[str, object]) -> bytes:
    """
    Write a letter as PDF: to whom, about what, paragraphs, a date by which to answer.

    :raises ValueError: if the document would not meet PDF/UA-1
    """
    return _render(LETTER, data)


def _render(template: Path, data: Mapping[str, object]) -> bytes:
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
