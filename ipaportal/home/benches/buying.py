"""
Pages of buying together after two years: 2,000 practices, 24 group orders, 360,000 lines that came.

One line in twelve came otherwise than ordered; of these one in twenty-five waits for somebody.
Every page is asked for as a browser does, through all middleware, as who works with it; beside them
the clock's daily look at a contract with rebates.
"""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from django.db import connection
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone

from credentialing.models import Location
from ipaportal.core.actors import Actor
from ipaportal.core.months import add_months, month_of
from ipaportal.core.roles import Role
from ipaportal.home.asking import MOST_MS, ask, client_of, measure, summary_of
from ipaportal.home.bench_buying import make_items, make_offices
from ipaportal.home.scratch import processor_seconds, scratch_database
from ipaportal.identity.models import Party
from purchasing.actions.rebate_clock import book_rebates
from purchasing.models import (
    Award,
    GroupOrder,
    ItemVersion,
    OrderItem,
    PackLevel,
    PriceLine,
    PriceList,
    PurchaseLine,
    PurchaseOrder,
    RebateAccrual,
    Supplier,
    SupplyContract,
    Trouble,
)

PRACTICES, ORDERS, ITEMS, SUPPLIERS = 2_000, 24, 30, 3
BY = {"recorded_by_name": "bench"}
# Each office is in for every fourth item, another four in each order.
WORDS = """
INSERT INTO purchasing_commitment
       (order_item_id, practice_id, location_id, quantity, flex, pays_now, made_by_name, made_at)
SELECT i.id, l.practice_id, l.id, 2 + (i.id * 31 + l.id * 17) %% 12, 0, 11, 'bench', o.opens_at
FROM purchasing_orderitem AS i
JOIN purchasing_grouporder AS o ON o.id = i.order_id
CROSS JOIN credentialing_location AS l
WHERE (i.id + l.id) %% 4 = 0
"""
LINES = """
INSERT INTO purchasing_purchaseline
       (purchase_id, order_item_id, contract_id, practice_id, location_id, commitment_id, packs,
        due, price, freight_cents, blocked_because)
SELECT p.id, i.id, c.id, w.practice_id, w.location_id, w.id, w.quantity, w.quantity,
       CASE WHEN o.id %% 2 = 0 THEN 9 ELSE 10 END, 0, ''
FROM purchasing_commitment AS w
JOIN purchasing_orderitem AS i ON i.id = w.order_item_id
JOIN purchasing_grouporder AS o ON o.id = i.order_id
JOIN purchasing_purchaseorder AS p ON p.order_id = o.id
JOIN purchasing_supplycontract AS c ON c.supplier_id = p.supplier_id
WHERE (i.level_id - %(level)s) %% %(suppliers)s = p.supplier_id - %(supplier)s
"""
CAME = """
INSERT INTO purchasing_receipt
       (line_id, packs, damaged, lot, note, recorded_by_name, recorded_at)
SELECT l.id, l.packs, 0, 'L' || l.id %% 4000, '', 'bench', p.sent_at + interval '6 days'
FROM purchasing_purchaseline AS l JOIN purchasing_purchaseorder AS p ON p.id = l.purchase_id
WHERE p.status = 'received'
"""
TROUBLES = """
INSERT INTO purchasing_trouble
       (line_id, receipt_id, kind, packs, lot, lowest, note, photo_sha256, photo_type,
        reported_by_name, reported_at)
SELECT r.line_id, CASE WHEN k.kind = 'return' THEN r.id END, k.kind, 1, r.lot,
       CASE WHEN k.kind = 'warm' THEN 11 END, 'bench', '', '', 'bench', r.recorded_at
FROM purchasing_receipt AS r
CROSS JOIN LATERAL (
    SELECT (ARRAY['damaged', 'short', 'return', 'warm', 'suspect'])[1 + r.id / 12 %% 5] AS kind
) AS k
WHERE r.id %% 12 = 0
"""
STEPS = """
INSERT INTO purchasing_troublestep
       (trouble_id, number, event, state, reference, text, made_by_name, made_at)
SELECT t.id, s.number, s.event, s.state, 'no. ' || t.id, '', 'bench',
       t.reported_at + s.number * interval '2 days'
FROM purchasing_trouble AS t
JOIN (VALUES ('damaged', 1, 'authorise', 'authorised'), ('damaged', 2, 'credit', 'credited'),
             ('short', 1, 'accept', 'accepted'),
             ('return', 1, 'authorise', 'authorised'), ('return', 2, 'ship', 'shipped'),
             ('return', 3, 'credit', 'credited'),
             ('warm', 1, 'accept', 'accepted'), ('suspect', 1, 'accept', 'accepted')
     ) AS s(kind, number, event, state) ON s.kind = t.kind
WHERE t.id %% 25 <> 0 AND (s.number = 1 OR t.id %% 25 > 1)
"""


