"""What compliance keeps."""

from compliance.models.audit_rooms import AuditGuest, AuditRelease, AuditReply, AuditRequest
from compliance.models.audits import (
    Audit,
    AuditAnswer,
    AuditDraw,
    AuditElement,
    AuditItem,
    AuditOpening,
    AuditPacket,
    AuditStep,
    AuditUniverse,
)
from compliance.models.authorizations import Authorization, AuthorizationRule
from compliance.models.backups import BackupKeeping, KnownBackup
from compliance.models.breaches import BreachRecord
from compliance.models.care import (
    CareBatch,
    CareConcern,
    CareFact,
    CarePanel,
    CareReading,
    CareReview,
    CareRound,
)
from compliance.models.case_rates import CaseRate, CaseRateList
from compliance.models.cases import (
    Case,
    CaseDeputy,
    CaseEvent,
    CaseFile,
    CaseHandler,
    CaseLook,
    CasePerson,
    CaseTask,
    HotlineMessage,
    HotlineReport,
)
from compliance.models.checks import CheckResult
from compliance.models.claims import Claim, ClaimFile, ClaimLine, ClaimStep
from compliance.models.contests import ClaimContest, ContestPaper, InterestRate
from compliance.models.delegations import DelegationAgreement, DueReport, ReportDelivery
from compliance.models.disclosures import AccountRequest, Disclosure
from compliance.models.divisions import Division, DivisionRange
from compliance.models.ehr import (
    GoLive,
    GoLiveStep,
    HelpNote,
    HelpTicket,
    InterfaceBeat,
    RecordInterface,
    RecordSystem,
    Subsidy,
)
from compliance.models.encounters import EncounterExpectation
from compliance.models.fees import ClaimPayment, ClaimTerms, FeePrice, FeeSchedule
from compliance.models.findings import (
    Correction,
    CorrectionHandover,
    CorrectionStep,
    Finding,
    FindingAnalysis,
    FindingReview,
    Milestone,
)
from compliance.models.health_links import HealthJob, HealthJobFile, HealthLink
from compliance.models.health_records import (
    HealthFile,
    HealthPatient,
    HealthRecord,
    HealthSource,
    PatientStep,
)
from compliance.models.ibnr import IbnrAcceptance, IbnrEstimate
from compliance.models.incentive_requests import IncentiveRequest
from compliance.models.incentives import (
    IncentiveArrangement,
    PooledPanel,
    Pooling,
    PoolingAnswer,
)
from compliance.models.looks import LookDay, LookNight, UnusualLook
from compliance.models.obligations import (
    Control,
    ControlAnswer,
    Evidence,
    Obligation,
    ObligationControl,
    ObligationLibrary,
)
from compliance.models.plan_batches import PlanAnswerFile, PlanBatch, PlanBatchRow
from compliance.models.policies import (
    Attestation,
    Campaign,
    CampaignPerson,
    Policy,
    PolicyApproval,
    PolicyVersion,
)
from compliance.models.recoveries import Recovery, RecoveryPayment
from compliance.models.reinsurance import ReinsuranceContract, ReinsuranceNotice
from compliance.models.remits import Remit, RemitClaim, RemitDeposit, RemitFile, RemitStep
from compliance.models.retention import (
    HoldCustodian,
    LegalHold,
    Purge,
    PurgeApproval,
    PurgeItem,
)
from compliance.models.solvency import SolvencyQuarter
from compliance.models.stays import ClaimStay
from compliance.models.stop_loss import StopLossCover, StopLossRow

__all__ = [
    "AccountRequest",
    "Attestation",
    "Audit",
    "AuditAnswer",
    "AuditDraw",
    "AuditElement",
    "AuditGuest",
    "AuditItem",
    "AuditOpening",
    "AuditPacket",
    "AuditRelease",
    "AuditReply",
    "AuditRequest",
    "AuditStep",
    "AuditUniverse",
    "Authorization",
    "AuthorizationRule",
    "BackupKeeping",
    "BreachRecord",
    "Campaign",
    "CampaignPerson",
    "CareBatch",
    "CareConcern",
    "CareFact",
    "CarePanel",
    "CareReading",
    "CareReview",
    "CareRound",
    "Case",
    "CaseDeputy",
    "CaseEvent",
    "CaseFile",
    "CaseHandler",
    "CaseLook",
    "CasePerson",
    "CaseRate",
    "CaseRateList",
    "CaseTask",
    "CheckResult",
    "Claim",
    "ClaimContest",
    "ClaimFile",
    "ClaimLine",
    "ClaimPayment",
    "ClaimStay",
    "ClaimStep",
    "ClaimTerms",
    "ContestPaper",
    "Control",
    "ControlAnswer",
    "Correction",
    "CorrectionHandover",
    "CorrectionStep",
    "DelegationAgreement",
    "Disclosure",
    "Division",
    "DivisionRange",
    "DueReport",
    "EncounterExpectation",
    "Evidence",
    "FeePrice",
    "FeeSchedule",
    "Finding",
    "FindingAnalysis",
    "FindingReview",
    "GoLive",
    "GoLiveStep",
    "HealthFile",
    "HealthJob",
    "HealthJobFile",
    "HealthLink",
    "HealthPatient",
    "HealthRecord",
    "HealthSource",
    "HelpNote",
    "HelpTicket",
    "HoldCustodian",
    "HotlineMessage",
    "HotlineReport",
    "IbnrAcceptance",
    "IbnrEstimate",
    "IncentiveArrangement",
    "IncentiveRequest",
    "InterestRate",
    "InterfaceBeat",
    "KnownBackup",
    "LegalHold",
    "LookDay",
    "LookNight",
    "Milestone",
    "Obligation",
    "ObligationControl",
    "ObligationLibrary",
    "PatientStep",
    "PlanAnswerFile",
    "PlanBatch",
    "PlanBatchRow",
    "Policy",
    "PolicyApproval",
    "PolicyVersion",
    "PooledPanel",
    "Pooling",
    "PoolingAnswer",
    "Purge",
    "PurgeApproval",
    "PurgeItem",
    "RecordInterface",
    "RecordSystem",
    "Recovery",
    "RecoveryPayment",
    "ReinsuranceContract",
    "ReinsuranceNotice",
    "Remit",
    "RemitClaim",
    "RemitDeposit",
    "RemitFile",
    "RemitStep",
    "ReportDelivery",
    "SolvencyQuarter",
    "StopLossCover",
    "StopLossRow",
    "Subsidy",
    "UnusualLook",
]
