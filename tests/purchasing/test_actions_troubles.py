"""What came otherwise than ordered: kept apart, sent back, credited; and the papers of drugs."""

import io
import struct
import zipfile
import zlib
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from credentialing.actions.documents import WrongFile
from ipaportal.core.files import read_stored
from ipaportal.core.refusals import NotPermitted
from ipaportal.core.roles import Role
from ipaportal.ledger.queries.balances import balances_by_party
from purchasing.actions.charges import dispute_charge, settle_dispute, step_charges
from purchasing.actions.commitments import save_site
from purchasing.actions.receiving import NotAtThisDoor, PapersMissing
from purchasing.actions.supply_papers import PaperTwice, keep_paper
from purchasing.actions.traces import NothingTraced, SayWhat, take_trace
from purchasing.actions.troubles import (
    ChargeIsDisputed,
    MoreThanCame,
    MoreThanExpected,
    NotAPhoto,
    SteppedMeanwhile,
    ask_return,
    report_trouble,
    settle_trouble,
    step_own_trouble,
)
from purchasing.models import (
    Charge,
    ChargeCredit,
    GateRefusal,
    GroupOrder,
    PurchaseLine,
    Receipt,
    SupplierLicence,
    Trouble,
)
from purchasing.queries.charges import charge_state, with_taken
from purchasing.queries.traces import Traced
from purchasing.queries.troubles import my_troubles, troubles
from purchasing.rules.lifecycle import NotAllowed
from tests.kept import kept
from tests.people import client_of, fresh_client_of, make_user
from tests.proofs import breaches
from tests.purchasing.group_orders import (
    DAY,
    LATER,
    Shop,
    approve,
    at,
    close,
    make_shop,
    send,
    take,
)

pytestmark = pytest.mark.django_db


def _chunk(name: bytes, body: bytes) -> bytes:
    told = struct.pack(">I", zlib.crc32(name + body))
    return struct.pack(">I", len(body)) + name + body + told


_HEAD = _chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
_DRAWN = _chunk(b"IDAT", zlib.compress(bytes(2))) + _chunk(b"IEND", b"")
PLACE = _chunk(b"eXIf", b"MM GPS 34.05 N 118.24 W of a phone")
PNG, BARE = (b"\x89PNG\r\n\x1a\n" + _HEAD + PLACE + _DRAWN, b"\x89PNG\r\n\x1a\n" + _HEAD + _DRAWN)
LOT = {"lot": "K1", "expires_date": date(2028, 1, 1)}


@kept
def sent() -> Shop:
    """The order of the shop on its way, billed by the IPA: four packs of the drug for the last."""
    made = make_shop()
    GroupOrder.objects.filter(pk=made.order.pk).update(bills="ipa")
    approve(close(made, 20, 20, 12))
    send(made)
    return made


def line_of(shop: Shop, who: int = 5) -> PurchaseLine:
    return PurchaseLine.objects.get(location=shop.offices[who])


def report(shop: Shop, kind: str, packs: int, who: int = 5, **values: object) -> Trouble:
    usual = {"note": "seen at the door", "now": LATER}
    return report_trouble(
        actor=shop.managers[who], line_id=line_of(shop, who).pk, kind=kind, packs=packs,
        **{**usual, **values},
    )  # fmt: skip


def settle(shop: Shop, trouble: Trouble, event: str, state: str = "open", **values: object):
    usual = {"reference": "N 7", "text": "as the supplier says", "now": LATER, "today": DAY}
    return settle_trouble(
        actor=shop.farrow, trouble_id=trouble.pk, event=event, seen_state=state,
        **{**usual, **values},
    )  # fmt: skip


def own(shop: Shop, trouble: Trouble, event: str, state: str, who: int = 5):
    return step_own_trouble(
        actor=shop.managers[who], trouble_id=trouble.pk, event=event, reference="1Z 9",
        text="sealed", seen_state=state, now=LATER,
    )  # fmt: skip


def test_keeps_apart_what_came_too_warm_and_takes_it_in_when_released(sent):
    trouble = report(sent, "warm", 3, highest=Decimal("11.5"), photo=PNG, **LOT)
    assert trouble.note == "3.5 °C above 2 to 8 °C. seen at the door"
    # Where the phone was is not kept, and the picture is as it was.
    assert (trouble.photo_type, read_stored(trouble.photo_sha256)) == ("image/png", BARE)
    assert not Receipt.objects.exists()
    with pytest.raises(MoreThanExpected):  # four are expected, and three of them lie apart
        report(sent, "damaged", 2)
    with pytest.raises(NotAPhoto):
        report(sent, "damaged", 1, photo=b"%PDF-1.4\n%%EOF")
    for broken in (PNG[:-5], b"II*\0" + bytes(20)):  # half a picture; one that keeps its words
        with pytest.raises(NotAPhoto):
            report(sent, "damaged", 1, photo=broken)
    with pytest.raises(WrongFile):
        report(sent, "damaged", 1, photo=b"MZ nothing")
    settle(sent, trouble, "accept", text="the maker's stability data allow 12 °C for a day")
    receipt = Receipt.objects.get()
    assert (receipt.packs, receipt.lot, receipt.recorded_by_name) == (3, "K1", sent.farrow.name)
    with pytest.raises(SteppedMeanwhile):
        settle(sent, trouble, "accept")
    with pytest.raises(NotAllowed):
        settle(sent, trouble, "credit", "accepted")
    assert breaches() == []


