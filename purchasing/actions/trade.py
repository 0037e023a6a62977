"""Taking what suppliers send back: read whole, matched line by line, never half applied."""

import hashlib
from datetime import datetime

from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.files import store
from ipaportal.core.locks import lock
from ipaportal.core.refusals import Refused
from ipaportal.core.x12 import Problem, Reader, element
from purchasing.actions import trade_matching as matched
from purchasing.actions.supplier_numbers import learn_number
from purchasing.formats import acknowledgement_855, invoice_810, ship_notice_856
from purchasing.models import OrderItem, Supplier, TradeDocument, TradeFile, TradeLine
from purchasing.queries.purchases import profile_of
from purchasing.queries.trade import ANSWER, INVOICE, NOTICE, order_lines, waiting_invoices
from purchasing.rules import trade_matching as matching
from purchasing.rules.invoices import TAKEN, WAITS

READERS = {ANSWER: acknowledgement_855, NOTICE: ship_notice_856, INVOICE: invoice_810}
SERIOUS = ("refused", "unbalanced")
MOST_DOCUMENTS = 2_000
TEST = "It is marked as a test (ISA15), and a test is never taken as meant."


class SameFileAgain(Refused):
    """The same bytes of the same supplier."""

    def __init__(self, file: TradeFile) -> None:
        super().__init__(
            f"{file.recorded_by_name} read this very file on {file.recorded_at:%b %-d, %Y}. "
            "Nothing was read again. Look at what became of it in the inbox."
        )


class NotWaiting(Refused):
    def __init__(self) -> None:
        super().__init__("This line does not wait for anybody now. Nothing was changed.")


class NoSuchLine(Refused):
    """No line of the supplier's orders, or none that this can be about."""

    def __init__(self) -> None:
        super().__init__(
            "That is no line of an order of this supplier. Nothing was changed. Choose one of "
            "those that are offered."
        )


class CannotAgree(Refused):
    """Something that first has to be about a line of an order, or is not theirs to agree to."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{why} Nothing was changed.")


class SameReader(Refused):
    """Whoever read an invoice in does not agree to what is odd about it."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} read this invoice in, so somebody else of finance has to decide on it. "
            "Nothing was changed."
        )


@action("purchasing.take_papers")
def take_papers(
    *, actor: Actor, supplier_id: int, file_name: str, data: bytes, now: datetime
) -> list[TradeDocument]:
    """
    Read a supplier's 855, 856 or 810; its bytes are kept, whatever becomes of it.

    :raises SameFileAgain: if it was read before
    """
    lock("trade files", supplier_id)
    sha256 = hashlib.sha256(data).hexdigest()
    known = TradeFile.objects.filter(supplier=supplier_id, sha256=sha256).first()
    if known is not None:
        raise SameFileAgain(known)
    file = TradeFile.objects.create(
        supplier=Supplier.objects.select_related("party").get(pk=supplier_id),
        file_name=file_name[:200], sha256=store(data).sha256, recorded_by_id=actor.user_id,
        recorded_by_name=actor.name, recorded_at=now,
    )  # fmt: skip
    found = _documents(file, data)
    for document, lines in found:
        _keep(document, lines, now)
    record(
        actor=actor, action="purchasing.papers.taken", subject=file, sha256=sha256,
        documents={str(one): one.state for one, _ in found},
    )  # fmt: skip
    return [document for document, _ in found]


def _documents(file: TradeFile, data: bytes) -> list[tuple[TradeDocument, list[TradeLine]]]:
    """What is in a file; one document that says why, if it cannot be used."""
    kind, problems = _kind(file, data)
    read = READERS[kind].read(data) if kind else None
    problems += [one for one in (read.problems if read else ()) if one.severity in SERIOUS]
    if read is not None and len(_told(read)) > MOST_DOCUMENTS:
        words = f"It holds more than {MOST_DOCUMENTS:,} documents; ask for it in parts."
        problems.append(Problem("file", "too_many", words, "refused"))
    if problems:
        told = [[one.where, one.code, one.message] for one in problems]
        refused = TradeDocument(
            file=file, supplier=file.supplier, kind=kind, state=TradeDocument.State.REFUSED,
            content={"problems": told},
        )  # fmt: skip
        return [(refused, [])]
    if kind == ANSWER:
        return [matched.of_answer(file, one) for one in _told(read)]
    if kind == NOTICE:
        return [one for told in _told(read) for one in matched.of_notice(file, told)]
    return [matched.of_invoice(file, one) for one in _told(read)]


def _told(read) -> tuple:
    """The documents that a reader found, of whichever kind."""
    kinds = ("acknowledgements", "shipments", "invoices")
    return next(getattr(read, name) for name in kinds if hasattr(read, name))


