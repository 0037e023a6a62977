"""Delegation as staff see it: agreements, columns, what is to send, what plans answered."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from credentialing.actions.delegations import (
    end_delegation,
    record_delegation,
    save_roster_spec,
)
from credentialing.models import Delegation, Roster, RosterLine
from credentialing.queries.rosters import (
    delegations,
    late_rosters,
    refused_lines,
    weighed_differences,
)
from credentialing.rules.rosters import DATES, FIELDS
from credentialing.web.roster_forms import Columns, EndDelegation, NewDelegation
from ipaportal.core.parts import Column, Empty, FactItem, Listing, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.core.words import count_text, day_text, plural
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import (
    as_file,
    export_urls,
    one_as_file,
    page_size,
    wants_file,
)

VIEW = "credentialing.view_rosters"
SEND = "credentialing.send_rosters"
SET = "credentialing.set_delegation"
AGREEMENTS = (
    Column("plan", "Plan", "link", sort="payer_party__name"),
    Column("start", "From", "day", sort="effective_date"),
    Column("end", "First day no longer", "day"),
    Column("newest", "Last roster", "day", sort="newest_date"),
    Column("open", "Open differences", "count", sort="open_differences"),
    Column("source", "Where it is agreed", minor=True),
)
ROSTERS = (
    Column("name", "Roster", "link", sort="number"),
    Column("day", "Of", "day", sort="as_of_date"),
    Column("held", "Held back", "count", sort="held_count"),
    Column("due", "Answer due", "day", sort="answer_due_date"),
    Column("who", "Frozen by", minor=True),
)
REFUSED = (
    Column("name", "Who", "link"),
    Column("action", "Asked for"),
    Column("code", "Code"),
    Column("words", "The plan's words", wide=True),
    Column("roster", "Roster"),
)
# Every payer wants another; this one holds what nearly all of them ask for.
USUAL = """Action = action
Action Date = action_date
*NPI = npi
*TIN = practice_tin
Last Name = last_name
First Name = first_name
Middle Name = middle_name
Degree = degree
Specialty = specialty
Taxonomy = taxonomy
PCP or Specialist = care
License Number = licence_number
License State = licence_state
License Expires = licence_expires
DEA = dea_number
Board = board
Committee Date = decision_date
Next Due = next_due
Practice = practice_name
Group NPI = practice_npi
Address = address
City = city
State = state
*ZIP = zip
Phone = phone
Panel = panel
*Network = network
Effective = effective_date
Term = term_date
Term Reason = term_reason
"""


def crumbs(*more: tuple[str, str]) -> list[tuple[str, str]]:
    """The way to a page of delegation."""
    return [("Delegation", reverse("credentialing:delegation_list")), *more]


def found_delegation(delegation_id: int) -> Delegation:
    """One agreement, or a 404."""
    try:
        return Delegation.objects.select_related("payer_party").get(pk=delegation_id)
    except Delegation.DoesNotExist as missing:
        raise Http404 from missing


def here(delegation: Delegation) -> tuple[str, str]:
    """The crumb of an agreement."""
    address = reverse("credentialing:delegation_detail", args=[delegation.pk])
    return delegation.payer_party.name, address


@requires(VIEW)
def delegation_list(request: PortalRequest) -> HttpResponse:
    """Every plan that leaves credentialing to the IPA, and what is open with it."""
    found = delegations(actor=request.actor)
    text = request.GET.get("q", "").strip()
    found = found.filter(payer_party__name__istartswith=text) if text else found
    if wants_file(request):
        return as_file(request, AGREEMENTS, map(_agreement, found), "delegations")
    may_set = request.actor.may(SET)
    listing = list_rows(
        found,
        AGREEMENTS,
        request.GET,
        caption="Agreements",
        empty=Empty(
            "Nobody is found" if text else "No plan delegates credentialing yet",
            "Plans are found by how their name begins."
            if text
            else "Record the agreement with a plan, then the columns of its roster.",
            "Record an agreement" if may_set and not text else "",
            reverse("credentialing:delegation_new"),
        ),
        **export_urls(request),
    )
    rows = [_agreement(row) for row in listing.rows]
    context = {"listing": Listing(**{**vars(listing), "rows": rows}), "may_set": may_set}
    return render(request, "credentialing/staff/delegation_list.html", context)


def _agreement(row: Delegation) -> dict[str, object]:
    return {
        "plan": row.payer_party.name,
        "start": row.effective_date,
        "end": row.end_date,
        "newest": row.newest_date,
        "open": row.open_differences,
        "source": row.source,
        "url": reverse("credentialing:delegation_detail", args=[row.pk]),
    }


@requires(SET)
def delegation_new(request: PortalRequest) -> HttpResponse:
    """Record an agreement with a plan."""
    form = NewDelegation(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        payer = data.pop("payer")
        try:
            made = record_delegation(
                actor=request.actor, payer_party_id=payer.pk, now=timezone.now(), **data
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Recorded. Now say in which columns the plan wants it.")
            return redirect("credentialing:roster_columns", made.pk)
    context = {"form": form, "crumbs": crumbs(("New agreement", ""))}
    status = 422 if form.errors else 200
    return render(request, "credentialing/staff/delegation_new.html", context, status=status)


@requires(VIEW)
def delegation_detail(request: PortalRequest, delegation_id: int) -> HttpResponse:
    """One plan: what to do, rosters sent, lines it refused, what it has differently."""
    delegation = found_delegation(delegation_id)
    today, spec = timezone.localdate(), delegation.specs.first()
    lists = {"rosters": _rosters(request, delegation), "refused": _refused(request, delegation)}
    if (file := one_as_file(request, lists)) is not None:
        return file
    weighed = weighed_differences(actor=request.actor, delegation=delegation, today=today)
    members = sum({w.difference.practitioner_id: w.stake.members for w in weighed}.values())
    late = [str(row) for row in late_rosters(delegation, today)]
    context = {
        "delegation": delegation,
        "spec": spec,
        "facts": [
            FactItem("Delegated from", delegation.effective_date, "day"),
            FactItem(
                "First day no longer",
                day_text(delegation.end_date) if delegation.end_date else "until further notice",
            ),
            FactItem("Columns", f"version {spec.version}" if spec else "not set yet"),
            FactItem("Open differences", len(weighed), "count"),
            FactItem("Members behind them", members, "count"),
        ],
        "late": "; ".join(late),
        "rosters": lists["rosters"],
        "refused": lists["refused"],
        "may_send": request.actor.may(SEND) and spec is not None,
        "may_set": request.actor.may(SET),
        "crumbs": crumbs((delegation.payer_party.name, "")),
    }
    return render(request, "credentialing/staff/delegation_detail.html", context)


def _rosters(request: PortalRequest, delegation: Delegation) -> Listing:
    rows = [_roster(row) for row in delegation.rosters.order_by("-number")]
    empty = Empty("Nothing was sent yet", "Look at what there is to send, then freeze it.")
    urls = export_urls(request, "rosters") if rows else {}
    size = page_size(request, "rosters", 25)
    return list_rows(
        rows, _plain(ROSTERS), request.GET, caption="Rosters", empty=empty, page_size=size, **urls
    )


def _plain(columns: tuple[Column, ...]) -> list[Column]:
    return [Column(c.key, c.head, c.kind, minor=c.minor, wide=c.wide) for c in columns]


def _roster(row: Roster) -> dict[str, object]:
    return {
        "name": f"Roster {row.number}",
        "day": row.as_of_date,
        "held": row.held_count,
        "due": row.answer_due_date,
        "who": row.made_by_name,
        "url": reverse("credentialing:roster_detail", args=[row.pk]),
    }


def _refused(request: PortalRequest, delegation: Delegation) -> Listing:
    rows = [_line(line) for line in refused_lines(delegation)]
    empty = Empty(
        "Nothing is refused",
        "Lines that the plan answers with a code that does not mean taken come here. What it "
        "refused counts as not sent, so the next roster tells it again.",
    )
    urls = export_urls(request, "refused") if rows else {}
    size = page_size(request, "refused", 25)
    return list_rows(
        rows, REFUSED, request.GET, caption="Refused lines", empty=empty, page_size=size, **urls
    )


def _line(line: RosterLine) -> dict[str, object]:
    return {
        "name": f"{line.content['last_name']}, {line.content['first_name']}",
        "action": line.get_action_display(),
        "code": line.answer_code,
        "words": line.answer_words or "none",
        "roster": str(line.roster.number),
        "url": reverse("credentialing:practitioner_detail", args=[line.practitioner_id]),
    }


@requires(SET)
def delegation_end(request: PortalRequest, delegation_id: int) -> HttpResponse:
    """Record from when a plan does not delegate any more."""
    delegation = found_delegation(delegation_id)
    form = EndDelegation(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            end_delegation(
                actor=request.actor,
                delegation_id=delegation_id,
                end_date=form.cleaned_data["end_date"],
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Recorded. No roster can be frozen from that day on.")
            return redirect("credentialing:delegation_detail", delegation_id)
    listed = count_text(delegation.rosters.count())
    context = {
        "form": form,
        "delegation": delegation,
        "facts": [
            FactItem("Plan", delegation.payer_party.name),
            FactItem("Delegated from", day_text(delegation.effective_date)),
            FactItem("Rosters so far", listed),
        ],
        "crumbs": crumbs(here(delegation), ("End", "")),
    }
    status = 422 if form.errors else 200
    return render(request, "credentialing/staff/delegation_end.html", context, status=status)


@requires(SET)
def roster_columns(request: PortalRequest, delegation_id: int) -> HttpResponse:
    """Say in which columns a plan wants its roster; every version is kept."""
    delegation = found_delegation(delegation_id)
    spec = delegation.specs.first()
    names = ("columns", "date_format", "sends", "code_head", "words_head", "accepted")
    initial = {name: getattr(spec, name) for name in names} if spec else {"columns": USUAL}
    form = Columns(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            save_roster_spec(
                actor=request.actor,
                delegation_id=delegation_id,
                now=timezone.now(),
                **form.cleaned_data,
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Saved. Rosters sent before keep their columns.")
            return redirect("credentialing:delegation_detail", delegation_id)
    context = {
        "form": form,
        "delegation": delegation,
        "fields": [
            (name, words, "date" if name in DATES else "") for name, words in FIELDS.items()
        ],
        "versions": plural(delegation.specs.count(), "version"),
        "crumbs": crumbs(here(delegation), ("Columns", "")),
    }
    status = 422 if form.errors else 200
    return render(request, "credentialing/staff/roster_columns.html", context, status=status)
