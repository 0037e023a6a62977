"""
The demo's buying together: two orders that are past, one that is open, and a recall.

The first comes with the months, so that what it brought is taken from a payout and stands on a
statement; the others come when the network has its licences, for drugs are among them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction

from credentialing.models import Location
from ipaportal.core.actors import Actor
from ipaportal.core.roles import Role
from ipaportal.home.demo.named_contracts import name_practices
from ipaportal.home.demo.network import ALVAREZ, BELL
from ipaportal.home.demo.own_control import (
    SHELVES,
    STANDING,
    allow_itself,
    count_shelves,
    keep_standing,
)
from ipaportal.home.demo.own_numbers import learn_own_numbers, used_numbers
from ipaportal.home.demo.rebated import GIVES_BACK
from ipaportal.home.demo.recalls import DRUG, take_device, take_record
from ipaportal.home.demo.receiving import some_comes, something_goes_back
from ipaportal.home.demo.reference_lists import read_lists
from ipaportal.home.demo.supplier_papers import Parcel, answer_and_ship, bill
from purchasing.actions.award_decisions import ask_approval, check_approval
from purchasing.actions.awards import (
    finish_deliveries,
    propose_award,
    send_purchase,
)
from purchasing.actions.charges import net_charges, step_charges
from purchasing.actions.commitments import GateClosed, commit, save_site, sign_agreement
from purchasing.actions.fee_addenda import sign_addendum
from purchasing.actions.items import add_item
from purchasing.actions.orders import (
    add_order_item,
    advance_order,
    announce_order,
    save_order,
    step_orders,
)
from purchasing.actions.receiving import receive
from purchasing.actions.suppliers import (
    add_supplier,
    record_contract,
    record_licence,
    take_prices,
)
from purchasing.models import (
    GroupOrder,
    Item,
    NettingRun,
    PurchaseLine,
    PurchaseVersion,
    SupplyContract,
)
from purchasing.queries.charges import netting_digest, planned_netting
from purchasing.queries.fee_addenda import above_harbor

PRACTICES = 9
PAST, LAST_DELIVERY = timedelta(days=80), timedelta(days=45)
# Number, name, kind, NDC, HCPCS, storage, packs. Labeler 99999 is nobody's.
ITEMS = (
    ("GLOVE-M", "Nitrile exam gloves, medium", "supply", "", "", "room", "box = 100, case = 1000"),
    ("SYR-3", "Syringe 3 mL with needle 25G", "supply", "", "", "room", "box = 100"),
    ("GAUZE-4", "Gauze pads 4 × 4 in, sterile", "supply", "", "", "room", "box = 50"),
    ("TEST-FLU", "Rapid influenza A and B test", "device", "", "", "room", "kit = 25"),
    ("KETO-30", "Ketorolac 30 mg/mL vial", "drug", "99999-1201-01", "J1885", "room", "box = 25"),
    ("FLU-ADJ", "Influenza vaccine, adjuvanted", "vaccine", "99999-0401-10", "90653",
     "refrigerated", "box = 10"),
    ("SALINE-10", "Sodium chloride 0.9 % flush 10 mL", "drug", "99999-3310-25", "", "room",
     "box = 100"),
    ("PAPER-21", "Exam table paper, 21 in", "supply", "", "", "room", "box = 12"),
    ("GOWN-R", "Exam gowns, regular", "supply", "", "", "room", "box = 50"),
    ("KETO-30N", "Ketorolac 30 mg/mL vial, Northlight", "drug", "99999-1377-01", "J1885", "room",
     "box = 25"),
    ("GLOVE-MN", "Nitrile exam gloves, medium, Northlight", "supply", "", "", "room", "box = 100"),
    ("DRAPE-40", "Drape sheets 40 × 48 in", "supply", "", "", "room", "box = 100"),
    ("PILLOW-C", "Pillow covers, tissue", "supply", "", "", "room", "box = 100"),
)  # fmt: skip
# What may stand in for one another, where a practice says so.
KETOROLAC = {"ingredient": "Ketorolac tromethamine", "strength": "30 mg/mL", "form": "injection",
             "route": "intramuscular or intravenous"}  # fmt: skip
GLOVES = {"supply_class": "exam glove, nitrile, medium"}
ALIKE = {"KETO-30": KETOROLAC, "KETO-30N": KETOROLAC, "GLOVE-M": GLOVES, "GLOVE-MN": GLOVES}
# Tiers that count a year, and reach back; the second asks each practice to sign for its fee.
POOLED = {
    "Quillon Exam Supply": {"metric": "reference_spend", "scope": "contract",
                            "effect": "retroactive", "period": "year"},
    GIVES_BACK: {"scope": "contract", "effect": "retroactive", "period": "year",
                 "rebate_kept_pct": Decimal(10), "fee_pct": Decimal(4), "is_stated": True},
}  # fmt: skip
# Supplier, and its list: item, pack, and the tiers.
SUPPLIERS = (
    ("Saltmarsh Medical Supply", "distributor", (
        ("GLOVE-M", "box", (0, "9.80"), (60, "8.90"), (150, "7.95")),
        ("SYR-3", "box", (0, "14.20"), (40, "12.60"), (120, "11.10")),
        ("GAUZE-4", "box", (0, "6.40"), (80, "5.75")),
        ("TEST-FLU", "kit", (0, "212.00"), (20, "188.00"), (60, "169.00")),
        ("KETO-30N", "box", (0, "40.20"), (15, "33.10")),
    )),
    ("Tidegate Pharmaceutical", "wholesaler", (
        ("KETO-30", "box", (0, "41.50"), (30, "36.25"), (90, "32.80")),
        ("FLU-ADJ", "box", (0, "548.00"), (15, "521.00"), (50, "497.50")),
        ("SALINE-10", "box", (0, "38.00"), (25, "33.40")),
        ("SYR-3", "box", (0, "13.60"), (60, "12.20")),
    )),
    ("Breakwater Surgical", "distributor", (
        ("GLOVE-M", "box", (0, "9.40"), (200, "8.10")),
        ("GAUZE-4", "box", (0, "6.10"), (100, "5.60")),
        ("TEST-FLU", "kit", (0, "205.00"), (40, "179.00")),
        ("GLOVE-MN", "box", (0, "9.10"), (80, "7.60")),
    )),
    # Counts what is spent on both, a year long: its tiers begin at dollars.
    ("Quillon Exam Supply", "distributor", (
        ("PAPER-21", "box", (0, "38.00"), (2_500, "34.20"), (9_000, "31.00")),
        ("GOWN-R", "box", (0, "26.00"), (2_500, "23.40"), (9_000, "21.50")),
    )),
    (GIVES_BACK, "distributor", (
        ("DRAPE-40", "box", (0, "31.00"), (120, "27.90"), (260, "25.40")),
        ("PILLOW-C", "box", (0, "24.00"), (120, "21.50"), (260, "19.80")),
    )),
)  # fmt: skip
FIRST_ORDER = "Exam room basics"
FREIGHT_CENTS = 24_00
LOTS = ("K7731A", "K7731A", "K7802C", "K7731A", "K7802C")


@dataclass(frozen=True)
class Buyers:
    """Who buys for the IPA, who approves, and when."""

    buyer: Actor
    approver: Actor
    now: datetime

    @property
    def today(self) -> date:
        """The day of the demo."""
        return self.now.date()


@dataclass(frozen=True)
class Member:
    """An office that takes part, and who acts for it."""

    actor: Actor
    office: Location


def buy_first(*, buyers: Buyers, mine: dict[str, Actor], came: datetime) -> bool:
    """Let practices join and buy what needs no licence, all of it or nothing, once."""
    if GroupOrder.objects.exists():
        return False
    opens = buyers.now
    with transaction.atomic():
        items = _stock(buyers.buyer, opens - timedelta(days=20))
        members = _members(mine)
        _join(members, opens - timedelta(days=20))
        lines = ((items["GAUZE-4"], "box", 10), (items["GLOVE-M"], "box", 10))
        order = _planned(buyers.buyer, FIRST_ORDER, opens, 14, lines, bills="ipa")
        gauze, gloves = order.items.order_by("pk")
        for place, member in enumerate(members):
            at = opens + timedelta(days=1, minutes=place)
            _say(member, gauze, 10 + 2 * place, at, flex=4, pays_now=Decimal("6.90"))
            _say(member, gloves, 20 + 3 * place, at, flex=4, pays_now=Decimal("10.25"))
        _award(buyers, order)
        _deliver(buyers, order, members, came)
    return True


def net_once(*, actor: Actor, now: datetime) -> bool:
    """Take from payouts what practices signed for, once; whether anything was."""
    planned = planned_netting(now.date())
    if NettingRun.objects.exists() or not any(one.netting.lines for one in planned):
        return False
    net_charges(actor=actor, seen_digest=netting_digest(planned), now=now, today=now.date())
    return True


def buy_together(*, buyers: Buyers, mine: dict[str, Actor]) -> bool:
    """Let those who joined buy together once more, all of it or nothing; whether there was work."""
    if GroupOrder.objects.exclude(name=FIRST_ORDER).exists():
        return False
    with transaction.atomic():
        items = {one.code: one for one in Item.objects.all()}
        members = _members(mine)
        _live_past(buyers, items, members)
        _buy_linen(buyers, items, members)
        take_record(buyers.buyer, DRUG, buyers.now)
        _on_its_way(buyers, items, members)
        take_device(buyers.buyer, buyers.now)
        read_lists(buyers.buyer, buyers.now)
        _open(buyers, items, members)
        name_practices(buyers.buyer, [one.office.practice for one in members], buyers.now)
    return True


def _stock(actor: Actor, now: datetime) -> dict[str, Item]:
    items = {}
    for code, name, kind, ndc, hcpcs, storage, packs in ITEMS:
        items[code] = add_item(
            actor=actor, code=code, name=name, kind=kind, ndc=ndc, hcpcs=hcpcs, schedule="",
            is_rx=bool(ndc), storage=storage, lot_tracked=bool(ndc), refused_because="", now=now,
            packs=[(pair.split(" = ")[0], int(pair.split(" = ")[1])) for pair in packs.split(", ")],
            **ALIKE.get(code, {}),
        )  # fmt: skip
    for number, (name, kind, lines) in enumerate(SUPPLIERS, start=1):
        contract = _supplier(actor, name, kind, number, now)
        rows = [
            f"{code},{pack},{low},{price}"
            for code, pack, *tiers in lines for low, price in tiers
        ]  # fmt: skip
        take_prices(
            actor=actor, contract_id=contract.pk, effective_date=contract.effective_date,
            file_name=f"prices-{number}.csv", now=now,
            data="\n".join(["Item,Pack,From packs,Price", *rows]).encode(),
        )  # fmt: skip
    return items


def _supplier(actor: Actor, name: str, kind: str, number: int, now: datetime) -> SupplyContract:
    supplier = add_supplier(
        actor=actor, name=name, kind=kind, email=f"orders@supplier{number}.example",
        minimum_cents=50_000, freight_cents=1_200 * number, now=now,
    )  # fmt: skip
    for what, state, text in (
        ("state", "CA", f"WLS {7000 + number}"),
        ("partner", "", f"P{number}"),
    ):
        record_licence(
            actor=actor, supplier_id=supplier.pk, kind=what, state=state, number=text, schedules="",
            effective_date=now.date() - timedelta(days=200),
            expires_date=now.date() + timedelta(days=500 + 40 * number),
            seen_where="the board's public register", now=now,
        )  # fmt: skip
    return record_contract(
        actor=actor, supplier_id=supplier.pk, number=f"IPA-{100 + number}", end_date=None,
        effective_date=now.date() - timedelta(days=10), now=now,
        source="group purchasing agreement, schedule A",
        **{"fee_pct": Decimal(min(number, 3)), **POOLED.get(name, {})},
    )  # fmt: skip


def _members(mine: dict[str, Actor]) -> list[Member]:
    """The first practices, those with people of the demo among them, and who acts for each."""
    offices = Location.objects.select_related("practice__party").order_by("practice__tin", "pk")
    first = {}
    for office in offices:
        first.setdefault(office.practice_id, office)
    known = [one for one in first.values() if one.practice.name in (ALVAREZ, BELL)]
    others = [one for one in first.values() if one.practice.name not in (ALVAREZ, BELL)]
    members = []
    for office in (known + others)[:PRACTICES]:
        practice = office.practice
        actor = mine.get(practice.name) or Actor(
            None,
            f"Manager of {practice.name}",
            frozenset({(Role.PRACTICE_MANAGER, practice.party_id)}),
        )
        members.append(Member(actor, office))
    return members


def _join(members: Sequence[Member], now: datetime) -> None:
    """They sign, every other one that charges may be taken, and say what they can keep."""
    for place, member in enumerate(members):
        practice, actor = member.office.practice, member.actor
        common = {"actor": actor, "practice_id": practice.pk, "signed_name": actor.name,
                  "now": now, "today": now.date()}  # fmt: skip
        sign_agreement(kind="buying", cap_pct=None, **common)
        if place % 2 == 0:
            sign_agreement(kind="netting", cap_pct=Decimal(15), **common)
        for contract in above_harbor(now.date()):
            sign_addendum(
                actor=actor, practice_id=practice.pk, contract_id=contract.pk,
                signed_name=actor.name, now=now, today=now.date(),
            )  # fmt: skip
        save_site(actor=actor, location_id=member.office.pk, has_fridge=place % 3 != 2)


def _planned(
    actor: Actor, name: str, opens_at: datetime, days: int, lines: Sequence[tuple], **values: object
) -> GroupOrder:
    """An order that is announced a week before it opens, and open."""
    now = opens_at - timedelta(days=7)
    closes_at = opens_at + timedelta(days=days)
    order = save_order(
        actor=actor, name=name, opens_at=opens_at, closes_at=closes_at, now=now,
        topup_at=closes_at - timedelta(days=2),
        delivery_date=(closes_at + timedelta(days=12)).date(), minimum_cents=200_000, **values,
    )  # fmt: skip
    for item, pack, case in lines:
        level = item.levels.get(name=pack)
        add_order_item(
            actor=actor, order_id=order.pk, level_id=level.pk, case_packs=case, minimum_packs=0
        )
    announce_order(actor=actor, order_id=order.pk, now=now)
    advance_order(actor=Actor.system("demo"), order_id=order.pk, now=opens_at)
    return order


def _say(member: Member, item, packs: int, now: datetime, **values: object) -> None:
    """Commit, unless a gate is shut: then nothing is in, as it would be."""
    usual = {"flex": 0, "max_price": None, "pays_now": None, "registrant_id": None}
    try:
        commit(
            actor=member.actor, order_item_id=item.pk, location_id=member.office.pk,
            quantity=packs, now=now, today=now.date(), **{**usual, **values},
        )  # fmt: skip
    except GateClosed:
        return


def _live_past(buyers: Buyers, items: dict[str, Item], members: list[Member]) -> None:
    """An order of the summer: all of it, from the first word to what came."""
    opens = buyers.now - PAST
    lines = ((items["GLOVE-M"], "box", 10), (items["KETO-30"], "box", 1))
    order = _planned(buyers.buyer, "Summer supplies", opens, 14, lines, bills="ipa")
    gloves, ketorolac = order.items.order_by("pk")
    for place, member in enumerate(members):
        at = opens + timedelta(days=1, minutes=place)
        _say(member, gloves, 12 + 5 * place, at, flex=place, pays_now=Decimal("10.25"))
        paid = Decimal("43.00") if place % 3 else None
        _say(member, ketorolac, 4 + 2 * place, at, pays_now=paid)
    _award(buyers, order)
    _deliver(buyers, order, members, buyers.now - LAST_DELIVERY, FREIGHT_CENTS)


def _buy_linen(buyers: Buyers, items: dict[str, Item], members: list[Member]) -> None:
    """Two orders of a year: the second reaches tiers that make the first worth a rebate."""
    codes = ("PAPER-21", "GOWN-R", "DRAPE-40", "PILLOW-C")
    for name, days, came, base in (
        ("Linen and paper", 62, 40, 3),
        ("Linen and paper, second", 38, 14, 6),
    ):
        opens = buyers.now - timedelta(days=days)
        order = _planned(
            buyers.buyer, name, opens, 10, [(items[code], "box", 1) for code in codes], bills="ipa"
        )
        paper, gowns, drapes, covers = order.items.order_by("pk")
        for place, member in enumerate(members):
            at = opens + timedelta(days=1, minutes=place)
            _say(member, paper, base - place % 2, at, pays_now=Decimal("41.00"))
            _say(member, gowns, 3, at)
            _say(member, drapes, 2 * base + place, at, pays_now=Decimal("33.50"))
            _say(member, covers, base + place % 3, at)
        _award(buyers, order)
        _deliver(buyers, order, members, buyers.now - timedelta(days=came))


def _on_its_way(buyers: Buyers, items: dict[str, Item], members: list[Member]) -> None:
    """An order of the autumn that was sent, with parcels at some doors."""
    opens = buyers.now - timedelta(days=34)
    lines = (
        (items["SYR-3"], "box", 6), (items["KETO-30"], "box", 1), (items["FLU-ADJ"], "box", 1),
        (items["KETO-30N"], "box", 1),
    )  # fmt: skip
    order = _planned(buyers.buyer, "Autumn injections", opens, 14, lines, bills="ipa")
    syringes, ketorolac, vaccine, _ = order.items.order_by("pk")
    for place, member in enumerate(members):
        at = opens + timedelta(days=1, minutes=place)
        _say(member, syringes, 12 + 2 * place, at, flex=2, pays_now=Decimal("14.90"))
        # The second and the eighth take any equivalent.
        _say(member, ketorolac, 4 + place, at, pays_now=Decimal("43.00"),
             any_equivalent=place in (1, 7))  # fmt: skip
        _say(member, vaccine, 3 + place % 3, at)
    _award(buyers, order, members[4] if len(members) > 4 else None)
    actors = {member.office.pk: member.actor for member in members}
    some_comes(buyers.buyer, order.pk, actors, buyers.now)
    past = GroupOrder.objects.get(name="Summer supplies")
    something_goes_back(buyers.buyer, past.pk, actors, buyers.now - timedelta(days=20))


def _award(buyers: Buyers, order: GroupOrder, broken: Member | None = None) -> None:
    """It closes, is awarded by two people, and sent; an office's refrigerator may fail before."""
    closed = order.closes_at + timedelta(minutes=1)
    advance_order(actor=Actor.system("demo"), order_id=order.pk, now=closed)
    day = closed.date()
    award = propose_award(actor=buyers.buyer, order_id=order.pk, now=closed, today=day)
    signed = ask_approval(
        actor=buyers.approver, order_id=order.pk, seen_digest=award.sha256,
        text="cheapest, and proved", now=closed,
    )  # fmt: skip
    check_approval(actor=Actor.system("demo"), approval_id=signed.pk, now=closed)
    if broken is not None:
        save_site(actor=broken.actor, location_id=broken.office.pk, has_fridge=False)
    for purchase in order.purchases.order_by("pk"):
        send_purchase(actor=buyers.buyer, purchase_id=purchase.pk, now=closed, today=day)
    if broken is not None:  # mended
        save_site(actor=broken.actor, location_id=broken.office.pk, has_fridge=True)


