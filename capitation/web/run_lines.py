"""The lines of a run: a page of them, and all of them as a file."""

from collections.abc import Iterator

from django.http import Http404, HttpResponse
from django.urls import reverse

from capitation.models import Run
from capitation.queries.run_lines import SORTS, Line, LineFilter, reason_words, run_lines
from capitation.queries.runs import RunPage, run_of
from capitation.rules.reasons import SHORT, WORDS
from capitation.rules.statements import LineId
from capitation.rules.traces import ZERO_WORDS
from ipaportal.audit.access import Kind, declare_members, shows_members
from ipaportal.core.exports import Column as Written
from ipaportal.core.parts import Chip, Column, Empty, Listing, list_rows
from ipaportal.core.words import month_text
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import csv_file, xlsx_file
from ipaportal.identity.web.searches import address_query

LINES = "lines"
MOST_IN_A_SHEET = 1_000_000
# A million lines are not sorted by their amounts while somebody waits: filter them first.
MOST_SORTED = 200_000
VIEW = "capitation.view_runs"
SHORT_ZERO = {
    "not_covered": "not covered",
    "not_on_day": "not covered on the day",
    "status": "status is not paid",
    "no_money": "the plan paid nothing",
    "no_rate": "no rate",
    "no_risk": "no risk score",
    "held_rate": "held: no rate",
    "held_risk": "held: no risk score",
}


def asked_for(params) -> LineFilter:
    """The filter that an address asks for; what it does not know is left out."""
    payee, reason, why = (params.get(name, "") for name in ("payee", "reason", "why"))
    return LineFilter(
        member=params.get("q", "").strip(),
        payee_id=int(payee) if payee.isascii() and payee.isdigit() and len(payee) < 18 else None,
        reason=reason if reason in WORDS else "",
        why=why if why in ZERO_WORDS else "",
    )


def lines_of(request: PortalRequest, page: RunPage) -> Listing:
    """A page of a run's lines, filtered and sorted."""
    run, asked = page.run, asked_for(request.GET)
    found = run_lines(actor=request.actor, run=run, asked=asked, names=page.names)
    query = address_query(request).urlencode()
    sorts = SORTS if asked.is_on or run.report.get("rows", 0) <= MOST_SORTED else {}
    columns = [
        Column("name", "Member", sort="member_id"),
        Column("number", "Number"),
        Column("month", "For"),
        Column("why", "Reason"),
        Column("payees", "Practice"),
        Column("received", "Received $", "money", sort=sorts.get("received", "")),
        Column("ipa", "IPA $", "money", minor=True),
        Column("withheld", "Withheld $", "money", minor=True),
        Column("cents", "To practice $", "money", sort=sorts.get("cents", ""), url="explain"),
    ]
    listing = list_rows(
        found,
        columns,
        request.GET,
        caption="Lines",
        chips=_chips(page, asked),
        empty=Empty("No line", "No line of this run fits the search and the filters."),
        csv_url=reverse("capitation:run_csv", args=[run.pk]) + f"?{query}",
        xlsx_url=reverse("capitation:run_xlsx", args=[run.pk]) + f"?{query}",
    )
    declare_members(request, [line.member_id for line in listing.rows])
    return Listing(**{**vars(listing), "rows": [_row(run, line) for line in listing.rows]})


def _row(run: Run, line: Line) -> dict[str, object]:
    why = reason_words(line.reason)
    if line.zero_reason:
        why = f"{why}: {SHORT_ZERO.get(line.zero_reason, line.zero_reason)}"
    explain = ""
    if line.payee_id is not None:
        line_id = LineId(run.pk, line.member_id, line.coverage_month, line.payee_id)
        explain = reverse("capitation:line_explain", args=[str(line_id)])
    return {
        "name": line.name or "no name yet",
        "number": line.number,
        "month": f"{line.coverage_month:%b}\N{NO-BREAK SPACE}{line.coverage_month:%Y}",
        "why": why,
        "payees": line.payees,
        "received": line.received_cents,
        "ipa": line.ipa_cents,
        "withheld": line.withhold_cents,
        "cents": line.provider_cents,
        "explain": explain,
    }


def _chips(page: RunPage, asked: LineFilter) -> list[Chip]:
    reasons = page.figures.get("reasons", {})
    chips = [Chip("reason", "", "All reasons")]
    chips += [
        Chip("reason", code, SHORT[code], sums[0])
        for code, sums in sorted(reasons.items(), key=lambda item: -item[1][0])
    ]
    if asked.why:
        chips.append(Chip("why", "", f"Only {SHORT_ZERO[asked.why]} ×"))
    if asked.payee_id is not None:
        chips.append(Chip("payee", "", f"Only {page.names.get(asked.payee_id, 'one practice')} ×"))
    return chips


HEADS = (
    *(Written("member_number"), Written("name"), Written("coverage_month"), Written("reason")),
    *(Written("zero_reason"), Written("practices"), Written("received", True)),
    *(Written("ipa", True), Written("to_practices", True), Written("withheld", True)),
)


def _written(lines: Iterator[Line]) -> Iterator[tuple]:
    for line in lines:
        yield (
            *(line.number, line.name, line.coverage_month, line.reason, line.zero_reason),
            *(line.payees, line.received_cents, line.ipa_cents),
            *(line.provider_cents, line.withhold_cents),
        )


@requires(VIEW)
@shows_members(Kind.EXPORT)
def run_csv(request: PortalRequest, run_id: int) -> HttpResponse:
    """Every line that the filter finds, as CSV."""
    run, lines = _exported(request, run_id)
    return csv_file(HEADS, _written(lines.in_chunks()), _file_name(run))


@requires(VIEW)
@shows_members(Kind.EXPORT)
def run_xlsx(request: PortalRequest, run_id: int) -> HttpResponse:
    """Every line that the filter finds, as a spreadsheet."""
    run, lines = _exported(request, run_id)
    if lines.count() > MOST_IN_A_SHEET:
        words = "A spreadsheet holds a million lines and this is more. Take the CSV, or filter."
        return HttpResponse(words, status=422, content_type="text/plain; charset=utf-8")
    rows = _written(lines.in_chunks())
    return xlsx_file(HEADS, rows, _file_name(run), title=month_text(run.month))


def _exported(request: PortalRequest, run_id: int):
    try:
        run = run_of(actor=request.actor, run_id=run_id)
    except Run.DoesNotExist as missing:
        raise Http404 from missing
    lines = run_lines(actor=request.actor, run=run, asked=asked_for(request.GET))
    declare_members(request, lines.member_ids())
    return run, lines


def _file_name(run: Run) -> str:
    name = "".join(c if c.isascii() and c.isalnum() else "-" for c in run.contract.name.lower())
    return f"run-{name}-{run.month:%Y-%m}-{run.sequence}"
