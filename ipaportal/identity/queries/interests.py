"""Who has disclosed an interest that bars them from deciding about somebody."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q, QuerySet

from ipaportal.identity.models import Interest


def interest_in(
    *,
    user_id: int | None,
    at: datetime,
    party_ids: Collection[int] = (),
    npis: Collection[str] = (),
) -> Interest | None:
    """The first interest of a person that stands at a moment in any of these; None without."""
    if user_id is None:
        return None
    found = _standing_in(at, party_ids, npis).filter(user=user_id)
    return found.select_related("party").order_by("pk").first()


def interested_users(
    *, at: datetime, party_ids: Collection[int] = (), npis: Collection[str] = ()
) -> set[int]:
    """Everybody whose disclosed interest stands in any of these."""
    return set(_standing_in(at, party_ids, npis).values_list("user_id", flat=True))


def _standing_in(
    at: datetime, party_ids: Collection[int], npis: Collection[str]
) -> QuerySet[Interest]:
    about = Q(party__in=set(party_ids)) | Q(npi__in={one for one in npis if one})
    return Interest.objects.standing(at).filter(about)
