from purchasing.models.apart import ApartReceipt
from purchasing.models.award_approvals import AwardApproval
from purchasing.models.award_asks import AwardAsk
from purchasing.models.awards import (
    Award,
    PurchaseLine,
    PurchaseOrder,
    Receipt,
    ReceiptSerial,
    Shortage,
    ShortageLine,
)
from purchasing.models.catalogue import Item, ItemVersion, PackCode, PackLevel
from purchasing.models.charges import Charge, NetCarried, NetLine, NettingRun
from purchasing.models.closings import ItemClosing, OfficePart
from purchasing.models.control import (
    Budget,
    BuyingControl,
    CommitmentRequest,
    GateRefusal,
)
from purchasing.models.eligibility import ContractReach, Eligibility
from purchasing.models.fee_addenda import FeeAddendum
from purchasing.models.fees import Disclosure, FeeReceipt, FeeShare
from purchasing.models.list_arrivals import ListArrival
from purchasing.models.orders import Commitment, GroupOrder, Offer, OrderItem
from purchasing.models.papers import LineChange, PurchaseVersion, TradeProfile
from purchasing.models.rebate_words import RebateAgreed, RebateLook, RebateStatement
from purchasing.models.rebates import RebateAccrual, RebatePart, RebateReceipt, RebateShare
from purchasing.models.recalls import Recall, RecallNotice
from purchasing.models.reference import ReferenceFile, ReferenceRow
from purchasing.models.sites import Agreement, Site
from purchasing.models.standing import ParLevel, StandingOrder, StandingUse, StockCount
from purchasing.models.supplier_numbers import SupplierNumber
from purchasing.models.suppliers import (
    ListMapping,
    PriceDraft,
    PriceLine,
    PriceList,
    Supplier,
    SupplierLicence,
    SupplyContract,
)
from purchasing.models.trade import TradeDocument, TradeFile, TradeLine
from purchasing.models.troubles import (
    ChargeCredit,
    ReturnedPackage,
    SupplyPaper,
    Trouble,
    TroubleStep,
)

__all__ = [
    "Agreement",
    "ApartReceipt",
    "Award",
    "AwardApproval",
    "AwardAsk",
    "Budget",
    "BuyingControl",
    "Charge",
    "ChargeCredit",
    "Commitment",
    "CommitmentRequest",
    "ContractReach",
    "Disclosure",
    "Eligibility",
    "FeeAddendum",
    "FeeReceipt",
    "FeeShare",
    "GateRefusal",
    "GroupOrder",
    "Item",
    "ItemClosing",
    "ItemVersion",
    "LineChange",
    "ListArrival",
    "ListMapping",
    "NetCarried",
    "NetLine",
    "NettingRun",
    "Offer",
    "OfficePart",
    "OrderItem",
    "PackCode",
    "PackLevel",
    "ParLevel",
    "PriceDraft",
    "PriceLine",
    "PriceList",
    "PurchaseLine",
    "PurchaseOrder",
    "PurchaseVersion",
    "RebateAccrual",
    "RebateAgreed",
    "RebateLook",
    "RebatePart",
    "RebateReceipt",
    "RebateShare",
    "RebateStatement",
    "Recall",
    "RecallNotice",
    "Receipt",
    "ReceiptSerial",
    "ReferenceFile",
    "ReferenceRow",
    "ReturnedPackage",
    "Shortage",
    "ShortageLine",
    "Site",
    "StandingOrder",
    "StandingUse",
    "StockCount",
    "Supplier",
    "SupplierLicence",
    "SupplierNumber",
    "SupplyContract",
    "SupplyPaper",
    "TradeDocument",
    "TradeFile",
    "TradeLine",
    "TradeProfile",
    "Trouble",
    "TroubleStep",
]
