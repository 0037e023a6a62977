"""What the portal's questions about itself find today, and what they found on the nights before."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from fractions import Fraction

from allauth.mfa.models import Authenticator
from django.db.models import Count, Max, Min, Q, QuerySet, Sum
from django.utils import timezone

from capitation.models import (
    BankAccount,
    Contract,
    Dispute,
    PaymentBatch,
    PlanFile,
    ReturnLine,
    Statement,
    Terms,
    UnmatchedRow,
)
from capitation.queries.publishing import months_to_publish
from capitation.queries.runs import month_end
from compliance.models import (
    Audit,
    CampaignPerson,
    CareConcern,
    CheckResult,
    DueReport,
    HoldCustodian,
    PolicyVersion,
)
from compliance.queries.backups import backups_over
from compliance.queries.case_checks import case_findings
from compliance.queries.correction_checks import KEYS as CORRECTIONS
from compliance.queries.correction_checks import correction_findings
from compliance.queries.delegations import owed
from compliance.queries.incentive_tiers import unknown_tiers
from compliance.queries.obligations import unproven
from compliance.queries.officer_checks import UNANSWERED, UNJUDGED, officer_findings
from compliance.queries.paid_excluded import still_out
from compliance.rules.incentive_plans import RISK_LIMIT
from compliance.rules.program import BY_KEY, Found
from credentialing.models import (
    Committee,
    Condition,
    Credential,
    Decision,
    Document,
    Meeting,
    Participation,
    ScreeningMatch,
    ScreeningResult,
    Seat,
)
from credentialing.queries.earlier_decisions import over_elsewhere
from credentialing.queries.recredentialing import newest_decisions
from credentialing.queries.screening_lists import lists_in_use
from credentialing.queries.screening_matches import WAITING
from ipaportal.audit.models import Incident, Leaf, SealedLeaf
from ipaportal.core.actors import Actor
from ipaportal.core.months import add_months, month_of
from ipaportal.core.refusals import NotPermitted
from ipaportal.core.roles import STAFF_ROLES
from ipaportal.identity.models import Grant, User
from ipaportal.ledger.models import Account, Hold
from ipaportal.ledger.queries.balances import balances_by_party

VIEW = "compliance.view_desk"
NIGHTS = 60
CLOCK = Actor.system("clock")


def findings(*, actor: Actor, now: datetime) -> dict[str, Found]:
    """Ask every question of `rules.program.CHECKS`; some two dozen queries."""
    if not actor.may(VIEW) and not actor.may("compliance.record_checks"):
        raise NotPermitted(actor.name, VIEW)
    alone = {key: ask(now) for key, ask in QUESTIONS.items() if key not in TOGETHER}
    together = _reports(now) | officer_findings(now) | correction_findings(now)
    return alone | together | case_findings(actor=actor, now=now)


def nights(*, actor: Actor, today: date) -> dict[str, list[CheckResult]]:
    """What each question found on the last nights, the newest first; one query."""
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)
    rows = CheckResult.objects.filter(day__gt=today - timedelta(days=NIGHTS)).order_by("-day")
    found: dict[str, list[CheckResult]] = {}
    for row in rows:
        found.setdefault(row.key, []).append(row)
    return found


def _old(rows: QuerySet, field: str, now: datetime, key: str) -> Found:
    """Rows that have waited longer than a question's days; days count from the start of a day."""
    limit = now - timedelta(days=BY_KEY[key].days)
    return _rows(rows.filter(**{f"{field}__lt": limit}), field)


def _rows(rows: QuerySet, field: str) -> Found:
    found = rows.order_by().aggregate(count=Count("pk"), oldest=Min(field))
    oldest = found["oldest"]
    day = timezone.localdate(oldest) if isinstance(oldest, datetime) else oldest
    return Found(found["count"], day)


def _today(now: datetime) -> date:
    return timezone.localdate(now)


