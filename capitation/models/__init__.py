from capitation.models.bank_returns import ReturnFile, ReturnLine
from capitation.models.banking import BankAccount
from capitation.models.bonuses import Bonus
from capitation.models.checks import (
    Check,
    CheckBook,
    ClearedFile,
    PositivePayFile,
    PositivePayLine,
)
from capitation.models.closed_panels import ClosedPanelNote
from capitation.models.contracts import Contract, RateCell, RateTable, Terms
from capitation.models.files import PlanFile, RosterMapping
from capitation.models.inbox import InboxFile
from capitation.models.members import (
    CoverageSpan,
    Member,
    MemberCounty,
    MemberIdentifier,
    MemberProfile,
    MemberStatus,
    PcpAssignment,
    RiskScore,
)
from capitation.models.payers import Payer
from capitation.models.payments import Payment, PaymentBatch
from capitation.models.prenotes import BankAgreement, Prenote, PrenoteFile
from capitation.models.receipts import PlanPayment, Premium, Receipt, RemittanceLine
from capitation.models.runs import Run, Share, Waterfall
from capitation.models.statements import Dispute, Statement, StatementPosting
from capitation.models.worklists import UnmatchedRow

__all__ = [
    "BankAccount",
    "BankAgreement",
    "Bonus",
    "Check",
    "CheckBook",
    "ClearedFile",
    "ClosedPanelNote",
    "Contract",
    "CoverageSpan",
    "Dispute",
    "InboxFile",
    "Member",
    "MemberCounty",
    "MemberIdentifier",
    "MemberProfile",
    "MemberStatus",
    "Payer",
    "Payment",
    "PaymentBatch",
    "PcpAssignment",
    "PlanFile",
    "PlanPayment",
    "PositivePayFile",
    "PositivePayLine",
    "Premium",
    "Prenote",
    "PrenoteFile",
    "RateCell",
    "RateTable",
    "Receipt",
    "RemittanceLine",
    "ReturnFile",
    "ReturnLine",
    "RiskScore",
    "RosterMapping",
    "Run",
    "Share",
    "Statement",
    "StatementPosting",
    "Terms",
    "UnmatchedRow",
    "Waterfall",
]
