"""Everything that we owe a plan and everything that others owe us, in one list."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Prefetch, QuerySet

from capitation.models import Member
from compliance.models import DelegationAgreement, DueReport, ReportDelivery
from compliance.rules.delegations import Period, periods, state_of
from compliance.rules.universes import member_column
from ipaportal.core.actors import Actor
from ipaportal.core.csvfiles import CsvReader
from ipaportal.core.files import read_stored
from ipaportal.core.refusals import NotPermitted

VIEW = "compliance.view_delegation"
# How far back the calendar is shown, and how far ahead.
BACK, AHEAD = timedelta(days=400), timedelta(days=120)


@dataclass(frozen=True)
class Owed:
    """One report of one period, and how it stands."""

    report: DueReport
    period: Period
    delivery: ReportDelivery | None
    state: str


def agreements(*, actor: Actor) -> QuerySet[DelegationAgreement]:
    """
    Every agreement, with how many reports its calendar has.

    :raises NotPermitted: for whoever may see none
    """
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)
    found = DelegationAgreement.objects.select_related("party")
    return found.annotate(reported=Count("reports"))


def calendar(*, actor: Actor, today: date) -> list[Owed]:
    """
    Every report by the day it is due, as far as the calendar is shown.

    :raises NotPermitted: for whoever may see none
    """
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)
    return owed(DueReport.objects.all(), today)


def owed(reports: QuerySet[DueReport], today: date) -> list[Owed]:
    """Reports by the day they are due; two queries."""
    newest = ReportDelivery.objects.order_by("recorded_at", "pk")
    found = []
    for report in reports.select_related("agreement__party").prefetch_related(
        Prefetch("deliveries", newest)
    ):
        given = {one.period_date: one for one in report.deliveries.all()}
        agreement = report.agreement
        span = agreement.effective_date, agreement.end_date
        for period in periods(report.every, report.days, *span, today + AHEAD):
            if period.due >= today - BACK:
                one = given.get(period.first)
                told = (one.delivered_date, len(one.problems)) if one else (None, 0)
                state = state_of(period.due, *told, today)
                found.append(Owed(report, period, one, state))
    return sorted(found, key=lambda row: (row.period.due, row.report.pk))


def members_in(sha256: str) -> list[int]:
    """The members that a delivered file names, for who looks at it; none where it is no CSV."""
    reader = CsvReader(read_stored(sha256))
    column = member_column(reader.headers)
    numbers = {row.values[column].strip() for row in reader} if column else set()
    known = Member.objects.filter(plan_member_id__in=numbers)
    return list(known.values_list("pk", flat=True))
