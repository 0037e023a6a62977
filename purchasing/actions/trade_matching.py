"""Documents as rows: each line matched to a line of our order, or waiting with a reason."""

import hashlib
import json
from dataclasses import replace
from datetime import date

from ipaportal.core.money import dollars
from purchasing.formats.acknowledgement_855 import AckLine, Acknowledgement
from purchasing.formats.invoice_810 import Invoice, InvoiceLine
from purchasing.formats.ship_notice_856 import ShipLine, Shipment
from purchasing.formats.trade_documents import Goods
from purchasing.models import PurchaseOrder, TradeDocument, TradeFile, TradeLine
from purchasing.queries.trade import freight_left, order_lines, order_named, ordered_lines
from purchasing.rules import trade_matching as matching
from purchasing.rules.acknowledgements import Answered, Ordered, judge
from purchasing.rules.invoices import CORRECTED, REFUSED, TAKEN, WAITS, Asked, state_of
from purchasing.rules.invoices import judge as judge_invoice
from purchasing.rules.trade_answers import answer_words, next_step

MOST_SAID = 80  # nobody's number is longer; the bytes are kept beside it
WHOLE = {"AK": "accepted whole", "AT": "accepted whole"}
CREDIT = "A credit note is never taken by itself."
NOT_AGREED = "It is not what was agreed on."
FINANCE = "Have finance agree to it, or refuse the invoice."


def new_document(file: TradeFile, kind: str, **values: object) -> TradeDocument:
    """A document of a file, taken until one of its lines says otherwise."""
    return TradeDocument(
        file=file, supplier=file.supplier, kind=kind, state=TradeDocument.State.TAKEN, **values
    )


def said_of(goods: Goods, line: str, site: str = "") -> matching.Said:
    """What a line says of which goods it is about."""
    return matching.Said(
        line=line,
        ndc12=goods.ndc.ndc12 if goods.ndc else "",
        code=goods.value("IN", "BP", "PI"),
        sku=goods.sku,
        site=site,
    )


def _said(said: matching.Said, unit: str, **more: object) -> dict[str, object]:
    told = {"line": said.line, "ndc": said.ndc12, "code": said.code, "sku": said.sku,
            "site": said.site, "unit": unit}  # fmt: skip
    cut = {name: value[:MOST_SAID] for name, value in told.items() if value}
    return cut | {name: value[:MOST_SAID] if isinstance(value, str) else value
                  for name, value in more.items()}  # fmt: skip


def _waits(code: str, reason: str, step: str = matching.CHOOSE) -> dict[str, str]:
    return {"state": WAITS, "code": code, "reason": reason[:500], "next_step": step[:300]}


# Answers ----------------------------------------------------------------------------------------


def of_answer(file: TradeFile, told: Acknowledgement) -> tuple[TradeDocument, list[TradeLine]]:
    """An 855: what stands as it was ordered, and what a person must look at."""
    purchase = order_named(file.supplier_id, told.order_number)
    document = new_document(
        file, "855", number=told.order_number[:60], dated=told.acknowledged_on, purchase=purchase
    )
    if purchase is None:
        return _without_order(document, told.segment_no, len(told.lines))
    if not told.lines:
        return document, [_whole(document, told)]
    lines, known, left = [], order_lines(purchase), ordered_lines(purchase)
    seen = set()
    for one in told.lines:
        line = _answer_line(document, one, known, left)
        seen.add(line.order_item_id)
        lines.append(line)
    lines += [
        TradeLine(
            document=document, segment_no=told.segment_no, order_item_id=one.key,
            said={"answer": "not answered"},
            **_waits("unanswered", f"{one.name} is not answered.", next_step(judge(
                Ordered(one.packs, left[one.key].price), None, []), [])),
        )
        for one in known
        if one.key not in seen and one.packs
    ]  # fmt: skip
    return document, lines


def _whole(document: TradeDocument, told: Acknowledgement) -> TradeLine:
    words = WHOLE.get(told.kind, "rejected whole" if told.kind in ("RD", "RJ") else "")
    line = TradeLine(document=document, segment_no=told.segment_no, said={"answer": words})
    if told.kind in WHOLE:
        line.state = TAKEN
        return line
    reason = "The order is rejected whole." if words else "It answers no line."
    step = "Amend the order, or share out nought packs." if words else matching.ASK
    return _set(line, _waits("whole", reason, step))


def _set(line: TradeLine, values: dict[str, object]) -> TradeLine:
    for name, value in values.items():
        setattr(line, name, value)
    return line


