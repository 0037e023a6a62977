"""One tier of pay: its tests with both sides, its policies, its pooling, and what was told."""

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone

from compliance.actions.incentive_tiers import (
    record_arrangement,
    record_pooling,
    review_arrangement,
)
from compliance.actions.stop_loss import record_cover
from compliance.models import IncentiveArrangement, Pooling, StopLossCover
from compliance.queries.incentive_plans import VIEW, paid_to
from compliance.queries.incentive_tiers import TierPage, TierRow, tier_page
from compliance.rules.incentive_plans import CITATION, OWN_KNOWLEDGE, POOLING
from compliance.rules.incentive_tiers import TIER_WORDS, Tier
from compliance.web.audit_forms import file_of
from compliance.web.ehr_parts import form_page
from compliance.web.incentive_forms import Look, Pooled, RecordCover, Told
from compliance.web.incentive_plans import as_percent, crumbs, tier_row
from ipaportal.core.parts import Column, Empty, FactItem, Moment, list_rows
from ipaportal.core.words import dollars_text
from ipaportal.identity.models import Party
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.fields import to_cents
from ipaportal.identity.web.stored import stored_file

RECORD, COVER = "compliance.record_incentives", "compliance.record_cover"
TESTS = (
    Column("name", "Test"),
    Column("numerator", "This part $", "money"),
    Column("denominator", "Of $", "money"),
    Column("share", "Is", "percent"),
    Column("limit", "At most", "percent"),
    Column("answer", "Answer", "status"),
)
MONTHS = (
    Column("month", "Month", "link"),
    Column("provider", "Capitation $", "money"),
    Column("withheld", "Withheld $", "money"),
    Column("bonus", "Bonus by referrals $", "money"),
)
COVERS = (
    Column("policy", "Policy", "link", opens_page=True),
    Column("kind", "Covers", wide=True),
    Column("deductible", "Deductible $", "money"),
    Column("pays", "Pays of the rest", "percent"),
    Column("first", "From", "day"),
    Column("last", "Until before", "day"),
    Column("by", "Recorded by", minor=True),
)
CONDITIONS = (
    Column("words", "Condition", wide=True),
    Column("answer", "Holds", "status"),
    Column("rests_on", "What that rests on", wide=True),
)


@requires(VIEW)
def incentive_tier(
    request: PortalRequest, incentive_tier: str, incentive_party_id: int
) -> HttpResponse:
    """A tier of one plan or practice, with everything its answer was made from."""
    page = _page(request, incentive_tier, incentive_party_id)
    may = request.actor.may
    context = {
        "page": page, "title": f"{page.party.name}: {TIER_WORDS[page.tier]}",
        "parts": [_part(request, one) for one in page.rows],
        "months": _months(request, page), "covers": _covers(request, page),
        "pooling": _pooling(request, page), "moments": _moments(page),
        "citation": CITATION, "unverified": OWN_KNOWLEDGE,
        "may_record": may(RECORD) and page.tier != Tier.PRACTICE,
        "may_pool": may(RECORD), "may_cover": may(COVER),
        "crumbs": crumbs((page.party.name, "")),
    }  # fmt: skip
    return render(request, "compliance/incentive_tier.html", context)


def _page(request: PortalRequest, tier: str, party_id: int) -> TierPage:
    if tier not in set(Tier):
        raise Http404
    page = tier_page(
        actor=request.actor, tier=Tier(tier), party_id=party_id, today=timezone.localdate()
    )
    if page is None:
        raise Http404
    return page


def _part(request: PortalRequest, one: TierRow) -> dict[str, object]:
    """One arrangement: its answer, its figures, and each test."""
    row, told = tier_row(one), one.told
    facts = [FactItem("Answer", row["answer"], "status", row["why"])]
    if row["potential"] is not None:
        facts += [
            FactItem("At most", row["potential"], "money"),
            FactItem("Withheld of it", row["withheld"], "money"),
            FactItem("Bonus by referrals, of it", row["bonus"], "money"),
            FactItem("Patients", row["panel"], "count", one.panel_words),
        ]
    if told:
        file = reverse("compliance:arrangement_file", args=[told.pk]) if told.file_sha256 else ""
        facts += [
            FactItem("Rests on", told.evidence, note=told.file_name, url=file),
            FactItem("Told for", told.effective_date, "day", f"until before {told.end_date}"),
            FactItem("Attested by" if told.is_attested else "Recorded by", told.recorded_by_name),
        ]
    if one.verdict.most_cents is not None:
        facts.append(FactItem("Deductible at most", one.verdict.most_cents, "money"))
    tests = one.verdict.risk.tests if one.verdict.risk else ()
    rows = [
        {
            "name": test.name, "numerator": test.numerator, "denominator": test.denominator,
            "share": None if test.share is None else as_percent(test.share),
            "limit": as_percent(test.limit),
            "answer": "over the limit" if test.is_over else "not over",
        }
        for test in tests
    ]  # fmt: skip
    listing = list_rows(rows, TESTS, request.GET, caption="Tests") if rows else None
    return {"title": one.paid_whom, "facts": facts, "listing": listing}


