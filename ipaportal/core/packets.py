"""Packets for strangers: a zip whose bytes depend on nothing but what is in it, its manifest."""

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence

from ipaportal.core.exports import safe_text

# The zip's own times: those of files would make the same packet two different ones.
STILL = (1980, 1, 1, 0, 0, 0)


def rows_csv(rows: Iterable[Sequence[object]]) -> bytes:
    """Rows as a CSV in which no cell is a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerows([safe_text(str(value)) for value in row] for row in rows)
    return out.getvalue().encode()


def manifest_text(origin: str, head: Sequence[str], entries: Iterable[Sequence[str]]) -> str:
    """What is signed: the name of the log, what the packet is, then a hash and a name a line."""
    lines = [origin, *head, *(f"{sha256}  {name}" for name, sha256 in entries)]
    return "".join(f"{' '.join(line.split(chr(10)))}\n" for line in lines)


def write_packet(files: Iterable[tuple[str, bytes]]) -> bytes:
    """The zip, in the order given."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            info = zipfile.ZipInfo(name, STILL)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            archive.writestr(info, data)
    return out.getvalue()
