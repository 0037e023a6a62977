from ipaportal.identity.models.emergencies import EmergencyAccess
from ipaportal.identity.models.forms import SentForm
from ipaportal.identity.models.interests import Interest
from ipaportal.identity.models.invitations import Invitation
from ipaportal.identity.models.parties import Party
from ipaportal.identity.models.sso import SsoIdentity
from ipaportal.identity.models.users import Grant, User

__all__ = [
    "EmergencyAccess",
    "Grant",
    "Interest",
    "Invitation",
    "Party",
    "SentForm",
    "SsoIdentity",
    "User",
]
