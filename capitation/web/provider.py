"""Statements as a practice reads them: the list, the page, its members, every amount explained."""

from collections.abc import Iterator

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse

from capitation.actions.statements import make_statement_pdf
from capitation.queries.explain import NoSuchLine, explain_line
from capitation.queries.statements import (
    MOST_BY_NAME,
    Line,
    LineFilter,
    LineId,
    Lines,
    NoSuchStatement,
    disputed_lines,
    payment_states,
    statement_list,
    statement_of,
    statement_of_line,
    tellers_of,
    twelve_months,
)
from capitation.web import statement_parts as parts
from ipaportal.audit.access import Kind, declare_members, shows_members
from ipaportal.core.exports import Column as CsvColumn
from ipaportal.core.exports import csv_pieces
from ipaportal.core.months import month_name
from ipaportal.core.parts import Chip, Column, Empty, FactItem, Listing, Tab, list_rows
from ipaportal.core.words import month_text
from ipaportal.identity.web.access import PortalRequest, is_fragment, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from ipaportal.identity.web.stored import made_file, named

VIEW = "capitation.view_statements"
STATEMENTS = "Statements"
NO_STATEMENT = Empty(
    "No statement yet", "Once a month's capitation is approved and paid, its statement stands here."
)
NOT_TOLD = Empty(
    "No statement tells this yet",
    "What was booked stands on the first statement that is published after it.",
)


@requires(VIEW)
def list_page(request: PortalRequest) -> HttpResponse:
    """Every statement of the actor's practices, or of all; twelve months as bars for one."""
    rows = statement_list(actor=request.actor)
    reach = request.actor.reach(VIEW)
    search = request.GET.get("q", "").strip()
    if search:
        rows = rows.filter(payee__name__istartswith=search)
    if "entry" in request.GET:
        rows = rows.filter(pk__in=tellers_of(request.GET["entry"]))
    columns = _statement_columns(request, is_staff=reach is None)
    if wants_file(request):
        return as_file(request, columns, (_statement_row(row) for row in rows), "statements")
    listing = _statement_rows(request, rows, columns)
    latest = listing.rows[0] if listing.rows else None
    bars = None
    if latest and reach is not None and len(reach) == 1:
        (payee,) = reach
        months = twelve_months(actor=request.actor, payee_id=payee, until=latest["month"])
        bars = parts.year_bars(months)
    context = {
        "listing": listing,
        "bars": bars,
        "latest": latest,
        "is_staff": reach is None,
        "may_publish": request.actor.may("capitation.publish_statements"),
    }
    return render(request, "capitation/provider/statement_list.html", context)


def _statement_columns(request: PortalRequest, *, is_staff: bool) -> list[Column]:
    columns = [
        Column("name", "Statement", "link", sort="month"),
        Column("current", "This month $", "money"),
        Column("retro", "Retro $", "money"),
        Column("other", "Other $", "money", sort="other_cents", minor=True),
        Column("paid", "Paid $", "money", sort="paid_cents"),
        Column("closing", "Balance after $", "money", sort="closing_cents"),
        Column("state", "Status", "status"),
    ]
    if is_staff or len(request.actor.reach(VIEW) or ()) > 1:
        columns.insert(1, Column("payee", "Practice", sort="payee__name"))
    return columns


def _statement_rows(request: PortalRequest, rows, columns: list[Column]) -> Listing:
    listing = list_rows(
        rows,
        columns,
        request.GET,
        caption=STATEMENTS,
        empty=NOT_TOLD if "entry" in request.GET else NO_STATEMENT,
        **export_urls(request),
    )
    return Listing(**{**vars(listing), "rows": [_statement_row(row) for row in listing.rows]})


def _statement_row(row) -> dict[str, object]:
    name = month_name(row.month)
    return {
        "name": f"{name}, part {row.sequence}" if row.sequence > 1 else name,
        "month": row.month,
        "payee": row.payee.name,
        "current": row.content["current_cents"],
        "retro": row.content["retro_cents"],
        "other": row.other_cents,
        "paid": row.paid_cents,
        "closing": row.closing_cents,
        "state": "held" if row.held_cents else "paid" if row.paid_cents else "published",
        "url": reverse("capitation:statement_detail", args=[row.pk]),
    }


def found_statement(request: PortalRequest, statement_id: int):
    """
    The statement an address names.

    :raises Http404: also if it is somebody else's
    """
    try:
        return statement_of(actor=request.actor, statement_id=statement_id)
    except NoSuchStatement as missing:
        raise Http404 from missing


