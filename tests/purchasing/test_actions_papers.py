"""An order as it goes out: bytes kept under their hashes, amended by a new version alone."""

import hashlib

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from ipaportal.audit.models import DomainEvent
from ipaportal.core.files import read_stored
from ipaportal.core.x12 import Reader
from ipaportal.identity.models import User
from purchasing.actions.amendments import (
    BadIdentifier,
    CannotAmendTo,
    NotAmended,
    NothingIsLeft,
    NotSent,
    VersionPassed,
    amend_purchase,
    save_profile,
)
from purchasing.actions.awarded_prices import PriceWouldRise
from purchasing.actions.awards import share_shortage
from purchasing.models import LineChange, PurchaseLine, PurchaseOrder, PurchaseVersion
from tests.kept import kept
from tests.people import client_of
from tests.proofs import breaches
from tests.purchasing.group_orders import LATER, Shop, approve, close, make_shop, send, take

pytestmark = pytest.mark.django_db


@kept
def ordered() -> Shop:
    """Gloves for three and a drug for one from Harbor Medical, ordered."""
    shop = make_shop()
    # Three boxes more than five cases hold: each goes without one, whoever is asked first.
    approve(close(shop, 21, 20, 12))
    send(shop)
    return shop


def order_of(shop: Shop) -> PurchaseOrder:
    return PurchaseOrder.objects.get(order=shop.order)


def lines_of(shop: Shop) -> list[PurchaseLine]:
    # The most first: who of equals gets the odd box hangs on the order's number.
    return list(PurchaseLine.objects.filter(order_item=shop.gloves.pk).order_by("-packs"))


def amend(shop: Shop, packs: dict[int, int], seen: int = 1, reason: str = "less is needed"):
    return amend_purchase(
        actor=shop.farrow, purchase_id=order_of(shop).pk, packs=packs, reason=reason,
        seen_version=seen, now=LATER,
    )  # fmt: skip


def segments(sha256: str, name: str) -> list[list[str]]:
    reader = Reader(read_stored(sha256))
    found = [segment for _, segment in reader if segment[0] == name]
    assert reader.problems == []
    return found


def test_keeps_what_went_out_under_the_hashes_on_record(ordered):
    (version,) = PurchaseVersion.objects.all()
    x12, pdf = read_stored(version.x12_sha256), read_stored(version.pdf_sha256)
    assert hashlib.sha256(x12).hexdigest() == version.x12_sha256
    assert pdf.startswith(b"%PDF")
    (sent,) = DomainEvent.objects.filter(action="purchasing.purchase.sent")
    told = {name: sent.details[name] for name in ("x12_sha256", "pdf_sha256")}
    assert told == {"x12_sha256": version.x12_sha256, "pdf_sha256": version.pdf_sha256}
    gloves, drug = segments(version.x12_sha256, "PO1")
    assert gloves[2:5] == ["50", "BX", "9"]
    assert drug[2:8] == ["4", "BX", "40", "", "N4", "00409379501"]
    split = segments(version.x12_sha256, "SDQ")[0][3:]
    assert sum(map(int, split[1::2])) == 50
    assert version.content["total_cents"] == 610_00
    with pytest.raises(DatabaseError), transaction.atomic():
        PurchaseVersion.objects.update(reason="no")


def test_amends_by_a_new_version_that_practices_see(ordered):
    first, second, third = lines_of(ordered)
    assert [first.packs, second.packs, third.packs] == [20, 19, 11]
    with pytest.raises(NotAmended):
        amend(ordered, {first.pk: 20})
    with pytest.raises(VersionPassed):
        amend(ordered, {first.pk: 19}, seen=0)
    with pytest.raises(CannotAmendTo):
        amend(ordered, {first.pk: 21})
    with pytest.raises(PriceWouldRise):  # below fifty a box costs more than was awarded
        amend(ordered, {first.pk: 19})
    drug = PurchaseLine.objects.get(order_item=ordered.drug.pk)
    made = amend(ordered, {drug.pk: 3})
    assert (made.number, made.content["total_cents"]) == (2, 450_00 + 120_00)
    assert segments(made.x12_sha256, "BEG")[0][1] == "05"
    (change,) = LineChange.objects.all()
    assert (change.line_id, change.before, change.after) == (drug.pk, 4, 3)
    drug.refresh_from_db()
    assert drug.due == 3
    assert PurchaseVersion.objects.count() == 2
    with pytest.raises(VersionPassed):
        amend(ordered, {drug.pk: 2})
    assert breaches() == []


