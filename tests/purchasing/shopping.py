"""A catalogue, suppliers and prices for tests, as whoever buys records them."""

from datetime import date
from decimal import Decimal

from ipaportal.core.actors import Actor
from ipaportal.core.roles import Role
from purchasing.actions.items import add_item
from purchasing.actions.suppliers import (
    add_supplier,
    record_contract,
    record_licence,
    take_prices,
)
from purchasing.models import Item, Supplier, SupplyContract
from tests.factories import NOON
from tests.people import actor_of, make_user

START = date(2026, 1, 1)
FAR = date(2028, 12, 31)


def make_buyer(email: str = "farrow@ipa.example", role: Role = Role.PURCHASING) -> Actor:
    """Somebody of the IPA who buys."""
    return actor_of(make_user(email, role))


def make_item(actor: Actor, code: str = "GLOVE", **known: object) -> Item:
    """Gloves in boxes of a hundred, or whatever else is named."""
    usual = {
        "name": f"{code.title()} M",
        "kind": "supply",
        "ndc": "",
        "hcpcs": "",
        "is_rx": False,
        "schedule": "",
        "storage": "room",
        "lot_tracked": False,
        "refused_because": "",
        "packs": [("each", 1), ("box", 100)],
    }
    return add_item(actor=actor, code=code, now=NOON, **{**usual, **known})


def make_supplier(actor: Actor, name: str = "Harbor Medical", **values: object) -> Supplier:
    """A distributor that may sell drugs into California."""
    usual = {"kind": "distributor", "email": "orders@harbor.example", "minimum_cents": 0}
    made = add_supplier(actor=actor, name=name, now=NOON, **{**usual, **values})
    for kind, state, number in (("state", "CA", "WLS 1"), ("partner", "", "FDA 1")):
        record_licence(
            actor=actor,
            supplier_id=made.pk,
            kind=kind,
            state=state,
            number=number,
            schedules="",
            effective_date=START,
            expires_date=FAR,
            seen_where="the board's page",
            now=NOON,
        )
    return made


def make_contract(
    actor: Actor, supplier: Supplier, number: str = "C-1", **terms: object
) -> SupplyContract:
    """A contract from the year's beginning."""
    usual = {"fee_pct": Decimal(2), "source": "signed in December", "end_date": None}
    return record_contract(
        actor=actor,
        supplier_id=supplier.pk,
        number=number,
        effective_date=START,
        now=NOON,
        **usual | terms,
    )


def price(actor: Actor, contract: SupplyContract, *lines: str, start: date = START):
    """Take a price list of lines such as GLOVE,box,0,10.00."""
    data = "\n".join(["Item,Pack,From packs,Price", *lines]).encode()
    return take_prices(
        actor=actor,
        contract_id=contract.pk,
        effective_date=start,
        file_name="list.csv",
        data=data,
        now=NOON,
    )
