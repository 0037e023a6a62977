"""Reasons: why a run's line differs from what was posted, found by comparing two traces."""

from capitation.rules.traces import TraceInputs

WORDS = {
    "CURRENT": "This month's capitation",
    "ADD": "Member was added for this month",
    "TERM": "Member's coverage ended before or within this month",
    "REINSTATE": "Member's coverage was ended and is valid again",
    "PCP_CHANGE": "Member's PCP changed",
    "PLAN_CHANGE": "Member moved to another product of the plan",
    "AGE_BAND": "Member's birth date or sex was corrected",
    "STATUS": "Member's status changed",
    "COUNTY": "Member's county changed",
    "RAF": "Member's risk score changed",
    "PREMIUM": "The plan changed its premium or what it paid",
    "RATE": "The rate changed",
    "TERMS": "The contract's terms changed, or whether the practice is exclusive with the plan",
    "QUALITY": "Quality settlement",
    "MANUAL": "Correction by the IPA",
    "ERROR": "An earlier figure was corrected",
}
# The same in a word or two, for filters and narrow columns.
SHORT = {
    "CURRENT": "This month",
    "ADD": "Added",
    "TERM": "Ended",
    "REINSTATE": "Reinstated",
    "PCP_CHANGE": "PCP change",
    "PLAN_CHANGE": "Product change",
    "AGE_BAND": "Birth date or sex",
    "STATUS": "Status",
    "COUNTY": "County",
    "RAF": "Risk score",
    "PREMIUM": "Premium or payment",
    "RATE": "Rate",
    "TERMS": "Terms",
    "QUALITY": "Quality",
    "MANUAL": "Correction",
    "ERROR": "Earlier figure",
}
# Why a plan's 834 says that a member has another PCP (PLA05, X12 005010X220A1).
PCP_CHANGES = {
    "14": "Voluntary withdrawal",
    "22": "Plan change",
    "46": "The plan's own record was wrong",
    "AA": "Dissatisfied with the office staff",
    "AB": "Dissatisfied with the care",
    "AC": "The office is inconvenient to reach",
    "AD": "Dissatisfied with the office hours",
    "AE": "No appointment in good time",
    "AF": "Dissatisfied with the referral policy",
    "AG": "Felt less respected than other patients",
    "AH": "The member moved",
    "AI": "No reason given",
    "AJ": "Appointments did not begin in time",
}
CODES = frozenset(WORDS)


def reason(
    before: TraceInputs | None,
    after: TraceInputs | None,
    *,
    is_current_month: bool,
    was_posted_before: bool,
) -> str:
    """
    Name the one reason of a difference; where several apply, the first of this list.

    CURRENT (the first row of the run's own month), TERM, REINSTATE, ADD (days that count went
    or came), PCP_CHANGE, PLAN_CHANGE, STATUS, AGE_BAND, COUNTY, RAF, RATE, TERMS, PREMIUM, else
    ERROR. A new rate comes with new terms, so RATE is looked for first; a county's rate and premium
    come with the county.
    Came back is REINSTATE only if the plan had taken its money back; money that waited in
    suspense for coverage is an ADD. QUALITY and MANUAL are stated by whoever posts them.
    """
    if is_current_month and not was_posted_before:
        return "CURRENT"
    old, new = before or TraceInputs(), after or TraceInputs()
    if before is None and new.covered_days == 0:
        return "PREMIUM"
    return _by_coverage(before, old, new) or _by_input(old, new)


def _by_coverage(before: TraceInputs | None, old: TraceInputs, new: TraceInputs) -> str | None:
    if old.covered_days == 0 and new.covered_days > 0:
        return "REINSTATE" if before and old.received == 0 else "ADD"
    if new.counted_days < old.counted_days or new.covered_days == 0 < old.covered_days:
        return "TERM"
    return "ADD" if new.counted_days > old.counted_days else None


def _by_input(old: TraceInputs, new: TraceInputs) -> str:
    changes = (
        ("PCP_CHANGE", old.pcps != new.pcps),
        ("PLAN_CHANGE", old.plan_code != new.plan_code),
        ("STATUS", old.status != new.status),
        ("AGE_BAND", (old.age, old.sex) != (new.age, new.sex)),
        ("COUNTY", (old.county or "") != (new.county or "")),
        ("RAF", old.risk != new.risk),
        ("RATE", old.rate != new.rate),
        ("TERMS", (old.terms_id, old.exclusive_days) != (new.terms_id, new.exclusive_days)),
        ("PREMIUM", (old.premium or 0, old.received) != (new.premium or 0, new.received)),
    )
    return next((code for code, changed in changes if changed), "ERROR")