def _in_force(today: date) -> Q:
    return Q(effective_date__lte=today) & (Q(end_date=None) | Q(end_date__gt=today))


def _taking_part(today: date) -> QuerySet:
    """Practitioners who take part on a day, for a question of their own or within another."""
    rows = Participation.objects.current().filter(_in_force(today))
    return rows.values_list("practitioner_id", flat=True).distinct()


def _terms_uncited(now: datetime) -> Found:
    rows = Terms.objects.current().active_on(month_of(_today(now)))
    return _rows(rows.filter(citation=""), "effective_date")


def _no_minutes(now: datetime) -> Found:
    held = Meeting.objects.filter(closed_at__isnull=False, minutes=None)
    return _old(held, "closed_at", now, "no_minutes")


def _no_meeting(now: datetime) -> Found:
    since = now - timedelta(days=BY_KEY["no_meeting"].days)
    met = Meeting.objects.filter(opened_at__gte=since).values("committee_id")
    idle = Committee.objects.exclude(pk__in=met)
    found = idle.aggregate(count=Count("pk", distinct=True), last=Max("meetings__opened_at"))
    last = found["last"]
    return Found(found["count"], timezone.localdate(last) if last else None)


def _no_pledge(now: datetime) -> Found:
    today = _today(now)
    since = today - timedelta(days=BY_KEY["no_pledge"].days)
    seats = Seat.objects.filter(_in_force(today)).exclude(pledges__signed_date__gt=since)
    return _rows(seats, "effective_date")


def _letters_late(now: datetime) -> Found:
    late = Decision.objects.filter(letter=None, notice_due_date__lt=_today(now))
    return _rows(late, "notice_due_date")


def _withheld_too_much(now: datetime) -> Found:
    """Payees of whose capitation more than a quarter was withheld over twelve months."""
    first = add_months(month_of(_today(now)), -12)
    sums = Statement.objects.filter(month__gte=first).order_by().values("payee")
    sums = sums.annotate(all=Sum("provider_cents"), kept=Sum("withhold_cents"))
    over = [
        row for row in sums if row["all"] > 0 and Fraction(row["kept"], row["all"]) > RISK_LIMIT
    ]
    return Found(len(over))


def _care_waiting(now: datetime) -> Found:
    waiting = CareConcern.objects.filter(reviews=None)
    return _old(waiting, "opened_at", now, "care_waiting")


def _duties_unproven(now: datetime) -> Found:
    return Found(unproven(_today(now)))


def _holds_old(now: datetime) -> Found:
    return _old(Hold.objects.filter(released_at=None), "placed_at", now, "holds_old")


def _not_screened(now: datetime) -> Found:
    """Practitioners who take part and have no result of a screening of this calendar month."""
    today = _today(now)
    month = ScreeningResult.objects.filter(run__as_of__gte=month_of(today))
    done = set(month.exclude(outcome="not_screened").values_list("subject_key", flat=True))
    missing = [pk for pk in set(_taking_part(today)) if f"practitioner:{pk}" not in done]
    return Found(len(missing))


def _lists_old(now: datetime) -> Found:
    wanting = [one for one in lists_in_use(_today(now)) if one.is_wanting]
    days = [one.fresh_until for one in wanting if one.fresh_until is not None]
    return Found(len(wanting), min(days, default=None))


def _matches_late(now: datetime) -> Found:
    late = ScreeningMatch.objects.filter(WAITING, due_date__lt=_today(now))
    return _rows(late, "due_date")


def _licences_over(now: datetime) -> Found:
    """Licences past their day, of who takes part and has no other one of the same state."""
    today = _today(now)
    kept = Credential.objects.filter(
        kind=Credential.Kind.LICENCE, superseded_at=None, practitioner__in=_taking_part(today)
    )
    good = {
        (row.practitioner_id, row.state)
        for row in kept
        if row.expires_date is None or row.expires_date >= today
    }
    over = [
        row.expires_date
        for row in kept
        if row.expires_date and row.expires_date < today
        and (row.practitioner_id, row.state) not in good
    ]  # fmt: skip
    return Found(len(over), min(over, default=None))


