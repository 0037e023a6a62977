from credentialing.models.adverse import (
    AdverseAction,
    AdverseNotice,
    AdverseStep,
    HearingPanelist,
    NpdbEntry,
)
from credentialing.models.applications import (
    Application,
    ApplicationSection,
    Attestation,
    Profile,
)
from credentialing.models.askings import ApplicantReminder, InquiryReminder, WithdrawalLetter
from credentialing.models.audits import AuditMark, AuditPacket, AuditSample, SampledFile
from credentialing.models.committees import (
    AgendaItem,
    Attendance,
    Committee,
    Meeting,
    Pledge,
    Seat,
)
from credentialing.models.complaints import Complaint
from credentialing.models.credentials import (
    Affiliation,
    CallCover,
    Credential,
    Education,
    GapExplanation,
    Language,
    MalpracticeClaim,
    Supervision,
    Work,
)
from credentialing.models.decisions import (
    Condition,
    Decision,
    DecisionLetter,
    Discussion,
    Minutes,
    Motion,
    Recusal,
    Vote,
)
from credentialing.models.directory import (
    DirectoryChange,
    DirectoryCheck,
    DirectoryReminder,
    DirectoryRound,
    FacilityCheck,
)
from credentialing.models.documents import Document
from credentialing.models.earlier_decisions import EarlierDecision
from credentialing.models.events import (
    CredentialingEvent,
    Discrepancy,
    Element,
    EventStep,
    Inquiry,
    Review,
    Verification,
)
from credentialing.models.expirables import Allowance, ExpirableNotice, Suspension
from credentialing.models.facilities import Facility, SiteCheck
from credentialing.models.networks import Network, NetworkListing, PractitionerRole
from credentialing.models.participations import Exclusivity, Participation
from credentialing.models.persons import Associate, PersonName, SelfDescription
from credentialing.models.policies import NetworkPolicy
from credentialing.models.practices import Location, Practice
from credentialing.models.practitioners import Identifier, Practitioner
from credentialing.models.rosters import (
    Delegation,
    PlanRoster,
    Roster,
    RosterAnswer,
    RosterDifference,
    RosterLine,
    RosterSpec,
)
from credentialing.models.screening import (
    ScreeningDecision,
    ScreeningMatch,
    ScreeningResult,
    ScreeningRun,
)
from credentialing.models.screening_lists import ListEntry, ListMapping, ListVersion
from credentialing.models.turnaround import FileDays

__all__ = [
    "AdverseAction",
    "AdverseNotice",
    "AdverseStep",
    "Affiliation",
    "AgendaItem",
    "Allowance",
    "ApplicantReminder",
    "Application",
    "ApplicationSection",
    "Associate",
    "Attendance",
    "Attestation",
    "AuditMark",
    "AuditPacket",
    "AuditSample",
    "CallCover",
    "Committee",
    "Complaint",
    "Condition",
    "Credential",
    "CredentialingEvent",
    "Decision",
    "DecisionLetter",
    "Delegation",
    "DirectoryChange",
    "DirectoryCheck",
    "DirectoryReminder",
    "DirectoryRound",
    "Discrepancy",
    "Discussion",
    "Document",
    "EarlierDecision",
    "Education",
    "Element",
    "EventStep",
    "Exclusivity",
    "ExpirableNotice",
    "Facility",
    "FacilityCheck",
    "FileDays",
    "GapExplanation",
    "HearingPanelist",
    "Identifier",
    "Inquiry",
    "InquiryReminder",
    "Language",
    "ListEntry",
    "ListMapping",
    "ListVersion",
    "Location",
    "MalpracticeClaim",
    "Meeting",
    "Minutes",
    "Motion",
    "Network",
    "NetworkListing",
    "NetworkPolicy",
    "NpdbEntry",
    "Participation",
    "PersonName",
    "PlanRoster",
    "Pledge",
    "Practice",
    "Practitioner",
    "PractitionerRole",
    "Profile",
    "Recusal",
    "Review",
    "Roster",
    "RosterAnswer",
    "RosterDifference",
    "RosterLine",
    "RosterSpec",
    "SampledFile",
    "ScreeningDecision",
    "ScreeningMatch",
    "ScreeningResult",
    "ScreeningRun",
    "Seat",
    "SelfDescription",
    "SiteCheck",
    "Supervision",
    "Suspension",
    "Verification",
    "Vote",
    "WithdrawalLetter",
    "Work",
]
