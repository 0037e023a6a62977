"""Counting what came: by hand, or from the codes on packages; each lot is a receipt of its own."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.locks import lock
from ipaportal.core.refusals import NotPermitted, Refused
from ipaportal.core.scopes import EVERYBODY, seeing
from purchasing.actions.commitment_checks import Ask, keep_refused
from purchasing.formats.gs1 import read_code
from purchasing.models import (
    GateRefusal,
    PurchaseLine,
    PurchaseOrder,
    Receipt,
    ReceiptSerial,
    Site,
    Trouble,
)
from purchasing.queries.awards import door_refusals, lines_of
from purchasing.queries.recalls import recalled_lot
from purchasing.queries.scans import (
    gone_back,
    known_codes,
    known_serials,
    newest_packages,
    wanted_lines,
)
from purchasing.queries.troubles import has_papers
from purchasing.rules.dscsa import papers_are_due
from purchasing.rules.gates import Refusal, Stage
from purchasing.rules.scans import (
    BadScan,
    Scan,
    Sorted,
    is_short_dated,
    short_words,
    sort_scans,
)
from purchasing.rules.troubles import Kind

RECEIVE = "purchasing.receive_packs"
MOST_SCANS = 500


class NotExpected(Refused):
    """More than is still expected, or from an order that is not on its way."""

    def __init__(self, left: int) -> None:
        super().__init__(
            f"{left} packs are still expected. Nothing was recorded. If more came than was "
            "ordered, keep it apart and tell the IPA."
        )


class LotMissing(Refused):
    def __init__(self) -> None:
        super().__init__(
            "Lot and expiry of this item are recorded, so that a recall finds it. Nothing was "
            "recorded. Read both off the package."
        )


class AlreadyExpired(Refused):
    def __init__(self, day: date) -> None:
        super().__init__(
            f"It expired on {day}. Nothing was recorded as in order. Record it as damaged, keep it "
            "apart and tell the IPA."
        )


class RecalledLot(Refused):
    """What came is of a lot that is recalled."""

    def __init__(self, number: str, lot: str) -> None:
        what = f"Lot {lot}" if lot else "A package of these"
        super().__init__(
            f"{what} is recalled ({number}). Nothing was recorded as in order. Do not use it: "
            "record it as damaged, keep it apart and tell the IPA."
        )


class NotAtThisDoor(Refused):
    """An office or a seller that may not: the goods are kept apart."""

    def __init__(self, refusals: list[Refusal], ask: Ask | None = None) -> None:
        why = " ".join(one.words() for one in refusals)
        super().__init__(
            f"{why} Nothing was recorded as in order. Report it as refused here, and keep it apart "
            "until the IPA decides."
        )
        self.refusals, self.ask = refusals, ask


class PapersMissing(Refused):
    """A pharmacy takes in no drug without its transaction information and statement."""

    def __init__(self) -> None:
        super().__init__(
            "Its transaction information and statement are not here, and an in-office pharmacy "
            "takes in no drug without them (21 U.S.C. 360eee-1(d)(1)). Nothing was recorded. Add "
            "the papers that came with it; if none did, report it as “without its transaction "
            "statement” and keep it apart."
        )


class SerialTaken(Refused):
    """A serial that was received before, by whomever: no two packages have one."""

    def __init__(self, serials: Sequence[str]) -> None:
        super().__init__(
            f"Serial {', '.join(serials)} was received before, and a serial is one package's "
            "alone. Nothing was recorded. Do not use the package: keep it apart and tell the IPA "
            "that it may be a suspect product."
        )


class NothingScanned(Refused):
    def __init__(self) -> None:
        super().__init__(
            "None of these codes can be counted. Nothing was recorded. Beside each stands why."
        )


class ScansChanged(Refused):
    """What would be recorded is not what the receiver saw."""

    def __init__(self) -> None:
        super().__init__(
            "Somebody counted some of this meanwhile. Nothing was recorded. Look at what would be "
            "recorded now."
        )


def receive(
    *,
    actor: Actor,
    line_id: int,
    packs: int,
    damaged: int,
    lot: str,
    expires_date: date | None,
    note: str,
    now: datetime,
    today: date,
) -> Receipt:
    """
    Record what came for an office; what is damaged is still owed.

    :raises NotPermitted: if the line is not theirs
    :raises NotExpected: if more came than is expected
    :raises LotMissing: if lot and expiry have to be recorded
    :raises AlreadyExpired: if what is taken as in order is over its expiry
    :raises RecalledLot: if what is taken as in order is of a recalled lot
    """
    try:
        return count_packs(
            actor=actor, line_id=line_id, packs=packs, damaged=damaged, lot=lot,
            expires_date=expires_date, note=note, now=now, today=today,
        )  # fmt: skip
    except NotAtThisDoor as closed:
        keep_door_refusals(actor=actor, closed=closed, now=now)
        raise


@action(RECEIVE)
def keep_door_refusals(*, actor: Actor, closed: NotAtThisDoor, now: datetime) -> list[GateRefusal]:
    """Keep what gates refused at the door, and why, though nothing else was changed."""
    return keep_refused(actor, closed.ask, closed.refusals, Stage.RECEIPT, now)


@action(RECEIVE)
def count_packs(
    *,
    actor: Actor,
    line_id: int,
    packs: int,
    damaged: int,
    lot: str,
    expires_date: date | None,
    note: str,
    now: datetime,
    today: date,
) -> Receipt:
    """Record what came for an office, or nothing at all; `receive` keeps what gates refused."""
    return take_in(
        actor, locked_line(actor, line_id), packs=packs, damaged=damaged, lot=lot,
        expires_date=expires_date, note=note, now=now, today=today,
    )  # fmt: skip


def locked_line(actor: Actor, line_id: int) -> PurchaseLine:
    """A line of theirs that nobody else counts on now."""
    lock("purchase line", line_id)  # a practice may not change the row: it is not the row's lock
    line = lines_of(actor=actor).filter(pk=line_id).first()
    if line is None:
        raise NotPermitted(actor.name, RECEIVE)
    return line


def take_in(
    actor: Actor,
    line: PurchaseLine,
    *,
    packs: int,
    damaged: int,
    lot: str,
    expires_date: date | None,
    note: str,
    now: datetime,
    today: date,
    is_released: bool = False,
    serials: Sequence[str] = (),
) -> Receipt:
    """
    Record a receipt on a line that is locked, after all that may stand against it.

    What somebody released is not asked for its papers and licences again. What is damaged, and
    what expires soon, is put before staff.
    """
    left = line.due - line.received
    if packs > left or line.purchase.status != PurchaseOrder.Status.SENT:
        raise NotExpected(left)
    if line.order_item.version.lot_tracked and packs and not (lot and expires_date):
        raise LotMissing
    if packs and expires_date is not None and expires_date < today:
        raise AlreadyExpired(expires_date)
    recall = recalled_lot(line.order_item.version, lot, serials) if packs else None
    if recall is not None:
        raise RecalledLot(recall.number, lot)
    if packs and not is_released:
        _check_door(line, packs, lot, today)
    made = Receipt.objects.create(
        line=line,
        packs=packs,
        damaged=damaged,
        lot=lot.upper(),
        expires_date=expires_date,
        note=note,
        recorded_by_id=actor.user_id,
        recorded_by_name=actor.name,
        recorded_at=now,
    )
    record(actor=actor, action="purchasing.receipt.recorded", subject=made, packs=packs)
    _report(made, today)
    return made


def _check_door(line: PurchaseLine, packs: int, lot: str, today: date) -> None:
    """
    Ask at the door what was asked before sending: the office, the seller, and the papers.

    :raises NotAtThisDoor: if the office may not take it in, or its seller may not sell it
    :raises PapersMissing: if a pharmacy has no transaction information and statement of it
    """
    version = line.order_item.version
    with seeing(EVERYBODY):  # whether a list names somebody is known to staff only
        refusals = door_refusals(line, today)
    if refusals:
        where = line.commitment.location
        raise NotAtThisDoor(refusals, Ask(line.order_item, where, packs, 0, None, None, None))
    site = Site.objects.filter(location=line.location_id).first()
    is_pharmacy = bool(site and site.is_pharmacy)
    if papers_are_due(version.kind, is_rx=version.is_rx, is_pharmacy=is_pharmacy) and not (
        has_papers(line, lot)
    ):
        raise PapersMissing


def _report(receipt: Receipt, today: date) -> None:
    """Put before staff what a count says by itself."""
    base = {
        "line": receipt.line, "receipt": receipt, "lot": receipt.lot,
        "expires_date": receipt.expires_date, "reported_by_id": receipt.recorded_by_id,
        "reported_by_name": receipt.recorded_by_name, "reported_at": receipt.recorded_at,
    }  # fmt: skip
    if receipt.damaged:
        note = receipt.note or "counted as damaged or wrong"
        Trouble.objects.create(kind=Kind.DAMAGED, packs=receipt.damaged, note=note, **base)
    if receipt.packs and is_short_dated(receipt.expires_date, today):
        told = short_words(receipt.expires_date, today)
        Trouble.objects.create(kind=Kind.SHORT_DATED, packs=receipt.packs, note=told, **base)


def sorted_texts(
    *, actor: Actor, texts: Sequence[str], location_id: int | None, today: date
) -> Sorted:
    """What would become of codes that were scanned in somebody's office; nothing is recorded."""
    scans = [(text, _read(text, today)) for text in texts[:MOST_SCANS]]
    pairs = [(one.gtin, one.serial) for _, one in scans if isinstance(one, Scan) and one.serial]
    return sort_scans(
        scans,
        wanted_lines(actor=actor, location_id=location_id),
        known_codes(),
        known_serials(actor=actor, pairs=pairs),
        today,
    )