def _deliver(
    buyers: Buyers,
    order: GroupOrder,
    members: Sequence[Member],
    came: datetime,
    freight_cents: int = 0,
) -> None:
    """Suppliers answer, announce and invoice; offices count what comes, and are charged."""
    by_office = {member.office.pk: member.actor for member in members}
    expires = came.date() + timedelta(days=500)
    rows = PurchaseLine.objects.filter(purchase__order=order, due__gt=0).order_by("pk")
    lines = list(rows.select_related("order_item__version"))
    lots = {
        line.pk: LOTS[place % len(LOTS)] if line.order_item.version.lot_tracked else ""
        for place, line in enumerate(lines)
    }
    versions = list(PurchaseVersion.objects.filter(purchase__order=order).order_by("pk"))
    for version in versions:
        answer_and_ship(buyers.buyer, version, Parcel(lots, expires, came - timedelta(days=2)))
    for line in lines:
        lot = lots[line.pk]
        receive(
            actor=by_office[line.location_id], line_id=line.pk, packs=line.due, damaged=0, note="",
            lot=lot, now=came, today=came.date(), expires_date=expires if lot else None,
        )  # fmt: skip
    step_charges(came)
    finish_deliveries(actor=Actor.system("demo"), order_id=order.pk, now=came)
    step_charges(came)
    for version in versions:  # the last one may ask for freight, which nobody agreed on
        freight = freight_cents if version == versions[-1] else 0
        bill(buyers.buyer, version, came + timedelta(days=1), freight, used_numbers(version))
        learn_own_numbers(buyers.buyer, version, came + timedelta(days=2))


