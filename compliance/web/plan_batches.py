"""Encounters passed on to plans: what waits, each file, and what the plan said of each claim."""

from dataclasses import asdict
from datetime import date

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from capitation.models import Payer
from compliance.actions.plan_batches import pass_on, read_plan_answer, send_again
from compliance.models import Claim, PlanAnswerFile, PlanBatch, PlanBatchRow
from compliance.queries.claims import VIEW
from compliance.queries.misdirected import Misdirected, misdirected
from compliance.queries.plan_batches import Row, ToPass, batch_digest, batches, to_pass_on
from compliance.rules.clocks import clock_on, due_date
from compliance.rules.passing import CLOCK, KINDS, ORIGINAL, REPLACEMENT, VOID, Stream
from ipaportal.audit.access import declare_members, shows_members
from ipaportal.audit.models import AccessEvent
from ipaportal.core.parts import Chip, Column, Empty, FactItem, Listing, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.core.words import plural
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from ipaportal.identity.web.stored import stored_file
from ipaportal.identity.web.uploads import LIST, takes_file

TAKE = "compliance.take_claims"
TITLE = "Passed on to plans"
GOES_AS = {ORIGINAL: "new", REPLACEMENT: "replaces", VOID: "takes back"}
WAITING = (
    Column("name", "Plan", "link"),
    Column("holds", "What"),
    Column("by", "Pass on by", "day"),
    Column("claims", "Claims that wait", "count"),
    Column("cents", "Charged at", "money"),
)
PLANS_TO_PAY = (
    Column("payer", "Plan", "link"),
    Column("came", "Came here", "count"),
    Column("passed_on", "Passed on", "count"),
    Column("wait", "Wait", "count"),
    Column("late", "Late", "count"),
    Column("kept", "Kept here", "count"),
    Column("charge_cents", "Charged at", "money"),
)
BATCHES = (
    Column("name", "File", "link", sort="number"),
    Column("payer", "Plan"),
    Column("holds", "What"),
    Column("made", "Written", "day", sort="made_at"),
    Column("claims", "Claims", "count", sort="claims"),
    Column("accepted", "Accepted", "count", sort="accepted"),
    Column("rejected", "Rejected", "count", sort="rejected"),
    Column("waiting", "No answer yet", "count", sort="waiting"),
    Column("charge_cents", "Charged at", "money"),
    Column("by", "Written by", minor=True),
)
ROWS = (
    Column("number", "Claim", "link", sort="claim__number"),
    Column("member_ref", "Member"),
    Column("first_day", "Served", "day", sort="claim__first_day"),
    Column("goes_as", "Goes as"),
    Column("cents", "Charge", "money"),
    Column("state", "State", "status", sort="state"),
    Column("again", "", "act", url="again_url"),
    Column("codes", "Codes"),
    Column("words", "What the plan says", wide=True),
    Column("plan_number", "The plan's number", minor=True),
)
FILE_ROWS = tuple(one for one in ROWS if one.kind != "act")
ANSWERS = (
    Column("file_name", "Answer", wide=True),
    Column("kind", "Kind"),
    Column("payer", "Plan"),
    Column("received", "Read", "day"),
    Column("named", "Named", "count"),
    Column("accepted", "Accepted", "count"),
    Column("rejected", "Rejected", "count"),
    Column("unknown", "Not placed", "count"),
    Column("why", "Why not placed", wide=True),
)
PASSED = (
    Column("name", "File", "link", wide=True),
    Column("made", "Written", "day"),
    Column("state", "State", "status"),
    Column("words", "What the plan says", wide=True),
    Column("plan_number", "The plan's number"),
)
NEXT = (
    Column("number", "Claim", "link"),
    Column("member_ref", "Member"),
    Column("first_day", "Served", "day"),
    Column("goes_as", "Goes as"),
    Column("cents", "Charge", "money"),
    Column("received_on", "Received", "day"),
    Column("by", "Pass on by", "day"),
)


