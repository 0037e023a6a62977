"""One row of a work-list: a raw PCP, a row of a file, money in suspense, and what ends it."""

from datetime import date
from functools import partial

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from capitation.actions.members import end_coverage
from capitation.actions.worklists import (
    apply_suspense,
    dismiss_row,
    resolve_unmatched_pcp,
    return_suspense,
    settle_identity,
)
from capitation.models import Contract, Member, UnmatchedRow
from capitation.queries.members import member_rows
from capitation.queries.worklists import doubted_cents, suspense_cents
from capitation.web.member_forms import (
    ApplySuspense,
    Dismiss,
    EndCoverage,
    ResolvePcp,
    ReturnSuspense,
    SettleIdentity,
    cents_of,
)
from capitation.web.worklists import VIEW, WORK
from ipaportal.audit.access import declare_members, shows_members
from ipaportal.core.months import parse_month
from ipaportal.core.parts import FactItem
from ipaportal.core.refusals import Refused
from ipaportal.core.words import dollars_text, month_text, plural
from ipaportal.identity.web.access import PortalRequest, fresh_login_or_again, requires


def _back(name: str) -> str:
    return f"{reverse('capitation:worklists')}?list={name}"


@requires(VIEW)
@shows_members()
def row_detail(request: PortalRequest, row_id: int) -> HttpResponse:
    """A row kept raw: what it says, and what ends it."""
    row = UnmatchedRow.objects.select_related("file__payer__party", "member", "last_file").filter(
        pk=row_id
    )
    row = row.first()
    if row is None:
        raise Http404
    declare_members(request, _shown_members(row))
    forms = _forms(request, row)
    asked = request.POST.get("do", "")
    if request.method == "POST":
        if asked not in forms:
            raise Http404
        if forms[asked].is_valid() and _settled(request, row, asked, forms[asked]):
            return redirect(_back(row.kind))
    context = {
        "row": row,
        "forms": forms,
        "facts": _row_facts(row),
        "adopt_url": _adopt_url(row),
        "crumbs": [(WORK, _back(row.kind)), (f"Line {row.line_no}", "")],
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "capitation/staff/row_detail.html", context, status=status)


def _shown_members(row: UnmatchedRow) -> list[int]:
    """Whom the row's page shows: its member, or everybody whom its number or MBI names."""
    return row.values.get("members") or ([row.member_id] if row.member_id else [])


def _forms(request: PortalRequest, row: UnmatchedRow) -> dict[str, object]:
    """The forms that fit the row and the person; the one sent is bound."""
    if row.resolved_at is not None or not request.actor.may("capitation.resolve_row"):
        return {}
    asked = request.POST.get("do", "") if request.method == "POST" else ""
    kinds = {"dismiss": Dismiss}
    if row.kind == "pcp":
        kinds = {"resolve": ResolvePcp, **kinds}
    if row.kind == UnmatchedRow.Kind.IDENTITY:
        kinds = {"settle": partial(SettleIdentity, members=_choices(row)), **kinds}
    if row.member_id and row.kind == "member" and request.actor.may("capitation.adopt_member"):
        kinds = {"end": EndCoverage, **kinds}
    initial = {"pcp": row.values.get("npi", ""), "all_alike": True}
    return {
        name: form(request.POST if name == asked else None, initial=initial, auto_id=f"{name}_%s")
        for name, form in kinds.items()
    }


def _choices(row: UnmatchedRow) -> list[tuple[int, str]]:
    people = member_rows(row.values["members"])
    return [(one.member_id, f"{one.plan_member_id} {one.name}".strip()) for one in people]


def _settled(request: PortalRequest, row: UnmatchedRow, asked: str, form) -> bool:
    data = form.cleaned_data
    common = {"actor": request.actor, "now": timezone.now()}
    try:
        if asked == "resolve":
            count = resolve_unmatched_pcp(
                row_id=row.pk,
                practitioner_id=data["pcp"].pk,
                all_alike=data["all_alike"],
                **common,
            )
            messages.success(request, f"{plural(count, 'row')} settled: {data['pcp']}.")
        elif asked == "settle":
            count = settle_identity(row_id=row.pk, member_id=data["member"], **common)
            words = f"{plural(count, 'line')} of money matched; what the files say is applied."
            messages.success(request, words)
        elif asked == "end":
            end_coverage(
                member_id=row.member_id, contract_id=row.file.contract_id, **data, **common
            )
            messages.success(request, f"The coverage of {row.member} ends.")
        else:
            dismiss_row(row_id=row.pk, **data, **common)
            messages.success(request, "The row is settled without a change.")
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    return True


