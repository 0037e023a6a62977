"""What the network's previews name: group orders under way that a practice is in for."""

import pytest
from django.urls import reverse
from django.utils import timezone

from credentialing.models import Participation
from credentialing.queries.impact import impact_of
from credentialing.queries.stakes import OpenOrder
from ipaportal.core.roles import Role
from ipaportal.core.words import day_text
from purchasing.actions.orders import add_order_item, announce_order, step_orders
from purchasing.models import Commitment, GroupOrder, OrderItem
from tests.factories import NOON, batch, fact, make_contract, make_practitioner
from tests.people import client_of, make_user
from tests.purchasing.group_orders import OPENS, plan
from tests.purchasing.shopping import make_contract as make_supply_contract
from tests.purchasing.shopping import make_item, make_supplier, price

pytestmark = pytest.mark.django_db


def test_names_the_orders_of_their_practices_and_what_rests_on_their_registration(shop):
    mask = make_item(shop.farrow, "MASK")
    supplier = make_supplier(shop.farrow, "Third Supply")
    price(shop.farrow, make_supply_contract(shop.farrow, supplier, "T-1"), "MASK,box,0,9")
    order = plan(shop.farrow, name="Masks")
    item = add_order_item(actor=shop.farrow, order_id=order.pk, case_packs=1, minimum_packs=0,
                          level_id=mask.levels.get(name="box").pk)  # fmt: skip
    announce_order(actor=shop.farrow, order_id=order.pk, now=NOON)
    step_orders(OPENS)
    item = OrderItem.objects.get(pk=item.pk)
    for who in (0, 1):
        shop.commit(who, 10, item)
    who, practice = make_practitioner(41, "Reed"), shop.practices[0]
    fact(Participation, batch(), timezone.localdate(), practitioner=who, practice=practice,
         payer_party=make_contract("REED").payer.party)  # fmt: skip
    order.refresh_from_db()
    day = timezone.localdate()
    told = OpenOrder(order.pk, "Masks", f"open until {day_text(order.closes_at)}",
                     str(practice), 1)  # fmt: skip
    found = impact_of(who.pk, day)
    assert found.orders == [told]
    said = Commitment.objects.get(practice=practice)
    Commitment.objects.create(
        order_item=item, practice=practice, location=said.location, quantity=10, registrant=who,
        made_by_name="x", made_at=NOON,
    )  # fmt: skip
    again = impact_of(who.pk, day)
    assert again.orders[0].registered == 1
    assert again.digest != found.digest
    client = client_of(make_user("vance@ipa.example", Role.NETWORK_ADMIN, name="P. Vance"))
    shown = client.get(reverse("credentialing:adverse_new", args=[who.pk])).content.decode()
    assert "Masks, open until" in shown
    assert "1 of them under this registration" in shown
    GroupOrder.objects.update(status="received")
    assert impact_of(who.pk, day).orders == []