def _answer_line(document: TradeDocument, one: AckLine, known, left) -> TradeLine:
    said = said_of(one.goods, one.line)
    found = matching.find(said, known)
    line = TradeLine(
        document=document, segment_no=one.segment_no, price=one.price, said=_said(said, one.unit)
    )
    if found.line is None:
        return _set(line, _waits("unmatched", found.reason))
    ours = found.line
    answers = [Answered(a.status, a.packs, _is_other(a.goods, ours)) for a in one.answers]
    judged = judge(Ordered(ours.packs, left[ours.key].price), one.price, answers)
    line.order_item_id, line.packs = ours.key, judged.accepted
    days = sorted(a.day.isoformat() for a in one.answers if a.day)
    line.said |= {"answer": answer_words(judged, answers), **({"day": days[-1]} if days else {})}
    if judged.may_stand:
        line.state = TAKEN
        return line
    reason = f"{ours.name}: {'; '.join(judged.questions)}."
    return _set(line, _waits("question", reason, next_step(judged, answers)))


def _is_other(goods: Goods, ours: matching.OrderLine) -> bool:
    return bool(goods.ndc and ours.ndc12 and goods.ndc.ndc12 != ours.ndc12)


def _without_order(
    document: TradeDocument, segment_no: int, size: int
) -> tuple[TradeDocument, list[TradeLine]]:
    reason = f"{matching.NO_ORDER} It is about {size} lines."
    said = {"answer": document.number}
    line = TradeLine(document=document, segment_no=segment_no, said=said)
    return document, [_set(line, _waits("no_order", reason, matching.ASK))]


# Ship notices -----------------------------------------------------------------------------------


def of_notice(file: TradeFile, told: Shipment) -> list[tuple[TradeDocument, list[TradeLine]]]:
    """An 856, a document for each order that it is of; each line is of an office."""
    found = []
    for number in dict.fromkeys(line.order_number for line in told.lines):
        lines = [line for line in told.lines if line.order_number == number]
        purchase = order_named(file.supplier_id, number)
        document = new_document(
            file, "856", number=told.number[:60], dated=told.shipped_on, purchase=purchase,
            content={"carrier": told.carrier, "tracking": list(told.tracking),
                     "statement": told.has_statement, "arrives": _iso(told.arrives_on)},
        )  # fmt: skip
        if purchase is None:
            found.append(_without_order(document, told.segment_no, len(lines)))
        else:
            known = order_lines(purchase)
            shipped = _shipped(purchase)
            found.append((document, [_ship_line(document, one, known, shipped) for one in lines]))
    return found


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def _shipped(purchase: PurchaseOrder) -> dict[int, int]:
    """Packs that were announced for each office's line before."""
    found: dict[int, int] = {}
    rows = TradeLine.objects.filter(document__purchase=purchase, document__kind="856", state=TAKEN)
    for row in rows.exclude(document__state=REFUSED):
        found[row.purchase_line_id] = found.get(row.purchase_line_id, 0) + row.packs
    return found


def _ship_line(document: TradeDocument, one: ShipLine, known, shipped: dict[int, int]) -> TradeLine:
    said = said_of(one.goods, one.line, one.site)
    line = TradeLine(
        document=document, segment_no=one.segment_no, packs=one.packs,
        said=_said(said, one.unit, lot=one.lot, expires=_iso(one.expires_on)),
    )  # fmt: skip
    return place_ship_line(line, matching.find(said, known), shipped)


def place_ship_line(line: TradeLine, found: matching.Found, shipped: dict[int, int]) -> TradeLine:
    """Give a line of a notice its office's line; whatever does not fit waits."""
    if found.line is None:
        return _set(line, _waits("unmatched", found.reason))
    line.order_item_id = found.line.key
    if found.part is None:
        why = f"{found.line.name} goes to several offices, and it does not say to which."
        return _set(line, _waits("no_office", why, "Ask the supplier, then set it aside."))
    unit = line.said.get("unit", "")
    if unit and unit != found.line.unit:
        why = f"It is counted in {unit[:4]}, and {found.line.unit} was ordered."
        return _set(line, _waits("wrong_pack", why, "Ask the supplier how many packs come."))
    _, line.purchase_line_id, due = found.part
    before = shipped.get(line.purchase_line_id, 0)
    if before + line.packs > due:
        more = f", after {before:,} before" if before else ""
        why = f"{line.packs:,} packs are announced{more}; the office expects {due:,}."
        return _set(line, _waits("above_order", why, "Ask the supplier before it comes."))
    shipped[line.purchase_line_id] = before + line.packs
    return _set(line, {"state": TAKEN, "code": "", "reason": "", "next_step": ""})


# Invoices ---------------------------------------------------------------------------------------


