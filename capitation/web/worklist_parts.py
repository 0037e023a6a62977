"""What each work-list shows: its rows to page through, its columns, and where a row leads."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse

from capitation.models import PlanFile, UnmatchedRow
from capitation.queries.closed_stays import Stay, by_word
from capitation.queries.members import member_rows
from capitation.queries.radar import Radar
from capitation.queries.worklists import (
    MemberMoney,
    UnknownMember,
    suspense_list,
    unknown_list,
    unmatched_list,
    without_pcp_list,
    without_terms_list,
)
from credentialing.models import Practitioner
from ipaportal.audit.access import declare_members
from ipaportal.core.parts import Chip, Column, Empty, list_rows, matching
from ipaportal.core.words import month_text
from ipaportal.identity.web.access import PortalRequest
from ipaportal.identity.web.exports import export_urls


@dataclass(frozen=True)
class WorkList:
    """A list of work: `rows` count and cut themselves, `shown` makes a page's row of each."""

    rows: Any
    columns: list[Column]
    empty: Empty
    shown: Callable[[Any], dict[str, object]]
    chips: Sequence[Chip] = ()


def work_list(request: PortalRequest, name: str, month: date) -> WorkList:
    """A list by its name in the address, searched as the address asks."""
    text = request.GET.get("q", "").strip()[:100]
    if name == "unknown":
        return _unknown(request, text)
    if name == "without_pcp":
        return _without_pcp(request, month, text)
    if name in ("suspense", "without_terms"):
        return _suspense(request, name, text)
    return _unmatched(request, name, text)


WORDS = {
    "waiting": "Waiting",
    "told": "Plan was told",
    "moved": "Plan moves them",
    "accepted": "Accepted",
}


def closed_list(request: PortalRequest, found: list[Stay]) -> WorkList:
    """Members on panels that were closed when they came, by what was done about them."""
    asked = request.GET.get("state", "")
    counts = by_word(found)
    chips = [Chip("state", "", WORDS["waiting"], counts["waiting"])]
    chips += [Chip("state", word, label, counts[word]) for word, label in list(WORDS.items())[1:]]
    chips.append(Chip("state", "all", "All", len(found)))
    word = asked if asked in WORDS else "waiting"
    some = found if asked == "all" else [one for one in found if one.word == word]
    rows = matching(closed_rows(some), request.GET.get("q", "")[:100], *SEARCHED)
    columns = [
        Column("number", "Member", "link", sort="number"),
        Column("name", "Name", sort="name"),
        Column("plan", "Plan", sort="plan"),
        Column("pcp", "PCP", sort="pcp"),
        Column("closed", "Closed since", "day", sort="closed"),
        Column("since", "Assigned from", "day", sort="since"),
        Column("file", "Named by", sort="file", minor=True),
        Column("state", "What was done", sort="state"),
        Column("again", "Look again", "day", sort="again", minor=True),
    ]
    empty = Empty(
        "Nobody waits here",
        "Plans assign members by their own files, also to a PCP whose panel was closed to new "
        "members. They are paid for like everybody; who was told, and who accepted them, is "
        "noted here.",
    )
    return WorkList(rows, columns, empty, lambda row: row, chips)


SEARCHED = ("number", "name", "plan", "pcp")


def closed_rows(found: list[Stay]) -> list[dict[str, object]]:
    """A row of each stay, with its member's and its PCP's names; four queries."""
    members = {row.member_id: row for row in member_rows([one.member_id for one in found])}
    pcps = Practitioner.objects.in_bulk({one.practitioner_id for one in found})
    files = PlanFile.objects.defer("counts", "figures").in_bulk({one.file_id for one in found})
    return [
        {
            "number": members[one.member_id].plan_member_id,
            "name": members[one.member_id].name,
            "plan": members[one.member_id].payer_name,
            "pcp": str(pcps[one.practitioner_id]),
            "closed": one.closure.from_date,
            "since": one.since,
            "file": files[one.file_id].name if one.file_id else one.assigned_by,
            "state": one.newest.get_done_display() if one.newest else "nothing yet",
            "again": one.newest.again_date if one.newest else None,
            "member_id": one.member_id,
            "url": reverse(
                "capitation:closed_panel_note", args=[one.member_id, one.practitioner_id]
            ),
        }
        for one in found
    ]


