"""What is known of the claims of a file: members, cover, practices, who gave the service, twins."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from capitation.models import CoverageSpan, Member, PcpAssignment
from compliance.actions.authorization_facts import Authorized
from compliance.formats.claims_837 import REPLACEMENT, VOID, Claim
from compliance.models import Claim as Kept
from compliance.rules.claims import Known, likeness
from credentialing.models import Practice, Practitioner
from credentialing.queries.standings import who_takes_part
from credentialing.rules.npi import is_npi


def twin_key(claim: Claim) -> str:
    """A digest of what makes two claims the same one; empty where it names nobody."""
    if not claim.billing_npi or not claim.subscriber_ref:
        return ""
    lines = [
        (one.procedure or one.revenue_code, one.modifiers, one.charge_cents, one.served_from,
         one.served_to)
        for one in claim.lines
    ]  # fmt: skip
    words = likeness(claim.billing_npi, claim.subscriber_ref, lines)
    return hashlib.sha256(words.encode()).hexdigest()[:32]


@dataclass(slots=True)
class Network:
    """Practices and practitioners of the claims of a file, asked once for all of them."""

    practices: dict[str, int]
    practitioners: dict[str, int]
    taking_part: set[tuple[int, date]] = field(default_factory=set)
    """Practitioner and day, of those who take part with the payer on it."""

    @classmethod
    def of(cls, payer, claims: Sequence[Claim]) -> "Network":
        """What is known of everybody whom the claims of a file name, on the days of service."""
        npis = {npi for claim in claims for npi in _npis(claim)} - {""}
        known = Practitioner.objects.filter(npi__in=npis).values_list("npi", "pk")
        found = cls(_practices(claims), dict(known))
        people: dict[int, set[date]] = {}
        for claim in claims:
            who = found.renderer_of(claim)
            if claim.first_day and who is not None:
                people.setdefault(who, set()).add(claim.first_day)
        found.taking_part = who_takes_part(
            set().union(*people.values()), payer_party_id=payer.party_id, practitioner_ids=people
        )
        return found

    def renderer_of(self, claim: Claim) -> int | None:
        """Who gave the service: of the claim, of a line, or who bills under their own NPI."""
        npis = [claim.rendering_npi, *(one.rendering_npi for one in claim.lines), claim.billing_npi]
        return next((self.practitioners[npi] for npi in npis if npi in self.practitioners), None)


@dataclass(slots=True)
class Facts:
    """What the database knows of a batch of claims, asked once for all of them."""

    network: Network
    keys: dict[int, str]
    """What makes a claim the same as another (`twin_key`), by its segment."""
    members: dict[str, int]
    spans: dict[int, list[tuple[date, date | None]]]
    pcps: dict[int, list[tuple[date, date | None, int]]]
    twins: set[str]
    originals: dict[str, tuple[int, str]]
    authorized: Authorized

    def party_of(self, claim: Claim) -> int | None:
        """The practice that bills, by its NPI, a practitioner's own, or its TIN."""
        tin = claim.billing_tin.replace("-", "")
        known = self.network.practices
        return known.get(claim.billing_npi) or known.get(tin)

    def member_of(self, claim: Claim) -> int | None:
        """The member by the plan's number."""
        return self.members.get(claim.subscriber_ref)

    def renderer_of(self, claim: Claim) -> int | None:
        """Who gave the service."""
        return self.network.renderer_of(claim)

    def original_of(self, claim: Claim) -> int | None:
        """The claim that this one replaces or voids: by our number, or by their own."""
        found = self.originals.get(claim.original_ref) or self.originals.get(claim.ref)
        return found[0] if found else None

    def takes_part(self, practitioner_id: int, day: date) -> bool:
        """Whether somebody takes part with the payer on a day."""
        return (practitioner_id, day) in self.network.taking_part

    def is_covered(self, member_id: int, first: date, last: date) -> bool:
        """Whether a member was covered from the first day to the last."""
        day = first
        for start, end in sorted(self.spans.get(member_id, []), key=lambda span: span[0]):
            if start <= day and (end is None or end > day):
                if end is None or end > last:
                    return True
                day = end
        return False

    def pcp_on(self, member_id: int, day: date) -> int | None:
        """The member's PCP on a day."""
        for start, end, practitioner_id in self.pcps.get(member_id, []):
            if start <= day and (end is None or end > day):
                return practitioner_id
        return None