def _cycles_over(now: datetime) -> Found:
    today = _today(now)
    late = newest_decisions(today).filter(next_due_date__lt=today)
    # Those who came with a decision of others, too: one question for both.
    theirs = over_elsewhere(today).values_list("next_due_date", flat=True)
    days = list(late.values_list("next_due_date", flat=True).union(theirs, all=True))
    return Found(len(days), min(days, default=None))


def _staff(today: date) -> QuerySet[User]:
    grants = Grant.objects.filter(_in_force(today), role__in=STAFF_ROLES)
    return User.objects.filter(is_active=True, pk__in=grants.values("user_id"))


def _no_second_factor(now: datetime) -> Found:
    have = Authenticator.objects.exclude(type=Authenticator.Type.RECOVERY_CODES)
    return Found(_staff(_today(now)).exclude(pk__in=have.values("user_id")).count())


def _dormant(now: datetime) -> Found:
    return _old(_staff(_today(now)), "last_login", now, "dormant")


def _unsealed(now: datetime) -> Found:
    sealed = SealedLeaf.objects.aggregate(last=Max("leaf_id"))["last"] or 0
    return _old(Leaf.objects.filter(pk__gt=sealed), "recorded_at", now, "unsealed")


def _runs_missed(now: datetime) -> Found:
    if not Contract.objects.filter(is_active=True).exists():
        return Found(0)
    missed = [one.due for _, one in month_end(actor=CLOCK, today=_today(now)).missed]
    return Found(len(missed), min(missed, default=None))


def _no_bank(now: datetime) -> Found:
    owed = {p for p, cents in balances_by_party(Account.Kind.PAYABLE).items() if cents < 0}
    have = BankAccount.objects.active().filter(party_id__in=owed)
    return Found(len(owed - set(have.values_list("party_id", flat=True))))


def _statements_late(now: datetime) -> Found:
    today = _today(now)
    days = BY_KEY["statements_late"].days
    late = [m for m in months_to_publish() if today >= add_months(m, 1) + timedelta(days=days)]
    return Found(len(late), min(late, default=None))


def _conditions_late(now: datetime) -> Found:
    late = Condition.objects.filter(met_at=None, due_date__lt=_today(now))
    return _rows(late, "due_date")


def _universes_late(now: datetime) -> Found:
    late = Audit.objects.filter(universe_due_date__lt=_today(now), universes=None)
    return _rows(late.with_state().filter(state="noticed"), "universe_due_date")


def _reports(now: datetime) -> dict[str, Found]:
    """Reports that are overdue, or came with faults, of both directions at once."""
    rows = [row for row in owed(DueReport.objects.all(), _today(now))
            if row.state in ("overdue", "invalid")]  # fmt: skip
    found = {}
    for key, direction in REPORTS.items():
        days = [r.period.due for r in rows if r.report.agreement.direction == direction]
        found[key] = Found(len(days), min(days, default=None))
    return found


def _waiting(key: str, rows: Callable[[], QuerySet], field: str) -> Callable[[datetime], Found]:
    """Rows in a state that have been in it for longer than the question's days."""
    return lambda now: _old(rows(), field, now, key)


def _policies_old(now: datetime) -> Found:
    today = _today(now)
    approved = PolicyVersion.objects.filter(
        status=PolicyVersion.Status.APPROVED, effective_date__lte=today
    )
    newest = approved.order_by("policy_id", "-effective_date", "-number").distinct("policy_id")
    days = timedelta(days=BY_KEY["policies_old"].days)
    old = [one.effective_date for one in newest if one.effective_date + days < today]
    return Found(len(old), min(old, default=None))


def _paid_excluded(now: datetime) -> Found:
    since = still_out()
    return Found(len(since), min(since, default=None))


