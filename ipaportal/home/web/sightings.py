"""Who saw what: the compliance officer's search over everything seen, exported, refused, done."""

from collections.abc import Mapping

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from capitation.queries.members import MemberRow
from compliance.rules.looking import deed_name, page_name
from ipaportal.audit.access import declare_members, shows_members
from ipaportal.audit.models import AccessEvent, DomainEvent
from ipaportal.core.parts import Chip, Column, Empty, FactItem, Listing, Moment, list_rows
from ipaportal.core.roles import ROLE_NAMES
from ipaportal.core.words import iso_text, plural
from ipaportal.home.queries import sightings as queries
from ipaportal.home.queries.sightings import Asked, Event, place_of, source_of
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from ipaportal.identity.web.searches import address_query

TITLE = "Who saw what"
KIND_WORDS = {"view": "Seen", "export": "Exported", "refused": "Refused", "done": "Done"}
TONES = {"view": "seen", "export": "taken out", "refused": "refused", "done": "done"}
SHOWN = 50
SUBJECTS = {
    "capitation.Run": "capitation:run_detail",
    "capitation.Member": "capitation:member_detail",
    "capitation.PlanFile": "capitation:file_detail",
    "capitation.Contract": "capitation:contract_detail",
    "capitation.PaymentBatch": "capitation:payment_batch_detail",
    "capitation.Payment": "capitation:payment_detail",
    "capitation.Statement": "capitation:statement_detail",
    "capitation.Dispute": "capitation:dispute_detail",
    "identity.User": "identity:person_detail",
}


class Filter(forms.Form):
    """Whose doings, between which days."""

    who = forms.CharField(required=False, max_length=200, label="Person: name begins with")
    first = forms.DateField(
        required=False, label="From", widget=forms.DateInput(attrs={"type": "date"})
    )
    last = forms.DateField(
        required=False, label="To, this day too", widget=forms.DateInput(attrs={"type": "date"})
    )


def kind_of(event: Event) -> str:
    """Whether an event is something seen, exported, refused or done."""
    if isinstance(event, AccessEvent):
        return event.kind
    return "refused" if event.action == queries.PAGE_REFUSED else "done"


def what_of(event: Event) -> str:
    """What was seen or done."""
    if isinstance(event, AccessEvent):
        return page_name(event.view_name)
    if event.action == queries.PAGE_REFUSED:
        return page_name(str(event.details.get("view", "")))
    return deed_name(event.action)


def _asked(params: Mapping[str, str], form: Filter) -> Asked:
    data = form.cleaned_data if form.is_valid() else {}
    kind = params.get("kind", "")
    return Asked(
        who=data.get("who", "").strip(),
        actor_id=_number(params.get("actor", "")),
        member=params.get("q", "").strip(),
        member_id=_number(params.get("member", "")),
        kind=kind if kind in queries.KINDS else "",
        first=data.get("first"),
        last=data.get("last"),
        oldest_first=params.get("sort") == "at",
    )


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None


COLUMNS = (
    Column("at", "When", "link", sort="at"),
    Column("who", "Who"),
    Column("kind", "Kind", "status"),
    Column("what", "What"),
    Column("members", "Members", "count"),
    Column("ip", "From", minor=True),
)
WRITTEN = (
    *(Column("at", "When"), Column("who", "Who"), Column("roles", "Roles"), Column("kind", "Kind")),
    *(Column("what", "What"), Column("members", "Members"), Column("ip", "From")),
    *(Column("subject", "Subject"), Column("request", "Request")),
)


@requires(queries.VIEW)
@shows_members()
def sighting_list(request: PortalRequest) -> HttpResponse:
    """Everything seen, exported, refused or done, by person, member, kind and days."""
    form = Filter(request.GET)
    asked = _asked(request.GET, form)
    if wants_file(request):
        # The file counts members and names none, but that these were asked for is told by it.
        named = queries.searched_members(actor=request.actor, asked=asked)
        declare_members(request, [row.member_id for row in named])
        events = queries.every_sighting(actor=request.actor, asked=asked)
        return as_file(request, WRITTEN, (_written(event) for event in events), "who-saw-what")
    after = place_of(request.GET.get("after", ""))
    found = queries.sightings(actor=request.actor, asked=asked, after=after)
    ids = {row.member_id for row in found.members} | queries.subject_ids(found.events)
    declare_members(request, ids)
    own = {*form.fields, "after"}
    context = {
        "form": form,
        "kept": [pair for pair in address_query(request).items() if pair[0] not in own],
        "asked": asked,
        "after": after,
        "members": found.members,
        "following": found.following,
        "listing": _listing(request, found, asked),
    }
    status = 422 if form.errors else 200
    return render(request, "home/sighting_list.html", context, status=status)


def _listing(request: PortalRequest, found: queries.Sightings, asked: Asked) -> Listing:
    rows = [_row(event) for event in found.events]
    chips = [Chip("kind", "", "Everything")]
    chips += [Chip("kind", kind, KIND_WORDS[kind]) for kind in queries.KINDS]
    if asked.actor_id is not None:
        name = found.events[0].actor_name if found.events else "one person"
        chips.append(Chip("actor", "", f"Only {name} ×"))
    if asked.member_id is not None:
        name = found.members[0].name if found.members else "one member"
        chips.append(Chip("member", "", f"Only {name} ×"))
    empty = Empty(
        "Nothing found",
        "Every page that shows a member, every file that leaves, every refusal and everything "
        "done is written down here. Take a filter away, or look at other days.",
    )
    return Listing(
        caption=TITLE,
        columns=COLUMNS,
        rows=rows,
        total_count=len(rows),
        sort="at" if asked.oldest_first else "-at",
        chips=chips,
        active={key: request.GET.get(key, "") for key in request.GET},
        empty=empty,
        **export_urls(request),
    )


