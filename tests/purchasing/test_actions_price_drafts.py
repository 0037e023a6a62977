"""A supplier's own list: mapped once, seen, taken whole; every refused line named."""

import io
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import Workbook

from ipaportal.core.actors import Actor
from ipaportal.identity.models import User
from purchasing.actions.price_drafts import (
    ListChanged,
    NoList,
    NoSuchColumn,
    NothingMapped,
    NothingOffered,
    NotOpenNow,
    drop_draft,
    look_at,
    map_draft,
    start_draft,
    take_draft,
)
from purchasing.actions.suppliers import OutsideContract, PricesRefused
from purchasing.models import ListMapping, PriceDraft, PriceLine, SupplyContract
from tests.factories import NOON
from tests.kept import kept
from tests.people import client_of
from tests.purchasing.shopping import make_buyer, make_contract, make_item, make_supplier, price
from tests.purchasing.test_formats_catalogue import CATALOGUE
from tests.purchasing.test_formats_trade import interchange

pytestmark = pytest.mark.django_db
MAY = date(2026, 5, 1)
HEAD = "Vendor Cat #,NDC,Product Description,UOM,Qty Per UOM,Min Qty,Net Price,Currency\n"


@kept
def buyer() -> Actor:
    """Whoever buys, with a contract that prices gloves, and a drug that nobody prices."""
    made = make_buyer()
    make_item(made)
    make_item(made, "KETO", kind="drug", is_rx=True, ndc="0409-3795-01", packs=[("box", 25)])
    price(made, make_contract(made, make_supplier(made)), "GLOVE,box,0,10.00")
    return made


def start(actor: Actor, *lines: str, data: bytes = b"", head: str = HEAD) -> PriceDraft:
    contract = SupplyContract.objects.get()
    whole = data or (head + "\n".join(lines)).encode()
    return start_draft(
        actor=actor, contract_id=contract.pk, effective_date=MAY, file_name="may.csv", data=whole,
        now=NOON,
    )  # fmt: skip


GOOD = (
    "GLOVE,,Gloves,BX,100,0,9.50,USD",
    "GLOVE,,Gloves,BX,100,50,9.00,USD",
    "K-1,00409-3795-01,Ketorolac,box,25,0,40.00,",
    "ZZZ,,Something else,EA,1,0,3.00,USD",
)


def take(actor: Actor, draft: PriceDraft):
    return take_draft(actor=actor, draft_id=draft.pk, seen_digest=look_at(draft).digest, now=NOON)


def test_takes_a_list_by_guessed_columns_and_leaves_out_what_is_not_bought(buyer):
    draft = start(buyer, *GOOD)
    found = look_at(draft)
    assert (found.problems, found.left_out) == ([], 1)
    assert [(one.item.code, one.before) for one in found.offered] == [
        ("GLOVE", [[0, "10.00"]]), ("KETO", None),
    ]  # fmt: skip
    assert take(buyer, draft).lines == 3
    now = {line.level.item.code: line.tiers for line in PriceLine.objects.on(MAY)}
    assert now == {"GLOVE": [[0, "9.50"], [50, "9.00"]], "KETO": [[0, "40.00"]]}
    with pytest.raises(NotOpenNow):
        take(buyer, draft)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("GLOVE,,Gloves,EA,1,0,9.50,USD", "wrong_pack"),  # the price of a box
        ("GLOVE,,Gloves,drum,,0,9.50,USD", "pack"),
        ("GLOVE,,Gloves,BX,50,0,9.50,USD", "pack"),
        ("GLOVE,,Gloves,BX,100,0,9.50,EUR", "currency"),
        ("GLOVE,,Gloves,BX,100,0,Gloves,USD", "no_price"),  # shifted columns
        ("GLOVE,,Gloves,BX,100,-1,9.50,USD", "negative"),
        ("K-1,0409379501,Ketorolac,box,25,0,40.00,USD", "ndc"),
        ("GLOVE,,Gloves,BX,100,50,11.00,USD\nGLOVE,,Gloves,BX,100,0,9.00,USD", "tiers"),
    ],
)
def test_refuses_a_list_by_line_and_takes_none_of_it(buyer, line, code):
    draft = start(buyer, "ZZZ,,Something else,EA,1,0,3.00,USD", line)
    before = list(PriceLine.objects.values_list("pk", flat=True))
    with pytest.raises(PricesRefused) as refused:
        take(buyer, draft)
    assert [one.code for one in refused.value.problems] == [code]
    assert refused.value.problems[0].line_no >= 3
    assert list(PriceLine.objects.values_list("pk", flat=True)) == before


