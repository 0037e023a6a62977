"""A record on two days, and what changed: of contracts, members, practitioners and people."""

from datetime import date, datetime, timedelta

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from compliance.queries.as_of import versions
from compliance.rules.as_of import SAME, Difference, difference
from ipaportal.audit.access import declare_members, shows_members
from ipaportal.core.parts import Change, Column
from ipaportal.core.words import iso_text
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from ipaportal.identity.web.fields import day_input

DAYS = 30
WRITTEN = (
    Column("part", "Part"),
    Column("title", "Of"),
    Column("state", "State"),
    Column("field", "Field"),
    Column("before", "Before"),
    Column("after", "After"),
    Column("at", "Recorded"),
    Column("by", "By"),
)


class TwoDays(forms.Form):
    """Two days; each is meant as it ended."""

    before = forms.DateField(label="As known on", widget=day_input())
    after = forms.DateField(label="and on", widget=day_input())

    def clean(self) -> dict[str, object]:
        data = super().clean()
        if data.get("before") and data.get("after") and data["before"] > data["after"]:
            self.add_error("after", "The second day is the later one.")
        return data


@requires("capitation.view_contracts")
def contract_as_of(request: PortalRequest, contract_id: int) -> HttpResponse:
    """A contract's terms and rates on two days."""
    return _page(request, "contract", contract_id, "capitation:contract_detail")


@requires("capitation.view_members")
@shows_members()
def member_as_of(request: PortalRequest, member_id: int) -> HttpResponse:
    """A member's coverage, PCP, status, score and home on two days."""
    declare_members(request, [member_id])
    return _page(request, "member", member_id, "capitation:member_detail")


@requires("credentialing.view_files")
def practitioner_as_of(request: PortalRequest, practitioner_id: int) -> HttpResponse:
    """A practitioner, their credentials and where they take part, on two days."""
    return _page(request, "practitioner", practitioner_id, "credentialing:practitioner_file")


@requires("identity.see_people")
def person_as_of(request: PortalRequest, user_id: int) -> HttpResponse:
    """An account and its roles on two days."""
    return _page(request, "person", user_id, "identity:person_detail")


def _page(request: PortalRequest, kind: str, pk: int, back: str) -> HttpResponse:
    today = timezone.localdate()
    usual = {"before": today - timedelta(days=DAYS), "after": today}
    form = TwoDays(request.GET if "before" in request.GET else None, initial=usual)
    days = form.cleaned_data if form.is_valid() else usual
    name, found = _found(request, kind, pk, days)
    if wants_file(request):
        return as_file(request, WRITTEN, _written(found), f"{kind}-as-of")
    rows = [{"one": one, "changes": _changes(one), "at": _at(one)} for one in found]
    shown = [row for row in rows if row["one"].state != SAME]
    same = [row for row in rows if row["one"].state == SAME and row["one"].part != "Rates"]
    context = {
        "name": name,
        "days": days,
        "form": form,
        "shown": shown,
        "same": same,
        "rates": sum(1 for one in found if one.state == SAME and one.part == "Rates"),
        "files": export_urls(request),
        "crumbs": [(name, reverse(back, args=[pk])), ("On two days", "")],
    }
    status = 422 if form.errors else 200
    return render(request, "compliance/as_of.html", context, status=status)


def _found(
    request: PortalRequest, kind: str, pk: int, days: dict[str, date]
) -> tuple[str, list[Difference]]:
    told = []
    for day in (days["before"], days["after"]):
        ended = timezone.make_aware(datetime.combine(day + timedelta(days=1), datetime.min.time()))
        try:
            told.append(versions(actor=request.actor, kind=kind, pk=pk, moment=ended, day=day))
        except LookupError as missing:
            raise Http404 from missing
    return told[1][0], difference(told[0][1], told[1][1])


def _changes(one: Difference) -> list[Change]:
    told = [field for field in one.fields if field.before or field.after]
    return [Change(f"{f.name[:1].upper()}{f.name[1:]}", f.before, f.after) for f in told]


def _at(one: Difference) -> str:
    return iso_text(timezone.localtime(one.at)) if one.at else ""


def _written(found: list[Difference]) -> list[dict[str, object]]:
    return [
        {**vars(one), "field": field.name, "before": field.before, "after": field.after,
         "at": _at(one)}
        for one in found
        for field in one.fields
        if field.is_changed
    ]  # fmt: skip
