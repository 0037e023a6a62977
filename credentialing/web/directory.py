"""The directory: open to everybody if the IPA says so; confirmed by practices, kept by staff."""

import re

from django import forms
from django.contrib import messages
from django.core.cache import cache
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from credentialing.actions.directory import change_office, confirm_office, settle_change
from credentialing.models import DirectoryChange, PractitionerRole
from credentialing.queries import directory as asked
from credentialing.queries.directory import Asked, Directory, Entry, Office
from credentialing.queries.policies import directory_is_public
from credentialing.rules.directory import WHATS, directory_rule_on
from credentialing.web.file_forms import long_field
from ipaportal.audit.context import current_origin
from ipaportal.core.parts import Chip, Column, Empty, FactItem, Listing, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.core.words import count_text
from ipaportal.identity.web.access import PortalRequest, public, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file

# From one network address in an hour: pages, and whole files.
NUMBER = re.compile(r"[1-9]\d{0,5}", re.ASCII)
MOST_PAGES, MOST_FILES, WITHIN_SECONDS = 300, 10, 3600
PUBLIC = (
    Column("name", "Name", sort="name"),
    Column("what", "Specialty", sort="specialty"),
    Column("practice", "Practice"),
    Column("address", "Address", wide=True),
    Column("phone", "Telephone"),
    Column("languages", "Languages besides English"),
    Column("accepts", "New patients"),
    Column("networks", "Plans", wide=True),
    Column("verified", "Verified", minor=True),
)
CHANGES = (
    Column("practice", "Practice", "link", sort="location__practice__name"),
    Column("office", "Office"),
    Column("what", "What", sort="what"),
    Column("text", "Is right", wide=True),
    Column("received", "Received", "day", sort="received_date"),
    Column("due", "In the directory by", "day", sort="due_date"),
    Column("state", "Stands", "status"),
)


class Search(forms.Form):
    """What somebody looks for."""

    name = forms.CharField(label="Name or practice", max_length=60, required=False)
    specialty = forms.CharField(label="Specialty", max_length=60, required=False)
    place = forms.CharField(label="City or ZIP code", max_length=60, required=False)
    language = forms.CharField(label="Language", max_length=60, required=False)
    kind = forms.ChoiceField(
        label="Who",
        choices=[("", "People and places"), ("practitioner", "People"), ("facility", "Places")],
        required=False,
    )
    accepts = forms.BooleanField(label="Takes new patients", required=False)


def _is_too_much(of: str, most: int) -> bool:
    """Count what comes from one network address, and say whether it is more than a person asks."""
    key = f"credentialing.directory.{of}.{current_origin().ip or 'unknown'}"
    cache.add(key, 0, WITHIN_SECONDS)
    try:
        return cache.incr(key) > most
    except ValueError:  # it ran out between the two
        return False


@never_cache
@require_GET
@public
def public_directory(request: PortalRequest) -> HttpResponse:
    """Everybody searches whom the network lists today; if the IPA opened it."""
    today = timezone.localdate()
    if not directory_is_public(today):
        raise Http404
    is_file = wants_file(request)
    if _is_too_much("file" if is_file else "page", MOST_FILES if is_file else MOST_PAGES):
        return render(request, "credentialing/public/directory_busy.html", {}, status=429)
    form = Search(request.GET)
    page = int(request.GET["page"]) if NUMBER.fullmatch(request.GET.get("page", "")) else 1
    found = Directory(today, Asked(**form.cleaned_data) if form.is_valid() else Asked(), page)
    if is_file:
        return as_file(request, PUBLIC, (_line(one, found) for one in found), "directory")
    listing = list_rows(
        found, PUBLIC, request.GET, caption="Directory", default_sort="name",
        empty=Empty("Nobody is listed for this", "Look for less: a city without a specialty, or "
                    "the first letters of a name."),
        **export_urls(request),
    )  # fmt: skip
    rows = [_line(one, found) for one in listing.rows]
    context = {
        "listing": Listing(**{**vars(listing), "rows": rows}),
        "form": form,
        "today": today,
    }
    return render(request, "credentialing/public/directory.html", context)


def _line(one: Entry, of: Directory) -> dict[str, object]:
    return {
        "name": f"{one.name}, {one.degree}" if one.degree else one.name,
        "what": one.what,
        "practice": one.practice,
        "address": f"{one.line}, {one.city}, {one.state} {one.zip_code}",
        "phone": one.phone,
        "languages": one.languages,
        "accepts": "yes" if one.accepts else "no",
        "networks": one.networks,
        "verified": one.verified(of.day),
    }


@requires(asked.CONFIRM)
def my_directory(request: PortalRequest) -> HttpResponse:
    """The offices of my practice as the directory shows them, to confirm or to change."""
    today = timezone.localdate()
    context = {
        "offices": asked.offices(actor=request.actor, today=today),
        "rule": directory_rule_on(today),
        "is_public": asked.opened_on(today) is not None,
        "crumbs": [("Directory", "")],
    }
    return render(request, "credentialing/provider/my_directory.html", context)


class Confirm(forms.Form):
    """Everything that stands there is right."""

    sure = forms.BooleanField(label="I looked at it, and everything above is right today")


