"""A supplier's own figure for a rebate: entered, seen beside what was earned, agreed on."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from ipaportal.core.parts import Column, Empty, FactItem, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.identity.web.access import PortalRequest, fresh_login_to_send, requires
from ipaportal.identity.web.fields import day_input, to_cents
from purchasing.actions import rebate_words as acts
from purchasing.queries.rebates import RebatePeriod
from purchasing.web.rebates import RECORD, crumbs, found_period, period_url

CHANGED = (
    Column("practice", "Practice"),
    Column("earned", "Earned $", "money"),
    Column("change", "Change $", "money"),
    Column("then", "Owed then $", "money"),
)


class WordForm(forms.Form):
    """What a supplier says that it owes; seen as what it changes, then booked."""

    amount = forms.DecimalField(label="Its figure $", min_value=0, max_digits=12, decimal_places=2)
    stated_date = forms.DateField(label="The statement's day", widget=day_input())
    reference = forms.CharField(label="The supplier's reference", max_length=60)
    reason = forms.CharField(label="Why it differs, if it does", max_length=300, required=False)
    seen_digest = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)


@requires(RECORD)
@fresh_login_to_send
def rebate_statement(request: PortalRequest, supply_id: int, rebate_from: str) -> HttpResponse:
    """Enter what the supplier says that it owes, see what that changes, then book the change."""
    period = found_period(supply_id, rebate_from)
    form, changed, is_seen = WordForm(request.POST or None), [], False
    if request.method == "POST" and form.is_valid():
        data, today = form.cleaned_data, timezone.localdate()
        cents = to_cents(data["amount"])
        try:
            if request.POST.get("confirmed"):
                acts.agree_rebate(
                    actor=request.actor, contract_id=supply_id, start_date=period.start,
                    said_cents=cents, now=timezone.now(), today=today,
                    **{name: data[name] for name in
                       ("stated_date", "reference", "reason", "seen_digest")},
                )  # fmt: skip
                messages.success(request, "Kept, and booked what it changes.")
                return redirect(period_url(period))
            changed = acts.check_word(period, cents, data["stated_date"], data["reason"], today)
            is_seen = True
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return _word_page(request, period, form, changed, is_seen)


def _word_page(request, period: RebatePeriod, form: WordForm, changed: list, is_seen: bool):
    earned = period.sum_of("earned_cents")
    facts = [FactItem("Earned by what came $", earned, "money")]
    if is_seen:
        form.data = form.data.copy()
        form.data["seen_digest"] = period.digest
        said = to_cents(form.cleaned_data["amount"])
        facts += [FactItem("The supplier says $", said, "money"),
                  FactItem("Difference $", said - earned, "money")]  # fmt: skip
    rows = [{"practice": owed.practice.name, "earned": owed.earned_cents, "change": cents,
             "then": owed.earned_cents + cents} for owed, cents in changed]  # fmt: skip
    context = {
        "form": form,
        "period": period,
        "is_seen": is_seen,
        "facts": facts,
        "parts": list_rows(rows, CHANGED, {}, caption="What it changes", page_size=5000,
                           empty=Empty("It changes nothing", "It is what was earned.")),
        "crumbs": crumbs((str(period.contract), period_url(period)), ("Its statement", "")),
    }  # fmt: skip
    status = 422 if form.errors else 200
    return render(request, "purchasing/staff/rebate_statement.html", context, status=status)