def facts_of(payer, claims: Sequence[Claim], network: Network) -> Facts:
    """Look up all that a batch of claims names; `network` is that of their whole file."""
    refs = {claim.subscriber_ref for claim in claims} - {""}
    members = dict(
        Member.objects.filter(payer=payer, plan_member_id__in=refs).values_list(
            "plan_member_id", "pk"
        )
    )
    keys = list(members.values())
    spans: dict[int, list] = {}
    covered = CoverageSpan.objects.current().filter(member__in=keys)
    for member, start, end in covered.values_list("member_id", "effective_date", "end_date"):
        spans.setdefault(member, []).append((start, end))
    pcps: dict[int, list] = {}
    assigned = PcpAssignment.objects.current().filter(member__in=keys)
    for member, start, end, who in assigned.values_list(
        "member_id", "effective_date", "end_date", "practitioner_id"
    ):
        pcps.setdefault(member, []).append((start, end, who))
    twin_keys = {claim.segment_no: twin_key(claim) for claim in claims}
    return Facts(
        network, twin_keys, members, spans, pcps, _twins(twin_keys.values()),
        _originals(payer, claims), Authorized.of(payer.pk, claims, keys),
    )  # fmt: skip


def _npis(claim: Claim) -> list[str]:
    lines = (line.rendering_npi for line in claim.lines)
    return [claim.billing_npi, claim.rendering_npi, *lines]


def _practices(claims: Sequence[Claim]) -> dict[str, int]:
    npis = {claim.billing_npi for claim in claims} - {""}
    tins = {claim.billing_tin.replace("-", "") for claim in claims} - {""}
    by_npi = Practice.objects.filter(npi__in=npis).values_list("npi", "party_id")
    by_tin = Practice.objects.filter(tin__in=tins).values_list("tin", "party_id")
    return dict(by_tin) | dict(by_npi)


def _twins(keys: Iterable[str]) -> set[str]:
    live = Kept.objects.exclude(state__in=["rejected", "replaced"])
    named = live.filter(likeness__in=set(keys) - {""})
    return set(named.values_list("likeness", flat=True))


def _originals(payer, claims: Sequence[Claim]) -> dict[str, tuple[int, str]]:
    """Claims that corrections of a batch are about, by our number and by theirs, newest last."""
    later = [claim for claim in claims if is_correction(claim)]
    names = {claim.original_ref for claim in later} | {claim.ref for claim in later}
    live = Kept.objects.filter(payer=payer).exclude(state__in=["rejected", "replaced"])
    found = {}
    rows = live.filter(number__in=names - {""}) | live.filter(ref__in=names - {""})
    for pk, number, ref, state in rows.order_by("pk").values_list("pk", "number", "ref", "state"):
        found[ref] = (pk, state)
        found[number] = (pk, state)
    return found


def is_correction(claim: Claim) -> bool:
    """Whether it replaces or voids an earlier one."""
    return claim.frequency in (REPLACEMENT, VOID)


def known_of(claim: Claim, facts: Facts, received_on: date, *, is_twin: bool) -> Known:
    """What the rule asks about one claim."""
    member, first, last = facts.member_of(claim), claim.first_day, claim.last_day
    renderer = facts.renderer_of(claim)
    days = first is not None and last is not None
    return Known(
        number=claim.ref,
        is_readable=not claim.problems,
        off_cents=claim.off_cents,
        lines=len(claim.lines),
        has_procedures=all(line.procedure or line.revenue_code for line in claim.lines),
        has_diagnosis=bool(claim.diagnoses),
        npi_is_valid=is_npi(claim.billing_npi),
        first_day=first,
        last_day=last,
        received_on=received_on,
        has_member=member is not None,
        is_covered=days and member is not None and facts.is_covered(member, first, last),
        is_twin=is_twin,
        is_correction=is_correction(claim),
        has_original=facts.original_of(claim) is not None,
        is_capitated=claim.is_capitated,
        is_pcp_of_member=days and renderer is not None and facts.pcp_on(member, first) == renderer,
        practice_is_known=facts.party_of(claim) is not None,
        renderer_is_known=renderer is not None,
        is_authorized=not facts.authorized.fault_of(claim, member),
        takes_part=renderer is None or (days and facts.takes_part(renderer, first)),
    )
