"""Forms of what offices want again, what they should have, and what they counted."""

from collections.abc import Iterable
from decimal import Decimal

from django import forms

from ipaportal.identity.web.fields import day_input
from purchasing.queries.stock import Fill, ParRow


def packs_field(label: str, **more: object) -> forms.IntegerField:
    """A number of packs."""
    return forms.IntegerField(label=label, min_value=0, max_value=1_000_000, **more)


class PlaceForm(forms.Form):
    """An item in a pack, for an office."""

    location = forms.ChoiceField(label="For which office")
    level = forms.ChoiceField(label="What, in which pack")

    def __init__(
        self,
        *args: object,
        offices: list[tuple[int, str]],
        levels: dict[int, str],
        **kwargs: object,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["location"].choices = [(str(pk), name) for pk, name in offices]
        self.fields["level"].choices = sorted(
            ((str(pk), name) for pk, name in levels.items()), key=lambda one: one[1]
        )

    def place(self) -> dict[str, int]:
        """Where, and what."""
        data = self.cleaned_data
        return {"location_id": int(data["location"]), "level_id": int(data["level"])}


def equivalent_field() -> forms.BooleanField:
    """Whether another maker's will do, as a commitment asks."""
    return forms.BooleanField(
        label="Any equivalent will do",
        required=False,
        help_text="The same ingredient, strength, form and route, or the same stated class, in "
        "packs of the same size. Your ceiling stays.",
    )


class StandingForm(PlaceForm):
    """What an office wants of every group order that has an item."""

    packs = forms.IntegerField(label="Packs of each group order", min_value=1, max_value=1_000_000)
    ceiling = forms.DecimalField(
        label="The most a pack may cost, $",
        min_value=Decimal("0.0001"),
        max_digits=14,
        decimal_places=4,
        help_text="No order costs you more. Where no tier comes down to it, nothing is committed.",
    )
    effective_date = forms.DateField(label="From", widget=day_input())
    end_date = forms.DateField(
        label="First day no longer", required=False, widget=day_input(),
        help_text="Empty: until you end it.",
    )  # fmt: skip
    any_equivalent = equivalent_field()
    is_paused = forms.BooleanField(label="Paused: nothing is copied", required=False)
    registrant = forms.ChoiceField(
        label="Whose DEA registration is at this address", required=False,
        help_text="For controlled drugs only.",
    )  # fmt: skip

    def __init__(self, *args: object, registrants: list[tuple[int, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        if not registrants:
            del self.fields["registrant"]
            return
        self.fields["registrant"].choices = [("", "Nobody"), *registrants]

    def values(self) -> dict[str, object]:
        """What the action takes."""
        data = self.cleaned_data
        kept = ("packs", "ceiling", "effective_date", "end_date", "is_paused", "any_equivalent")
        named = data.get("registrant")
        return {
            **self.place(),
            **{name: data[name] for name in kept},
            "registrant_id": int(named) if named else None,
        }


class ParForm(PlaceForm):
    """The least that an office should have of an item, and up to what it is filled."""

    minimum = packs_field("Ask again at so many packs")
    target = packs_field("Fill up to", help_text="0 ends it.")
    any_equivalent = equivalent_field()

    def values(self) -> dict[str, int]:
        """What the action takes."""
        kept = ("minimum", "target", "any_equivalent")
        return {**self.place(), **{name: self.cleaned_data[name] for name in kept}}


class CountForm(forms.Form):
    """The count sheet: what lies on the shelves, one number a line."""

    def __init__(self, *args: object, rows: Iterable[ParRow], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        for row in rows:
            counted = row.stock.counted
            last = "never counted" if counted is None else f"{counted:,} on {row.counted_at}"
            what = f"{row.name} and equivalents" if row.par.any_equivalent else row.name
            self.fields[f"par_{row.par.pk}"] = packs_field(
                f"{what}, {row.par.location.line}", required=False, help_text=f"Last: {last}"
            )

    def clean(self) -> dict[str, object]:
        data = super().clean()
        if not self.errors and not self.counted():
            raise forms.ValidationError("Nothing was counted yet. Write a number on some line.")
        return data

    def counted(self) -> dict[int, int]:
        """What was counted, by par level; lines left empty were not."""
        return {
            int(name.removeprefix("par_")): packs
            for name, packs in self.cleaned_data.items()
            if packs is not None
        }


class FillForm(forms.Form):
    """How many packs of each, as suggested and as they are confirmed."""

    def __init__(self, *args: object, fills: Iterable[Fill], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fills = {f"fill_{one.item.pk}_{one.location.pk}": one for one in fills}
        for name, one in self.fills.items():
            said = f". You are in for {one.said:,} now." if one.said else ""
            self.fields[name] = packs_field(
                f"{one.item}, {one.location.line}",
                initial=one.packs,
                help_text=f"{one.source}{said}",
            )

    def chosen(self) -> list[tuple[Fill, int]]:
        """What differs from what was said; nought where nothing was said is left out."""
        rows = ((one, self.cleaned_data[name]) for name, one in self.fills.items())
        return [(one, packs) for one, packs in rows if packs != one.said]
