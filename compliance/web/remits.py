"""Remittances that came in: taking them in, what waits and why, one payment, the bank's side."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from capitation.models import Payer
from compliance.actions.remits import put_remit_aside, receive_remits, retry_remit, take_remit
from compliance.models import Remit, RemitFile
from compliance.queries.claims import OWN, VIEW
from compliance.queries.remits import not_at_bank, open_deposits, remit_files, remit_queues, remits
from compliance.rules.remits import REASONS, WORDS, State, adjustment_words, not_paid_words
from ipaportal.audit.access import declare_members, shows_members
from ipaportal.core.parts import Chip, Column, Empty, FactItem, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.core.words import sentence
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from ipaportal.identity.web.stored import stored_file
from ipaportal.identity.web.uploads import LIST, takes_file

TAKE = "compliance.take_remits"
TITLE = "Remittances that came in"
COLUMNS = (
    Column("trace", "Remittance", "link", sort="trace"),
    Column("paid_on", "Paid", "day", sort="paid_on"),
    Column("payer", "By", sort="payer__party__name"),
    Column("payee", "To", wide=True, sort="payee_name"),
    Column("claims", "Claims", "count", sort="claims"),
    Column("cents", "Paid", "money", sort="cents"),
    Column("state", "State", "status", sort="state"),
    Column("why", "Why", wide=True),
    Column("owner", "Looked after by", minor=True),
)
QUEUES = (
    Column("words", "What to look at", "link", wide=True),
    Column("count", "How many", "count"),
    Column("late", "Late", "count"),
    Column("free", "Without owner", "count"),
    Column("since", "Oldest paid", "day"),
    Column("cents", "Dollars", "money"),
    Column("remedy", "What to do", wide=True),
)
FILES = (
    Column("file_name", "File", "link"),
    Column("received", "Received", "day"),
    Column("payer", "From"),
    Column("state", "State", "status"),
    Column("payments", "Payments", "count"),
)
DEPOSITS = (
    Column("day", "At the bank", "day"),
    Column("payer", "From", wide=True),
    Column("trace", "Trace number", "link"),
    Column("cents", "Amount", "money"),
    Column("by", "Recorded by", minor=True),
)
CLAIMS = (
    Column("claim_ref", "Claim", "link"),
    Column("member_ref", "Member"),
    Column("served_on", "Served", "day"),
    Column("status", "What the payer says", wide=True),
    Column("charge_cents", "Charge", "money"),
    Column("paid_cents", "Paid", "money"),
    Column("patient_cents", "Patient owes", "money"),
    Column("reasons", "Why not all", wide=True),
    Column("look", "To look at", wide=True),
)
ADJUSTMENTS = (
    Column("words", "What", wide=True),
    Column("reference", "Reference"),
    Column("cents", "Taken off", "money"),
)
PROBLEMS = (Column("where", "Where"), Column("message", "What is wrong", wide=True))
STEPS = (
    Column("at", "When", "day"),
    Column("what", "What"),
    Column("words", "Why", wide=True),
    Column("by_name", "By"),
)


class NewRemits(forms.Form):
    """A file of remittances and who pays them."""

    payer = forms.ModelChoiceField(Payer.objects.none(), label="Plan that pays")
    file = forms.FileField(label="The file", help_text="835, as the plan or clearinghouse sent it")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["payer"].queryset = Payer.objects.select_related("party")


class PutAside(forms.Form):
    """Why a payment is put aside."""

    words = forms.CharField(
        max_length=500, label="Why it is put aside",
        help_text="Nothing of it is posted. Its trace number may come again, corrected.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip


def shown(one: Remit, address: str) -> dict[str, object]:
    """A payment as lists show it."""
    return {
        "trace": one.trace or "none",
        "paid_on": one.paid_on,
        "payer": one.payer.party.name,
        "payee": one.party.name if one.party else one.payee_name or one.payee_ref,
        "claims": one.claims,
        "cents": one.cents,
        "state": one.state_words,
        "why": one.reason_words or one.words,
        "owner": one.owner_name,
        "url": reverse(address, args=[one.pk]),
    }


@requires(VIEW)
def remit_list(request: PortalRequest) -> HttpResponse:
    """What is to be looked at, every payment, files, and what the bank shows."""
    every = remits(request.actor)
    state, reason = request.GET.get("state", ""), request.GET.get("reason", "")
    rows = every.filter(state=state) if state in WORDS else every
    rows = rows.filter(reason=reason) if reason in REASONS else rows
    asked = request.GET.get("q", "").strip()
    rows = rows.filter(trace__startswith=asked) if asked else rows
    address = "compliance:remit_detail"
    if wants_file(request):
        return as_file(request, COLUMNS, [shown(one, address) for one in rows], "remittances-in")
    listing = list_rows(
        rows, COLUMNS, request.GET, caption="Every remittance",
        chips=[Chip("state", "", "All"),
               *(Chip("state", str(s), w.capitalize()) for s, w in WORDS.items())],
        empty=Empty(
            "No remittance",
            "Plans say with an 835 what they paid of which claims. Take one in here, or let the "
            "plan put it into its folder.",
        ),
        **export_urls(request),
    )  # fmt: skip
    listing.rows[:] = [shown(one, address) for one in listing.rows]
    context = {
        "listing": listing,
        **_looked_at(request),
        "may_take": request.actor.may(TAKE),
        "crumbs": [("Claims", reverse("compliance:claim_list")), (TITLE, "")],
    }
    return render(request, "compliance/remits.html", context)


def _looked_at(request: PortalRequest) -> dict[str, object]:
    """The parts above the list: queues, the bank's side, the newest files."""
    here, lines = reverse("compliance:remit_list"), reverse("compliance:remit_claims")
    queues = [
        {**one, "words": sentence(one["rule"].words), "remedy": one["rule"].remedy,
         "url": f"{here}?state=waiting&reason={one['key']}" if "reason" in one
         else f"{lines}?queue={one['key']}"}
        for one in remit_queues(request.actor, timezone.localdate())
    ]  # fmt: skip
    deposits = [
        {"day": one.day, "payer": one.payer.party.name, "trace": one.trace or "none",
         "cents": one.cents, "by": one.recorded_by_name,
         "url": reverse("compliance:remit_deposit_tie", args=[one.pk])}
        for one in open_deposits(request.actor)
    ]  # fmt: skip
    missing = [shown(one, "compliance:remit_detail") for one in not_at_bank(request.actor)]
    columns = [one for one in COLUMNS if one.key in ("trace", "paid_on", "payer", "cents")]
    return {
        "queues": list_rows(
            queues, QUEUES, {}, caption="To look at", page_size=50,
            empty=Empty("Nothing is to be looked at", "Every remittance adds up and is matched."),
        ),
        "deposits": list_rows(
            deposits, DEPOSITS, {}, caption="At the bank, without remittance", page_size=500,
            empty=Empty("None", "Every deposit that was recorded has its remittance."),
        ),
        "missing": list_rows(
            missing, columns, {}, caption="Remittances, not seen at the bank", page_size=500,
            empty=Empty("None", "All that the IPA was told it is paid was seen at the bank."),
        ),
        "files": list_rows(
            [_file_row(one) for one in remit_files(request.actor)[:10]], FILES, {},
            caption="The newest files", empty=Empty("None", "No file came in yet."),
        ),
    }  # fmt: skip


