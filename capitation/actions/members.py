"""Members by hand: adopt whom the plan pays for, assign a PCP, end coverage."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from capitation.actions.facts import Origin, Recorder, start_recording
from capitation.actions.identities import Names, identify, looks_like_mbi
from capitation.actions.intake import match_lines, names_of
from capitation.actions.waiting import pick_up, take_premiums
from capitation.formats import roster_csv
from capitation.models import (
    Contract,
    CoverageSpan,
    Member,
    PcpAssignment,
    UnmatchedRow,
)
from capitation.queries.closed_panels import ClosedPanels
from capitation.queries.worklists import waiting_lines
from capitation.rules.painting import Brush
from credentialing.models import Practitioner
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import Refused

MOST_AT_ONCE = 100_000


class CannotAdopt(Refused):
    """A member cannot be adopted."""


class CannotAssign(Refused):
    """A PCP cannot be assigned."""


@dataclass
class Assigned:
    """What a list of assignments did; `refused` names each line left out, and why."""

    rows: int = 0
    changed: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)


@action("capitation.adopt_member")
def adopt_member(
    *,
    actor: Actor,
    contract_id: int,
    member_ref: str,
    now: datetime,
    effective_date: date | None = None,
    end_date: date | None = None,
    plan_code: str = "",
    profile: Mapping[str, object] | None = None,
) -> Member:
    """
    Make somebody the plan pays for a member, covered from their first paid month by default.

    :raises CannotAdopt: if nothing names them, or they are a member already
    """
    contract = Contract.objects.get(pk=contract_id)
    ref = member_ref.strip()
    if not ref or not _unknown(contract, [ref]):
        raise CannotAdopt(
            f"{ref or 'Somebody without a number'} is a member already, or has no number. "
            "Nothing was changed."
        )
    known = _paid_for(contract, [ref]).get(ref)
    if known is not None and len(known.mbis) > 1:
        raise CannotAdopt(
            f"The plan pays for {ref} under {len(known.mbis)} different MBIs, so it is not one "
            "member. Nothing was changed. Ask the plan who it means."
        )
    if known is None and effective_date is None:
        raise CannotAdopt(
            f"No line of money names {ref}, so their first day must be given. Nothing was changed."
        )
    if effective_date and end_date and end_date <= effective_date:
        raise CannotAdopt("The coverage would end before it begins. Nothing was changed.")
    recorder = start_recording(
        actor=actor, payer_id=contract.payer_id, description=f"adopt {ref}", now=now
    )
    since = effective_date or known.first_month
    person = _Person(
        since,
        end_date,
        plan_code,
        {**(known.profile if known else {}), **(profile or {})},
        known.mbi if known else b"",
    )
    ids = _adopt(recorder, contract, {ref: person})
    member = Member.objects.get(pk=ids[ref])
    record(
        actor=actor,
        action="capitation.member.adopted",
        subject=member,
        lines=recorder.counts["lines_matched"],
        effective_date=f"{since}",
    )
    return member


@action("capitation.adopt_member")
def adopt_members(
    *, actor: Actor, contract_id: int, now: datetime, file_id: int | None = None
) -> dict[str, int]:
    """
    Adopt everyone a contract's lines (or one file's) pay for and we do not know.

    Each is covered from their first paid month on.

    :raises CannotAdopt: if nobody waits
    """
    contract = Contract.objects.get(pk=contract_id)
    lines = waiting_lines().filter(contract=contract).exclude(member_ref="")
    if file_id is not None:
        lines = lines.filter(file_id=file_id)
    refs = list(lines.values_list("member_ref", flat=True).distinct()[:MOST_AT_ONCE])
    waiting = _paid_for(contract, _unknown(contract, refs))
    people = {
        ref: _Person(known.first_month, None, "", known.profile, known.mbi)
        for ref, known in waiting.items()
        if len(known.mbis) < 2
    }
    if not people:
        raise CannotAdopt("Nobody waits to be adopted here. Nothing was changed.")
    recorder = start_recording(
        actor=actor, payer_id=contract.payer_id, description="adopt members", now=now
    )
    _adopt(recorder, contract, people)
    counts = dict(recorder.counts)
    record(actor=actor, action="capitation.members.adopted", subject=contract, **counts)
    return counts


@action("capitation.adopt_member")
def match_member(
    *, actor: Actor, contract_id: int, member_ref: str, member_id: int, now: datetime
) -> int:
    """
    Give an unknown number's money to a member we know by another; give how many lines that were.

    :raises CannotAdopt: if no line waits under that number
    """
    contract = Contract.objects.get(pk=contract_id)
    member = Member.objects.get(pk=member_id, payer_id=contract.payer_id)
    recorder = start_recording(
        actor=actor, payer_id=contract.payer_id, description=f"{member_ref} is {member}", now=now
    )
    lines = waiting_lines().filter(contract__payer_id=contract.payer_id, member_ref=member_ref)
    names = names_of(lines) if member_ref else []
    found = identify(contract.payer_id, {name: name for name in names})
    if found.conflicts or set(found.ids.values()) - {member.pk}:
        raise CannotAdopt(
            f"Lines of {member_ref} carry an MBI of somebody else. Nothing was changed. Decide "
            "them one by one in the work-list of numbers and MBIs that do not agree."
        )
    # A number with an MBI means the member together: the MBI may be another's one day.
    recorder.identifiers((member.pk, name.number, name.mbi, None) for name in names)
    matched = match_lines(recorder, dict.fromkeys(names, member.pk))
    if not matched:
        raise CannotAdopt(f"No money waits under the number {member_ref}. Nothing was changed.")
    take_premiums(recorder, {member_ref: member.pk})
    record(
        actor=actor,
        action="capitation.member.matched",
        subject=member,
        member_ref=member_ref,
        lines=matched,
    )
    return matched


@dataclass(frozen=True)
class _Person:
    since: date
    until: date | None
    plan_code: str
    profile: Mapping[str, object]
    mbi: bytes


@dataclass(frozen=True)
class _PaidFor:
    first_month: date
    profile: Mapping[str, object]
    mbis: set[bytes]

    @property
    def mbi(self) -> bytes:
        """The MBI that the plan pays under, if it names one."""
        return next(iter(self.mbis), b"")


def _unknown(contract: Contract, refs: list[str]) -> list[str]:
    """Which of these numbers name no member yet; a number of several is not unknown either."""
    names = Names()
    lines = waiting_lines().filter(contract=contract, member_ref__in=refs)
    asked = {*(names.of(ref) for ref in refs), *names_of(lines)}
    found = identify(contract.payer_id, {name: name for name in asked})
    known = {name.number for name in asked if found.is_known(name)}
    return [ref for ref in refs if ref not in known]


def _paid_for(contract: Contract, refs: list[str]) -> dict[str, _PaidFor]:
    lines = waiting_lines().filter(contract=contract, member_ref__in=refs)
    columns = ("member_ref", "coverage_month", "last_name", "first_name", "mbi_index")
    found: dict[str, _PaidFor] = {}
    lines = lines.order_by("coverage_month", "pk")
    for ref, month, last, first, mbi in lines.values_list(*columns):
        profile = {"last_name": last, "first_name": first}
        known = found.setdefault(ref, _PaidFor(month, profile, set()))
        if mbi and not looks_like_mbi(ref):
            known.mbis.add(bytes(mbi))
    return found


def _adopt(recorder: Recorder, contract: Contract, people: Mapping[str, _Person]) -> dict[str, int]:
    found = recorder.members(dict.fromkeys((ref, "") for ref in people)).ids
    ids = {ref: found[ref, ""] for ref in people}
    mbis = [(ids[ref], "", person.mbi, None) for ref, person in people.items() if person.mbi]
    recorder.identifiers(mbis)
    recorder.profiles({ids[ref]: (None, person.profile) for ref, person in people.items()})
    recorder.paint(
        CoverageSpan,
        {
            ids[ref]: [
                Brush(who.since, who.until, (contract.pk, who.plan_code[:20]), Origin(), cuts=False)
            ]
            for ref, who in people.items()
        },
        "coverage_changes",
    )
    pick_up(recorder)
    take_premiums(recorder, ids)
    return ids


@action("capitation.assign_pcp")
def assign_pcp(
    *,
    actor: Actor,
    member_id: int,
    practitioner_id: int,
    effective_date: date,
    reason: str,
    now: datetime,
) -> PcpAssignment:
    """
    Assign a member's PCP from a day on; what was known for earlier days stays.

    :raises CannotAssign: if that PCP has them from that day already, or takes no new members
    """
    member = Member.objects.get(pk=member_id)
    pcp = Practitioner.objects.get(pk=practitioner_id)
    recorder = start_recording(
        actor=actor, payer_id=member.payer_id, description=f"PCP of {member}", now=now
    )
    source = Origin(None, (reason[:200], actor.name[:200]))
    brush = Brush(effective_date, None, (pcp.pk,), source)
    closed = ClosedPanels([pcp.pk]).fault(member.pk, pcp.pk, effective_date)
    if closed:
        raise CannotAssign(
            f"{pcp} cannot be assigned: {closed}. Nothing was changed. Choose another PCP."
        )
    if not recorder.paint(PcpAssignment, {member.pk: [brush]}, "pcp_changes"):
        raise CannotAssign(
            f"{pcp} has {member} from {effective_date} already. Nothing was changed."
        )
    record(
        actor=actor,
        action="capitation.pcp.assigned",
        subject=member,
        practitioner=pcp.npi,
        effective_date=f"{effective_date}",
        reason=reason,
    )
    return PcpAssignment.objects.current().get(member=member, practitioner=pcp, end_date=None)


@action("capitation.assign_pcp")
def assign_pcps_from_csv(*, actor: Actor, payer_id: int, data: bytes, now: datetime) -> Assigned:
    """Assign PCPs from a list (member number, NPI, first day): good lines apply, bad are named."""
    headers = roster_csv.read_headers(data)
    read = roster_csv.read(data, roster_csv.Mapping(roster_csv.guess_mapping(headers)))
    result = Assigned(rows=len(read.rows) + len(read.refused))
    result.refused = [(p.line_no, f"{p.column}: {p.message}") for p in read.refused]
    recorder = start_recording(
        actor=actor, payer_id=payer_id, description="PCPs from a list", now=now
    )
    brushes = _listed(payer_id, read.rows, actor, result)
    result.changed = len(recorder.paint(PcpAssignment, brushes, "pcp_changes"))
    result.refused.sort()
    record(
        actor=actor,
        action="capitation.pcps.assigned",
        rows=result.rows,
        changed=result.changed,
        refused=len(result.refused),
    )
    return result


def _listed(
    payer_id: int, rows: Iterable[roster_csv.RosterRow], actor: Actor, result: Assigned
) -> dict[int, list[Brush]]:
    rows = list(rows)
    names = Names()
    named = {(row.member_id, row.mbi): names.of(row.member_id, row.mbi) for row in rows}
    found = identify(payer_id, named)
    pcps = dict(
        Practitioner.objects.filter(npi__in={row.pcp_npi for row in rows}).values_list("npi", "pk")
    )
    brushes: dict[int, list[Brush]] = {}
    panels = ClosedPanels(pcps.values())
    for row in rows:
        day = row.pcp_effective_date or row.effective_date
        who = (row.member_id, row.mbi)
        if who in found.conflicts:
            words = f"the number {row.member_id} and the MBI name different members"
            result.refused.append((row.line_no, words))
        elif who not in found.ids:
            result.refused.append((row.line_no, f"{row.member_id} is no member we know"))
        elif row.pcp_npi not in pcps:
            result.refused.append((row.line_no, f"NPI {row.pcp_npi} is not in the network"))
        elif day is None:
            result.refused.append((row.line_no, "the line does not say from when"))
        elif closed := panels.fault(found.ids[who], pcps[row.pcp_npi], day):
            result.refused.append((row.line_no, f"NPI {row.pcp_npi}: {closed}"))
        else:
            source = Origin(None, ("list of PCPs", actor.name[:200]))
            brush = Brush(day, None, (pcps[row.pcp_npi],), source)
            brushes.setdefault(found.ids[who], []).append(brush)
    return brushes


@action("capitation.adopt_member")
def end_coverage(
    *,
    actor: Actor,
    member_id: int,
    contract_id: int,
    first_day_not_covered: date,
    reason: str,
    now: datetime,
) -> Member:
    """
    End a member's coverage under a contract from a day on.

    :raises CannotAdopt: if they are not covered then
    """
    member = Member.objects.get(pk=member_id)
    recorder = start_recording(
        actor=actor, payer_id=member.payer_id, description=f"end of {member}", now=now
    )
    brush = Brush(first_day_not_covered, None, None, Origin(), only=contract_id)
    if not recorder.paint(CoverageSpan, {member.pk: [brush]}, "coverage_changes"):
        raise CannotAdopt(
            f"{member} is not covered from {first_day_not_covered} on. Nothing was changed."
        )
    UnmatchedRow.objects.filter(member=member, kind="member", resolved_at=None).update(
        resolved_at=now, resolved_by=actor.name[:200], resolution=f"coverage ended: {reason}"[:300]
    )
    record(
        actor=actor,
        action="capitation.coverage.ended",
        subject=member,
        day=f"{first_day_not_covered}",
        reason=reason,
    )
    return member
