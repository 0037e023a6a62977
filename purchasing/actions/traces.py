"""What an investigator is given of a product: every receipt, every serial, every paper, signed."""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime

from ipaportal.audit.actions import action, record
from ipaportal.audit.packets import signed_packet
from ipaportal.core.actors import Actor
from ipaportal.core.files import read_stored, why_forgotten
from ipaportal.core.packets import rows_csv
from ipaportal.core.refusals import Refused
from purchasing.models import Receipt
from purchasing.queries.traces import Traced, papers_of, traced
from purchasing.rules.dscsa import ANSWER_CITATION, KEPT_CITATION

MOST_RECEIPTS = 5_000
RECEIPTS = ["receipt", "received", "practice", "office", "city", "state", "item", "NDC", "lot",
            "expires", "packs", "damaged", "supplier", "purchase order", "serials",
            "papers"]  # fmt: skip
README = """Where a product went: {what}, as it was known on {now}.

receipts.csv   every receipt that fits: who received what, when, from whom, lot and expiry
serials.csv    every package that was scanned: GTIN and serial, and the receipt that it is of
papers/        transaction information and statements as they came, named by their SHA-256
index.csv      which paper is about which receipt
manifest.txt   the SHA-256 of every file, signed; manifest.key, the public key; verify.py checks

Papers are kept six years ({kept}). A request of this kind is answered within two business days,
48 hours ({answer}). A receipt without a paper says so in receipts.csv; what a ship notice (856)
said stands with the notice. Patients are in no file: the portal ends at the practice.
"""


class SayWhat(Refused):
    def __init__(self) -> None:
        super().__init__(
            "Say a product, a lot or a serial. Nothing was written: a packet of everything is "
            "nobody's request."
        )


class NothingTraced(Refused):
    def __init__(self) -> None:
        super().__init__("Nothing that was received fits. Nothing was written.")


class TooManyReceipts(Refused):
    def __init__(self, count: int) -> None:
        super().__init__(
            f"{count:,} receipts fit, and a packet holds {MOST_RECEIPTS:,}. Nothing was written. "
            "Name a lot, or fewer days."
        )


@action("purchasing.take_traces")
def take_trace(*, actor: Actor, asked: Traced, now: datetime) -> bytes:
    """
    Write the packet of a product, lot or serial.

    :raises SayWhat: if nothing is asked for
    :raises NothingTraced: if nothing fits
    :raises TooManyReceipts: if too much does
    """
    if asked.is_empty:
        raise SayWhat
    found = list(traced(actor=actor, asked=asked)[: MOST_RECEIPTS + 1])
    if not found:
        raise NothingTraced
    if len(found) > MOST_RECEIPTS:
        raise TooManyReceipts(traced(actor=actor, asked=asked).count())
    text = README.format(
        what=asked.words(), now=now.strftime("%Y-%m-%d %H:%M UTC"), kept=KEPT_CITATION,
        answer=ANSWER_CITATION,
    )  # fmt: skip
    index, files = _papers(found)
    data = signed_packet(
        [asked.words()],
        [("README.txt", text.encode()), ("receipts.csv", rows_csv([RECEIPTS, *map(_row, found)])),
         ("serials.csv", rows_csv([["receipt", "GTIN", "serial"], *_serials(found)])),
         ("index.csv", rows_csv([["receipt", "file", "name", "information", "statement", "lot"],
                                 *index])), *files],
    )  # fmt: skip
    record(
        actor=actor, action="purchasing.trace.taken", of=asked.words(), receipts=len(found),
        sha256=hashlib.sha256(data).hexdigest(),
    )  # fmt: skip
    return data


def _row(one: Receipt) -> list[object]:
    line, version = one.line, one.line.order_item.version
    return [
        one.pk, one.recorded_at.date(), line.practice.name, line.location.line, line.location.city,
        line.location.state, str(line.order_item), version.ndc, one.lot, one.expires_date or "",
        one.packs, one.damaged, str(line.purchase.supplier), line.purchase.number, one.scanned,
        len(papers_of(one)) or "none kept",
    ]  # fmt: skip


def _serials(found: Iterable[Receipt]) -> Iterator[list[object]]:
    for one in found:
        for package in one.serials.all():
            yield [one.pk, package.gtin, package.serial]


def _papers(found: Iterable[Receipt]) -> tuple[list[list[object]], list[tuple[str, bytes]]]:
    """Which paper is about which receipt, and each paper once."""
    index, files = [], {}
    for one in found:
        for paper in papers_of(one):
            gone = why_forgotten(paper.sha256)
            name = f"papers/{paper.sha256}"
            if gone is None and name not in files:
                files[name] = read_stored(paper.sha256)
            index.append([one.pk, gone or name, paper.name, _yes(paper.has_information),
                          _yes(paper.has_statement), paper.lot])  # fmt: skip
    return index, list(files.items())


def _yes(value: bool) -> str:
    return "yes" if value else "no"
