"""Claims as staff see them: what waits and why, files with their answers, one claim's whole way."""

from collections.abc import Mapping

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from capitation.models import Payer
from compliance.actions.claims import decide_claim, receive_claims, take_claim
from compliance.models import Claim, ClaimContest, ClaimFile
from compliance.queries.claim_queues import open_items
from compliance.queries.claims import (
    OWN,
    VIEW,
    claim_files,
    claims,
    names_of,
    state_counts,
)
from compliance.queries.misdirected import ever_the_plans
from compliance.rules.claims import DENIALS, REASONS, REMITTED, WORDS, State
from compliance.rules.denials import SEND, denial_words, how_to_correct
from compliance.rules.passing import PASSED_ON
from compliance.web.case_rates import priced_by
from compliance.web.claim_answers import answer_277ca, answer_999
from compliance.web.claim_lateness import time_facts
from compliance.web.claim_queues import totals_listing
from compliance.web.plan_batches import passed_listing
from ipaportal.audit.access import declare_members, shows_members
from ipaportal.core.parts import Chip, Column, Empty, FactItem, Listing, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.core.values import amount_text
from ipaportal.core.words import plural, sentence
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from ipaportal.identity.web.stored import made_file, stored_file
from ipaportal.identity.web.uploads import LIST, takes_file

TAKE, WORK = "compliance.take_claims", "compliance.work_claims"
TITLE = "Claims"
STAFF_PAGES = {"lateness": "compliance:claim_lateness", "paper": "compliance:contest_paper"}
OWN_PAGES = {"lateness": "compliance:own_claim_lateness", "paper": "compliance:own_contest_paper"}
IN_QUEUES = (State.WAITING, State.READY, State.REJECTED, State.DENIED)
COLUMNS = (
    Column("number", "Claim", "link", sort="pk"),
    Column("received_on", "Received", "day", sort="received_on"),
    Column("practice", "Billed by", sort="billing_name", wide=True),
    Column("member_ref", "Member", sort="member_ref"),
    Column("first_day", "Served", "day", sort="first_day"),
    Column("charge_cents", "Charge", "money", sort="charge_cents"),
    Column("state_words", "State", "status", sort="state"),
    Column("why", "Why", wide=True),
    Column("due_on", "Look by", "day", sort="due_on"),
)
# A practice knows who it is, and the days that staff set themselves are not its own.
OWN_COLUMNS = tuple(one for one in COLUMNS if one.key not in ("practice", "due_on"))
FILES = (
    Column("file_name", "File", "link", sort="file_name"),
    Column("received", "Received", "day", sort="received_at"),
    Column("payer", "Plan"),
    Column("sender", "From", sort="sender"),
    Column("state", "State", "status", sort="status"),
    Column("claims", "Claims", "count", sort="claims"),
    Column("accepted", "Taken", "count"),
    Column("rejected", "Sent back", "count", sort="rejected"),
    Column("charge_cents", "Charged at", "money", sort="charge_cents"),
)
LINES = (
    Column("number", "Line"),
    Column("procedure", "Service"),
    Column("modifiers", "Modifiers"),
    Column("units", "Units", "text"),
    Column("first_day", "From", "day"),
    Column("last_day", "To", "day"),
    Column("charge_cents", "Charge", "money"),
    Column("allowed_cents", "Allowed", "money"),
    Column("price_words", "By", wide=True),
)
STEPS = (
    Column("at", "When", "day"),
    Column("state", "State", "status"),
    Column("words", "Why", wide=True),
    Column("by_name", "By"),
)
PROBLEMS = (Column("where", "Where"), Column("message", "What is wrong", wide=True))


class NewFile(forms.Form):
    """A file of claims and the plan whose members it is about."""

    payer = forms.ModelChoiceField(Payer.objects.none(), label="Plan of the members")
    file = forms.FileField(label="The file", help_text="837 professional, institutional or dental")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["payer"].queryset = Payer.objects.select_related("party")


