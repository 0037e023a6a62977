"""By when a claim had to be paid and what its lateness owes, with every figure it was made of."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone

from compliance.models import Claim
from compliance.queries.claim_clocks import Standing, standing_of
from compliance.queries.claims import OWN, claims
from compliance.rules.claims import State
from compliance.rules.prompt_pay import DAYS_OF_A_YEAR
from ipaportal.audit.access import declare_members, shows_members
from ipaportal.core.parts import Explain, FactItem
from ipaportal.core.words import day_text, dollars_text, plural
from ipaportal.identity.web.access import PortalRequest, requires

STANDS = "the clock stands"


def time_facts(claim: Claim, url: str) -> list[FactItem]:
    """By when a claim has to be paid, and what is owed where it was not; each figure opens."""
    found = standing_of(claim, timezone.localdate())
    if found is None:
        return []
    if found.is_stopped:
        return [FactItem("To be paid by", STANDS, note="more was asked for", url=url)]
    facts = [FactItem("To be paid by", found.due_on, "day", url=url)] if found.due_on else []
    if found.problem:
        return [*facts, FactItem("Interest", "not known", note=found.problem)]
    label = "Interest paid" if claim.state == State.PAID else "Interest owed"
    note = _late_words(found) if found.owed.days_late else "in time"
    return [*facts, FactItem(label, found.owed.interest_cents, "money", note=note, url=url)]


def _late_words(found: Standing) -> str:
    return f"{plural(found.owed.days_late, 'day')} late at {_pct(found)} a year"


def _pct(found: Standing) -> str:
    return f"{found.owed.yearly_pct.normalize():f} %"


@requires("compliance.view_claims")
@shows_members()
def claim_lateness(request: PortalRequest, claim_id: int) -> HttpResponse:
    """How a claim's last day and its interest come about."""
    claim = get_object_or_404(claims(request.actor), pk=claim_id)
    return _page(request, claim, ("Claims", "compliance:claim_list"), "compliance:claim_detail")


@requires(OWN)
@shows_members()
def own_claim_lateness(request: PortalRequest, claim_id: int) -> HttpResponse:
    """The same for the practice's own claim."""
    claim = get_object_or_404(claims(request.actor, OWN), pk=claim_id)
    return _page(
        request, claim, ("Billing records", "compliance:own_claims"), "compliance:own_claim"
    )


def _page(
    request: PortalRequest, claim: Claim, first: tuple[str, str], detail: str
) -> HttpResponse:
    declare_members(request, [claim.member_id] if claim.member_id else [])
    found = standing_of(claim, timezone.localdate())
    context = {
        "claim": claim,
        "about": _about(found),
        "node": _explained(claim, found) if found and found.rule else None,
        "problem": found.problem if found else "",
        "crumbs": [(first[0], reverse(first[1])),
                   (claim.number, reverse(detail, args=[claim.pk])), ("In time", "")],
    }  # fmt: skip
    return render(request, "compliance/claim_lateness.html", context)


def _about(found: Standing | None) -> str:
    if found is None:
        return "No clock counts for it"
    if found.is_stopped:
        return "The clock stands: more was asked for"
    if found.problem:
        return "Not known yet"
    return _late_words(found) if found.owed.days_late else "In time"


def _explained(claim: Claim, found: Standing) -> Explain:
    """Interest, down to the day of receipt and the clause."""
    owed, rule = found.owed, found.rule
    parts = [_last_day(claim, found)]
    if found.day and found.due_on:
        what = "Paid on" if claim.state == State.PAID else "Not paid by today"
        late = plural(owed.days_late, "day")
        why = f"{late} after the last day; the day of payment counts."
        parts.append(Explain(what, value=day_text(found.day), why=why if owed.days_late else ""))
    if owed.days_late:
        whose = "The rule's own rate"
        if rule.yearly_pct is None:
            whose = "The Treasury's rate on the first day of lateness (31 U.S.C. 3902)"
        parts.append(Explain("Yearly rate", value=_pct(found), why=whose, source=rule.citation))
        parts.append(Explain("Allowed for the claim", claim.allowed_cents or 0))
    why = (
        f"{dollars_text(claim.allowed_cents or 0)} × {_pct(found)} × {owed.days_late} / "
        f"{DAYS_OF_A_YEAR}, rounded once"
        if owed.days_late
        else "Nothing is owed for a claim that is paid in time."
    )
    return Explain("Interest", owed.interest_cents, why=why, parts=tuple(parts))


def _last_day(claim: Claim, found: Standing) -> Explain:
    """The last day to pay, and each day that moved it."""
    days = found.rule.clean_days
    parts = [Explain("Received", value=day_text(claim.received_on), why="Day zero")]
    for one in claim.contests.all():
        parts.append(Explain("More was asked for", value=day_text(one.asked_on), why=one.reason))
        if one.complete_on:
            parts.append(Explain("All of it had come", value=day_text(one.complete_on)))
    value = day_text(found.due_on) if found.due_on else STANDS
    why = f"{plural(days, 'calendar day')} from {day_text(found.start)} on"
    return Explain(
        "Last day to pay", value=value, why=why, source=found.rule.citation, parts=tuple(parts)
    )