class Answer(forms.Form):
    """A plan's answer and whose it is."""

    payer = forms.ModelChoiceField(Payer.objects.none(), label="Plan")
    file = forms.FileField(label="Its answer", help_text="999 or 277CA")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["payer"].queryset = Payer.objects.select_related("party")


@requires(VIEW)
def batch_list(request: PortalRequest) -> HttpResponseBase:
    """What waits for which plan, every file with its answers' counts, and every answer."""
    found = batches()
    if wants_file(request):
        return as_file(request, BATCHES, [_batch(one) for one in found], "passed-on")
    payers = Payer.objects.select_related("party").order_by("pk")
    waiting = [_waits(payer, stream) for payer in payers for stream in Stream]
    listing = list_rows(
        found, BATCHES, request.GET, caption="Files", default_sort="-number",
        empty=Empty("Nothing was passed on yet", "What capitation covers is passed on to the plan "
                    "as encounters: write the first file from what waits."),
        **export_urls(request),
    )  # fmt: skip
    listing.rows[:] = [_batch(one) for one in listing.rows]
    answers = PlanAnswerFile.objects.select_related("payer__party")[:100]
    context = {
        "listing": listing, "may_take": request.actor.may(TAKE),
        "waiting": list_rows([one for one in waiting if one["claims"]], WAITING, {},
                             caption="What waits",
                             empty=Empty("Nothing waits", "Every encounter is with its plan.")),
        "misdirected": [_misdirected(one) for one in misdirected(timezone.localdate())],
        "citation": clock_on(CLOCK, timezone.localdate()).citation,
        "answers": list_rows([_answer(one) for one in answers], ANSWERS, {}, caption="Answers",
                             empty=Empty("No answer yet", "Read a plan's 999 or 277CA in.")),
        "crumbs": [("Claims", reverse("compliance:claim_list")), (TITLE, "")],
    }  # fmt: skip
    context["misdirected"] = list_rows(
        context["misdirected"], PLANS_TO_PAY, {}, caption="The plan's to pay", page_size=100
    ) if context["misdirected"] else None  # fmt: skip
    return render(request, "compliance/plan_batches.html", context)


def _waits(payer: Payer, stream: Stream) -> dict[str, object]:
    found = to_pass_on(payer.pk, stream)
    return {
        "name": payer.party.name, "holds": KINDS[stream].words, "claims": len(found),
        "by": min((day for one in found if (day := _by(one, stream))), default=None),
        "cents": sum(one.claim.charge_cents for one in found),
        "url": f"{reverse('compliance:plan_batch_next', args=[payer.pk])}?stream={stream}",
    }  # fmt: skip


def _by(one: ToPass, stream: Stream) -> date | None:
    """The last day on which a claim that is the plan's is passed on; encounters have none here."""
    return due_date(CLOCK, one.claim.received_on) if KINDS[stream].is_misdirected else None


def _misdirected(one: Misdirected) -> dict[str, object]:
    here = reverse("compliance:claim_list")
    return {**asdict(one), "url": f"{here}?risk=plan"}


def _stream(given: str) -> Stream:
    """As the address or the form asks; encounters where it asks for nothing known."""
    return Stream(given) if given in set(Stream) else Stream.ENCOUNTERS


def _batch(one: PlanBatch) -> dict[str, object]:
    names = ("claims", "accepted", "rejected", "waiting", "charge_cents")
    return {
        **{name: getattr(one, name) for name in names}, "name": one.file_name,
        "payer": one.payer.party.name, "holds": one.kind.words,
        "made": timezone.localdate(one.made_at), "by": one.made_by_name,
        "url": reverse("compliance:plan_batch", args=[one.pk]),
    }  # fmt: skip


def _answer(one: PlanAnswerFile) -> dict[str, object]:
    names = ("file_name", "kind", "named", "accepted", "rejected", "unknown")
    return {
        **{name: getattr(one, name) for name in names}, "payer": one.payer.party.name,
        "received": timezone.localdate(one.received_at),
        "why": "; ".join(f"{where}: {words}" for where, words in one.problems[:3]),
    }  # fmt: skip