def _open(buyers: Buyers, items: dict[str, Item], members: list[Member]) -> None:
    """An order for the winter, which practices may still join."""
    opens = buyers.now - timedelta(days=3)
    lines = (
        (items["FLU-ADJ"], "box", 1), (items["TEST-FLU"], "kit", 1), (items["SYR-3"], "box", 6),
        (items["GAUZE-4"], "box", 10), (items["SALINE-10"], "box", 1),
        (items["PAPER-21"], "box", 1), (items["GOWN-R"], "box", 1),
        (items["GLOVE-M"], "box", 1), (items["GLOVE-MN"], "box", 1),
    )  # fmt: skip
    order = _planned(buyers.buyer, "Winter season", opens, 12, lines)
    vaccine, tests, syringes, gauze, _, paper, gowns, gloves, _ = order.items.order_by("pk")
    for place, member in enumerate(members[1:]):  # the first has still to look
        at = opens + timedelta(hours=place + 1)
        _say(member, tests, 3 + place, at, pays_now=Decimal("219.00"))
        _say(member, syringes, 6 + 2 * place, at, flex=2, pays_now=Decimal("14.90"))
        _say(member, vaccine, 1 + place % 3, at)
        _say(member, paper, 6 + place, at, pays_now=Decimal("41.00"))
        _say(member, gowns, 5 + place % 4, at)
        _say(member, gloves, 10 + 2 * place, at, pays_now=Decimal("10.25"),
             any_equivalent=place % 2 == 0)  # fmt: skip
        if place < 3:
            _say(member, gauze, 20, at, max_price=Decimal("5.75"))
    _control(buyers, items, members, order)
    step_orders(buyers.now)


def _control(
    buyers: Buyers, items: dict[str, Item], members: list[Member], order: GroupOrder
) -> None:
    """What two practices allow themselves, want of every order, and have on their shelves."""
    now = buyers.now - timedelta(hours=2)
    by_name = {one.office.practice.name: one for one in members}
    bell, alvarez = by_name.get(BELL), by_name.get(ALVAREZ)
    if bell is not None:
        count_shelves(bell.actor, bell.office, items, now, SHELVES[:1] + SHELVES[4:])
        tests = order.items.get(version__item=items["TEST-FLU"])
        keep_standing(bell.actor, bell.office, items, now, STANDING[:2])
        allow_itself(bell.actor, bell.office, order, tests, now)
    if alvarez is not None:
        count_shelves(alvarez.actor, alvarez.office, items, now, SHELVES[:4])
        keep_standing(alvarez.actor, alvarez.office, items, now, STANDING[2:])