def of_invoice(file: TradeFile, told: Invoice) -> tuple[TradeDocument, list[TradeLine]]:
    """An 810: each line judged, each charge waiting; one line refused refuses it whole."""
    purchase = order_named(file.supplier_id, told.order_number)
    document = new_document(
        file, "810", number=told.number[:60], dated=told.invoiced_on, purchase=purchase,
        total_cents=-abs(told.total_cents) if told.is_credit else told.total_cents,
        content_sha256=content_digest(told),
        content={"order": told.order_number, "is_credit": told.is_credit},
    )  # fmt: skip
    lines = [_invoice_line(document, one, told) for one in told.lines]
    agreed = freight_left(purchase) if purchase else 0
    for charge in told.charges:
        what = charge.words or ("freight" if charge.is_freight else f"charge {charge.code}")
        line = TradeLine(
            document=document, segment_no=charge.segment_no, cents=charge.cents,
            said={"answer": what[:80]},
        )  # fmt: skip
        if charge.is_freight and 0 < charge.cents <= agreed:
            agreed -= charge.cents
            line.state, line.code = TAKEN, "charge"
            lines.append(line)
            continue
        more = (
            f" ${dollars(agreed)} of freight are agreed on." if charge.is_freight and agreed else ""
        )
        words = f"{what[:80].capitalize()}: {NOT_AGREED}{more}"
        lines.append(_set(line, _waits("charge", words, FINANCE)))
    if purchase is None:
        for line in lines:
            if line.code != "charge":
                _set(line, _waits("no_order", f"{matching.NO_ORDER} ({told.order_number[:30]})"))
    else:
        judge_lines(document, lines)
    return document, lines


def _invoice_line(document: TradeDocument, one: InvoiceLine, told: Invoice) -> TradeLine:
    said = said_of(one.goods, one.line, told.site)
    sign = -1 if told.is_credit else 1
    return TradeLine(
        document=document, segment_no=one.segment_no, packs=0 if told.is_credit else one.packs,
        price=one.price, cents=sign * one.cents, said=_said(said, one.unit, packs=one.packs),
    )  # fmt: skip


def content_digest(told: Invoice) -> str:
    """What an invoice asks for whatever its number is, so that it is not paid under another."""
    content = [
        told.order_number, told.site, _iso(told.invoiced_on), told.total_cents, told.is_credit,
        [[one.line, one.goods.qualified, one.packs, one.unit, str(one.price.normalize())]
         for one in told.lines],
        [[one.code, one.cents] for one in told.charges],
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def judge_lines(document: TradeDocument, lines: list[TradeLine]) -> None:
    """Judge an invoice's goods that nobody decided on, each with those before it in mind."""
    known, left = (
        order_lines(document.purchase),
        ordered_lines(document.purchase, but=document.pk or 0),
    )
    for line in lines:
        if line.code == "charge" or line.decided_at is not None:
            if line.order_item_id in left:
                _count(left, line)
            continue
        if document.content.get("is_credit"):
            _set(line, _waits("credit", CREDIT, FINANCE))
        if line.order_item_id is None:
            found = matching.find(matching.Said(**_who(line)), known)
            if found.line is None:
                _set(line, _waits("unmatched", found.reason))
                continue
            line.order_item_id = found.line.key
            line.purchase_line_id = found.part[1] if found.part else None
        if line.code == "credit":
            continue
        asked = Asked(line.packs, line.said.get("unit", ""), line.price)
        verdict = judge_invoice(asked, left[line.order_item_id])
        _set(line, {"state": verdict.state, "code": verdict.code, "reason": verdict.reason[:500],
                    "next_step": verdict.next_step[:300]})  # fmt: skip
        _count(left, line)


def _who(line: TradeLine) -> dict[str, str]:
    names = {"line": "line", "ndc": "ndc12", "code": "code", "sku": "sku", "site": "site"}
    return {ours: line.said.get(name, "") for name, ours in names.items()}


def _count(left: dict, line: TradeLine) -> None:
    ordered = left[line.order_item_id]
    left[line.order_item_id] = replace(ordered, invoiced=ordered.invoiced + line.packs)


def settle(document: TradeDocument, lines: list[TradeLine]) -> None:
    """What becomes of a document by its lines; lines set aside count for nothing."""
    states = [line.state for line in lines if line.state != TradeLine.State.ASIDE]
    if document.kind == "810":
        document.state = state_of(states)
    else:
        document.state = WAITS if WAITS in states else TAKEN


def refuse_lines(lines: list[TradeLine], why: str) -> None:
    """Refuse every line of a document that is refused whole, for one reason."""
    for line in lines:
        _set(line, {"state": REFUSED, "code": "twice", "reason": why[:500],
                    "next_step": CORRECTED})  # fmt: skip