def run(*, members: int | None, say: Callable[[str], object]) -> dict[str, object]:
    """Ask for every page over `members` practices (or 2,000)."""
    logging.getLogger("ipaportal.request").setLevel(logging.WARNING)
    practices = members or PRACTICES
    with scratch_database(is_owner=True), override_settings(ALLOWED_HOSTS=["testserver"]):
        ipa = Party.objects.get_or_create(kind=Party.Kind.IPA, defaults={"name": "Valley IPA"})[0]
        offices = make_purchases(practices, say)
        contract = SupplyContract.objects.get(effect="retroactive")
        first, daily = (_look(contract, days, say) for days in (0, 1))
        buyer = client_of("farrow", Role.PURCHASING, ipa)
        finance = client_of("quinn", Role.FINANCE, ipa)
        theirs = client_of("bell", Role.PRACTICE_MANAGER, offices[0].practice.party)
        pages = measure(buyer, buyers_pages(), say)
        pages |= measure(finance, finance_pages(), say)
        pages |= measure(theirs, practice_pages(), say)
        once = {
            "rebates of a period": ask(finance, *_a_period(contract)),
            "savings of all practices": ask(finance, _at("savings_list"), {}),
        }
        figures = {"lines": PurchaseLine.objects.count(), "exceptions": Trouble.objects.count()}
    return {
        "practices": practices,
        **figures,
        "compared_to": f"{MOST_MS} ms at p95",
        "first_look_at_rebates_seconds": first,
        "next_look_at_rebates_seconds": daily,
        # They read every line, and are asked for a few times a month.
        "asked_once_ms": {name: round(took) for name, took in once.items()},
        **summary_of(pages),
        "pages": pages,
    }


def _look(contract: SupplyContract, days: int, say: Callable[[str], object]) -> dict[str, float]:
    """The clock's look at a contract with rebates, today or some days later."""
    started, spent = time.perf_counter(), processor_seconds()
    now = timezone.now() + timedelta(days=days)
    book_rebates(actor=Actor.system("clock"), contract_id=contract.pk, now=now)
    took, used = time.perf_counter() - started, processor_seconds() - spent
    say(f"the clock's look at a contract with rebates: {took:.1f} s, {used:.1f} s of a processor")
    return {"clock": round(took, 1), "processor": round(used, 1)}


def make_purchases(practices: int, say: Callable[[str], object]) -> list[Location]:
    """Practices, their offices, two years of orders, what came and what was wrong with it."""
    started = time.perf_counter()
    offices = make_offices(practices)
    levels = [level for _, level in make_items(ITEMS, timezone.now())]
    contracts = _make_suppliers(levels)
    first = add_months(month_of(timezone.localdate()), -ORDERS)
    for number in range(ORDERS):
        month = add_months(first, number)
        _make_order(number, datetime(month.year, month.month, 3, 9, tzinfo=UTC), levels, contracts)
    with connection.cursor() as cursor:
        cursor.execute(WORDS, [])
        given = {"level": levels[0].pk, "suppliers": SUPPLIERS,
                 "supplier": contracts[0].supplier_id}  # fmt: skip
        cursor.execute(LINES, given)
        for statement in (CAME, TROUBLES, STEPS):
            cursor.execute(statement, [])
        cursor.execute("VACUUM ANALYZE")
    say(f"{PurchaseLine.objects.count():,} lines after {time.perf_counter() - started:.0f} s")
    return offices


