"""Encounters expected and received: every PCP, one PCP's months, the claims of a month, a rule."""

from datetime import date
from fractions import Fraction

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from compliance.actions.encounters import expect_encounters
from compliance.models import EncounterExpectation
from compliance.queries.claims import OWN, VIEW
from compliance.queries.encounters import (
    by_pcp,
    funnel,
    members_unseen,
    months_to,
    own_pcps,
    pcp_months,
    visit_claims,
)
from compliance.rules.encounters import (
    COMES,
    DEFAULT,
    LEAST_MEMBER_MONTHS,
    MISSING,
    PcpMonth,
    share,
    year_state,
)
from compliance.web.claims import COLUMNS as CLAIM_COLUMNS
from compliance.web.claims import shown
from credentialing.models import Practitioner
from ipaportal.audit.access import declare_members, shows_members
from ipaportal.core.months import month_name, parse_month
from ipaportal.core.parts import Chip, Column, Empty, FactItem, Listing, list_rows, matching
from ipaportal.core.pictures import Against, Picture, against
from ipaportal.core.words import tenths_text
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from ipaportal.identity.web.fields import day_input

EXPECT = "compliance.expect_encounters"
TITLE = "Encounters"
PCPS = (
    Column("name", "PCP", "link", sort="name"),
    Column("specialty", "Specialty", sort="specialty", minor=True),
    Column("member_months", "Member-months", "count", sort="member_months"),
    Column("expected", "Expected", sort="expected_of"),
    Column("received", "Received", "count", sort="received"),
    Column("share", "Share"),
    Column("missing", "Months missing", "count", sort="missing"),
    Column("unseen", "Members without a visit", "count", sort="unseen"),
    Column("state", "State", "status", sort="state"),
)
MONTHS = (
    Column("name", "Month", "link", sort="month"),
    Column("members", "Members", "count"),
    Column("expected", "Expected"),
    Column("received", "Received", "count"),
    Column("share", "Share"),
    Column("seen", "Members seen", "count"),
    Column("last_day", "Due", "day"),
    Column("state", "State", "status"),
    Column("rule", "By", wide=True),
)
STEPS = (
    Column("words", "How far they came", "link"),
    Column("claims", "Claims", "count"),
    Column("cents", "Charged at", "money"),
)
RULES = (
    Column("whom", "Specialty"),
    Column("month", "From", "month"),
    Column("per_1000", "Visits per 1,000 member-months"),
    Column("days", "Days to send them in", "count"),
    Column("source", "Where it comes from", wide=True),
    Column("by", "Entered by", minor=True),
)
WORDS = {"received": "received", "taken": "taken, not sent back", "passed": "passed on to the plan",
         "accepted": "accepted by the plan"}  # fmt: skip
MEMBERS = (Column("name", "Member", "link"), Column("note", "What is known", wide=True))
TEACH = Empty(
    "Nobody has members yet",
    "Once members are assigned to PCPs, every month says how many visits to expect of them, and "
    "how many came as claims or encounters.",
)


class Expect(forms.Form):
    """A rule: how many, from which month on, and where that comes from."""

    specialty = forms.CharField(
        max_length=100, required=False, label="Specialty",
        help_text="As it stands with the PCP; empty: all that have no rule of their own.",
    )  # fmt: skip
    month = forms.DateField(label="From the month of", widget=day_input())
    per_1000 = forms.DecimalField(
        label="Visits per 1,000 member-months", min_value=1, max_value=20000, decimal_places=2
    )
    days = forms.IntegerField(
        label="Days after the month to send them in", min_value=1, max_value=400
    )
    source = forms.CharField(
        max_length=300, label="Where the figure comes from",
        help_text="A contract's clause, or a published rate with its year.",
    )  # fmt: skip
    is_verified = forms.BooleanField(required=False, label="I read the source myself")


