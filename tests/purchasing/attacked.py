"""What attackers may name of buying together; `name` stands wherever a text may."""

from ipaportal.core.actors import Actor
from tests.purchasing.shopping import make_contract, make_item, make_supplier, price


def make_bought(name: str) -> dict[str, object]:
    """An item with a price, its supplier and contract."""
    clock = Actor.system("clock")
    item = make_item(clock, "GLOVE", name=name[:200], refused_because="")
    supplier = make_supplier(clock, name[:200])
    contract = make_contract(clock, supplier, name[:60])
    price(clock, contract, "GLOVE,box,0,10.00", "GLOVE,box,50,9.00")
    return {"item_id": item.pk, "supplier_id": supplier.pk, "supply_id": contract.pk}
