"""Complaints about a practitioner or a facility, as their file counts them."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from credentialing.actions.complaints import close_complaint, record_complaint
from credentialing.models import Complaint, Facility, Practitioner
from credentialing.web.file_forms import day_field
from ipaportal.core.parts import Column, Empty, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.identity.web.access import PortalRequest, requires

WORK = "credentialing.work_files"
COLUMNS = (
    Column("case", "Case"),
    Column("kind", "About"),
    Column("source", "From"),
    Column("received", "Received", "day"),
    Column("outcome", "Came to", "status"),
    Column("by", "Recorded by", minor=True),
)


class Heard(forms.Form):
    """A complaint by its number."""

    case_number = forms.CharField(
        label="Number of the case", max_length=60,
        help_text="No member's name and nothing of their health: those stay with the case.",
    )  # fmt: skip
    kind = forms.ChoiceField(label="About", choices=Complaint.Kind.choices)
    source = forms.ChoiceField(label="From", choices=Complaint.Source.choices)
    received_date = day_field("Received")


class CameTo(forms.Form):
    """What came of a complaint."""

    complaint = forms.ModelChoiceField(None, label="Case")
    outcome = forms.ChoiceField(label="Came to", choices=Complaint.Outcome.choices)

    def __init__(self, *args: object, holder: Practitioner | Facility, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["complaint"].queryset = holder.complaints.filter(outcome="")


@requires(WORK)
def practitioner_complaints(request: PortalRequest, practitioner_id: int) -> HttpResponse:
    """Complaints about a practitioner."""
    who = Practitioner.objects.filter(pk=practitioner_id).first()
    return _complaints(request, who, "practitioner")


@requires(WORK)
def facility_complaints(request: PortalRequest, facility_id: int) -> HttpResponse:
    """Complaints about a facility."""
    return _complaints(request, Facility.objects.filter(pk=facility_id).first(), "facility")


def _complaints(
    request: PortalRequest, holder: Practitioner | Facility | None, of: str
) -> HttpResponse:
    if holder is None:
        raise Http404
    bound: dict[str, forms.Form] = {}
    if request.method == "POST":
        answer, bound = _sent(request, holder, of)
        if answer is not None:
            return answer
    kinds = {"heard": Heard, "came": lambda: CameTo(holder=holder)}
    titles = {"heard": "Record a complaint", "came": "Say what came of one"}
    name = "practitioner_file" if of == "practitioner" else "facility_detail"
    home = reverse(f"credentialing:{name}", args=[holder.pk])
    empty = Empty(
        "No complaint", "What is recorded here counts in the level of the next file (NCQA CR 5)."
    )
    rows = [_row(one) for one in holder.complaints.all()]
    table = list_rows(rows, COLUMNS, {}, caption="Complaints", empty=empty, page_size=500)
    context = {
        "title": f"Complaints about {holder}",
        "forms": [(do, titles[do], bound.get(do) or kinds[do](), do in bound) for do in kinds],
        "tables": {"complaints": table},
        "crumbs": [("Files", reverse("credentialing:file_list")), (str(holder), home),
                   ("Complaints", "")],
    }  # fmt: skip
    status = 422 if bound else 200
    return render(request, "credentialing/staff/place_forms.html", context, status=status)


def _sent(
    request: PortalRequest, holder: Practitioner | Facility, of: str
) -> tuple[HttpResponse | None, dict[str, forms.Form]]:
    do, common = request.POST.get("do", "heard"), {"actor": request.actor, "now": timezone.now()}
    form = CameTo(request.POST, holder=holder) if do == "came" else Heard(request.POST)
    if form.is_valid():
        data = dict(form.cleaned_data)
        try:
            if do == "came":
                close_complaint(
                    complaint_id=data["complaint"].pk, outcome=data["outcome"], **common
                )
            else:
                record_complaint(**{f"{of}_id": holder.pk}, **data, **common)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Recorded.")
            return redirect(request.path), {}
    return None, {"came" if do == "came" else "heard": form}


def _row(one: Complaint) -> dict[str, object]:
    return {
        "case": one.case_number,
        "kind": one.get_kind_display().capitalize(),
        "source": one.get_source_display(),
        "received": one.received_date,
        "outcome": one.get_outcome_display() or "open",
        "by": one.recorded_by_name,
    }
