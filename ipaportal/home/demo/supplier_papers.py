"""What a supplier of the demo sends back: answers, ship notices and invoices as X12."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from ipaportal.core.actors import Actor
from ipaportal.core.money import round_cents
from ipaportal.core.values import amount_text
from ipaportal.core.x12_writing import Interchange, Writer
from purchasing.actions.trade import take_papers
from purchasing.models import PurchaseVersion

VERSION = "004010"
GROUPS = {"855": "PR", "856": "SH", "810": "IN"}


@dataclass(frozen=True)
class Sent:
    """Some packs of a line: to which office, of which lot, or in which status."""

    line: int
    packs: int
    unit: str = "BX"
    price: Decimal = Decimal(0)
    goods: tuple[str, ...] = ()
    """Qualifier and number, one after the other."""
    site: str = ""
    status: str = "IA"
    lot: str = ""
    expires: date | None = None


@dataclass(frozen=True)
class Sender:
    """Who sends, when, and under which number of theirs."""

    their_id: str
    our_id: str
    now: datetime
    control_number: int
    qualifier: str = "ZZ"

    def writer(self, kind: str) -> Writer:
        """A file of a kind, begun."""
        written = Writer(
            Interchange(
                self.their_id, self.our_id, self.now, self.control_number, GROUPS[kind], VERSION,
                sender_qualifier=self.qualifier,
            )
        )  # fmt: skip
        written.begin(kind)
        return written


def _done(writer: Writer) -> bytes:
    writer.end()
    return writer.close()


def _day(day: date) -> str:
    return f"{day:%Y%m%d}"


def answer(sender: Sender, order: str, lines: Sequence[Sequence[Sent]], kind: str = "AD") -> bytes:
    """An 855: for each line of the order its answers."""
    writer = sender.writer("855")
    writer.segment("BAK", "00", kind, order, _day(sender.now.date()))
    for answers in lines:
        first = answers[0]
        packs = sum(one.packs for one in answers)
        writer.segment("PO1", str(first.line), str(packs), first.unit, amount_text(first.price), "",
                       *first.goods)  # fmt: skip
        for one in answers:
            writer.segment("ACK", one.status, str(one.packs), one.unit)
    return _done(writer)


def notice(sender: Sender, number: str, order: str, lines: Sequence[Sent]) -> bytes:
    """An 856: what is on its way to which office, with lots, and the DSCSA statement."""
    writer = sender.writer("856")
    segment = writer.segment
    segment("BSN", "00", number, _day(sender.now.date()), f"{sender.now:%H%M}")
    segment("HL", "1", "", "S")
    segment("TD5", "", "2", "PARCEL")
    segment("REF", "CN", f"TRK{number}")
    segment("DTM", "011", _day(sender.now.date()))
    segment("YNQ", "", "Y")
    segment("HL", "2", "1", "O")
    segment("PRF", order)
    for place, one in enumerate(lines, start=3):
        segment("HL", str(place), "2", "I")
        segment("LIN", str(one.line), *one.goods)
        segment("SN1", str(one.line), str(one.packs), one.unit)
        if one.lot:
            segment("REF", "LT", one.lot)
        if one.expires:
            segment("DTM", "036", _day(one.expires))
        if one.site:
            segment("N1", "ST", "", "92", one.site)
    return _done(writer)


def invoice(
    sender: Sender, number: str, order: str, lines: Sequence[Sent], freight_cents: int = 0
) -> bytes:
    """An 810: what is asked for which packs, and freight."""
    writer = sender.writer("810")
    segment = writer.segment
    segment("BIG", _day(sender.now.date()), number, "", order)
    segment("CUR", "SE", "USD")
    for one in lines:
        segment("IT1", str(one.line), str(one.packs), one.unit, amount_text(one.price), "",
                *one.goods)  # fmt: skip
    total = sum(round_cents(one.price * one.packs) for one in lines) + freight_cents
    segment("TDS", str(total))
    if freight_cents:
        segment("SAC", "C", "D240", "", "", str(freight_cents), *[""] * 9, "Freight")
    return _done(writer)


@dataclass(frozen=True)
class Parcel:
    """What is in a delivery: the lot of each of our lines, when it expires, and when it left."""

    lots: dict[int, str]
    expires: date
    now: datetime


def answer_and_ship(actor: Actor, version: PurchaseVersion, parcel: Parcel) -> None:
    """Answer an order as it was ordered, and announce it to each of its offices."""
    told = version.content
    sender = _sender(version, 1, parcel.now - timedelta(days=1))
    answers = [[_sent(line, line["packs"])] for line in told["lines"]]
    _take(actor, version, answer(sender, told["number"], answers), "855", sender.now)
    sender = _sender(version, 2, parcel.now)
    lines = [
        replace(_sent(line, part["packs"]), site=part["site"], lot=parcel.lots[part["line"]],
                expires=parcel.expires if parcel.lots[part["line"]] else None)
        for line in told["lines"]
        for part in line["parts"]
    ]  # fmt: skip
    number = f"SH-{version.pk:05}"
    _take(actor, version, notice(sender, number, told["number"], lines), "856", parcel.now)


def bill(
    actor: Actor,
    version: PurchaseVersion,
    now: datetime,
    freight_cents: int,
    own_numbers: Mapping[str, str],
) -> None:
    """Invoice an order whole, maybe with freight, some of it by the supplier's own numbers."""
    told = version.content
    lines = [_sent(line, line["packs"]) for line in told["lines"]]
    lines = [
        replace(one, line=0, goods=("VN", own_numbers[line["code"]]))
        if line["code"] in own_numbers
        else one
        for one, line in zip(lines, told["lines"], strict=True)
    ]
    data = invoice(
        _sender(version, 3, now), f"INV-{version.pk:05}", told["number"], lines, freight_cents
    )
    _take(actor, version, data, "810", now)


def _sender(version: PurchaseVersion, number: int, now: datetime) -> Sender:
    edi = version.content["edi"]
    return Sender(edi["their_id"], edi["our_id"], now, version.pk * 10 + number)


def _sent(line: dict, packs: int) -> Sent:
    goods = ("N4", line["ndc11"]) if line["ndc11"] else ("IN", line["code"])
    return Sent(line["number"], packs, line["unit"], Decimal(line["price"]), goods)


def _take(actor: Actor, version: PurchaseVersion, data: bytes, kind: str, now: datetime) -> None:
    take_papers(
        actor=actor, supplier_id=version.purchase.supplier_id, data=data, now=now,
        file_name=f"{version.content['number']}.{kind}",
    )  # fmt: skip
