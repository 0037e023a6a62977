"""Delegation on pages: agreements, and the calendar of what is owed both ways."""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from compliance.actions.delegations import (
    add_report,
    deliver_report,
    end_agreement,
    record_agreement,
)
from compliance.models import DelegationAgreement, DueReport, ReportDelivery
from compliance.queries.delegations import Owed, agreements, calendar, members_in, owed
from compliance.rules.audits import FUNCTIONS
from compliance.rules.delegations import DIRECTIONS, EVERY_WORDS, OWES
from compliance.rules.universes import NAMES, SOURCE
from compliance.web.audit_forms import PAPER, file_of
from compliance.web.audits import paper
from ipaportal.audit.access import declare_members, shows_members
from ipaportal.audit.models import AccessEvent
from ipaportal.core.parts import Chip, Column, Empty, FactItem, list_rows, matching
from ipaportal.core.refusals import Refused
from ipaportal.core.words import sentence
from ipaportal.identity.models import Party
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from ipaportal.identity.web.fields import day_input
from ipaportal.identity.web.stored import stored_file

VIEW = "compliance.view_delegation"
MANAGE = "compliance.manage_delegation"
DELIVER = "compliance.deliver_reports"
AGREEMENTS = (
    Column("party", "With", "link", sort="party"),
    Column("direction", "Direction", sort="direction"),
    Column("functions", "What is delegated", wide=True),
    Column("source", "Where it is written"),
    Column("start", "Since", "day", sort="start"),
    Column("end", "Until before", "day", sort="end"),
    Column("reports", "Reports", "count"),
    Column("flags", "Marks", minor=True),
)
OWED = (
    Column("report", "Report", "link", sort="report"),
    Column("party", "With", sort="party"),
    Column("owes", "Who owes it", sort="owes"),
    Column("first", "From", "day", sort="first"),
    Column("last", "Until", "day"),
    Column("due", "Due", "day", sort="due"),
    Column("state", "State", "status", sort="state"),
    Column("delivered", "Sent or received", "day"),
    Column("problems", "Faults", "count", minor=True),
    Column("file", "File", "link", url="file_url", opens_page=True, minor=True),
)
# On the page of one agreement, where it is always the same party.
CALENDAR = tuple(one for one in OWED if one.key not in ("party", "owes"))
OPEN = ("overdue", "invalid")
SHOWN = {
    "open": lambda row: row["state"] in OPEN,
    "soon": lambda row: row["state"] == "due soon",
    "to_us": lambda row: row["direction"] == "to_us",
    "from_us": lambda row: row["direction"] == "from_us",
    "late_ours": lambda row: row["state"] in OPEN and row["direction"] == "to_us",
    "late_theirs": lambda row: row["state"] in OPEN and row["direction"] == "from_us",
}


class NewAgreement(forms.Form):
    """What is delegated, by whom to whom."""

    direction = forms.ChoiceField(label="Direction", choices=list(DIRECTIONS.items()))
    party = forms.ModelChoiceField(Party.objects.none(), label="With")
    functions = forms.MultipleChoiceField(
        label="What is delegated",
        choices=list(FUNCTIONS.items()),
        widget=forms.CheckboxSelectMultiple,
    )
    source = forms.CharField(
        label="Where it is written", max_length=300, help_text="Contract, exhibit, date."
    )
    effective_date = forms.DateField(label="First day", widget=day_input())
    end_date = forms.DateField(label="First day no longer", widget=day_input(), required=False)
    baa_date = forms.DateField(
        label="Business associate agreement signed on", widget=day_input(), required=False
    )
    may_subdelegate = forms.BooleanField(label="They may delegate further", required=False)
    is_offshore = forms.BooleanField(label="Some of it is done offshore", required=False)
    evidence = forms.FileField(label="The agreement", required=False, help_text=PAPER)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        kinds = [Party.Kind.PAYER, Party.Kind.PRACTICE, Party.Kind.SUPPLIER]
        self.fields["party"].queryset = Party.objects.filter(kind__in=kinds).order_by("name")


