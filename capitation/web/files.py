"""The inbox of plan files: send, watch, see what each line became, write to the plan."""

import re
from urllib.parse import quote

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRefresh

from capitation.actions.files import ask_to_read, book_deposit, receive_file, reject_file
from capitation.models import PlanFile
from capitation.queries.file_faults import faults_of
from capitation.queries.files import FilePage, file_inbox, file_page
from capitation.web.file_forms import Deposit, RejectFile, SendFiles
from capitation.web.file_lines import line_listing, line_tabs, lines_file, shows_waiting
from ipaportal.audit.access import declare_members, shows_members
from ipaportal.core.parts import Chip, Column, Empty, FactItem, Listing, Step, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.core.words import dollars_text, plural
from ipaportal.identity.web.access import PortalRequest, fresh_login, is_fragment, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from ipaportal.identity.web.uploads import PLAN_FILE, takes_file

INBOX = "Plan files"
VIEW = "capitation.view_files"
RECEIVE = "capitation.receive_file"
FORMATS = {
    "x12-820": "820 remittance",
    "x12-834": "834 enrolment",
    "csv": "roster (CSV)",
    "mmr": "MMR",
}
COUNTS = {
    "members": "Members named",
    "new_members": "Members new",
    "lines": "Lines of money",
    "lines_matched": "Lines matched",
    "lines_waiting": "Lines waiting",
    "unknown_members": "Members not known",
    "total_cents": "Money",
    "premiums": "Premiums",
    "rows": "Rows",
    "coverage_changes": "Coverage changed",
    "pcp_changes": "PCP changed",
    "status_changes": "Status changed",
    "risk_changes": "Risk score changed",
    "profiles": "Names or birth dates changed",
    "absent": "Missing from a full file",
    "unmatched_pcp": "PCPs not matched",
    "unmatched_member": "Rows without a member",
    "unmatched_row": "Rows not readable",
    "unmatched_identity": "Numbers and MBIs that do not agree",
    "new_numbers": "Members with a new number",
}
PLACE = re.compile(r"(?:segment|line|row|record) [0-9]{1,9}(?: \([A-Z0-9]{2,5}\))?")


@requires(VIEW)
def file_list(request: PortalRequest) -> HttpResponse:
    """The inbox; while a file is being read, its row follows by itself."""
    context = _inbox(request)
    if wants_file(request):
        listing = context["listing"]
        rows = [_row(file) for file in _asked(request)]
        return as_file(request, listing.columns, rows, "plan-files")
    name = "_file_rows.html" if is_fragment(request) else "file_list.html"
    return render(request, f"capitation/staff/{name}", context)


def _asked(request: PortalRequest):
    status, text = request.GET.get("status", ""), request.GET.get("q", "").strip()
    status = status if status in PlanFile.Status.values else ""
    files = file_inbox(actor=request.actor, status=status).order_by("-pk")
    return files.filter(name__istartswith=text) if text else files


def _inbox(request: PortalRequest) -> dict[str, object]:
    columns = [
        Column("name", "File", "link", sort="name"),
        Column("status", "Status", "status", sort="status"),
        Column("plan", "Plan", sort="payer__party__name"),
        Column("kind", "Kind", sort="format"),
        Column("money", "Money $", "money"),
        Column("result", "Result", wide=True),
        Column("received", "Received", "day", sort="received_at"),
        Column("source", "From", minor=True),
    ]
    listing = list_rows(
        _asked(request),
        columns,
        request.GET,
        caption=INBOX,
        chips=[
            Chip("status", "", "All"),
            *[Chip("status", code, word.capitalize()) for code, word in PlanFile.Status.choices],
        ],
        empty=Empty(
            "No file here",
            "Drop what a plan sends: 820 remittances, 834 enrolments, rosters as CSV, MMR. Each is "
            "kept encrypted, taken once, and applied whole or not at all.",
        ),
        **export_urls(request),
    )
    rows = [_row(file) for file in listing.rows]
    may_send = request.actor.may(RECEIVE)
    form = SendFiles() if may_send else None
    return {
        "listing": Listing(**{**vars(listing), "rows": rows}),
        "is_moving": any(row["status"] == "received" for row in rows),
        "form": form,
        "may_send": may_send and form.fields["contract"].queryset.exists(),
        "needs_contract": may_send and not form.fields["contract"].queryset.exists(),
    }


