"""Whose claims are: by the division in force on the day of service, for many at once."""

from collections.abc import Sequence

from compliance.models import Claim, ClaimLine, Division
from compliance.rules.claims import State
from compliance.rules.responsibility import Codes, Range, range_of, reason_of


def divide(payer_id: int, claims: Sequence[Claim], lines: dict[int, list[ClaimLine]]) -> None:
    """
    Let ready claims wait that are another's to pay, with who that is; nothing is saved here.

    `lines` are by the place of their claim in `claims`; a claim's first day decides.
    """
    versions = list(Division.objects.filter(payer=payer_id).prefetch_related("rows"))
    if not versions:
        return
    ranges = {one.pk: [row.rule() for row in one.rows.all()] for one in versions}
    known: dict[tuple[int, Codes], Range | None] = {}
    for place, claim in enumerate(claims):
        if claim.state != State.READY:
            continue
        version = next((v for v in versions if v.effective_date <= claim.first_day), None)
        if version is None:
            continue
        decided = []
        for line in lines.get(place, []):
            codes = Codes(line.procedure, line.revenue_code, claim.place)
            if (version.pk, codes) not in known:
                known[version.pk, codes] = range_of(ranges[version.pk], codes)
            decided.append(known[version.pk, codes])
        reason, words = reason_of(decided)
        if reason:
            claim.state, claim.reason, claim.detail = State.WAITING, reason, words[:300]
