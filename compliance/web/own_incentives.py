"""A practice's own: how its physicians and groups are paid, told to the IPA."""

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from compliance.actions.incentive_tiers import attest_arrangement
from compliance.models import IncentiveArrangement
from compliance.rules.incentive_plans import CITATION
from compliance.web.ehr_parts import form_page
from compliance.web.incentive_forms import Attested
from ipaportal.core.parts import Column, Empty, list_rows, matching
from ipaportal.identity.models import Party
from ipaportal.identity.web.access import PortalRequest, fresh_login_to_send, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from ipaportal.identity.web.stored import stored_file

ATTEST, TITLE = "compliance.attest_incentives", "Pay of our physicians"
COLUMNS = (
    Column("whom", "Who is paid so", "link", sort="whom", opens_page=True),
    Column("practice", "Practice", minor=True),
    Column("tier", "Tier", sort="tier"),
    Column("basis", "How", wide=True),
    Column("until", "Until before", "day", sort="until"),
    Column("by", "Told by", minor=True),
    Column("state", "State", "status", sort="state"),
    Column("words", "The IPA says", wide=True),
)


@requires(ATTEST)
def own_incentives(request: PortalRequest) -> HttpResponse:
    """What was told of those below one's practices, and where it stands."""
    rows = [_row(one) for one in _own(request)]
    rows = matching(rows, request.GET.get("q", ""), "whom", "practice")
    if wants_file(request):
        return as_file(request, COLUMNS, rows, "pay-of-physicians")
    listing = list_rows(
        rows, COLUMNS, request.GET, caption="What you told",
        empty=Empty(
            "Nothing was told yet",
            "Plans ask how those who order care are paid, down to each physician. Say it once a "
            "year, with the page of your agreement. A physician alone says so, and is done.",
        ),
        **export_urls(request),
    )  # fmt: skip
    context = {
        "listing": listing, "practices": _practices(request), "citation": CITATION,
        "crumbs": [(TITLE, "")],
    }  # fmt: skip
    return render(request, "compliance/own_incentives.html", context)


def _own(request: PortalRequest) -> list[IncentiveArrangement]:
    """What the practices of the actor attested or the IPA recorded of them, the newest first."""
    rows = IncentiveArrangement.objects.select_related("party").exclude(tier="plan_ipa")
    reach = request.actor.reach(ATTEST)
    rows = rows if reach is None else rows.filter(party__in=reach)
    return list(rows.order_by("-recorded_at", "-pk"))


def _practices(request: PortalRequest) -> list[Party]:
    reach = request.actor.reach(ATTEST)
    rows = Party.objects.filter(kind=Party.Kind.PRACTICE)
    rows = rows if reach is None else rows.filter(pk__in=reach)
    return list(rows.order_by("name"))


def _row(one: IncentiveArrangement) -> dict[str, object]:
    state = one.get_review_display() if one.is_attested else "recorded by the IPA"
    if one.superseded_at:
        state = "replaced"
    elif one.end_date <= timezone.localdate():
        state = "over"
    return {
        "whom": one.paid_whom, "practice": one.party.name, "tier": one.get_tier_display(),
        "basis": one.get_basis_display(), "until": one.end_date, "by": one.recorded_by_name,
        "state": state, "words": one.review_words,
        "url": reverse("compliance:own_incentive_file", args=[one.pk]) if one.file_sha256 else "",
    }  # fmt: skip


@requires(ATTEST)
@fresh_login_to_send
def own_incentive_new(request: PortalRequest, incentive_party_id: int) -> HttpResponse:
    """Attest how those below a practice are paid."""
    practice = next((one for one in _practices(request) if one.pk == incentive_party_id), None)
    if practice is None:
        raise Http404
    form = Attested(request.POST or None, request.FILES or None)
    back = reverse("compliance:own_incentives")

    def do(data: dict[str, object]) -> str:
        attest_arrangement(
            actor=request.actor, tier=data["tier"], party_id=practice.pk, now=timezone.now(),
            **form.given(),
        )  # fmt: skip
        return "Attested. The IPA looks at it, and its answer stands here."

    return form_page(
        request, form, do, title=f"How {practice.name} pays", verb="Attest it", back=back,
        files=True, trail=[(TITLE, back), (practice.name, "")],
        note="Figures are for a year, and asked only where a part of the pay rests on the use or "
        "cost of referrals.",
    )  # fmt: skip


@requires(ATTEST)
def own_incentive_file(request: PortalRequest, arrangement_id: int) -> HttpResponseBase:
    """The paper that was sent with it."""
    found = [one for one in _own(request) if one.pk == arrangement_id and one.file_sha256]
    if not found:
        raise Http404
    return stored_file(found[0].file_sha256, found[0].file_name)
