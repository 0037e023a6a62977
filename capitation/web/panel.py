"""A practice's panel: its members today, who joined and who left, by age and sex."""

from collections.abc import Iterator
from dataclasses import replace

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from capitation.queries.closed_panels import closed_of
from capitation.queries.panel import Panel, PanelCounts, PanelMember, panel, panel_counts
from ipaportal.audit.access import Kind, declare_members, shows_members
from ipaportal.core.exports import Column as CsvColumn
from ipaportal.core.exports import csv_pieces
from ipaportal.core.parts import Chip, Column, Empty, FactItem, list_rows
from ipaportal.core.pictures import Band, panel_pyramid
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.stored import named

VIEW = "capitation.view_panel"
CSV_COLUMNS = [
    CsvColumn(head)
    for head in ("Member number", "Last name", "First name", "Sex", "Age", "Plan", "PCP", "Since")
]


@requires(VIEW)
@shows_members()
def page(request: PortalRequest) -> HttpResponse:
    """The panel today."""
    today = timezone.localdate()
    rows = panel(actor=request.actor, today=today, params=request.GET)
    counts = panel_counts(rows)
    listing = list_rows(
        replace(rows, counts=counts),
        [
            Column("name", "Member", sort="name"),
            Column("member_number", "Number", minor=True),
            Column("age", "Age", "count", sort="age"),
            Column("sex", "Sex"),
            Column("plan", "Plan", sort="plan"),
            Column("pcp", "PCP", sort="pcp"),
            Column("since", "Since", "day", sort="since"),
            *([Column("until", "Until", "day")] if rows.show == "left" else []),
        ],
        request.GET,
        caption="Members of the panel",
        default_sort="name",
        chips=[
            Chip("show", "", "Now", counts.now),
            Chip("show", "joined", "Joined this month", counts.joined),
            Chip("show", "left", "Left this month", counts.left),
        ],
        csv_url=reverse("capitation:panel_csv"),
        empty=Empty("No member here", "Members appear once a plan assigns them to your PCPs."),
    )
    declare_members(request, {member.member_id for member in listing.rows})
    context = {
        "listing": listing,
        "today": today,
        "facts": _facts(counts),
        "pyramid": panel_pyramid(
            [Band(label, women, men) for label, women, men, _ in counts.bands]
        ),
        "unknown": counts.unknown,
        "closed": closed_of(rows.payees, today),
    }
    return render(request, "capitation/provider/panel.html", context)


def _facts(counts: PanelCounts) -> list[FactItem]:
    return [
        FactItem("At the end of last month", counts.before, "count"),
        FactItem("Joined", counts.joined, "count"),
        FactItem("Left", counts.left, "count"),
        FactItem("Now", counts.now, "count"),
    ]


@requires(VIEW)
@shows_members(Kind.EXPORT)
def csv_export(request: PortalRequest) -> HttpResponse:
    """The whole panel as CSV."""
    rows: Panel = panel(actor=request.actor, today=timezone.localdate(), params=request.GET)
    found = rows[:]
    declare_members(request, {member.member_id for member in found})
    pieces = csv_pieces(CSV_COLUMNS, _csv_rows(found))
    return named(StreamingHttpResponse(pieces, "text/csv"), f"panel-{rows.today:%Y-%m-%d}.csv")


def _csv_rows(found: list[PanelMember]) -> Iterator[tuple]:
    for one in found:
        yield (
            one.member_number,
            one.last_name,
            one.first_name,
            one.sex,
            one.age,
            one.plan,
            one.pcp,
            one.since,
        )
