"""Two reports of the log: who looked at a member, and what a person looked at and did."""

from datetime import timedelta

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from capitation.queries.members import find_members, member_rows
from compliance.queries.looked import (
    VIEW,
    MemberLooks,
    PersonLooks,
    Span,
    as_seen,
    member_looks,
    members_seen,
    people,
    person_looks,
)
from compliance.rules.looking import deed_name, page_name
from ipaportal.audit.access import declare_members, shows_members
from ipaportal.audit.models import AccessEvent, DomainEvent
from ipaportal.core.parts import Chip, Column, Empty, FactItem, Listing, list_rows, matching
from ipaportal.core.roles import ROLE_NAMES
from ipaportal.core.words import iso_text
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import (
    as_file,
    export_urls,
    exported,
    one_as_file,
    wants_file,
)
from ipaportal.identity.web.fields import day_input

MEMBER_TITLE, PERSON_TITLE = "Who looked at a member", "What a person looked at"
MEMBER_DAYS, PERSON_DAYS = 6 * 365 + 2, 30
# An event is found again by its number and its moment, which says in which month's table it lies.
KEYS = ("pk", "at")
KINDS = {"view": "seen", "export": "taken out", "refused": "refused"}
LOOKS = (
    Column("at", "When", "text", sort="at"),
    Column("actor_name", "Who", "link", sort="actor_name", url="who_url", opens_page=True),
    Column("roles", "As", minor=True),
    Column("kind_word", "How", "status", sort="kind"),
    Column("page", "Page", sort="view_name"),
    Column("shown", "Members on it", "count"),
    Column("ip", "From", minor=True),
    Column("why", "Why", wide=True),
    Column("left", "Did it leave?", "act", url="left_url"),
)
PEOPLE = (
    Column("name", "Who", "link", sort="name"),
    Column("looks", "Looks", "count", sort="looks"),
    Column("files", "Files", "count", sort="files"),
    Column("refused", "Refused", "count", sort="refused"),
    Column("first", "First", "day", sort="first"),
    Column("last", "Last", "day", sort="last"),
)
OPENED = (
    Column("at", "When", "text", sort="at"),
    Column("kind_word", "How", "status", sort="kind"),
    Column("page", "Page", sort="view_name"),
    Column("member", "Member", "link", url="member_url", opens_page=True),
    Column("shown", "Members on it", "count"),
    Column("ip", "From", minor=True),
    Column("left", "Did it leave?", "act", url="left_url"),
)
DONE = (
    Column("at", "When", "text", sort="at"),
    Column("what", "What", sort="action"),
    Column("subject", "Done to", sort="subject_type"),
)
DAYS = (
    Column("day", "Day", "day", sort="day"),
    Column("looks", "Looks", "count", sort="looks"),
    Column("members", "Different members", "count", sort="members"),
    Column("exported", "Files", "count", sort="exported"),
    Column("out_of_hours", "Out of hours", "count", sort="out_of_hours"),
    Column("refused", "Refused", "count", sort="refused"),
)
FOUND = (
    Column("name", "Name", "link", sort="name"),
    Column("number", "Plan's number", sort="number"),
    Column("plan", "Plan", sort="plan"),
)
EVERYBODY = (
    Column("name", "Name", "link", sort="name"),
    Column("state", "State", "status", sort="state"),
    Column("looks", "Looks in 30 days", "count", sort="looks"),
    Column("files", "Files", "count", sort="files"),
    Column("late", "Out of hours", "count", sort="late"),
    Column("last", "Last", "day", sort="last"),
)


class Between(forms.Form):
    """Between which days, both included."""

    first = forms.DateField(required=False, label="From", widget=day_input())
    last = forms.DateField(required=False, label="To, this day too", widget=day_input())

    def span(self, days: int) -> Span:
        """What was asked, or the last days."""
        data = self.cleaned_data if self.is_valid() else {}
        last = data.get("last") or timezone.localdate()
        return Span(data.get("first") or last - timedelta(days=days), last)

    def shown(self, span: Span) -> forms.Form:
        """The form with the days that are shown, unless what was asked is wrong."""
        return self if self.errors else type(self)(initial=vars(span))