def _kind(file: TradeFile, data: bytes) -> tuple[str, list[Problem]]:
    """Of which kind a file is, by its first transaction; and whether it is theirs, and meant."""
    profile, kind, problems = profile_of(file.supplier_id), "", []
    reader = Reader(data)
    for number, segment in reader:
        where = f"segment {number} ({segment[0]})"
        if segment[0] == "ISA":
            sender = (element(segment, 5).strip(), element(segment, 6).strip())
            if profile and sender != (profile.their_qualifier, profile.their_id):
                words = (
                    f"It comes from {' '.join(sender)[:20]}, and {file.supplier} sends from "
                    f"{profile.their_qualifier} {profile.their_id}."
                )
                problems.append(Problem(where, "sender", words, "refused"))
            if element(segment, 15) == "T":
                problems.append(Problem(where, "test", TEST, "refused"))
        if segment[0] == "ST":
            kind = element(segment, 1)
            break
    if kind not in READERS:
        words = "It holds no answer (855), ship notice (856) or invoice (810)."
        problems.append(Problem("file", "kind", words, "refused"))
        return "", problems
    return kind, problems


def _keep(document: TradeDocument, lines: list[TradeLine], now: datetime) -> None:
    """Store a document with its lines, refused whole where it is one that was taken before."""
    if lines:
        matched.settle(document, lines)
        twin = _twin(document)
        if twin:
            document.state = TradeDocument.State.REFUSED
            matched.refuse_lines(lines, twin)
    if document.state == TradeDocument.State.TAKEN:
        document.taken_at = now
    document.save()
    TradeLine.objects.bulk_create(lines)


def _twin(document: TradeDocument) -> str:
    """Why a document is one that was taken before; empty if it is not."""
    before = TradeDocument.objects.filter(supplier=document.supplier, kind=document.kind).exclude(
        state=TradeDocument.State.REFUSED
    )
    same = before.filter(number__iexact=document.number)
    if document.kind == INVOICE:
        other = same.first()
        if other is not None:
            return f"Invoice {other.number} was taken already, in {other.file.file_name}."
        other = before.filter(content_sha256=document.content_sha256).first()
        if other is not None:
            return f"It asks for what invoice {other.number} asks for, line by line."
    if document.kind == NOTICE and document.purchase_id:
        other = same.filter(purchase=document.purchase_id).first()
        if other is not None:
            return f"Notice {other.number} was taken already, in {other.file.file_name}."
    return ""


# Lines that wait --------------------------------------------------------------------------------


def _locked(line_id: int) -> tuple[TradeLine, list[TradeLine]]:
    """A line that waits and all lines of its document, under the lock of its supplier."""
    supplier = TradeLine.objects.values_list("document__supplier", flat=True).get(pk=line_id)
    lock("trade files", supplier)
    line = TradeLine.objects.select_related("document__purchase", "document__file").get(pk=line_id)
    if line.state != TradeLine.State.WAITING:
        raise NotWaiting
    others = line.document.lines.exclude(pk=line_id).order_by("segment_no", "pk")
    return line, [line, *others]


def _decide(line: TradeLine, state: str, actor: Actor, text: str, now: datetime) -> None:
    line.state, line.decision_text = state, text
    line.decided_by_id, line.decided_by_name, line.decided_at = actor.user_id, actor.name, now


@action("purchasing.take_papers")
def match_line(
    *, actor: Actor, line_id: int, order_item_id: int | None, text: str, now: datetime
) -> TradeLine:
    """
    Say which line of an order a line is about, so that it is judged; or set an answer aside.

    :raises NotWaiting: if it does not wait
    :raises NoSuchLine: if it cannot be about that line
    :raises CannotAgree: if a line of an invoice is to be set aside, which finance decides on
    """
    line, lines = _locked(line_id)
    document = line.document
    if order_item_id is None:
        if document.kind == INVOICE and document.purchase_id:
            raise CannotAgree("What an invoice asks for is not set aside: finance decides on it.")
        for one in lines if line.code == "no_order" else [line]:
            _decide(one, TradeLine.State.ASIDE, actor, text, now)
    else:
        _match(line, lines, order_item_id, text)
        level_id = OrderItem.objects.values_list("level", flat=True).get(pk=order_item_id)
        learn_number(line, level_id, actor, now)
    matched.settle(document, lines)
    _save(document, lines, now)
    record(
        actor=actor, action="purchasing.paper.matched", subject=document, line=line.segment_no,
        state=line.state, text=text,
    )  # fmt: skip
    return line