def _file_row(one: RemitFile) -> dict[str, object]:
    return {
        "file_name": one.file_name,
        "received": timezone.localdate(one.received_at),
        "payer": one.payer.party.name,
        "state": one.get_status_display(),
        "payments": one.payments,
        "url": reverse("compliance:remit_file_detail", args=[one.pk]),
    }


def crumbs(last: str) -> list[tuple[str, str]]:
    """Where pages of remittances lie."""
    here = [("Claims", reverse("compliance:claim_list"))]
    return [*here, (TITLE, reverse("compliance:remit_list")), (last, "")]


@requires(TAKE)
@takes_file(LIST)
def remit_new(request: PortalRequest) -> HttpResponse:
    """Take a file of remittances in."""
    form = NewRemits(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            made = receive_remits(
                actor=request.actor, payer_id=form.cleaned_data["payer"].pk, file_name=file.name,
                data=file.read(), now=timezone.now(),
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Received. It is read within a minute.")
            return redirect("compliance:remit_file_detail", made.pk)
    context = {
        "form": form, "files": True, "title": "Take remittances in", "verb": "Take it in",
        "back": reverse("compliance:remit_list"), "crumbs": crumbs("Take in"),
    }  # fmt: skip
    return render(request, "compliance/form.html", context, status=422 if form.errors else 200)


@requires(VIEW)
def remit_file_detail(request: PortalRequest, remit_file_id: int) -> HttpResponse:
    """One file: what it held, and what is wrong with it."""
    file = get_object_or_404(remit_files(request.actor), pk=remit_file_id)
    rows = remits(request.actor).filter(file=file).order_by("segment_no")
    problems = [dict(zip(("where", "code", "message"), one, strict=True)) for one in file.problems]
    context = {
        "file": file,
        "facts": [
            FactItem("From", file.payer.party.name),
            FactItem("Received by", file.received_by_name,
                     note=f"{timezone.localtime(file.received_at):%Y-%m-%d %H:%M}"),
            FactItem("Payments in it", file.payments, "count"),
            FactItem("SHA-256", file.sha256[:16], note="its bytes are kept"),
        ],
        "problems": problems and list_rows(problems, PROBLEMS, {}, caption="What is wrong"),
        "listing": list_rows(
            [shown(one, "compliance:remit_detail") for one in rows], COLUMNS, {},
            caption="Payments", page_size=1000,
            empty=Empty("None", "Nothing was read of it: the file waits, or was refused whole."),
        ),
        "crumbs": crumbs(file.file_name),
    }  # fmt: skip
    return render(request, "compliance/remit_file.html", context)


@requires(VIEW)
@shows_members()
def remit_file_bytes(request: PortalRequest, remit_file_id: int) -> HttpResponseBase:
    """The file as it came."""
    file = get_object_or_404(remit_files(request.actor), pk=remit_file_id)
    named = remits(request.actor).filter(file=file, rows__claim__isnull=False)
    declare_members(request, set(named.values_list("rows__claim__member_id", flat=True)) - {None})
    return stored_file(file.sha256, file.file_name)


def remit_context(request: PortalRequest, one: Remit, claim_address: str) -> dict[str, object]:
    """What pages of one payment show, to staff and to its practice."""
    rows = list(one.rows.select_related("claim", "reverses"))
    declare_members(request, [r.claim.member_id for r in rows if r.claim and r.claim.member_id])
    adjusted = [
        {"words": f"{adjustment_words(reason)} ({reason})", "reference": reference, "cents": cents}
        for _, reason, reference, cents in one.adjustments
    ]
    return {
        "remit": one,
        "facts": [
            FactItem("Paid", one.cents, "money"),
            FactItem("Claims come to", one.claim_cents, "money"),
            FactItem("Adjusted at the provider", sum(a["cents"] for a in adjusted), "money"),
            FactItem("Paid on", one.paid_on, "day"),
            FactItem("By", one.payer.party.name, note=one.payer_name),
            FactItem("To", one.party.name if one.party else one.payee_name, note=one.payee_ref),
            FactItem("Trace number", one.trace, note=one.payer_tin),
        ],
        "listing": list_rows(
            [_claim_row(row, claim_address) for row in rows], CLAIMS, {}, caption="Claims",
            page_size=2000,
            empty=Empty("None", "Nothing of it is posted, so no claim is listed."),
        ),
        "adjustments": list_rows(adjusted, ADJUSTMENTS, {}, caption="Adjusted at the provider")
        if adjusted else None,
    }  # fmt: skip


def _claim_row(row, claim_address: str) -> dict[str, object]:
    taken, services = row.parts
    every = [*taken, *(one for line in services for one in line[4])]
    status = row.status_words
    if row.reverses_id:
        status = f"{status}: segment {row.reverses.segment_no} of the first payment"
    return {
        "claim_ref": row.claim_ref,
        "member_ref": row.member_ref,
        "served_on": row.served_on,
        "status": status,
        "charge_cents": row.charge_cents,
        "paid_cents": row.paid_cents,
        "patient_cents": row.patient_cents,
        "reasons": ", ".join(sorted({not_paid_words(*one[:2]) for one in every})),
        "look": sentence(row.queue_words or "in order"),
        "url": reverse(claim_address, args=[row.claim_id]) if row.claim_id else "",
    }


@requires(VIEW)
@shows_members()
def remit_detail(request: PortalRequest, remit_id: int) -> HttpResponse:
    """One payment: what it says, what does not add up, its claims, and the bank's side."""
    one = get_object_or_404(remits(request.actor), pk=remit_id)
    waits = request.actor.may(TAKE) and one.state == State.WAITING
    context = remit_context(request, one, "compliance:claim_detail")
    context["facts"] += [
        FactItem("In the books", one.entry.key if one.entry else "not the IPA's money"),
        FactItem("At the bank", one.deposit.day, "day")
        if one.deposit
        else FactItem("At the bank", "not seen" if one.entry else "not the IPA's money"),
    ]
    wrong = [dict(zip(("where", "message"), one, strict=True)) for one in one.differences]
    steps = [
        {"at": timezone.localdate(step.at), "what": step.what, "words": step.words,
         "by_name": step.by_name}
        for step in one.steps.all()
    ]  # fmt: skip
    context |= {
        "rule": REASONS.get(one.reason),
        "wrong": list_rows(wrong, PROBLEMS, {}, caption="What does not add up") if wrong else None,
        "steps": list_rows(steps, STEPS, {}, caption="What was done", page_size=500),
        "form": PutAside() if waits else None,
        "crumbs": crumbs(one.trace),
    }
    return render(request, "compliance/remit_detail.html", context)


@requires(TAKE)
def remit_work(request: PortalRequest, remit_id: int) -> HttpResponse:
    """Take a payment that waits over, try it again, or put it aside."""
    one = get_object_or_404(remits(request.actor), pk=remit_id)
    form = PutAside(request.POST or None)
    given = {"actor": request.actor, "remit_id": one.pk, "now": timezone.now()}
    done = ""
    try:
        if request.method == "POST" and "take" in request.POST:
            take_remit(**given)
            done = "You look after this remittance now."
        elif request.method == "POST" and "again" in request.POST:
            retry_remit(**given)
            done = "It adds up now, and is posted."
        elif request.method == "POST" and form.is_valid():
            put_remit_aside(words=form.cleaned_data["words"], **given)
            done = "Put aside; nothing of it was posted."
    except Refused as refusal:
        form.add_error(None, str(refusal))
    if done:
        messages.success(request, done)
        return redirect("compliance:remit_detail", one.pk)
    context = {
        "form": form, "title": f"Remittance {one.trace}", "verb": "Put it aside",
        "back": reverse("compliance:remit_detail", args=[one.pk]), "note": one.words,
        "crumbs": crumbs(one.trace),
    }  # fmt: skip
    return render(request, "compliance/form.html", context, status=422 if form.errors else 200)


# A practice's own -------------------------------------------------------------------------------


@requires(OWN)
def own_remits(request: PortalRequest) -> HttpResponse:
    """What plans said that they paid a practice themselves."""
    rows = [shown(one, "compliance:own_remit") for one in remits(request.actor, OWN)]
    columns = [one for one in COLUMNS if one.key not in ("owner", "why", "state", "payee")]
    if wants_file(request):
        return as_file(request, columns, rows, "remittances-of-plans")
    context = {
        "listing": list_rows(
            rows, columns, request.GET, caption="From plans",
            empty=Empty(
                "No remittance of a plan",
                "What plans pay you themselves stands here once their 835 came in. What the IPA "
                "pays you is under Remittances.",
            ),
            **export_urls(request),
        ),
        "crumbs": [("Billing records", reverse("compliance:own_claims")), ("From plans", "")],
    }  # fmt: skip
    return render(request, "compliance/own_remits.html", context)


@requires(OWN)
@shows_members()
def own_remit(request: PortalRequest, remit_id: int) -> HttpResponse:
    """One payment of a plan to a practice, claim by claim; as a file for its own system."""
    one = get_object_or_404(remits(request.actor, OWN), pk=remit_id)
    context = remit_context(request, one, "compliance:own_claim")
    if wants_file(request):
        rows = context["listing"].rows
        columns = [column for column in CLAIMS if column.key != "look"]
        return as_file(request, columns, rows, f"remittance-{one.pk}")
    context |= {
        "is_own": True,
        "files": export_urls(request),
        "crumbs": [("Billing records", reverse("compliance:own_claims")),
                   ("From plans", reverse("compliance:own_remits")), (one.trace, "")],
    }  # fmt: skip
    return render(request, "compliance/remit_detail.html", context)
