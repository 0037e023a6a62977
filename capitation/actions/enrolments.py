"""Applying an 834, beneath the actions: members, profiles, coverage, PCPs, batch by batch."""

from datetime import date

from django.db.models import Q

from capitation.actions.facts import Origin
from capitation.actions.identities import Identified, identify
from capitation.actions.intake import Intake, batches
from capitation.actions.raw_pcps import keep_pcp, take_known
from capitation.actions.waiting import pick_up
from capitation.formats.enrolment_834 import Coverage, EnrolmentMember, EnrolmentReader
from capitation.formats.values import parse_date
from capitation.models import CoverageSpan, MemberStatus, PcpAssignment
from capitation.rules.enrolment import (
    ENDS,
    OTHER_LINES,
    Stated,
    coverage_brushes,
    pcp_brush,
)
from capitation.rules.painting import Brush
from credentialing.models import Practitioner

BATCH = 4000
PLAN_CODE = 20


def apply_enrolment(intake: Intake, reader: EnrolmentReader) -> None:
    """Apply every member of an 834; what cannot be applied is kept in the work-lists."""
    seen: set[int] = set()
    for batch in batches(reader, BATCH):
        seen |= apply_members(intake, batch)
        intake.flush()
    heads = reader.enrolments
    if heads and all(head.is_full_file for head in heads):
        _list_absent(intake, seen)
        intake.flush()


def apply_members(
    intake: Intake,
    batch: list[EnrolmentMember],
    meant: Identified[tuple[str, str]] | None = None,
) -> set[int]:
    """Apply members' loops; give whom the file may mean. `meant`: a person said who they are."""
    recorder = intake.recorder
    named = [member for member in batch if _is_usable(intake, member)]
    names = {_named(m): intake.names.of(m.member_ref, m.mbi) for m in named}
    before = meant or identify(recorder.payer_id, names)
    # Whom one loop adds, another of the same file may end.
    joining = {m.member_ref for m in named if not _only_ends(m)}
    named = [
        m
        for m in named
        if before.is_known(_named(m)) or m.member_ref in joining or _keep_unknown(intake, m)
    ]
    found = recorder.members({_named(m): m.segment_no for m in named}, before)
    ids, usable = found.ids, [m for m in named if _named(m) in found.ids]
    for member in named:
        if (several := found.conflicts.get(_named(member))) is not None:
            name = names[_named(member)]
            intake.keep_conflict(member.segment_no, member.raw, name, several)
    recorder.counts["members"] += len(usable)
    recorder.profiles({ids[_named(m)]: (m.segment_no, _profile(m)) for m in usable})
    if intake.tells_counties:
        recorder.counties({ids[_named(m)]: _county(intake, m) for m in usable})
    coverage: dict[int, list[Brush]] = {}
    for member in usable:
        brushes = _coverage(intake, member, ids[_named(member)])
        coverage.setdefault(ids[_named(member)], []).extend(brushes)
    recorder.paint(CoverageSpan, coverage, "coverage_changes")
    _assign(intake, usable, ids)
    disabled = {
        ids[_named(m)]: [Brush(first, None, ("disabled",), Origin(m.segment_no), cuts=False)]
        for m in usable
        if m.is_handicapped and (first := _first_day(m)) is not None
    }
    recorder.paint(MemberStatus, disabled, "status_changes")
    pick_up(recorder)
    # Whom the file may mean is not absent from it.
    return set(ids.values()).union(*found.conflicts.values())


def _named(member: EnrolmentMember) -> tuple[str, str]:
    return member.member_ref, member.mbi


def _is_usable(intake: Intake, member: EnrolmentMember) -> bool:
    if not member.member_ref:
        intake.keep("row", member.segment_no, "The member has no number of the plan.", member.raw)
    elif len(member.member_ref) > 40:
        words = "The member's number is longer than 40 characters."
        intake.keep("row", member.segment_no, words, member.raw)
    elif member.faults:
        intake.keep("row", member.segment_no, " ".join(member.faults), member.raw)
    else:
        return True
    return False


def _only_ends(member: EnrolmentMember) -> bool:
    ends = [coverage.maintenance in ENDS for coverage in member.coverages]
    return member.is_termination or bool(ends and all(ends))


def _keep_unknown(intake: Intake, member: EnrolmentMember) -> bool:
    """An end of somebody we do not know is kept, not applied."""
    words = "The file ends the coverage of a member who is not known."
    name = f"{member.last_name}, {member.first_name}"
    intake.keep(
        "member", member.segment_no, words, member.raw, member_ref=member.member_ref, name=name
    )
    return False


def _profile(member: EnrolmentMember) -> dict[str, object]:
    return {
        "last_name": member.last_name,
        "first_name": member.first_name,
        "birth_date": member.birth_date,
        "sex": member.sex if member.sex in ("F", "M") else "",
        "county_code": member.county_code[:5],
        "address": f"{member.address} {member.address_2}".strip(),
        "city": member.city,
        "state": member.state if len(member.state) <= 2 else "",
        "zip_code": member.zip_code,
        "phone": member.phone,
    }


