from purchasing.models.catalogue import Item, ItemVersion, PackLevel
from purchasing.models.orders import Commitment, GroupOrder, Offer, OrderItem
from purchasing.models.sites import Agreement, Site
from purchasing.models.suppliers import (
    PriceLine,
    PriceList,
    Supplier,
    SupplierLicence,
    SupplyContract,
)

__all__ = [
    "Agreement",
    "Commitment",
    "GroupOrder",
    "Item",
    "ItemVersion",
    "Offer",
    "OrderItem",
    "PackLevel",
    "PriceLine",
    "PriceList",
    "Site",
    "Supplier",
    "SupplierLicence",
    "SupplyContract",
]