def test_refuses_gaps_and_overlaps_where_a_list_says_how_far_a_tier_goes(buyer):
    head = "SKU,UOM,From,To,Price\n"
    gap = start(buyer, "GLOVE,box,1,49,10", "GLOVE,box,60,,9", head=head)
    assert [one.code for one in look_at(gap).problems] == ["tiers"]
    assert "no tier says what 50 to 59 cost" in look_at(gap).problems[0].message
    whole = start(buyer, "GLOVE,box,1,49,10", "GLOVE,box,50,,9", head=head)
    assert look_at(whole).problems == []


def test_keeps_a_mapping_for_the_suppliers_next_list(buyer):
    head = "What,Held in,Dollars,Old dollars\n"
    draft = start(buyer, "GLOVE,box,9.00,10.00", head=head)
    assert draft.columns == {}
    assert look_at(draft).problems
    for wrong in ({"sku": "No such"}, {"sku": "What", "ndc": "What"}):
        with pytest.raises(NoSuchColumn):
            map_draft(actor=buyer, draft_id=draft.pk, columns=wrong, now=NOON)
    for nothing in ({}, {"sku": "", "ndc": ""}, {"colour": "What"}):
        with pytest.raises(NothingMapped):
            map_draft(actor=buyer, draft_id=draft.pk, columns=nothing, now=NOON)
    assert not ListMapping.objects.exists()
    columns = {"sku": "What", "pack": "Held in", "price": "Dollars", "ndc": ""}
    map_draft(actor=buyer, draft_id=draft.pk, columns=columns, now=NOON)
    draft.refresh_from_db()
    seen = look_at(draft).digest
    book = Workbook()
    for row in (head.strip().split(","), ["GLOVE", "box", 9.25, 10]):
        book.active.append(row)
    packed = io.BytesIO()
    book.save(packed)
    again = start(buyer, data=packed.getvalue())
    assert again.columns == {"sku": "What", "pack": "Held in", "price": "Dollars"}
    assert str(look_at(again).offered[0].ladder.tiers[0].price) == "9.25"
    take(buyer, again)
    with pytest.raises(ListChanged):
        take_draft(actor=buyer, draft_id=draft.pk, seen_digest=seen, now=NOON)
    drop_draft(actor=buyer, draft_id=draft.pk)
    assert ListMapping.objects.filter(superseded_at=None).count() == 1


def test_takes_no_list_that_cannot_be_read_or_prices_nothing_of_ours(buyer):
    for data in (b"", b"%PDF-1.4 x", b"PK\x03\x04"):
        with pytest.raises(NoList):
            start_draft(
                actor=buyer, contract_id=SupplyContract.objects.get().pk, effective_date=MAY,
                file_name="x", data=data, now=NOON,
            )  # fmt: skip
    with pytest.raises(OutsideContract):
        start_draft(
            actor=buyer, contract_id=SupplyContract.objects.get().pk, data=b"a",
            effective_date=date(2025, 1, 1), file_name="x", now=NOON,
        )  # fmt: skip
    draft = start(buyer, "ZZZ,,Something else,EA,1,0,3.00,USD")
    with pytest.raises(NothingOffered):
        take(buyer, draft)


def test_shows_what_a_list_would_change_before_it_is_taken(buyer):
    client = client_of(User.objects.get(pk=buyer.user_id))
    contract = SupplyContract.objects.get()
    sent = {"file": SimpleUploadedFile("may.csv", (HEAD + "\n".join(GOOD)).encode()),
            "effective_date": "2026-05-01"}  # fmt: skip
    answered = client.post(reverse("purchasing:draft_new", args=[contract.pk]), sent)
    page = client.get(answered.url).content.decode()
    assert "$10.00" in page
    assert "$9.50; from 50 $9.00" in page
    assert "Take these prices" in page
    draft = PriceDraft.objects.get()
    mapped = {**draft.columns, "eaches": ""}
    assert client.post(answered.url, mapped).status_code == 302
    draft.refresh_from_db()
    done = client.post(
        answered.url + "do/", {"do": "take", "seen_digest": look_at(draft).digest}
    )  # fmt: skip
    assert done.url == reverse("purchasing:supply_detail", args=[contract.pk])
    assert PriceLine.objects.on(MAY).count() == 2


def test_takes_an_832_as_any_list(buyer):
    draft = start(buyer, data=interchange("832", "SC", *CATALOGUE))
    found = look_at(draft)
    assert (draft.columns, found.left_out, found.problems) == ({}, 0, [])
    take(buyer, draft)
    now = {line.level.item.code: line.tiers for line in PriceLine.objects.on(MAY)}
    assert now == {"GLOVE": [[0, "9.5"], [50, "9"]], "KETO": [[0, "40"]]}
    wrong = start(buyer, data=interchange("832", "SC", "BCT*PC*1", "CTP**UCP*1*0*BX"))
    assert [one.code for one in look_at(wrong).problems] == ["no_item"]
