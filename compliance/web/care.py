"""Care watch: the signs of every PCP beside what was paid, one PCP's year, one number opened."""

from fractions import Fraction

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from compliance.actions.care_reviews import review_concern
from compliance.models import CareConcern, CareReading, CareRound
from compliance.queries.care import (
    Watched,
    concern_state,
    months_read,
    newest_round,
    own_watched,
    watched,
)
from compliance.rules.care_watch import (
    BY_KEY,
    CITATION,
    FAR,
    HIDDEN,
    LEAST_MEMBERS,
    LOOK,
    SIGNS,
    TO_HOLD,
    rate_text,
)
from compliance.web.care_forms import Review
from ipaportal.core.months import month_name, parse_month
from ipaportal.core.parts import Chip, Column, Empty, FactItem, Moment, list_rows, matching
from ipaportal.core.pictures import FunnelPoint, Picture, funnel
from ipaportal.core.refusals import Refused
from ipaportal.core.words import dollars_text
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file

VIEW = "compliance.view_care"
REVIEW = "compliance.review_care"
COLUMNS = (
    Column("name", "PCP", "link", sort="name"),
    Column("practice", "Practice", sort="practice"),
    Column("group", "Peers", sort="group", minor=True),
    Column("members", "Members", "count", sort="members"),
    Column("paid", "Paid in the year $", "money", sort="paid"),
    Column("looks", "Signs", "count", sort="looks"),
    Column("which", "Which", wide=True),
    Column("state", "State", "status", sort="state"),
)
READINGS = (
    Column("name", "Sign", "link"),
    Column("state", "Answer", "status"),
    Column("rate", "Counted"),
    Column("peers_rate", "Peers"),
    Column("count", "Count", "count"),
    Column("expected", "Expected"),
    Column("interval", "Exact interval"),
    Column("why", "Why", wide=True),
)
TEACH = Empty(
    "No care facts yet",
    "Load a file of visits, gaps, referrals, appeals, admissions and grievances by month: each PCP "
    "is then compared with peers, and what cannot be told apart from chance is left out.",
)


@requires(VIEW)
def care_watch(request: PortalRequest) -> HttpResponse:
    """Every PCP of a reading, with the funnel of one sign."""
    of_round = _round(request)
    found = watched(actor=request.actor, of_round=of_round) if of_round else []
    # Whoever asks for a look comes first.
    rows = sorted((_row(one) for one in found), key=lambda row: -row["looks"])
    looks = [row for row in rows if row["looks"]]
    waiting = [row for row in rows if row["state"] in ("waits for review", "stays held")]
    show = request.GET.get("show", "")
    shown = {"look": looks, "held": waiting}.get(show, rows)
    shown = matching(shown, request.GET.get("q", ""), "name", "practice", "group")
    if wants_file(request):
        return as_file(request, COLUMNS, shown, f"care-watch-{_month(of_round)}")
    sign = request.GET.get("sign", "")
    sign = sign if sign in BY_KEY else SIGNS[0].key
    context = {
        "round": of_round, "citation": CITATION, "sign": BY_KEY[sign],
        "signs": [(one, sum(one.key in w.looks for w in found)) for one in SIGNS],
        "picture": _picture(found, sign), "months": [f"{one:%Y-%m}" for one in months_read()],
        "chance": _chance(found), "waiting": len(waiting),
        "may_load": request.actor.may("compliance.load_care"),
        "listing": list_rows(
            shown, COLUMNS, request.GET, caption="PCPs",
            chips=[Chip("show", "", "All", len(rows)),
                   Chip("show", "look", "Ask for a look", len(looks)),
                   Chip("show", "held", "Bonus held", len(waiting))],
            empty=TEACH if not rows else Empty("Nobody here", "No PCP of this choice."),
            **export_urls(request),
        ),
        "crumbs": [("Compliance", reverse("compliance:desk")), ("Care watch", "")],
    }  # fmt: skip
    return render(request, "compliance/care_watch.html", context)


def _round(request: PortalRequest) -> CareRound | None:
    try:
        month = parse_month(request.GET.get("month", ""))
    except ValueError:
        return newest_round()
    found = newest_round(month)
    if found is None:
        raise Http404
    return found


def _month(of_round: CareRound | None) -> str:
    return f"{of_round.month:%Y-%m}" if of_round else "none"


def _row(one: Watched) -> dict[str, object]:
    panel = one.panel
    return {
        "name": one.name, "practice": ", ".join(p.name for p in one.practices),
        "group": panel.peer_group or "no specialty", "members": panel.members,
        "paid": panel.paid_cents,
        "looks": len(one.looks), "which": ", ".join(BY_KEY[key].name for key in one.looks),
        "state": one.state, "url": reverse("compliance:care_pcp", args=[one.practitioner.pk]),
    }  # fmt: skip


def _chance(found: list[Watched]) -> str:
    """How many signs chance alone would raise, so that nobody takes one for a verdict."""
    read = sum(r.state != HIDDEN for one in found for r in one.readings.values())
    return f"{read / 40:.0f}" if read else ""


def _picture(found: list[Watched], key: str) -> Picture:
    sign, points = BY_KEY[key], []
    for one in found:
        reading = one.readings.get(key)
        if reading is None or not reading.expected:
            continue
        expected = Fraction(reading.expected)
        share = Fraction(0) if sign.is_rate else expected / reading.base
        reach = Fraction(FAR * float(Fraction(reading.scatter) * (1 - share) / expected) ** 0.5)
        points.append(FunnelPoint(
            one.name, reading.count, expected, 1 - reach, 1 + reach, reading.state == LOOK,
            reverse("compliance:care_reading", args=[reading.pk]),
        ))  # fmt: skip
    return funnel(points, title=sign.name)


