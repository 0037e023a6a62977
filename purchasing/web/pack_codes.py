"""The bar code of a pack: scanned or typed once, so that offices need not count by hand."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from ipaportal.core.refusals import Refused
from ipaportal.identity.web.access import PortalRequest, requires
from purchasing.actions.pack_codes import record_code
from purchasing.models import PackLevel
from purchasing.web.catalogue import crumbs, found_item

EDIT = "purchasing.edit_catalogue"


class CodeForm(forms.Form):
    """A code, and of which pack it is."""

    level = forms.ModelChoiceField(PackLevel.objects.none(), label="Pack", empty_label=None)
    text = forms.CharField(
        label="Code", max_length=200, strip=False,
        help_text="Scan it, or type the 12 to 14 digits under the bars.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True}),
    )  # fmt: skip
    is_moved = forms.BooleanField(
        label="It was recorded of another pack, and that was wrong", required=False
    )


@requires(EDIT)
def pack_code_new(request: PortalRequest, item_id: int) -> HttpResponse:
    """Record the code of a pack."""
    version = found_item(item_id)
    form = CodeForm(request.POST or None)
    form.fields["level"].queryset = version.item.levels.all()
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            record_code(actor=request.actor, level_id=data["level"].pk, text=data["text"],
                        is_moved=data["is_moved"], now=timezone.now(),
                        today=timezone.localdate())  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Recorded. Scanners find the pack by it from now on.")
            return redirect("purchasing:item_detail", item_id)
    here = (version.name, reverse("purchasing:item_detail", args=[item_id]))
    context = {"form": form, "version": version, "crumbs": crumbs(here, ("Bar code", ""))}
    status = 422 if form.errors else 200
    return render(request, "purchasing/staff/pack_code_new.html", context, status=status)
