"""Checks: the register on a day, its opening, paid checks by the bank's list, positive pay."""

from datetime import date, timedelta

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from capitation.actions.checks import clear_checks, open_check_book
from capitation.actions.positive_pay import export_positive_pay, take_positive_pay
from capitation.formats.positive_pay import LAYOUTS
from capitation.queries.checks import (
    OUTSTANDING,
    cleared_files,
    open_book,
    positive_pay_files,
    register_on,
)
from capitation.rules.checks import STALE_RULES
from capitation.web.answers import bank_file
from capitation.web.payment_forms import ClearedList, OpenBook, PositivePay
from ipaportal.core.parts import Chip, Column, Empty, Listing, list_rows, matching
from ipaportal.core.refusals import Refused
from ipaportal.core.words import plural
from ipaportal.identity.web.access import PortalRequest, fresh_login, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from ipaportal.identity.web.fields import day_asked
from ipaportal.identity.web.uploads import LIST, takes_file

REGISTER = (
    Column("number", "Number", "link", sort="order"),
    Column("date", "Date", "day", sort="date"),
    Column("payee", "Payee", sort="payee"),
    Column("state", "State", "status", sort="state"),
    Column("cleared", "Cleared", "day"),
    Column("ended", "Void or stopped", "day", minor=True),
    Column("cents", "Amount $", "money", sort="cents"),
)
STATES = ("outstanding", "printed", "stale", "cleared", "void", "stopped")


@requires("capitation.view_payments")
def check_list(request: PortalRequest) -> HttpResponse:
    """The register as it stood on a day, with what was outstanding."""
    day = day_asked(request)
    rows = _rows(request, day)
    open_rows = [row for row in rows if row["state"] in OUTSTANDING]
    asked = request.GET.get("state", "")
    if asked in STATES:
        wanted = OUTSTANDING if asked == "outstanding" else (asked,)
        rows = [row for row in rows if row["state"] in wanted]
    rows = matching(rows, request.GET.get("q", ""), "number", "payee")
    columns = [*REGISTER[:-1], _total(rows)]
    if wants_file(request):
        return as_file(request, columns, rows, f"check-register-{day.isoformat()}")
    context = {
        "listing": _listing(request, rows, columns),
        "day": day,
        "outstanding": len(open_rows),
        "outstanding_cents": sum(row["cents"] for row in open_rows),
        "rule": STALE_RULES[-1],
        "book": open_book(),
        "may_release": request.actor.may("capitation.release_payments"),
        "may_clear": request.actor.may("capitation.settle_payments"),
        "crumbs": _crumbs("Checks"),
    }
    return render(request, "capitation/payments/check_list.html", context)


def _total(rows: list[dict[str, object]]) -> Column:
    total = sum(row["cents"] for row in rows)
    return Column("cents", "Amount $", "money", sort="cents", total=total)


def _rows(request: PortalRequest, day: date) -> list[dict[str, object]]:
    return [
        {
            "number": str(check.number),
            "order": check.number,
            "date": check.check_date,
            "payee": check.payment.bank_account.holder_name,
            "state": state,
            "cleared": check.cleared_on,
            "ended": check.ended_on,
            "cents": check.payment.amount_cents,
            "url": reverse("capitation:payment_detail", args=[check.payment_id]),
        }
        for check, state in register_on(actor=request.actor, day=day)
    ]


def _listing(request: PortalRequest, rows: list, columns: list[Column]) -> Listing:
    return list_rows(
        rows,
        columns,
        request.GET,
        caption="Check register",
        chips=[Chip("state", "", "All"), *[Chip("state", s, s.capitalize()) for s in STATES]],
        empty=Empty(
            "No check here",
            "Payees whose approved details say “check” are paid in batches of their own.",
        ),
        **export_urls(request),
    )


def _crumbs(*here: str) -> list[tuple[str, str]]:
    crumbs = [("Payments", reverse("capitation:payment_list"))]
    if here != ("Checks",):
        crumbs.append(("Checks", reverse("capitation:check_list")))
    return [*crumbs, *((name, "") for name in here)]


@requires("capitation.release_payments")
@fresh_login
def check_book_open(request: PortalRequest) -> HttpResponse:
    """Open the register with the first number of the printed checks."""
    form = OpenBook(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            open_check_book(actor=request.actor, now=timezone.now(), **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Opened. Each check takes the next number.")
            return redirect("capitation:check_list")
    context = {"form": form, "crumbs": _crumbs("Open the register")}
    status = 422 if form.errors else 200
    return render(request, "capitation/payments/check_book_open.html", context, status=status)


@requires("capitation.settle_payments")
@fresh_login
@takes_file(LIST)
def checks_clear(request: PortalRequest) -> HttpResponse:
    """Take the bank's list of paid checks; each line that was not taken is named."""
    form = ClearedList(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            file = clear_checks(
                actor=request.actor,
                data=form.cleaned_data["file"].read(),
                columns={name: form.cleaned_data[name] for name in ("number", "amount", "date")},
                date_format=form.cleaned_data["date_format"],
                origin_id=form.origin_id,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_error("file", str(refusal))
        else:
            done = f"{plural(file.cleared_count, 'check')} cleared, "
            messages.success(request, f"{done}{plural(len(file.refused), 'line')} not taken.")
            return redirect("capitation:checks_clear")
    context = {
        "form": form,
        "files": cleared_files(actor=request.actor)[:20],
        "crumbs": _crumbs("Paid checks"),
    }
    status = 422 if form.errors else 200
    return render(request, "capitation/payments/checks_clear.html", context, status=status)


@requires("capitation.release_payments")
@fresh_login
def positive_pay(request: PortalRequest) -> HttpResponse:
    """Write what the bank has not been told of some days' checks; every file told before."""
    today = timezone.localdate()
    form = PositivePay(
        request.POST or None,
        initial={"first_date": today - timedelta(days=30), "last_date": today},
    )
    if request.method == "POST" and form.is_valid():
        try:
            asked = {
                name: form.cleaned_data[name] for name in ("first_date", "last_date", "layout")
            }
            export_positive_pay(
                actor=request.actor, now=timezone.now(), origin_id=form.origin_id, **asked
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Written. Take the file below and send it to the bank.")
            return redirect("capitation:positive_pay")
    context = {
        "form": form,
        "files": positive_pay_files(actor=request.actor),
        "crumbs": _crumbs("Positive pay"),
    }
    status = 422 if form.errors else 200
    return render(request, "capitation/payments/positive_pay.html", context, status=status)


@require_POST
@requires("capitation.release_payments")
@fresh_login
def positive_pay_file(request: PortalRequest, positive_pay_id: int) -> HttpResponse:
    """A positive pay file, the same bytes each time; who takes it is recorded."""
    if not positive_pay_files(actor=request.actor).filter(pk=positive_pay_id).exists():
        raise Http404
    file, data = take_positive_pay(actor=request.actor, positive_pay_id=positive_pay_id)
    ending = "csv" if file.layout == "csv" else "txt"
    assert file.layout in LAYOUTS
    return bank_file(data, f"positive-pay-{file.pk}-{file.last_date:%Y%m%d}.{ending}")
