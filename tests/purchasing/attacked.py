"""What attackers may name of buying together; `name` stands wherever a text may."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

from django.utils import timezone

from credentialing.models import Practice
from ipaportal.core.actors import Actor
from ipaportal.core.files import store
from ipaportal.ledger import books
from purchasing.actions.charges import post_charge
from purchasing.actions.orders import add_order_item, advance_order, announce_order, save_order
from purchasing.models import (
    Award,
    Budget,
    Charge,
    Commitment,
    CommitmentRequest,
    Disclosure,
    FeeReceipt,
    FeeShare,
    GateRefusal,
    ListArrival,
    NetCarried,
    NettingRun,
    ParLevel,
    PriceDraft,
    PurchaseLine,
    PurchaseOrder,
    PurchaseVersion,
    RebateAccrual,
    RebatePart,
    RebateReceipt,
    RebateShare,
    Recall,
    RecallNotice,
    Receipt,
    ReferenceFile,
    StandingOrder,
    StandingUse,
    SupplierNumber,
    SupplyPaper,
    TradeDocument,
    TradeFile,
    TradeLine,
    Trouble,
)
from purchasing.rules.periods import period_of
from tests.networks import make_location
from tests.purchasing.shopping import START, make_contract, make_item, make_supplier, price


def make_bought(
    practices: Iterable[Practice], name: str, **terms: object
) -> dict[int, dict[str, object]]:
    """An item with a price, its supplier and contract; for each practice an order of its own."""
    clock = Actor.system("clock")
    item = make_item(clock, "GLOVE", name=name[:200], refused_because="")
    supplier = make_supplier(clock, name[:200])
    contract = make_contract(
        clock,
        supplier,
        name[:60],
        effect="retroactive",
        period="year",
        rebate_kept_pct=Decimal(10),
        **terms,
    )
    price(clock, contract, "GLOVE,box,0,10.00", "GLOVE,box,50,9.00")
    listed = ReferenceFile.objects.create(
        kind="limits", file_name=name[:200], sha256=store(b"limits").sha256, size=1, refused=1,
        effective_date=timezone.localdate(), problems=[[1, name, name, name]],
        recorded_by_name=name[:200], recorded_at=timezone.now(),
    )  # fmt: skip
    arrival = ListArrival.objects.create(
        file_name=name[:200], sha256=listed.sha256, size=6, day=timezone.localdate(),
        state="refused", words=name[:200] or "nothing", recorded_by_name=name[:200],
        recorded_at=timezone.now(),
    )  # fmt: skip
    draft = PriceDraft.objects.create(
        contract=contract,
        effective_date=timezone.localdate(),
        file_name=name[:200],
        sha256=store(b"Item,Pack,Price\nGLOVE,box,9\n").sha256,
        headers=["Item", "Pack", "Price"],
        columns={"sku": "Item", "pack": "Pack", "price": "Price"},
        recorded_by_name=name[:200],
        recorded_at=timezone.now(),
    )
    shared = {
        "reference_id": listed.pk,
        "arrival_id": arrival.pk,
        "draft_id": draft.pk,
        "item_id": item.pk,
        "supplier_id": supplier.pk,
        "supply_id": contract.pk,
        "rebate_from": this_year()[0].isoformat(),
    }
    level = item.levels.get(name="box")
    return {one.pk: shared | _order(clock, one, level.pk, name) for one in practices}


def make_stated(name: str) -> dict[str, object]:
    """A contract whose fee is above three per cent, so that each practice is asked to sign it."""
    clock = Actor.system("clock")
    supplier = make_supplier(clock, f"{name[:180]} above")
    contract = make_contract(
        clock, supplier, f"{name[:50]} above", fee_pct=Decimal(4), is_stated=True
    )
    return {"stated_id": contract.pk}


def this_year() -> tuple[date, date]:
    """The year of the contract that today is in."""
    return period_of("year", START, timezone.localdate())


def _order(clock: Actor, practice: Practice, level_id: int, name: str) -> dict[str, object]:
    """An order that only this practice may take part in, open, and what it is in for."""
    now = timezone.now()
    order = save_order(
        actor=clock,
        name=name[:120],
        opens_at=now - timedelta(hours=1),
        topup_at=None,
        closes_at=now + timedelta(days=9),
        delivery_date=(now + timedelta(days=20)).date(),
        practice_ids=[practice.pk],
        now=now,
    )
    item = add_order_item(
        actor=clock, order_id=order.pk, level_id=level_id, case_packs=1, minimum_packs=0
    )
    announce_order(actor=clock, order_id=order.pk, now=now)
    advance_order(actor=clock, order_id=order.pk, now=now)
    location = make_location(practice, 77)
    said = Commitment.objects.create(
        order_item=item,
        practice=practice,
        location=location,
        quantity=3,
        made_by_name=name[:200],
        made_at=now,
    )
    return {
        "order_id": order.pk,
        "order_item_id": item.pk,
        **_ordered(said, practice, name, now),
        "location_id": location.pk,
        "kind": "buying",
        **_controlled(said, name, now),
    }


def _controlled(said: Commitment, name: str, now) -> dict[str, object]:
    """What the practice allows itself, what waits for a word, and what a gate refused it."""
    by = {"recorded_by_name": name[:200], "recorded_at": now}
    budget = Budget.objects.create(practice=said.practice, period="month", cents=100, **by)
    where = {"order_item": said.order_item, "practice": said.practice, "location": said.location}
    asked = CommitmentRequest.objects.create(
        quantity=5, max_price="10", cents=5000, reasons=[{"code": "budget", "words": name}],
        asked_by_name=name[:200], asked_at=now, **where,
    )  # fmt: skip
    GateRefusal.objects.create(
        stage="commit", packs=5, code="storage", reason=name[:600], next_step=name[:600],
        asked_by_name=name[:200], refused_at=now, **where,
    )  # fmt: skip
    place = {"practice": said.practice, "location": said.location}
    kept = {"level": said.order_item.level, "recorded_by_name": name[:200], "recorded_at": now}
    standing = StandingOrder.objects.create(
        packs=3, ceiling="10", effective_date=now.date(), is_paused=True, **place, **kept
    )
    StandingUse.objects.create(
        standing=standing, order_item=said.order_item, location=said.location, outcome="not",
        words=name[:600], used_at=now,
    )  # fmt: skip
    ParLevel.objects.create(minimum=4, target=9, **place, **kept)
    return {
        "budget_id": budget.pk,
        "commitment_request_id": asked.pk,
        "standing_id": standing.pk,
    }


def _ordered(said: Commitment, practice: Practice, name: str, now) -> dict[str, object]:
    """A purchase order that was sent, with a line for this practice."""
    offer = said.order_item.offers.select_related("contract__supplier").get()
    award = Award.objects.create(
        order=said.order_item.order,
        number=1,
        lines=[],
        offices=[],
        total_cents=3000,
        certificate="",
        verdict={"proved": True, "gap_cents": 0, "leaves": 1, "per_line_cents": 3000},
        sha256="0" * 64,
        proposed_by_name=name[:200],
        proposed_at=now,
    )
    purchase = PurchaseOrder.objects.create(
        order=award.order,
        award=award,
        supplier=offer.contract.supplier,
        number=f"PO-{practice.pk}",
        status="sent",
        made_at=now,
    )
    line = PurchaseLine.objects.create(
        purchase=purchase,
        order_item=said.order_item,
        contract=offer.contract,
        practice=practice,
        location=said.location,
        commitment=said,
        packs=3,
        due=3,
        price="10.00",
    )
    told = store(b"told").sha256
    version = PurchaseVersion.objects.create(
        purchase=purchase,
        number=1,
        content={"lines": [{"packs": 3}], "total_cents": 3000},
        control_number=practice.pk,
        x12_sha256=told,
        pdf_sha256=told,
        made_by_name=name[:200],
        made_at=now,
    )
    return {
        "purchase_id": purchase.pk,
        "purchase_version_id": version.pk,
        **_sent_back(purchase, line, name, now),
        "purchase_line_id": line.pk,
        **_came(line, name, now),
    }


def _sent_back(purchase: PurchaseOrder, line: PurchaseLine, name: str, now) -> dict[str, object]:
    """What the supplier answered about it: a line that waits, with what it says."""
    file = TradeFile.objects.create(
        supplier=purchase.supplier,
        file_name=name[:200],
        sha256=store(f"answer to {purchase.pk}".encode()).sha256,
        recorded_by_name=name[:200],
        recorded_at=now,
    )
    paper = TradeDocument.objects.create(
        file=file,
        supplier=purchase.supplier,
        purchase=purchase,
        kind="856",
        number=name[:60],
        state="waiting",
        content={"problems": [["segment 1 (ISA)", "x", name]], "carrier": name},
    )
    said = TradeLine.objects.create(
        document=paper,
        segment_no=1,
        said={"answer": name, "lot": name},
        order_item=line.order_item,
        purchase_line=line,
        packs=1,
        state="waiting",
        code="question",
        reason=name[:500],
    )
    number = SupplierNumber.objects.create(
        supplier=purchase.supplier, number=f"hm-{purchase.pk}", level=line.order_item.level,
        learnt_from=said, recorded_by_name=name[:200], recorded_at=now,
    )  # fmt: skip
    return {"paper_id": paper.pk, "paper_line_id": said.pk, "own_number_id": number.pk}


def _came(line: PurchaseLine, name: str, now) -> dict[str, object]:
    """What came for it, its charge, and a recall of it."""
    receipt = Receipt.objects.create(
        line=line,
        packs=2,
        lot=name[:40],
        note=name[:300],
        recorded_by_name=name[:200],
        recorded_at=now,
    )
    charge = post_charge(actor=Actor.system("clock"), receipt_id=receipt.pk, now=now)
    recall = Recall.objects.create(
        number=f"D-{line.practice_id}",
        status="Ongoing",
        firm=name[:300],
        description=name,
        reason=name,
        code_info=name,
        content={"labeler": "", "products": [], "unread": []},
        file_sha256="0" * 64,
        recorded_by_name=name[:200],
        recorded_at=now,
    )
    notice = RecallNotice.objects.create(
        recall=recall,
        receipt=receipt,
        practice=line.practice,
        rung=4,
        status="notified",
        answer_by=now.date(),
        notified_at=now,
    )
    photo = store(b"\x89PNG\r\n\x1a\n" + str(line.pk).encode()).sha256
    trouble = Trouble.objects.create(
        line=line,
        kind="damaged",
        packs=1,
        note=name[:1000],
        photo_sha256=photo,
        photo_type="image/png",
        reported_by_name=name[:200],
        reported_at=now,
    )
    paper = SupplyPaper.objects.create(
        line=line,
        has_information=True,
        has_statement=True,
        name=name[:200],
        sha256=photo,
        content_type="image/png",
        size=9,
        recorded_by_name=name[:200],
        recorded_at=now,
    )
    return {
        **_paid(line, name, now),
        **_paid_back(line, name, now),
        "netting_run_id": _netted(charge, name, now),
        "trouble_id": trouble.pk,
        "receipt_id": receipt.pk,
        "supply_paper_id": paper.pk,
        "charge_id": charge.pk,
        "recall_id": recall.pk,
        "notice_id": notice.pk,
    }


def _netted(charge: Charge, name: str, now) -> int:
    """A taking that looked at its charge and left it, months ago, so that nothing is booked."""
    month = date(2020, 1 + NettingRun.objects.filter(month__year=2020).count(), 1)
    run = NettingRun.objects.create(
        month=month, digest="0" * 64, taken_cents=1, carried_cents=charge.cents,
        made_by_name=name[:200], made_at=now,
    )  # fmt: skip
    NetCarried.objects.create(
        run=run, charge=charge, cents=charge.cents, code="cap", reason=name[:200],
        payout_cents=0, cap_cents=0,
    )  # fmt: skip
    return run.pk


def _paid_back(line: PurchaseLine, name: str, now) -> dict[str, object]:
    """A rebate on it: booked as owed, received, given but for what is kept."""
    by = {"recorded_by_name": name[:200], "recorded_at": now}
    span = dict(zip(("start_date", "end_date"), this_year(), strict=True))
    of = {"practice": line.practice, "supplier": line.contract.supplier,
          "contract_number": line.contract.number, **span}  # fmt: skip
    accrual = RebateAccrual.objects.create(
        contract=line.contract, cents=30, digest="0" * 64, **span, **by
    )
    basis = {"line": line.pk, "purchase": name, "purchase_id": line.purchase_id, "item": name,
             "packs": 3, "paid": "10", "price": "9.9", "back": "0.3"}  # fmt: skip
    part = RebatePart.objects.create(
        accrual=accrual, cents=30, entitled_cents=30, basis=[basis], recorded_at=now, **of
    )
    received = {"received_date": timezone.localdate(now), "cents": 30, "kept_cents": 3}
    receipt = RebateReceipt.objects.create(
        contract=line.contract, reference=name[:60], **span, **received, **by
    )
    RebateShare.objects.create(receipt=receipt, bought_cents=2000, **received, **of)
    theirs, sellers = line.practice.party, line.contract.supplier.party
    for key, moves in (
        (accrual.entry_key, [(sellers, "rebate_receivable", 30), (theirs, "rebate_payable", -30)]),
        (receipt.entry_key, [
            (sellers, "cash", 30), (sellers, "rebate_receivable", -30),
            (theirs, "rebate_payable", 30), (theirs, "payable", -27),
            (sellers, "admin_fee_income", -3),
        ]),
    ):  # fmt: skip
        books.book(
            key=key, date=timezone.localdate(now), description=name[:300],
            lines=[(books.account(party, kind), cents) for party, kind, cents in moves],
            actor=Actor.system("clock"), now=now,
        )  # fmt: skip
    return {"rebate_part_id": part.pk, "rebate_receipt_id": receipt.pk}


def _paid(line: PurchaseLine, name: str, now) -> dict[str, object]:
    """What its supplier paid the IPA on it, and what the practice was told of that."""
    party, day = line.contract.supplier.party, timezone.localdate(now)
    entry = books.book(
        key=f"fee of {line.practice_id}",
        date=day,
        description=name[:300],
        lines=[(books.account(party, "cash"), 40), (books.account(party, "admin_fee_income"), -40)],
        actor=Actor.system("clock"),
        now=now,
    )
    span = {"start_date": day - timedelta(days=30), "end_date": day, "received_date": day}
    fee = FeeReceipt.objects.create(
        contract=line.contract,
        bought_cents=2000,
        cents=40,
        reference=name[:60],
        entry=entry,
        recorded_by_name=name[:200],
        recorded_at=now,
        **span,
    )
    FeeShare.objects.create(
        receipt=fee,
        practice=line.practice,
        supplier=line.contract.supplier,
        bought_cents=2000,
        cents=40,
        **span,
    )
    told = Disclosure.objects.create(
        practice=line.practice,
        year=day.year,
        number=1,
        cents=40,
        content={
            "agent": name,
            "practice": line.practice.name,
            "year": day.year,
            "citation": "",
            "cents": 0,
            "lines": [],
        },
        sha256="0" * 64,
        given_by_name=name[:200],
        given_at=now,
    )
    return {"fee_id": fee.pk, "disclosure_id": told.pk}