def _county(intake: Intake, member: EnrolmentMember) -> tuple[int, str, date]:
    """Where a member lives, and from when: the day the change is made, else this month."""
    stated = parse_date(dict(member.dates).get("303", "")[:8])
    day = stated or intake.file_date
    return member.segment_no, member.county_code[:5], day.replace(day=1)


def _coverage(intake: Intake, member: EnrolmentMember, member_id: int) -> list[Brush]:
    """The coverage a member's loops state; products that are not medical are counted."""
    contract_id, stated = intake.contract.pk, []
    for coverage in member.coverages:
        if coverage.insurance_line in OTHER_LINES:
            intake.recorder.counts["other_products"] += 1
            continue
        kind = "024" if member.is_termination else coverage.maintenance or member.maintenance
        value = (contract_id, coverage.plan_description[:PLAN_CODE].strip())
        stated.append(Stated(kind, coverage.start_date, _last_day(member, coverage), value))
    if not stated and member.is_termination:
        stated.append(Stated("024", None, _last_day(member, None), (contract_id, "")))
    brushes, faults = coverage_brushes(stated, contract_id, Origin(member.segment_no))
    for words in faults:
        intake.keep("row", member.segment_no, f"A member's {words}.", member.raw, member_id)
    return brushes


def _last_day(member: EnrolmentMember, coverage: Coverage | None) -> date | None:
    """The last day covered: of the product, else (for who ends as a whole) of the member."""
    if coverage is not None and coverage.end_date is not None:
        return coverage.end_date
    if not member.is_termination:
        return None
    dates = dict(member.dates)
    for kind in ("357", "349", "337"):
        if (day := parse_date(dates.get(kind, "")[:8])) is not None:
            return day
    return None


def _first_day(member: EnrolmentMember) -> date | None:
    days = [c.start_date for c in member.coverages if c.start_date]
    return min(days, default=None)


def _assign(
    intake: Intake, members: list[EnrolmentMember], ids: dict[tuple[str, str], int]
) -> None:
    npis = {pcp.npi for m in members for pcp in m.pcps if pcp.npi}
    known = dict(Practitioner.objects.filter(npi__in=npis).values_list("npi", "pk"))
    latest = _latest_pcps([ids[_named(m)] for m in members if m.pcps])
    brushes: dict[int, list[Brush]] = {}
    for member in members:
        member_id = ids[_named(member)]
        if member.is_termination:
            continue
        for pcp in member.pcps:
            assumed = _assumed_day(intake, member, latest.get(member_id))
            if pcp.npi not in known:
                keep_pcp(
                    intake,
                    line_no=pcp.segment_no,
                    raw=member.raw,
                    member_id=member_id,
                    number=pcp.npi or pcp.ref,
                    name=f"{pcp.first_name} {pcp.last_name}".strip(),
                    since=pcp.effective_date or assumed,
                    until=pcp.end_date,
                )
                continue
            source = Origin(member.segment_no, (pcp.reason[:200], f"file {intake.file.name}"[:200]))
            brush = pcp_brush(
                practitioner_id=known[pcp.npi],
                stated_from=pcp.effective_date,
                stated_until=pcp.end_date,
                assumed_from=assumed,
                latest=latest.get(member_id),
                source=source,
            )
            if brush is not None:
                brushes.setdefault(member_id, []).append(brush)
                latest[member_id] = brush.value
    intake.recorder.paint(PcpAssignment, brushes, "pcp_changes")
    take_known(intake, [ids[_named(m)] for m in members if m.pcps], known)


def _latest_pcps(member_ids: list[int]) -> dict[int, tuple[int]]:
    rows = PcpAssignment.objects.filter(member_id__in=member_ids, end_date=None).current()
    return {member: (pcp,) for member, pcp in rows.values_list("member_id", "practitioner_id")}


def _assumed_day(intake: Intake, member: EnrolmentMember, latest: object) -> date:
    """From when an undated choice holds: with the coverage if it is the first, else this month."""
    first = _first_day(member)
    if latest is None and first is not None:
        return first
    stated = parse_date(dict(member.dates).get("303", "")[:8])
    if stated is not None:
        return stated
    return intake.file_date.replace(day=1)


def _list_absent(intake: Intake, seen: set[int]) -> None:
    """List who is covered but not in a full file; nobody is ended for that alone."""
    day = intake.file_date
    covered = CoverageSpan.objects.filter(contract=intake.contract).current()
    covered = covered.filter(Q(end_date=None) | Q(end_date__gt=day), effective_date__lte=day)
    absent = sorted(set(covered.values_list("member_id", flat=True)) - seen)
    words = f"Covered on {day}, but absent from this full file."
    for member_id in absent:
        intake.keep("member", 0, words, "", member_id, absent=True)
    intake.recorder.counts["absent"] = len(absent)
