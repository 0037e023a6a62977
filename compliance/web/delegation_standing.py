"""Delegation by party: what we owe each plan now, what others owe us, and what is open of it."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from compliance.queries.delegation_standing import Standing, standings
from compliance.queries.delegations import VIEW
from compliance.queries.findings import VIEW as VIEW_AUDITS
from compliance.queries.obligations import VIEW as VIEW_OBLIGATIONS
from compliance.queries.obligations import duties
from compliance.rules.audits import FUNCTIONS
from compliance.rules.delegations import DIRECTIONS, OWES
from compliance.rules.obligations import RESULTS
from compliance.web.finding_parts import FINDINGS, finding_row
from ipaportal.core.parts import Chip, Column, Empty, FactItem, Listing, list_rows, matching
from ipaportal.core.words import sentence
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import (
    as_file,
    export_urls,
    exported,
    one_as_file,
    wants_file,
)

TITLE = "Standing by party"
COLUMNS = (
    Column("party", "With", "link", sort="party"),
    Column("owes", "Who owes", sort="owes"),
    Column("functions", "What is delegated", wide=True),
    Column("state", "State", "status", sort="state"),
    Column("late", "Late", "count", sort="late", url="late_url"),
    Column("next", "Next report"),
    Column("due", "Due", "day", sort="due"),
    Column("last", "Last one", "day", sort="last", minor=True),
    Column("audits", "Audits", "count", sort="audits"),
    Column("findings", "Findings", "count", sort="findings"),
)
AGREEMENTS = (
    Column("source", "Agreement", "link"),
    Column("functions", "What is delegated", wide=True),
    Column("start", "Since", "day"),
    Column("end", "Until before", "day"),
    Column("marks", "Marks"),
)
DUTIES = (
    Column("report", "Report", "link"),
    Column("function", "Of"),
    Column("state", "State", "status"),
    Column("first", "From", "day"),
    Column("until", "Until", "day"),
    Column("due", "Due", "day"),
    Column("late", "Late", "count"),
    Column("last", "Last one sent or received", "day"),
)
SENT = (
    Column("report", "Report", "link", url="file_url", opens_page=True),
    Column("first", "From", "day"),
    Column("until", "Until", "day"),
    Column("sent", "Sent or received", "day"),
    Column("state", "State", "status"),
    Column("how", "How", wide=True),
)
AUDITS = (
    Column("title", "Audit", "link"),
    Column("function", "Of"),
    Column("state", "State", "status"),
    Column("notice", "Announced", "day"),
    Column("universe", "Universe due", "day"),
    Column("fieldwork", "Fieldwork", "day"),
)
ASKED = (
    Column("code", "Obligation", "link"),
    Column("title", "What is asked", wide=True),
    Column("result", "Result", "status"),
    Column("why", "Why", wide=True),
)
MOST_SENT = 20


def _crumbs(*more: tuple[str, str]) -> list[tuple[str, str]]:
    return [
        ("Compliance", reverse("compliance:desk")),
        ("Delegated duties", reverse("compliance:calendar")),
        *more,
    ]


@requires(VIEW)
def standing_list(request: PortalRequest) -> HttpResponse:
    """Each plan, and each of those we delegated to, in one row."""
    rows = [_row(one) for one in standings(actor=request.actor, today=timezone.localdate())]
    show = request.GET.get("show", "")
    keep = {"late": lambda row: row["state"] == "overdue"}.get(
        show, lambda row: not show or row["direction"] == show
    )
    shown = matching(filter(keep, rows), request.GET.get("q", ""), "party", "functions")
    if wants_file(request):
        return as_file(request, COLUMNS, shown, "delegation-standing")
    late = sum(row["state"] == "overdue" for row in rows)
    listing = list_rows(
        shown, COLUMNS, request.GET, caption=TITLE,
        chips=[
            Chip("show", "", "All", len(rows)), Chip("show", "late", "Late", late),
            *(Chip("show", code, sentence(words),
                   sum(row["direction"] == code for row in rows))
              for code, words in DIRECTIONS.items()),
        ],
        empty=Empty(
            "Nobody stands here",
            "A party stands here as long as an agreement with it is in force, or a report, an "
            "audit or a finding of it is open.",
        ),
        **export_urls(request),
    )  # fmt: skip
    context = {"listing": listing, "late": late, "asked": len(rows), "crumbs": _crumbs((TITLE, ""))}
    return render(request, "compliance/standing_list.html", context)


def _row(one: Standing) -> dict[str, object]:
    following, last = one.following, one.last
    is_late = bool(one.late) or any(row.late for row in one.findings)
    late_url = f"{reverse('compliance:calendar')}?show=open&party={one.party.pk}"
    return {
        "party": one.party.name,
        "direction": one.direction,
        "owes": OWES[one.direction],
        "functions": ", ".join(FUNCTIONS[code] for code in one.functions),
        "state": "overdue" if is_late else "open" if one.findings or one.audits else "in order",
        "late": len(one.late) or None,
        "late_url": late_url if one.late else "",
        "next": following.report.name if following else "",
        "due": following.period.due if following else None,
        "last": last.delivery.delivered_date if last else None,
        "audits": len(one.audits) or None,
        "findings": len(one.findings) or None,
        "url": reverse("compliance:standing_detail", args=[one.party.pk]),
    }


@requires(VIEW)
def standing_detail(request: PortalRequest, delegation_party_id: int) -> HttpResponse:
    """One party: agreements, each duty with its next day, what was sent, what is open."""
    found = standings(actor=request.actor, today=timezone.localdate(), party_id=delegation_party_id)
    if not found:
        raise Http404
    parts = [(one, _lists(request, one)) for one in found]
    lists = {f"{one.direction}-{key}": made for one, of in parts for key, (_, made) in of.items()}
    if any(one.direction == "to_us" for one in found) and request.actor.may(VIEW_OBLIGATIONS):
        lists["asked"] = _asked(request)
    if (file := one_as_file(request, lists)) is not None:
        return file
    context = {
        "party": found[0].party,
        "parts": [
            {"words": DIRECTIONS[one.direction], "facts": _facts(request, one),
             "lists": [(title, f"{one.direction}-{key}", made) for key, (title, made) in of.items()
                       if made.rows]}
            for one, of in parts
        ],
        "asked": lists.get("asked"),
        "crumbs": _crumbs((TITLE, reverse("compliance:standing_list")), (found[0].party.name, "")),
    }  # fmt: skip
    return render(request, "compliance/standing_detail.html", context)


def _facts(request: PortalRequest, one: Standing) -> list[FactItem]:
    row = _row(one)
    facts = [
        FactItem("State", row["state"], "status"),
        FactItem("Reports late", row["late"] or 0, "count", url=row["late_url"]),
        FactItem("Next due", row["due"] or "nothing", "day" if row["due"] else "text",
                 note=row["next"]),
        FactItem("Last one", row["last"] or "none", "day" if row["last"] else "text"),
    ]  # fmt: skip
    if request.actor.may(VIEW_AUDITS):
        facts.append(FactItem("Findings open", row["findings"] or 0, "count"))
    return facts


def _lists(request: PortalRequest, one: Standing) -> dict[str, tuple[str, Listing]]:
    """Every list of one direction, each a file as well."""
    rows = {
        "duties": ("Reports and when they are due", DUTIES, _duties(one)),
        "findings": ("Open findings", FINDINGS, [finding_row(row) for row in one.findings]),
        "audits": ("Open audits", AUDITS, _audits(one)),
        "sent": ("Last sent or received", SENT, _sent(one)),
        "agreements": ("Agreements", AGREEMENTS, _agreements(one)),
    }
    return {
        key: (title, list_rows(found, columns, {}, caption=title,
                               **exported(request, f"{one.direction}-{key}")))
        for key, (title, columns, found) in rows.items()
    }  # fmt: skip


def _duties(one: Standing) -> list[dict[str, object]]:
    reports = {row.report.pk: row.report for row in one.reports}
    return [
        {
            "report": reports[duty.report].name,
            "function": FUNCTIONS[reports[duty.report].function],
            "state": duty.state,
            "first": duty.period and duty.period.first,
            "until": duty.period and duty.period.last,
            "due": duty.period and duty.period.due,
            "late": duty.late or None,
            "last": duty.last,
            "url": reverse("compliance:agreement_detail", args=[reports[duty.report].agreement_id]),
        }
        for duty in one.duties
    ]


def _sent(one: Standing) -> list[dict[str, object]]:
    sent = [row for row in one.reports if row.delivery is not None]
    sent.sort(key=lambda row: (row.delivery.delivered_date, row.delivery.pk), reverse=True)
    return [
        {
            "report": row.report.name,
            "first": row.period.first,
            "until": row.period.last,
            "sent": row.delivery.delivered_date,
            "state": row.state,
            "how": row.delivery.text,
            "file_url": reverse("compliance:delivery_file", args=[row.delivery.pk]),
        }
        for row in sent[:MOST_SENT]
    ]


def _audits(one: Standing) -> list[dict[str, object]]:
    return [
        {
            "title": audit.title,
            "function": FUNCTIONS[audit.function],
            "state": audit.state,
            "notice": audit.notice_date,
            "universe": audit.universe_due_date,
            "fieldwork": audit.fieldwork_date,
            "url": reverse("compliance:audit_detail", args=[audit.pk]),
        }
        for audit in one.audits
    ]


def _agreements(one: Standing) -> list[dict[str, object]]:
    return [
        {
            "source": row.source,
            "functions": ", ".join(FUNCTIONS[code] for code in row.functions),
            "start": row.effective_date,
            "end": row.end_date,
            "marks": ", ".join(words for words, is_so in (
                ("may delegate further", row.may_subdelegate), ("offshore", row.is_offshore),
                ("no BAA on file", row.baa_date is None)) if is_so),
            "url": reverse("compliance:agreement_detail", args=[row.pk]),
        }
        for row in one.agreements
    ]  # fmt: skip


def _asked(request: PortalRequest) -> Listing:
    """What the library says that delegation obliges to, and what proves it today."""
    rows = [
        {
            "code": one.obligation.code,
            "title": one.obligation.title,
            "result": RESULTS[one.standing.result],
            "why": one.standing.why,
            "url": reverse("compliance:obligation_detail", args=[one.obligation.pk]),
        }
        for one in duties(actor=request.actor, day=timezone.localdate())
        if one.obligation.family == "delegation"
    ]
    return list_rows(rows, ASKED, {}, caption="Obligations", **exported(request, "asked"))