def _row(file: PlanFile) -> dict[str, object]:
    return {
        "name": file.name,
        "status": file.status,
        "plan": file.payer.party.name,
        "kind": FORMATS.get(file.format, file.format),
        "money": file.counts.get("total_cents"),
        "result": _result(file),
        "received": timezone.localdate(file.received_at),
        "source": file.came_from or file.received_by_name,
        "url": reverse("capitation:file_detail", args=[file.pk]),
    }


def _result(file: PlanFile) -> str:
    """One line about what became of a file."""
    if file.status == "received":
        return "being read…"
    if file.status != "applied":
        # The rest of the sentence stands on the file's own page.
        return file.problems[0]["message"].partition(": ")[0] if file.problems else ""
    counts = file.counts
    said = [
        plural(counts[name], *words)
        for name, words in (
            ("new_members", ("new member",)),
            ("lines", ("line of money", "lines of money")),
            ("premiums", ("premium",)),
            ("coverage_changes", ("coverage change",)),
            ("pcp_changes", ("PCP change",)),
        )
        if counts.get(name)
    ]
    waiting = sum(
        counts.get(name, 0) for name in ("unknown_members", "unmatched_pcp", "unmatched_identity")
    )
    if waiting:
        said.append(f"{waiting:,} waiting")
    return ", ".join(said) or "nothing new in it"


@require_POST
@requires(RECEIVE)
@takes_file(PLAN_FILE)
def file_receive(request: PortalRequest) -> HttpResponse:
    """Take in one file or several; what is refused says why, the others go on."""
    form = SendFiles(request.POST)
    sent = request.FILES.getlist("file")
    taken, refused = [], []
    if form.is_valid():
        contract = form.cleaned_data["contract"]
        for upload in sent:
            try:
                taken.append(
                    receive_file(
                        actor=request.actor,
                        payer_id=contract.payer_id,
                        contract_id=contract.pk,
                        name=upload.name,
                        data=upload.chunks(),
                        now=timezone.now(),
                    )
                )
            except Refused as refusal:
                refused.append(f"{upload.name}: {refusal}")
    else:
        refused.append("Choose the contract that the file belongs to. Nothing was received.")
    if not sent:
        refused.append("No file was sent. Choose one, or drop it on the page.")
    for words in refused:
        messages.error(request, words)
    if taken:
        messages.success(request, f"{plural(len(taken), 'file')} received, now being read.")
        return redirect("capitation:file_list")
    context = {**_inbox(request), "form": form}
    return render(request, "capitation/staff/file_list.html", context, status=422)


def found_file(request: PortalRequest, file_id: int) -> FilePage:
    """
    The file an address names.

    :raises Http404: if there is none
    """
    try:
        return file_page(actor=request.actor, file_id=file_id)
    except PlanFile.DoesNotExist as missing:
        raise Http404 from missing


@requires(VIEW)
@shows_members()
def file_detail(request: PortalRequest, file_id: int) -> HttpResponse:
    """One file: what the reader said, what it changed, what each line became."""
    declare_members(request, [])
    page = found_file(request, file_id)
    if wants_file(request) and (page.lines or page.unmatched):
        return lines_file(request, page)
    return _file_answer(request, page)


def _file_answer(request: PortalRequest, page: FilePage, **more: object) -> HttpResponse:
    file = page.file
    may_receive = request.actor.may(RECEIVE)
    open_cents = (page.total_cents or 0) - page.deposited_cents
    context = {
        "page": page,
        "file": file,
        "kind": FORMATS.get(file.format, file.format or "not yet read"),
        "steps": _steps(file),
        "facts": _facts(page),
        "counts": _counts(file),
        "faults": faults_of(file) if file.problems else [],
        "mailto": _mailto(file),
        "tabs": line_tabs(request, page),
        "listing": line_listing(request, page),
        "searches": "" if shows_waiting(request, page) else "q",
        "may_process": may_receive and file.status == "received",
        "may_reject": may_receive and file.status == "quarantined",
        "deposit": Deposit() if may_receive and page.entry and open_cents > 0 else None,
        "open_cents": open_cents,
        "reject": RejectFile(),
        "crumbs": [(INBOX, reverse("capitation:file_list")), (file.name, "")],
        **more,
    }
    status = 422 if more else 200
    return render(request, "capitation/staff/file_detail.html", context, status=status)


