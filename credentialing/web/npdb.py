"""The report of a suspension to the NPDB before its action is final, and its revision."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from credentialing.actions.npdb import record_summary
from credentialing.models import Suspension
from credentialing.queries.adverse import RECORD
from credentialing.queries.npdb import Summary, summary_of
from credentialing.rules.npdb import REVISION_RULE, SUMMARY_RULE, Word, reportable_from
from credentialing.web.hearing_forms import SummaryReport
from ipaportal.core.parts import FactItem
from ipaportal.core.refusals import Refused
from ipaportal.core.words import plural
from ipaportal.identity.web.access import PortalRequest, requires


@requires(RECORD)
def suspension_report(request: PortalRequest, suspension_id: int) -> HttpResponse:
    """Record by its number that a suspension of more than 30 days was reported, or revised."""
    rows = Suspension.objects.select_related("practitioner", "facility")
    row = rows.filter(pk=suspension_id).first()
    if row is None:
        raise Http404
    found, who = summary_of(row), row.practitioner or row.facility
    today, home = timezone.localdate(), reverse("credentialing:docket")
    form = SummaryReport(request.POST or None, initial={"on_date": today})
    if request.method == "POST" and form.is_valid():
        try:
            record_summary(actor=request.actor, suspension_id=row.pk, now=timezone.now(),
                           **form.cleaned_data)  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "In the register.")
            return redirect("credentialing:npdb_register")
    word = found.counted.word(today) if found is not None else Word.OTHER
    context = {
        "form": form, "who": who, "back": home, "facts": _facts(row, found),
        "verb": "Record the revision" if word is Word.TO_REVISE else "Record the report",
        "consequence": REVISION_RULE if word is Word.TO_REVISE else SUMMARY_RULE,
        "crumbs": [("Adverse actions", home), (f"Suspension of {who}", "")],
    }  # fmt: skip
    status = 422 if form.errors else 200
    return render(request, "credentialing/staff/adverse_new.html", context, status=status)


def _facts(row: Suspension, found: Summary | None) -> list[FactItem]:
    if found is None:
        note = "it is a facility's, began by itself, or with a final action that has its own report"
        return [FactItem("Suspended from", row.effective_date, "day"),
                FactItem("Stands", Word.OTHER.value, note=note)]  # fmt: skip
    today, one = timezone.localdate(), found.counted
    facts = [
        FactItem("Suspended from", one.began, "day"),
        FactItem("Lasted", plural(one.days(today), "day")),
        FactItem("Reported from", reportable_from(one.began), "day"),
        FactItem("Stands", one.word(today).value),
    ]
    if one.due(today) is not None and one.word(today) is not Word.COUNTING:
        facts.append(FactItem("By", one.due(today), "day"))
    return facts
