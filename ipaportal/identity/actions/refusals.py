"""Why somebody's account or role is not changed."""

from ipaportal.core.refusals import Refused


class NotYours(Refused):
    def __init__(self) -> None:
        super().__init__(
            "Your role does not manage people with this role. Nothing was changed. "
            "Ask a system administrator."
        )


class OwnAccount(Refused):
    def __init__(self) -> None:
        super().__init__(
            "Nobody changes their own roles or suspends themselves. Nothing was changed. "
            "Ask another administrator."
        )


class WrongGrant(Refused):
    def __init__(self, fault: str) -> None:
        super().__init__(f"{fault} Nothing was changed. Choose another role, party or last day.")


class AlreadyGranted(Refused):
    def __init__(self) -> None:
        super().__init__(
            "This person already holds that role for that party. Nothing was changed."
            " End the role first if its days are wrong."
        )


class AlreadyEnded(Refused):
    def __init__(self) -> None:
        super().__init__("This role has ended already. Nothing was changed. Grant it anew.")


class AlreadyAUser(Refused):
    def __init__(self, email: str) -> None:
        super().__init__(
            f"{email} has an account already. Nothing was changed. "
            "Open the person under People and roles and grant the role there."
        )


class InvitationInvalid(Refused):
    def __init__(self) -> None:
        super().__init__(
            "This invitation cannot be used: it was used already, withdrawn, replaced by a newer "
            "one, or has expired. Nothing was changed. Ask whoever invited you for a new one."
        )


class SetUpClosed(Refused):
    def __init__(self) -> None:
        super().__init__("This portal is set up already. Nothing was changed. Sign in instead.")
