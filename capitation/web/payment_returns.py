"""The bank's returns: reading a file, what became of its lines, and those that wait."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from capitation.actions.bank_returns import apply_return_line, close_return_line, read_returns
from capitation.queries.bank_returns import (
    corrected_of,
    return_files,
    return_lines,
    sums_of,
    waiting_lines,
)
from capitation.queries.banking import correction_of
from capitation.rules.bank_returns import CHANGE, NOT_BACK, OTHER_CHANGE, PROPOSED, VOID, WAITS
from capitation.rules.notices import CHANGES, CITATION, due_date
from capitation.rules.payments import return_reason
from capitation.web.payment_forms import Returns, Why
from ipaportal.core.parts import Column, Empty, FactItem, Listing, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.core.words import plural
from ipaportal.identity.web.access import PortalRequest, fresh_login, requires
from ipaportal.identity.web.exports import export_urls, exported, one_as_file
from ipaportal.identity.web.uploads import LIST, takes_file

READ = "capitation.read_returns"


@requires("capitation.view_payments")
def return_list(request: PortalRequest) -> HttpResponse:
    """Lines of the bank that wait for somebody, then every file that was read."""
    files = [
        {
            "name": _title(file),
            "received": file.received_at,
            "by": file.received_by_name,
            "lines": file.line_count,
            "applied": file.applied,
            "waiting": file.waiting,
            "closed": file.closed,
            "url": reverse("capitation:return_file_detail", args=[file.pk]),
        }
        for file in return_files(actor=request.actor)
    ]
    columns = [
        Column("name", "File", "link"),
        Column("received", "Read", "day", sort="received"),
        Column("by", "By"),
        Column("lines", "Lines", "count"),
        Column("applied", "Applied", "count"),
        Column("waiting", "Waiting", "count"),
        Column("closed", "Closed", "count"),
    ]
    nothing = Empty("No file of returns yet", "Banks send one when a payment comes back.")
    done = Empty("No line waits", "Lines that do not apply to a payment appear here.")
    waits = waiting_lines(actor=request.actor)
    more = exported(request, "return-files") if files else {}
    lists = {
        "waiting-returns": _rows(request, waits, "Waiting", done, "waiting-returns"),
        "return-files": list_rows(
            files, columns, request.GET, caption="Files", empty=nothing, **more
        ),
    }
    if (file := one_as_file(request, lists)) is not None:
        return file
    context = {
        "waiting": lists["waiting-returns"],
        "listing": lists["return-files"],
        "may_read": request.actor.may(READ),
        "crumbs": [("Payments", reverse("capitation:payment_list")), ("Returns", "")],
    }
    return render(request, "capitation/payments/return_list.html", context)


def _title(file) -> str:
    return f"Returns of {file.received_at:%b %-d, %Y}"


def _rows(request: PortalRequest, lines, caption: str, empty: Empty, of: str) -> Listing:
    may_open = request.actor.may(READ)
    rows = [
        {
            "name": f"Line {line.line}, {line.file}",
            "payee": line.about.party.name if line.about else line.name,
            "code": line.code,
            "cents": line.amount_cents,
            "state": line.state,
            "why": WAITS[line.why].name if line.why else return_reason(line.code),
            "url": _address(line) if may_open else "",
        }
        for line in lines
    ]
    columns = [
        Column("name", "Line", "link"),
        Column("payee", "Payee"),
        Column("code", "Code"),
        Column("why", "Why"),
        Column("state", "State", "status"),
        Column("cents", "Amount $", "money", total=sum(row["cents"] for row in rows)),
    ]
    urls = export_urls(request, of) if rows else {}
    return list_rows(rows, columns, {}, caption=caption, page_size=1000, empty=empty, **urls)


def _address(line) -> str:
    return reverse("capitation:return_line_detail", args=[line.pk])


def _crumbs(*here: str) -> list[tuple[str, str]]:
    crumbs = [
        ("Payments", reverse("capitation:payment_list")),
        ("Returns", reverse("capitation:return_list")),
    ]
    return [*crumbs, *((name, "") for name in here)]


@requires(READ)
@fresh_login
@takes_file(LIST)
def returns_read(request: PortalRequest) -> HttpResponse:
    """Take the bank's file of returns, and lead to what became of it."""
    form = Returns(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data["file"].read()
        try:
            file = read_returns(actor=request.actor, data=data, now=timezone.now())
        except Refused as refusal:
            form.add_error("file", str(refusal))
        else:
            return redirect("capitation:return_file_detail", file.pk)
    context = {"form": form, "crumbs": _crumbs("Read")}
    status = 422 if form.errors else 200
    return render(request, "capitation/payments/returns_read.html", context, status=status)


@requires("capitation.view_payments")
def return_file_detail(request: PortalRequest, return_file_id: int) -> HttpResponse:
    """What became of every line of a file."""
    file = return_files(actor=request.actor).filter(pk=return_file_id).first()
    if file is None:
        raise Http404
    lines = return_lines(actor=request.actor).filter(file=file).order_by("line")
    listing = _rows(request, lines, "Lines", Empty("No line"), "returned-lines")
    if (answer := one_as_file(request, {"returned-lines": listing})) is not None:
        return answer
    context = {
        "file": file,
        "sums": sums_of(file),
        "listing": listing,
        "crumbs": _crumbs(_title(file)),
    }
    return render(request, "capitation/payments/return_file_detail.html", context)


@requires(READ)
@fresh_login
def return_line_detail(request: PortalRequest, line_id: object) -> HttpResponse:
    """One line of the bank that waits: why, what to do, and what ends it."""
    line = return_lines(actor=request.actor).filter(pk=line_id).first()
    if line is None:
        raise Http404
    applies = request.POST.get("do") == "apply"
    proposal = line.proposals.select_related("party").first()
    form = Why(None if applies else request.POST or None)
    problem = ""
    if request.method == "POST" and (applies or form.is_valid()):
        try:
            _end(request, line, applies, form)
        except Refused as refusal:
            problem = str(refusal)
        else:
            return redirect("capitation:return_list")
    context = {
        "line": line,
        "wait": WAITS.get(line.why),
        "is_waiting": line.state == "waiting",
        "apply_verb": _apply_verb(line),
        "changes": correction_of(proposal) if proposal else [],
        "proposal": proposal,
        "form": form,
        "problem": problem,
        "facts": _facts(line),
        "propose_url": _propose_url(request, line),
        "crumbs": _crumbs(f"Line {line.line}"),
    }
    status = 422 if problem or form.errors else 200
    return render(request, "capitation/payments/return_line_detail.html", context, status=status)


def _end(request: PortalRequest, line, applies: bool, form: Why) -> None:
    now = timezone.now()
    if applies:
        apply_return_line(actor=request.actor, line_id=line.pk, now=now)
        done = "Proposed. Another person approves it." if line.kind == "change" else "Applied."
        messages.success(request, done)
        return
    text = form.cleaned_data["text"]
    close_return_line(actor=request.actor, line_id=line.pk, text=text, now=now)
    left = waiting_lines(actor=request.actor).count()
    messages.success(request, f"Closed. {plural(left, 'line')} still wait.")


def _apply_verb(line) -> str:
    """What to call applying a line that waits; empty where it cannot apply by itself."""
    if line.state != "waiting":
        return ""
    if line.why in (CHANGE, OTHER_CHANGE) and not line.proposals.exists():
        return "Propose this correction"
    return "Apply this line" if line.why in (VOID, NOT_BACK) else ""


def _propose_url(request: PortalRequest, line) -> str:
    may = request.actor.may("capitation.propose_bank_account")
    if not (may and line.about and line.kind == "change") or line.why == PROPOSED:
        return ""
    return f"{reverse('capitation:bank_account_new')}?party={line.about.party_id}"


def _said(line) -> str:
    """The bank's code in words."""
    if line.kind == "change":
        return CHANGES.get(line.code, "")
    return return_reason(line.code) if line.code else ""


def _facts(line) -> list[FactItem]:
    facts = [
        FactItem("Payee", line.about.party.name if line.about else line.name),
        FactItem(
            "The bank says", f"{line.code} {line.get_kind_display()}".strip(), note=_said(line)
        ),
        FactItem("Amount", line.amount_cents, "dollars"),
        FactItem("Trace number", line.trace_number or "none"),
        FactItem("Read", line.file.received_at, "day", note=line.file.received_by_name),
        FactItem("State", line.state, "status"),
    ]
    if line.payment:
        address = reverse("capitation:payment_detail", args=[line.payment_id])
        said = f"{line.payment.get_status_display()}"
        facts.append(FactItem("Payment", f"payment {line.payment_id}", note=said, url=address))
    if line.prenote:
        account = line.prenote.bank_account
        address = reverse("capitation:bank_account_detail", args=[account.pk])
        facts.append(FactItem("Prenote to", str(account), url=address))
    if line.kind == "change" and line.about and line.state == "waiting":
        due = due_date(timezone.localdate(line.file.received_at))
        facts.append(FactItem("Correct it by", due, "day", note=CITATION))
    if corrected := corrected_of(line):
        facts.append(FactItem("Corrected details", corrected, note="as the bank wrote them"))
    if line.decided_at:
        decided = f"{line.decided_by_name}: {line.decision_text}".rstrip(": ")
        facts.append(FactItem("Ended", line.decided_at, "day", note=decided))
    return facts
