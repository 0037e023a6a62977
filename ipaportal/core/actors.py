"""Who acts: a person with the grants in force now, or the system under a name."""

from dataclasses import dataclass
from functools import cached_property

from ipaportal.core.permissions import roles_for
from ipaportal.core.roles import PARTY_ROLES


@dataclass(frozen=True)
class Actor:
    """Whoever does or asks something. `grants` are (role, party id) pairs in force now."""

    user_id: int | None
    name: str
    grants: frozenset[tuple[str, int]] = frozenset()
    is_system: bool = False

    @classmethod
    def system(cls, name: str) -> "Actor":
        """The clock, a worker or the command line: may do everything, is nobody's maker."""
        return cls(user_id=None, name=name, is_system=True)

    @cached_property
    def roles(self) -> frozenset[str]:
        return frozenset(role for role, _ in self.grants)

    def may(self, permission: str) -> bool:
        return self.is_system or not self.roles.isdisjoint(roles_for(permission))

    def reach(self, permission: str) -> frozenset[int] | None:
        """Party ids whose rows this permission shows the actor; None means every party's."""
        if self.is_system:
            return None
        held = {(role, party) for role, party in self.grants if role in roles_for(permission)}
        if any(role not in PARTY_ROLES for role, _ in held):
            return None
        return frozenset(party for _, party in held)
