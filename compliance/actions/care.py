"""Care facts: received, looked at, applied by month and kind; and what they say read at once."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q
from django.utils import timezone

from capitation.models import Member, PcpAssignment
from compliance.actions.care_rounds import read_round
from compliance.formats.care_facts import CareLine, read_care_facts
from compliance.models import CareBatch, CareFact
from credentialing.models import Practitioner
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.csvfiles import CellProblem
from ipaportal.core.files import read_stored, store
from ipaportal.core.locks import lock
from ipaportal.core.months import add_months, month_of
from ipaportal.core.refusals import Refused
from ipaportal.identity.models import Party

AT_ONCE = 5_000
MOST_REFUSALS = 1_000


class ReceivedBefore(Refused):
    """The same bytes of the same source."""

    def __init__(self, batch: CareBatch) -> None:
        super().__init__(
            f"This file came before, on {timezone.localdate(batch.recorded_at)}, and "
            f"{batch.get_status_display()}. Nothing was kept anew. Open it in the list of files."
        )


class NothingReadable(Refused):
    """No line of a file says anything."""

    def __init__(self, problems: Sequence[CellProblem]) -> None:
        said = "; ".join(f"line {one.line_no}: {one.message}" for one in problems[:3])
        super().__init__(
            f"No line of the file can be taken ({said or 'it is empty'}). Nothing was kept. Mend "
            "the lines and send it again."
        )


class DecidedBefore(Refused):
    """The facts were applied or dropped."""

    def __init__(self, batch: CareBatch) -> None:
        super().__init__(
            f"These facts were {batch.get_status_display()} by {batch.decided_by_name}. Nothing "
            "was changed."
        )


class NotFromThere(Refused):
    def __init__(self) -> None:
        super().__init__(
            "Care facts come from a plan or from the IPA itself. Nothing was kept. Choose one."
        )


@dataclass(frozen=True)
class Resolved:
    """Lines that are facts, and lines that are refused with why."""

    facts: tuple[CareFact, ...]
    refused: tuple[CellProblem, ...]


@action("compliance.load_care")
def receive_care_facts(
    *, actor: Actor, source_id: int, data: bytes, name: str, now: datetime
) -> CareBatch:
    """
    Keep a file of care facts and what it would say; nothing of it counts until it is applied.

    :raises NotFromThere: if the source is neither a plan nor the IPA
    :raises ReceivedBefore: if the same bytes of this source wait or were applied
    :raises NothingReadable: if no line can be taken
    """
    source = Party.objects.get(pk=source_id)
    if source.kind not in (Party.Kind.PAYER, Party.Kind.IPA):
        raise NotFromThere
    lock("care facts")
    found = resolve(source, data, timezone.localdate(now))
    if not found.facts:
        raise NothingReadable(found.refused)
    sha256 = store(data).sha256
    live = CareBatch.objects.exclude(status=CareBatch.Status.DROPPED)
    if before := live.filter(source=source, file_sha256=sha256).first():
        raise ReceivedBefore(before)
    batch = CareBatch.objects.create(
        source=source, file_sha256=sha256, file_name=name[-200:], figures=figures_of(found),
        refused=[[one.line_no, one.column, one.message] for one in found.refused[:MOST_REFUSALS]],
        recorded_at=now, recorded_by_id=actor.user_id, recorded_by_name=actor.name,
    )  # fmt: skip
    record(
        actor=actor, action="compliance.care.received", subject=batch, sha256=sha256,
        lines=len(found.facts), refused=len(found.refused),
    )  # fmt: skip
    return batch


@action("compliance.load_care")
def apply_care_facts(*, actor: Actor, batch_id: int, now: datetime) -> CareBatch:
    """
    Let a file's facts count: of each month and kind that it names they replace its source's.

    Then the newest twelve months are read anew, and concerns are opened.

    :raises DecidedBefore: if it was applied or dropped
    """
    lock("care facts")
    batch = _waiting(batch_id)
    found = resolve(batch.source, read_stored(batch.file_sha256), timezone.localdate(now))
    replaced = keep_facts(batch, found.facts, now)
    batch.figures = figures_of(found) | {"replaced": replaced}
    batch.refused = [[one.line_no, one.column, one.message] for one in found.refused]
    batch.refused = batch.refused[:MOST_REFUSALS]
    _decide(batch, CareBatch.Status.APPLIED, actor, now)
    record(
        actor=actor, action="compliance.care.applied", subject=batch,
        sha256=batch.file_sha256, facts=len(found.facts), replaced=replaced,
    )  # fmt: skip
    # A month that is not over would look like one in which nobody was seen.
    over = CareFact.objects.filter(superseded_at=None, month__lt=month_of(timezone.localdate(now)))
    newest = over.order_by("-month").first()
    if newest is not None:
        read_round(month=newest.month, batch=batch, actor=actor, now=now)
    return batch


@action("compliance.load_care")
def drop_care_facts(*, actor: Actor, batch_id: int, now: datetime) -> CareBatch:
    """
    Put a file aside without applying it; its bytes stay.

    :raises DecidedBefore: if it was applied or dropped
    """
    batch = _waiting(batch_id)
    _decide(batch, CareBatch.Status.DROPPED, actor, now)
    record(actor=actor, action="compliance.care.dropped", subject=batch)
    return batch


def keep_facts(batch: CareBatch, facts: Iterable[CareFact], now: datetime) -> int:
    """
    Let facts of a batch count instead of those its source told before; how many were replaced.

    What claims told (`actions.claim_visits`) is another feed, which a file does not replace.
    """
    facts = list(facts)
    told = {(fact.month, fact.kind) for fact in facts}
    before = CareFact.objects.filter(
        superseded_at=None, batch__source_id=batch.source_id, batch__feed=batch.feed
    )
    replaced = 0
    for month, kind in sorted(told):
        replaced += before.filter(month=month, kind=kind).update(superseded_at=now)
    for fact in facts:
        fact.batch = batch
    CareFact.objects.bulk_create(facts, batch_size=AT_ONCE)
    return replaced


def resolve(source: Party, data: bytes, today: date) -> Resolved:
    """Find the PCP and member of each line; a member alone counts for who was the PCP then."""
    read = read_care_facts(data, add_months(month_of(today), -1))
    pcps = dict(Practitioner.objects.values_list("npi", "pk"))
    members = _members(source, {one.member for one in read.lines if one.member})
    whose = _pcps_of([one for one in read.lines if not one.npi], members)
    facts, refused = [], list(read.problems)
    for one in read.lines:
        member = members.get(one.member)
        pcp = pcps.get(one.npi) if one.npi else whose.get((member, one.month))
        words = ""
        if one.member and member is None:
            words = "is no member of this source, or of several plans"
        elif pcp is None:
            words = "is no practitioner we know" if one.npi else "had no PCP in that month"
        if words:
            column = "npi" if one.npi and pcp is None else "member"
            refused.append(CellProblem(one.line_no, column, "", "unknown", words))
            continue
        facts.append(CareFact(
            month=one.month, kind=one.kind, practitioner_id=pcp, member_id=member, count=one.count,
        ))  # fmt: skip
    return Resolved(tuple(facts), tuple(sorted(refused, key=lambda one: one.line_no)))


def _members(source: Party, numbers: set[str]) -> dict[str, int]:
    rows = Member.objects.filter(plan_member_id__in=numbers)
    if source.kind == Party.Kind.PAYER:
        rows = rows.filter(payer__party=source)
    found = list(rows.values_list("plan_member_id", "pk"))
    times = Counter(number for number, _ in found)
    return {number: pk for number, pk in found if times[number] == 1}


def _pcps_of(
    lines: Sequence[CareLine], members: dict[str, int]
) -> dict[tuple[int | None, date], int]:
    wanted = {members[one.member] for one in lines if one.member in members}
    if not wanted:
        return {}
    rows = PcpAssignment.objects.current().filter(member_id__in=wanted)
    first, last = min(one.month for one in lines), max(one.month for one in lines)
    rows = rows.filter(Q(end_date=None) | Q(end_date__gt=first), effective_date__lte=last)
    spans = list(rows.values_list("member_id", "practitioner_id", "effective_date", "end_date"))
    months = {one.month for one in lines}
    return {
        (member, month): pcp
        for member, pcp, start, end in spans
        for month in months
        if start <= month and (end is None or month < end)
    }


def figures_of(found: Resolved) -> dict[str, object]:
    """What a file comes to: for the preview, the list and the record."""
    kinds = Counter()
    for fact in found.facts:
        kinds[fact.kind] += fact.count
    months = sorted({f"{fact.month:%Y-%m}" for fact in found.facts})
    return {
        "lines": len(found.facts), "refused": len(found.refused), "months": months,
        "kinds": dict(sorted(kinds.items())),
        "pcps": len({fact.practitioner_id for fact in found.facts}),
        "members": len({fact.member_id for fact in found.facts if fact.member_id}),
    }  # fmt: skip


def _waiting(batch_id: int) -> CareBatch:
    batch = CareBatch.objects.select_for_update(of=("self",)).select_related("source")
    batch = batch.get(pk=batch_id)
    if batch.status != CareBatch.Status.WAITING:
        raise DecidedBefore(batch)
    return batch


def _decide(batch: CareBatch, status: str, actor: Actor, now: datetime) -> None:
    batch.status, batch.decided_at = status, now
    batch.decided_by_id, batch.decided_by_name = actor.user_id, actor.name
    batch.save(update_fields=["status", "figures", "refused", "decided_at", "decided_by_id",
                              "decided_by_name"])  # fmt: skip
