"""Bonuses on pages: what is proposed, held, agreed to, and out of which pool."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from capitation.actions.bonuses import pay_bonus, propose_bonus, refuse_bonus
from capitation.models import Bonus
from capitation.web.payment_forms import Why
from ipaportal.core.months import parse_month
from ipaportal.core.parts import Chip, Column, Empty, FactItem, list_rows, matching
from ipaportal.core.refusals import Refused
from ipaportal.identity.models import Party
from ipaportal.identity.web.access import PortalRequest, fresh_login_to_send, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from ipaportal.identity.web.fields import to_cents
from ipaportal.ledger.models import Hold

VIEW = "capitation.view_bonuses"
PROPOSE = "capitation.propose_bonus"
DECIDE = "capitation.decide_bonus"
COLUMNS = (
    Column("name", "Practice", "link", sort="name"),
    Column("months", "Months", sort="months"),
    Column("cents", "Bonus $", "money", sort="cents"),
    Column("source", "Out of", sort="source"),
    Column("state", "State", "status", sort="state"),
    Column("measured", "What was measured", wide=True),
    Column("by", "Proposed by", minor=True),
)


class Propose(forms.Form):
    """A bonus and what it is for."""

    party = forms.ModelChoiceField(Party.objects.none(), label="Practice")
    first_month = forms.CharField(max_length=7, label="First month", help_text="2026-01")
    last_month = forms.CharField(max_length=7, label="Last month", help_text="2026-06")
    amount = forms.DecimalField(label="Amount $", max_digits=12, decimal_places=2, min_value=0)
    source = forms.ChoiceField(choices=Bonus.Source.choices, label="Out of")
    measured = forms.CharField(
        max_length=500, label="What was measured", widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Never one member's cost, never a denial: 42 CFR 422.208(c)(1).",
    )  # fmt: skip
    rests_on_referrals = forms.BooleanField(
        required=False, label="It rests on the use or cost of referrals",
        help_text="Then it counts toward substantial financial risk.",
    )  # fmt: skip

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        kinds = Party.objects.filter(kind=Party.Kind.PRACTICE)
        self.fields["party"].queryset = kinds.order_by("name")

    def _month(self, name: str):
        try:
            return parse_month(self.cleaned_data[name])
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error

    def clean_first_month(self):
        return self._month("first_month")

    def clean_last_month(self):
        return self._month("last_month")


def _live_holds() -> dict[int, Hold]:
    """The oldest hold that stops a party's bonuses, by party."""
    found: dict[int, Hold] = {}
    for hold in Hold.objects.live_on_bonuses().order_by("-pk"):
        found[hold.party_id] = hold
    return found


def _state(bonus: Bonus, hold: Hold | None) -> str:
    held = bonus.status == Bonus.Status.PROPOSED and hold is not None
    return "held" if held else bonus.get_status_display()


@requires(VIEW)
def bonus_list(request: PortalRequest) -> HttpResponse:
    """Every bonus, the newest first."""
    holds = _live_holds()
    rows = [
        {
            "name": one.party.name,
            "months": f"{one.first_month:%Y-%m} to {one.last_month:%Y-%m}",
            "cents": one.amount_cents, "source": one.get_source_display(),
            "state": _state(one, holds.get(one.party_id)), "measured": one.measured,
            "by": one.proposed_by_name, "url": reverse("capitation:bonus_detail", args=[one.pk]),
        }
        for one in Bonus.objects.select_related("party")
    ]  # fmt: skip
    counts = {
        name: sum(row["state"] == name for row in rows) for name in ("needs approval", "held")
    }
    show = request.GET.get("show", "")
    shown = [row for row in rows if show not in counts or row["state"] == show]
    shown = matching(shown, request.GET.get("q", ""), "name", "measured", "source")
    if wants_file(request):
        return as_file(request, COLUMNS, shown, "bonuses")
    context = {
        "may_propose": request.actor.may(PROPOSE),
        "listing": list_rows(
            shown, COLUMNS, request.GET, caption="Bonuses",
            chips=[Chip("show", "", "All", len(rows)),
                   *(Chip("show", name, name.capitalize(), n) for name, n in counts.items())],
            empty=Empty("No bonus yet", "One person proposes what was earned and out of which "
                        "pool; another agrees. Two signs of care watch hold it until the medical "
                        "director has looked."),
            **export_urls(request),
        ),
        "crumbs": [("Bonuses", "")],
    }  # fmt: skip
    return render(request, "capitation/payments/bonus_list.html", context)


@requires(VIEW)
def bonus_detail(request: PortalRequest, bonus_id: int) -> HttpResponse:
    """One bonus: what it is for, what stands against it, and the two answers."""
    bonus = Bonus.objects.select_related("party").filter(pk=bonus_id).first()
    if bonus is None:
        raise Http404
    waits = bonus.status == Bonus.Status.PROPOSED
    hold = _live_holds().get(bonus.party_id) if waits else None
    mine = request.actor.user_id == bonus.proposed_by_id
    may = waits and request.actor.may(DECIDE)
    context = {
        "bonus": bonus, "hold": hold, "may_pay": may and not mine and not hold,
        "may_refuse": may, "mine": may and mine, "form": Why(),
        "facts": [
            FactItem("State", _state(bonus, hold), "status", note=bonus.decision_text),
            FactItem("Amount", bonus.amount_cents, "money", note=bonus.get_source_display()),
            FactItem("Months", f"{bonus.first_month:%Y-%m} to {bonus.last_month:%Y-%m}"),
            FactItem("What was measured", bonus.measured),
            FactItem("Rests on referrals", "yes, it counts toward substantial financial risk"
                     if bonus.rests_on_referrals else "no"),
            FactItem("Proposed by", bonus.proposed_by_name,
                     note=f"{timezone.localdate(bonus.proposed_at)}"),
            FactItem("Decided by", bonus.decided_by_name or "nobody yet",
                     note=f"{timezone.localdate(bonus.decided_at)}" if bonus.decided_at else ""),
        ],
        "crumbs": [("Bonuses", reverse("capitation:bonus_list")), (bonus.party.name, "")],
    }  # fmt: skip
    return render(request, "capitation/payments/bonus_detail.html", context)


@requires(PROPOSE)
def bonus_new(request: PortalRequest) -> HttpResponse:
    """Propose a bonus."""
    form = Propose(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        party, amount = data.pop("party"), data.pop("amount")
        try:
            made = propose_bonus(actor=request.actor, party_id=party.pk, now=timezone.now(),
                                 amount_cents=to_cents(amount), **data)  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"Proposed for {party}. Somebody else agrees to it.")
            return redirect("capitation:bonus_detail", made.pk)
    crumbs = [("Bonuses", reverse("capitation:bonus_list")), ("Propose a bonus", "")]
    context = {"form": form, "crumbs": crumbs, "back": reverse("capitation:bonus_list")}
    status = 422 if form.errors else 200
    return render(request, "capitation/payments/bonus_new.html", context, status=status)


@require_POST
@requires(DECIDE)
@fresh_login_to_send
def bonus_decide(request: PortalRequest, bonus_id: int) -> HttpResponse:
    """Agree to a bonus, or refuse it with a reason."""
    if not Bonus.objects.filter(pk=bonus_id).exists():
        raise Http404
    given = {"actor": request.actor, "bonus_id": bonus_id, "now": timezone.now()}
    try:
        if request.POST.get("do") == "pay":
            pay_bonus(**given)
        else:
            refuse_bonus(**given, text=request.POST.get("text", "")[:500])
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Decided, and in the books if it was agreed to.")
    return redirect("capitation:bonus_detail", bonus_id)