def _months(request: PortalRequest, page: TierPage) -> object:
    """What the figures of a practice are the sums of: each statement, each bonus."""
    if page.tier != Tier.PRACTICE:
        return None
    statements, bonuses = paid_to(
        actor=request.actor, party_id=page.party.pk, today=timezone.localdate()
    )
    may_open = request.actor.may("capitation.view_statements")
    rows = [
        {
            "month": f"{one.month:%Y-%m}", "provider": one.provider_cents,
            "withheld": one.withhold_cents, "bonus": None,
            "url": reverse("capitation:statement_detail", args=[one.pk]) if may_open else "",
        }
        for one in statements
    ] + [
        {"month": f"{one.last_month:%Y-%m}", "provider": None, "withheld": None,
         "bonus": one.amount_cents, "url": ""}
        for one in bonuses
    ]  # fmt: skip
    return list_rows(
        rows, MONTHS, request.GET, caption="What this is the sum of",
        empty=Empty("No statement in twelve months", "Nothing was paid that could be judged."),
    )  # fmt: skip


def _covers(request: PortalRequest, page: TierPage) -> object:
    rows = [
        {
            "policy": f"{one.carrier} {one.policy_number}", "kind": one.get_kind_display(),
            "deductible": one.deductible_cents, "pays": one.covered_pct,
            "first": one.effective_date, "last": one.end_date, "by": one.recorded_by_name,
            "url": reverse("compliance:cover_file", args=[one.pk]) if one.file_sha256 else "",
        }
        for one in page.covers
    ]  # fmt: skip
    return list_rows(
        rows, COVERS, request.GET, caption="Stop-loss policies",
        empty=Empty(
            "No policy is on file",
            "One is needed where the risk is substantial. Record it with its declarations page.",
        ),
    )  # fmt: skip


def _pooling(request: PortalRequest, page: TierPage) -> object:
    answers = {one.condition: one for one in page.pooling.answers.all()} if page.pooling else {}
    rows = [
        {"words": words.capitalize(), "rests_on": one.rests_on if one else "",
         "answer": "not known" if one is None else "yes" if one.holds else "no"}
        for key, words in POOLING.items()
        for one in [answers.get(key)]
    ]  # fmt: skip
    return list_rows(rows, CONDITIONS, request.GET, caption="Conditions of pooling")


def _moments(page: TierPage) -> list[Moment]:
    """What was told of this tier, the newest first."""
    found = []
    for one in page.told:
        said = "Attested" if one.is_attested else "Recorded"
        ended = ", replaced since" if one.superseded_at else ""
        state = f"; {one.get_review_display()}" if one.is_attested else ""
        found.append(Moment(
            one.recorded_at, f"{said}: {one.paid_whom}, {one.get_basis_display()}",
            one.recorded_by_name, f"{one.evidence}{state}{ended}. {one.review_words}".strip(),
            url=reverse("compliance:arrangement_review", args=[one.pk]) if one.is_attested else "",
        ))  # fmt: skip
    return found


def _tier_url(tier: str, party_id: int) -> str:
    return reverse("compliance:incentive_tier", args=[tier, party_id])


@requires(RECORD)
def arrangement_new(
    request: PortalRequest, incentive_tier: str, incentive_party_id: int
) -> HttpResponse:
    """Tell how a tier is paid."""
    if incentive_tier not in set(Tier) - {Tier.PRACTICE}:
        raise Http404
    kind = Party.Kind.PAYER if incentive_tier == Tier.PLAN else Party.Kind.PRACTICE
    party = get_object_or_404(Party, pk=incentive_party_id, kind=kind)
    form = Told(request.POST or None, request.FILES or None)
    back = _tier_url(incentive_tier, party.pk)

    def do(_data: dict[str, object]) -> str:
        made = record_arrangement(
            actor=request.actor, tier=incentive_tier, party_id=party.pk, now=timezone.now(),
            **form.given(),
        )  # fmt: skip
        return f"On record until before {made.end_date}, and judged below."

    return form_page(
        request, form, do, verb="Record it",
        title=f"{party.name}: {TIER_WORDS[Tier(incentive_tier)]}",
        back=back, files=True, trail=crumbs((party.name, back), ("Record", "")),
        note="What is told of the same people before ends. A year's figures, as the contract can "
        "come to at most.",
    )  # fmt: skip


