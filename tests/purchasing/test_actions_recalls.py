"""Recalls: read, matched with what came, told where sure, answered; unknown stays unknown."""

import json
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from ipaportal.core.refusals import NotPermitted
from ipaportal.core.roles import Role
from purchasing.actions.commitments import GateClosed
from purchasing.actions.pack_codes import record_code
from purchasing.actions.recalls import (
    AmountMissing,
    MoreThanCame,
    NoRecalls,
    answer_notice,
    decide_notice,
    step_recalls,
    take_recalls,
)
from purchasing.actions.receiving import RecalledLot, receive_scanned
from purchasing.models import PackLevel, Recall, RecallNotice, Receipt
from purchasing.rules.lifecycle import NotAllowed
from tests.people import client_of, make_user
from tests.proofs import breaches
from tests.purchasing.group_orders import DAY, LATER, Shop, approve, at, close, send, take

pytestmark = pytest.mark.django_db
NEXT_YEAR = date(2027, 3, 1)


def report(number: str = "D-1", **values: object) -> bytes:
    usual = {
        "recall_number": number,
        "status": "Ongoing",
        "classification": "Class I",
        "product_description": "KETO injection, 10 vials, NDC 0409-3795-01",
        "code_info": "Lot # 544821A, Exp 07/27",
        "recalling_firm": "Somebody",
        "reason_for_recall": "not sterile",
        "openfda": {},
    }
    return json.dumps({"results": [usual | values]}).encode()


def deliver(shop: Shop, lot: str = "544821a", packs: int = 2) -> Receipt:
    """The drug for the last practice, ordered and come."""
    if not shop.order.purchases.exists():
        approve(close(shop, 20, 20, 12))
        send(shop)
    return take(shop, 5, packs, lot=lot, expires_date=NEXT_YEAR)


def test_tells_at_once_whoever_got_the_very_lot_and_asks_about_the_rest(shop):
    deliver(shop)
    deliver(shop, "other", 1)
    with pytest.raises(NoRecalls):
        take_recalls(actor=shop.farrow, data=b"[]", now=LATER)
    taken = take_recalls(actor=shop.farrow, data=report(), now=LATER)
    assert (taken.new, taken.told, taken.suggested) == (1, 1, 0)
    notice = RecallNotice.objects.get()
    assert (notice.practice, notice.status) == (shop.practices[5], "notified")
    assert notice.answer_by == DAY + timedelta(days=1)
    again = take_recalls(actor=shop.farrow, data=report(status="Terminated"), now=LATER)
    assert (again.new, again.known, Recall.objects.get().status) == (0, 1, "Terminated")
    unclear = report("D-2", code_info="", product_description="KETO, NDC 0409-3795-01")
    taken = take_recalls(actor=shop.farrow, data=unclear, now=LATER)
    assert (taken.told, taken.suggested) == (0, 2)
    asked = RecallNotice.objects.filter(recall__number="D-2").first()
    assert asked.unknown == ["the lots that are recalled"]
    given = {"actor": shop.farrow, "notice_id": asked.pk, "text": "asked", "now": LATER}
    decide_notice(is_confirmed=True, today=DAY, **given)
    with pytest.raises(NotAllowed):
        decide_notice(is_confirmed=False, today=DAY, **given)
    assert breaches() == []


def test_counts_what_a_practice_has_on_hand(shop):
    deliver(shop)
    take_recalls(actor=shop.farrow, data=report(), now=LATER)
    notice = RecallNotice.objects.get()
    given = {"notice_id": notice.pk, "note": "", "now": LATER}
    with pytest.raises(NotPermitted):
        answer_notice(actor=shop.managers[0], outcome="none", on_hand=None, **given)
    mine = given | {"actor": shop.managers[5]}
    assert answer_notice(outcome="", on_hand=None, **mine).status == "acknowledged"
    with pytest.raises(AmountMissing):
        answer_notice(outcome="quarantined", on_hand=None, **mine)
    with pytest.raises(MoreThanCame):
        answer_notice(outcome="quarantined", on_hand=3, **mine)
    done = answer_notice(outcome="quarantined", on_hand=2, **mine)
    assert (done.status, done.on_hand) == ("reported", 2)


def test_lets_nobody_take_in_or_order_what_is_recalled(shop):
    deliver(shop, "fine", 1)
    take_recalls(actor=shop.farrow, data=report(), now=LATER)
    with pytest.raises(RecalledLot):
        deliver(shop, "544821-A", 1)
    take(shop, 5, 0, damaged=1, lot="544821-A")
    assert step_recalls(LATER) == 1
    assert step_recalls(LATER) == 0
    assert RecallNotice.objects.get().status == "notified"