def _attestations_late(now: datetime) -> Found:
    late = CampaignPerson.objects.filter(
        attestation=None, user__is_active=True, campaign__due_date__lt=_today(now)
    )
    return _rows(late, "campaign__due_date")


# Asked together.
REPORTS = {"reports_late": "to_us", "reports_missing": "from_us"}
TOGETHER = {*REPORTS, *CORRECTIONS, UNANSWERED, UNJUDGED}
QUESTIONS: dict[str, Callable[[datetime], Found]] = {
    "paid_excluded": _paid_excluded,
    "policies_old": _policies_old,
    "attestations_late": _attestations_late,
    "holds_unanswered": _waiting(
        "holds_unanswered",
        lambda: HoldCustodian.objects.filter(acknowledged_at=None, hold__released_at=None),
        "told_at",
    ),
    "terms_uncited": _terms_uncited,
    "no_minutes": _no_minutes,
    "no_meeting": _no_meeting,
    "no_pledge": _no_pledge,
    "disputes_waiting": _waiting(
        "disputes_waiting",
        lambda: Dispute.objects.filter(status=Dispute.Status.OPEN),
        "opened_at",
    ),
    "letters_late": _letters_late,
    "withheld_too_much": _withheld_too_much,
    "tiers_unknown": lambda now: Found(unknown_tiers(_today(now))),
    "backups_over": lambda now: Found(len(backups_over(_today(now)))),
    "holds_old": _holds_old,
    "care_waiting": _care_waiting,
    "duties_unproven": _duties_unproven,
    "not_screened": _not_screened,
    "lists_old": _lists_old,
    "matches_late": _matches_late,
    "licences_over": _licences_over,
    "cycles_over": _cycles_over,
    "no_second_factor": _no_second_factor,
    "dormant": _dormant,
    "unsealed": _unsealed,
    "runs_missed": _runs_missed,
    "files_waiting": _waiting(
        "files_waiting",
        lambda: PlanFile.objects.filter(status=PlanFile.Status.QUARANTINED),
        "received_at",
    ),
    "rows_waiting": _waiting(
        "rows_waiting",
        lambda: UnmatchedRow.objects.filter(resolved_at=None),
        "file__received_at",
    ),
    "bank_waiting": _waiting(
        "bank_waiting",
        lambda: BankAccount.objects.filter(status=BankAccount.Status.PROPOSED),
        "proposed_at",
    ),
    "no_bank": _no_bank,
    "statements_late": _statements_late,
    "batches_waiting": _waiting(
        "batches_waiting",
        lambda: PaymentBatch.objects.filter(status=PaymentBatch.Status.PREPARED),
        "prepared_at",
    ),
    "documents_waiting": _waiting(
        "documents_waiting",
        lambda: Document.objects.filter(status=Document.Status.RECEIVED, superseded_by=None),
        "uploaded_at",
    ),
    "incidents_open": lambda now: _rows(Incident.objects.filter(closed_at=None), "opened_at"),
    "returns_waiting": _waiting(
        "returns_waiting",
        lambda: ReturnLine.objects.filter(state=ReturnLine.State.WAITING),
        "file__received_at",
    ),
    "conditions_late": _conditions_late,
    "accounts_late": lambda now: officer_findings(now)["accounts_late"],
    "looks_unjudged": lambda now: officer_findings(now)["looks_unjudged"],
    "universes_late": _universes_late,
    "reports_late": lambda now: _reports(now)["reports_late"],
    "reports_missing": lambda now: _reports(now)["reports_missing"],
    **{key: lambda now, key=key: correction_findings(now)[key] for key in CORRECTIONS},
}


def first_nights(rows: Iterable[CheckResult]) -> date | None:
    """Since which night a question finds something without a break; None if it finds nothing."""
    since = None
    for row in rows:
        if not row.count:
            break
        since = row.day
    return since
