"""Counting by the codes on packages: scanned or photographed, looked at, and then recorded."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from ipaportal.core.refusals import Refused
from ipaportal.core.words import plural
from ipaportal.identity.web.access import PortalRequest, requires
from purchasing.actions.receiving import MOST_SCANS, receive_scanned, sorted_texts
from purchasing.queries.sites import locations_of
from purchasing.rules.scans import Sorted
from purchasing.web.shop import crumbs, shop_tabs

RECEIVE = "purchasing.receive_packs"


class ScanForm(forms.Form):
    """What was scanned, one code in a line; what the receiver saw comes back with it."""

    office = forms.TypedChoiceField(label="Office", coerce=int)
    codes = forms.CharField(
        label="Codes", strip=False, max_length=MOST_SCANS * 200,
        help_text="One in a line. A scanner ends each with Enter; off the package you may type "
        "(01)…(17)…(10)….",
        widget=forms.Textarea(
            attrs={"class": "code scans", "rows": 4, "autocomplete": "off", "autofocus": True,
                   "autocapitalize": "none", "spellcheck": "false", "data-scans": True}
        ),
    )  # fmt: skip
    seen_packs = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: object, offices: list[tuple[int, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["office"].choices = offices
        if len(offices) == 1:
            self.fields["office"].widget = forms.HiddenInput()
            self.fields["office"].initial = offices[0][0]

    def texts(self) -> list[str]:
        """Each code; not by lines as Python knows them, for what parts fields would part codes."""
        written = self.cleaned_data["codes"].replace("\r\n", "\n").replace("\r", "\n")
        return [line for line in written.split("\n") if line.strip()]

    def clean_codes(self) -> str:
        written = self.cleaned_data["codes"]
        if written.count("\n") > MOST_SCANS:
            raise forms.ValidationError(
                f"At most {MOST_SCANS} codes at once. Nothing was read. Record these in parts."
            )
        return written


@requires(RECEIVE)
def scan_packs(request: PortalRequest) -> HttpResponse:
    """Scan what came: first it is said what would be recorded, then it is recorded."""
    offices = [(one.pk, f"{one.practice}, {one.line}") for one in locations_of(request.actor)]
    form = ScanForm(request.POST or None, offices=offices)
    found: Sorted | None = None
    if request.method == "POST" and form.is_valid():
        asked = {"texts": form.texts(), "location_id": form.cleaned_data["office"]}
        try:
            if request.POST.get("do") == "record":
                made = receive_scanned(
                    actor=request.actor, seen_packs=form.cleaned_data["seen_packs"] or 0,
                    now=timezone.now(), today=timezone.localdate(), **asked,
                )  # fmt: skip
                messages.success(request, _recorded(made))
                return redirect("purchasing:delivery_list")
        except Refused as refusal:
            form.add_error(None, str(refusal))
        found = sorted_texts(actor=request.actor, today=timezone.localdate(), **asked)
    context = {
        "form": form,
        "found": found,
        "packs": sum(one.packs for one in found.parcels) if found else 0,
        "refused": [{"text": shown_code(text), "why": why} for text, _, why in found.refused]
        if found
        else [],
        "tabs": shop_tabs(request, "delivery_list"),
        "crumbs": crumbs(("Deliveries", reverse("purchasing:delivery_list")), ("Scan", "")),
    }
    answer = render(request, "purchasing/provider/scan_packs.html", context,
                    status=422 if form.errors else 200)  # fmt: skip
    answer.headers["Permissions-Policy"] = _with_camera()
    return answer


def _with_camera() -> str:
    """What this page alone may ask the browser for: the camera, besides what all pages may."""
    return ", ".join(
        "camera=(self)" if one == "camera=()" else one for one in settings.PERMISSIONS_POLICY
    )


def shown_code(text: str) -> str:
    """A code with its invisible character as a word."""
    return text.replace("\x1d", "<GS>")[:120]


def _recorded(made: list) -> str:
    packs = sum(one.packs for one in made)
    return f"Recorded: {plural(packs, 'pack')} in order, in {plural(len(made), 'receipt')}."
