"""Counting what came by the codes on packages, at a box with a phone."""

from datetime import date

import pytest

from ipaportal.core.refusals import NotPermitted
from ipaportal.core.roles import Role
from purchasing.actions.apart import NotOfThatProgram, receive_apart
from purchasing.actions.charges import step_charges
from purchasing.actions.pack_codes import CodeHoldsAnotherNdc, CodeOfAnother, record_code
from purchasing.actions.recalls import MoreThanCame, answer_notice, step_recalls, take_recalls
from purchasing.actions.receiving import (
    AlreadyExpired,
    NotAtThisDoor,
    NothingScanned,
    ScansChanged,
    receive_scanned,
)
from purchasing.models import PackLevel, PurchaseLine, Recall, Receipt, ReceiptSerial, Site
from purchasing.queries.apart import my_apart, packs_by_owner
from purchasing.queries.recalls import my_notices, packs_of
from purchasing.rules.ndc import gtin_of, parse_ndc
from purchasing.rules.scans import BadScan
from tests.kept import kept
from tests.people import client_of, make_user
from tests.purchasing.group_orders import DAY, LATER, Shop, approve, at, close, make_shop, send
from tests.purchasing.shopping import make_item
from tests.purchasing.test_actions_recalls import report

pytestmark = pytest.mark.django_db
GTIN = gtin_of(parse_ndc("0409-3795-01"))
GOOD = date(2027, 12, 31)


@kept
def sent() -> Shop:
    """The order of the shop, on its way; the last practice waits for four packs of the drug."""
    made = make_shop()
    approve(close(made, 20, 20, 12))
    send(made)
    return made


def sent_user(shop: Shop):
    """Somebody at the box in the last practice."""
    return make_user("box@x.example", Role.PRACTICE_MANAGER, party=shop.practices[5].party)


def code(serial: str, lot: str = "AB1", expiry: str = "271231") -> str:
    return f"01{GTIN}17{expiry}10{lot}\x1d21{serial}"


def scan(shop: Shop, *texts: str, packs: int, who: int = 5):
    return receive_scanned(
        actor=shop.managers[who], texts=texts, location_id=shop.offices[who].pk, seen_packs=packs,
        now=LATER, today=DAY,
    )  # fmt: skip


def test_records_a_receipt_for_each_lot_with_its_serials(sent):
    made = scan(sent, code("1"), code("2"), code("3", "CD2"), "junk", packs=3)
    assert [(one.packs, one.lot, one.expires_date) for one in made] == [
        (2, "AB1", GOOD), (1, "CD2", GOOD),
    ]  # fmt: skip
    assert sorted(ReceiptSerial.objects.values_list("serial", flat=True)) == ["1", "2", "3"]
    with pytest.raises(NothingScanned):
        scan(sent, code("2"), packs=1)
    with pytest.raises(ScansChanged):
        scan(sent, code("4"), code("2"), packs=2)
    assert Receipt.objects.count() == 2


def test_takes_a_serial_once_though_the_other_receipt_is_not_seen(sent):
    line = PurchaseLine.objects.get(location=sent.offices[0])
    theirs = Receipt.objects.create(
        line=line, packs=1, recorded_by_name="another practice", recorded_at=LATER
    )
    ReceiptSerial.objects.create(receipt=theirs, gtin=GTIN, serial="7")
    # The wall hides it from this practice; that the package came is refused all the same.
    form = {"office": sent.offices[5].pk, "codes": code("7"), "do": "read", "seen_packs": 1}
    mine = client_of(sent_user(sent))
    assert "1 pack would be recorded" in mine.post(at("scan_packs"), form).content.decode()
    answer = mine.post(at("scan_packs"), form | {"do": "record"})
    assert answer.status_code == 422
    assert "Serial 7 was received before" in answer.content.decode()
    assert Receipt.objects.count() == 1


def test_counts_for_nobody_elses_office(sent):
    with pytest.raises(NothingScanned):
        receive_scanned(
            actor=sent.managers[0], texts=[code("1")], location_id=sent.offices[5].pk,
            seen_packs=1, now=LATER, today=DAY,
        )  # fmt: skip
    with pytest.raises(NotPermitted):
        scan_as(sent, sent.farrow)
    assert not Receipt.objects.exists()


def scan_as(shop: Shop, actor):
    return receive_scanned(
        actor=actor, texts=[code("1")], location_id=shop.offices[5].pk, seen_packs=1, now=LATER,
        today=DAY,
    )  # fmt: skip


def test_shows_what_would_be_recorded_and_then_records_it(sent):
    mine = client_of(sent_user(sent))
    first = mine.get(at("scan_packs"))
    assert "camera=(self)" in first.headers["Permissions-Policy"]
    assert "camera=()" in mine.get(at("delivery_list")).headers["Permissions-Policy"]
    codes = f"{code('1')}\r\n{code('2')}\n{code('9', expiry='350230')}".replace("\x1d", "<GS>")
    sent_form = {"office": sent.offices[5].pk, "codes": codes, "do": "read"}
    page = mine.post(at("scan_packs"), sent_form).content.decode()
    assert "2 packs would be recorded" in page
    assert "and there is no such day" in page
    assert not Receipt.objects.exists()
    answer = mine.post(at("scan_packs"), sent_form | {"do": "record", "seen_packs": 2})
    assert answer.status_code == 302
    assert Receipt.objects.get().packs == 2