@requires(RECORD)
def arrangement_review(request: PortalRequest, arrangement_id: int) -> HttpResponse:
    """What a practice attested: look at it, and take it or send it back."""
    row = get_object_or_404(
        IncentiveArrangement.objects.select_related("party"), pk=arrangement_id, is_attested=True
    )
    back = _tier_url(row.tier, row.party_id)
    trail = crumbs((row.party.name, back), ("Look at it", ""))
    form = Look(request.POST or None)

    def do(data: dict[str, object]) -> str:
        made = review_arrangement(
            actor=request.actor, arrangement_id=row.pk, now=timezone.now(), **data
        )
        return "Taken: it is judged below." if made.review == "taken" else "Sent back."

    if request.method == "POST":
        return form_page(request, form, do, title="What was attested", verb="Answer", back=back,
                         trail=trail)  # fmt: skip
    context = {
        "row": row, "facts": told_facts(row), "crumbs": trail,
        "form": form if row.review == row.Review.WAITING and not row.superseded_at else None,
    }  # fmt: skip
    return render(request, "compliance/arrangement.html", context)


def told_facts(row: IncentiveArrangement, file_address: str = "compliance:arrangement_file"
               ) -> list[FactItem]:  # fmt: skip
    """All that was told of one arrangement."""
    money = [
        ("At most", row.potential_cents), ("Withheld of it", row.withhold_cents),
        ("Bonus by referrals, of it", row.bonus_cents),
        ("Any other loss they can bear", row.other_liability_cents),
        ("Capitation at most", row.max_cents), ("Capitation at least", row.min_cents),
    ]  # fmt: skip
    return [
        FactItem("Tier", row.get_tier_display()),
        FactItem("Who is paid so", row.paid_whom),
        FactItem("How", row.get_basis_display()),
        FactItem("From", row.effective_date, "day", f"until before {row.end_date}"),
        *(FactItem(label, cents, "money") for label, cents in money if cents),
        *([FactItem("Patients", row.panel, "count")] if row.panel else []),
        FactItem("Rests on", row.evidence, note=row.file_name,
                 url=reverse(file_address, args=[row.pk]) if row.file_sha256 else ""),
        FactItem("Attested by", row.recorded_by_name, note=f"{row.recorded_at:%Y-%m-%d}"),
        FactItem("Looked at", row.get_review_display(),
                 note=f"{row.reviewed_by_name} {row.review_words}".strip()),
    ]  # fmt: skip


@requires(VIEW)
def arrangement_file(request: PortalRequest, arrangement_id: int) -> HttpResponseBase:
    """The paper that an arrangement rests on."""
    row = get_object_or_404(IncentiveArrangement.objects.exclude(file_sha256=""), pk=arrangement_id)
    return stored_file(row.file_sha256, row.file_name)


@requires(VIEW)
def cover_file(request: PortalRequest, cover_id: int) -> HttpResponseBase:
    """A policy's declarations page."""
    row = get_object_or_404(StopLossCover.objects.exclude(file_sha256=""), pk=cover_id)
    return stored_file(row.file_sha256, row.file_name)


@requires(COVER)
def cover_new(request: PortalRequest) -> HttpResponse:
    """Record the policy of a tier."""
    given = {"tier": request.GET.get("tier"), "party": request.GET.get("party")}
    form = RecordCover(request.POST or None, request.FILES or None, initial=given)

    def do(data: dict[str, object]) -> str:
        sent, name = file_of(form, "file")
        data = {key: value for key, value in data.items() if key != "file"}
        party, deductible = data.pop("party"), to_cents(data.pop("deductible"))
        cover = record_cover(
            actor=request.actor, party_id=party.pk, deductible_cents=deductible,
            file=(name, sent) if sent else None, now=timezone.now(), **data,
        )  # fmt: skip
        return f"{party} has {cover}, from {dollars_text(cover.deductible_cents)} on."

    return form_page(
        request, form, do, title="Record a stop-loss policy", verb="Record", files=True,
        back=reverse("compliance:incentives"), trail=crumbs(("Policy", "")),
    )  # fmt: skip


@requires(RECORD)
def pooling_new(
    request: PortalRequest, incentive_tier: str, incentive_party_id: int
) -> HttpResponse:
    """Answer the conditions of pooling for a tier."""
    page = _page(request, incentive_tier, incentive_party_id)
    form = Pooled(request.POST or None, initial=_pooling_before(page.pooling, page))
    back = _tier_url(incentive_tier, page.party.pk)

    def do(data: dict[str, object]) -> str:
        record_pooling(
            actor=request.actor, tier=incentive_tier, party_id=page.party.pk,
            answers=form.answers(), panels=data["panels"], now=timezone.now(),
        )  # fmt: skip
        return "On record. Patients are counted together only where each condition holds."

    return form_page(
        request, form, do, title="Conditions of pooling", verb="Record the answers", back=back,
        trail=crumbs((page.party.name, back), ("Pooling", "")),
        note="42 CFR 422.208(g), from general knowledge, unverified against the text: patients of "
        "other plans or programs count only where all five hold.",
    )  # fmt: skip


def _pooling_before(pooling: Pooling | None, page: TierPage) -> dict[str, str]:
    if pooling is None:
        return {}
    found = {"panels": "\n".join(f"{one.name}; {one.patients}" for one in page.panels)}
    for one in pooling.answers.all():
        found[f"holds_{one.condition}"] = "yes" if one.holds else "no"
        found[f"by_{one.condition}"] = one.rests_on
    return found