@requires(VIEW)
def care_pcp(request: PortalRequest, watched_pcp_id: int) -> HttpResponse:
    """One PCP's year: every sign, the concern, its reviews, and the form of one."""
    of_round = _round(request)
    found = of_round and watched(
        actor=request.actor, of_round=of_round, practitioner_ids=[watched_pcp_id]
    )
    if not found:
        raise Http404
    one = found[0]
    concern = one.concern
    may_review = request.actor.may(REVIEW) and concern and concern_state(concern) != "released"
    context = {
        "one": one, "round": of_round, "citation": CITATION, "concern": concern,
        "facts": _facts(one, of_round), "state": one.state,
        "listing": list_rows(_readings(one), READINGS, {}, caption="Signs"),
        "history": _history(watched_pcp_id),
        "form": Review() if may_review else None,
        "crumbs": [*crumbs(), (one.name, "")],
    }  # fmt: skip
    return render(request, "compliance/care_pcp.html", context)


def crumbs() -> list[tuple[str, str]]:
    return [("Compliance", reverse("compliance:desk")),
            ("Care watch", reverse("compliance:care_watch"))]  # fmt: skip


def _facts(one: Watched, of_round: CareRound) -> list[FactItem]:
    panel = one.panel
    pmpm = round(Fraction(panel.paid_cents, panel.member_months))
    return [
        FactItem("State", one.state, "status"),
        FactItem("Twelve months to", month_name(of_round.month)),
        FactItem("Peers", panel.peer_group or "no specialty"),
        FactItem("Members over the year", panel.members, "count",
                 note=f"{panel.member_months} member-months"),
        FactItem("Capitation for them", panel.paid_cents, "money",
                 note=f"{dollars_text(pmpm)} a member-month; never held for this"),
    ]  # fmt: skip


def _readings(one: Watched) -> list[dict[str, object]]:
    rows = [one.readings[sign.key] for sign in SIGNS if sign.key in one.readings]
    return [
        {
            "name": BY_KEY[r.sign].name, "state": r.state, "why": r.why,
            "rate": own_rate(r), "peers_rate": peers_rate(r),
            "count": r.count if r.state != HIDDEN else None,
            "expected": f"{r.expected:.1f}" if r.expected is not None else "",
            "interval": f"{r.low:.1f} to {r.high:.1f}" if r.low is not None else "",
            "url": reverse("compliance:care_reading", args=[r.pk]),
        }
        for r in rows
    ]  # fmt: skip


def own_rate(reading: CareReading) -> str:
    """Small numbers are not shown: they would point at people."""
    if reading.state == HIDDEN:
        return "hidden"
    return rate_text(BY_KEY[reading.sign], reading.count, reading.base)


def peers_rate(reading: CareReading) -> str:
    if reading.expected is None or not reading.base:
        return ""
    per = 1000 if BY_KEY[reading.sign].is_rate else 100
    unit = "per 1,000" if per == 1000 else "%"
    return f"{per * reading.expected / reading.base:.1f} {unit}"


def _history(practitioner_id: int) -> list[Moment]:
    rows = CareConcern.objects.filter(practitioner=practitioner_id).select_related("round")
    moments = []
    for concern in rows.prefetch_related("reviews"):
        named = ", ".join(BY_KEY[key].name.lower() for key in concern.signs)
        what = f"Year to {concern.round.month:%Y-%m}: {named}"
        moments.append(Moment(concern.opened_at, what, "the portal", "bonus held", "warm"))
        moments += [
            Moment(r.reviewed_at, r.get_outcome_display().capitalize(), r.reviewed_by_name,
                   r.reason, "good" if r.outcome == "release" else "warm")
            for r in concern.reviews.all()
        ]  # fmt: skip
    return sorted(moments, key=lambda one: one.at, reverse=True)


@require_POST
@requires(REVIEW)
def care_review(request: PortalRequest, care_concern_id: int) -> HttpResponse:
    """Keep what the medical director found."""
    concern = CareConcern.objects.filter(pk=care_concern_id).first()
    if concern is None:
        raise Http404
    form = Review(request.POST)
    if not form.is_valid():
        messages.error(request, "Say what you found, and why. Nothing was kept.")
    else:
        try:
            made = review_concern(actor=request.actor, concern_id=concern.pk, now=timezone.now(),
                                  **form.cleaned_data)  # fmt: skip
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"Kept: {made.get_outcome_display()}.")
    return redirect("compliance:care_pcp", concern.practitioner_id)


@requires("compliance.view_own_care")
def own_care(request: PortalRequest) -> HttpResponse:
    """What a practice reads of its own PCPs: the same signs, and what they mean."""
    of_round = newest_round()
    found = own_watched(actor=request.actor, of_round=of_round) if of_round else []
    panels = [
        {
            "one": one, "facts": _facts(one, of_round),
            "listing": list_rows(
                [row | {"url": ""} for row in _readings(one)], READINGS, {}, caption=one.name
            ),
            # Ten rows that say the same tell less than one sentence.
            "hidden": _why_all_hidden(one),
            "is_held": one.concern is not None and concern_state(one.concern) != "released",
        }
        for one in found
    ]  # fmt: skip
    context = {"round": of_round, "panels": panels, "least": LEAST_MEMBERS, "to_hold": TO_HOLD,
               "citation": CITATION, "empty": TEACH}  # fmt: skip
    return render(request, "compliance/own_care.html", context)


def _why_all_hidden(one: Watched) -> str:
    """Why nothing of a PCP can be told apart from chance, where one reason serves for all signs."""
    rows = one.readings.values()
    why = {row.why for row in rows}
    return why.pop() if len(why) == 1 and all(row.state == HIDDEN for row in rows) else ""