def _make_suppliers(levels: list[PackLevel]) -> list[SupplyContract]:
    """Three suppliers; the tiers of the first count a year and reach back."""
    now, start = timezone.now(), timezone.localdate() - timedelta(days=900)
    parties = Party.objects.bulk_create(
        [Party(kind=Party.Kind.SUPPLIER, name=f"Supplier {n}") for n in range(SUPPLIERS)]
    )
    contracts = []
    for number, party in enumerate(parties):
        supplier = Supplier.objects.create(party=party, kind="distributor", email="s@bench.example")
        back = {"effect": "retroactive", "period": "year", "scope": "contract"}
        contract = SupplyContract.objects.create(
            supplier=supplier, number=f"C-{number}", effective_date=start, source="bench",
            recorded_at=now, **BY, **({} if number else back),
        )  # fmt: skip
        contracts.append(contract)
        prices = PriceList.objects.create(
            contract=contract, effective_date=start, file_name="bench.csv", sha256="0" * 64,
            lines=len(levels), recorded_at=now, **BY,
        )  # fmt: skip
        PriceLine.objects.bulk_create(
            PriceLine(contract=contract, level=level, price_list=prices, effective_date=start,
                      tiers=[[0, "10"], [1000, "9"]])
            for level in levels
        )  # fmt: skip
    return contracts


def _make_order(
    number: int, opens: datetime, levels: list[PackLevel], contracts: list[SupplyContract]
) -> None:
    closes, is_last = opens + timedelta(days=10), number == ORDERS - 1
    order = GroupOrder.objects.create(
        name=f"Order {number}", status="draft", opens_at=opens,
        closes_at=closes, delivery_date=(closes + timedelta(days=12)).date(), made_at=opens,
        made_by_name="bench",
    )  # fmt: skip
    versions = {one.item_id: one for one in ItemVersion.objects.all()}
    OrderItem.objects.bulk_create(
        OrderItem(order=order, version=versions[level.item_id], level=level, ladder=[[0, "10"]])
        for level in levels
    )
    GroupOrder.objects.filter(pk=order.pk).update(status="ordered" if is_last else "settled")
    award = Award.objects.create(
        order=order, number=1, status="approved", lines=[], offices=[], total_cents=1,
        certificate="", verdict={}, sha256="0" * 64, proposed_by_name="bench", proposed_at=closes,
    )  # fmt: skip
    for contract in contracts:
        PurchaseOrder.objects.create(
            order=order, award=award, supplier=contract.supplier, made_at=closes, sent_at=closes,
            number=f"PO-{number}-{contract.pk}", status="sent" if is_last else "received",
        )  # fmt: skip


def _at(name: str, *args: object) -> str:
    return reverse(f"purchasing:{name}", args=args)


def buyers_pages() -> dict[str, tuple[str, dict]]:
    """What whoever buys looks at: name → address and what is asked of it."""
    exceptions, last = _at("trouble_list"), Trouble.objects.latest("pk")
    purchase = PurchaseOrder.objects.latest("pk")
    return {
        "exceptions": (exceptions, {}),
        "exceptions: open": (exceptions, {"show": "open"}),
        "exceptions: returns": (exceptions, {"kind": "return"}),
        "exceptions: open and suspect": (exceptions, {"show": "open", "kind": "suspect"}),
        "exceptions: of a practice": (exceptions, {"q": "Practice 77"}),
        "exceptions: of an item": (exceptions, {"q": "Item 12"}),
        "exceptions: of a lot": (exceptions, {"q": last.lot}),
        "exceptions: of nobody": (exceptions, {"q": "zzzz"}),
        "exceptions: by practice": (exceptions, {"sort": "practice"}),
        "exceptions: last page": (exceptions, {"page": "999999"}),
        "an exception": (_at("trouble_detail", last.pk), {}),
        "home": (reverse("home:home"), {}),
        "group orders": (_at("order_list"), {}),
        "a group order": (_at("order_detail", purchase.order_id), {}),
        "a purchase order": (_at("purchase_detail", purchase.pk), {}),
    }


def finance_pages() -> dict[str, tuple[str, dict]]:
    """What finance looks at."""
    return {
        "rebates": (_at("rebate_list"), {}),
        "takings": (_at("netting_run_list"), {}),
    }


def _a_period(contract: SupplyContract) -> tuple[str, dict]:
    period = RebateAccrual.objects.filter(contract=contract).latest("cents")
    return _at("rebate_period", contract.pk, period.start_date.isoformat()), {}


def practice_pages() -> dict[str, tuple[str, dict]]:
    """What a practice looks at."""
    return {
        "shop": (_at("shop"), {}),
        "deliveries": (_at("delivery_list"), {}),
        "deliveries: expected": (_at("delivery_list"), {"show": "open"}),
        "its exceptions": (_at("my_trouble_list"), {}),
        "its savings": (_at("my_savings"), {}),
        "its rebates": (_at("my_rebate_list"), {}),
    }
