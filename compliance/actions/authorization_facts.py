"""Beneath intake: which services of claims need an authorization, and whether it is there."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from compliance.formats.claims_837 import Claim as Sent
from compliance.models import Authorization, AuthorizationRule, ClaimLine
from compliance.rules.authorizations import Allowed, Asked, fault_of
from compliance.rules.claims import State
from ipaportal.core.values import parse_amount


@dataclass(slots=True)
class Authorized:
    """Rules of a payer, authorizations of members, and units that claims used of them."""

    rules: dict[str, list[tuple[date, date | None]]]
    granted: dict[int, list[Allowed]]
    used: dict[tuple[int, str], list[tuple[date, Decimal]]] = field(default_factory=dict)

    @classmethod
    def of(cls, payer_id: int, claims: Sequence[Sent], members: Iterable[int]) -> "Authorized":
        """What is known for a batch; one question where the payer's contract asks for none."""
        codes = {line.procedure for claim in claims for line in claim.lines}
        rules: dict[str, list[tuple[date, date | None]]] = {}
        found = AuthorizationRule.objects.filter(payer=payer_id, procedure__in=codes)
        for code, start, end in found.values_list("procedure", "effective_date", "end_date"):
            rules.setdefault(code, []).append((start, end))
        if not rules:
            return cls({}, {})
        keys, granted, used = list(members), {}, {}
        rows = Authorization.objects.filter(
            payer=payer_id, member__in=keys, procedure__in=rules, superseded_at=None
        )
        for one in rows.order_by("pk"):
            granted.setdefault(one.member_id, []).append(Allowed(
                one.number, one.procedure, one.provider_npi, one.effective_date, one.end_date,
                one.units,
            ))  # fmt: skip
        lines = ClaimLine.objects.filter(
            claim__member__in=keys, procedure__in=rules, claim__state__in=[State.READY, State.PAID]
        )
        for member, code, day, units in lines.values_list(
            "claim__member_id", "procedure", "first_day", "units"
        ):
            used.setdefault((member, code), []).append((day, units))
        return cls(rules, granted, used)

    def asked(self, claim: Sent) -> list[Asked]:
        """The services of a claim that need one, with their day and units."""
        found = []
        for line in claim.lines:
            day = line.served_from
            spans = self.rules.get(line.procedure, []) if day else []
            if any(start <= day and (end is None or day < end) for start, end in spans):
                units = parse_amount(line.units)
                found.append(Asked(line.procedure, day, units if units is not None else Decimal(1)))
        return found

    def fault_of(self, claim: Sent, member_id: int | None) -> str:
        """Why a claim lacks an authorization that it needs; empty where it lacks none."""
        asked = self.asked(claim) if self.rules else []
        if not asked or member_id is None:
            return ""
        left = [self._left(one, member_id) for one in self.granted.get(member_id, [])]
        npis = {claim.billing_npi, claim.rendering_npi, *(li.rendering_npi for li in claim.lines)}
        return fault_of(asked, claim.authorization, frozenset(npis - {""}), left)

    def _left(self, one: Allowed, member_id: int) -> Allowed:
        rows = self.used.get((member_id, one.procedure), [])
        taken = sum((u for day, u in rows if one.start <= day < one.end), Decimal(0))
        return Allowed(
            one.number, one.procedure, one.provider_npi, one.start, one.end, one.left - taken
        )

    def take(self, claim: Sent, member_id: int) -> None:
        """Count what a claim uses that is ready now."""
        for one in self.asked(claim) if self.rules else []:
            self.used.setdefault((member_id, one.procedure), []).append((one.day, one.units))