class Decide(forms.Form):
    """What becomes of a claim that waits."""

    state = forms.ChoiceField(
        label="It becomes",
        choices=[
            (str(State.READY), "ready to be paid"),
            (str(State.ENCOUNTER), "an encounter: capitation has paid for it"),
            (str(State.DENIED), "denied"),
        ],
    )
    denial = forms.ChoiceField(
        required=False,
        choices=[("", "not denied"), *((code, f"{words} ({code})")
                                       for code, words in DENIALS.items())],
        label="If denied, because",
    )  # fmt: skip
    words = forms.CharField(
        max_length=500, label="Why", help_text="The practice reads this.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip


def shown(request: PortalRequest, rows: list[Claim], detail: str) -> list[dict[str, object]]:
    declare_members(request, [one.member_id for one in rows if one.member_id])
    return [
        {
            "number": one.number,
            "received_on": one.received_on,
            "practice": one.party.name if one.party else one.billing_name or one.billing_npi,
            "member_ref": one.member_ref,
            "first_day": one.first_day,
            "charge_cents": one.charge_cents,
            "state_words": one.state_words,
            "why": one.reason_words or denial_words(one.denial),
            "due_on": one.due_on,
            "url": reverse(detail, args=[one.pk]),
        }
        for one in rows
    ]


def _found(request: PortalRequest, rows: QuerySet[Claim]) -> QuerySet[Claim]:
    """What the address asks for: a state, a reason, a number's beginning."""
    state, reason = request.GET.get("state", ""), request.GET.get("reason", "")
    if state in WORDS:
        rows = rows.filter(state=state)
    if reason in REASONS:
        rows = rows.filter(reason=reason)
    file = request.GET.get("file", "")
    if file.isdecimal() and len(file) < 10:
        rows = rows.filter(file=int(file))
    if request.GET.get("risk") == "plan":
        rows = rows.filter(pk__in=ever_the_plans())
    asked = request.GET.get("q", "").strip()
    if asked:
        own, theirs = rows.filter(number__startswith=asked), rows.filter(ref__startswith=asked)
        rows = own | theirs | rows.filter(member_ref=asked) | rows.filter(billing_npi=asked)
    return rows


def claims_page(request: PortalRequest, permission: str, detail: str) -> Listing | HttpResponseBase:
    """The list of claims somebody may see, or its file."""
    every = claims(request.actor, permission)
    rows = _found(request, every)
    columns = OWN_COLUMNS if permission == OWN else COLUMNS
    if wants_file(request):
        return as_file(request, columns, shown(request, list(rows), detail), "claims")
    counts = state_counts(every)
    listing = list_rows(
        rows, columns, request.GET, caption=TITLE, default_sort="-number",
        chips=[Chip("state", "", "all"),
               *(Chip("state", state, WORDS[State(state)], count)
                 for state, (count, _) in counts.items()),
               *_asked_chips(every, permission)],
        empty=Empty(
            "No claim",
            "Claims stand here as soon as a file of them (837) was read. Look for another number, "
            "or take the filter away.",
        ),
        **export_urls(request),
    )  # fmt: skip
    listing.rows[:] = shown(request, listing.rows, detail)
    return listing


def _asked_chips(every: QuerySet[Claim], permission: str) -> list[Chip]:
    """What a practice is to answer, where it is asked for something."""
    count = every.filter(reason="contested").count() if permission == OWN else 0
    return [Chip("reason", "contested", "more was asked for", count)] if count else []


@requires(VIEW)
@shows_members()
def claim_list(request: PortalRequest) -> HttpResponse:
    """What waits, by reason, and every claim."""
    found = claims_page(request, VIEW, "compliance:claim_detail")
    if isinstance(found, HttpResponseBase):
        return found
    context = {
        "listing": found,
        "queues": totals_listing(open_items(request.actor, timezone.localdate())),
        "may_take": request.actor.may(TAKE),
        "crumbs": [(TITLE, "")],
    }  # fmt: skip
    return render(request, "compliance/claims.html", context)


@requires(VIEW)
@shows_members()
def claim_detail(request: PortalRequest, claim_id: int) -> HttpResponse:
    """One claim: what was sent, what became of it, and what to do."""
    claim = get_object_or_404(claims(request.actor), pk=claim_id)
    may = request.actor.may(WORK) and claim.state == State.WAITING
    context = claim_context(request, claim, STAFF_PAGES) | {
        "form": Decide() if may else None,
        "may_assign": request.actor.may(WORK) and claim.state in IN_QUEUES,
        "is_asked": claim.reason == "contested",
        "passed": passed_listing(claim),
        "may_ask": request.actor.may(WORK) and claim.state in (State.WAITING, State.READY),
        "crumbs": [(TITLE, reverse("compliance:claim_list")), (claim.number, "")],
    }
    return render(request, "compliance/claim_detail.html", context)


def _asked(one: ClaimContest, paper_of: str) -> dict[str, object]:
    """What was asked for, what came, and whether it waits for an answer."""
    papers = [(each.name, reverse(paper_of, args=[each.pk])) for each in one.papers.all()]
    return {"row": one, "is_open": one.complete_on is None, "papers": papers}


def claim_context(
    request: PortalRequest, claim: Claim, where: Mapping[str, str]
) -> dict[str, object]:
    """What pages of one claim show, to staff and to its practice."""
    declare_members(request, [claim.member_id] if claim.member_id else [])
    name = names_of({claim.member_id}).get(claim.member_id, "") if claim.member_id else ""
    found = list(claim.lines.all())
    lines = [
        {**vars(line), "procedure": line.procedure or line.revenue_code,
         "units": amount_text(line.units)}
        for line in found
    ]  # fmt: skip
    steps = [
        {"at": timezone.localdate(one.at), "state": one.state_words,
         "words": one.words or (REASONS[one.reason].words if one.reason else ""),
         "by_name": one.by_name}
        for one in claim.steps.all()
    ]  # fmt: skip
    return {
        "claim": claim,
        "contests": [
            _asked(one, where["paper"]) for one in claim.contests.prefetch_related("papers")
        ],
        "reason": REASONS.get(claim.reason),
        "denied": _denied(claim),
        "later": claim.later.exclude(state=State.REJECTED).order_by("pk").last(),
        "original": claim.original,
        "facts": [
            FactItem("Charge", claim.charge_cents, "money"),
            *([FactItem("Allowed", claim.allowed_cents, "money")]
              if claim.allowed_cents is not None else []),
            FactItem("Billed by", claim.party.name if claim.party else claim.billing_name,
                     note=f"NPI {claim.billing_npi}"),
            FactItem("Given by", str(claim.practitioner) if claim.practitioner else "not known"),
            FactItem("Member", name or claim.member_ref, note=claim.member_ref if name else ""),
            FactItem("Received", claim.received_on, "day"),
            FactItem("Their number", claim.ref or "none"),
            FactItem("Diagnoses", ", ".join(claim.diagnoses) or "none"),
            *time_facts(claim, reverse(where["lateness"], args=[claim.pk])),
            *([FactItem("DRG", claim.drg)] if claim.drg else []),
            *([FactItem("Authorization", claim.authorization)] if claim.authorization else []),
        ],
        "priced": priced_by(found, may_open=request.actor.may(VIEW)),
        "lines": list_rows(lines, LINES, {}, caption="Services", page_size=1000),
        "steps": list_rows(steps, STEPS, {}, caption="What became of it", page_size=1000),
    }  # fmt: skip


def _denied(claim: Claim) -> dict[str, str] | None:
    """Why a claim was denied, in the words of who did, what to send, and how."""
    if claim.state != State.DENIED or claim.reason == PASSED_ON:
        return None  # what was passed on says so by itself, and nothing is to be sent again
    said = claim.steps.filter(state=State.DENIED).exclude(reason=REMITTED).last()
    return {
        "why": sentence(denial_words(claim.denial)),
        "words": said.words if said else "",
        "send": SEND.get(claim.denial, ""),
        "how": how_to_correct(claim.number),
    }


@requires(WORK)
@shows_members()
def claim_decide(request: PortalRequest, claim_id: int) -> HttpResponse:
    """Decide on a claim that waits, or take it over."""
    claim = get_object_or_404(claims(request.actor), pk=claim_id)
    declare_members(request, [claim.member_id] if claim.member_id else [])
    form = Decide(request.POST or None)
    try:
        if request.method == "POST" and "take" in request.POST:
            take_claim(actor=request.actor, claim_id=claim.pk, now=timezone.now())
            messages.success(request, "You look after this claim now.")
            return redirect("compliance:claim_detail", claim.pk)
        if request.method == "POST" and form.is_valid():
            decide_claim(actor=request.actor, claim_id=claim.pk, now=timezone.now(),
                         **form.cleaned_data)  # fmt: skip
            messages.success(request, "Decided, and on record.")
            return redirect("compliance:claim_list")
    except Refused as refusal:
        form.add_error(None, str(refusal))
    context = {
        "form": form, "title": f"Claim {claim.number}", "verb": "Decide",
        "back": reverse("compliance:claim_detail", args=[claim.pk]),
        "note": claim.reason_words,
        "crumbs": [(TITLE, reverse("compliance:claim_list")),
                   (claim.number, reverse("compliance:claim_detail", args=[claim.pk])),
                   ("Decide", "")],
    }  # fmt: skip
    return render(request, "compliance/form.html", context, status=422 if form.errors else 200)


# Files ------------------------------------------------------------------------------------------


@requires(VIEW)
def claim_file_list(request: PortalRequest) -> HttpResponse:
    """Every file of claims, with what came in and what was taken."""
    rows = claim_files(request.actor)
    if wants_file(request):
        return as_file(request, FILES, [_file_row(one) for one in rows], "claim-files")
    listing = list_rows(
        rows, FILES, request.GET, caption="Claim files",
        empty=Empty(
            "No file yet",
            "Practices and clearinghouses send claims as 837. Take one in, and its answers (999 "
            "and 277CA) can be sent back at once.",
        ),
        **export_urls(request),
    )  # fmt: skip
    listing.rows[:] = [_file_row(one) for one in listing.rows]
    context = {
        "listing": listing,
        "may_take": request.actor.may(TAKE),
        "crumbs": [(TITLE, reverse("compliance:claim_list")), ("Files", "")],
    }
    return render(request, "compliance/claim_files.html", context)


def _file_row(one: ClaimFile) -> dict[str, object]:
    return {
        "file_name": one.file_name,
        "received": timezone.localdate(one.received_at),
        "payer": one.payer.party.name,
        "sender": one.sender,
        "state": one.get_status_display(),
        "claims": one.claims,
        "accepted": one.accepted,
        "rejected": one.rejected,
        "charge_cents": one.charge_cents,
        "url": reverse("compliance:claim_file_detail", args=[one.pk]),
    }


@requires(TAKE)
@takes_file(LIST)
def claim_file_new(request: PortalRequest) -> HttpResponse:
    """Take a file of claims in."""
    form = NewFile(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            made = receive_claims(
                actor=request.actor, payer_id=form.cleaned_data["payer"].pk, file_name=file.name,
                data=file.read(), now=timezone.now(),
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Received. It is read within a minute.")
            return redirect("compliance:claim_file_detail", made.pk)
    context = {
        "form": form, "files": True, "title": "Take claims in", "verb": "Take it in",
        "back": reverse("compliance:claim_file_list"),
        "crumbs": [(TITLE, reverse("compliance:claim_list")),
                   ("Files", reverse("compliance:claim_file_list")), ("Take in", "")],
    }  # fmt: skip
    return render(request, "compliance/form.html", context, status=422 if form.errors else 200)


@requires(VIEW)
def claim_file_detail(request: PortalRequest, claim_file_id: int) -> HttpResponse:
    """One file: what came in, what was taken, what is wrong, and what to send back."""
    file = get_object_or_404(claim_files(request.actor), pk=claim_file_id)
    problems = [dict(zip(("where", "code", "message"), one, strict=True)) for one in file.problems]
    listed = list_rows(problems, PROBLEMS, {}, caption="What is wrong") if problems else None
    context = {
        "file": file,
        "facts": [
            FactItem("Claims in it", file.claims, "count"),
            FactItem("Taken", file.accepted, "count"),
            FactItem("Sent back", file.rejected, "count"),
            FactItem("Charged at", file.charge_cents, "money"),
            FactItem("Plan", file.payer.party.name),
            FactItem("From", file.sender or "not known",
                     note=f"interchange {file.control}" if file.control else ""),
            FactItem("Received by", file.received_by_name,
                     note=f"{timezone.localtime(file.received_at):%Y-%m-%d %H:%M}"),
        ],
        "problems": listed,
        "states": [
            {"words": WORDS[State(state)], "count": plural(count, "claim"), "cents": cents,
             "url": f"{reverse('compliance:claim_list')}?file={file.pk}&state={state}"}
            for state, (count, cents) in state_counts(file.rows.all()).items()
        ],
        "crumbs": [(TITLE, reverse("compliance:claim_list")),
                   ("Files", reverse("compliance:claim_file_list")), (file.file_name, "")],
    }  # fmt: skip
    return render(request, "compliance/claim_file_detail.html", context)


@requires(VIEW)
@shows_members()
def claim_file_answer(request: PortalRequest, claim_file_id: int, answer: str) -> HttpResponse:
    """The 999 or 277CA to send back, or the file as it came."""
    file = get_object_or_404(claim_files(request.actor), pk=claim_file_id)
    shown = file.rows.exclude(member=None).values_list("member_id", flat=True)
    declare_members(request, set(shown))
    if answer == "837":
        return stored_file(file.sha256, file.file_name)
    if file.read_at is None or answer not in ("999", "277"):
        raise Http404
    data = answer_999(file) if answer == "999" else answer_277ca(file)
    return made_file(data, f"claims-{file.pk}.{answer}", "application/octet-stream")


# A practice's own -------------------------------------------------------------------------------


@requires(OWN)
@shows_members()
def own_claims(request: PortalRequest) -> HttpResponse:
    """A practice's claims: where each stands, and what to do about those sent back."""
    found = claims_page(request, OWN, "compliance:own_claim")
    if isinstance(found, HttpResponseBase):
        return found
    context = {"listing": found, "crumbs": [("Billing records", "")], "is_own": True}
    return render(request, "compliance/claims.html", context)


@requires(OWN)
@shows_members()
def own_claim(request: PortalRequest, claim_id: int) -> HttpResponse:
    """One claim of a practice."""
    claim = get_object_or_404(claims(request.actor, OWN), pk=claim_id)
    context = claim_context(request, claim, OWN_PAGES) | {
        "is_own": True,
        "crumbs": [("Billing records", reverse("compliance:own_claims")), (claim.number, "")],
    }
    return render(request, "compliance/claim_detail.html", context)
