"""Who may buy under a contract, as its page shows it and forms ask for it."""

from django import forms

from credentialing.models import Practice
from ipaportal.core.parts import Column, Empty, FactItem, Listing, list_rows, without_empty
from ipaportal.core.words import plural
from ipaportal.identity.web.access import PortalRequest
from ipaportal.identity.web.exports import exported, wants_file
from ipaportal.identity.web.fields import day_input
from purchasing.models import ContractReach, Eligibility, SupplyContract
from purchasing.queries.eligibility import access_of, reach_of, standings_of
from purchasing.rules.eligibility import EVENTS, NAMED, may_buy

PRACTICES = (
    Column("practice", "Practice"),
    Column("may", "Today", "status"),
    Column("state", "Stands"),
    Column("trade", "Class of trade"),
    Column("start", "From", "day"),
    Column("end", "First day no longer", "day"),
    Column("note", "Note", wide=True),
    Column("by", "Said by", minor=True),
)


class ReachForm(forms.Form):
    """Whether a contract is for everybody."""

    open_to = forms.ChoiceField(
        label="Who may buy under it",
        choices=ContractReach.OpenTo.choices,
        help_text="Where only practices that the supplier has loaded may, nobody else commits to "
        "an item that it offers.",
    )
    source = forms.CharField(label="Where it says so", max_length=200)


class MoveForm(forms.Form):
    """How far some practices are with a contract."""

    practices = forms.MultipleChoiceField(
        label="Practices", help_text="Several with Ctrl; all of them change, or none."
    )
    event = forms.ChoiceField(label="They", choices=list(EVENTS.items()))
    day = forms.DateField(
        label="Day",
        required=False,
        widget=day_input(),
        help_text="Needed where they are loaded or may buy no more: as the supplier confirmed it.",
    )
    class_of_trade = forms.ChoiceField(
        label="Class of trade",
        choices=Eligibility.Trade.choices,
        help_text="As the supplier has it on file; counts when they are asked for or loaded.",
    )
    note = forms.CharField(label="Note", required=False, max_length=300)

    def __init__(self, *args: object, **more: object) -> None:
        super().__init__(*args, **more)
        self.fields["practices"].choices = [
            (str(pk), name) for pk, name in Practice.objects.order_by("name").values_list(
                "pk", "name")
        ]  # fmt: skip

    def values(self) -> dict[str, object]:
        """What the action takes."""
        data = dict(self.cleaned_data)
        return {"practice_ids": [int(pk) for pk in data.pop("practices")], **data}


def reach_parts(request: PortalRequest, contract: SupplyContract, today) -> dict[str, object]:
    """What a contract's page says of who may buy under it."""
    reach = reach_of(contract)
    is_named = reach is not None and reach.open_to == NAMED
    rows = [
        (one, may_buy(access_of(contract, one, is_named=True), today))
        for one in standings_of(contract)
    ]
    may = sum(is_in for _, is_in in rows)
    note = f"by {reach.source}, {reach.recorded_by_name}" if reach else ""
    who = f"{plural(may, 'practice')}, loaded" if is_named else "every practice"
    return {
        "is_named": is_named,
        "reach_fact": FactItem("Who may buy", who, note=note, url="#practices"),
        "practices": _practices(request, rows) if is_named else None,
    }


def _practices(request: PortalRequest, rows: list[tuple[Eligibility, bool]]) -> Listing:
    told = [
        {
            "practice": one.practice.name,
            "may": "may buy" if is_in else "may not buy",
            "state": one.get_state_display(),
            "trade": one.get_class_of_trade_display(),
            "start": one.effective_date,
            "end": one.end_date,
            "note": one.note,
            "by": one.recorded_by_name,
        }
        for one, is_in in rows
    ]
    empty = Empty(
        "No practice may buy under it",
        "Practices ask for it in their shop; say below how far each is with the supplier.",
    )
    parts = {**exported(request, "practices"), "page_size": 5000}
    heads = PRACTICES if wants_file(request) else without_empty(PRACTICES, told, "end", "note")
    return list_rows(told, heads, {}, caption="Practices", empty=empty, **parts)