def _crumbs(statement, *more: tuple[str, str]) -> list[tuple[str, str]]:
    here = reverse("capitation:statement_detail", args=[statement.pk])
    return [
        (STATEMENTS, reverse("capitation:statement_list")),
        (month_text(statement.month), here if more else ""),
        *more,
    ]


def _tabs(statement, current: str) -> list[Tab]:
    lines = sum(row["members"] for row in statement.content["current"] + statement.content["retro"])
    lines += sum(len(row["member_ids"]) for row in statement.content["zero"])
    return [
        Tab(
            "Summary",
            reverse("capitation:statement_detail", args=[statement.pk]),
            current == "summary",
        ),
        Tab("Members", parts.members_url(statement), current == "members", count=lines),
    ]


@requires(VIEW)
def detail(request: PortalRequest, statement_id: int) -> HttpResponse:
    """One statement: what was paid, what changed, where the money went. Names no member."""
    statement = found_statement(request, statement_id)
    months = twelve_months(actor=request.actor, payee_id=statement.payee_id, until=statement.month)
    context = {
        "statement": statement,
        "content": statement.content,
        "change": parts.change_sentence(statement),
        "headline": parts.headline(statement, payment_states(statement)),
        "paid_url": parts.explain_url(statement, "paid"),
        "tree": parts.my_money_tree(statement),
        "fees": parts.fee_sentence(statement),
        "balance": parts.balance_facts(statement),
        "bridge": parts.change_bridge(statement),
        "current": parts.reason_table(statement, "current"),
        "retro": parts.reason_table(statement, "retro"),
        "movements": parts.movement_table(statement, request.actor),
        "zero": parts.zero_rows(statement),
        "year": parts.year_facts(statement),
        "bars": parts.year_bars(months),
        "tabs": _tabs(statement, "summary"),
        "crumbs": _crumbs(statement),
    }
    return render(request, "capitation/provider/statement_detail.html", context)


@requires(VIEW)
@shows_members()
def members(request: PortalRequest, statement_id: int) -> HttpResponse:
    """The members of a statement, searched, filtered and sorted by the database."""
    statement = found_statement(request, statement_id)
    asked = LineFilter.of(request.GET)
    disputed = disputed_lines(statement)
    lines = Lines(statement, asked)
    by_name = bool(asked.search) or lines.count() <= MOST_BY_NAME
    listing = list_rows(
        lines if by_name else lines.order_by("member"),
        [
            Column("name", "Member", "link", sort="name"),
            Column("number", "Number", sort="number", minor=True),
            Column("month", "Month", sort="month"),
            Column("words", "Why"),
            Column("days", "Days", "count", minor=True),
            Column("provider", "Capitation $", "money", minor=True),
            Column("withheld", "Withheld $", "money", minor=True),
            Column("amount", "To you $", "money", sort="amount", url="url"),
            *([Column("asked", "Question", "status")] if disputed else []),
        ],
        request.GET,
        caption="Members",
        default_sort="name" if by_name else "",
        chips=_chips(statement, asked),
        csv_url=reverse("capitation:statement_csv", args=[statement.pk]),
        empty=Empty("No line fits", "Try fewer letters, or show all.", "Show all", "?"),
    )
    declare_members(request, {line.member_id for line in listing.rows})
    rows = [_line_row(line, disputed) for line in listing.rows]
    context = {
        "statement": statement,
        "asked": asked,
        "listing": Listing(**{**vars(listing), "rows": rows}),
        "tabs": _tabs(statement, "members"),
        "crumbs": _crumbs(statement, ("Members", "")),
    }
    return render(request, "capitation/provider/statement_members.html", context)


def _line_row(line: Line, disputed: dict) -> dict[str, object]:
    return {
        "name": line.name,
        "number": line.member_number,
        "month": parts.unbroken(f"{line.coverage_month:%Y-%m}"),
        "words": line.words,
        "days": line.days,
        "provider": line.provider_cents,
        "withheld": line.withhold_cents,
        "amount": line.paid_cents,
        "asked": disputed.get((line.run_id, line.member_id, line.coverage_month), ""),
        "url": parts.line_url(line.line_id),
    }