@requires(VIEW)
def encounter_list(request: PortalRequest) -> HttpResponse:
    """Every PCP's year: expected, received, months that are missing, members without a visit."""
    today = timezone.localdate()
    found = pcp_months(today)
    unseen = members_unseen(today)
    rows = _pcp_rows(found, {pcp: len(those) for pcp, those in unseen.items()})
    missing = [row for row in rows if row["missing"] or row["state"] in MISSING]
    chosen = missing if request.GET.get("show") == "missing" else rows
    chosen = matching(chosen, request.GET.get("q", ""), "name", "specialty")
    if wants_file(request):
        return as_file(request, PCPS, chosen, f"encounters-{months_to(today)[-1]:%Y-%m}")
    here, passed = reverse("compliance:claim_list"), reverse("compliance:plan_batches")
    steps = [
        {
            "words": WORDS[key],
            "claims": count,
            "cents": cents,
            "url": passed if key in ("passed", "accepted") else here,
        }
        for key, count, cents in funnel(request.actor, today)
    ]
    context = {
        "months": months_to(today), "picture": _picture(found, ""),
        "unverified": any(not one.expectation.is_verified for one in found),
        "source": DEFAULT.source, "least": LEAST_MEMBER_MONTHS,
        "may_expect": request.actor.may(EXPECT),
        "steps": list_rows(steps, STEPS, {}, caption="How far they came"),
        "rules": _rules(),
        "listing": list_rows(
            chosen, PCPS, request.GET, caption="PCPs",
            chips=[Chip("show", "", "All", len(rows)),
                   Chip("show", "missing", "Fewer than expected", len(missing))],
            empty=TEACH if not rows else Empty("Nobody here", "No PCP of this choice."),
            **export_urls(request),
        ),
        "crumbs": [("Claims", here), (TITLE, "")],
    }  # fmt: skip
    return render(request, "compliance/encounters.html", context)


def _rules() -> Listing:
    rows = [
        {"whom": one.specialty or "everybody else", "month": one.effective_date,
         "per_1000": f"{one.per_1000.normalize():f}", "days": one.days,
         "source": one.source if one.is_verified else f"{one.source} (unverified)",
         "by": one.recorded_by_name}
        for one in EncounterExpectation.objects.all()[:200]
    ]  # fmt: skip
    return list_rows(
        rows, RULES, {}, caption="What is expected", page_size=200,
        empty=Empty("No rule was entered", f"Until then: {DEFAULT.source}."),
    )  # fmt: skip


def _pcp_rows(found: list[PcpMonth], unseen: dict[int, int]) -> list[dict[str, object]]:
    groups = by_pcp(found)
    people = Practitioner.objects.in_bulk(groups)
    return [
        {
            "name": f"{people[pcp].last_name}, {people[pcp].first_name}",
            "specialty": people[pcp].specialty, **_year(months), "unseen": unseen.get(pcp, 0),
            "url": reverse("compliance:encounter_pcp", args=[pcp]),
        }
        for pcp, months in groups.items()
    ]  # fmt: skip


def _year(months: list[PcpMonth]) -> dict[str, object]:
    """Sums of the months that are due; what still comes is not held against anybody."""
    due = [one for one in months if one.state != COMES]
    expected = sum((one.expected for one in due), Fraction(0))
    received = sum(one.received for one in due)
    missing = [one for one in due if one.state in MISSING]
    return {
        "member_months": sum(one.members for one in due), "expected_of": expected,
        "expected": tenths_text(expected), "received": received, "share": share(received, expected),
        "missing": len(missing), "state": year_state(due),
    }  # fmt: skip


def _picture(found: list[PcpMonth], address: str) -> Picture:
    """Twelve months of all these PCPs together, or of one whose months have addresses."""
    groups: dict[date, list[PcpMonth]] = {}
    for one in found:
        groups.setdefault(one.month, []).append(one)
    bars = [
        Against(
            month, sum(one.received for one in rows),
            sum((one.expected for one in rows), Fraction(0)),
            is_open=all(one.state == COMES for one in rows),
            is_short=any(one.state in MISSING for one in rows) if address else False,
            href=reverse(address, args=[rows[0].pcp, f"{month:%Y-%m}"]) if address else "",
        )
        for month, rows in sorted(groups.items())
    ]  # fmt: skip
    return against(
        bars, title="Visits received against expected", counted="Received", empty=TEACH.line
    )


