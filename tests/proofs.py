"""Which invariants are broken now, asked without leaving an incident behind."""

from ipaportal.core.sql import check_invariant
from ipaportal.home.proving import every_invariant


def breaches() -> list[str]:
    """The names of the invariants that find a row; `prove` would open incidents that stay."""
    return [invariant.name for invariant in every_invariant() if check_invariant(invariant).count]
