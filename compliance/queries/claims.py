"""What people ask of claims: those that wait, and why, one file's, a practice's own."""

from django.db.models import Count, QuerySet, Sum

from capitation.models import MemberProfile
from compliance.models import Claim, ClaimFile
from ipaportal.core.actors import Actor

VIEW, OWN = "compliance.view_claims", "compliance.view_own_claims"


def claims(actor: Actor, permission: str = VIEW) -> QuerySet[Claim]:
    """Claims that an actor may see, the newest first."""
    reach = actor.reach(permission)
    rows = Claim.objects.select_related("party", "practitioner")
    return rows if reach is None else rows.filter(party_id__in=reach)


def claim_files(actor: Actor) -> QuerySet[ClaimFile]:
    """Files of claims, the newest first."""
    assert actor.reach(VIEW) is None
    return ClaimFile.objects.select_related("payer__party")


def state_counts(rows: QuerySet[Claim]) -> dict[str, tuple[int, int]]:
    """Of each state how many, and what they were charged at."""
    found = rows.order_by().values_list("state").annotate(n=Count("pk"), c=Sum("charge_cents"))
    return {state: (count, int(cents)) for state, count, cents in found}


def names_of(member_ids: set[int]) -> dict[int, str]:
    """Members' names by key, as they are known now."""
    known = MemberProfile.objects.current().filter(member__in=member_ids)
    return {one.member_id: f"{one.first_name} {one.last_name}".strip() for one in known}