def _chips(statement, asked: LineFilter) -> list[Chip]:
    chips = [
        Chip("show", "", "All"),
        Chip("show", "current", month_text(statement.month)),
        Chip("show", "retro", "Retro"),
        Chip("show", "zero", "At $0"),
    ]
    if asked.month:
        chips.append(Chip("month", "", f"Any month, not only {month_text(asked.month)}"))
    if asked.reason:
        chips.append(Chip("reason", "", "Any reason"))
    return chips


CSV_COLUMNS = [
    CsvColumn("Line"),
    CsvColumn("Coverage month"),
    CsvColumn("Member number"),
    CsvColumn("Last name"),
    CsvColumn("First name"),
    CsvColumn("Contract"),
    CsvColumn("Reason"),
    CsvColumn("In words"),
    CsvColumn("Days"),
    CsvColumn("Capitation", cents=True),
    CsvColumn("Withheld", cents=True),
    CsvColumn("To you", cents=True),
]


@requires(VIEW)
@shows_members(Kind.EXPORT)
def csv_export(request: PortalRequest, statement_id: int) -> HttpResponse:
    """Every line of a statement as CSV."""
    statement = found_statement(request, statement_id)
    lines = Lines(statement)[:]
    declare_members(request, {line.member_id for line in lines})
    name = f"statement-{statement.month:%Y-%m}-{statement.payee_id}-{statement.sequence}.csv"
    pieces = csv_pieces(CSV_COLUMNS, _csv_rows(lines))
    return named(StreamingHttpResponse(pieces, "text/csv"), name)


def _csv_rows(lines: list[Line]) -> Iterator[tuple]:
    for line in lines:
        yield (
            line.line_id,
            f"{line.coverage_month:%Y-%m}",
            line.member_number,
            line.last_name,
            line.first_name,
            line.contract,
            line.reason,
            line.words,
            line.days,
            line.provider_cents,
            line.withhold_cents,
            line.paid_cents,
        )


@requires(VIEW)
@shows_members(Kind.EXPORT)
def pdf(request: PortalRequest, statement_id: int) -> HttpResponse:
    """A statement as an accessible PDF."""
    try:
        told, data = make_statement_pdf(actor=request.actor, statement_id=statement_id)
    except NoSuchStatement as missing:
        raise Http404 from missing
    declare_members(request, told.member_ids)
    return made_file(data, told.file_name, "application/pdf")


@requires(VIEW)
def figure_explain(request: PortalRequest, statement_id: int, part: str) -> HttpResponse:
    """A figure of the whole statement, in the drawer or as a page. Names no member."""
    statement = found_statement(request, statement_id)
    node = parts.explained_figure(statement, part)
    if node is None:
        raise Http404
    crumbs = _crumbs(statement, (node.what, ""))
    context = {"node": node, "statement": statement, "crumbs": crumbs}
    return render(request, _explain_template(request), context)


@requires(VIEW)
@shows_members()
def line_explain(request: PortalRequest, line: str) -> HttpResponse:
    """A member's month, down to the plan's own file line; in the drawer or as a page."""
    explained = found_line(request, line)
    declare_members(request, [explained.line.member_id])
    statement = statement_of_line(actor=request.actor, line=explained.line)
    may_ask = statement is not None and request.actor.may("capitation.open_dispute")
    ask_url = reverse("capitation:dispute_new", args=[line]) if may_ask else ""
    context = {
        "node": explained.node,
        "explained": explained,
        "ask_url": ask_url,
        "facts": [
            FactItem("Member", explained.member_name, note=explained.member_number),
            FactItem("Practice", explained.payee_name),
            FactItem("Line", str(explained.line)),
        ],
        "crumbs": _crumbs(
            statement,
            ("Members", parts.members_url(statement)),
            (explained.member_name, ""),
        )
        if statement
        else [(STATEMENTS, reverse("capitation:statement_list")), (str(explained.line), "")],
    }
    return render(request, _explain_template(request), context)


def found_line(request: PortalRequest, line: str):
    """
    The explanation of the line that an address names.

    :raises Http404: also if it is somebody else's
    """
    try:
        asked = LineId.parse(line)
        return explain_line(
            actor=request.actor,
            run_id=asked.run_id,
            member_id=asked.member_id,
            coverage_month=asked.coverage_month,
            payee_id=asked.payee_id,
        )
    except (ValueError, NoSuchLine) as missing:
        raise Http404 from missing


def _explain_template(request: PortalRequest) -> str:
    name = "_line_explain.html" if is_fragment(request) else "line_explain.html"
    return f"capitation/provider/{name}"
