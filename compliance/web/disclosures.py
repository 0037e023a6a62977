"""What left about members: recorded, searched, and accounted for to whoever asks."""

from datetime import date

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from capitation.models import Payer
from compliance.actions.disclosures import record_disclosure, void_disclosure
from compliance.formats.accounting import render_account
from compliance.models import Disclosure
from compliance.queries.disclosures import (
    VIEW,
    Account,
    disclosures,
    member_account,
    numbered,
    taken_file,
)
from compliance.rules.disclosures import BY_KEY, CITATION, PURPOSES, Line
from compliance.rules.looking import page_name
from ipaportal.audit.access import Kind, declare_members, shows_members
from ipaportal.audit.models import AccessEvent
from ipaportal.core.parts import Chip, Column, Empty, FactItem, list_rows, matching
from ipaportal.core.refusals import Refused
from ipaportal.core.words import plural
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from ipaportal.identity.web.fields import day_asked, day_input
from ipaportal.identity.web.stored import made_file

RECORD = "compliance.record_disclosures"
TITLE = "Disclosures"
COLUMNS = (
    Column("made", "Left", "day", sort="made"),
    Column("recipient", "To whom", "link", sort="recipient", wide=True),
    Column("description", "What", wide=True),
    Column("purpose", "Why", sort="purpose", wide=True),
    Column("state", "Member's account", "status"),
    Column("members", "Members", "count", sort="members"),
    Column("by", "Recorded by", minor=True),
)
LINES = (
    Column("when", "Date", sort="first"),
    Column("recipient", "To whom", sort="recipient"),
    Column("address", "Address"),
    Column("description", "What was disclosed", wide=True),
    Column("purpose", "Why"),
    Column("words", "In words", wide=True),
)


class Record(forms.Form):
    """A disclosure, as 164.528(b)(2) asks for it."""

    made_date = forms.DateField(label="Day it left", widget=day_input())
    recipient = forms.CharField(max_length=200, label="To whom")
    recipient_address = forms.CharField(
        max_length=300, required=False, label="Their address, if it is known"
    )
    description = forms.CharField(
        max_length=500, label="What left", help_text="A kind of record and its time, no diagnosis."
    )
    purpose = forms.ChoiceField(
        label="Purpose",
        choices=[
            ("Told to the member who asks", [(p.key, f"{p.name} ({p.citation})")
                                             for p in PURPOSES if p.is_accounted]),
            ("Not told", [(p.key, f"{p.name} ({p.citation})")
                          for p in PURPOSES if not p.is_accounted]),
        ],
    )  # fmt: skip
    words = forms.CharField(
        max_length=500, label="Why, in words", help_text="Or which request it answers."
    )
    suspended_until = forms.DateField(
        required=False, label="An agency asks not to tell before", widget=day_input()
    )
    suspended_because = forms.CharField(
        max_length=300, required=False, label="The agency's statement"
    )
    is_oral = forms.BooleanField(
        required=False, label="It was said, not written", help_text="Then for thirty days at most."
    )