def _row(event: Event) -> dict[str, object]:
    return {
        "at": iso_text(timezone.localtime(event.at)),
        "who": event.actor_name,
        "kind": TONES[kind_of(event)],
        "what": what_of(event),
        "members": len(event.member_ids) or None if isinstance(event, AccessEvent) else None,
        "ip": event.ip if isinstance(event, AccessEvent) else "",
        "url": reverse("home:sighting_detail", args=[f"{source_of(event)}{event.pk}"]),
    }


def _written(event: Event) -> dict[str, object]:
    is_access = isinstance(event, AccessEvent)
    return {
        **_row(event),
        "at": timezone.localtime(event.at).isoformat(timespec="seconds"),
        "roles": _roles(event),
        "kind": KIND_WORDS[kind_of(event)],
        "members": len(event.member_ids) if is_access else None,
        "subject": "" if is_access else f"{event.subject_type} {event.subject_id}".strip(),
        "request": event.request_id or event.task_id,
    }


def _roles(event: Event) -> str:
    return ", ".join(str(ROLE_NAMES.get(role, role)) for role in event.actor_roles)


@requires(queries.VIEW)
@shows_members()
def sighting_detail(request: PortalRequest, entry: str) -> HttpResponse:
    """One entry: who, from where, whom it showed, what else the same request did."""
    declare_members(request, [])
    source, pk = entry[:1], _number(entry[1:])
    if source not in queries.MODELS or pk is None:
        raise Http404
    page = max(1, _number(request.GET.get("page", "")) or 1)
    shown = slice((page - 1) * SHOWN, page * SHOWN)
    try:
        found = queries.sighting(actor=request.actor, source=source, pk=pk, shown=shown)
    except LookupError as missing:
        raise Http404 from missing
    event = found.event
    declare_members(request, {row.member_id for row in found.members})
    declare_members(request, queries.subject_ids([event, *found.beside]))
    context = {
        "title": what_of(event),
        "event": event,
        "kind": TONES[kind_of(event)],
        "facts": _facts(request, event),
        "details": [] if isinstance(event, AccessEvent) else _details(event),
        "listing": _member_listing(event, found.members, page),
        "moments": [_moment(other) for other in found.beside],
        "crumbs": [(TITLE, reverse("home:sighting_list")), (what_of(event), "")],
    }
    return render(request, "home/sighting_detail.html", context)


def _facts(request: PortalRequest, event: Event) -> list[FactItem]:
    address = reverse("home:sighting_list")
    only = f"{address}?actor={event.actor_id}" if event.actor_id else ""
    facts = [
        FactItem("Who", event.actor_name, note=_roles(event), url=only),
        FactItem("When", iso_text(timezone.localtime(event.at))),
    ]
    if isinstance(event, AccessEvent):
        facts.append(FactItem("From the address", event.ip or ""))
        facts.append(FactItem("Members", len(event.member_ids), "count"))
    elif event.subject_type:
        name = event.subject_type.rpartition(".")[2]
        url = _subject_url(request, event)
        facts.append(FactItem("Done to", f"{name} {event.subject_id}", url=url))
    origin = event.request_id or event.task_id
    facts.append(FactItem("Request" if event.request_id else "Task", origin[:12]))
    return [fact for fact in facts if fact.value not in (None, "")]


def _subject_url(request: PortalRequest, event: DomainEvent) -> str:
    view = SUBJECTS.get(event.subject_type)
    if view is None:
        return ""
    try:
        return reverse(view, args=[event.subject_id])
    except NoReverseMatch:
        return ""


def _details(event: DomainEvent) -> list[FactItem]:
    facts = []
    for name, value in event.details.items():
        if isinstance(value, dict):
            value = ", ".join(f"{key} {part}" for key, part in value.items())
        elif isinstance(value, list):
            value = ", ".join(map(str, value[:20])) + (" …" if len(value) > 20 else "")
        label = name.replace("_", " ")
        facts.append(FactItem(label[:1].upper() + label[1:], str(value)))
    return [fact for fact in facts if fact.value]


def _member_listing(event: Event, members: list[MemberRow], page: int) -> Listing | None:
    if not isinstance(event, AccessEvent) or not event.member_ids:
        return None
    rows = [
        {
            "name": row.name or "no name yet",
            "number": row.plan_member_id,
            "plan": row.payer_name,
            "url": f"{reverse('home:sighting_list')}?member={row.member_id}",
        }
        for row in members
    ]
    columns = [
        Column("name", "Member", "link"),
        Column("number", "Plan's number"),
        Column("plan", "Plan"),
    ]
    caption = plural(len(event.member_ids), "member")
    listing = list_rows(rows, columns, {}, caption=caption)
    more = {"page": page, "total_count": len(event.member_ids), "page_size": SHOWN}
    return Listing(**{**vars(listing), **more})


def _moment(event: Event) -> Moment:
    url = reverse("home:sighting_detail", args=[f"{source_of(event)}{event.pk}"])
    what = f"{KIND_WORDS[kind_of(event)]}: {what_of(event)}"
    return Moment(timezone.localtime(event.at), what, event.actor_name, url=url)
