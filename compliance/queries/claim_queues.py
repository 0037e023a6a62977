"""Everything of claims that somebody is to look at, in one list, with its clock and its owner."""

from collections.abc import Iterable
from datetime import date, timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from compliance.models import Claim, ClaimContest
from compliance.permissions import PERMISSIONS
from compliance.queries.claim_prices import Terms, prompt_pay_rule
from compliance.queries.claims import claims
from compliance.queries.remits import open_rows
from compliance.rules.claim_queues import REJECTED_DAYS, Item, queue_of
from compliance.rules.claims import State
from compliance.rules.prompt_pay import Contest, NoRule, Rule, clock
from ipaportal.core.actors import Actor
from ipaportal.identity.models import User
from ipaportal.identity.queries.actors import grants_in_force

COLUMNS = (
    *("pk", "state", "reason", "number", "party_id", "party__name", "billing_name"),
    *("received_on", "charge_cents", "member_id", "owner_id", "owner_name", "due_on"),
    *("payer_id", "first_day"),
)


def workers(permission: str, today: date) -> QuerySet[User]:
    """People whose role lets them work in queues, by name."""
    grants = grants_in_force(today).filter(role__in=PERMISSIONS[permission])
    return User.objects.filter(is_active=True, pk__in=grants.values("user_id")).order_by("name")


def open_items(actor: Actor, today: date) -> list[Item]:
    """Claims in any queue, and claims of remittances that somebody is to look at."""
    return [*_claims(actor, today), *_remits(actor)]


def in_queues(rows: QuerySet[Claim], today: date) -> QuerySet[Claim]:
    """Those of these claims that stand in a queue."""
    again = Claim.objects.filter(
        payer=OuterRef("payer"), ref=OuterRef("ref"), billing_npi=OuterRef("billing_npi"),
        pk__gt=OuterRef("pk"),
    ).exclude(state=State.REJECTED)  # fmt: skip
    since = today - timedelta(days=REJECTED_DAYS)
    return rows.filter(
        Q(state__in=[State.WAITING, State.READY])
        # What nobody of the network billed is told on paper: no remittance waits for it.
        | Q(state=State.DENIED, payment=None, party__isnull=False)
        | Q(state=State.REJECTED, received_on__gt=since) & (Q(ref="") | ~Exists(again))
    )


def _claims(actor: Actor, today: date) -> Iterable[Item]:
    rows = in_queues(claims(actor), today).order_by("pk").values(*COLUMNS)
    clocks = _Clocks()
    for one in rows:
        last, stopped = clocks.of(one)
        queue = queue_of(one["state"], one["reason"], is_answered=one["pk"] in clocks.answered)
        yield Item(
            "claim", one["pk"], queue, one["number"],
            one["party__name"] or one["billing_name"], one["received_on"], one["charge_cents"],
            one["member_id"], one["owner_id"], one["owner_name"], one["due_on"], last, stopped,
        )  # fmt: skip


class _Clocks:
    """By when claims have to be paid, denied or contested; terms and contests are read once."""

    def __init__(self) -> None:
        self.terms: dict[int, Terms] = {}
        self.rules: dict[tuple[int, date], Rule | None] = {}
        self.contests: dict[int, list[Contest]] = {}
        self.answered: set[int] = set()
        open_states = [State.WAITING, State.READY, State.DENIED]
        rows = ClaimContest.objects.filter(claim__state__in=open_states, claim__payment=None)
        fields = ("claim_id", "asked_on", "complete_on", "answered_on")
        for claim, asked, complete, answered in rows.values_list(*fields):
            self.contests.setdefault(claim, []).append(Contest(asked, complete))
            if answered and not complete:
                self.answered.add(claim)

    def of(self, row: dict) -> tuple[date | None, bool]:
        """A claim's last day, and whether its clock stands."""
        if row["state"] == State.REJECTED or row["first_day"] is None:
            return None, False
        rule = self._rule(row)
        if rule is None:
            return None, False
        asked = self.contests.get(row["pk"], ())
        found = clock(rule, row["received_on"], is_clean=True, contests=asked)
        return found.due, found.is_stopped

    def _rule(self, row: dict) -> Rule | None:
        payer = row["payer_id"]
        terms = self.terms.get(payer) or self.terms.setdefault(payer, Terms.of(payer))
        found = terms.on(row["party_id"], row["first_day"])
        if found is None:
            return None
        key = (found.pk, row["received_on"])
        if key not in self.rules:
            try:
                self.rules[key] = prompt_pay_rule(found, row["received_on"])
            except NoRule:
                self.rules[key] = None
        return self.rules[key]


def _remits(actor: Actor) -> Iterable[Item]:
    rows = open_rows(actor).values(
        "pk", "queue", "claim_ref", "at_stake_cents", "owner_id", "owner_name", "due_on",
        practice=F("remit__party__name"), since=F("remit__paid_on"), member=F("claim__member_id"),
    )  # fmt: skip
    for one in rows:
        yield Item(
            "remit", one["pk"], one["queue"], one["claim_ref"], one["practice"] or "",
            one["since"], one["at_stake_cents"], one["member"], one["owner_id"],
            one["owner_name"], one["due_on"],
        )  # fmt: skip
