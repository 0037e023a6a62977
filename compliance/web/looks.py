"""Days on which somebody looked at members in an unusual way, and what came of each."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from capitation.queries.members import member_rows
from compliance.actions.looks import review_look
from compliance.models import Case, UnusualLook
from compliance.queries.cases import case_of_look
from compliance.queries.looks import REVIEW, last_night, unusual_looks
from compliance.rules.looking import CITATION, OUTCOMES, REASONS
from ipaportal.audit.access import declare_members, shows_members
from ipaportal.core.parts import Chip, Column, Empty, FactItem, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file

TITLE = "Unusual access"
COLUMNS = (
    Column("day", "Day", "day", sort="day"),
    Column("who", "Who", "link", sort="who"),
    Column("state", "State", "status", sort="state"),
    Column("why", "Why it is asked", wide=True),
    Column("looks", "Looks", "count", sort="looks"),
    Column("members", "Members", "count", sort="members"),
    Column("found", "What was found", wide=True, minor=True),
)
REASON_COLUMNS = (
    Column("name", "Reason"),
    Column("count", "How many", "count"),
    Column("text", "What was compared", wide=True),
)
MEMBER_COLUMNS = (
    Column("name", "Member", "link"),
    Column("number", "Plan's number"),
    Column("plan", "Plan"),
)


class Review(forms.Form):
    """What came of it."""

    outcome = forms.ChoiceField(choices=list(OUTCOMES.items()), label="It is")
    text = forms.CharField(
        max_length=1000, label="What you found", widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Whom you asked, and why it was in order or not. Name no member.",
    )  # fmt: skip
    case_number = forms.CharField(
        max_length=40,
        required=False,
        label="Number of the case",
        help_text="Where one was opened, and you may see it: nobody else reads here which it is.",
    )


@requires(REVIEW)
def unusual_list(request: PortalRequest) -> HttpResponse:
    """Every unusual day, those that wait first."""
    all_ = [_row(one) for one in unusual_looks(actor=request.actor)]
    show, why = request.GET.get("show", ""), request.GET.get("why", "")
    asked = request.GET.get("q", "").strip().casefold()
    rows = [
        row for row in all_
        if (not show or row["state"] == ("waits" if show == "waits" else OUTCOMES.get(show)))
        and (not why or why in row["keys"])
        and (not asked or asked in f"{row['who']} {row['why']} {row['found']}".casefold())
    ]  # fmt: skip
    rows.sort(key=lambda row: row["state"] != "waits")
    if wants_file(request):
        return as_file(request, COLUMNS, rows, "unusual-access")
    chips = [Chip("show", "", "All", len(all_)), Chip("show", "waits", "Waits",
             sum(1 for row in all_ if row["state"] == "waits"))]  # fmt: skip
    chips += [Chip("show", key, name.capitalize()) for key, name in OUTCOMES.items()]
    chips += [
        Chip("why", "" if why == key else key, name, count)
        for key, name in REASONS.items()
        if (count := sum(1 for row in all_ if key in row["keys"]))
    ]
    night = last_night()
    context = {
        "listing": list_rows(
            rows, COLUMNS, request.GET, caption=TITLE, chips=chips,
            empty=Empty(
                "Nothing to ask about",
                "Every night the portal looks at who opened whose record the day before. Nobody "
                "did so in an unusual way, or none of this choice.",
            ),
            **export_urls(request),
        ),
        "night": night,
        "citation": CITATION,
        "may_report": request.actor.may("compliance.view_looks"),
        "crumbs": [("Compliance", reverse("compliance:desk")), (TITLE, "")],
    }  # fmt: skip
    return render(request, "compliance/unusual_list.html", context)


def _row(one: UnusualLook) -> dict[str, object]:
    return {
        "day": one.day,
        "who": one.user_name,
        "state": one.get_outcome_display() or "waits",
        "why": ", ".join(REASONS[key] for key in one.keys),
        "keys": one.keys,
        "looks": one.looks,
        "members": one.members,
        "found": one.text,
        "url": reverse("compliance:unusual_detail", args=[one.pk]),
    }


@requires(REVIEW)
@shows_members()
def unusual_detail(request: PortalRequest, unusual_id: int) -> HttpResponse:
    """One person's day: the reasons, the members they name, and what came of it."""
    look = unusual_looks(actor=request.actor).filter(pk=unusual_id).first()
    if look is None:
        raise Http404
    may_report = request.actor.may("compliance.view_looks")
    # Whoever judges needs to know whom a look was about only as far as they may see members.
    shown = look.member_ids if may_report else []
    declare_members(request, shown)
    form = Review(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            review_look(
                actor=request.actor, look_id=look.pk, now=timezone.now(), **form.cleaned_data
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Recorded in your name.")
            return redirect("compliance:unusual_list")
    reasons = [{**one, "name": REASONS[one["key"]]} for one in look.reasons]
    context = {
        "look": look,
        "facts": _facts(look, may_report, case_of_look(actor=request.actor, look_id=look.pk)),
        "listing": list_rows(reasons, REASON_COLUMNS, {}, caption="Reasons"),
        "members": list_rows(_members(shown), MEMBER_COLUMNS, {}, caption="Members") if shown
        else None,
        "form": form if look.reviewed_at is None else None,
        "crumbs": [
            ("Compliance", reverse("compliance:desk")),
            (TITLE, reverse("compliance:unusual_list")),
            (str(look), ""),
        ],
    }  # fmt: skip
    status = 422 if form.errors else 200
    return render(request, "compliance/unusual_detail.html", context, status=status)


def _facts(look: UnusualLook, may_report: bool, case: Case | None) -> list[FactItem]:
    day = f"{look.day}"
    url = reverse("compliance:person_looks", args=[look.user_id])
    only = f"{url}?first={day}&last={day}" if may_report else ""
    facts = [
        FactItem("Looks", look.looks, "count", url=only),
        FactItem("Different members", look.members, "count"),
    ]
    if look.reviewed_at:
        facts += [
            FactItem("It is", look.get_outcome_display(), "status", note=look.case_number),
            # Which case is told to those alone who may see it.
            *(
                [
                    FactItem(
                        "The case",
                        case.number,
                        url=reverse("compliance:case_detail", args=[case.pk]),
                    )
                ]
                if case
                else []
            ),
            FactItem("Said by", look.reviewed_by_name, note=f"{look.reviewed_at:%Y-%m-%d}"),
        ]
    return facts


def _members(ids: list[int]) -> list[dict[str, object]]:
    return [
        {
            "name": row.name or "no name yet",
            "number": row.plan_member_id,
            "plan": row.payer_name,
            "url": reverse("compliance:member_looks", args=[row.member_id]),
        }
        for row in member_rows(ids)
    ]