class RecordByNumber(Record):
    """The same by hand: of whom, by the plan's numbers."""

    payer = forms.ModelChoiceField(Payer.objects.none(), label="Plan of the members")
    numbers = forms.CharField(
        label="Plan's numbers of the members", help_text="One a line, whole.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )  # fmt: skip

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["payer"].queryset = Payer.objects.select_related("party")

    def clean(self) -> dict[str, object]:
        data = super().clean()
        payer, told = data.get("payer"), data.get("numbers", "").split()
        if payer and told:
            known = numbered(payer, told)
            lines = [str(n) for n, one in enumerate(told, 1) if one not in known]
            if lines:
                self.add_error("numbers", f"The plan has no such member: line {', '.join(lines)}.")
            data["member_ids"] = sorted(known.values())
        return data


class Void(forms.Form):
    """Why it was an error."""

    reason = forms.CharField(max_length=500, label="Why it was recorded in error")


@requires(VIEW)
def disclosure_list(request: PortalRequest) -> HttpResponse:
    """Everything that left, the newest first."""
    show = request.GET.get("show", "")
    all_ = [_row(one) for one in disclosures(actor=request.actor)]
    rows = [row for row in all_ if not show or row["state"] == SHOWN.get(show)]
    rows = matching(rows, request.GET.get("q", ""), "recipient", "description", "purpose", "words")
    if wants_file(request):
        return as_file(request, COLUMNS, rows, "disclosures")
    chips = [Chip("show", "", "All", len(all_))]
    chips += [
        Chip("show", key, word.capitalize(), sum(1 for row in all_ if row["state"] == word))
        for key, word in SHOWN.items()
    ]
    context = {
        "listing": list_rows(
            rows, COLUMNS, request.GET, caption=TITLE, chips=chips,
            empty=Empty(
                "Nothing left",
                "What the portal hands to a plan is recorded by itself. What leaves by another "
                "way, by mail or by court order, is recorded here by hand.",
            ),
            **export_urls(request),
        ),
        "may_record": request.actor.may(RECORD),
        "citation": CITATION,
        "crumbs": [("Compliance", reverse("compliance:desk")), (TITLE, "")],
    }  # fmt: skip
    return render(request, "compliance/disclosure_list.html", context)


SHOWN = {"told": "told", "exempt": "exempt", "later": "told later", "void": "taken back"}


def _state(one: Disclosure) -> str:
    if one.voided_at:
        return "taken back"
    if not BY_KEY[one.purpose].is_accounted:
        return "exempt"
    later = one.suspended_until and timezone.localdate() < one.suspended_until
    return "told later" if later else "told"


def _row(one: Disclosure) -> dict[str, object]:
    return {
        "made": one.made_date,
        "recipient": one.recipient,
        "description": one.description,
        "purpose": one.get_purpose_display(),
        "words": one.words,
        "state": _state(one),
        "members": len(one.member_ids),
        "by": one.recorded_by_name,
        "url": reverse("compliance:phi_disclosure_detail", args=[one.pk]),
    }


@requires(RECORD)
@shows_members()
def disclosure_new(request: PortalRequest) -> HttpResponse:
    """Record what left, of members that are named, or of a file that somebody took."""
    declare_members(request, [])
    taken = _taken(request)
    kind = Record if taken else RecordByNumber
    given = (
        {"made_date": taken.at.date(), "description": page_name(taken.view_name)} if taken else {}
    )
    form = kind(request.POST or None, initial=given)
    if request.method == "POST" and form.is_valid():
        told = {key: value for key, value in form.cleaned_data.items()
                if key not in ("payer", "numbers")}  # fmt: skip
        if taken:
            told |= {"member_ids": taken.member_ids, "source": f"access:{taken.pk}"}
        try:
            row = record_disclosure(actor=request.actor, now=timezone.now(), **told)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"Recorded for {plural(len(row.member_ids), 'member')}.")
            return redirect("compliance:phi_disclosure_detail", row.pk)
    note = f"The file that {taken.actor_name} took on {taken.at:%Y-%m-%d} shows " \
           f"{plural(len(taken.member_ids), 'member')}." if taken else ""  # fmt: skip
    context = {
        "form": form, "title": "Record a disclosure", "verb": "Record it", "note": note,
        "back": reverse("compliance:phi_disclosure_list"), "crumbs": _crumbs("Record a disclosure"),
    }  # fmt: skip
    status = 422 if form.errors else 200
    return render(request, "compliance/form.html", context, status=status)


def _taken(request: PortalRequest) -> AccessEvent | None:
    """The file of the log that the address names, if it names one."""
    asked = request.GET.get("taken", "")
    if not asked:
        return None
    is_number = asked.isascii() and asked.isdigit() and len(asked) < 18
    taken = taken_file(actor=request.actor, event_id=int(asked)) if is_number else None
    if taken is None:
        raise Http404
    return taken


def _crumbs(name: str) -> list[tuple[str, str]]:
    return [
        ("Compliance", reverse("compliance:desk")),
        (TITLE, reverse("compliance:phi_disclosure_list")),
        (name, ""),
    ]


