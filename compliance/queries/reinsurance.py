"""Reinsurance: what the IPA paid of each member's year, what of it comes back, and the premium."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import QuerySet, Sum
from django.db.models.functions import Coalesce

from capitation.models import Waterfall
from compliance.models import Claim, Recovery, ReinsuranceContract, ReinsuranceNotice
from compliance.queries.claims import VIEW, claims
from compliance.rules.reinsurance import WORDS, Cover, Stage, recovery_cents, stage
from ipaportal.core.actors import Actor


@dataclass(frozen=True)
class Accumulator:
    """One member's year: what counts, and what was told of it, the newest first."""

    member_id: int
    counted_cents: int
    claims: int
    cover: Cover
    notices: tuple[ReinsuranceNotice, ...] = field(default=())
    filed_cents: int = 0
    """What was asked of the reinsurer so far."""
    paid_cents: int = 0
    """What it paid of that, less what was reversed."""

    @property
    def stage(self) -> Stage:
        return stage(self.counted_cents, self.cover)

    @property
    def recovery_cents(self) -> int:
        return recovery_cents(self.counted_cents, self.cover)

    @property
    def state(self) -> str:
        """What is to be done, or was."""
        told = {one.kind for one in self.notices}
        if self.recovery_cents != self.filed_cents:
            return "to be filed"
        if self.filed_cents and self.filed_cents == self.paid_cents:
            return "paid by the reinsurer"
        if self.stage == Stage.NOTICE and not told:
            return WORDS[Stage.NOTICE]
        if self.notices:
            return self.notices[0].get_kind_display()
        return WORDS[self.stage]

    @property
    def is_waiting(self) -> bool:
        """Whether somebody has to tell the reinsurer, or ask it to pay."""
        return self.state in ("to be filed", WORDS[Stage.NOTICE])


def counted(contract: ReinsuranceContract) -> QuerySet[Claim]:
    """Claims of the year that were paid in time and not taken back; what was denied is nothing."""
    rows = Claim.objects.filter(
        payer=contract.payer_id, first_day__gte=contract.effective_date,
        first_day__lt=contract.end_date, payment__paid_on__lt=contract.paid_until,
        taken_back=None, allowed_cents__gt=0, denial="",
    )  # fmt: skip
    return rows.order_by()


def accumulators(
    contract: ReinsuranceContract, members: Iterable[int] | None = None
) -> list[Accumulator]:
    """Every member with a claim that counts, the largest sum first; or these members."""
    rows = counted(contract)
    told: dict[int, list[ReinsuranceNotice]] = defaultdict(list)
    notices = ReinsuranceNotice.objects.filter(
        contract__payer=contract.payer_id, contract__number=contract.number
    )
    if members is not None:
        wanted = list(members)
        rows, notices = rows.filter(member__in=wanted), notices.filter(member__in=wanted)
    for notice in notices:
        told[notice.member_id].append(notice)
    asked, paid = _asked_and_paid(contract, None if members is None else wanted)
    sums: dict[int, tuple[int, int]] = {member: (0, 0) for member in asked}
    for member, cents in rows.values_list("member_id", "allowed_cents"):
        count, total = sums.get(member, (0, 0))
        sums[member] = (count + 1, total + cents)
    found = [
        Accumulator(
            member,
            cents,
            count,
            contract.cover(),
            tuple(told[member]),
            asked.get(member, 0),
            paid.get(member, 0),
        )
        for member, (count, cents) in sums.items()
    ]
    return sorted(found, key=lambda one: (-one.counted_cents, one.member_id))


def _asked_and_paid(
    contract: ReinsuranceContract, members: list[int] | None
) -> tuple[dict[int, int], dict[int, int]]:
    """What was asked of the reinsurer, and what it paid, by member, however often entered anew."""
    rows = Recovery.objects.filter(
        contract__payer=contract.payer_id, contract__number=contract.number
    )
    if members is not None:
        rows = rows.filter(member__in=members)
    by_member = rows.order_by().values_list("member_id")
    asked = dict(by_member.annotate(cents=Sum("cents")))
    paid = dict(by_member.annotate(cents=Coalesce(Sum("payments__cents"), 0)))
    return ({k: int(v) for k, v in asked.items()}, {k: int(v) for k, v in paid.items()})


def counted_claims(actor: Actor, contract: ReinsuranceContract, member_id: int) -> QuerySet[Claim]:
    """The claims of one member's year, the newest day first."""
    keys = counted(contract).filter(member=member_id).values("pk")
    rows = claims(actor, VIEW).filter(pk__in=keys)
    return rows.select_related("party", "practitioner", "payment").order_by("-first_day", "-pk")


def premium_cents(contract: ReinsuranceContract) -> int:
    """What posted months set aside as premium for the plan's members within the year."""
    rows = Waterfall.objects.filter(
        run__status="posted", run__contract__payer=contract.payer_id,
        coverage_month__gte=contract.effective_date, coverage_month__lt=contract.end_date,
    )  # fmt: skip
    return int(rows.aggregate(cents=Sum("reinsurance_cents"))["cents"] or 0)
