"""A practice's own control: who commits and is asked, budgets by period, what waits for a word."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import DecimalField, F, Q, QuerySet, Sum
from django.db.models.functions import Round
from django.utils import timezone

from credentialing.models import Location, Practice
from ipaportal.core.actors import Actor
from ipaportal.core.money import round_cents
from ipaportal.core.roles import Role
from ipaportal.core.spans import Span
from ipaportal.core.words import month_text
from ipaportal.identity.models import Grant
from purchasing.models import (
    Budget,
    BuyingControl,
    Commitment,
    CommitmentRequest,
    GroupOrder,
    OrderItem,
    PurchaseLine,
)
from purchasing.queries.orders import SHOP, newest
from purchasing.queries.sites import practices_of
from purchasing.rules.budgets import QUARTER, Room, counts_for, period_of

BUYERS = (Role.PROVIDER, Role.PRACTICE_MANAGER)
# What is committed binds at most; what was awarded is known by its lines.
COMMITTED = ("announced", "open", "topping_up", "closing")


@dataclass(frozen=True)
class LiveControl:
    """Who commits for a practice and whose word is asked, those who may still sign in."""

    practice: Practice
    committers: frozenset[int]
    approvers: frozenset[int]
    colleagues: dict[int, str]
    above_cents: int | None

    def names(self, ids: Iterable[int]) -> str:
        """People by their names."""
        return ", ".join(sorted(self.colleagues[one] for one in ids if one in self.colleagues))


def colleagues_of(practice: Practice, today: date) -> dict[int, str]:
    """Who may sign in and buy for a practice: number and name."""
    rows = Grant.objects.filter(
        Q(end_date__isnull=True) | Q(end_date__gt=today),
        party=practice.party_id, role__in=BUYERS, effective_date__lte=today, user__is_active=True,
    )  # fmt: skip
    return dict(rows.order_by("user__name").values_list("user_id", "user__name"))


def control_of(practice: Practice, row: BuyingControl | None, today: date) -> LiveControl:
    """A practice's control as it is now; of who is named, those who are still there."""
    colleagues = colleagues_of(practice, today)
    if row is None:
        return LiveControl(practice, frozenset(), frozenset(), colleagues, None)
    there = frozenset(colleagues)
    return LiveControl(
        practice,
        frozenset(row.committer_ids) & there,
        frozenset(row.approver_ids) & there,
        colleagues,
        row.above_cents,
    )


def live_control(practice: Practice, today: date) -> LiveControl:
    """The same, read now."""
    row = BuyingControl.objects.filter(practice=practice, superseded_at=None).first()
    return control_of(practice, row, today)


def budgets(*, actor: Actor) -> QuerySet[Budget]:
    """The budgets of somebody's practices that are in force."""
    mine = practices_of(actor, SHOP)
    found = Budget.objects.filter(practice__in=mine, superseded_at=None)
    return found.select_related("practice__party").order_by(
        "practice__name", "category", "period", "pk"
    )


def requests(*, actor: Actor, show: str = "", text: str = "") -> QuerySet[CommitmentRequest]:
    """What waited for a word in somebody's practices, the newest first."""
    found = CommitmentRequest.objects.filter(practice__in=practices_of(actor, SHOP))
    if show:
        found = found.filter(state=show)
    if text:
        found = found.filter(order_item__version__name__icontains=text)
    return found.select_related(
        "order_item__order", "order_item__version", "order_item__level", "location__practice",
        "practice__party",
    ).order_by("-pk")  # fmt: skip


def most_cents(one: Commitment, item: OrderItem) -> int:
    """The most that a commitment may cost, with what it would take to fill a case."""
    ceiling = one.max_price or (Decimal(item.ladder[0][1]) if item.ladder else Decimal(0))
    return round_cents(ceiling * (one.quantity + one.flex))


def counted_cents(item: OrderItem, location: Location) -> int:
    """The most that an office's word of an item may cost as it counts now."""
    said = Commitment.objects.filter(order_item=item, location=location).order_by("-pk").first()
    return most_cents(said, item) if said else 0


