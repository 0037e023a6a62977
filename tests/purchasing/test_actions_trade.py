"""What suppliers send back: matched line by line, refused whole, and nothing half applied."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, IntegrityError, transaction
from django.urls import reverse

from ipaportal.core.files import read_stored
from ipaportal.core.roles import Role
from ipaportal.home.demo.supplier_papers import Sender, Sent, answer, invoice, notice
from ipaportal.identity.models import User
from purchasing.actions.amendments import save_profile
from purchasing.actions.supplier_numbers import NumberMeansNothing, revoke_number
from purchasing.actions.trade import (
    CannotAgree,
    NoSuchLine,
    NotWaiting,
    SameFileAgain,
    SameReader,
    agree_line,
    decide_invoice_line,
    match_line,
    step_papers,
    take_papers,
)
from purchasing.models import (
    Charge,
    PurchaseLine,
    Supplier,
    SupplierNumber,
    TradeDocument,
    TradeFile,
    TradeLine,
)
from purchasing.queries.trade import on_the_way, reckon
from purchasing.rules.purchase_papers import site_code
from tests.databases import acting_as
from tests.people import client_of, fresh_client_of, make_user
from tests.proofs import breaches
from tests.purchasing.group_orders import LATER, Shop, take
from tests.purchasing.shopping import make_buyer
from tests.purchasing.test_actions_papers import order_of, ordered  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db
D = Decimal
GLOVES, KETO = ("IN", "GLOVE"), ("N4", "00409379501")
FAR = date(2027, 6, 30)


def sender(number: int = 1) -> Sender:
    return Sender("HARBOR", "OURS", LATER, number)


def read(shop: Shop, data: bytes, name: str = "in.x12") -> list[TradeDocument]:
    supplier = order_of(shop).supplier_id
    return take_papers(
        actor=shop.farrow, supplier_id=supplier, file_name=name, data=data, now=LATER
    )


def gloves(packs: int, price: str = "9", **more: object) -> Sent:
    return Sent(1, packs, price=D(price), goods=GLOVES, **more)


def keto(packs: int, price: str = "40", **more: object) -> Sent:
    return Sent(2, packs, price=D(price), goods=KETO, **more)


def bill(shop: Shop, *lines: Sent, number: str = "INV-1", control: int = 1, freight: int = 0):
    data = invoice(sender(control), number, order_of(shop).number, lines, freight)
    (document,) = read(shop, data, f"{number}.810")
    return document


def lines_of(document: TradeDocument) -> list[tuple[str, str]]:
    return [(one.state, one.code) for one in document.lines.all()]


def everything_comes(shop: Shop) -> None:
    for who, line in enumerate(PurchaseLine.objects.filter(order_item=shop.gloves.pk)):
        take(shop, who, line.packs)
    take(shop, 5, 4, lot="L1", expires_date=FAR)


def test_an_answer_changes_no_order_and_what_it_changes_waits(ordered):
    number = order_of(ordered).number
    told = [[gloves(40), gloves(10, status="IB")], [keto(4, price="41", status="IP")]]
    (document,) = read(ordered, answer(sender(), number, told))
    assert document.state == "waiting"
    first, second = document.lines.all()
    assert (first.packs, first.said["answer"]) == (40, "40 accepted, 10 backordered")
    assert "the price is $41" in second.reason
    assert "hold the supplier to the contract" in second.next_step
    assert set(PurchaseLine.objects.values_list("due", "packs")) == {
        (packs, packs) for packs in PurchaseLine.objects.values_list("packs", flat=True)
    }
    agree_line(actor=ordered.farrow, line_id=first.pk, text="kept open", now=LATER)
    with pytest.raises(NotWaiting):
        agree_line(actor=ordered.farrow, line_id=first.pk, text="again", now=LATER)
    match_line(
        actor=ordered.farrow, line_id=second.pk, order_item_id=None, text="told them", now=LATER
    )
    document.refresh_from_db()
    assert document.state == "taken"
    (accepted,) = read(ordered, answer(sender(2), number, [[gloves(50)], [keto(4)]]))
    assert (accepted.state, lines_of(accepted)) == ("taken", [("taken", "")] * 2)
    (silent,) = read(ordered, answer(sender(3), number, [[gloves(50)]]))
    assert sorted(lines_of(silent)) == [("taken", ""), ("waiting", "unanswered")]
    (whole,) = read(ordered, answer(sender(4), number, [], kind="RD"))
    assert lines_of(whole) == [("waiting", "whole")]


def test_a_notice_fills_in_what_an_office_is_to_receive(ordered):
    office = ordered.offices[5]
    line = PurchaseLine.objects.get(order_item=ordered.drug.pk)
    to = site_code(office.pk)
    sent = [keto(3, site=to, lot="K77", expires=FAR), gloves(2, site=to), gloves(5)]
    (document,) = read(ordered, notice(sender(), "SH-1", order_of(ordered).number, sent))
    assert lines_of(document) == [("taken", ""), ("waiting", "unmatched"), ("waiting", "no_office")]
    assert (document.content["carrier"], document.content["statement"]) == ("PARCEL", True)
    (coming,) = on_the_way(line, 0)
    assert (coming.packs, coming.lot, coming.expires) == (3, "K77", "2027-06-30")
    manager = User.objects.get(pk=ordered.managers[5].user_id)
    address = reverse("purchasing:delivery_detail", args=[line.pk])
    page = client_of(manager).get(address).content.decode()
    assert 'value="K77"' in page
    assert 'value="2027-06-30"' in page
    take(ordered, 5, 3, lot="K77", expires_date=FAR)
    assert on_the_way(line, 3) == []
    over = [keto(2, site=to)]
    (more,) = read(ordered, notice(sender(2), "SH-2", order_of(ordered).number, over))
    assert lines_of(more) == [("waiting", "above_order")]
    again = notice(sender(3), "SH-1", order_of(ordered).number, [keto(1, site=to)])
    (twice,) = read(ordered, again)
    assert (twice.state, lines_of(twice)) == ("refused", [("refused", "twice")])
    assert "SH-1 was taken already" in twice.lines.get().reason


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([gloves(51)], "above_order"),
        ([gloves(30), gloves(30)], "above_order"),
        ([gloves(50, unit="CA")], "wrong_pack"),
        ([gloves(50, price="9.5")], "price_above"),
        ([gloves(50, price="10")], "wrong_tier"),
    ],
)
def test_refuses_an_invoice_whole_and_names_the_line(ordered, lines, code):
    document = bill(ordered, keto(4), *lines)
    assert document.state == "refused"
    assert ("refused", code) in lines_of(document)
    found = reckon(order_of(ordered))
    assert found.invoiced_cents == 0
    assert all(one.match.invoiced == 0 for one in found.lines)


@pytest.mark.parametrize(
    ("written", "instead", "code"),
    [
        (b"CUR*SE*USD", b"CUR*SE*CAD", "currency"),
        (b"IT1*1*50*", b"IT1*1*-50*", "negative"),
        (b"TDS*45000", b"TDS*45001", "total_differs"),
        (b"*0*P*", b"*0*T*", "test"),
        (b"ST*810", b"ST*850", "kind"),
        (b"N4*00409379501", b"N4*0409379501", "ndc"),
        (b"IT1*1*50*", b"IT1*1*99999999999*", "too_much"),
        (b"IEA*1*", b"IEA*2*", "iea01"),
        (b"IN*GLOVE", b"IN*GL\x00VE", "nul"),
    ],
)
def test_refuses_a_file_by_its_segment_and_keeps_it(ordered, written, instead, code):
    lines = [keto(4)] if written.startswith(b"N4") else [gloves(50)]
    data = invoice(sender(), "INV-1", order_of(ordered).number, lines)
    assert written in data
    (document,) = read(ordered, data.replace(written, instead))
    assert (document.state, TradeLine.objects.count()) == ("refused", 0)
    assert code in {one[1].lower() for one in document.content["problems"]}
    assert read_stored(document.file.sha256).startswith(b"ISA")
    page = client_of(User.objects.get(pk=ordered.farrow.user_id)).get(
        reverse("purchasing:paper_detail", args=[document.pk])
    )
    assert "What is wrong" in page.content.decode()


def test_an_invoice_is_taken_once_by_number_by_content_and_by_bytes(ordered):
    everything_comes(ordered)
    document = bill(ordered, gloves(30), keto(4))
    assert document.state == "taken"
    with pytest.raises(SameFileAgain):
        bill(ordered, gloves(30), keto(4))
    number = bill(ordered, gloves(5), number="inv-1", control=2)
    content = bill(ordered, gloves(30), keto(4), number="INV-9", control=3)
    assert {number.state, content.state} == {"refused"}
    assert "INV-1 was taken already" in number.lines.first().reason
    assert "what invoice INV-1 asks for" in content.lines.first().reason
    with pytest.raises(IntegrityError), transaction.atomic():
        TradeDocument.objects.filter(pk=content.pk).update(state="taken")
    rest = bill(ordered, gloves(20), number="INV-2", control=4)
    assert rest.state == "taken"
    more = bill(ordered, gloves(1), number="INV-3", control=5)
    assert lines_of(more) == [("refused", "above_order")]
    found = reckon(order_of(ordered))
    assert (found.invoiced_cents, found.received_cents, found.difference_cents) == (
        610_00, 610_00, 0,
    )  # fmt: skip
    assert breaches() == []


def test_an_invoice_waits_for_its_goods_and_is_looked_at_again(ordered):
    document = bill(ordered, gloves(50), keto(4))
    assert lines_of(document) == [("waiting", "not_come")] * 2
    assert step_papers(LATER) == 0
    assert reckon(order_of(ordered)).difference_cents == 610_00
    everything_comes(ordered)
    assert step_papers(LATER + timedelta(hours=1)) == 1
    assert step_papers(LATER + timedelta(hours=1)) == 0
    document.refresh_from_db()
    assert (document.state, document.taken_at) == ("taken", LATER + timedelta(hours=1))
    assert not Charge.objects.exists()  # the supplier bills these practices itself
    assert breaches() == []


def test_freight_waits_for_somebody_of_finance_who_did_not_read_it_in(ordered):
    everything_comes(ordered)
    document = bill(ordered, gloves(50), freight=12_50)
    (line,) = document.lines.filter(state="waiting")
    assert (line.code, line.cents, document.total_cents) == ("charge", 12_50, 462_50)
    quinn = make_buyer("quinn@ipa.example", Role.FINANCE)
    given = {"line_id": line.pk, "is_agreed": True, "text": "agreed by phone", "now": LATER}
    with pytest.raises(CannotAgree):
        agree_line(actor=ordered.farrow, line_id=line.pk, text="no", now=LATER)
    both = make_buyer("both@ipa.example", Role.FINANCE)
    with transaction.atomic():
        file = document.file
        twin = TradeDocument.objects.create(
            file=TradeFile.objects.create(
                supplier=file.supplier, file_name="x", sha256="1" * 64,
                recorded_by_id=both.user_id, recorded_by_name="Both", recorded_at=LATER,
            ),
            supplier=file.supplier, kind="810", number="X", state="waiting",
            content_sha256="2" * 64,
        )  # fmt: skip
        own = TradeLine.objects.create(
            document=twin, segment_no=1, said={}, state="waiting", code="charge", reason="freight"
        )
        with pytest.raises(SameReader):
            decide_invoice_line(actor=both, **{**given, "line_id": own.pk})
    decide_invoice_line(actor=quinn, **given)
    document.refresh_from_db()
    assert document.state == "taken"
    found = reckon(order_of(ordered))
    assert (found.extra_cents, found.difference_cents) == (12_50, 12_50 - 160_00)
    with pytest.raises(DatabaseError), transaction.atomic():
        TradeFile.objects.update(file_name="no")


def test_refusing_what_waits_refuses_the_invoice(ordered):
    everything_comes(ordered)
    document = bill(ordered, gloves(50), freight=12_50)
    line = document.lines.get(state="waiting")
    user = make_user("pay@ipa.example", Role.FINANCE)
    address = reverse("purchasing:paper_settle", args=[line.pk])
    client = fresh_client_of(user)
    assert client.post(address, {"verdict": "refuse", "text": "not agreed"}).status_code == 302
    document.refresh_from_db()
    assert document.state == "refused"
    assert reckon(order_of(ordered)).invoiced_cents == 0
    corrected = bill(ordered, gloves(50), control=2)  # the same number may come again
    assert corrected.state == "taken"


def test_somebody_says_which_line_an_unmatched_one_is_about(ordered):
    everything_comes(ordered)
    strange = Sent(9, 50, price=D(9), goods=("VN", "HM-778"))
    document = bill(ordered, strange)
    (line,) = document.lines.all()
    assert (line.state, line.code) == ("waiting", "unmatched")
    given = {"actor": ordered.farrow, "line_id": line.pk, "text": "their number", "now": LATER}
    with pytest.raises(NoSuchLine):
        match_line(order_item_id=10**9, **given)
    with pytest.raises(CannotAgree):
        match_line(order_item_id=None, **given)
    match_line(order_item_id=ordered.gloves.pk, **given)
    document.refresh_from_db()
    assert document.state == "taken"
    unknown = invoice(sender(7), "INV-7", "PO-1999-0001", [gloves(1)])
    (document,) = read(ordered, unknown)
    assert lines_of(document) == [("waiting", "no_order")]
    match_line(
        actor=ordered.farrow, line_id=document.lines.get().pk, order_item_id=ordered.gloves.pk,
        text="it is ours", now=LATER,
    )  # fmt: skip
    document.refresh_from_db()
    assert (document.state, document.purchase_id) == ("refused", order_of(ordered).pk)
    assert lines_of(document) == [("refused", "above_order")]


def test_learns_what_a_supplier_calls_it_until_somebody_takes_that_back(ordered):
    everything_comes(ordered)

    def billed(number: str, packs: int, control: int) -> TradeDocument:
        strange = Sent(9, packs, price=D(9), goods=("VN", "HM-778"))
        return bill(ordered, strange, number=number, control=control)

    (line,) = billed("INV-1", 20, 1).lines.all()
    match_line(
        actor=ordered.farrow, line_id=line.pk, order_item_id=ordered.gloves.pk, text="theirs",
        now=LATER,
    )  # fmt: skip
    learnt = SupplierNumber.objects.get()
    assert (learnt.number, learnt.level_id, learnt.learnt_from) == (
        "hm-778", ordered.gloves.level_id, line,
    )  # fmt: skip
    assert lines_of(billed("INV-2", 15, 2)) == [("taken", "")]  # by itself, from now on
    assert SupplierNumber.objects.count() == 1
    supplier = order_of(ordered).supplier_id
    buyer = client_of(User.objects.get(pk=ordered.farrow.user_id))
    page = buyer.get(reverse("purchasing:supplier_detail", args=[supplier])).content.decode()
    assert "hm-778" in page
    address = reverse("purchasing:number_revoke", args=[supplier, learnt.pk])
    assert buyer.post(address).status_code == 302
    with pytest.raises(NumberMeansNothing):
        revoke_number(actor=ordered.farrow, supplier_id=supplier, number_id=learnt.pk, now=LATER)
    assert SupplierNumber.objects.filter(superseded_at=None, level=None).count() == 1
    waits = billed("INV-3", 10, 3)
    assert lines_of(waits) == [("waiting", "unmatched")]
    assert breaches() == []


def test_takes_nothing_from_another_sender_nor_for_another_suppliers_order(ordered):
    supplier = order_of(ordered).supplier
    save_profile(
        actor=ordered.farrow, supplier_id=supplier.pk, our_qualifier="ZZ", our_id="OURS",
        their_qualifier="01", their_id="006141499", now=LATER,
    )  # fmt: skip
    document = bill(ordered, gloves(50))
    assert document.content["problems"][0][1] == "sender"
    other = Supplier.objects.exclude(pk=supplier.pk).get()
    data = invoice(sender(5), "INV-5", order_of(ordered).number, [gloves(50)])
    (foreign,) = take_papers(
        actor=ordered.farrow, supplier_id=other.pk, file_name="x", data=data, now=LATER
    )
    assert (foreign.purchase, lines_of(foreign)) == (None, [("waiting", "no_order")])


def test_shows_the_inbox_and_an_order_three_ways(ordered):
    everything_comes(ordered)
    client = client_of(User.objects.get(pk=ordered.farrow.user_id))
    data = invoice(sender(), "INV-1", order_of(ordered).number, [gloves(40, price="8.90")], 5_00)
    sent = {"supplier": order_of(ordered).supplier_id, "file": SimpleUploadedFile("a.810", data)}
    answered = client.post(reverse("purchasing:paper_read"), sent)
    document = TradeDocument.objects.get()
    assert answered.url == reverse("purchasing:paper_detail", args=[document.pk])
    page = client.get(reverse("purchasing:paper_list"), {"show": "waiting"}).content.decode()
    assert "invoice (810) INV-1" in page
    assert client.get(answered.url).status_code == 200
    match = client.get(reverse("purchasing:purchase_match", args=[order_of(ordered).pk]))
    text = match.content.decode()
    assert "10 packs came and are not invoiced" in text
    assert "−94.00" in text  # 40 at 8.90 for 50 at 9
    assert client.get(answered.url + "file/").getvalue() == data


def test_keeps_of_a_long_number_what_anybody_could_mean(ordered):
    everything_comes(ordered)
    document = bill(ordered, Sent(9, 1, price=D(9), goods=("VN", "X" * 5000)))
    assert lines_of(document) == [("waiting", "unmatched")]
    assert len(document.lines.get().said["sku"]) == 80


def test_takes_the_freight_that_was_agreed_on_and_no_cent_more(ordered):
    everything_comes(ordered)
    line = PurchaseLine.objects.filter(order_item=ordered.drug.pk)
    with acting_as():
        line.update(freight_cents=20_00)
    first = bill(ordered, gloves(30), freight=15_00)
    assert lines_of(first) == [("taken", ""), ("taken", "charge")]
    more = bill(ordered, gloves(20), number="INV-2", control=2, freight=5_01)
    (waiting,) = more.lines.filter(state="waiting")
    assert "$5.00 of freight are agreed on" in waiting.reason
    assert bill(ordered, keto(4), number="INV-3", control=3, freight=5_00).state == "taken"
    assert reckon(order_of(ordered)).difference_cents == 5_01