@requires(VIEW)
@shows_members()
def member_search(request: PortalRequest) -> HttpResponse:
    """Find the member who asks, or about whom somebody asks."""
    asked = request.GET.get("q", "").strip()
    found = find_members(actor=request.actor, text=asked) if asked else []
    declare_members(request, [row.member_id for row in found])
    rows = [
        {
            "name": row.name or "no name yet", "number": row.plan_member_id,
            "plan": row.payer_name,
            "url": reverse("compliance:member_looks", args=[row.member_id]),
        }
        for row in found
    ]  # fmt: skip
    if asked and wants_file(request):
        return as_file(request, FOUND, rows, "members-found")
    empty = Empty(
        "Nobody found" if asked else "Search for a member",
        "By the plan's number or the last name, from the first letters; by MBI, whole. The report "
        "then says who looked at this member, when, at which page, and why where they had to say.",
    )
    context = {
        "listing": list_rows(rows, FOUND, request.GET, caption="Members", empty=empty,
                             **(export_urls(request) if rows else {})),
        "crumbs": [("Compliance", reverse("compliance:desk")), (MEMBER_TITLE, "")],
    }  # fmt: skip
    return render(request, "compliance/member_search.html", context)


@requires(VIEW)
@shows_members()
def member_report(request: PortalRequest, member_id: int) -> HttpResponse:
    """Everybody who looked at one member, and each look."""
    form = Between(request.GET)
    span, kind = form.span(MEMBER_DAYS), request.GET.get("kind", "")
    kind = kind if kind in KINDS else ""
    try:
        found = member_looks(
            actor=request.actor, member_id=member_id, span=span, kind=kind,
            who=request.GET.get("q", "").strip(),
        )  # fmt: skip
    except LookupError as missing:
        raise Http404 from missing
    declare_members(request, [member_id])
    lists = {"looks": _looks(request, found), "people": _people(request, found)}
    if (file := one_as_file(request, lists)) is not None:
        return file
    context = {
        **lists,
        "member": found.member,
        "form": form.shown(span),
        "span": span,
        "facts": [
            FactItem("People", len(found.people), "count"),
            FactItem("Looks", sum(row["looks"] for row in found.people), "count"),
            FactItem("Files", sum(row["files"] for row in found.people), "count"),
            FactItem("In an emergency", len(found.emergencies), "count"),
        ],
        "crumbs": [
            ("Compliance", reverse("compliance:desk")),
            (MEMBER_TITLE, reverse("compliance:member_search")),
            (found.member.name or found.member.plan_member_id, ""),
        ],
    }
    status = 422 if form.errors else 200
    return render(request, "compliance/member_looks.html", context, status=status)


def _looks(request: PortalRequest, found: MemberLooks) -> Listing:
    chips = [Chip("kind", "", "All"), *(Chip("kind", key, word.capitalize())
             for key, word in KINDS.items())]  # fmt: skip
    listing = list_rows(
        found.events, LOOKS, request.GET, caption="Looks", default_sort="-at", chips=chips,
        empty=Empty("Nobody looked", "Nobody opened a page with this member in these days."),
        **exported(request, "looks"),
    )  # fmt: skip
    return _with_rows(listing, [_look(one, found) for one in listing.rows])


def _with_rows(listing: Listing, rows: list[dict[str, object]]) -> Listing:
    return Listing(**{**vars(listing), "rows": rows})


def _look(event: AccessEvent, found: MemberLooks) -> dict[str, object]:
    return {
        **_opened(event, {}),
        "actor_name": event.actor_name,
        "who_url": event.actor_id and reverse("compliance:person_looks", args=[event.actor_id]),
        "roles": ", ".join(str(ROLE_NAMES.get(role, role)) for role in event.actor_roles),
        "why": found.reason(event),
    }


def _people(request: PortalRequest, found: MemberLooks) -> Listing:
    rows = [
        {
            **row,
            "name": row["actor_name"],
            "first": as_seen(row["first"]).date(),
            "last": as_seen(row["last"]).date(),
            "url": row["actor_id"] and reverse("compliance:person_looks", args=[row["actor_id"]]),
        }
        for row in found.people
    ]
    return list_rows(
        rows, PEOPLE, {}, caption="People", **(exported(request, "people") | {"page_size": 500})
    )


@requires(VIEW)
def people_list(request: PortalRequest) -> HttpResponse:
    """Everybody with an account, and how much they looked at lately."""
    rows = [
        {
            "name": user.name, "state": "active" if user.is_active else "suspended",
            **{key: user.looked.get(key) for key in ("looks", "files", "late", "last")},
            "url": reverse("compliance:person_looks", args=[user.pk]),
        }
        for user in people(actor=request.actor, today=timezone.localdate())
    ]  # fmt: skip
    rows = matching(rows, request.GET.get("q", ""), "name")
    if wants_file(request):
        return as_file(request, EVERYBODY, rows, "looks-by-person")
    context = {
        "listing": list_rows(
            rows, EVERYBODY, request.GET, caption="People", default_sort="name",
            empty=Empty("Nobody found", "Names are found by how their words begin."),
            **export_urls(request),
        ),
        "crumbs": [("Compliance", reverse("compliance:desk")), (PERSON_TITLE, "")],
    }  # fmt: skip
    return render(request, "compliance/looked_people.html", context)