def _read(text: str, today: date) -> Scan | BadScan:
    try:
        return read_code(text, today)
    except BadScan as bad:
        return bad


def receive_scanned(
    *,
    actor: Actor,
    texts: Sequence[str],
    location_id: int | None,
    seen_packs: int,
    now: datetime,
    today: date,
) -> list[Receipt]:
    """
    Record what was scanned, a receipt for each line and lot; codes that were refused stay out.

    :raises NothingScanned: if no code can be counted
    :raises ScansChanged: if more or fewer packs would be recorded than the receiver saw
    :raises SerialTaken: if somebody else received one of the packages
    """
    try:
        return count_scanned(
            actor=actor, texts=texts, location_id=location_id, seen_packs=seen_packs, now=now,
            today=today,
        )  # fmt: skip
    except NotAtThisDoor as closed:
        keep_door_refusals(actor=actor, closed=closed, now=now)
        raise


@action(RECEIVE)
def count_scanned(
    *,
    actor: Actor,
    texts: Sequence[str],
    location_id: int | None,
    seen_packs: int,
    now: datetime,
    today: date,
) -> list[Receipt]:
    """Record what was scanned, or nothing at all; `receive_scanned` keeps what gates refused."""
    found = sorted_texts(actor=actor, texts=texts, location_id=location_id, today=today)
    if not found.parcels:
        raise NothingScanned
    if sum(one.packs for one in found.parcels) != seen_packs:
        raise ScansChanged
    made = []
    for one in sorted(found.parcels, key=lambda one: one.key):
        line = locked_line(actor, one.key)
        receipt = take_in(
            actor, line, packs=one.packs, damaged=0, lot=one.lot, expires_date=one.expires,
            note="scanned", now=now, today=today, serials=[serial for _, serial in one.codes],
        )  # fmt: skip
        _keep_serials(receipt, one.codes)
        made.append(receipt)
    return made


def _keep_serials(receipt: Receipt, codes: Sequence[tuple[str, str]]) -> None:
    """
    Keep each package's serial; one that anybody has already is refused, whoever sees it.

    What went back to its supplier may come again, to whomever, once after each going.
    """
    with seeing(EVERYBODY):  # whose it was is not told
        before = newest_packages(codes)
        back = gone_back(before.values())
    rows = [
        ReceiptSerial(
            receipt=receipt, gtin=gtin, serial=serial, again_of_id=_gone(before, back, gtin, serial)
        )
        for gtin, serial in codes
    ]
    ReceiptSerial.objects.bulk_create(rows, ignore_conflicts=True)
    kept = set(receipt.serials.values_list("gtin", "serial"))
    lost = [serial for gtin, serial in codes if (gtin, serial) not in kept]
    if lost:
        raise SerialTaken(lost)


def _gone(
    before: Mapping[tuple[str, str], ReceiptSerial], back: Collection[int], gtin: str, serial: str
) -> int | None:
    """Of which earlier coming this is another, if that went back; nothing lets it be refused."""
    one = before.get((gtin, serial))
    return one.pk if one is not None and one.pk in back else None