def test_expects_no_more_what_is_credited_instead_of_coming(sent):
    trouble = report(sent, "warm", 3, lowest=Decimal("-2"), **LOT)
    settle(sent, trouble, "authorise")
    own(sent, trouble, "ship", "authorised")
    settle(sent, trouble, "credit", "shipped")
    assert line_of(sent).due == 1
    assert not ChargeCredit.objects.exists()  # it was never charged
    take(sent, 5, 1, **LOT)
    assert breaches() == []


def test_puts_damage_and_little_time_before_staff_by_itself(sent):
    take(sent, 5, 2, damaged=1, lot="K1", expires_date=DAY + timedelta(days=179))
    found = {one.kind: one for one in troubles(actor=sent.farrow, show="open")}
    assert set(found) == {"damaged", "short_dated"}
    assert found["short_dated"].note.startswith("It expires in 179 days")
    settle(sent, found["short_dated"], "accept")
    assert [one.kind for one in troubles(actor=sent.farrow, show="open")] == ["damaged"]
    assert my_troubles(actor=sent.managers[0]).count() == 0
    with pytest.raises(NotPermitted):
        own(sent, found["damaged"], "withdraw", "open", who=0)
    own(sent, found["damaged"], "withdraw", "open")


def test_credits_a_return_and_lets_no_more_go_back_than_came(sent):
    receipt = take(sent, 5, 4, **LOT)
    step_charges(LATER)
    charge = Charge.objects.get()
    with pytest.raises(MoreThanCame):
        asked_back(sent, receipt, 5)
    back = asked_back(sent, receipt, 3)
    with pytest.raises(MoreThanCame):
        asked_back(sent, receipt, 2)
    with pytest.raises(NotPermitted):
        asked_back(sent, receipt, 1, who=0)
    settle(sent, back, "authorise", reference="RMA 1")
    own(sent, back, "ship", "authorised")
    dispute_charge(actor=sent.managers[5], charge_id=charge.pk, text="too much", now=LATER)
    with pytest.raises(ChargeIsDisputed):
        settle(sent, back, "credit", "shipped")
    settle_dispute(actor=sent.farrow, charge_id=charge.pk, is_upheld=False, text="no", now=LATER)
    settle(sent, back, "credit", "shipped", reference="CM 1")
    credit = ChargeCredit.objects.get()
    assert (charge.cents, credit.cents, credit.given_back_cents) == (160_00, 120_00, 0)
    left = with_taken(Charge.objects.all()).get()
    assert (left.left_cents, charge_state(left)) == (40_00, "open")
    party = sent.practices[5].party_id
    assert balances_by_party("purchasing_clearing", party_ids=[party]) == {party: 40_00}
    refused = asked_back(sent, receipt, 1)
    settle(sent, refused, "refuse")
    again = asked_back(sent, receipt, 1)  # what was refused does not count
    assert again.packs == 1
    assert breaches() == []


def asked_back(shop: Shop, receipt: Receipt, packs: int, who: int = 5) -> Trouble:
    return ask_return(
        actor=shop.managers[who], receipt_id=receipt.pk, packs=packs, note="not used", now=LATER
    )


def test_the_database_lets_no_more_go_back_than_came(sent):
    receipt = take(sent, 5, 2, **LOT)
    asked_back(sent, receipt, 1)
    base = {"line": receipt.line, "receipt": receipt, "kind": "return", "note": "x",
            "reported_by_name": "script", "reported_at": LATER}  # fmt: skip
    with pytest.raises(IntegrityError), transaction.atomic():
        Trouble.objects.create(packs=2, **base)
    with pytest.raises(IntegrityError), transaction.atomic():
        Trouble.objects.create(packs=1, **base | {"receipt": None})
    Trouble.objects.create(packs=1, **base)


def test_takes_a_drug_in_a_pharmacy_only_with_its_papers(sent):
    save_site(actor=sent.managers[5], location_id=sent.offices[5].pk, has_fridge=True,
              is_pharmacy=True)  # fmt: skip
    with pytest.raises(PapersMissing):
        take(sent, 5, 2, **LOT)
    keep(sent, has_statement=False)
    with pytest.raises(PapersMissing):  # information alone is not the statement
        take(sent, 5, 2, **LOT)
    with pytest.raises(PaperTwice):
        keep(sent, has_statement=False)
    with pytest.raises(WrongFile):
        keep(sent, data=b"\x00\x01binary")
    keep(sent, data=b"<epcis/>", lot="k1", has_information=False)
    take(sent, 5, 2, **LOT)
    with pytest.raises(PapersMissing):  # the statement is of another lot
        take(sent, 5, 1, **LOT | {"lot": "K2"})
    held = report(sent, "papers", 1, **LOT | {"lot": "K2"})
    assert held.kind == "papers"