def _crumbs() -> list[tuple[str, str]]:
    return [("Claims", reverse("compliance:claim_list")),
            (TITLE, reverse("compliance:plan_batches"))]  # fmt: skip


@requires(VIEW)
@shows_members()
def batch_next(request: PortalRequest, payer_id: int) -> HttpResponse:
    """What would go to a plan now, and the button that writes it."""
    payer = get_object_or_404(Payer.objects.select_related("party"), pk=payer_id)
    stream = _stream(request.GET.get("stream", ""))
    found = to_pass_on(payer.pk, stream)
    declare_members(request, [one.claim.member_id for one in found])
    rows = [
        {"number": one.claim.number, "member_ref": one.claim.member_ref,
         "first_day": one.claim.first_day, "goes_as": GOES_AS[one.frequency],
         "cents": one.claim.charge_cents, "received_on": one.claim.received_on,
         "by": _by(one, stream), "url": reverse("compliance:claim_detail", args=[one.claim.pk])}
        for one in found
    ]  # fmt: skip
    context = {
        "payer": payer, "stream": stream, "kind": KINDS[stream],
 "digest": batch_digest(found), "count": len(found),
        "cents": sum(one.claim.charge_cents for one in found),
        "may_take": request.actor.may(TAKE) and bool(found),
        "listing": list_rows(
            rows, NEXT, request.GET, caption="What would go",
            chips=[Chip("stream", "" if one == Stream.ENCOUNTERS else str(one), kind.words)
                   for one, kind in KINDS.items()],
            empty=Empty("Nothing waits", "Encounters and paid claims stand here as they come in."),
        ),
        "crumbs": [*_crumbs(), (payer.party.name, "")],
    }  # fmt: skip
    return render(request, "compliance/plan_batch_next.html", context)


@require_POST
@requires(TAKE)
def batch_go(request: PortalRequest, payer_id: int) -> HttpResponse:
    """Write what was seen into a file."""
    payer = get_object_or_404(Payer, pk=payer_id)
    stream = _stream(request.POST.get("stream", ""))
    try:
        made = pass_on(
            actor=request.actor, payer_id=payer.pk, now=timezone.now(), stream=stream,
            seen_digest=request.POST.get("seen_digest", ""),
        )  # fmt: skip
    except Refused as refusal:
        messages.error(request, str(refusal))
        back = reverse("compliance:plan_batch_next", args=[payer.pk])
        return redirect(back if stream == Stream.ENCOUNTERS else f"{back}?stream={stream}")
    said = f"Written: {plural(made.claims, 'claim')}. Send the file to the plan."
    messages.success(request, said)
    return redirect("compliance:plan_batch", made.pk)


@requires(VIEW)
@shows_members()
def batch_detail(request: PortalRequest, plan_batch_id: int) -> HttpResponseBase:
    """One file: every claim with what the plan said of it."""
    one = get_object_or_404(batches(), pk=plan_batch_id)
    found = one.rows.select_related("claim")
    if request.GET.get("state") in Row.values:
        found = found.filter(state=request.GET["state"])
    if wants_file(request):
        declare_members(request, [row.claim.member_id for row in found])
        return as_file(request, FILE_ROWS, [_row(row) for row in found], one.file_name[:-4])
    counts = {Row.SENT: one.waiting, Row.ACCEPTED: one.accepted, Row.REJECTED: one.rejected}
    listing = list_rows(
        found, ROWS, request.GET, caption="Claims in the file",
        chips=[Chip("state", "", "All", one.claims),
               *(Chip("state", str(state), state.label, n) for state, n in counts.items())],
        empty=Empty("None", "No claim of the file stands so."), **export_urls(request),
    )  # fmt: skip
    declare_members(request, [row.claim.member_id for row in listing.rows])
    may = request.actor.may(TAKE)
    listing.rows[:] = [_row(row, may_take=may) for row in listing.rows]
    context = {
        "one": one, "listing": listing,
        "facts": [
            FactItem("Claims sent", one.claims, "count"),
            FactItem("Accepted", one.accepted, "count"),
            FactItem("Rejected", one.rejected, "count"),
            FactItem("No answer yet", one.waiting, "count"),
            FactItem("Charged at", one.charge_cents, "money"),
            FactItem("Interchange number", one.number, "count"),
        ],
        "crumbs": [*_crumbs(), (one.file_name, "")],
    }  # fmt: skip
    return render(request, "compliance/plan_batch.html", context)


