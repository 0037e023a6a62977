"""Refusals: what a person is told when the portal will not do something."""


class Refused(Exception):
    """A named refusal: says what happened, that nothing was changed, and what to do next."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotPermitted(Refused):
    """The actor holds no role that allows this."""

    def __init__(self, actor_name: str, permission: str) -> None:
        super().__init__(
            f"{actor_name} may not do this ({permission}). Nothing was changed. "
            "Ask an administrator of the IPA for the role that includes it."
        )
        self.permission = permission