def test_never_amends_below_what_came_nor_what_was_shared_out(ordered):
    drug = PurchaseLine.objects.get(order_item=ordered.drug.pk)
    take(ordered, 5, 2, lot="L1", expires_date=LATER.date())
    with pytest.raises(CannotAmendTo):
        amend(ordered, {drug.pk: 1})
    purchase = order_of(ordered)
    share_shortage(
        actor=ordered.farrow, purchase_id=purchase.pk, order_item_id=ordered.gloves.pk, supply=30,
        reason="the plant stands still", now=LATER,
    )  # fmt: skip
    with pytest.raises(CannotAmendTo):
        amend(ordered, {lines_of(ordered)[0].pk: 1})
    PurchaseOrder.objects.filter(pk=purchase.pk).update(status="received")
    with pytest.raises(NotSent):
        amend(ordered, {drug.pk: 3})
    assert PurchaseVersion.objects.count() == 1


def test_sends_no_order_of_nothing(ordered):
    everything = dict.fromkeys(PurchaseLine.objects.values_list("pk", flat=True), 0)
    with pytest.raises(NothingIsLeft):
        amend(ordered, everything)
    assert PurchaseVersion.objects.count() == 1


def test_takes_identifiers_that_fit_an_envelope(ordered):
    supplier = order_of(ordered).supplier
    given = {"actor": ordered.farrow, "supplier_id": supplier.pk, "our_qualifier": "ZZ",
             "their_qualifier": "01", "now": LATER}  # fmt: skip
    for bad in ("", "X", "A*B", "SIXTEEN LETTERS!", "Ünion"):
        with pytest.raises(BadIdentifier):
            save_profile(**given, our_id="VALLEYIPA", their_id=bad)
    for theirs in ("0061 414", "006141499"):
        save_profile(**given, our_id="valleyipa", their_id=theirs, account="778")
    assert [one.their_id for one in supplier.profiles.filter(superseded_at=None)] == ["006141499"]
    drug = PurchaseLine.objects.get(order_item=ordered.drug.pk)
    made = amend(ordered, {drug.pk: 3})
    assert segments(made.x12_sha256, "ISA")[0][5:9] == [
        "ZZ", "VALLEYIPA      ", "01", "006141499      ",
    ]  # fmt: skip


def test_shows_papers_on_the_orders_page_and_asks_before_it_amends(ordered):
    purchase, client = order_of(ordered), client_of(User.objects.get(pk=ordered.farrow.user_id))
    version = purchase.versions.get()
    page = client.get(reverse("purchasing:purchase_detail", args=[purchase.pk]))
    assert version.x12_sha256[:12] in page.content.decode()
    for name, begins in (("version_pdf", b"%PDF"), ("version_x12", b"ISA*")):
        answer = client.get(reverse(f"purchasing:{name}", args=[version.pk]))
        assert answer.getvalue().startswith(begins)
        assert "attachment" in answer["Content-Disposition"]
    draft = client.get(reverse("purchasing:purchase_draft", args=[purchase.pk]))
    assert draft.content.startswith(b"%PDF")
    drug = PurchaseLine.objects.get(order_item=ordered.drug.pk)
    address = reverse("purchasing:purchase_amend", args=[purchase.pk])
    sent = {f"line_{line.pk}": line.due for line in PurchaseLine.objects.all()}
    sent |= {f"line_{drug.pk}": 3, "reason": "one is enough", "seen_version": 1}
    seen = client.post(address, sent).content.decode()
    assert "Write the new version" in seen
    assert "40.00" in seen
    assert PurchaseVersion.objects.count() == 1
    assert client.post(address, {**sent, "confirmed": "1"}).status_code == 302
    assert PurchaseVersion.objects.count() == 2
