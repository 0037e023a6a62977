"""Where the IPA and practices are, for the files that are written of them."""

from collections.abc import Iterable

from django.conf import settings

from credentialing.models import Location
from ipaportal.core.x12_writing import Address


def ipa_address() -> Address | None:
    """Where the IPA is, if its settings say so."""
    return Address(*settings.IPA_ADDRESS) if settings.IPA_ADDRESS else None


def practice_addresses(parties: Iterable[int]) -> dict[int, Address]:
    """By its party where each practice is: its first office."""
    offices = Location.objects.filter(practice__party__in=set(parties))
    rows = offices.order_by("practice_id", "pk").distinct("practice_id")
    return {
        party: Address(*where)
        for party, *where in rows.values_list(
            "practice__party_id", "line", "city", "state", "zip_code"
        )
    }
