from credentialing.models.applications import (
    Application,
    ApplicationSection,
    Attestation,
    Profile,
)
from credentialing.models.credentials import (
    Affiliation,
    Credential,
    Education,
    GapExplanation,
    MalpracticeClaim,
    Work,
)
from credentialing.models.documents import Document
from credentialing.models.events import (
    CredentialingEvent,
    Discrepancy,
    Element,
    EventStep,
    Inquiry,
    Review,
    Verification,
)
from credentialing.models.facilities import Facility, SiteCheck
from credentialing.models.networks import Network, NetworkListing, PractitionerRole
from credentialing.models.participations import Exclusivity, Participation
from credentialing.models.persons import Associate, PersonName, SelfDescription
from credentialing.models.practices import Location, Practice
from credentialing.models.practitioners import Identifier, Practitioner
from credentialing.models.screening import (
    ScreeningDecision,
    ScreeningMatch,
    ScreeningResult,
    ScreeningRun,
)
from credentialing.models.screening_lists import ListEntry, ListMapping, ListVersion

__all__ = [
    "Affiliation",
    "Application",
    "ApplicationSection",
    "Associate",
    "Attestation",
    "Credential",
    "CredentialingEvent",
    "Discrepancy",
    "Document",
    "Education",
    "Element",
    "EventStep",
    "Exclusivity",
    "Facility",
    "GapExplanation",
    "Identifier",
    "Inquiry",
    "ListEntry",
    "ListMapping",
    "ListVersion",
    "Location",
    "MalpracticeClaim",
    "Network",
    "NetworkListing",
    "Participation",
    "PersonName",
    "Practice",
    "Practitioner",
    "PractitionerRole",
    "Profile",
    "Review",
    "ScreeningDecision",
    "ScreeningMatch",
    "ScreeningResult",
    "ScreeningRun",
    "SelfDescription",
    "SiteCheck",
    "Verification",
    "Work",
]
