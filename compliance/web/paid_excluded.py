"""Money for months after an exclusion, until it is taken back."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from compliance.queries.paid_excluded import VIEW, PaidExcluded, paid_excluded
from ipaportal.core.months import month_name
from ipaportal.core.parts import Column, Empty, list_rows, matching
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file

COLUMNS = (
    Column("label", "Excluded", "link", sort="label"),
    Column("list", "List"),
    Column("since", "Since", "day", sort="since"),
    Column("payee", "Paid to", sort="payee"),
    Column("months", "Months"),
    Column("cents", "Still out $", "money", sort="cents"),
)


@requires(VIEW)
def paid_excluded_list(request: PortalRequest) -> HttpResponse:
    """Who was excluded, who was paid for the months after it, and what is still out."""
    rows = [_row(request, one) for one in paid_excluded(actor=request.actor)]
    shown = matching(rows, request.GET.get("q", ""), "label", "payee")
    if wants_file(request):
        return as_file(request, COLUMNS, shown, "paid-after-exclusion")
    context = {
        "listing": list_rows(
            shown, COLUMNS, request.GET, caption="Paid after an exclusion",
            empty=Empty(
                "Nothing is out",
                "Nobody has money for a month that began after an exclusion: what was paid before "
                "the list was known has been taken back.",
            ),
            **export_urls(request),
        ),
        "crumbs": [("Compliance", reverse("compliance:desk")), ("Paid after an exclusion", "")],
    }  # fmt: skip
    return render(request, "compliance/paid_excluded.html", context)


def _row(request: PortalRequest, one: PaidExcluded) -> dict[str, object]:
    first, last = month_name(one.first_month), month_name(one.last_month)
    may_open = request.actor.may("credentialing.view_files")
    url = reverse("credentialing:practitioner_file", args=[one.practitioner_id])
    return {
        "label": one.label,
        "list": one.list_code.upper(),
        "since": one.since,
        "payee": one.payee,
        "months": first if first == last else f"{first} to {last}",
        "cents": one.cents,
        "url": url if may_open else "",
    }