@requires(VIEW)
def disclosure_detail(request: PortalRequest, phi_disclosure_id: int) -> HttpResponse:
    """One disclosure; what was recorded in error is taken back here."""
    row = disclosures(actor=request.actor).filter(pk=phi_disclosure_id).first()
    if row is None:
        raise Http404
    form = Void(request.POST or None)
    if request.method == "POST" and request.actor.may(RECORD) and form.is_valid():
        try:
            void_disclosure(
                actor=request.actor, disclosure_id=row.pk, now=timezone.now(), **form.cleaned_data
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Taken back. It stays on record, and no account tells of it.")
            return redirect("compliance:phi_disclosure_list")
    purpose = BY_KEY[row.purpose]
    context = {
        "row": row,
        "state": _state(row),
        "facts": [
            FactItem("Left", row.made_date, "day"),
            FactItem("What", row.description),
            FactItem("Why", purpose.name, note=f"{row.words} · 45 CFR {purpose.citation}"),
            FactItem("Members", len(row.member_ids), "count"),
            FactItem("Address", row.recipient_address or "not known"),
            FactItem("Recorded by", row.recorded_by_name, note=f"{row.recorded_at:%Y-%m-%d}"),
            *([FactItem("Not told before", row.suspended_until, "day", row.suspended_because)]
              if row.suspended_until else []),
            *([FactItem("Taken back by", row.voided_by_name, note=row.void_reason)]
              if row.voided_at else []),
        ],
        "form": form if request.actor.may(RECORD) and not row.voided_at else None,
        "crumbs": _crumbs(str(row)),
    }  # fmt: skip
    status = 422 if form.errors else 200
    return render(request, "compliance/disclosure_detail.html", context, status=status)


def _account(request: PortalRequest, member_id: int, asked: date) -> Account:
    try:
        found = member_account(actor=request.actor, member_id=member_id, asked=asked)
    except LookupError as missing:
        raise Http404 from missing
    declare_members(request, [member_id])
    return found


@requires(VIEW)
@shows_members()
def accounting(request: PortalRequest, member_id: int) -> HttpResponse:
    """What one member is told who asks today, or on another day."""
    found = _account(request, member_id, day_asked(request))
    rows = [_line(one) for one in found.lines]
    if wants_file(request):
        return as_file(request, LINES, rows, f"disclosures-{found.asked}")
    context = {
        "account": found,
        "citation": CITATION,
        "listing": list_rows(
            rows, LINES, request.GET, caption="Disclosures",
            empty=Empty(
                "Nothing to tell",
                "Nothing left about this member in six years that an account has to tell.",
            ),
            **export_urls(request),
        ),
        "facts": [
            FactItem("Told", found.counted, "count"),
            FactItem("Exempt", found.exempt, "count", "treatment, payment, operations and such"),
            FactItem("Told later", found.suspended, "count", "as an agency asked"),
        ],
        "crumbs": _crumbs(found.member.name or found.member.plan_member_id),
    }  # fmt: skip
    return render(request, "compliance/accounting.html", context)


def _line(line: Line) -> dict[str, object]:
    when = f"{line.first}"
    if line.count > 1:
        when = f"{line.first} to {line.last}, {line.count} times"
    return {
        **vars(line),
        "when": when,
        "purpose": f"{BY_KEY[line.purpose].name}, 45 CFR {BY_KEY[line.purpose].citation}",
    }


@requires(VIEW)
@shows_members(Kind.EXPORT)
def accounting_pdf(request: PortalRequest, member_id: int) -> HttpResponse:
    """The account as the member gets it."""
    found = _account(request, member_id, day_asked(request))
    lines = [_line(one) for one in found.lines]
    keys = ("when", "recipient", "address", "description", "purpose", "words")
    data = render_account({
        "ipa": found.ipa,
        "member": found.member.name,
        "number": found.member.plan_member_id,
        "plan": found.member.payer_name,
        "asked": f"{found.asked}",
        "since": f"{found.since}",
        "suspended": found.suspended,
        "citation": CITATION,
        "lines": [{key: one[key] for key in keys} for one in lines],
    })  # fmt: skip
    return made_file(data, "accounting-of-disclosures.pdf", "application/pdf")
