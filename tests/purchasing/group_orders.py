"""Six practices and an open group order, and what is done with it up to what came."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from django.urls import reverse

from credentialing.models import Location, Participation, Practice
from ipaportal.core.actors import Actor
from ipaportal.core.roles import Role
from purchasing.actions.award_decisions import ask_approval, check_approval, refuse_award
from purchasing.actions.awards import propose_award, send_purchase
from purchasing.actions.commitments import commit, save_site, sign_agreement
from purchasing.actions.orders import add_order_item, announce_order, save_order, step_orders
from purchasing.actions.receiving import receive
from purchasing.models import (
    Award,
    AwardApproval,
    GroupOrder,
    OrderItem,
    PurchaseLine,
    PurchaseOrder,
)
from tests.factories import NOON, batch, fact, make_practice, make_practitioner
from tests.factories import make_contract as make_plan
from tests.kept import kept
from tests.networks import make_credential, make_location
from tests.people import actor_of, make_user
from tests.purchasing.shopping import make_buyer, make_contract, make_item, make_supplier, price

OPENS = datetime(2026, 3, 10, 12, tzinfo=UTC)
CLOSES = OPENS + timedelta(days=10)
DURING = OPENS + timedelta(days=1)
TODAY = date(2026, 3, 11)
LATER = CLOSES + timedelta(hours=1)
DAY = LATER.date()


def at(view: str, *args: object) -> str:
    """The address of a page of buying together."""
    return reverse(f"purchasing:{view}", args=args)


@dataclass
class Shop:
    """Six practices with a manager each, and an open order of gloves and a drug."""

    farrow: Actor
    order: GroupOrder
    gloves: OrderItem
    drug: OrderItem
    practices: list[Practice] = field(default_factory=list)
    offices: list[Location] = field(default_factory=list)
    managers: list[Actor] = field(default_factory=list)

    def commit(self, who: int, quantity: int, item: OrderItem | None = None, **values: object):
        usual = {
            "flex": 0,
            "max_price": None,
            "pays_now": None,
            "registrant_id": None,
            "now": DURING,
            "today": TODAY,
            "location_id": self.offices[who].pk,
        }
        item = item or self.gloves
        given = usual | values
        return commit(actor=self.managers[who], order_item_id=item.pk, quantity=quantity, **given)


def plan(actor: Actor, **values: object) -> GroupOrder:
    usual = {
        "name": "Spring order",
        "opens_at": OPENS,
        "topup_at": None,
        "closes_at": CLOSES,
        "delivery_date": date(2026, 4, 1),
    }
    return save_order(actor=actor, now=NOON, **{**usual, **values})


@kept
def shop() -> Shop:
    """As it is on the first day."""
    return make_shop()


def make_shop() -> Shop:
    """Its people, its catalogue, and an order that opened."""
    payer = make_plan().payer.party
    farrow = make_buyer()
    gloves = make_item(farrow)
    drug = make_item(
        farrow,
        "KETO",
        kind="drug",
        is_rx=True,
        ndc="0409-3795-01",
        storage="refrigerated",
        lot_tracked=True,
    )
    contract = make_contract(farrow, make_supplier(farrow))
    price(farrow, contract, "GLOVE,box,0,10", "GLOVE,box,50,9", "GLOVE,box,100,8", "KETO,box,0,40")
    other = make_contract(farrow, make_supplier(farrow, "Second Supply"), "S-1")
    price(farrow, other, "GLOVE,box,0,9.5", "GLOVE,box,100,8.5")
    order = plan(farrow, topup_at=CLOSES - timedelta(days=2))
    items = [
        add_order_item(
            actor=farrow, order_id=order.pk, level_id=one.levels.get(name="box").pk,
            case_packs=case, minimum_packs=0,
        )
        for one, case in ((gloves, 10), (drug, 1))
    ]  # fmt: skip
    announce_order(actor=farrow, order_id=order.pk, now=NOON)
    step_orders(OPENS)
    made = Shop(farrow, GroupOrder.objects.get(pk=order.pk), *OrderItem.objects.filter(
        pk__in=[one.pk for one in items]).order_by("pk"))  # fmt: skip
    no = batch()
    for number in range(1, 7):
        practice = make_practice(f"Clinic {number}", f"99000010{number}")
        who = make_practitioner(number, f"Doctor{number}")
        fact(
            Participation,
            no,
            date(2026, 1, 1),
            practitioner=who,
            practice=practice,
            payer_party=payer,
        )
        user = make_user(f"m{number}@x.example", Role.PRACTICE_MANAGER, party=practice.party)
        made.practices.append(practice)
        made.offices.append(make_location(practice, number))
        made.managers.append(actor_of(user))
        sign(made.managers[-1], practice)
    make_credential(who, expires_date=date(2027, 12, 31))
    return made


def sign(actor: Actor, practice: Practice, kind: str = "buying", **values: object):
    usual = {"signed_name": actor.name, "cap_pct": None, "now": NOON, "today": NOON.date()}
    return sign_agreement(actor=actor, practice_id=practice.pk, kind=kind, **{**usual, **values})


def close(shop: Shop, *asked: int) -> Award:
    """What practices ask for of gloves (cases of ten), and the drug for the last one; proposed."""
    for who, quantity in enumerate(asked):
        shop.commit(who, quantity)
    save_site(actor=shop.managers[5], location_id=shop.offices[5].pk, has_fridge=True)
    shop.commit(5, 4, shop.drug)
    step_orders(LATER)
    return propose_award(actor=shop.farrow, order_id=shop.order.pk, now=LATER, today=DAY)


def signed(award: Award, actor: Actor | None = None, **values: object) -> AwardApproval:
    """A second person approves an award; it waits to be checked."""
    usual = {"seen_digest": award.sha256, "text": "as agreed"}
    return ask_approval(
        actor=actor or make_buyer("second@ipa.example", Role.FINANCE_APPROVER),
        order_id=award.order_id, now=LATER, **{**usual, **values},
    )  # fmt: skip


def checked(approval: AwardApproval) -> AwardApproval:
    """A worker takes an approval that waits."""
    return check_approval(actor=Actor.system("worker"), approval_id=approval.pk, now=LATER)


def approve(award: Award, actor: Actor | None = None, **values: object) -> Award:
    """A second person approves an award, and it is found to come out alike."""
    found = checked(signed(award, actor, **values))
    assert found.state == "approved", found.words
    award.refresh_from_db()
    return award


def refuse(award: Award, actor: Actor) -> Award:
    return refuse_award(
        actor=actor, order_id=award.order_id, seen_digest=award.sha256, text="as agreed", now=LATER
    )


def send(shop: Shop) -> list[PurchaseOrder]:
    return [
        send_purchase(actor=shop.farrow, purchase_id=one.pk, now=LATER, today=DAY)
        for one in PurchaseOrder.objects.filter(order=shop.order, status="approved").order_by("pk")
    ]


def take(shop: Shop, who: int, packs: int, **values: object):
    line = PurchaseLine.objects.get(location=shop.offices[who], purchase__status="sent")
    usual = {"damaged": 0, "lot": "", "expires_date": None, "note": "", "now": LATER, "today": DAY}
    given = {**usual, **values}
    return receive(actor=shop.managers[who], line_id=line.pk, packs=packs, **given)
