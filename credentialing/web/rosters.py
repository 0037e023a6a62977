"""Rosters as staff see them: what there is to send, what was sent, what the plan has else."""

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from credentialing.actions.rosters import (
    ask_plan,
    compare_plan_roster,
    explain_difference,
    freeze_roster,
    record_answers,
)
from credentialing.models import Roster, RosterDifference, RosterLine
from credentialing.queries.rosters import (
    Draft,
    Weighed,
    draft,
    held_people,
    roster_lines,
    weighed_differences,
)
from credentialing.rules.roster_differences import REMEDY_WORDS, Remedy, age_words, is_late
from credentialing.rules.rosters import ACTION_WORDS, FIELDS, Action, Delta
from credentialing.web.delegations import SEND, VIEW, crumbs, found_delegation, here
from credentialing.web.roster_forms import (
    AnswerFile,
    Freeze,
    PlanFileForm,
    PlanFileSent,
    Settle,
)
from ipaportal.core.parts import Chip, Column, Empty, FactItem, Listing, list_rows, matching
from ipaportal.core.refusals import Refused
from ipaportal.core.words import plural
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import (
    as_file,
    export_urls,
    one_as_file,
    page_size,
    wants_file,
)
from ipaportal.identity.web.stored import stored_file
from ipaportal.identity.web.uploads import LIST, takes_file

TOLD = (
    Column("name", "Who", "link", sort="name"),
    Column("action", "Asks to", sort="action"),
    Column("where", "Practice and network", wide=True),
    Column("changed", "What is new", wide=True),
)
HELD = (
    Column("name", "Who", "link", sort="name"),
    Column("where", "Practice and network", wide=True),
    Column("why", "Why it is held back", wide=True),
)
LINES = (
    Column("name", "Who", "link"),
    Column("action", "Asked to", sort="action"),
    Column("where", "Practice and network", wide=True),
    Column("changed", "What is new", wide=True),
    Column("answer", "The plan's answer", "status"),
    Column("code", "Code"),
    Column("words", "Its words", wide=True),
)
DIFFERENCES = (
    Column("name", "Who", "link", sort="name"),
    Column("what", "What differs", wide=True, sort="what"),
    Column("sent", "Last sent"),
    Column("age", "For", sort="days"),
    Column("members", "Members", "count", sort="members"),
    Column("money", "Last month $", "money", sort="money"),
    Column("remedy", "What ends it"),
    Column("asked", "Plan asked", "day"),
)
SHOWS = (Chip("show", "", "Open"), Chip("show", "closed", "Closed"))
ANSWERS = (
    Chip("show", "", "All"),
    Chip("show", "refused", "Refused"),
    Chip("show", "unanswered", "Not answered"),
)


def _who(content) -> str:
    return f"{content['last_name']}, {content['first_name']}"


def _where(content) -> str:
    return f"{content['practice_name']}, {content['city']}; {content['network']}"


def _changes(delta: Delta) -> str:
    if delta.action == Action.ADD:
        return f"effective {delta.content['effective_date']}"
    return "; ".join(
        f"{FIELDS[name]}: {(delta.before or {}).get(name) or 'empty'} → "
        f"{delta.content.get(name) or 'empty'}"
        for name in delta.changed
        if name in FIELDS
    )


def _person_url(pk: int) -> str:
    return reverse("credentialing:practitioner_detail", args=[pk])