@requires(VIEW)
@shows_members()
def encounter_pcp(request: PortalRequest, encounter_pcp_id: int) -> HttpResponseBase:
    """One PCP's twelve months, and the members of whom nothing came."""
    return _pcp_page(request, encounter_pcp_id, "compliance:encounter_month")


def _pcp_page(request: PortalRequest, pcp: int, address: str) -> HttpResponseBase:
    today = timezone.localdate()
    found = pcp_months(today, [pcp])
    who = Practitioner.objects.filter(pk=pcp).first()
    if who is None or not found:
        raise Http404
    rows = _month_rows(found, address)
    if wants_file(request):
        declare_members(request, [])
        return as_file(request, MONTHS, rows, f"encounters-{who.npi}")
    unseen = members_unseen(today).get(pcp, [])
    year = _year(found)
    context = {
        "who": who, "picture": _picture(found, address),
        "unverified": any(not one.expectation.is_verified for one in found),
        "source": DEFAULT.source, "least": LEAST_MEMBER_MONTHS,
        "facts": [
            FactItem("State", year["state"], "status"),
            FactItem("Member-months that are due", year["member_months"], "count"),
            FactItem("Expected of them", year["expected"]),
            FactItem("Received", year["received"], "count", note=str(year["share"])),
            FactItem("Members of a whole year without a visit", len(unseen), "count"),
        ],
        "listing": list_rows(rows, MONTHS, {}, caption="Months", page_size=12,
                             **export_urls(request)),
        "members": _members(request, unseen),
        "crumbs": [("Claims", reverse("compliance:claim_list")),
                   (TITLE, reverse("compliance:encounter_list")), (str(who), "")],
    }  # fmt: skip
    return render(request, "compliance/encounter_pcp.html", context)


def _month_rows(found: list[PcpMonth], address: str) -> list[dict[str, object]]:
    return [
        {
            "name": month_name(one.month), "month": one.month, "members": one.members,
            "expected": tenths_text(one.expected), "received": one.received, "seen": one.seen,
            "share": share(one.received, one.expected), "last_day": one.last_day,
            "state": one.state, "rule": f"{one.expectation.per_1000.normalize():f} per 1,000 · "
            f"{one.expectation.source}",
            "url": reverse(address, args=[one.pcp, f"{one.month:%Y-%m}"]),
        }
        for one in reversed(found)
    ]  # fmt: skip


def _members(request: PortalRequest, unseen: list[int]) -> Listing:
    listing = list_rows(
        [{"name": f"Member {pk}", "note": "no claim of this PCP within the year",
          "url": reverse("capitation:member_detail", args=[pk])} for pk in unseen],
        MEMBERS, request.GET, caption="Members without a visit",
        empty=Empty("Everybody was seen", "Of every member of a whole year a claim came."),
    )  # fmt: skip
    declare_members(request, unseen)
    return listing


@requires(VIEW)
@shows_members()
def encounter_month(request: PortalRequest, encounter_pcp_id: int, month: str) -> HttpResponseBase:
    """The claims that tell one PCP's visits of one month."""
    back = reverse("compliance:encounter_pcp", args=[encounter_pcp_id])
    return _month_page(request, encounter_pcp_id, month, VIEW, back)