def may_assign(request: PortalRequest) -> bool:
    return request.actor.may("capitation.assign_pcp")


def _unknown(request: PortalRequest, text: str) -> WorkList:
    may_adopt = request.actor.may("capitation.adopt_member")
    adopt = reverse("capitation:member_adopt")

    def shown(row: UnknownMember) -> dict[str, object]:
        address = f"{adopt}?line={row.line_id}"
        return {
            "ref": row.member_ref,
            "name": f"{row.last_name}, {row.first_name}".strip(", "),
            "contract": row.contract_name,
            "first": row.first_month,
            "last": row.last_month,
            "months": row.months,
            "cents": row.amount_cents,
            "url": address if may_adopt and row.member_ref else "",
        }

    columns = [
        Column("ref", "Number in the file", "link", sort="member_ref"),
        Column("name", "Name", sort="last"),
        Column("contract", "Contract", sort="contract__name"),
        Column("first", "First month", "month", sort="begins", minor=True),
        Column("last", "Last month", "month", sort="ends"),
        Column("months", "Months", "count", sort="months"),
        Column("cents", "Money $", "money", sort="cents"),
    ]
    empty = Empty("Everybody is known", "Every line of money has its member.")
    return WorkList(unknown_list(actor=request.actor, text=text), columns, empty, shown)


def _without_pcp(request: PortalRequest, month: date, text: str) -> WorkList:
    name = "member_assign" if may_assign(request) else "member_detail"
    columns = [
        Column("number", "Member", "link", sort="number"),
        Column("name", "Name", sort="name"),
        Column("contract", "Contract", sort="contract"),
        Column("cents", "Received this month $", "money", sort="cents"),
    ]
    return WorkList(
        without_pcp_list(actor=request.actor, month=month, text=text),
        columns,
        Empty("Everybody has a PCP", f"Each member covered in {month_text(month)} has one."),
        lambda row: _money_row(row, reverse(f"capitation:{name}", args=[row.member_id])),
    )


def _suspense(request: PortalRequest, name: str, text: str) -> WorkList:
    def shown(row: MemberMoney) -> dict[str, object]:
        key = [row.contract_id, row.member_id, f"{row.month:%Y-%m}"]
        return _money_row(row, reverse("capitation:suspense_settle", args=key))

    columns = [
        Column("number", "Member", "link", sort="number"),
        Column("name", "Name", sort="name"),
        Column("contract", "Contract", sort="contract"),
        Column("month", "For", "month", sort="month"),
        Column(
            "cents", "In suspense $" if name == "suspense" else "Waits $", "money", sort="cents"
        ),
    ]
    if name == "without_terms":
        empty = Empty("Terms cover all money", "Every month that money came for has terms.")
        return WorkList(without_terms_list(actor=request.actor, text=text), columns, empty, shown)
    empty = Empty("Nothing in suspense", "All money has a covered month.")
    return WorkList(suspense_list(actor=request.actor, text=text), columns, empty, shown)


def _money_row(row: MemberMoney, url: str) -> dict[str, object]:
    return {
        "number": row.plan_member_id,
        "name": row.name,
        "contract": row.contract_name,
        "month": row.month,
        "cents": row.amount_cents,
        "member_id": row.member_id,
        "url": url,
    }


def _unmatched(request: PortalRequest, kind: str, text: str) -> WorkList:
    folded = kind in UnmatchedRow.FOLDED
    seen = [
        Column("last_seen", "Last seen", "day", sort="last_seen_at"),
        Column("files", "Files", "count", sort="files"),
    ]
    columns = [
        Column("reason", "Why it waits", "link", sort="reason"),
        Column("member", "Member", sort="member__plan_member_id"),
        *([Column("stated", "PCP in the file", wide=True)] if kind == "pcp" else []),
        *([Column("stated", "Number in the file")] if kind == "identity" else []),
        Column("file", "First file" if folded else "File", sort="file__name"),
        Column("line", "Line", "count", sort="line_no", minor=True),
        Column("received", "Received", "day", sort="file__received_at"),
        *(seen if folded else []),
    ]
    return WorkList(
        unmatched_list(actor=request.actor, kind=kind, text=text),
        columns,
        Empty("Nothing waits here", "Every row of the plans' files was used."),
        _unmatched_row,
    )


