"""Tidying up: forms that were answered long ago."""

from datetime import datetime, timedelta

from ipaportal.identity.models import SentForm

KEPT_DAYS = 30


def forget_old_forms(now: datetime) -> int:
    """Forget forms nobody sends again; always 0, for nothing waits for it."""
    SentForm.objects.filter(sent_at__lt=now - timedelta(days=KEPT_DAYS)).delete()
    return 0