class NewReport(forms.Form):
    """One line of the calendar."""

    name = forms.CharField(label="Report", max_length=200)
    function = forms.ChoiceField(label="Of")
    every = forms.ChoiceField(label="How often", choices=list(EVERY_WORDS.items()))
    days = forms.IntegerField(label="Days after the period", min_value=0, max_value=366)
    layout = forms.ChoiceField(
        label="Layout",
        required=False,
        choices=[("", "none: a paper"), *((code, f"{code}: {name}")
                                          for code, name in NAMES.items())],
        help_text="With a layout the file is checked before it is recorded as sent.",
    )  # fmt: skip

    def __init__(self, *args: object, agreement: DelegationAgreement, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["function"].choices = [(one, FUNCTIONS[one]) for one in agreement.functions]


class Deliver(forms.Form):
    """A report that was sent, or came."""

    period = forms.TypedChoiceField(label="Of the time")
    delivered_date = forms.DateField(label="Sent or received on", widget=day_input())
    text = forms.CharField(label="How, and to whom", max_length=500)
    file = forms.FileField(label="The file")

    def __init__(self, *args: object, rows: list[Owed], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        today = timezone.localdate()
        begun = [row for row in rows if row.period.first <= today]
        self.fields["period"].choices = [
            (f"{row.period.first}", f"{row.period.first} to {row.period.last}: {row.state}")
            for row in sorted(begun, key=lambda one: one.delivery is not None)
        ]
        self.periods = {f"{row.period.first}": row.period.first for row in begun}


class End(forms.Form):
    """From when on nothing is delegated."""

    end_date = forms.DateField(label="First day no longer", widget=day_input())


def _crumbs(*more: tuple[str, str]) -> list[tuple[str, str]]:
    return [
        ("Compliance", reverse("compliance:desk")),
        ("Delegated duties", reverse("compliance:calendar")),
        *more,
    ]


@requires(VIEW)
def calendar_page(request: PortalRequest) -> HttpResponse:
    """Everything that we owe plans and that others owe us, by the day it is due."""
    rows = [_owed(one) for one in calendar(actor=request.actor, today=timezone.localdate())]
    keep = SHOWN.get(request.GET.get("show", ""), lambda _row: True)
    whose = request.GET.get("party", "")
    shown = [row for row in rows if keep(row) and (not whose or whose == f"{row['party_id']}")]
    shown = matching(shown, request.GET.get("q", ""), "report", "party")
    shown.sort(key=lambda row: row["state"] not in OPEN)  # then by day
    if wants_file(request):
        return as_file(request, OWED, shown, "delegated-duties")
    listing = list_rows(
        shown,
        OWED,
        request.GET,
        caption="Reports",
        chips=[
            Chip("show", "", "All", len(rows)),
            *(Chip("show", code, label, sum(map(SHOWN[code], rows))) for code, label in (
                ("open", "Overdue or invalid"), ("soon", "Due soon"), ("to_us", "We owe"),
                ("from_us", "Owed to us"))),
        ],
        empty=Empty(
            "No report is due",
            "An agreement says what is delegated; its calendar says which reports are due when.",
        ),
        **export_urls(request),
    )  # fmt: skip
    late = sum(map(SHOWN["open"], rows))
    context = {"listing": listing, "late": late, "crumbs": _crumbs()[:1]}
    return render(request, "compliance/calendar.html", context)


def _owed(one: Owed) -> dict[str, object]:
    agreement, sent = one.report.agreement, one.delivery
    return {
        "report": one.report.name,
        "party": agreement.party.name,
        "party_id": agreement.party_id,
        "direction": agreement.direction,
        "owes": OWES[agreement.direction],
        "first": one.period.first,
        "last": one.period.last,
        "due": one.period.due,
        "state": one.state,
        "delivered": sent.delivered_date if sent else None,
        "problems": len(sent.problems) if sent else None,
        "file": "the file" if sent else "",
        "file_url": reverse("compliance:delivery_file", args=[sent.pk]) if sent else "",
        "url": reverse("compliance:agreement_detail", args=[agreement.pk]),
    }


@requires(VIEW)
def agreement_list(request: PortalRequest) -> HttpResponse:
    """Agreements of both directions."""
    rows = [_agreement(one) for one in agreements(actor=request.actor)]
    show = request.GET.get("show", "")
    shown = [row for row in rows if not show or row["code"] == show]
    shown = matching(shown, request.GET.get("q", ""), "party", "functions", "source")
    if wants_file(request):
        return as_file(request, AGREEMENTS, shown, "agreements")
    may_manage = request.actor.may(MANAGE)
    listing = list_rows(
        shown,
        AGREEMENTS,
        request.GET,
        caption="Agreements",
        chips=[
            Chip("show", "", "All", len(rows)),
            *(Chip("show", code, sentence(words),
                   sum(row["code"] == code for row in rows))
              for code, words in DIRECTIONS.items()),
        ],
        empty=Empty(
            "No agreement stands here",
            "An agreement says which functions a plan gave to us, or we to somebody else.",
            "Record an agreement" if may_manage else "",
            reverse("compliance:agreement_new") if may_manage else "",
        ),
        **export_urls(request),
    )  # fmt: skip
    context = {"listing": listing, "may_manage": may_manage, "crumbs": _crumbs()}
    return render(request, "compliance/agreement_list.html", context)


def _agreement(one: DelegationAgreement) -> dict[str, object]:
    marks = (("may delegate further", one.may_subdelegate), ("offshore", one.is_offshore),
             ("no BAA on file", one.baa_date is None))  # fmt: skip
    return {
        "party": one.party.name,
        "code": one.direction,
        "direction": DIRECTIONS[one.direction],
        "functions": ", ".join(FUNCTIONS[code] for code in one.functions),
        "source": one.source,
        "start": one.effective_date,
        "end": one.end_date,
        "reports": one.reported,
        "flags": ", ".join(words for words, is_so in marks if is_so),
        "url": reverse("compliance:agreement_detail", args=[one.pk]),
    }


def _one(request: PortalRequest, agreement_id: int) -> DelegationAgreement:
    found = agreements(actor=request.actor).filter(pk=agreement_id).first()
    if found is None:
        raise Http404
    return found


@requires(VIEW)
def agreement_detail(request: PortalRequest, agreement_id: int) -> HttpResponse:
    """One agreement: what is delegated, its calendar, and what was sent or came."""
    one = _one(request, agreement_id)
    rows = [_owed(row) for row in owed(one.reports.all(), timezone.localdate())]
    letter = reverse("compliance:agreement_file", args=[one.pk]) if one.evidence_sha256 else ""
    told = _agreement(one)
    context = {
        "agreement": one,
        "functions": told["functions"],
        "facts": [
            FactItem("Direction", told["direction"]),
            FactItem("Where it is written", one.source, note="the paper" if letter else "",
                     url=letter),
            FactItem("Since", one.effective_date, "day"),
            FactItem("Until before", one.end_date or "no end", "day" if one.end_date else "text"),
            FactItem("Business associate agreement", one.baa_date or "none on file",
                     "day" if one.baa_date else "text"),
            FactItem("May delegate further", "yes" if one.may_subdelegate else "no"),
            FactItem("Offshore", "some of it" if one.is_offshore else "none"),
        ],
        "reports": one.reports.all(),
        "listing": list_rows(rows, CALENDAR, request.GET, caption="Calendar") if rows else None,
        "may_manage": request.actor.may(MANAGE),
        "may_deliver": request.actor.may(DELIVER),
        "crumbs": _crumbs((one.party.name, "")),
    }  # fmt: skip
    return render(request, "compliance/agreement_detail.html", context)


@requires(VIEW)
def agreement_file(request: PortalRequest, agreement_id: int) -> HttpResponseBase:
    """The paper of an agreement."""
    one = _one(request, agreement_id)
    return paper(one.evidence_sha256, one.evidence_name)


def _form(request: PortalRequest, form, title: str, verb: str, crumbs: list, note: str = ""):
    context = {"form": form, "title": title, "verb": verb, "back": crumbs[-1][1], "note": note,
               "files": True, "crumbs": [*crumbs, (title, "")]}  # fmt: skip
    return render(request, "compliance/form.html", context, status=422 if form.errors else 200)


def _done(request: PortalRequest, form, said: str, act: Callable) -> object:
    """Do it and lead to the agreement that it gives; a refusal stands at the form."""
    try:
        agreement_id = act()
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return None
    messages.success(request, said)
    return redirect("compliance:agreement_detail", agreement_id)


@requires(MANAGE)
def agreement_new(request: PortalRequest) -> HttpResponse:
    """Record an agreement."""
    form = NewAgreement(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        party = data.pop("party")
        data["evidence"], data["evidence_name"] = file_of(form, "evidence")
        answer = _done(request, form, "Recorded. Next is its calendar.", lambda: record_agreement(
            actor=request.actor, party_id=party.pk, now=timezone.now(), **data,
        ).pk)  # fmt: skip
        if answer:
            return answer
    here = [*_crumbs(), ("Agreements", reverse("compliance:agreement_list"))]
    return _form(request, form, "Record an agreement", "Record it", here)


def _here(one: DelegationAgreement) -> list[tuple[str, str]]:
    return _crumbs((one.party.name, reverse("compliance:agreement_detail", args=[one.pk])))


@requires(MANAGE)
def agreement_end(request: PortalRequest, agreement_id: int) -> HttpResponse:
    """End an agreement."""
    one = _one(request, agreement_id)
    form = End(request.POST or None)
    if request.method == "POST" and form.is_valid():
        answer = _done(request, form, "It ends.", lambda: end_agreement(
            actor=request.actor, agreement_id=one.pk, now=timezone.now(), **form.cleaned_data,
        ).pk)  # fmt: skip
        if answer:
            return answer
    note = "Reports of times that begin on that day or later are due no more. It ends once."
    return _form(request, form, "End the agreement", "End it", _here(one), note)


@requires(MANAGE)
def report_new(request: PortalRequest, agreement_id: int) -> HttpResponse:
    """Put a report into the calendar."""
    one = _one(request, agreement_id)
    form = NewReport(request.POST or None, agreement=one)
    if request.method == "POST" and form.is_valid():
        answer = _done(request, form, "It stands in the calendar.", lambda: add_report(
            actor=request.actor, agreement_id=one.pk, now=timezone.now(), **form.cleaned_data,
        ).agreement_id)  # fmt: skip
        if answer:
            return answer
    return _form(request, form, "Put a report into the calendar", "Put it in", _here(one), SOURCE)


@requires(DELIVER)
def report_deliver(request: PortalRequest, report_id: int) -> HttpResponse:
    """Record that a report was sent, or came."""
    reports = DueReport.objects.select_related("agreement__party").filter(pk=report_id)
    if not reports:
        raise Http404
    one = reports[0]
    form = Deliver(
        request.POST or None, request.FILES or None, rows=owed(reports, timezone.localdate())
    )
    if request.method == "POST" and form.is_valid():
        told, (data, name) = form.cleaned_data, file_of(form, "file")
        answer = _done(request, form, "Recorded, with its file.", lambda: deliver_report(
            actor=request.actor, report_id=one.pk, period_date=form.periods[told["period"]],
            delivered_date=told["delivered_date"], text=told["text"], data=data, name=name,
            now=timezone.now(),
        ).report.agreement_id)  # fmt: skip
        if answer:
            return answer
    note = f"Checked as {one.layout}: {SOURCE}." if one.layout else PAPER
    verb = "It was sent" if one.agreement.direction == "to_us" else "It came"
    return _form(request, form, one.name, verb, _here(one.agreement), note)


@requires(MANAGE)
@shows_members(AccessEvent.Kind.EXPORT)
def delivery_file(request: PortalRequest, delivery_id: int) -> HttpResponseBase:
    """The file of a report as it was sent or came."""
    row = ReportDelivery.objects.select_related("report").filter(pk=delivery_id).first()
    if row is None:
        raise Http404
    declare_members(request, members_in(row.file_sha256) if row.report.layout else [])
    kind = "csv" if row.report.layout else "pdf"
    return stored_file(row.file_sha256, f"report-{row.pk}.{kind}")