@dataclass(frozen=True)
class Part:
    """One thing that a budget is used for, bought or committed."""

    what: str
    order: GroupOrder
    office: str
    packs: int
    price: Decimal
    cents: int
    line_id: int | None = None
    item_id: int | None = None

    @property
    def is_bought(self) -> bool:
        """Whether it was awarded and ordered, not only committed."""
        return self.line_id is not None


@dataclass(frozen=True)
class Ledger:
    """A budget in the period of a day, and all that it is made of."""

    budget: Budget
    span: Span
    parts: tuple[Part, ...]

    @property
    def room(self) -> Room:
        """What is used, committed and left."""
        used = sum(one.cents for one in self.parts if one.is_bought)
        committed = sum(one.cents for one in self.parts if not one.is_bought)
        return Room(self.name, self.budget.cents, used, committed)

    @property
    def name(self) -> str:
        """Such as: the budget of October 2026 for drugs."""
        about = f" for {self.budget.get_category_display()}" if self.budget.category else ""
        return f"the budget of {period_text(self.span, self.budget.period)}{about}"


def period_text(span: Span, period: str) -> str:
    """A month by its name, a quarter by its number."""
    if period == QUARTER:
        return f"Q{(span.start.month + 2) // 3} {span.start.year}"
    return month_text(span.start)


def ledger_of(budget: Budget, day: date) -> Ledger:
    """A budget in the period that a day lies in: an order counts where it closes."""
    span = period_of(day, budget.period)
    parts = [
        *_bought(budget, span),
        *_committed(budget, span),
    ]
    return Ledger(budget, span, tuple(parts))


def _bought(budget: Budget, span: Span) -> list[Part]:
    rows = bought_in(budget, span).select_related(
        "purchase__order", "order_item__version", "order_item__level", "location"
    )
    return [
        Part(
            str(one.order_item), one.purchase.order, one.location.line, one.due, one.price,
            round_cents(one.price * one.due) + one.freight_cents, line_id=one.pk,
        )
        for one in rows.order_by("pk")
    ]  # fmt: skip


def bought_in(budget: Budget, span: Span) -> QuerySet[PurchaseLine]:
    """A practice's lines that a budget is used for: an order counts where it closes."""
    rows = PurchaseLine.objects.filter(
        practice=budget.practice_id,
        due__gt=0,
        **_closing(span, "purchase__order__"),
        **_of_kind(budget),
    )
    return rows.exclude(purchase__status="cancelled").exclude(purchase__order__status="cancelled")


def _closing(span: Span, way: str) -> dict[str, object]:
    """Orders that close within a period, as conditions of what lies beneath them."""
    assert span.end is not None
    name = f"{way}closes_at__date__"
    return {f"{name}gte": span.start, f"{name}lt": span.end}


def _of_kind(budget: Budget) -> dict[str, str]:
    return {"order_item__version__kind": budget.category} if budget.category else {}


def _committed(budget: Budget, span: Span) -> list[Part]:
    rows = Commitment.objects.filter(
        practice=budget.practice_id,
        order_item__order__status__in=COMMITTED,
        **_closing(span, "order_item__order__"),
        **_of_kind(budget),
    ).select_related("order_item__order", "order_item__version", "order_item__level")
    return [
        Part(
            str(one.order_item), one.order_item.order, one.location.line, one.quantity + one.flex,
            one.max_price or Decimal(0), most_cents(one, one.order_item), item_id=one.order_item_id,
        )
        for one in newest(rows)
    ]  # fmt: skip


def room_in(budget: Budget, day: date) -> Room:
    """The same figures as a budget's ledger has, with what was bought added up by the database."""
    span = period_of(day, budget.period)
    # As `round_cents`: half a cent goes away from nought, once a line.
    line = Round(F("price") * F("due") * 100) + F("freight_cents")
    used = bought_in(budget, span).aggregate(cents=Sum(line, output_field=DecimalField()))["cents"]
    return Room(
        Ledger(budget, span, ()).name,
        budget.cents,
        int(used or 0),
        sum(one.cents for one in _committed(budget, span)),
    )


def rooms_for(found: Iterable[Budget], order: GroupOrder, kind: str) -> list[Room]:
    """The budgets that an item of an order counts for, in the period that the order closes in."""
    day = timezone.localdate(order.closes_at)
    return [room_in(one, day) for one in found if counts_for(one.category, kind)]
