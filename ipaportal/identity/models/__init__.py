from ipaportal.identity.models.parties import Party
from ipaportal.identity.models.users import Grant, User

__all__ = ["Grant", "Party", "User"]
