"""What waits for the officer: unusual looks that nobody judged, members whom nobody answered."""

from datetime import datetime, timedelta

from django.db.models import BooleanField, Q, Value
from django.db.models.functions import TruncDate
from django.utils import timezone

from compliance.models import AccountRequest, UnusualLook
from compliance.rules.clocks import due_date
from compliance.rules.disclosures import CLOCK
from compliance.rules.program import BY_KEY, Found

UNJUDGED, UNANSWERED = "looks_unjudged", "accounts_late"


def officer_findings(now: datetime) -> dict[str, Found]:
    """Both questions in one query."""
    limit, today = now - timedelta(days=BY_KEY[UNJUDGED].days), timezone.localdate(now)
    looks = UnusualLook.objects.filter(reviewed_at=None, found_at__lt=limit).order_by()
    asked = AccountRequest.objects.filter(answered_at=None).order_by()
    is_extended = Q(extended_at__isnull=False)
    rows = looks.values_list(
        Value(UNJUDGED), TruncDate("found_at"), Value(False, BooleanField())
    ).union(asked.values_list(Value(UNANSWERED), "received_date", is_extended), all=True)
    days: dict[str, list] = {UNJUDGED: [], UNANSWERED: []}
    for key, day, extended in rows:
        due = due_date(CLOCK, day, is_extended=extended) if key == UNANSWERED else day
        if key == UNJUDGED or due < today:
            days[key].append(due)
    return {key: Found(len(found), min(found, default=None)) for key, found in days.items()}
