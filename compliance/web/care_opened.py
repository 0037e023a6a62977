"""One number of care watch opened: what was counted of what, month by month, and of whom."""

from collections import defaultdict

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from capitation.queries.members import member_rows
from compliance.models import CareReading
from compliance.queries.care_readings import members_moved, members_not_seen, told_of
from compliance.rules.care_watch import (
    BY_KEY,
    CITATION,
    FAR,
    HIDDEN,
    KINDS,
    LATE,
    MONTHS,
    NO_VISIT,
    PANEL_RISK,
    Sign,
)
from compliance.web.care import VIEW, crumbs, own_rate, peers_rate
from ipaportal.audit.access import declare_members, shows_members
from ipaportal.core.parts import Column, FactItem, Listing, list_rows
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import exported, one_as_file

HOURS = "referral_hours"
MEMBERS = (
    Column("name", "Member", "link"),
    Column("number", "Plan's number"),
    Column("count", "How many", "count"),
    Column("note", "What is known", wide=True),
)
BASES = {
    NO_VISIT: "Members of a whole year",
    PANEL_RISK: "Members of the highest and the lowest third of risk who moved to another PCP",
}


@requires(VIEW)
@shows_members()
def care_reading(request: PortalRequest, care_reading_id: int) -> HttpResponse:
    """One number opened: what was counted of what, and against what."""
    rows = CareReading.objects.select_related("round", "practitioner")
    reading = rows.filter(pk=care_reading_id).first()
    if reading is None:
        raise Http404
    sign, hidden = BY_KEY[reading.sign], reading.state == HIDDEN
    lists: dict[str, Listing] = {}
    declare_members(request, [])
    told: list[tuple] = []
    if not hidden:
        told = _told(reading, sign)
        _add_lists(request, reading, sign, told, lists)
    if (file := one_as_file(request, lists)) is not None:
        return file
    url = reverse("compliance:care_pcp", args=[reading.practitioner_id])
    context = {
        "reading": reading, "sign": sign, "citation": CITATION, "hidden": hidden,
        "facts": _facts(reading, sign, told), **lists,
        "crumbs": [*crumbs(), (str(reading.practitioner), url), (sign.name, "")],
    }  # fmt: skip
    return render(request, "compliance/care_reading.html", context)


def _told(reading: CareReading, sign: Sign) -> list[tuple]:
    """Facts behind the reading; none for what is read from PCPs of members alone."""
    kinds = {sign.counted, sign.base, *([HOURS] if sign.key == LATE else [])} & set(KINDS)
    return told_of(reading.practitioner_id, reading.round.month, kinds) if kinds else []


def _add_lists(
    request: PortalRequest, reading: CareReading, sign: Sign, told: list[tuple], lists: dict
) -> None:
    whom = _whom(reading, sign, told)
    found = {row.member_id: row for row in member_rows(list(whom))}
    declare_members(request, list(found))
    if whom:
        note = {NO_VISIT: "no visit is told of twelve months", PANEL_RISK: "moved to another PCP"}
        rows = [
            {
                "name": found[pk].name or "no name yet", "number": found[pk].plan_member_id,
                "count": count, "note": note.get(sign.key, KINDS.get(sign.counted, "")),
                "url": reverse("capitation:member_detail", args=[pk]),
            }
            for pk, count in whom.items() if pk in found
        ]  # fmt: skip
        lists["members"] = list_rows(
            rows, MEMBERS, {}, caption="Members", **exported(request, "members")
        )
    if told:
        lists["months"] = _months(request, sign, told)


def _whom(reading: CareReading, sign: Sign, told: list[tuple]) -> dict[int, int | None]:
    """Whom a number is about, where that is known: only of signs of which more is worse."""
    if sign.key in (NO_VISIT, PANEL_RISK):
        ask = members_not_seen if sign.key == NO_VISIT else members_moved
        return dict.fromkeys(ask(reading.practitioner_id, reading.round.month))
    if sign.side != "high":
        return {}
    sums: dict[int, int] = defaultdict(int)
    for _, kind, member, count in told:
        if kind == sign.counted and member is not None and count:
            sums[member] += count
    return dict(sorted(sums.items()))


def _months(request: PortalRequest, sign: Sign, told: list[tuple]) -> Listing:
    kinds = [kind for kind in (sign.counted, sign.base, HOURS) if any(kind == r[1] for r in told)]
    sums = {kind: sum(row[3] for row in told if row[1] == kind) for kind in kinds}
    columns = [
        Column("month", "Month"),
        *(Column(kind, KINDS[kind].capitalize(), "count", total=sums[kind]) for kind in kinds),
    ]
    months: dict[str, dict[str, object]] = {}
    for month, kind, _, count in told:
        row = months.setdefault(f"{month:%Y-%m}", {"month": f"{month:%Y-%m}"})
        row[kind] = row.get(kind, 0) + count
    rows = [months[key] for key in sorted(months, reverse=True)]
    return list_rows(rows, columns, {}, caption="Month by month", **exported(request, "months"))


def _facts(reading: CareReading, sign: Sign, told: list[tuple]) -> list[FactItem]:
    hidden = reading.state == HIDDEN
    kind = "encounters" if sign.key == NO_VISIT else sign.counted
    months = reading.round.months_told.get(kind, [])
    base = BASES.get(sign.key, KINDS.get(sign.base, "Member-months of the months told"))
    facts = [
        FactItem("Answer", reading.state, "status", note=reading.why),
        FactItem("Counted", None if hidden else reading.count, "count",
                 note=own_rate(reading)),
        FactItem("Of", None if hidden else reading.base, "count", note=base.lower()),
        FactItem("Expected at peers' rates",
                 f"{reading.expected:.1f}" if reading.expected is not None else "not compared",
                 note=f"{reading.peers} peers; {peers_rate(reading)}"),
        FactItem("Exact 95 % interval",
                 f"{reading.low:.1f} to {reading.high:.1f}" if reading.low is not None else ""),
        FactItem("Scatters out", f"{reading.z:.2f}" if reading.z is not None else "",
                 note=f"peers scatter {float(reading.scatter) ** 0.5:.2f} times as far as "
                 f"chance; beyond {FAR:g} asks for a look"),
    ]  # fmt: skip
    if sign.key != PANEL_RISK:
        facts.append(FactItem("Months told", f"{len(months)} of {MONTHS}", note=", ".join(months)))
    hours = sum(count for _, kind, _, count in told if kind == HOURS)
    decided = sum(count for _, kind, _, count in told if kind == sign.base)
    if hours and decided:
        facts.append(FactItem("Hours to an answer, on average", f"{hours / decided:.1f}",
                              note=f"{hours} hours of {decided} decided"))  # fmt: skip
    return facts