def _row_facts(row: UnmatchedRow) -> list[FactItem]:
    file_url = reverse("capitation:file_detail", args=[row.file_id])
    facts = [
        FactItem("File", row.file.name, note=f"line {row.line_no}", url=file_url),
        FactItem("Plan", row.file.payer.party.name),
    ]
    if row.files > 1:
        seen = f"in {row.files:,} files, last in {row.last_file.name}"
        facts.append(FactItem("Last seen", row.last_seen_at.date(), "day", note=seen))
    if row.kind == UnmatchedRow.Kind.IDENTITY:
        facts.append(FactItem("Money waiting", doubted_cents(row), "dollars"))
    elif row.member is not None:
        url = reverse("capitation:member_detail", args=[row.member_id])
        facts.append(FactItem("Member", row.member.plan_member_id, url=url))
    labels = {
        "npi": "NPI",
        "member_ref": "Member's number",
        "effective_date": "From",
        "latest_date": "Last named for",
    }
    for name, value in row.values.items():
        if value not in (None, "") and name not in ("members", "files"):
            is_cents = name.endswith("_cents")
            label = labels.get(name, name.removesuffix("_cents").replace("_", " ").capitalize())
            facts.append(FactItem(label, value, "dollars" if is_cents else "text"))
    return facts


def _adopt_url(row: UnmatchedRow) -> str:
    ref = row.values.get("member_ref")
    if row.kind != "member" or row.member_id or not ref or not row.file.contract_id:
        return ""
    return f"{reverse('capitation:member_adopt')}?row={row.pk}"


@requires("capitation.settle_suspense")
@fresh_login_or_again
@shows_members()
def suspense_settle(
    request: PortalRequest, contract_id: int, member_id: int, month: str
) -> HttpResponse:
    """Money in suspense: apply it where it belongs, or give it back to the plan."""
    declare_members(request, [member_id])
    contract, member, day = _suspended(contract_id, member_id, month)
    cents = suspense_cents(contract_id, member_id, day)
    asked = request.POST.get("do", "") if request.method == "POST" else ""
    amount = f"{cents / 100:.2f}"
    start = {"amount": amount, "to_number": member.plan_member_id}
    forms = {
        "apply": ApplySuspense(
            request.POST if asked == "apply" else None, initial=start, auto_id="apply_%s"
        ),
        "return": ReturnSuspense(
            request.POST if asked == "return" else None, initial=start, auto_id="return_%s"
        ),
    }
    if asked in forms and forms[asked].is_valid():
        key = {"contract_id": contract_id, "member_id": member_id, "month": day}
        if _moved(request, asked, forms[asked], member, key):
            return redirect(_back("suspense"))
    (who,) = member_rows([member_id])
    context = {
        "member": who,
        "contract": contract,
        "month": day,
        "cents": cents,
        "forms": forms,
        "crumbs": [(WORK, _back("suspense")), (member.plan_member_id, "")],
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "capitation/staff/suspense_settle.html", context, status=status)


def _suspended(contract_id: int, member_id: int, month: str) -> tuple[Contract, Member, date]:
    contract = Contract.objects.filter(pk=contract_id).first()
    member = Member.objects.filter(pk=member_id, payer__contracts=contract_id).first()
    try:
        day = parse_month(month)
    except ValueError as wrong:
        raise Http404 from wrong
    if contract is None or member is None:
        raise Http404
    return contract, member, day


def _moved(request: PortalRequest, asked: str, form, member: Member, key: dict) -> bool:
    data = form.cleaned_data
    common = {"actor": request.actor, "now": timezone.now(), "reason": data["reason"], **key}
    cents = cents_of(data["amount"])
    try:
        if asked == "return":
            return_suspense(amount_cents=cents, **common)
            messages.success(request, f"{dollars_text(cents)} are owed back to the plan.")
            return True
        to_member = Member.objects.filter(
            payer_id=member.payer_id, plan_member_id=data["to_number"].strip()
        ).first()
        if to_member is None:
            form.add_error("to_number", "The plan has no member of this number. Nothing was moved.")
            return False
        apply_suspense(
            to_member_id=to_member.pk, to_month=data["to_month"], amount_cents=cents, **common
        )
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    words = f"{dollars_text(cents)} now stand for {to_member}, {month_text(data['to_month'])}."
    messages.success(request, words)
    return True