def apart(shop: Shop, code: str, ownership: str, **values: object):
    usual = {"packs": 2, "lot": "v1", "expires_date": GOOD, "note": "", "now": LATER, "today": DAY}
    level = PackLevel.objects.get(item__code=code, name="box")
    return receive_apart(
        actor=shop.managers[5], location_id=shop.offices[5].pk, level_id=level.pk,
        ownership=ownership, **{**usual, **values},
    )  # fmt: skip


def test_counts_stock_of_programmes_apart_and_charges_nothing_of_it(sent):
    make_item(sent.farrow, "FLU", kind="vaccine", is_rx=True, ndc="0002-1200-01",
              storage="refrigerated", lot_tracked=True)  # fmt: skip
    for code, ownership in (("KETO", "vfc"), ("FLU", "340b"), ("GLOVE", "340b")):
        with pytest.raises(NotOfThatProgram):
            apart(sent, code, ownership)
    with pytest.raises(AlreadyExpired):
        apart(sent, "FLU", "vfc", expires_date=date(2026, 3, 1))
    made = apart(sent, "FLU", "vfc")
    # Group purchasing is what a 340B site may not; its own account is not concerned.
    Site.objects.update(is_gpo_prohibited=True)
    apart(sent, "KETO", "340b", packs=1)
    Site.objects.update(has_fridge=False)
    with pytest.raises(NotAtThisDoor, match="no such storage on file"):
        apart(sent, "FLU", "vfc")
    assert (made.lot, made.practice) == ("V1", sent.practices[5])
    assert step_charges(LATER) == 0
    assert not Receipt.objects.exists()
    found = my_apart(actor=sent.managers[5])
    assert packs_by_owner(found) == {
        "VFC (public vaccines for children)": 2,
        "Section 317 (public vaccines)": 0,
        "340B account": 1,
    }
    assert not my_apart(actor=sent.managers[0]).exists()
    # A recall asks nobody whose stock it is: the office is told, and answers.
    text = {"product_description": "FLU, NDC 0002-1200-01", "code_info": "Lot # V1"}
    taken = take_recalls(actor=sent.farrow, data=report("D-7", **text), now=LATER)
    assert (taken.told, taken.suggested) == (1, 0)
    (notice,) = my_notices(actor=sent.managers[5])
    assert (notice.apart, notice.receipt, notice.packs_came) == (made, None, 2)
    assert notice.goods.endswith("(VFC (public vaccines for children))")
    answer = {"actor": sent.managers[5], "notice_id": notice.pk, "note": "", "now": LATER}
    with pytest.raises(MoreThanCame):
        answer_notice(outcome="quarantined", on_hand=3, **answer)
    answer_notice(outcome="quarantined", on_hand=2, **answer)
    recall = Recall.objects.get()
    assert packs_of(recall) == (2, 2)
    Site.objects.update(has_fridge=True)
    apart(sent, "FLU", "vfc", lot="V2")  # what comes later is compared too, and once
    assert (step_recalls(LATER), step_recalls(LATER)) == (1, 0)
    buyer = client_of(make_user("recalls@ipa.example", Role.PURCHASING))
    for page in (at("recall_detail", recall.pk), at("notice_decide", notice.pk)):
        assert "VFC (public vaccines" in buyer.get(page).content.decode()
    mine = client_of(make_user("mine@x.example", Role.PRACTICE_MANAGER,
                               party=sent.practices[5].party))  # fmt: skip
    for page in (at("my_recall_list"), at("recall_answer", notice.pk), "/"):
        assert mine.get(page).status_code == 200


def test_finds_supplies_by_the_code_that_was_recorded_of_their_pack(sent):
    box, other = "00012345678905", "10012345678902"
    level = PackLevel.objects.get(item__code="GLOVE", name="box")
    given = {"actor": sent.farrow, "is_moved": False, "now": LATER, "today": DAY}
    with pytest.raises(BadScan):
        record_code(level_id=level.pk, text="00012345678904", **given)
    drug = PackLevel.objects.get(item__code="KETO", name="box")
    with pytest.raises(CodeHoldsAnotherNdc):
        record_code(level_id=drug.pk, text="00300021200015", **given)
    record_code(level_id=drug.pk, text="012345678905", **given)
    with pytest.raises(CodeOfAnother):
        record_code(level_id=level.pk, text=f"(01){box}", **given)
    record_code(level_id=level.pk, text=box, **given | {"is_moved": True})
    made = scan(sent, box, box, other, packs=2, who=0)
    assert [(one.packs, one.lot) for one in made] == [(2, "")]
    buyer = client_of(make_user("codes@ipa.example", Role.PURCHASING))
    form = {"level": level.pk, "text": other}
    assert buyer.post(at("pack_code_new", level.item_id), form).status_code == 302
    assert other in buyer.get(at("item_detail", level.item_id)).content.decode()
    assert buyer.post(at("pack_code_new", level.item_id), form).status_code == 422
