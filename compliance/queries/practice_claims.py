"""Visits that claims and encounters tell of somebody: what the network's files count of them."""

from collections.abc import Collection
from datetime import date

from django.db.models import CharField, Count, Value
from django.db.models.functions import Cast, Concat

from compliance.models import Claim
from compliance.rules.claims import State
from credentialing.rules.performance import ENCOUNTERS, TOPICS, Item, Number
from ipaportal.core.words import plural

# Care that was given, as far as it is known: what was refused or replaced tells of none.
TAKEN = (State.READY, State.PAID, State.ENCOUNTER)
VOID = "8"
TEXT = CharField()


def visits_since(
    *, practitioner_id: int, party_ids: Collection[int], span: tuple[date, date]
) -> Number:
    """How many visits (a member on a day) claims and encounters tell of within a span, by plan."""
    rows = Claim.objects.filter(
        practitioner=practitioner_id, first_day__range=span, state__in=TAKEN
    ).exclude(frequency=VOID)
    visit = Concat(Cast("member_id", TEXT), Value("|"), Cast("first_day", TEXT), output_field=TEXT)
    plans = rows.order_by().values("payer__party__name").annotate(
        claims=Count("pk"),
        visits=Count(visit, distinct=True),
        members=Count("member_id", distinct=True),
    )  # fmt: skip
    told = sorted(plans, key=lambda row: row["payer__party__name"])
    items = tuple(
        Item(span[1], f"{row['payer__party__name']}: {plural(row['visits'], 'visit')} of "
                      f"{plural(row['members'], 'member')}")
        for row in told
    )  # fmt: skip
    claims = sum(row["claims"] for row in told)
    note = f"by {plural(claims, 'claim or encounter', 'claims and encounters')}" if claims else ""
    return Number(TOPICS[ENCOUNTERS], sum(row["visits"] for row in told), items, note)
