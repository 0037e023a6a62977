"""The gate: who takes part on a day, at which standing, and why not."""

import re

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from credentialing.queries.network import VIEW
from credentialing.queries.participation import Place
from credentialing.queries.standings import Standings
from ipaportal.core.parts import Chip, Column, Empty, Listing, list_rows
from ipaportal.core.words import day_text
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from ipaportal.identity.web.fields import day_asked

PAGE = re.compile(r"[1-9][0-9]{0,5}")
CHIPS = (
    Chip("show", "", "Everybody"),
    Chip("show", "stopped", "Takes no part"),
    Chip("show", "held", "Practice on hold"),
    Chip("show", "taken_over", "Not credentialed here"),
    Chip("show", "nowhere", "Approved, in no network"),
)
COLUMNS = (
    Column("name", "Practitioner", "link", sort="name"),
    Column("practice", "Practice", sort="practice"),
    Column("plan", "Plan", sort="plan"),
    Column("standing", "Standing", sort="standing"),
    Column("part", "Takes part"),
    Column("why", "Why", wide=True),
)


def _row(place: Place) -> dict[str, object]:
    who, days = place.practitioner, place.participation
    held = ("payments to the practice are held",) if place.holds else ()
    return {
        "name": f"{who.last_name}, {who.first_name}",
        "npi": who.npi,
        "practice": days.practice.name if days else "",
        "plan": days.payer_party.name if days else "",
        "standing": place.word,
        "part": "yes" if place.takes_part else "no",
        "why": "; ".join((*place.reasons, *held)),
        "url": reverse("credentialing:practitioner_detail", args=[who.pk]),
    }


@requires(VIEW)
def participation_list(request: PortalRequest) -> HttpResponse:
    """Everybody's place with each plan on a day; what waits among them by chips."""
    day, get = day_asked(request), request.GET
    page = int(get["page"]) if PAGE.fullmatch(get.get("page", "")) else 1
    found = Standings(day, get.get("show", ""), get.get("q", ""), page)
    if wants_file(request):
        return as_file(request, COLUMNS, map(_row, found), "participation")
    listing = list_rows(
        found, COLUMNS, get, caption=f"Network on {day_text(day)}", chips=CHIPS,
        default_sort="name", empty=_empty(found.show), **export_urls(request),
    )  # fmt: skip
    context = {
        "listing": Listing(**{**vars(listing), "rows": [_row(place) for place in listing.rows]}),
        "day": day,
        "told": found.counts,
        "stopped": found.counts.everybody - found.counts.taking,
        "crumbs": [("Network", reverse("credentialing:practice_list")), ("Who takes part", "")],
    }
    return render(request, "credentialing/participation_list.html", context)


def _empty(show: str) -> Empty:
    if show == "taken_over":
        return Empty("Everybody was decided here", "Nobody takes part without a decision of ours.")
    if show == "nowhere":
        return Empty("Nobody waits for a network", "Every approval is followed by a plan.")
    if show in ("stopped", "held"):
        return Empty("Nobody is stopped", "Everybody known takes part on this day.")
    return Empty(
        "Nobody on this day",
        "Import the network, or have files decided: an approval starts the plans of its practice.",
    )