def _month_page(
    request: PortalRequest, pcp: int, month: str, permission: str, back: str
) -> HttpResponseBase:
    who = Practitioner.objects.filter(pk=pcp).first()
    try:
        day = parse_month(month)
    except ValueError:
        day = None
    if who is None or day is None:
        raise Http404
    detail = "compliance:claim_detail" if permission == VIEW else "compliance:own_claim"
    found = visit_claims(request.actor, permission, pcp, day)
    if wants_file(request):
        return as_file(request, CLAIM_COLUMNS, shown(request, list(found), detail),
                       f"visits-{who.npi}-{day:%Y-%m}")  # fmt: skip
    listing = list_rows(
        found, CLAIM_COLUMNS, request.GET, caption="Claims that tell the visits",
        empty=Empty("No claim", "Of this month no claim or encounter of this PCP has come for a "
                    "member who was assigned to them."),
        **export_urls(request),
    )  # fmt: skip
    listing.rows[:] = shown(request, listing.rows, detail)
    top = [("Claims", reverse("compliance:claim_list")),
           (TITLE, reverse("compliance:encounter_list"))] if permission == VIEW else [
           ("Billing records", reverse("compliance:own_claims")),
           (TITLE, reverse("compliance:own_encounters"))]  # fmt: skip
    context = {"listing": listing, "who": who, "month": day,
               "crumbs": [*top, (str(who), back), (month_name(day), "")]}  # fmt: skip
    return render(request, "compliance/encounter_month.html", context)


@requires(OWN)
def own_encounters(request: PortalRequest) -> HttpResponse:
    """What a practice reads of its own PCPs: which months are missing, and until when."""
    today = timezone.localdate()
    found = pcp_months(today, own_pcps(request.actor, OWN, today))
    people = Practitioner.objects.in_bulk({one.pcp for one in found})
    panels = [
        {
            "who": people[pcp], "year": _year(months),
            "picture": _picture(months, "compliance:own_encounter_month"),
            "listing": list_rows(
                _month_rows(months, "compliance:own_encounter_month"), MONTHS, {},
                caption=str(people[pcp]), page_size=12,
            ),
        }
        for pcp, months in by_pcp(found).items()
    ]  # fmt: skip
    if wants_file(request):
        rows = [{"pcp": str(people[one.pcp]), **row}
                for one, row in zip(found, _flat(found), strict=True)]  # fmt: skip
        return as_file(request, (Column("pcp", "PCP"), *MONTHS), rows, "encounters")
    context = {
        "panels": panels, "empty": TEACH, "source": DEFAULT.source, "least": LEAST_MEMBER_MONTHS,
        "unverified": any(not one.expectation.is_verified for one in found),
        "crumbs": [("Billing records", reverse("compliance:own_claims")), (TITLE, "")],
        **export_urls(request),
    }  # fmt: skip
    return render(request, "compliance/own_encounters.html", context)


def _flat(found: list[PcpMonth]) -> list[dict[str, object]]:
    return list(reversed(_month_rows(found, "compliance:own_encounter_month")))


@requires(OWN)
@shows_members()
def own_encounter_month(request: PortalRequest, own_pcp_id: int, month: str) -> HttpResponseBase:
    """The practice's claims that tell one PCP's visits of one month."""
    if own_pcp_id not in own_pcps(request.actor, OWN, timezone.localdate()):
        raise Http404
    return _month_page(request, own_pcp_id, month, OWN, reverse("compliance:own_encounters"))


@requires(EXPECT)
def encounter_expect(request: PortalRequest) -> HttpResponse:
    """Enter what is expected, with its source."""
    form = Expect(request.POST or None)
    if request.method == "POST" and form.is_valid():
        expect_encounters(actor=request.actor, now=timezone.now(), **form.cleaned_data)
        messages.success(request, "It holds from that month on.")
        return redirect("compliance:encounter_list")
    context = {
        "form": form, "title": "What is expected", "verb": "Let it hold",
        "back": reverse("compliance:encounter_list"),
        "crumbs": [("Claims", reverse("compliance:claim_list")),
                   (TITLE, reverse("compliance:encounter_list")), ("What is expected", "")],
    }  # fmt: skip
    return render(request, "compliance/form.html", context, status=422 if form.errors else 200)
