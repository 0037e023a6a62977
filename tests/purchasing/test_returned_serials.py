"""A package by its serial comes again only after it was sent back, and never twice otherwise."""

import pytest
from django.db import IntegrityError, transaction

from ipaportal.core.roles import Role
from purchasing.actions.receiving import NothingScanned, SerialTaken
from purchasing.actions.troubles import (
    WrongPackages,
    ask_return,
    settle_trouble,
    step_own_trouble,
)
from purchasing.models import PurchaseLine, ReceiptSerial, ReturnedPackage, Trouble
from tests.kept import kept
from tests.people import client_of, make_user
from tests.proofs import breaches
from tests.purchasing.group_orders import DAY, LATER, Shop, approve, at, close, make_shop, send
from tests.purchasing.test_actions_receiving import GTIN, code, scan

pytestmark = pytest.mark.django_db


@kept
def sent() -> Shop:
    """The last practice expects four packs of a drug."""
    made = make_shop()
    approve(close(made, 20, 20, 12))
    send(made)
    return made


def go_back(shop: Shop, receipt, packs: int, *serials: str, upto: str = "ship") -> Trouble:
    """Packs of a receipt are asked back, and leave with a parcel."""
    named = list(receipt.serials.filter(serial__in=serials).values_list("pk", flat=True))
    trouble = ask_return(
        actor=shop.managers[5], receipt_id=receipt.pk, packs=packs, note="not used", now=LATER,
        packages=named,
    )  # fmt: skip
    common = {"trouble_id": trouble.pk, "text": "", "now": LATER}
    if upto != "ask":
        settle_trouble(actor=shop.farrow, event="authorise", reference="RMA 1", seen_state="open",
                       today=DAY, **common)  # fmt: skip
    if upto in ("ship", "refuse"):
        step_own_trouble(actor=shop.managers[5], event="ship", reference="UPS 1",
                         seen_state="authorised", **common)  # fmt: skip
    if upto == "refuse":
        settle_trouble(actor=shop.farrow, event="refuse", reference="", seen_state="shipped",
                       today=DAY, **common | {"text": "came back to us"})  # fmt: skip
    return trouble


def test_comes_again_once_it_left_and_only_the_package_that_was_named(sent):
    (first,) = scan(sent, code("1"), code("2"), packs=2)
    go_back(sent, first, 1, "1", upto="authorise")
    with pytest.raises(NothingScanned):  # it stands at the door, waiting for its parcel
        scan(sent, code("1"), packs=1)
    step_own_trouble(actor=sent.managers[5], trouble_id=Trouble.objects.get().pk, event="ship",
                     reference="UPS 1", seen_state="authorised", text="", now=LATER)  # fmt: skip
    with pytest.raises(NothingScanned):  # that one did not leave
        scan(sent, code("2"), packs=1)
    (again,) = scan(sent, code("1"), packs=1)
    row = again.serials.get()
    assert (row.serial, row.again_of) == ("1", first.serials.get(serial="1"))
    with pytest.raises(NothingScanned):  # it is here again
        scan(sent, code("1"), packs=1)
    go_back(sent, again, 1)  # all of that receipt, so nobody has to name it
    (third,) = scan(sent, code("1"), packs=1)
    assert third.serials.get().again_of == row
    assert breaches() == []


def test_what_the_supplier_would_not_take_back_is_still_here(sent):
    (first,) = scan(sent, code("1"), packs=1)
    go_back(sent, first, 1, "1", upto="refuse")
    with pytest.raises(NothingScanned):
        scan(sent, code("1"), packs=1)
    assert ReceiptSerial.objects.count() == 1


def test_comes_to_another_practice_after_it_left_the_first(sent):
    line = PurchaseLine.objects.get(location=sent.offices[0])
    theirs = line.receipts.create(packs=1, recorded_by_name="another", recorded_at=LATER)
    package = ReceiptSerial.objects.create(receipt=theirs, gtin=GTIN, serial="7")
    with pytest.raises(SerialTaken):
        scan(sent, code("7"), packs=1)
    back = Trouble.objects.create(line=line, receipt=theirs, kind="return", packs=1, note="x",
                                  reported_by_name="another", reported_at=LATER)  # fmt: skip
    back.steps.create(number=1, event="ship", state="shipped", reference="UPS 2",
                      made_by_name="another", made_at=LATER)  # fmt: skip
    (mine,) = scan(sent, code("7"), packs=1)
    assert mine.serials.get().again_of == package
    assert breaches() == []


def test_names_no_package_twice_nor_more_than_go_back(sent):
    (first,) = scan(sent, code("1"), code("2"), packs=2)
    with pytest.raises(WrongPackages):
        go_back(sent, first, 1, "1", "2", upto="ask")
    go_back(sent, first, 1, "1", upto="ask")
    with pytest.raises(WrongPackages):
        go_back(sent, first, 1, "1", upto="ask")
    assert ReturnedPackage.objects.count() == Trouble.objects.count() == 1
    mine = client_of(make_user("back@x.example", Role.PRACTICE_MANAGER,
                               party=sent.practices[5].party))  # fmt: skip
    page = mine.get(at("return_new", first.pk)).content.decode()
    assert "By their serials" in page
    (other,) = first.serials.filter(serial="2")
    form = {"packs": 1, "note": "unused", "packages": [other.pk]}
    assert mine.post(at("return_new", first.pk), form).status_code == 302
    assert ReturnedPackage.objects.filter(package=other).count() == 1
    theirs = {**form, "packages": [first.serials.get(serial="1").pk]}
    assert mine.post(at("return_new", first.pk), theirs).status_code == 422


def test_the_database_takes_one_coming_for_each_going(sent):
    (first,) = scan(sent, code("1"), packs=1)
    package = first.serials.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        ReceiptSerial.objects.create(receipt=first, gtin=GTIN, serial="1")
    ReceiptSerial.objects.create(receipt=first, gtin=GTIN, serial="1", again_of=package)
    with pytest.raises(IntegrityError), transaction.atomic():
        ReceiptSerial.objects.create(receipt=first, gtin=GTIN, serial="1", again_of=package)
    (broken,) = breaches()  # but it never left
    assert "serials_come_again_after_a_return" in str(broken)
