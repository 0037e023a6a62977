"""A practice's own health records: what its EHR sent of its own members."""

from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from compliance.queries.claims import names_of
from compliance.queries.own_records import OWN, own_patients, own_patients_told, own_records
from ipaportal.audit.access import declare_members, shows_members
from ipaportal.core.parts import Chip, Column, Empty, FactItem, list_rows, matching
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file

TITLE = "Health records"
PATIENTS = (
    Column("name", "Member", "link", sort="name", wide=True),
    Column("number", "Member number", sort="number"),
    Column("source", "From", sort="source"),
    Column("records", "Records", "count", sort="records"),
    Column("last_day", "Last day in them", "day", sort="last_day"),
)
RECORDS = (
    Column("first_day", "Day", "day", sort="first_day"),
    Column("kind", "What it is", sort="kind"),
    Column("code", "Code", sort="code"),
    Column("status", "Status", sort="status"),
    Column("npi", "By (NPI)", sort="npi"),
)


@requires(OWN)
@shows_members()
def own_patient_list(request: PortalRequest) -> HttpResponseBase:
    """Members of one's own of whom one's own EHR sent records."""
    rows = [
        {"name": one.name or one.patient.member.plan_member_id,
         "number": one.patient.member.plan_member_id, "source": one.patient.source.name,
         "records": one.records, "last_day": one.last_day, "member_id": one.patient.member_id,
         "url": reverse("compliance:own_patient", args=[one.patient.pk])}
        for one in own_patients_told(request.actor)
    ]  # fmt: skip
    rows = matching(rows, request.GET.get("q", ""), "name", "number", "source")
    if wants_file(request):
        declare_members(request, [row["member_id"] for row in rows])
        return as_file(request, PATIENTS, rows, "health-records")
    listing = list_rows(
        rows, PATIENTS, request.GET, caption=TITLE, default_sort="name",
        empty=Empty(
            "No records yet",
            "What your EHR exports to the IPA stands here, member by member, as soon as it is "
            "known whose it is. Ask the IPA under EHR for an interface if there is none.",
        ),
        **export_urls(request),
    )  # fmt: skip
    declare_members(request, [row["member_id"] for row in listing.rows])
    context = {"listing": listing, "crumbs": [("EHR", reverse("compliance:own_ehr")), (TITLE, "")]}
    return render(request, "compliance/own_patients.html", context)


@requires(OWN)
@shows_members()
def own_patient(request: PortalRequest, own_patient_id: int) -> HttpResponseBase:
    """Everything that counts of one of them, by day."""
    one = get_object_or_404(own_patients(request.actor), pk=own_patient_id)
    declare_members(request, [one.member_id])
    every = own_records(one)
    kinds = sorted(set(every.order_by().values_list("kind", flat=True)))
    kind = request.GET.get("kind", "")
    rows = every.filter(kind=kind) if kind in kinds else every
    if wants_file(request):
        return as_file(request, RECORDS, list(rows), "health-record")
    name = names_of({one.member_id}).get(one.member_id, one.member.plan_member_id)
    context = {
        "name": name,
        "facts": [
            FactItem("Member number", one.member.plan_member_id),
            FactItem("Records that count", len(every), "count"),
            FactItem("From", one.source.name, note="as your EHR sent it"),
        ],
        "listing": list_rows(
            rows, RECORDS, request.GET, caption="Records",
            chips=[Chip("kind", "", "all"), *(Chip("kind", each, each) for each in kinds)],
            empty=Empty("No record", "Nothing of this member counts now."),
            **export_urls(request),
        ),
        "crumbs": [("EHR", reverse("compliance:own_ehr")),
                   (TITLE, reverse("compliance:own_patient_list")), (name, "")],
    }  # fmt: skip
    return render(request, "compliance/own_patient.html", context)