def test_lets_nobody_commit_to_what_is_recalled_whole(shop):
    whole = report("D-3", code_info="All lots within expiry")
    take_recalls(actor=shop.farrow, data=whole, now=LATER)
    assert Recall.objects.get().is_all_lots
    with pytest.raises(GateClosed, match="is recalled"):
        shop.commit(5, 1, shop.drug)


def test_walks_a_recall_from_the_file_to_the_answer(shop):
    deliver(shop)
    buyer = client_of(make_user("r@ipa.example", Role.COMPLIANCE_OFFICER))
    assert buyer.post(at("recall_import"), {}).status_code == 422
    file = SimpleUploadedFile("enforcement.json", report())
    page = buyer.post(at("recall_import"), {"file": file}).content.decode()
    assert "Told at once" in page
    recall, notice = Recall.objects.get(), RecallNotice.objects.get()
    assert "544821A" in buyer.get(at("recall_detail", recall.pk)).content.decode()
    assert buyer.get(at("recall_list"), {"show": "ours"}).status_code == 200
    decided = {"verdict": "dismiss", "text": "x"}
    assert buyer.post(at("notice_decide", notice.pk), decided).status_code == 422
    mine = client_of(make_user("p6@x.example", Role.PROVIDER, party=shop.practices[5].party))
    assert "the recall of" in mine.get("/").content.decode()
    assert "Class I" in mine.get(at("my_recall_list")).content.decode()
    sent = {"outcome": "none", "seen": "on"}
    assert mine.post(at("recall_answer", notice.pk), {"outcome": "none"}).status_code == 422
    assert mine.post(at("recall_answer", notice.pk), sent).status_code == 302
    assert "none on hand" in buyer.get(at("recall_detail", recall.pk)).content.decode()


BOX = "10884838088617"


def device(number: str, code_info: str, **values: object) -> bytes:
    told = {"product_description": "Examination gloves, nitrile", "code_info": code_info}
    return report(number, **told | values)


def test_tells_of_a_device_by_its_own_code_and_refuses_its_serial_at_the_door(shop):
    level = PackLevel.objects.get(item__code="GLOVE", name="box")
    record_code(actor=shop.farrow, level_id=level.pk, text=BOX, is_moved=False, now=LATER,
                today=DAY)  # fmt: skip
    approve(close(shop, 20, 20, 12))
    send(shop)
    take(shop, 0, 5, lot="AB12")
    take(shop, 1, 5, lot="ZZ9")
    take(shop, 2, 2)
    told = device("Z-1", f"UDI-DI: {BOX} Lot Numbers: AB12; Serial Numbers: S71, S72")
    taken = take_recalls(actor=shop.farrow, data=told, now=LATER)
    assert (taken.told, taken.suggested) == (1, 2)
    exact = RecallNotice.objects.get(status="notified")
    assert (exact.practice, exact.rung, exact.unknown) == (shop.practices[0], 4, [])
    waits = RecallNotice.objects.filter(status="suggested").order_by("practice__name")
    serials = "the serials that were received"
    assert [(one.practice, one.unknown) for one in waits] == [
        (shop.practices[1], [serials]),
        (shop.practices[2], ["the lot that was received", serials]),
    ]  # fmt: skip
    with pytest.raises(RecalledLot, match=r"A package of these is recalled \(Z-1\)"):
        receive_scanned(
            actor=shop.managers[0], texts=[f"01{BOX}21S72"], location_id=shop.offices[0].pk,
            seen_packs=1, now=LATER, today=DAY,
        )  # fmt: skip
    buyer = client_of(make_user("udi@ipa.example", Role.COMPLIANCE_OFFICER))
    page = buyer.get(at("recall_detail", Recall.objects.get().pk)).content.decode()
    assert "UDI (article numbers)" in page
    assert "S71, S72" in page
    assert breaches() == []


def test_lets_nobody_commit_to_a_device_that_is_recalled_whole(shop):
    level = PackLevel.objects.get(item__code="GLOVE", name="box")
    record_code(actor=shop.farrow, level_id=level.pk, text=BOX, is_moved=False, now=LATER,
                today=DAY)  # fmt: skip
    shop.commit(0, 1)
    take_recalls(actor=shop.farrow, data=device("Z-2", f"UDI-DI {BOX}. All lots"), now=LATER)
    with pytest.raises(GateClosed, match="is recalled"):
        shop.commit(0, 2)