def keep(shop: Shop, **values: object):
    usual = {"lot": "", "has_information": True, "has_statement": True, "name": "ti.xml",
             "data": b"ISA*00*TI of K1"}  # fmt: skip
    return keep_paper(
        actor=shop.managers[5], line_id=line_of(shop).pk, now=LATER, **{**usual, **values}
    )


def test_takes_nothing_in_from_a_seller_without_a_licence(sent):
    SupplierLicence.objects.update(superseded_at=LATER)
    with pytest.raises(NotAtThisDoor, match="no verified licence to sell drugs into CA"):
        take(sent, 5, 1, **LOT)
    with pytest.raises(NotAtThisDoor, match="authorised trading partner"):
        take(sent, 5, 1, **LOT)
    kept_why = GateRefusal.objects.filter(stage="receipt", code="trading_partner")
    assert kept_why.count() == 2  # each time somebody tried
    held = report(sent, "gate", 1, **LOT)
    settle(sent, held, "accept")
    assert Receipt.objects.get().note == "released: may not be taken in"


def test_counts_the_hours_in_which_fda_is_told_of_what_is_illegitimate(sent):
    trouble = report(sent, "suspect", 1, **LOT)
    settle(sent, trouble, "find", text="the serial was printed twice")
    buyer = client_of(make_user("b2@ipa.example", Role.PURCHASING))
    page = buyer.get(at("trouble_detail", trouble.pk)).content.decode()
    assert "Form FDA 3911" in page
    settle(sent, trouble, "tell", "illegitimate", reference="FDA-1")
    settle(sent, trouble, "destroy", "told")
    assert [one.state for one in trouble.steps.all()] == ["illegitimate", "told", "destroyed"]


def test_hands_over_every_receipt_serial_and_paper_of_a_lot(sent):
    with pytest.raises(SayWhat):
        take_trace(actor=sent.farrow, asked=Traced(), now=LATER)
    with pytest.raises(NothingTraced):
        take_trace(actor=sent.farrow, asked=Traced(lot="K1"), now=LATER)
    keep(sent)
    take(sent, 5, 2, **LOT)
    for asked in (Traced(lot="k1"), Traced(product="0409-3795"), Traced(product="00409379501")):
        packet = take_trace(actor=sent.farrow, asked=asked, now=LATER)
    files = zipfile.ZipFile(io.BytesIO(packet))
    rows = files.read("receipts.csv").decode().splitlines()
    assert rows[1].split(",")[2:3] == ["Clinic 6"]
    assert "K1" in rows[1]
    (paper,) = [name for name in files.namelist() if name.startswith("papers/")]
    assert files.read(paper) == b"ISA*00*TI of K1"
    assert paper in files.read("manifest.txt").decode()
    with pytest.raises(NotPermitted):
        take_trace(actor=sent.managers[5], asked=Traced(lot="K1"), now=LATER)


def test_walks_a_damaged_box_from_the_door_to_its_credit(sent):
    user = make_user("door@x.example", Role.PRACTICE_MANAGER, party=sent.practices[0].party)
    mine, line = client_of(user), line_of(sent, 0)
    asked = {"kind": "damaged", "packs": 1, "note": "crushed"}
    assert mine.post(at("trouble_new", line.pk), asked | {"packs": 900}).status_code == 422
    photo = io.BytesIO(PNG)
    photo.name = "../evil.png"
    answer = mine.post(at("trouble_new", line.pk), asked | {"photo": photo})
    trouble = Trouble.objects.get()
    assert answer.url == at("my_trouble", trouble.pk)
    assert mine.get(at("my_trouble_photo", trouble.pk)).headers["Content-Type"] == "image/png"
    buyer = fresh_client_of(make_user("b3@ipa.example", Role.PURCHASING))
    with CaptureQueriesContext(connection) as told:
        assert "Clinic 1" in buyer.get(at("trouble_list"), {"show": "open"}).content.decode()
    # However many there are: how many, which stand on the page, and those alone.
    read = [one for one in told if 'FROM "purchasing_trouble"' in one["sql"]]
    assert len(read) == 3
    assert [one["sql"].count("JOIN") > 5 for one in read] == [False, False, True]
    step = {"event": "credit", "reference": "", "text": "", "seen_state": "open"}
    assert buyer.post(at("trouble_settle", trouble.pk), step).status_code == 422
    step |= {"reference": "CM 9"}
    assert buyer.post(at("trouble_settle", trouble.pk), step).status_code == 302
    assert "CM 9" in mine.get(at("my_trouble", trouble.pk)).content.decode()
    assert "Something is wrong" in mine.get(at("delivery_detail", line.pk)).content.decode()
    take(sent, 0, 2)
    (receipt,) = Receipt.objects.filter(line=line)
    back = mine.post(at("return_new", receipt.pk), {"packs": 2, "note": "ordered too many"})
    assert back.status_code == 302
    assert "All of it is on its way back" in mine.get(at("return_new", receipt.pk)).content.decode()
