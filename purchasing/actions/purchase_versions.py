"""The papers of a purchase order: written once a version, kept under the hashes of their bytes."""

from datetime import datetime

from django.db.models import Max
from django.utils import timezone

from ipaportal.core.actors import Actor
from ipaportal.core.files import store
from ipaportal.core.locks import lock
from purchasing.formats.purchase_papers import render_order, write_order
from purchasing.models import PurchaseOrder, PurchaseVersion
from purchasing.queries.purchases import content_of


def write_version(
    purchase: PurchaseOrder, actor: Actor, now: datetime, reason: str = ""
) -> PurchaseVersion | None:
    """
    Write the next version's PDF and 850; None where nothing is left to be ordered.

    :raises OrderRefused: if it does not add up, or may not be ordered this way
    """
    number = purchase.versions.count() + 1
    content = content_of(purchase, number, timezone.localdate(now), reason=reason)
    if not content["lines"]:
        return None
    lock("interchanges", 850)  # control numbers have no gap
    last = PurchaseVersion.objects.aggregate(last=Max("control_number"))["last"] or 0
    return PurchaseVersion.objects.create(
        purchase=purchase,
        number=number,
        reason=reason,
        content=content,
        control_number=last + 1,
        x12_sha256=store(write_order(content, last + 1, now)).sha256,
        pdf_sha256=store(render_order(content)).sha256,
        made_by_id=actor.user_id,
        made_by_name=actor.name,
        made_at=now,
    )
