"""Owners and visits of a practice, numbers and listings of a practitioner: recorded by staff."""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from credentialing.actions.facilities import add_associate, add_site_check, end_associate
from credentialing.actions.listings import add_identifier, add_listing, end_listing
from credentialing.models import (
    Identifier,
    NetworkListing,
    Practice,
    Practitioner,
    PractitionerRole,
)
from credentialing.queries import places as asked
from credentialing.web.file_forms import Behind, Looked, day_field
from credentialing.web.place_parts import behind_tables, known_tables
from ipaportal.core.refusals import Refused
from ipaportal.identity.models import Party
from ipaportal.identity.web.access import PortalRequest, requires

WORK = "credentialing.work_files"
DONE = {
    "person": "Named. They are screened from the next run on.",
    "end": "Their last day is recorded; a match that waits stays on the list.",
    "visit": "Recorded.",
    "number": "Recorded.",
    "listing": "Listed.",
    "unlist": "The listing ends. The next roster and directory say so.",
}


class Visit(Looked):
    """A survey or visit of one of the offices."""

    location = forms.ModelChoiceField(None, label="Office")
    field_order = ("location",)

    def __init__(self, *args: object, practice: Practice, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["location"].queryset = practice.locations.order_by("line")


class Left(forms.Form):
    """Who left, and from which day."""

    associate = forms.ModelChoiceField(None, label="Who")
    end_date = day_field("First day no longer")

    def __init__(self, *args: object, practice: Practice, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        people = practice.party.associates.filter(end_date=None)
        self.fields["associate"].queryset = people


class Number(forms.Form):
    """A number by which somebody else knows a practitioner."""

    system = forms.ChoiceField(label="Number of", choices=Identifier.System.choices)
    value = forms.CharField(label="Number", max_length=40)
    state = forms.CharField(
        label="State", max_length=2, required=False, help_text="Of a Medicaid number"
    )
    payer = forms.ModelChoiceField(
        Party.objects.filter(kind=Party.Kind.PAYER).order_by("name"),
        label="Plan",
        required=False,
        help_text="Of a plan's own number",
    )


class Listed(forms.Form):
    """Where and as what a network lists somebody."""

    location = forms.ChoiceField(label="Office")
    payer = forms.ModelChoiceField(
        Party.objects.filter(kind=Party.Kind.PAYER).order_by("name"), label="Plan"
    )
    network = forms.CharField(label="Network, as the plan names it", max_length=100)
    specialty = forms.CharField(label="Specialty", max_length=100)
    care = forms.ChoiceField(label="As", choices=PractitionerRole.Care.choices)
    panel = forms.ChoiceField(label="Panel", choices=PractitionerRole.Panel.choices)
    effective_date = day_field("From")
    end_date = day_field("First day no longer", required=False)

    def __init__(self, *args: object, who: Practitioner, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        offices = asked.offices_of(who, timezone.localdate())
        self.fields["location"].choices = [
            (str(one.pk), f"{one.practice}: {one}") for one in offices
        ]

    def clean(self) -> dict[str, object]:
        data = super().clean()
        start, end = data.get("effective_date"), data.get("end_date")
        if start and end and end <= start:
            self.add_error("end_date", "It has to end after it begins.")
        return data


class Unlisted(forms.Form):
    """Which listing ends, and from which day."""

    listing = forms.ModelChoiceField(None, label="Listing")
    end_date = day_field("First day no longer")

    def __init__(self, *args: object, who: Practitioner, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        rows = NetworkListing.objects.current().filter(role__practitioner=who, end_date=None)
        self.fields["listing"].queryset = rows.select_related("network", "role__location")
        self.fields["listing"].label_from_instance = lambda one: (
            f"{one.network}, {one.role.specialty}, {one.role.location}, from {one.effective_date}"
        )
        self.fields["end_date"].help_text = "Its own first day means that it never stood."


@requires(WORK)
def practice_behind(request: PortalRequest, practice_id: int) -> HttpResponse:
    """Name owners and managers of a practice, say who left, record visits of its offices."""
    practices = Practice.objects.for_actor(request.actor, "credentialing.view_network")
    practice = practices.select_related("party").filter(pk=practice_id).first()
    if practice is None:
        raise Http404
    kinds: dict[str, Callable[..., forms.Form]] = {
        "person": Behind,
        "end": lambda *data: Left(*data, practice=practice),
        "visit": lambda *data: Visit(*data, practice=practice),
    }
    page = reverse("credentialing:practice_detail", args=[practice_id])
    answer, bound = _sent(request, kinds, page, {"practice_id": practice_id})
    if answer is not None:
        return answer
    found = asked.behind(actor=request.actor, practice=practice)
    context = {
        "title": practice.name,
        "tables": behind_tables(found),
        "forms": _shown(
            kinds, bound, person="Name an owner, manager or board member",
            end="Somebody left", visit="Record a survey or visit of an office",
        ),
        "crumbs": _crumbs(practice.name, page, "Owners and visits"),
    }  # fmt: skip
    status = 422 if bound else 200
    return render(request, "credentialing/staff/place_forms.html", context, status=status)


@requires(WORK)
def practitioner_known(request: PortalRequest, practitioner_id: int) -> HttpResponse:
    """Record a practitioner's further numbers, and where networks list them."""
    who = Practitioner.objects.filter(pk=practitioner_id).first()
    if who is None:
        raise Http404
    kinds: dict[str, Callable[..., forms.Form]] = {
        "number": Number,
        "listing": lambda *data: Listed(*data, who=who),
        "unlist": lambda *data: Unlisted(*data, who=who),
    }
    page = reverse("credentialing:practitioner_detail", args=[practitioner_id])
    answer, bound = _sent(request, kinds, page, {"practitioner_id": practitioner_id})
    if answer is not None:
        return answer
    context = {
        "title": str(who),
        "tables": known_tables(asked.known(actor=request.actor, who=who)),
        "forms": _shown(
            kinds, bound, number="Record a number", listing="List them in a network",
            unlist="End a listing",
        ),
        "crumbs": _crumbs(str(who), page, "Numbers and listings"),
    }  # fmt: skip
    status = 422 if bound else 200
    return render(request, "credentialing/staff/place_forms.html", context, status=status)


def _sent(
    request: PortalRequest, kinds: dict, page: str, of: dict[str, int]
) -> tuple[HttpResponse | None, dict[str, forms.Form]]:
    """Do what was sent: an answer, or the form that came back with something wrong in it."""
    if request.method != "POST":
        return None, {}
    do = request.POST.get("do", next(iter(kinds)))
    if do not in kinds:
        raise Http404
    form = kinds[do](request.POST)
    if form.is_valid():
        try:
            _do(do, form.cleaned_data, {**of, "actor": request.actor, "now": timezone.now()})
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, DONE[do])
            return redirect(page), {}
    return None, {do: form}


def _do(do: str, data: dict[str, object], common: dict[str, object]) -> None:
    data = dict(data)
    if do == "person":
        add_associate(**common, **data)
    elif do == "end":
        common.pop("practice_id")
        end_associate(**common, associate_id=data["associate"].pk, end_date=data["end_date"])
    elif do == "visit":
        common.pop("practice_id")
        add_site_check(**common, location_id=data.pop("location").pk, **data)
    elif do == "number":
        payer = data.pop("payer")
        add_identifier(**common, **data, payer_party_id=payer.pk if payer else None)
    elif do == "unlist":
        listing = data["listing"]
        end_listing(**common, listing_id=listing.pk, end_date=data["end_date"])
    else:
        payer, place = data.pop("payer"), int(data.pop("location"))
        add_listing(**common, **data, payer_party_id=payer.pk, location_id=place)


def _shown(kinds: dict, bound: dict[str, forms.Form], **titles: str) -> list[tuple]:
    """Each form with its name and title; one that came back stands open."""
    return [(do, titles[do], bound.get(do) or kinds[do](), do in bound) for do in kinds]


def _crumbs(name: str, page: str, here: str) -> list[tuple[str, str]]:
    return [("Network", reverse("credentialing:practice_list")), (name, page), (here, "")]