def _match(line: TradeLine, lines: list[TradeLine], order_item_id: int, text: str) -> None:
    document = line.document
    purchases = document.supplier.purchases.filter(status__in=("sent", "received"))
    purchase = document.purchase or purchases.filter(lines__order_item=order_item_id).first()
    known = order_lines(purchase) if purchase else []
    ours = next((one for one in known if one.key == order_item_id), None)
    if ours is None or line.code not in ("unmatched", "no_order") or document.kind == ANSWER:
        raise NoSuchLine
    document.purchase = purchase
    line.decision_text = text
    if document.kind == NOTICE:
        said = matching.Said(line=str(ours.number), site=line.said.get("site", ""))
        matched.place_ship_line(line, matching.find(said, known), {})
        return
    line.order_item_id = ours.key
    for one in lines:
        if one.code == "no_order":
            one.code = ""
    matched.judge_lines(document, lines)


@action("purchasing.settle_invoice")
def decide_invoice_line(
    *, actor: Actor, line_id: int, is_agreed: bool, text: str, now: datetime
) -> TradeLine:
    """
    Agree to what waits of an invoice, or refuse the invoice whole.

    :raises NotWaiting: if it does not wait
    :raises CannotAgree: if it is no invoice's, or is about no line of an order yet
    :raises SameReader: if the actor read it in
    """
    line, lines = _locked(line_id)
    document = line.document
    if document.kind != INVOICE:
        raise CannotAgree("This is no invoice.")
    if document.file.recorded_by_id is not None and document.file.recorded_by_id == actor.user_id:
        raise SameReader(actor.name)
    if is_agreed and line.code in ("unmatched", "no_order"):
        raise CannotAgree("First somebody has to say which line of the order it is about.")
    _decide(line, TAKEN if is_agreed else TradeLine.State.REFUSED, actor, text, now)
    matched.settle(document, lines)
    _save(document, lines, now)
    record(
        actor=actor, action="purchasing.invoice.decided", subject=document, line=line.segment_no,
        agreed=is_agreed, text=text,
    )  # fmt: skip
    return line


@action("purchasing.take_papers")
def agree_line(*, actor: Actor, line_id: int, text: str, now: datetime) -> TradeLine:
    """
    Say that what a supplier answers or announces was seen, and what was done about it.

    The order stays as it is: an amendment or a shared shortage changes it.

    :raises NotWaiting: if it does not wait
    :raises CannotAgree: if it is an invoice's
    """
    line, lines = _locked(line_id)
    document = line.document
    if document.kind == INVOICE:
        raise CannotAgree("What waits of an invoice is decided on by finance.")
    if line.order_item_id is None and line.code != "whole":
        raise CannotAgree("It is about no line of an order: match it, or set it aside.")
    _decide(line, TAKEN, actor, text, now)
    matched.settle(document, lines)
    _save(document, lines, now)
    record(
        actor=actor, action="purchasing.paper.seen", subject=document, line=line.segment_no,
        text=text,
    )  # fmt: skip
    return line


def _save(document: TradeDocument, lines: list[TradeLine], now: datetime) -> None:
    if document.state == TradeDocument.State.TAKEN and document.taken_at is None:
        document.taken_at = now
    document.save(update_fields=["state", "purchase", "taken_at"])
    TradeLine.objects.bulk_update(
        lines,
        ["order_item", "purchase_line", "state", "code", "reason", "next_step", "decided_by_id",
         "decided_by_name", "decided_at", "decision_text"],
    )  # fmt: skip


# The clock --------------------------------------------------------------------------------------


def step_papers(now: datetime) -> int:
    """Look again at invoices that came before their goods; how many changed."""
    clock = Actor.system("clock")
    ids = list(waiting_invoices().values_list("pk", flat=True))
    return sum(_looked_again(clock, pk, now) for pk in ids)


def _looked_again(clock: Actor, document_id: int, now: datetime) -> bool:
    document = TradeDocument.objects.select_related("purchase").get(pk=document_id)
    lines = list(document.lines.order_by("segment_no", "pk"))
    before = [(line.state, line.reason) for line in lines]
    matched.judge_lines(document, lines)
    if before == [(line.state, line.reason) for line in lines]:
        return False
    judge_again(actor=clock, document_id=document_id, now=now)
    return True


@action("purchasing.advance_order")
def judge_again(*, actor: Actor, document_id: int, now: datetime) -> TradeDocument:
    """Judge an invoice again by what has come since."""
    document = TradeDocument.objects.select_related("purchase").get(pk=document_id)
    lock("trade files", document.supplier_id)
    document.refresh_from_db()
    lines = list(document.lines.order_by("segment_no", "pk"))
    if document.state == WAITS:
        matched.judge_lines(document, lines)
        matched.settle(document, lines)
        _save(document, lines, now)
    record(actor=actor, action="purchasing.invoice.judged", subject=document, state=document.state)
    return document
