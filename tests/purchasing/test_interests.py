"""Whoever disclosed an interest in a supplier decides about no award that buys from it."""

from datetime import timedelta

import pytest

from ipaportal.core.roles import Role
from purchasing.actions.awards import InterestDisclosed
from purchasing.models import Award, Supplier
from tests.compliance.disclosing import disclosed
from tests.people import actor_of, make_user
from tests.purchasing.group_orders import LATER, approve, close, refuse
from tests.purchasing.shopping import make_buyer

pytestmark = pytest.mark.django_db


def test_it_bars_proposing_and_approving_an_award_that_buys_from_the_supplier(shop):
    award = close(shop, 20, 20, 12)
    used = {line["supplier_id"] for line in award.lines}
    supplier = Supplier.objects.filter(pk__in=used).first()
    second = make_user("second@ipa.example", Role.FINANCE_APPROVER)
    disclosed(second, parties=[supplier.party], at=LATER - timedelta(days=1))
    with pytest.raises(InterestDisclosed, match="Step aside"):
        approve(award, actor_of(second))
    with pytest.raises(InterestDisclosed):
        refuse(award, actor_of(second))
    assert Award.objects.get().status == "proposed"
    third = make_buyer("third@ipa.example", Role.FINANCE_APPROVER)
    assert approve(award, third).status == "approved"