class Change(forms.Form):
    """Something is otherwise."""

    what = forms.ChoiceField(
        label="What is otherwise",
        choices=[(code, words.capitalize()) for code, words in WHATS.items()],
    )
    role = forms.ChoiceField(label="Of whom, if new patients", required=False)
    panel = forms.ChoiceField(
        label="New patients", required=False, choices=[("", ""), *PractitionerRole.Panel.choices]
    )
    text = long_field("What is right", 500, required=False)

    def __init__(self, *args: object, office: Office, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [
            ("", ""),
            *((str(one.pk), f"{one.practitioner}, {one.specialty}") for one in office.roles),
        ]


@requires(asked.CONFIRM)
def my_office(request: PortalRequest, directory_office_id: int) -> HttpResponse:
    """One office: what the directory says of it; I confirm it, or say what is otherwise."""
    today = timezone.localdate()
    rows = asked.offices(actor=request.actor, today=today)
    office = next((one for one in rows if one.location.pk == directory_office_id), None)
    if office is None:
        raise Http404
    doing = request.POST.get("do", "confirm") if request.method == "POST" else ""
    confirm = Confirm(request.POST if doing == "confirm" else None)
    change = Change(request.POST if doing not in ("", "confirm") else None, office=office)
    form = confirm if doing == "confirm" else change
    if doing and form.is_valid():
        try:
            _do(request, office, doing, form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Recorded, with your name.")
            return redirect("credentialing:my_directory")
    context = {
        "office": office, "confirm": confirm, "change": change, "facts": _facts(office),
        "crumbs": [("Directory", reverse("credentialing:my_directory")),
                   (str(office.location), "")],
    }  # fmt: skip
    status = 422 if doing else 200
    return render(request, "credentialing/provider/my_office.html", context, status=status)


def _do(request: PortalRequest, office: Office, doing: str, data: dict) -> None:
    common = {"actor": request.actor, "location_id": office.location.pk, "now": timezone.now()}
    if doing == "confirm":
        confirm_office(**common)
        return
    is_panel = data["what"] == "panel"
    change_office(
        what=data["what"], text=data["panel"] if is_panel else data["text"],
        role_id=int(data["role"]) if is_panel and data["role"] else None, **common,
    )  # fmt: skip


def _facts(office: Office) -> list[FactItem]:
    content = office.content
    return [
        FactItem("Address", content["address"]),
        FactItem("Telephone", content["phone"] or "none"),
        FactItem("Fax", content["fax"] or "none"),
        FactItem("Confirmed", office.confirmed or "never", "day" if office.confirmed else "text"),
        FactItem("To confirm by", office.by, "day", note=directory_rule_on(office.by).citation),
    ]


@requires(asked.WORK)
def directory_changes(request: PortalRequest) -> HttpResponse:
    """What practices said is otherwise, by when it has to stand in the directory."""
    get, today = request.GET, timezone.localdate()
    found = asked.changes(
        actor=request.actor, show=get.get("show", ""), text=get.get("q", "").strip()
    )
    if wants_file(request):
        return as_file(request, CHANGES, map(_change, found), "directory-changes")
    listing = list_rows(
        found, CHANGES, get, caption="Changes of the directory", default_sort="due",
        chips=[Chip("show", "", "Waiting"), Chip("show", "all", "All")],
        empty=Empty("Nothing waits", "What a practice says is otherwise stands here until it is "
                    "in the directory; numbers and panels are written in by the practice itself."),
        **export_urls(request),
    )  # fmt: skip
    told = asked.verified(today)
    context = {
        "listing": Listing(**{**vars(listing), "rows": [_change(one) for one in listing.rows]}),
        "facts": [
            FactItem("Offices listed", told.total, "count"),
            FactItem("Confirmed within 90 days", f"{count_text(told.within)} of "
                     f"{count_text(told.total)}", note=directory_rule_on(today).citation),
        ],
        "is_public": directory_is_public(today),
        "crumbs": [("Network", reverse("credentialing:practice_list")), ("Directory", "")],
    }  # fmt: skip
    return render(request, "credentialing/staff/directory_changes.html", context)


def _change(one: DirectoryChange) -> dict[str, object]:
    who = f"{one.role.practitioner}: " if one.role else ""
    waits = "late" if one.due_date < timezone.localdate() else "waiting"
    return {
        "practice": str(one.location.practice),
        "url": reverse("credentialing:directory_settle", args=[one.pk]),
        "office": str(one.location),
        "what": one.get_what_display(),
        "text": f"{who}{one.text}",
        "received": one.received_date,
        "due": one.due_date,
        "state": "settled" if one.settled_at else waits,
    }


class Settle(forms.Form):
    """What was written in, or why it was not."""

    text = long_field("What was written in, or why it was not", 300)


@requires(asked.WORK)
def directory_settle(request: PortalRequest, directory_change_id: int) -> HttpResponse:
    """One change: say that it stands in the directory now."""
    rows = asked.changes(actor=request.actor, show="all")
    row = rows.filter(pk=directory_change_id).first()
    if row is None:
        raise Http404
    home, form = reverse("credentialing:directory_changes"), Settle(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            settle_change(actor=request.actor, change_id=row.pk, now=timezone.now(),
                          **form.cleaned_data)  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Settled.")
            return redirect(home)
    context = {
        "form": form, "title": f"{row.location.practice}, {row.location}", "verb": "Settle it",
        "consequence": f"{row.received_by_name} said: {row.text}", "back": home,
        "facts": [FactItem("Received", row.received_date, "day"),
                  FactItem("In the directory by", row.due_date, "day")],
        "crumbs": [("Directory", home), (str(row.location), "")],
    }  # fmt: skip
    status = 422 if form.errors else 200
    return render(request, "credentialing/staff/confirm_page.html", context, status=status)