def _steps(file: PlanFile) -> list[Step]:
    words = {"applied": "Applied", "rejected": "Rejected", "quarantined": "Quarantined"}
    last = words.get(file.status, "Applied")
    is_done, is_bad = file.status == "applied", file.status in ("rejected", "quarantined")
    return [
        Step("Received", "done", f"{file.received_at:%Y-%m-%d %H:%M} by {file.received_by_name}"),
        Step("Read", "now" if file.status == "received" else "done", file.format),
        Step(last, "done" if is_done else "blocked" if is_bad else "wait"),
    ]


def _facts(page: FilePage) -> list[FactItem]:
    file = page.file
    facts = [
        FactItem("Plan", file.payer.party.name),
        FactItem("Contract", file.contract.name if file.contract else ""),
        FactItem("Size", f"{file.size:,} bytes", note=f"SHA-256 {file.sha256[:12]}…"),
        FactItem("Came from", file.came_from or file.received_by_name),
    ]
    if page.total_cents is not None:
        facts.append(FactItem("Money stated", page.total_cents, "dollars"))
    if page.entry is not None:
        url = reverse("ledger:entry_detail", args=[page.entry.pk])
        facts.append(FactItem("In the books", page.entry.key, url=url))
        facts.append(FactItem("Seen at the bank", page.deposited_cents, "dollars"))
    return facts


def _counts(file: PlanFile) -> list[FactItem]:
    return [
        FactItem(label, file.counts[name], "dollars" if name.endswith("_cents") else "count")
        for name, label in COUNTS.items()
        if file.counts.get(name)
    ]


def _mailto(file: PlanFile) -> str:
    """
    A letter to the plan's contact, ready to be sent, that anybody on its way may read.

    So it names the file by its digest, and of each fault the place and the code: what was read in
    the file, and even its name, may tell of members.
    """
    address = file.payer.contact_email
    if not file.problems or not address or file.status == "applied":
        return ""
    faults = "\n".join(f"- {_place(p['where'])}: {p['code']}" for p in file.problems[:15])
    title = f"File {file.sha256[:12]}"
    body = (
        f"Your file with the SHA-256 {file.sha256}, {file.size:,} bytes, received on "
        f"{file.received_at:%Y-%m-%d}, could not be used. Nothing of it was applied.\n\n{faults}"
        "\n\nPlease send a corrected file."
    )
    return f"mailto:{quote(address, safe='@')}?subject={quote(title)}&body={quote(body)}"


def _place(where: str) -> str:
    """The segment, line or record that a place names, without what stands there."""
    found = PLACE.search(where)
    return found[0] if found else "file"


@requires(VIEW)
def file_progress(request: PortalRequest, file_id: int) -> HttpResponse:
    """The line that says that a file is being read; the page is shown anew once it is."""
    file = found_file(request, file_id).file
    if file.status != "received":
        return HttpResponseClientRefresh()
    return render(request, "capitation/staff/_file_progress.html", {"file": file})


@require_POST
@requires(RECEIVE)
def file_process(request: PortalRequest, file_id: int) -> HttpResponse:
    """Ask the worker for a file now; its page shows how it goes."""
    found_file(request, file_id)
    try:
        ask_to_read(actor=request.actor, file_id=file_id)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.info(request, "Asked for. This page shows when it is read.")
    return redirect("capitation:file_detail", file_id)


@require_POST
@requires(RECEIVE)
@shows_members()
def file_reject(request: PortalRequest, file_id: int) -> HttpResponse:
    """Put a quarantined file aside, with the reason."""
    declare_members(request, [])
    page = found_file(request, file_id)
    form = RejectFile(request.POST)
    if form.is_valid():
        try:
            reject_file(
                actor=request.actor, file_id=file_id, now=timezone.now(), **form.cleaned_data
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "The file is put aside. Ask the plan for a right one.")
            return redirect("capitation:file_detail", file_id)
    return _file_answer(request, page, reject=form)


@require_POST
@requires(RECEIVE)
@fresh_login
@shows_members()
def file_deposit(request: PortalRequest, file_id: int) -> HttpResponse:
    """Book that the bank shows the file's money."""
    declare_members(request, [])
    page = found_file(request, file_id)
    form = Deposit(request.POST)
    if form.is_valid():
        cents = int(form.cleaned_data["amount"] * 100)
        try:
            book_deposit(
                actor=request.actor,
                file_id=file_id,
                day=form.cleaned_data["day"],
                amount_cents=cents,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{dollars_text(cents)} are booked as seen at the bank.")
            return redirect("capitation:file_detail", file_id)
    return _file_answer(request, page, deposit=form)
