"""Packets for auditors: the cover grid of a file."""

import csv
import io
from collections.abc import Mapping

from ipaportal.core.exports import safe_text

COVER = ("element", "source", "performed", "as_of", "holds_until", "rule", "reviewer",
         "result", "passes", "why")  # fmt: skip


def cover_csv(cover: Mapping[str, object]) -> bytes:
    """The cover grid of a file: who and what was decided, then a line for each element."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    for name, value in cover["head"]:
        writer.writerow([safe_text(str(name)), safe_text(str(value))])
    writer.writerow([])
    writer.writerow(COVER)
    for row in cover["rows"]:
        writer.writerow([safe_text(str(row[name])) for name in COVER])
    return out.getvalue().encode()
