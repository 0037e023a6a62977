"""Letters to people whom a breach affects, as one PDF."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from compliance.formats.affected_people import Affected
from compliance.rules.breaches import LETTER_PARTS
from ipaportal.core.pdfs import render_pdf

TEMPLATE = Path(__file__).with_name("breach_letter.typ")
TITLE = "About your health information"


def letters_pdf(
    sender: str, people: Sequence[Affected], told: Mapping[str, str], day: str
) -> bytes:
    """A page or two to each person, in the words of the notice."""
    data = {
        "from": sender,
        "date": day,
        "title": TITLE,
        "people": [{"name": one.name, "lines": one.lines} for one in people],
        "parts": [[head, told[key].split("\n")] for key, head in LETTER_PARTS.items()],
    }
    return render_pdf(TEMPLATE, data)
