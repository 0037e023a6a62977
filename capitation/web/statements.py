"""Publishing a month's statements, by finance."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from capitation.actions.statements import publish_statements
from capitation.queries.publishing import months_to_publish
from capitation.web.statement_forms import Publish
from ipaportal.core.parts import FactItem
from ipaportal.core.refusals import Refused
from ipaportal.core.words import month_text, plural
from ipaportal.identity.web.access import PortalRequest, requires


@requires("capitation.publish_statements")
def publish(request: PortalRequest) -> HttpResponse:
    """Say what waits to be told, and publish it."""
    months = months_to_publish()
    month = min(months, default=None)
    form = Publish(request.POST or None, initial={"month": f"{month:%Y-%m}" if month else ""})
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data["month"]
        try:
            count = publish_statements(actor=request.actor, month=asked, now=timezone.now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            done = f"{plural(count, 'statement')} of {month_text(asked)} published."
            messages.success(request, done)
            return redirect("capitation:statement_list")
    runs = months.get(month, [])
    context = {
        "form": form,
        "month": month,
        "runs": runs,
        "month_name": month_text(month) if month else "",
        "facts": [
            FactItem(run.contract.name, f"run {run.sequence}", note="posted") for run in runs
        ],
        "crumbs": [("Statements", reverse("capitation:statement_list")), ("Publish", "")],
    }
    status = 422 if form.errors else 200
    return render(request, "capitation/provider/statement_publish.html", context, status=status)
