"""Items by version, suppliers, price lists that are taken whole or not at all; and their pages."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse

from ipaportal.core.roles import Role
from purchasing.actions.items import (
    CodeTaken,
    NdcTaken,
    NotScheduled,
    PackTaken,
    change_item,
)
from purchasing.actions.suppliers import (
    FeeTooHigh,
    OutsideContract,
    PricesRefused,
    SameListAgain,
    SupplierThere,
    add_supplier,
    record_contract,
)
from purchasing.models import ItemVersion, PriceLine
from purchasing.rules.ndc import BadNdc
from tests.factories import NOON
from tests.people import client_of, make_user
from tests.purchasing.shopping import (
    START,
    make_buyer,
    make_contract,
    make_item,
    make_supplier,
    price,
)

pytestmark = pytest.mark.django_db
JULY = date(2026, 7, 1)
DRUG = {"kind": "drug", "is_rx": True, "ndc": "50242-040-62", "lot_tracked": True}


@pytest.fixture
def farrow():
    return make_buyer()


def test_keeps_every_version_of_an_item(farrow):
    item = make_item(farrow, "TETRA", **DRUG)
    with pytest.raises(CodeTaken):
        make_item(farrow, "tetra")
    with pytest.raises(NdcTaken):
        make_item(farrow, "OTHER", **DRUG | {"ndc": "50242004062"})
    with pytest.raises(BadNdc):
        make_item(farrow, "OTHER", **DRUG | {"ndc": "5024204062"})
    with pytest.raises(NotScheduled):
        make_item(farrow, "OTHER", schedule="4")
    known = {
        "name": "Tetra 50 mg",
        "kind": "drug",
        "hcpcs": "",
        "is_rx": True,
        "schedule": "4",
        "storage": "room",
        "lot_tracked": True,
        "refused_because": "",
    }
    given = {"actor": farrow, "item_id": item.pk, "ndc": "50242-040-62", "now": NOON}
    with pytest.raises(PackTaken):
        change_item(packs=[("Box", 50)], **given, **known)
    changed = change_item(packs=[("box", 100), ("case", 1000)], **given, **known)
    assert (changed.number, changed.ndc12) == (2, "050242004062")
    assert [one.number for one in item.versions.current()] == [2]
    assert [str(one) for one in item.levels.all()] == ["each", "box of 100", "case of 1,000"]
    with pytest.raises(IntegrityError), transaction.atomic():
        item.versions.filter(number=1).update(superseded_at=None)


def test_takes_a_price_list_whole_or_not_at_all(farrow):
    make_item(farrow)
    make_item(farrow, "TETRA", **DRUG)
    contract = make_contract(farrow, make_supplier(farrow))
    with pytest.raises(PricesRefused) as refused:
        price(
            farrow, contract,
            *("GLOVE,box,0,10", "GLOVE,carton,0,90", "NONE,box,0,1", "TETRA,each,0,2"),
            "TETRA,each,0,3",
        )  # fmt: skip
    assert [(one.line_no, one.code) for one in refused.value.problems] == [
        *((3, "unknown"), (4, "unknown"), (5, "tiers")),
    ]
    assert not PriceLine.objects.exists()
    with pytest.raises(OutsideContract):
        price(farrow, contract, "GLOVE,box,0,10", start=date(2025, 12, 31))
    price(farrow, contract, "GLOVE,box,0,10", "GLOVE,box,50,9", "50242-040-62,each,0,2")
    with pytest.raises(SameListAgain):
        price(farrow, contract, "GLOVE,box,0,10", "GLOVE,box,50,9", "50242-040-62,each,0,2")
    price(farrow, contract, "glove,BOX,0,8.5", start=JULY)
    now = PriceLine.objects.current().filter(level__name="box").order_by("effective_date")
    assert [(one.effective_date, one.end_date, one.tiers) for one in now] == [
        (START, JULY, [[0, "10"], [50, "9"]]),
        (JULY, None, [[0, "8.5"]]),
    ]
    assert PriceLine.objects.filter(superseded_no=None).count() == 3
    line = now.last()
    with pytest.raises(IntegrityError), transaction.atomic():
        PriceLine.objects.create(
            contract=contract, level=line.level, price_list=line.price_list, tiers=[[0, "1"]],
            effective_date=date(2027, 1, 1),
        )  # fmt: skip


def test_records_no_fee_that_practices_were_not_told_of(farrow):
    supplier = make_supplier(farrow)
    with pytest.raises(SupplierThere):
        add_supplier(
            actor=farrow, name="harbor medical", kind="distributor", email="", minimum_cents=0,
            now=NOON,
        )  # fmt: skip
    given = {
        "actor": farrow,
        "supplier_id": supplier.pk,
        "effective_date": START,
        "end_date": None,
        "source": "x",
        "now": NOON,
    }
    with pytest.raises(FeeTooHigh):
        record_contract(number="A", fee_pct=Decimal("3.01"), **given)
    assert record_contract(number="A", fee_pct=Decimal(3), **given).fee_pct == 3


def test_walks_from_an_item_to_its_price():
    client = client_of(make_user("farrow@ipa.example", Role.PURCHASING))

    def at(view, *args):
        return reverse(f"purchasing:{view}", args=args)

    def page(view, *args, **query):
        answer = client.get(at(view, *args), query)
        assert answer.status_code == 200
        return " ".join(answer.content.decode().split())

    assert "The catalogue is empty" in page("item_list")
    sent = {"code": "GLOVE", "name": "Gloves M", "kind": "supply", "storage": "room",
            "packs": "box = 100"}  # fmt: skip
    assert client.post(at("item_new"), sent | {"packs": "a box"}).status_code == 422
    assert client.post(at("item_new"), sent).status_code == 302
    assert client.post(at("item_new"), sent).status_code == 422
    item = ItemVersion.objects.get().item
    assert client.post(at("item_change", item.pk), sent | {"name": "Gloves L"}).status_code == 302
    assert "version 2" in page("item_detail", item.pk)
    given = {"name": "Harbor", "kind": "distributor", "minimum": "100"}
    assert client.post(at("supplier_new"), given).status_code == 302
    supplier = make_supplier(make_buyer("again@ipa.example"), "Second")
    licence = {"kind": "dea", "number": "RH1", "effective_date": "2026-01-01",
               "expires_date": "2027-01-01", "seen_where": "DEA"}  # fmt: skip
    assert client.post(at("licence_new", supplier.pk), licence).status_code == 422
    assert (
        client.post(at("licence_new", supplier.pk), licence | {"schedules": "3 4"}).status_code
        == 302
    )
    contract = {"number": "C-9", "effective_date": "2026-01-01", "fee_pct": "4", "source": "x"}
    assert client.post(at("supply_new", supplier.pk), contract).status_code == 422
    assert (
        client.post(at("supply_new", supplier.pk), contract | {"fee_pct": "3"}).status_code == 302
    )
    made = supplier.contracts.get()
    bad = SimpleUploadedFile("p.csv", b"Item,Pack,From packs,Price\nGLOVE,crate,0,1\n")
    sent = {"effective_date": "2026-01-01", "file": bad}
    answer = client.post(at("supply_prices", made.pk), sent)
    assert answer.status_code == 422
    assert "it comes as box of 100" in answer.content.decode()
    good = SimpleUploadedFile("p.csv", b"Item,Pack,From packs,Price\nGLOVE,box,0,12.5\n")
    assert client.post(at("supply_prices", made.pk), sent | {"file": good}).status_code == 302
    assert "$12.5" in page("supply_detail", made.pk)
    assert "Gloves L" in page("item_list", q="gloves")
    assert "Second" in page("item_detail", item.pk)
    assert "Never screened" in page("supplier_detail", supplier.pk)
    assert client.get(at("item_list"), {"export": "csv"}).status_code == 200
