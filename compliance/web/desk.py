"""The desk: seven elements, and what the portal's questions about itself find right now."""

from datetime import date

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import resolve, reverse
from django.utils import timezone

from compliance.models import CheckResult
from compliance.queries.self_checks import findings, first_nights, nights
from compliance.rules.program import CHECKS, ELEMENTS, GUIDANCE, Check, Found, tiles
from ipaportal.core.parts import Chip, Column, Empty, list_rows, matching
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file

# Where what a question found is looked at and mended.
PLACES = {
    "paid_excluded": "compliance:paid_excluded",
    "policies_old": "compliance:policy_list",
    "attestations_late": "compliance:campaign_list",
    "holds_unanswered": "compliance:legal_hold_list",
    "terms_uncited": "capitation:contract_list",
    "no_minutes": "credentialing:meeting_list",
    "no_meeting": "credentialing:meeting_list",
    "no_pledge": "credentialing:meeting_list",
    "disputes_waiting": "capitation:dispute_list",
    "letters_late": "credentialing:letter_list",
    "withheld_too_much": "compliance:incentives",
    "tiers_unknown": "compliance:incentives",
    "backups_over": "compliance:backup_list",
    "holds_old": "ledger:hold_list",
    "care_waiting": "compliance:care_watch",
    "duties_unproven": "compliance:obligation_list",
    "not_screened": "credentialing:screening_list",
    "lists_old": "credentialing:list_list",
    "matches_late": "credentialing:match_list",
    "licences_over": "credentialing:expirable_list",
    "cycles_over": "credentialing:recred_list",
    "no_second_factor": "identity:people_list",
    "dormant": "identity:people_list",
    "unsealed": "home:sighting_list",
    "runs_missed": "capitation:run_list",
    "files_waiting": "capitation:file_list",
    "rows_waiting": "capitation:worklists",
    "bank_waiting": "capitation:bank_account_list",
    "no_bank": "capitation:bank_account_list",
    "statements_late": "capitation:statement_list",
    "batches_waiting": "capitation:payment_list",
    "documents_waiting": "credentialing:file_list",
    "incidents_open": "home:sighting_list",
    "returns_waiting": "capitation:return_list",
    "conditions_late": "credentialing:meeting_list",
    "accounts_late": "compliance:account_request_list",
    "looks_unjudged": "compliance:unusual_list",
    "universes_late": "compliance:audit_list",
    "reports_late": "compliance:calendar",
    "reports_missing": "compliance:calendar",
    "findings_unread": "compliance:finding_list",
    "corrections_left": "compliance:finding_list",
    "requests_late": "compliance:audit_list",
    "findings_unplanned": "compliance:finding_list",
    "corrections_late": "compliance:finding_list",
    "corrections_unjudged": "compliance:finding_list",
    "cases_unanswered": "compliance:case_list",
    "cases_ownerless": "compliance:case_list",
    "cases_late": "compliance:case_list",
    "breaches_near": "compliance:case_list",
}
# What of a place is meant, where it is not all of it.
SHOWN = {
    "care_waiting": "?show=held",
    "duties_unproven": "?show=open",
    "accounts_late": "?show=open",
    "looks_unjudged": "?show=waits",
    "universes_late": "?show=open",
    "reports_late": "?show=late_ours",
    "reports_missing": "?show=late_theirs",
    "findings_unread": "?show=draft",
    "corrections_left": "?show=left",
    "requests_late": "?show=asked",
    "findings_unplanned": "?show=plan",
    "corrections_late": "?show=late",
    "corrections_unjudged": "?show=judge",
    "cases_unanswered": "?show=late",
    "cases_ownerless": "?show=ownerless",
    "cases_late": "?show=late",
    "breaches_near": "?show=breach",
}
COLUMNS = (
    Column("question", "Question", "link", sort="question"),
    Column("state", "Answer", "status"),
    Column("count", "Found", "count", sort="count"),
    Column("oldest", "Oldest", "day", sort="oldest"),
    Column("remedy", "What to do", wide=True),
    Column("citation", "Why it is asked", minor=True, wide=True),
)
WRITTEN = (
    *COLUMNS,
    Column("element_name", "Element"),
    Column("since", "Found every night since", "day"),
)


@requires("compliance.view_desk")
def desk(request: PortalRequest) -> HttpResponse:
    """Tiles and questions, filtered by an element or to what needs attention."""
    now = timezone.now()
    found = findings(actor=request.actor, now=now)
    before = nights(actor=request.actor, today=timezone.localdate(now))
    rows = [_row(request, check, found[check.key], before) for check in CHECKS]
    rows.sort(key=lambda row: ORDER.index(row["state"]))
    element, show = request.GET.get("element", ""), request.GET.get("show", "")
    shown = [
        row
        for row in matching(rows, request.GET.get("q", ""), "question", "remedy", "citation")
        if (not element or row["element"] == element) and (show != "open" or row["count"])
    ]
    if wants_file(request):
        return as_file(request, WRITTEN, shown, f"self-checks-{now:%Y-%m-%d}")
    attention = sum(1 for row in rows if row["count"])
    listing = list_rows(
        shown,
        COLUMNS,
        request.GET,
        caption="Questions",
        chips=[
            Chip("show", "", "All", len(rows)),
            Chip("show", "open", "Need attention", attention),
            *([Chip("element", "", f"Not only {ELEMENTS[element][0]}")]
              if element in ELEMENTS else []),
        ],
        empty=Empty("Nothing needs attention here", "Every question of this choice found nothing."),
        **export_urls(request),
    )  # fmt: skip
    context = {
        "tiles": tiles(found),
        "element": element,
        "listing": listing,
        "attention": attention,
        "asked": len(rows),
        "guidance": GUIDANCE,
        "last_night": max((rows[0].day for rows in before.values()), default=None),
    }
    return render(request, "compliance/desk.html", context)


def _row(
    request: PortalRequest, check: Check, found: Found, before: dict[str, list[CheckResult]]
) -> dict[str, object]:
    return {
        "question": check.question,
        "state": _state(check, found),
        "count": found.count,
        "oldest": found.oldest,
        "since": _since(found, before.get(check.key, [])),
        "remedy": check.remedy if found.count else "",
        "citation": check.citation,
        "element": check.element,
        "element_name": ELEMENTS[check.element][0],
        "url": _place(request, check.key),
    }


# What needs a person comes first.
ORDER = ("at risk", "to do", "nothing found")


def _state(check: Check, found: Found) -> str:
    if not found.count:
        return "nothing found"
    return "at risk" if check.is_grave else "to do"


def _since(found: Found, rows: list[CheckResult]) -> date | None:
    return first_nights(rows) if found.count else None


def _place(request: PortalRequest, key: str) -> str:
    """Where to look, if this person may."""
    url = reverse(PLACES[key])
    may = request.actor.may(resolve(url).func.permission)
    return f"{url}{SHOWN.get(key, '')}" if may else ""
