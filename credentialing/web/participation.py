"""The gate: who takes part on a day, at which standing, and why not."""

from datetime import date

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from credentialing.queries.network import VIEW
from credentialing.queries.participation import Place, participation
from credentialing.rules.participation import Standing
from ipaportal.core.parts import Chip, Column, Empty, list_rows, matching
from ipaportal.core.words import day_text
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file

CHIPS = (
    Chip("show", "", "Everybody"),
    Chip("show", "stopped", "Takes no part"),
    Chip("show", "held", "Practice on hold"),
    Chip("show", "taken_over", "Not credentialed here"),
    Chip("show", "nowhere", "Approved, in no network"),
)
COLUMNS = (
    Column("name", "Practitioner", "link"),
    Column("practice", "Practice"),
    Column("plan", "Plan"),
    Column("standing", "Standing"),
    Column("part", "Takes part"),
    Column("why", "Why", wide=True),
)


def _shows(place: Place, show: str) -> bool:
    if show == "stopped":
        return not place.takes_part
    if show == "held":
        return bool(place.holds)
    return show in ("", place.standing.value)


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


def _day(request: PortalRequest) -> date:
    try:
        return date.fromisoformat(request.GET.get("on", ""))
    except ValueError:
        return timezone.localdate()


@requires(VIEW)
def participation_list(request: PortalRequest) -> HttpResponse:
    """Everybody's place with each plan on a day; what waits among them by chips."""
    day, show = _day(request), request.GET.get("show", "")
    places = participation(day)
    rows = [_row(place) for place in places if _shows(place, show)]
    rows = matching(rows, request.GET.get("q", ""), "name", "npi", "practice", "plan")
    if wants_file(request):
        return as_file(request, COLUMNS, rows, "participation")
    listing = list_rows(
        rows, COLUMNS, request.GET, caption=f"Network on {day_text(day)}", chips=CHIPS,
        empty=_empty(show), **export_urls(request),
    )  # fmt: skip
    taking = sum(place.takes_part for place in places)
    unknown = sum(place.standing is Standing.TAKEN_OVER for place in places)
    context = {
        "listing": listing,
        "day": day,
        "taking": taking,
        "stopped": len(places) - taking,
        "unknown": unknown,
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
