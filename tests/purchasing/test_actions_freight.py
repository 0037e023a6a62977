"""An office is stopped when its order goes out: others carry its freight, or the IPA."""

from decimal import Decimal

import pytest

from ipaportal.core.roles import Role
from ipaportal.ledger.models import Posting
from purchasing.actions.awards import propose_award
from purchasing.actions.commitments import end_agreement
from purchasing.actions.orders import add_order_item, announce_order, step_orders
from purchasing.models import OrderItem, PurchaseOrder, Supplier
from purchasing.queries.trade import agreed_freight
from tests.factories import NOON
from tests.people import client_of, make_user
from tests.proofs import breaches
from tests.purchasing.group_orders import DAY, LATER, OPENS, approve, at, plan, send
from tests.purchasing.shopping import make_contract, make_item, make_supplier, price

pytestmark = pytest.mark.django_db


def test_the_others_carry_it_within_what_they_said_and_the_ipa_the_rest(shop):
    mask = make_item(shop.farrow, "MASK")
    supplier = make_supplier(shop.farrow, "Third Supply")
    Supplier.objects.filter(pk=supplier.pk).update(freight_cents=30_00)
    price(shop.farrow, make_contract(shop.farrow, supplier, "T-1"), "MASK,box,0,9")
    order = plan(shop.farrow, name="Masks", bills="ipa")
    item = add_order_item(actor=shop.farrow, order_id=order.pk, case_packs=1, minimum_packs=0,
                          level_id=mask.levels.get(name="box").pk)  # fmt: skip
    announce_order(actor=shop.farrow, order_id=order.pk, now=NOON)
    step_orders(OPENS)
    item = OrderItem.objects.get(pk=item.pk)
    for who, ceiling in enumerate((None, "10.50", "9")):
        shop.commit(who, 10, item, max_price=Decimal(ceiling) if ceiling else None)
    step_orders(LATER)
    approve(propose_award(actor=shop.farrow, order_id=order.pk, now=LATER, today=DAY))
    end_agreement(
        actor=shop.managers[0], practice_id=shop.practices[0].pk, kind="buying", now=NOON, today=DAY
    )
    shop.order = order
    (sent,) = send(shop)
    lines = sent.lines.order_by("practice__name").values_list("due", "freight_cents")
    # The second may pay $1.50 a pack more than the price, $10 of which was agreed to before.
    assert list(lines) == [(0, 0), (10, 15_00), (10, 10_00)]
    assert (sent.ipa_freight_cents, agreed_freight(sent)) == (5_00, 30_00)
    booked = Posting.objects.filter(entry__key=f"freight:{sent.pk}").order_by("amount_cents")
    assert [(one.account.party.kind, one.amount_cents) for one in booked] == [
        ("supplier", -5_00), ("ipa", 5_00),
    ]  # fmt: skip
    page = client_of(make_user("b2@ipa.example", Role.PURCHASING)).get(
        at("purchase_detail", sent.pk)
    )
    assert "Freight the IPA bears" in page.content.decode()
    assert breaches() == []
    PurchaseOrder.objects.filter(pk=sent.pk).update(ipa_freight_cents=4_99)
    assert [one for one in breaches() if "freight" in str(one)]
