"""Forms of the catalogue, suppliers and prices."""

import re

from django import forms

from ipaportal.identity.web.fields import day_input, to_cents
from purchasing.models import ItemVersion, Supplier, SupplierLicence, SupplyContract
from purchasing.models.catalogue import SCHEDULES, STORAGE

PACK = re.compile(r"\s*([^=]{1,40}?)\s*=\s*([0-9]{1,7})\s*")


class ItemForm(forms.Form):
    """What is known of an item, and in which packs it comes."""

    code = forms.CharField(label="Our number", max_length=30)
    name = forms.CharField(
        label="Name", max_length=200, help_text="With form and strength, as on the package."
    )
    kind = forms.ChoiceField(label="Kind", choices=ItemVersion.Kind.choices)
    ndc = forms.CharField(
        label="NDC",
        max_length=20,
        required=False,
        help_text="With hyphens as on the package, or eleven digits. Ten digits without hyphens "
        "do not say which code they are.",
    )
    hcpcs = forms.RegexField(
        r"^[A-Z]\d{4}$", label="HCPCS", required=False, help_text="Such as J1885"
    )
    is_rx = forms.BooleanField(label="Prescription only", required=False)
    schedule = forms.ChoiceField(
        label="DEA schedule",
        required=False,
        choices=[("", "not controlled"), *SCHEDULES],
    )
    ingredient = forms.CharField(
        label="Ingredient",
        max_length=200,
        required=False,
        help_text="Of a drug, with the three that follow: another that is the same in all four "
        "may come in its place, where a practice says so.",
    )
    strength = forms.CharField(label="Strength", max_length=100, required=False)
    form = forms.CharField(label="Dosage form", max_length=100, required=False)
    route = forms.CharField(label="Route", max_length=100, required=False)
    supply_class = forms.CharField(
        label="Class of supplies",
        max_length=200,
        required=False,
        help_text="Supplies and devices of one class are as good as another, where a practice "
        "says so: exam glove, nitrile, medium.",
    )
    storage = forms.ChoiceField(label="Kept at", choices=STORAGE)
    lot_tracked = forms.BooleanField(label="Lot and expiry are recorded", required=False)
    refused_because = forms.CharField(
        label="Not for group orders, because",
        max_length=200,
        required=False,
        help_text="Leave empty for what may be bought together.",
    )
    packs = forms.CharField(
        label="Packs",
        initial="each = 1",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One a line, with the units in it: box = 25. Packs are added, never changed.",
    )

    def clean_packs(self) -> list[tuple[str, int]]:
        found = []
        for line in filter(str.strip, self.cleaned_data["packs"].splitlines()):
            read = PACK.fullmatch(line)
            if read is None or int(read[2]) < 1:
                raise forms.ValidationError(f"“{line}” is not such as box = 25.")
            found.append((read[1], int(read[2])))
        if not found:
            raise forms.ValidationError("Name at least one pack.")
        return found


class SupplierForm(forms.Form):
    """A supplier."""

    name = forms.CharField(label="Name", max_length=200)
    kind = forms.ChoiceField(label="Kind", choices=Supplier.Kind.choices)
    email = forms.EmailField(label="Where orders go", required=False)
    minimum = forms.DecimalField(
        label="Smallest order, $", min_value=0, max_digits=12, decimal_places=2, initial=0
    )
    freight = forms.DecimalField(
        label="Freight of an order, $",
        min_value=0,
        max_digits=12,
        decimal_places=2,
        initial=0,
        required=False,
        help_text="Once an order, whatever its size; practices share it by what they buy.",
    )

    def values(self) -> dict[str, object]:
        """What the action takes."""
        data = dict(self.cleaned_data)
        data["minimum_cents"] = to_cents(data.pop("minimum"))
        data["freight_cents"] = to_cents(data.pop("freight") or 0)
        return data


class LicenceForm(forms.Form):
    """A licence as it was looked up."""

    kind = forms.ChoiceField(label="Kind", choices=SupplierLicence.Kind.choices)
    state = forms.RegexField(
        r"^[A-Z]{2}$", label="State", required=False, help_text="Of a state licence"
    )
    number = forms.CharField(label="Number", max_length=60)
    schedules = forms.RegexField(
        r"^(?:2N?|3N?|4|5)(?: (?:2N?|3N?|4|5))*$",
        label="Schedules",
        required=False,
        help_text="Of a DEA registration, such as 3 4 5",
    )
    effective_date = forms.DateField(label="First day", widget=day_input())
    expires_date = forms.DateField(label="Last day it holds", widget=day_input())
    seen_where = forms.CharField(
        label="Where you looked it up", max_length=200, help_text="The board's or FDA's page."
    )


class ContractForm(forms.Form):
    """What was agreed with a supplier."""

    number = forms.CharField(label="Contract number", max_length=60)
    effective_date = forms.DateField(label="First day", widget=day_input())
    end_date = forms.DateField(
        label="First day it no longer holds", required=False, widget=day_input()
    )
    metric = forms.ChoiceField(
        label="What its tiers count",
        required=False,
        choices=SupplyContract.Metric.choices,
        help_text="Spend is counted at list prices, never at what is paid: a tier would lower the "
        "very spend that reached it.",
    )
    scope = forms.ChoiceField(
        label="What counts together", required=False, choices=SupplyContract.Scope.choices
    )
    effect = forms.ChoiceField(
        label="Which tier an order gets", required=False, choices=SupplyContract.Effect.choices
    )
    period = forms.ChoiceField(
        label="The period that counts",
        required=False,
        choices=[("", "none: each group order by itself"), *SupplyContract.Period.choices],
    )
    is_stated = forms.BooleanField(
        label="Each practice signs an addendum that states this fee",
        required=False,
        help_text="Above 3 % no fee is taken on purchases of whoever has not (42 CFR 1001.952(j)).",
    )
    rebate_kept_pct = forms.DecimalField(
        label="Part of a rebate that the IPA keeps, %",
        required=False,
        min_value=0,
        max_value=100,
        max_digits=5,
        decimal_places=2,
        help_text="What is kept is a fee: it is told to practices every year. Empty is nothing.",
    )
    fee_pct = forms.DecimalField(
        label="Fee that the supplier pays the IPA, % of purchases",
        min_value=0,
        max_value=100,
        max_digits=5,
        decimal_places=2,
        initial=0,
        help_text="At most 3 %, which is what practices' agreements state (42 CFR 1001.952(j)).",
    )
    source = forms.CharField(label="Where it is agreed", max_length=200)

    def clean(self) -> dict[str, object]:
        """Where nothing is said, tiers count packs of one item, each order by itself."""
        data = super().clean()
        usual = {"metric": "units", "scope": "item", "effect": "order"}
        return data | {name: data.get(name) or value for name, value in usual.items()}


class PriceListForm(forms.Form):
    """A supplier's price list and the day from which it holds."""

    effective_date = forms.DateField(label="Prices hold from", widget=day_input())
    file = forms.FileField(
        label="Price list",
        help_text="CSV with the columns Item, Pack, From packs, Price; one line for each tier. "
        "Where tiers count dollars, From packs holds whole dollars.",
    )