@requires(SEND)
def roster_new(request: PortalRequest, delegation_id: int) -> HttpResponse:
    """Look at the roster as it would go out, and freeze exactly that."""
    delegation = found_delegation(delegation_id)
    spec, today = delegation.specs.first(), timezone.localdate()
    if spec is None:
        messages.error(request, "Say first in which columns the plan wants its roster.")
        return redirect("credentialing:delegation_detail", delegation_id)
    form = Freeze(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            roster = freeze_roster(
                actor=request.actor,
                delegation_id=delegation_id,
                seen_digest=form.cleaned_data["seen_digest"],
                now=timezone.now(),
                today=today,
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Frozen. Download it, send it, then read the answers in.")
            return redirect("credentialing:roster_detail", roster.pk)
    seen = draft(delegation, spec, today)
    lists = {"told": _told(request, seen), "held": _held(request, seen)}
    if (file := one_as_file(request, lists)) is not None:
        return file
    status = 422 if form.errors else 200
    errors = form.errors
    form = Freeze(initial={"seen_digest": seen.digest})
    context = {
        "form": form,
        "errors": [str(one) for found in errors.values() for one in found],
        "delegation": delegation,
        "facts": _counts(seen),
        "can_freeze": bool(seen.told),
        **lists,
        "crumbs": crumbs(here(delegation), ("To send", "")),
    }
    return render(request, "credentialing/staff/roster_new.html", context, status=status)


def _counts(seen: Draft) -> list[FactItem]:
    return [
        FactItem("Additions", seen.count(Action.ADD), "count"),
        FactItem("Changes", seen.count(Action.CHANGE), "count"),
        FactItem("Terms", seen.count(Action.TERM), "count"),
        FactItem("Held back", len(seen.found.held), "count"),
    ]


def _told(request: PortalRequest, seen: Draft) -> Listing:
    rows = [
        {
            "name": _who(delta.content),
            "action": ACTION_WORDS[delta.action],
            "where": _where(delta.content),
            "changed": _changes(delta),
            "url": _person_url(seen.found.practitioners[delta.key]),
        }
        for delta in seen.told
    ]
    empty = Empty(
        "Nothing to send",
        "The plan was sent all there is. Who is listed in one of its networks, renamed, moved or "
        "ended comes here by itself.",
    )
    return _list(request, "told", rows, TOLD, "What the roster tells", empty)


def _held(request: PortalRequest, seen: Draft) -> Listing:
    rows = [
        {
            "name": _who(content),
            "where": _where(content),
            "why": "; ".join(faults),
            "url": _person_url(seen.found.practitioners[key]),
        }
        for key, content, faults in held_people(seen.found)
    ]
    empty = Empty(
        "Nobody is held back",
        "A row without a valid NPI, an active licence in its state, a decision or a TIN is not "
        "sent, and stands here with the reason. A term always goes out.",
    )
    return _list(request, "held", rows, HELD, "Held back", empty)


def _list(request, of, rows, columns, caption, empty) -> Listing:
    urls = export_urls(request, of) if rows else {}
    params, size = request.GET, page_size(request, of, 50)
    return list_rows(rows, columns, params, caption=caption, empty=empty, page_size=size, **urls)


def _roster(roster_id: int) -> Roster:
    try:
        return Roster.objects.select_related("delegation__payer_party", "spec").get(pk=roster_id)
    except Roster.DoesNotExist as missing:
        raise Http404 from missing


@requires(VIEW)
def roster_detail(request: PortalRequest, roster_id: int) -> HttpResponse:
    """One roster as it was frozen, and what the plan answered to each line."""
    roster = _roster(roster_id)
    show = request.GET.get("show", "")
    lines = roster_lines(actor=request.actor, roster=roster, show=show)
    if wants_file(request):
        return as_file(request, LINES, map(_line, lines), f"roster-{roster.number}")
    listing = list_rows(
        lines,
        LINES,
        request.GET,
        caption="Lines",
        chips=ANSWERS,
        empty=Empty("No such line", "Choose another of the lists above."),
        **export_urls(request),
    )
    context = {
        "roster": roster,
        "facts": [
            FactItem("As of", roster.as_of_date, "day"),
            FactItem("Columns", f"version {roster.spec.version}"),
            FactItem("Held back", roster.held_count, "count"),
            FactItem("Answer due", roster.answer_due_date, "day"),
            FactItem("SHA-256 of the file", roster.sha256[:16] + "…"),
            FactItem("SHA-256 of what the plan then has", roster.snapshot_sha256[:16] + "…"),
        ],
        "listing": Listing(**{**vars(listing), "rows": [_line(row) for row in listing.rows]}),
        "may_send": request.actor.may(SEND),
        "crumbs": crumbs(here(roster.delegation), (f"Roster {roster.number}", "")),
    }
    return render(request, "credentialing/staff/roster_detail.html", context)


def _line(line: RosterLine) -> dict[str, object]:
    answer = {True: "taken", False: "refused", None: "not answered"}[line.is_taken]
    delta = Delta(line.key, Action(line.action), line.content, line.before)
    return {
        "name": _who(line.content),
        "action": line.get_action_display(),
        "where": _where(line.content),
        "changed": _changes(delta),
        "answer": answer,
        "code": line.answer_code or "",
        "words": line.answer_words or "",
        "url": _person_url(line.practitioner_id),
    }


@requires(VIEW)
def roster_file(request: PortalRequest, roster_id: int) -> HttpResponseBase:
    """The exact bytes of a roster."""
    roster = _roster(roster_id)
    name = f"roster-{roster.number}-{roster.as_of_date:%Y%m%d}.csv"
    return stored_file(roster.sha256, name, "text/csv")


@requires(SEND)
@takes_file(LIST)
def roster_answers(request: PortalRequest, roster_id: int) -> HttpResponse:
    """Read the plan's answers in, line by line."""
    roster = _roster(roster_id)
    form = AnswerFile(request.POST or None, request.FILES or None)
    read = None
    if request.method == "POST" and form.is_valid():
        try:
            read = record_answers(
                actor=request.actor,
                roster_id=roster_id,
                data=form.cleaned_data["file"].read(),
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_error("file", str(refusal))
    faults = [(f.line_no, f.words) for f in read.faults] if read else []
    context = {
        "form": form,
        "roster": roster,
        "read": read,
        "facts": [
            FactItem("Lines taken", read.taken, "count"),
            FactItem("Lines refused", read.refused, "count"),
            FactItem("Lines of the file left out", len(faults), "count"),
        ]
        if read
        else [],
        "faults": _faults(faults),
        "crumbs": crumbs(here(roster.delegation), (f"Roster {roster.number}", ""), ("Answers", "")),
    }
    status = 422 if form.errors else 200
    return render(request, "credentialing/staff/roster_answers.html", context, status=status)


def _faults(faults) -> Listing:
    rows = [{"line": line_no or None, "words": words} for line_no, words in faults]
    columns = [Column("line", "Line", "count"), Column("words", "Why it was left out", wide=True)]
    return list_rows(rows, columns, {}, caption="Left out", page_size=1000)


@requires(SEND)
@takes_file(LIST)
def plan_roster_new(request: PortalRequest, delegation_id: int) -> HttpResponse:
    """Read the plan's own file in, and compare it with ours and with what was last sent."""
    delegation = found_delegation(delegation_id)
    form = PlanFileSent(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            file = compare_plan_roster(
                actor=request.actor,
                delegation_id=delegation_id,
                data=form.cleaned_data["file"].read(),
                as_of_date=form.cleaned_data["as_of_date"],
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            left_out = plural(len(file.faults), "line")
            words = f"{plural(file.rows, 'row')} compared, {left_out} left out."
            messages.success(request, words)
            return redirect("credentialing:difference_list", delegation_id)
    newest = delegation.plan_rosters.first()
    extra = PlanFileForm(request.POST or None, initial={"as_of_date": timezone.localdate()})
    context = {
        "form": form,
        "extra": extra,
        "delegation": delegation,
        "newest": newest,
        "errors": [*form.non_field_errors(), *form.errors.get("file", [])],
        "faults": _faults(newest.faults if newest else []),
        "crumbs": crumbs(here(delegation), ("The plan's file", "")),
    }
    status = 422 if form.errors else 200
    return render(request, "credentialing/staff/plan_roster_new.html", context, status=status)


@requires(VIEW)
def difference_list(request: PortalRequest, delegation_id: int) -> HttpResponse:
    """What the plan has differently, the most members first, each with what ends it."""
    delegation = found_delegation(delegation_id)
    show, today = request.GET.get("show", ""), timezone.localdate()
    weighed = weighed_differences(
        actor=request.actor, delegation=delegation, today=today, show=show
    )
    rows = [_difference(one, today) for one in weighed]
    rows = matching(rows, request.GET.get("q", ""), "name", "what")
    if wants_file(request):
        return as_file(request, DIFFERENCES, rows, "differences")
    newest = delegation.plan_rosters.first()
    listing = list_rows(
        rows,
        DIFFERENCES,
        request.GET,
        caption="Differences",
        chips=SHOWS,
        empty=Empty(
            "No difference" if newest else "The plan's file was not compared yet",
            "What the plan has is what was sent and what is here."
            if newest
            else "Ask the plan for its list of your providers, and read it in.",
        ),
        **export_urls(request),
    )
    context = {
        "delegation": delegation,
        "newest": newest,
        "listing": listing,
        "late": sum(is_late(one.difference.first_seen_date, today) for one in weighed)
        if show == ""
        else 0,
        "may_send": request.actor.may(SEND),
        "crumbs": crumbs(here(delegation), ("Differences", "")),
    }
    return render(request, "credentialing/staff/difference_list.html", context)


def _difference(one: Weighed, today) -> dict[str, object]:
    row = one.difference
    closed = row.get_outcome_display() if row.closed_at else ""
    return {
        "name": row.label,
        "what": row.words,
        "sent": row.sent or "nothing",
        "days": (today - row.first_seen_date).days,
        "age": closed or age_words(row.first_seen_date, today),
        "members": one.stake.members,
        "money": one.stake.month_cents,
        "remedy": REMEDY_WORDS[Remedy(row.remedy)],
        "asked": timezone.localdate(row.asked_at) if row.asked_at else None,
        "url": reverse("credentialing:difference_settle", args=[row.pk]),
    }


@requires(SEND)
def difference_settle(request: PortalRequest, difference_id: int) -> HttpResponse:
    """Ask the plan to put a difference right, or close it because both are right."""
    row = RosterDifference.objects.select_related("delegation__payer_party").filter(
        pk=difference_id
    )
    if (difference := row.first()) is None:
        raise Http404
    form = Settle(request.POST or None)
    if request.method == "POST" and form.is_valid():
        do = {"ask": ask_plan, "explain": explain_difference}[form.cleaned_data["step"]]
        text = form.cleaned_data["text"]
        try:
            do(actor=request.actor, difference_id=difference_id, text=text, now=timezone.now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Kept. The plan's next file shows whether it is so.")
            return redirect("credentialing:difference_list", difference.delegation_id)
    context = {
        "form": form,
        "difference": difference,
        "facts": _sides(difference),
        "back": reverse("credentialing:difference_list", args=[difference.delegation_id]),
        "crumbs": crumbs(here(difference.delegation), (difference.label, "")),
    }
    status = 422 if form.errors else 200
    return render(request, "credentialing/staff/difference_settle.html", context, status=status)


def _sides(row: RosterDifference) -> list[FactItem]:
    asked = f"{row.asked_text} ({row.asked_by_name})" if row.asked_at else "not yet"
    return [
        FactItem("Ours", row.ours or "not listed"),
        FactItem("Last sent", row.sent or "empty"),
        FactItem("The plan's", row.theirs or "not listed"),
        FactItem("Seen first", row.first_seen_date, "day"),
        FactItem("What ends it", row.remedy_words),
        FactItem("Plan asked", asked),
        *([FactItem("Closed", f"{row.get_outcome_display()} {row.closed_text}")]
          if row.closed_at else []),
    ]  # fmt: skip