def _unmatched_row(row: UnmatchedRow) -> dict[str, object]:
    stated = (row.values.get("npi"), row.values.get("name"))
    if row.kind == UnmatchedRow.Kind.IDENTITY:
        stated = (row.values.get("member_ref"),)
    return {
        "reason": row.reason,
        "member": str(row.member or row.values.get("member_ref", "")),
        "stated": " ".join(filter(None, stated)),
        "file": row.file.name,
        "line": row.line_no,
        "received": row.file.received_at.date(),
        "last_seen": row.last_seen_at.date() if row.last_seen_at else None,
        "files": row.files,
        "member_id": row.member_id,
        "url": reverse("capitation:row_detail", args=[row.pk]),
    }


NOTHING_HELD = Empty("Nothing is held", "No line of a run waits for a rate or a risk score.")
NOBODY_HELD = Empty("Nobody is on hold", "A hold stops every payment to a payee until it ends.")
UNPAID = (
    Column("kind", "What"),
    Column("who", "Who"),
    Column("number", "Number"),
    Column("contract", "Contract or run"),
    Column("why", "Why"),
    Column("cents", "Amount $", "money"),
)


def radar_rows(request: PortalRequest, found: Radar) -> list[dict[str, object]]:
    """All unpaid money as one list, for a file."""
    declare_members(request, [row.member_id for row in found.not_paid_for])
    rows: list[dict[str, object]] = [
        {
            "kind": "The plan does not pay",
            "who": row.name,
            "number": row.plan_member_id,
            "contract": row.contract_name,
            "why": "no money this month; last month's amount",
            "cents": row.last_month_cents,
        }
        for row in found.not_paid_for
    ]
    rows += [
        {
            "kind": "Held by the run",
            "contract": str(row.run),
            "why": "no rate" if row.why == "held_rate" else "no risk score",
            "number": f"{row.lines} lines",
            "cents": row.received_cents,
        }
        for row in found.held
    ]
    rows += [
        {
            "kind": "Payee on hold",
            "who": row.hold.party.name,
            "why": f"{row.hold.get_reason_display()}, {row.days} days",
            "cents": row.owed_cents,
            "url": reverse("ledger:hold_list") if request.actor.may("ledger.view_accounts") else "",
        }
        for row in found.holds
    ]
    return rows


def radar_parts(request: PortalRequest, found: Radar) -> dict[str, object]:
    """The lists of unpaid money."""
    rows = [
        {
            "number": row.plan_member_id,
            "name": row.name,
            "contract": row.contract_name,
            "cents": row.last_month_cents,
            "url": reverse("capitation:member_detail", args=[row.member_id]),
        }
        for row in found.not_paid_for
    ]
    declare_members(request, [row.member_id for row in found.not_paid_for])
    columns = [
        Column("number", "Member", "link", sort="number"),
        Column("name", "Name", sort="name"),
        Column("contract", "Contract", sort="contract"),
        Column("cents", "Last month $", "money", sort="cents"),
    ]
    empty = Empty("The plan pays for everybody", "Every member with a PCP has money this month.")
    held = [
        {
            "what": "no rate" if row.why == "held_rate" else "no risk score",
            "run": str(row.run),
            "lines": row.lines,
            "cents": row.received_cents,
            "url": reverse("capitation:run_detail", args=[row.run.pk]) + f"?tab=lines&why={row.why}"
            if request.actor.may("capitation.view_runs")
            else "",
        }
        for row in found.held
    ]
    holds = [
        {
            "payee": row.hold.party.name,
            "reason": row.hold.get_reason_display(),
            "days": row.days,
            "cents": row.owed_cents,
        }
        for row in found.holds
    ]
    held_columns = [
        Column("run", "Run", "link"),
        Column("what", "Held because"),
        Column("lines", "Lines", "count"),
        Column("cents", "Received for them $", "money"),
    ]
    hold_columns = [
        Column("payee", "Payee", "link"),
        Column("reason", "Why"),
        Column("days", "Days", "count"),
        Column("cents", "Owed $", "money"),
    ]
    return {
        "radar": found,
        "not_paid": list_rows(
            rows,
            columns,
            request.GET,
            caption="Not paid for",
            empty=empty,
            **export_urls(request),
        ),
        "held": list_rows(held, held_columns, {}, caption="Held", empty=NOTHING_HELD),
        "holds": list_rows(holds, hold_columns, {}, caption="Holds", empty=NOBODY_HELD),
    }
