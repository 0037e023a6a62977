"""Who asked how physicians are paid: a plan's survey, a member, CMS; and what they were told."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from capitation.models import Payer
from capitation.queries.members import member_rows
from compliance.actions.incentive_requests import (
    content_of,
    give_answer,
    record_asked,
    seen_digest,
)
from compliance.models import IncentiveRequest
from compliance.queries.incentive_plans import VIEW
from compliance.queries.incentive_requests import incentive_requests
from compliance.rules.incentive_disclosures import CITATION, SURVEY
from compliance.rules.incentive_tiers import TIER_WORDS, Tier
from compliance.web.ehr_parts import form_page
from compliance.web.incentive_plans import crumbs
from ipaportal.audit.access import declare_members, shows_members
from ipaportal.core.parts import Chip, Column, Empty, FactItem, list_rows, matching
from ipaportal.core.refusals import Refused
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from ipaportal.identity.web.fields import day_input

ANSWER, TITLE = "compliance.answer_incentives", "Who asked"
COLUMNS = (
    Column("who", "Who asked", "link", sort="who"),
    Column("plan", "Plan", minor=True),
    Column("asked", "Came", "day", sort="asked"),
    Column("due", "To be answered by", "day", sort="due"),
    Column("words", "How", wide=True),
    Column("state", "State", "status", sort="state"),
    Column("given", "Given", "day", sort="given"),
)
LINES = (
    Column("paid", "Who is paid"),
    Column("payer", "By"),
    Column("tier", "Tier", minor=True),
    Column("affects", "Rests on referrals", "status"),
    Column("kinds", "How"),
    Column("withhold_pct", "Withheld %"),
    Column("bonus_pct", "Bonus %"),
    Column("panel", "Patients", "count"),
    Column("pooling", "Pooled", wide=True),
    Column("answer", "Substantial risk", "status"),
    Column("stop_loss", "Stop-loss", wide=True),
)


class Asked(forms.Form):
    """Who asked, and by when."""

    asker = forms.ChoiceField(label="Who asked", choices=IncentiveRequest.Asker.choices)
    payer = forms.ModelChoiceField(Payer.objects.none(), label="Plan")
    member_number = forms.CharField(
        label="Member's number with the plan", max_length=40, required=False,
        help_text="Where a member asked.",
    )  # fmt: skip
    asked_date = forms.DateField(label="Day it came", widget=day_input())
    due_date = forms.DateField(label="To be answered by", required=False, widget=day_input())
    words = forms.CharField(label="How it was asked", max_length=300)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["payer"].queryset = Payer.objects.select_related("party")


class Given(forms.Form):
    """That what was read is what was given."""

    seen_digest = forms.CharField(widget=forms.HiddenInput)
    how = forms.CharField(
        label="How it was given", max_length=300, help_text="For example: by letter, or the "
        "plan's own form filled in from this page.",
    )  # fmt: skip


@requires(VIEW)
@shows_members()
def incentive_request_list(request: PortalRequest) -> HttpResponseBase:
    """Everybody who asked, open ones first."""
    found = list(incentive_requests(request.actor))
    found.sort(key=lambda row: row.given_at is not None)
    names = _names(request, found)
    show = request.GET.get("show", "")
    rows = [_row(one, names) for one in found if show != "open" or not one.given_at]
    rows = matching(rows, request.GET.get("q", ""), "who", "plan")
    if wants_file(request):
        return as_file(request, COLUMNS, rows, "asked-of-incentives")
    open_ = sum(1 for one in found if not one.given_at)
    context = {
        "listing": list_rows(
            rows, COLUMNS, request.GET, caption=TITLE,
            chips=[Chip("show", "", "All", len(found)), Chip("show", "open", "Open", open_)],
            empty=Empty(
                "Nobody asked", "Any member of a plan may ask how physicians are paid, and plans "
                "ask once a year. Record that it came; the answer is written from the tiers.",
            ),
            **export_urls(request),
        ),
        "may_answer": request.actor.may(ANSWER), "citation": CITATION, "survey": SURVEY,
        "crumbs": crumbs((TITLE, "")),
    }  # fmt: skip
    return render(request, "compliance/incentive_requests.html", context)


def _names(request: PortalRequest, found: list[IncentiveRequest]) -> dict[int, str]:
    """The members among those who asked, whose names a page is about to show."""
    ids = [one.member_id for one in found if one.member_id]
    declare_members(request, ids)
    return {row.member_id: row.name or row.plan_member_id for row in member_rows(ids)}


def _row(one: IncentiveRequest, names: dict[int, str]) -> dict[str, object]:
    late = one.due_date is not None and one.due_date < timezone.localdate()
    return {
        "who": names.get(one.member_id) or one.get_asker_display().capitalize(),
        "plan": one.payer.party.name, "asked": one.asked_date, "due": one.due_date,
        "words": one.words, "given": one.given_at.date() if one.given_at else None,
        "state": "answered" if one.given_at else "overdue" if late else "open",
        "url": reverse("compliance:incentive_request", args=[one.pk]),
    }  # fmt: skip


@requires(ANSWER)
def incentive_request_new(request: PortalRequest) -> HttpResponse:
    """Record that somebody asked."""
    back = reverse("compliance:incentive_request_list")
    form = Asked(request.POST or None)

    def do(data: dict[str, object]) -> str:
        payer = data.pop("payer")
        record_asked(actor=request.actor, payer_id=payer.pk, now=timezone.now(), **data)
        return "Recorded. Open it to read what they are told, and give it."

    return form_page(
        request, form, do, title="Somebody asked how physicians are paid", verb="Record it",
        back=back, trail=crumbs((TITLE, back), ("Record", "")),
    )  # fmt: skip


@requires(VIEW)
@shows_members()
def incentive_request(request: PortalRequest, incentive_request_id: int) -> HttpResponseBase:
    """What one is told: as it would be today, or as it was given."""
    row = get_object_or_404(incentive_requests(request.actor), pk=incentive_request_id)
    content = _content(request, row)
    rows = [_line(line) for line in content.get("lines", ())]
    if wants_file(request) and rows:
        declare_members(request, [])
        return as_file(request, LINES, rows, "incentive-plan-survey")
    form = None
    if not row.given_at and request.actor.may(ANSWER):
        form = Given(initial={"seen_digest": seen_digest(content)})
    return _shown(request, row, form)


@require_POST
@requires(ANSWER)
@shows_members()
def incentive_request_give(request: PortalRequest, incentive_request_id: int) -> HttpResponse:
    """Keep that what was read is what was given."""
    row = get_object_or_404(incentive_requests(request.actor), pk=incentive_request_id)
    form = Given(request.POST)
    if form.is_valid():
        try:
            give_answer(
                actor=request.actor, request_id=row.pk, how=form.cleaned_data["how"],
                seen=form.cleaned_data["seen_digest"], today=timezone.localdate(),
                now=timezone.now(),
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Kept, as it was given.")
            return redirect("compliance:incentive_request", row.pk)
    return _shown(request, row, form)


def _content(request: PortalRequest, row: IncentiveRequest) -> dict[str, object]:
    return row.given or content_of(row, actor=request.actor, today=timezone.localdate())


def _shown(request: PortalRequest, row: IncentiveRequest, form: Given | None) -> HttpResponse:
    names, content = _names(request, [row]), _content(request, row)
    rows = [_line(line) for line in content.get("lines", ())]
    context = {
        "row": row, "title": _row(row, names)["who"], "sentences": content.get("sentences"),
        "listing": list_rows(rows, LINES, request.GET, caption="Tier by tier",
                             **export_urls(request)) if rows else None,
        "facts": _facts(row, names), "form": form, "citation": content["citation"],
        "survey": SURVEY, "crumbs": crumbs(
            (TITLE, reverse("compliance:incentive_request_list")), (str(row), "")),
    }  # fmt: skip
    status = 422 if form is not None and form.errors else 200
    return render(request, "compliance/incentive_request.html", context, status=status)


def _line(line: dict[str, object]) -> dict[str, object]:
    return {
        **line, "tier": TIER_WORDS[Tier(line["tier"])], "kinds": ", ".join(line["kinds"]),
        "stop_loss": "; ".join(line["stop_loss"]) or "none on file",
    }  # fmt: skip


def _facts(row: IncentiveRequest, names: dict[int, str]) -> list[FactItem]:
    facts = [
        FactItem("Who asked", names.get(row.member_id) or row.get_asker_display().capitalize()),
        FactItem("Plan", row.payer.party.name),
        FactItem("Came", row.asked_date, "day", row.words),
    ]
    if row.due_date:
        facts.append(FactItem("To be answered by", row.due_date, "day"))
    if row.given_at:
        facts += [
            FactItem("Given", row.given_at.date(), "day", row.given_how),
            FactItem("By", row.given_by_name, note=f"digest {row.given_sha256[:12]}"),
        ]
    return facts
