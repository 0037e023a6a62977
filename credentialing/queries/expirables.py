"""Expirables: derived from the credentials on file, never typed twice; what is due, what stops."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)

from credentialing.models import Allowance, Credential, Decision, ExpirableNotice, Suspension
from credentialing.rules.expirables import (
    BANDS,
    EXPIRED,
    SUSPENDS,
    THRESHOLDS,
    Band,
    State,
    band_of,
    must_suspend,
    state_of,
)
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted

VIEW = "credentialing.view_files"
WEEKS = 13


def kept_credentials() -> QuerySet[Credential]:
    """Every current version of a credential that has a last day."""
    found = Credential.objects.current().filter(expires_date__isnull=False)
    return found.exclude(status__in=["exempt", "inactive", "surrendered"])


def expirables(*, actor: Actor, today: date, band: str = "", kind: str = "", text: str = ""):
    """
    Credentials by their last day, those over first; by band, kind or name.

    :raises NotPermitted: whoever may not see files
    """
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)
    found = kept_credentials().select_related("practitioner", "facility")
    found = found.prefetch_related("allowances", "notices")
    if band:
        found = found.filter(in_band(band, today))
    if kind:
        found = found.filter(kind=kind)
    if text:
        found = found.filter(
            Q(practitioner__last_name__istartswith=text)
            | Q(practitioner__first_name__istartswith=text)
            | Q(facility__legal_name__istartswith=text)
        )
    return found.order_by("expires_date", "pk")


def in_band(code: str, today: date) -> Q:
    """The days that a band of the board spans."""
    least = None
    for band in BANDS:
        if band.code == code:
            wanted = Q(expires_date__lte=today + timedelta(days=min(band.most, 36_500)))
            return wanted if least is None else wanted & Q(expires_date__gt=least)
        least = today + timedelta(days=band.most)
    return Q(pk=None)


def band_counts(today: date) -> list[tuple[Band, int]]:
    """How many credentials are in each band, in one question."""
    asked = {band.code: Count("pk", filter=in_band(band.code, today)) for band in BANDS}
    found = kept_credentials().aggregate(**asked)
    return [(band, found[band.code]) for band in BANDS]


@dataclass(frozen=True)
class Week:
    """One week of the calendar: its first day and what has its last day in it."""

    start: date
    band: Band
    count: int
    licences: int


def weeks(today: date) -> list[Week]:
    """The coming quarter, week by week."""
    first = today - timedelta(days=today.weekday())
    last = first + timedelta(weeks=WEEKS)
    rows = kept_credentials().filter(expires_date__gte=today, expires_date__lt=last)
    counted = rows.order_by().values_list("expires_date", "kind").annotate(count=Count("pk"))
    here, licences = Counter[int](), Counter[int]()
    for day, kind, count in counted:
        number = (day - first).days // 7
        here[number] += count
        licences[number] += count if kind in SUSPENDS else 0
    starts = [first + timedelta(weeks=number) for number in range(WEEKS)]
    return [
        Week(start, band_of(max(start, today), today), here[number], licences[number])
        for number, start in enumerate(starts)
    ]


def standing_of(credential: Credential, today: date) -> State:
    """How a credential stands on a day, with what stands in for a renewal."""
    live = next((one for one in credential.allowances.all() if one.ended_at is None), None)
    is_waived = live is not None and live.kind == Allowance.Kind.WAIVED
    return state_of(
        credential.expires_date,
        today,
        live.until_date if live is not None else None,
        is_waived=is_waived,
    )


def reminders_due(today: date) -> list[int]:
    """Credentials for which the reminder of today's threshold was neither sent nor passed over."""
    reached = [When(expires_date__lt=today, then=Value(EXPIRED))] + [
        When(expires_date__lte=today + timedelta(days=days), then=Value(days))
        for days in reversed(THRESHOLDS)
    ]
    rows = kept_credentials().filter(
        expires_date__lte=today + timedelta(days=THRESHOLDS[0]),
        # What was over long before the portal knew of it is on the board, and mailed to nobody.
        expires_date__gte=today - timedelta(days=THRESHOLDS[0]),
    )
    rows = rows.annotate(due=Case(*reached, output_field=IntegerField()))
    told = ExpirableNotice.objects.filter(credential=OuterRef("pk"), threshold=OuterRef("due"))
    return list(rows.filter(~Exists(told)).order_by("pk").values_list("pk", flat=True))


def to_stop(today: date) -> list[int]:
    """Licences that are over, of somebody who is not suspended and holds no other that is good."""
    rows = kept_credentials().filter(kind__in=SUSPENDS, expires_date__lt=today)
    other = Credential.objects.current().filter(
        Q(expires_date__gte=today) | Q(expires_date=None),
        practitioner__isnull=False,
        practitioner=OuterRef("practitioner"),
        kind=OuterRef("kind"),
        state=OuterRef("state"),
        status__in=["active", "limited"],
    )
    allowed = Allowance.objects.filter(
        Q(kind=Allowance.Kind.WAIVED) | Q(until_date__gte=today),
        credential=OuterRef("pk"),
        ended_at=None,
    )
    live = Suspension.objects.filter(
        Q(practitioner=OuterRef("practitioner")) | Q(facility=OuterRef("facility")), lifted_at=None
    )
    rows = rows.filter(~Exists(other), ~Exists(allowed), ~Exists(live))
    active = Q(practitioner__participations__superseded_no=None) & (
        Q(practitioner__participations__end_date=None)
        | Q(practitioner__participations__end_date__gt=F("expires_date"))
    )
    rows = rows.filter(
        Q(practitioner__participations__isnull=False) & active | Q(facility__status="active")
    )
    return list(rows.order_by("pk").distinct().values_list("pk", flat=True))


def must_stop(credential: Credential, today: date) -> bool:
    """Whether a credential stops its holder from taking part today."""
    if credential.superseded_at is not None:
        return False
    others = Credential.objects.current().filter(
        Q(expires_date__gte=today) | Q(expires_date=None),
        practitioner=credential.practitioner,
        facility=credential.facility,
        kind=credential.kind,
        state=credential.state,
        status__in=["active", "limited"],
    )
    state = standing_of(credential, today)
    return must_suspend(credential.kind, state, has_other_valid=others.exists())


def provisional_over(today: date) -> list[Decision]:
    """Provisional decisions whose days are over, with no other after them and no suspension."""
    rows = Decision.objects.filter(ends_date__lte=today).select_related(
        "event__practitioner", "event__facility"
    )
    found = []
    for row in rows:
        who = row.event.practitioner or row.event.facility
        later = who.cycles.filter(
            decision__decision_date__gte=row.decision_date,
            decision__outcome__in=("approved", "approved_conditions"),
            decision__ends_date=None,
        )
        told = who.suspensions.filter(effective_date=row.ends_date)
        live = who.suspensions.filter(lifted_at=None)
        if not (later.exists() or told.exists() or live.exists()):
            found.append(row)
    return found


def suspensions(*, actor: Actor) -> QuerySet[Suspension]:
    """
    Who is suspended, and who was.

    :raises NotPermitted: whoever may not see files
    """
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)
    return Suspension.objects.select_related("practitioner", "facility", "credential")
