"""Two people at two boxes at the same moment, each on a connection of their own."""

import pytest

from purchasing.actions.receiving import receive
from purchasing.actions.troubles import ask_return
from purchasing.models import PurchaseLine, Receipt, ReceiptSerial, Trouble
from tests.at_once import at_once
from tests.proofs import breaches
from tests.purchasing.group_orders import DAY, LATER, approve, close, make_shop, send
from tests.purchasing.test_actions_receiving import code, scan
from tests.purchasing.test_returned_serials import go_back

pytestmark = pytest.mark.django_db(transaction=True)


def test_no_more_comes_than_is_expected_and_no_more_goes_back_than_came():
    shop = make_shop()
    approve(close(shop, 20, 20, 12))
    send(shop)
    line = PurchaseLine.objects.get(location=shop.offices[0])

    def come():
        return receive(
            actor=shop.managers[0], line_id=line.pk, packs=12, damaged=0, lot="", note="",
            expires_date=None, now=LATER, today=DAY,
        )  # fmt: skip

    answers = at_once(come, come, come)
    assert sorted(type(one).__name__ for one in answers) == [
        "NotExpected", "NotExpected", "Receipt",
    ]  # fmt: skip
    receipt = Receipt.objects.get()

    def go_back():
        return ask_return(
            actor=shop.managers[0], receipt_id=receipt.pk, packs=7, note="too many", now=LATER
        )

    answers = at_once(go_back, go_back, go_back)
    assert sorted(type(one).__name__ for one in answers) == [
        "MoreThanCame", "MoreThanCame", "Trouble",
    ]  # fmt: skip
    # Past the action, the database refuses the same.
    base = {"line": line, "receipt": receipt, "kind": "return", "note": "x",
            "reported_by_name": "script", "reported_at": LATER}  # fmt: skip
    answers = at_once(*[lambda: Trouble.objects.create(packs=3, **base)] * 3)
    assert sorted(type(one).__name__ for one in answers) == [
        "IntegrityError", "IntegrityError", "Trouble",
    ]  # fmt: skip
    assert sum(Trouble.objects.values_list("packs", flat=True)) == 10
    what_came_again_is_counted_once(shop)
    assert breaches() == []


def what_came_again_is_counted_once(shop) -> None:
    (first,) = scan(shop, code("1"), packs=1)
    go_back(shop, first, 1, "1")
    answers = at_once(*[lambda: scan(shop, code("1"), packs=1)] * 2)
    refused, made = sorted((type(one).__name__ for one in answers), key=lambda one: one == "list")
    assert made == "list"
    assert refused in ("NothingScanned", "SerialTaken")  # as the other was seen in time, or not
    assert ReceiptSerial.objects.filter(again_of__isnull=False).count() == 1
