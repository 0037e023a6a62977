"""What the IPA decides about its network itself, by day, with what each rests on."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from credentialing.actions.policies import set_policy
from credentialing.models import NetworkPolicy
from credentialing.models.policies import SUPERVISED
from credentialing.queries import policies as asked
from credentialing.rules.policies import DIRECTORY, DIRECTORY_NOTE, SUPERVISION_NOTE, TOPICS
from credentialing.web.file_forms import day_field
from ipaportal.core.parts import Column, Empty, Listing, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file

COLUMNS = (
    Column("what", "Decided"),
    Column("state", "State"),
    Column("of", "Of"),
    Column("is_on", "Is"),
    Column("since", "From", "day"),
    Column("note", "Rests on", wide=True),
    Column("by", "By", minor=True),
)


class Decide(forms.Form):
    """One decision: about what, on or off, from which day, and on what it rests."""

    topic = forms.ChoiceField(
        label="About", choices=[(code, words.capitalize()) for code, words in TOPICS.items()]
    )
    is_on = forms.ChoiceField(label="It is", choices=[("yes", "So"), ("no", "Not so")])
    state = forms.CharField(
        label="State", max_length=2, required=False, help_text="Of a physician to be named"
    )
    provider_type = forms.ChoiceField(
        label="Kind of practitioner", choices=[("", "none"), *SUPERVISED], required=False
    )
    from_date = day_field("From")
    note = forms.CharField(label="Rests on", max_length=300)


def _row(one: NetworkPolicy) -> dict[str, object]:
    return {
        "what": one.get_topic_display().capitalize(),
        "state": one.state,
        "of": one.get_provider_type_display(),
        "is_on": "so" if one.is_on else "not so",
        "since": one.from_date,
        "note": one.note,
        "by": one.recorded_by_name,
    }


@requires(asked.VIEW)
def network_policies(request: PortalRequest) -> HttpResponse:
    """Every decision, newest first; the newest that has begun holds."""
    rows = [_row(one) for one in asked.decided(actor=request.actor)]
    if wants_file(request):
        return as_file(request, COLUMNS, rows, "network-policies")
    listing: Listing = list_rows(
        rows, COLUMNS, request.GET, caption="Decisions about the network",
        empty=Empty("Nothing was decided", "The directory is closed, and nobody has to name a "
                    "physician, until it is decided here."),
        **export_urls(request),
    )  # fmt: skip
    context = {
        "listing": listing,
        "may_set": request.actor.may(asked.SET),
        "is_public": asked.directory_is_public(timezone.localdate()),
        "notes": (DIRECTORY_NOTE, SUPERVISION_NOTE),
        "crumbs": [("Network", reverse("credentialing:practice_list")), ("Policies", "")],
    }
    return render(request, "credentialing/staff/network_policies.html", context)


@requires(asked.SET)
def network_policy_new(request: PortalRequest) -> HttpResponse:
    """Decide something, from a day on."""
    home = reverse("credentialing:network_policies")
    form = Decide(
        request.POST or None, initial={"from_date": timezone.localdate(), "topic": DIRECTORY}
    )
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        try:
            set_policy(
                actor=request.actor, is_on=data.pop("is_on") == "yes", now=timezone.now(), **data
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Decided. What held before stays on file.")
            return redirect(home)
    context = {
        "form": form, "title": "Decide about the network", "verb": "Decide", "back": home,
        "consequence": f"{DIRECTORY_NOTE} {SUPERVISION_NOTE}",
        "crumbs": [("Network", reverse("credentialing:practice_list")), ("Policies", home),
                   ("Decide", "")],
    }  # fmt: skip
    status = 422 if form.errors else 200
    return render(request, "credentialing/staff/confirm_page.html", context, status=status)
