"""Delegation: agreements, their calendars, and reports sent and received with evidence."""

from collections.abc import Sequence
from datetime import date, datetime

from compliance.actions.audits import by
from compliance.actions.disclosures import disclosed
from compliance.formats.universes import read_universe
from compliance.models import DelegationAgreement, DueReport, ReportDelivery
from compliance.queries.delegations import members_in
from compliance.rules.audits import FUNCTIONS
from compliance.rules.delegations import Period, periods
from compliance.rules.universes import NAMES, layout_on, problems_of
from credentialing.actions.documents import checked_kind
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.files import store
from ipaportal.core.refusals import Refused
from ipaportal.core.words import plural
from ipaportal.identity.models import Party

MOST_DAYS = 366


class NoDays(Refused):
    def __init__(self) -> None:
        super().__init__(
            "An agreement ends after it begins, and once. Nothing was recorded. Look at both days."
        )


class NothingDelegated(Refused):
    def __init__(self) -> None:
        super().__init__(
            "An agreement names at least one function, and a report is of one of them. Nothing was "
            "recorded. Choose what is delegated."
        )


class NamedBefore(Refused):
    def __init__(self, name: str) -> None:
        super().__init__(
            f"The calendar has a report “{name}”. Nothing was recorded. Give it another name."
        )


class NoPeriod(Refused):
    """A day that begins no period of a report."""

    def __init__(self) -> None:
        super().__init__(
            "No period of this report begins on that day. Nothing was recorded. Choose one of the "
            "list."
        )


class InvalidSubmission(Refused):
    """What we were about to send has faults."""

    def __init__(self, problems: Sequence[object]) -> None:
        said = "; ".join(f"line {one.line}, {one.column}: {one.words}" for one in problems[:3])
        super().__init__(
            f"This would be an invalid data submission: {plural(len(problems), 'problem')}, "
            f"first {said}. Nothing was recorded. Mend the file, and check it again."
        )


@action("compliance.manage_delegation")
def record_agreement(
    *,
    actor: Actor,
    direction: str,
    party_id: int,
    functions: Sequence[str],
    source: str,
    effective_date: date,
    end_date: date | None,
    may_subdelegate: bool,
    is_offshore: bool,
    baa_date: date | None,
    evidence: bytes = b"",
    evidence_name: str = "",
    now: datetime,
) -> DelegationAgreement:
    """
    Record which functions are delegated, by whom to whom.

    :raises NothingDelegated: if it names none
    :raises NoDays: if it ends before it begins
    :raises WrongFile: if the agreement's paper is none that is kept
    """
    if not functions or set(functions) - set(FUNCTIONS):
        raise NothingDelegated
    if end_date is not None and end_date <= effective_date:
        raise NoDays
    if evidence:
        checked_kind(evidence)
    agreement = DelegationAgreement.objects.create(
        direction=direction,
        party=Party.objects.get(pk=party_id),
        functions=sorted(set(functions)),
        source=source,
        effective_date=effective_date,
        end_date=end_date,
        may_subdelegate=may_subdelegate,
        is_offshore=is_offshore,
        baa_date=baa_date,
        evidence_sha256=store(evidence).sha256 if evidence else "",
        evidence_name=evidence_name[-200:] if evidence else "",
        **by(actor, now),
    )
    record(
        actor=actor,
        action="compliance.agreement.recorded",
        subject=agreement,
        direction=direction,
        functions=agreement.functions,
    )
    return agreement


@action("compliance.manage_delegation")
def end_agreement(
    *, actor: Actor, agreement_id: int, end_date: date, now: datetime
) -> DelegationAgreement:
    """
    End an agreement: nothing of a period that begins on that day or later is due any more.

    :raises NoDays: if it ended, or would end before it begins
    """
    agreement = DelegationAgreement.objects.select_for_update().get(pk=agreement_id)
    if agreement.end_date is not None or end_date <= agreement.effective_date:
        raise NoDays
    agreement.end_date = end_date
    agreement.save(update_fields=["end_date"])
    record(
        actor=actor,
        action="compliance.agreement.ended",
        subject=agreement,
        end_date=f"{end_date}",
        recorded_at=f"{now}",
    )
    return agreement


@action("compliance.manage_delegation")
def add_report(
    *,
    actor: Actor,
    agreement_id: int,
    name: str,
    function: str,
    every: str,
    days: int,
    layout: str,
    now: datetime,
) -> DueReport:
    """
    Put a report into the calendar of an agreement.

    :raises NothingDelegated: if it is of no function that is delegated
    :raises NamedBefore: if the calendar has one of that name
    """
    agreement = DelegationAgreement.objects.select_for_update().get(pk=agreement_id)
    if function not in agreement.functions:
        raise NothingDelegated
    if agreement.reports.filter(name=name).exists():
        raise NamedBefore(name)
    assert layout in ("", *NAMES)
    assert 0 <= days <= MOST_DAYS
    report = DueReport.objects.create(
        agreement=agreement,
        name=name,
        function=function,
        every=every,
        days=days,
        layout=layout,
        **by(actor, now),
    )
    record(actor=actor, action="compliance.report.planned", subject=report, every=every, days=days)
    return report


@action("compliance.deliver_reports")
def deliver_report(
    *,
    actor: Actor,
    report_id: int,
    period_date: date,
    delivered_date: date,
    text: str,
    data: bytes,
    name: str,
    now: datetime,
) -> ReportDelivery:
    """
    Record that a report was sent, or received, with the file itself.

    A file with a layout is checked first. What we send must have no fault; what others sent is
    kept with its faults, and counts as invalid until they send another.

    :raises NoPeriod: if it is of no period of the calendar
    :raises InvalidSubmission: if we would send it with faults
    :raises WrongFile: if it has no layout and is no paper that is kept
    """
    report = DueReport.objects.select_related("agreement").get(pk=report_id)
    period = _period(report, period_date, now.date())
    if report.layout:
        problems = _problems(report.layout, period, data)
    else:
        checked_kind(data)
        problems = []
    if problems and report.agreement.direction == "to_us":
        raise InvalidSubmission(problems)
    delivery = ReportDelivery.objects.create(
        report=report,
        period_date=period.first,
        delivered_date=delivered_date,
        text=text,
        file_sha256=store(data).sha256,
        file_name=name[-200:],
        problems=[[one.line, one.column, one.words] for one in problems],
        **by(actor, now),
    )
    record(
        actor=actor,
        action="compliance.report.delivered",
        subject=delivery,
        period=f"{period.first}",
        problems=len(problems),
        sha256=delivery.file_sha256,
    )
    if report.layout and report.agreement.direction == "to_us":  # we owe it: members' rows left
        disclosed(
            actor=actor, made_date=delivered_date, recipient=report.agreement.party.name,
            description=f"{report.name}, {period.first:%Y-%m}", purpose="operations",
            words="a report of what the plan delegated", now=now,
            member_ids=members_in(delivery.file_sha256), source=f"delivery:{delivery.pk}",
        )  # fmt: skip
    return delivery


def _period(report: DueReport, first: date, today: date) -> Period:
    """The period that begins on a day; one that goes on may be told of early."""
    span = report.agreement.effective_date, report.agreement.end_date
    until = date(today.year + 2, 1, 1)
    for one in periods(report.every, report.days, *span, until):
        if one.first == first <= today:
            return one
    raise NoPeriod


def _problems(layout: str, period: Period, data: bytes) -> list:
    read = read_universe(data)
    version = layout_on(layout, period.last)
    wrong = problems_of(version, read.headers, read.rows, period.first, period.last)
    return [*read.problems, *wrong]