@requires(VIEW)
@shows_members()
def person_report(request: PortalRequest, user_id: int) -> HttpResponse:
    """What one person opened and did between two days."""
    form = Between(request.GET)
    span = form.span(PERSON_DAYS)
    try:
        found = person_looks(actor=request.actor, user_id=user_id, span=span)
    except LookupError as missing:
        raise Http404 from missing
    of, shown = request.GET.get("of", "opened"), {}
    of = of if of in ("opened", "done", "days") else "opened"
    lists = {of: {"opened": _opened_list, "done": _done_list, "days": _days_list}[of](
        request, found, shown
    )}  # fmt: skip
    declare_members(request, shown)
    if (file := one_as_file(request, lists)) is not None:
        return file
    context = {
        "listing": lists[of],
        "of": of,
        "person": found.user,
        "form": form.shown(span),
        "span": span,
        "crumbs": [
            ("Compliance", reverse("compliance:desk")),
            (PERSON_TITLE, reverse("compliance:people_looks")),
            (found.user.name, ""),
        ],
    }
    status = 422 if form.errors else 200
    return render(request, "compliance/person_looks.html", context, status=status)


def _opened_list(request: PortalRequest, found: PersonLooks, shown: dict[int, str]) -> Listing:
    kind = request.GET.get("kind", "")
    rows = found.opened.filter(kind=kind) if kind in KINDS else found.opened
    chips = [*_parts(), Chip("kind", "", "However"), *(Chip("kind", key, word.capitalize())
             for key, word in KINDS.items())]  # fmt: skip
    listing = list_rows(
        rows, OPENED, request.GET, caption="Opened", default_sort="-at", chips=chips, by_keys=KEYS,
        empty=Empty("Nothing opened", "No page with a member was opened in these days."),
        **exported(request, "opened"),
    )  # fmt: skip
    shown |= {row.member_id: row.name or row.plan_member_id
              for row in member_rows(sorted(members_seen(listing.rows)))}  # fmt: skip
    return _with_rows(listing, [_opened(one, shown) for one in listing.rows])


def _parts() -> list[Chip]:
    return [
        Chip("of", "", "Opened"),
        Chip("of", "done", "Done"),
        Chip("of", "days", "Day by day"),
    ]


def _opened(event: AccessEvent, names: dict[int, str]) -> dict[str, object]:
    only = event.member_ids[0] if len(event.member_ids) == 1 else None
    is_file = event.kind == AccessEvent.Kind.EXPORT and bool(event.member_ids)
    return {
        "at": iso_text(as_seen(event.at)),
        "kind_word": KINDS[event.kind],
        "page": page_name(event.view_name),
        "member": names.get(only, ""),
        "member_url": only and reverse("compliance:member_looks", args=[only]),
        "shown": len(event.member_ids) or None,
        "ip": event.ip or "",
        "left": "Record" if is_file else "",
        "left_url": is_file and f"{reverse('compliance:phi_disclosure_new')}?taken={event.pk}",
    }


def _done_list(request: PortalRequest, found: PersonLooks, shown: dict[int, str]) -> Listing:
    listing = list_rows(
        found.done, DONE, request.GET, caption="Done", default_sort="-at", chips=_parts(),
        by_keys=KEYS,
        empty=Empty("Nothing done", "Nothing was changed in this person's name in these days."),
        **exported(request, "done"),
    )  # fmt: skip
    return _with_rows(listing, [_done(one) for one in listing.rows])


def _done(event: DomainEvent) -> dict[str, object]:
    kind = event.subject_type.rpartition(".")[2]
    return {
        "at": iso_text(as_seen(event.at)),
        "what": deed_name(event.action),
        "subject": f"{kind} {event.subject_id}".strip(),
    }


def _days_list(request: PortalRequest, found: PersonLooks, shown: dict[int, str]) -> Listing:
    return list_rows(
        found.days, DAYS, request.GET, caption="Days", default_sort="-day", chips=_parts(),
        empty=Empty("No day counted", "Days are counted the night after."),
        **exported(request, "days"),
    )  # fmt: skip
