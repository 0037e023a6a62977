"""What estimates rest on: payments of claims by month of service and month of payment."""

from datetime import date

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth

from compliance.models import Claim, IbnrEstimate, SolvencyQuarter
from compliance.queries.claims import VIEW, claims
from compliance.rules.claims import State
from compliance.rules.ibnr import MONTHS, Paid
from ipaportal.core.actors import Actor
from ipaportal.core.months import add_months


def paid_cells(as_of: date) -> list[Paid]:
    """Cents by month of service and of payment until the end of a month; taken back is below 0."""
    first, end = add_months(as_of, 1 - MONTHS), add_months(as_of, 1)
    rows = Claim.objects.filter(first_day__gte=first, first_day__lt=end).order_by()
    cells: dict[tuple[date, date], int] = {}
    for path, sign in (("payment", 1), ("taken_back", -1)):
        paid = rows.filter(**{f"{path}__paid_on__lt": end, "allowed_cents__isnull": False})
        found = paid.exclude(denial__gt="").annotate(
            served=TruncMonth("first_day"), at=TruncMonth(f"{path}__paid_on")
        )
        for served, at, cents in found.values_list("served", "at").annotate(Sum("allowed_cents")):
            key = served, at
            cells[key] = cells.get(key, 0) + sign * int(cents)
    return [(served, at, cents) for (served, at), cents in sorted(cells.items()) if cents]


def paid_claims(as_of: date) -> int:
    """How many claims the payments are of."""
    first, end = add_months(as_of, 1 - MONTHS), add_months(as_of, 1)
    rows = Claim.objects.filter(first_day__gte=first, first_day__lt=end, payment__paid_on__lt=end)
    return rows.filter(allowed_cents__gt=0).count()


def known_cents(as_of: date) -> int:
    """Received until the end of a month, priced, and not paid by then."""
    end = add_months(as_of, 1)
    rows = Claim.objects.filter(received_on__lt=end, state__in=[State.READY, State.PAID])
    unpaid = rows.filter(Q(payment=None) | Q(payment__paid_on__gte=end))
    return int(unpaid.aggregate(cents=Sum("allowed_cents"))["cents"] or 0)


def service_month_claims(actor: Actor, month: date, as_of: date) -> QuerySet[Claim]:
    """The claims of a month of service that were paid until the end of another."""
    end = add_months(as_of, 1)
    rows = claims(actor, VIEW).filter(first_day__gte=month, first_day__lt=add_months(month, 1))
    return rows.filter(payment__paid_on__lt=end).select_related("party", "practitioner", "payment")


def estimates() -> QuerySet[IbnrEstimate]:
    """Every estimate, of the newest month first, and how often it was taken."""
    found = IbnrEstimate.objects.annotate(taken=Count("accepted"))
    return found.order_by("-as_of", "-pk")


def quarter_of(estimate: IbnrEstimate) -> SolvencyQuarter | None:
    """The quarter whose last month an estimate is of, as it is entered now."""
    end = add_months(estimate.as_of, 1)
    rows = SolvencyQuarter.objects.filter(superseded_at=None)
    return rows.filter(last_date__gte=estimate.as_of, last_date__lt=end).first()


def months_estimated(last: date) -> set[date]:
    """Of which of a quarter's months there is an estimate."""
    wanted = [add_months(last, back) for back in (-2, -1, 0)]
    return set(IbnrEstimate.objects.filter(as_of__in=wanted).values_list("as_of", flat=True))
