"""Findings of audits of somebody's practices: what the network's files count of them."""

from collections.abc import Collection
from datetime import date

from django.urls import reverse

from compliance.models import Finding
from credentialing.rules.performance import FINDINGS, Item, Number, counted


def findings_since(
    *, practitioner_id: int, party_ids: Collection[int], span: tuple[date, date]
) -> Number:
    """The findings of audits of some practices that were announced within a span."""
    rows = (
        Finding.objects.standing()
        .filter(audit__party__in=party_ids, audit__notice_date__range=span)
        .select_related("audit", "correction")
    )
    return counted(
        FINDINGS,
        [
            Item(
                one.audit.notice_date,
                f"{one.get_kind_display()}: {one.title}",
                "planned to be corrected" if getattr(one, "correction", None) else "open",
                reverse("compliance:finding_detail", args=[one.pk]),
            )
            for one in rows
        ],
    )