def _row(row: PlanBatchRow, *, may_take: bool = False) -> dict[str, object]:
    claim, is_open = row.claim, row.state == Row.REJECTED and row.again_at is None
    return {
        "pk": row.pk, "number": claim.number, "member_ref": claim.member_ref,
        "first_day": claim.first_day, "goes_as": GOES_AS[row.frequency],
        "cents": claim.charge_cents, "state": row.get_state_display(), "codes": row.codes,
        "words": row.words, "plan_number": row.plan_number,
        "again": "Send again" if is_open and may_take
        else f"by {row.again_by_name}" if row.again_at else "",
        "again_url": reverse("compliance:row_again", args=[row.pk]) if is_open and may_take else "",
        "url": reverse("compliance:claim_detail", args=[claim.pk]),
    }  # fmt: skip


@requires(VIEW)
@shows_members(AccessEvent.Kind.EXPORT)
def batch_file(request: PortalRequest, plan_batch_id: int) -> HttpResponseBase:
    """The 837 as it was written."""
    one = get_object_or_404(PlanBatch, pk=plan_batch_id)
    declare_members(request, one.rows.values_list("claim__member_id", flat=True))
    return stored_file(one.sha256, one.file_name)


@requires(TAKE)
def row_again(request: PortalRequest, batch_row_id: int) -> HttpResponse:
    """Let a rejected claim go into the next file, after a look at why it was rejected."""
    row = get_object_or_404(PlanBatchRow.objects.select_related("batch", "claim"), pk=batch_row_id)
    if request.method != "POST":
        return render(request, "compliance/form.html", _again(row))
    try:
        send_again(actor=request.actor, row_id=row.pk, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "It goes into the next file.")
    return redirect("compliance:plan_batch", row.batch_id)


def _again(row: PlanBatchRow) -> dict[str, object]:
    back = reverse("compliance:plan_batch", args=[row.batch_id])
    return {
        "form": forms.Form(), "title": f"Send claim {row.claim.number} again",
        "verb": "Let it go into the next file", "back": back,
        "note": f"The plan said: {row.words or 'nothing more'} ({row.codes or row.state}). It goes "
        "as it is: what has to be corrected is replaced by the practice first.",
        "crumbs": [*_crumbs(), (row.batch.file_name, back), ("Again", "")],
    }  # fmt: skip


@requires(TAKE)
@takes_file(LIST)
def answer_new(request: PortalRequest) -> HttpResponse:
    """Read a plan's answer in."""
    form = Answer(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            made = read_plan_answer(
                actor=request.actor, payer_id=form.cleaned_data["payer"].pk, file_name=file.name,
                data=file.read(), now=timezone.now(),
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            said = f"{made.accepted} accepted, {made.rejected} rejected, {made.unknown} not placed."
            messages.success(request, said)
            return redirect("compliance:plan_batches")
    context = {
        "form": form, "files": True, "title": "Read a plan's answer", "verb": "Read it",
        "back": reverse("compliance:plan_batches"), "crumbs": [*_crumbs(), ("Answer", "")],
    }  # fmt: skip
    return render(request, "compliance/form.html", context, status=422 if form.errors else 200)


def passed_listing(claim: Claim) -> Listing | None:
    """The files in which a claim went to its plan, with what that said; None if in none."""
    rows = [
        {"name": row.batch.file_name, "made": timezone.localdate(row.batch.made_at),
         "state": row.get_state_display(), "words": row.words, "plan_number": row.plan_number,
         "url": reverse("compliance:plan_batch", args=[row.batch_id])}
        for row in claim.passed.select_related("batch").order_by("pk")
    ]  # fmt: skip
    return list_rows(rows, PASSED, {}, caption="Passed on", page_size=100) if rows else None
