"""Passing claims on to plans: which of them, and in what capacity each goes (CLM05-3)."""

ORIGINAL, REPLACEMENT, VOID = "1", "7", "8"
PROFESSIONAL = "professional"
# What an 837P holds of one claim.
MOST_LINES = 50


def frequency(own: str, *, plan_has_it: bool) -> str | None:
    """
    As what a claim goes: what the plan has accepted is replaced or voided, all else is new.

    None for a void of what the plan knows nothing of: there is nothing to take back.
    """
    if own == VOID:
        return VOID if plan_has_it else None
    return REPLACEMENT if plan_has_it else ORIGINAL
