"""Forms of group orders, for staff and for practices."""

from django import forms

from credentialing.models import Practice
from ipaportal.identity.web.fields import day_input, to_cents
from purchasing.models import GroupOrder, PackLevel
from purchasing.models.sites import Agreement, Site
from purchasing.queries.catalogue import names_of


def moment_input() -> forms.DateTimeInput:
    """A day and an hour with the browser's picker."""
    return forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class OrderForm(forms.Form):
    """When a group order opens and closes, and for whom."""

    name = forms.CharField(label="Name", max_length=120, help_text="Such as Flu season 2027")
    opens_at = forms.DateTimeField(label="Opens", widget=moment_input())
    topup_at = forms.DateTimeField(
        label="Only topping up from",
        required=False,
        widget=moment_input(),
        help_text="From then on, only what helps to fill a case is taken. Empty: never.",
    )
    closes_at = forms.DateTimeField(label="Closes", widget=moment_input())
    delivery_date = forms.DateField(
        label="Expected delivery",
        widget=day_input(),
        help_text="Licences have to hold a week longer.",
    )
    minimum = forms.DecimalField(
        label="Smallest order in all, $",
        min_value=0,
        max_digits=12,
        decimal_places=2,
        initial=0,
        help_text="At the price of the first tier. If it is missed, the order is extended a week.",
    )
    most_extensions = forms.IntegerField(
        label="Extended at most so often", min_value=0, max_value=5, initial=1
    )
    bills = forms.ChoiceField(label="Who bills", choices=GroupOrder.Bills.choices)
    practices = forms.ModelMultipleChoiceField(
        Practice.objects.none(),
        label="Only for these practices",
        required=False,
        help_text="None chosen: every practice may take part.",
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["practices"].queryset = Practice.objects.order_by("name")

    def values(self) -> dict[str, object]:
        """What the action takes."""
        data = dict(self.cleaned_data)
        data["minimum_cents"] = to_cents(data.pop("minimum"))
        data["practice_ids"] = [one.pk for one in data.pop("practices")]
        return data


class OrderItemForm(forms.Form):
    """An item in a pack."""

    level = forms.ChoiceField(label="What, in which pack")
    case_packs = forms.IntegerField(
        label="Packs in a case", min_value=1, max_value=100_000, initial=1,
        help_text="The supplier ships whole cases.",
    )  # fmt: skip
    minimum_packs = forms.IntegerField(
        label="Fewest packs in all", min_value=0, max_value=1_000_000, initial=0
    )
    is_as_written = forms.BooleanField(
        label="Dispense as written",
        required=False,
        help_text="Nothing else may come in its place, whatever practices say.",
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        levels = list(PackLevel.objects.all())
        names = names_of(level.item_id for level in levels)
        self.fields["level"].choices = sorted(
            [(str(level.pk), f"{names[level.item_id]}, {level}") for level in levels],
            key=lambda choice: choice[1],
        )


class CommitForm(forms.Form):
    """What an office is in for."""

    location = forms.ChoiceField(label="For which office")
    quantity = forms.IntegerField(
        label="Packs", min_value=0, max_value=1_000_000, help_text="0 takes it back."
    )
    flex = forms.IntegerField(
        label="More packs, if they fill a case", min_value=0, max_value=1_000_000, initial=0,
        required=False,
    )  # fmt: skip
    max_price = forms.DecimalField(
        label="The most a pack may cost, $",
        required=False,
        min_value=0,
        max_digits=14,
        decimal_places=4,
        help_text="Empty: the price that is promised now. If the group's price is above this when "
        "the order closes, you are out and owe nothing.",
    )
    pays_now = forms.DecimalField(
        label="What a pack costs you today, $",
        required=False,
        min_value=0,
        max_digits=14,
        decimal_places=4,
        help_text="Only you and the IPA see it. Your savings are counted against it.",
    )
    any_equivalent = forms.ChoiceField(
        label="What may come",
        choices=[("very", "This very item"), ("any", "Any equivalent")],
        initial="very",
        widget=forms.RadioSelect,
    )
    registrant = forms.ChoiceField(
        label="Whose DEA registration is at this address", required=False
    )

    def __init__(
        self,
        *args: object,
        offices: list[tuple[int, str]],
        registrants: list[tuple[int, str]],
        is_scheduled: bool,
        equivalents: list[str],
        **kwargs: object,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["location"].choices = [(str(pk), name) for pk, name in offices]
        if equivalents:
            field = self.fields["any_equivalent"]
            field.help_text = (
                f"Any equivalent: {' or '.join(equivalents)} may come in its place, where that "
                "costs the group less. Your packs, your ceiling and your promised price stay."
            )
        else:
            del self.fields["any_equivalent"]
        if is_scheduled:
            del self.fields["flex"]
            self.fields["registrant"].choices = [("", "Nobody named")] + [
                (str(pk), name) for pk, name in registrants
            ]
        else:
            del self.fields["registrant"]

    def values(self) -> dict[str, object]:
        """What the action takes."""
        data = self.cleaned_data
        registrant = data.get("registrant")
        return {
            "location_id": int(data["location"]),
            "quantity": data["quantity"],
            "flex": data.get("flex") or 0,
            "max_price": data["max_price"],
            "pays_now": data["pays_now"],
            "registrant_id": int(registrant) if registrant else None,
            "any_equivalent": data.get("any_equivalent") == "any",
        }


class SignForm(forms.Form):
    """A signature: the signer's own name."""

    signed_name = forms.CharField(label="Your name, as your signature", max_length=200)
    cap_pct = forms.DecimalField(
        label="At most this share of a month's payment, %",
        min_value=1,
        max_value=20,
        max_digits=5,
        decimal_places=2,
        initial=20,
    )

    def __init__(self, *args: object, kind: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        if kind != Agreement.Kind.NETTING:
            del self.fields["cap_pct"]

    def values(self) -> dict[str, object]:
        """What the action takes."""
        return {"cap_pct": None, **self.cleaned_data}


class SiteForm(forms.ModelForm):
    """What an office can keep."""

    class Meta:
        model = Site
        fields = ("has_fridge", "has_freezer", "has_ultra_cold", "is_gpo_prohibited",
                  "is_pharmacy")  # fmt: skip
