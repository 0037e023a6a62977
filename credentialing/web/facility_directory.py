"""The directory's facilities: whom to ask whether it has them right, and what they said."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from credentialing.actions.facility_directory import confirm_facility
from credentialing.queries import facility_directory as asked
from credentialing.queries.directory import WORK
from credentialing.queries.facility_directory import Listed
from credentialing.rules.directory import facility_rule_on
from ipaportal.core.parts import Chip, Column, Empty, FactItem, Moment, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file

COLUMNS = (
    Column("name", "Facility", "link", sort="name"),
    Column("kind", "Kind", sort="kind"),
    Column("address", "Address", wide=True),
    Column("phone", "Telephone"),
    Column("confirmed", "Confirmed", "day", sort="confirmed"),
    Column("by", "Again by", "day", sort="by"),
    Column("state", "Stands", "status", sort="state"),
)
UNSURE = "; own reading of a law not yet in force, unverified here"


@requires(WORK)
def facility_directory(request: PortalRequest) -> HttpResponse:
    """Facilities in the network: whom to ask whether the directory has them right."""
    today, show = timezone.localdate(), request.GET.get("show", "")
    text = request.GET.get("q", "").strip()[:100]
    found = asked.facilities_to_confirm(actor=request.actor, today=today, text=text)
    due = [one for one in found if one.is_due]
    rows = [_row(one) for one in (due if show == "due" else found)]
    if wants_file(request):
        return as_file(request, COLUMNS, rows, "directory-facilities")
    listing = list_rows(
        rows, COLUMNS, request.GET, caption="Facilities in the directory", default_sort="by",
        chips=[Chip("show", "", "All", len(found)), Chip("show", "due", "To ask", len(due))],
        empty=Empty("No facility to ask", "Facilities in the network stand here; each is asked "
                    "before its 12 months are over, by telephone or letter."),
        **export_urls(request),
    )  # fmt: skip
    rule = facility_rule_on(today)
    context = {
        "listing": listing,
        "citation": rule.citation + ("" if rule.is_sure else UNSURE),
        "crumbs": [("Directory", reverse("credentialing:directory_changes")), ("Facilities", "")],
    }
    return render(request, "credentialing/staff/facility_directory.html", context)


def _row(one: Listed) -> dict[str, object]:
    content = asked.content_of(one.facility)
    return {
        **content,
        "confirmed": one.confirmed,
        "by": one.by,
        "state": one.word,
        "url": reverse("credentialing:facility_confirm", args=[one.facility.pk]),
    }


class Told(forms.Form):
    """What the directory says of a facility, corrected as somebody of it says."""

    dba_name = forms.CharField(label="Trades as", max_length=200, required=False)
    line = forms.CharField(label="Street", max_length=200)
    city = forms.CharField(label="City", max_length=100)
    state = forms.RegexField(r"^[A-Z]{2}$", label="State", help_text="Two capital letters")
    zip_code = forms.CharField(label="ZIP", max_length=10)
    phone = forms.CharField(label="Telephone", max_length=20, required=False)
    told_by = forms.CharField(
        label="Who of the facility said so, and how", max_length=200,
        help_text="For example: Ms. Ruiz, registrar, by telephone",
    )  # fmt: skip


@requires(WORK)
def facility_confirm(request: PortalRequest, facility_id: int) -> HttpResponse:
    """One facility: read to it what the directory says, and keep what it answers."""
    today = timezone.localdate()
    one = asked.listed_facility(facility_id, today)
    if one is None:
        raise Http404
    start = {name: getattr(one.facility, name) for name in asked.FIELDS}
    form = Told(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        try:
            confirm_facility(actor=request.actor, facility_id=facility_id, now=timezone.now(),
                             told_by=values.pop("told_by"), values=values)  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Confirmed for 12 months.")
            return redirect("credentialing:facility_directory")
    home = reverse("credentialing:facility_directory")
    context = {
        "one": one, "form": form, "facts": _facts(one), "moments": _moments(one), "back": home,
        "crumbs": [("Directory", reverse("credentialing:directory_changes")),
                   ("Facilities", home), (str(one.facility), "")],
    }  # fmt: skip
    status = 422 if request.method == "POST" else 200
    return render(request, "credentialing/staff/facility_confirm.html", context, status=status)


def _facts(one: Listed) -> list[FactItem]:
    content = asked.content_of(one.facility)
    return [
        FactItem("Kind", content["kind"]),
        FactItem("Address", content["address"]),
        FactItem("Telephone", content["phone"] or "none"),
        FactItem("Confirmed", one.confirmed or "never", "day" if one.confirmed else "text"),
        FactItem("To confirm by", one.by, "day"),
    ]


def _moments(one: Listed) -> list[Moment]:
    return [
        Moment(row.confirmed_at, f"Confirmed by {row.told_by}", row.confirmed_by_name,
               f"{row.content['address']} {row.content['phone']}".strip())
        for row in one.facility.directory_checks.all()
    ]  # fmt: skip
