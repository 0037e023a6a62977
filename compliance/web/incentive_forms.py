"""Forms about how tiers are paid, what covers them, and why panels count as one."""

from django import forms

from compliance.models.incentives import BASES
from compliance.models.stop_loss import COVERS
from compliance.rules.incentive_plans import POOLING
from compliance.rules.incentive_tiers import BELOW, LEAST_PCT, TIER_WORDS, Tier
from compliance.web.audit_forms import PAPER, file_of
from ipaportal.identity.models import Party
from ipaportal.identity.web.fields import day_input, to_cents

MONEY = ("potential", "withhold", "bonus", "other_liability", "maximum", "minimum")
COLUMNS = {
    "potential": "potential_cents", "withhold": "withhold_cents", "bonus": "bonus_cents",
    "other_liability": "other_liability_cents", "maximum": "max_cents", "minimum": "min_cents",
}  # fmt: skip


def _money(label: str, help_text: str = "") -> forms.DecimalField:
    return forms.DecimalField(
        label=label, help_text=help_text, required=False, min_value=0, max_digits=12,
        decimal_places=2,
    )  # fmt: skip


class Told(forms.Form):
    """One arrangement, as a contract or a practice's paper says."""

    paid_whom = forms.CharField(
        label="Who is paid so", max_length=200,
        help_text="For example: its three employed physicians.",
    )  # fmt: skip
    basis = forms.ChoiceField(
        label="How", choices=BASES, widget=forms.RadioSelect,
        help_text="Pay that rests on quality, satisfaction or work on a committee does not count.",
    )  # fmt: skip
    effective_date = forms.DateField(label="First day", widget=day_input())
    end_date = forms.DateField(label="First day no longer", widget=day_input())
    panel = forms.IntegerField(
        label="Patients", required=False, min_value=1,
        help_text="Figures are asked where a part of the pay rests on referrals, for a year.",
    )  # fmt: skip
    potential = _money("Most that can be paid $", "With what is withheld, and such bonuses.")
    withhold = _money("Withheld of it $")
    bonus = _money("Bonus by referrals, of it $")
    other_liability = _money("Any other loss they can bear $")
    maximum = _money("Capitation at most $", "Where it moves with referrals: its range.")
    minimum = _money("Capitation at least $")
    range_is_explained = forms.BooleanField(
        label="The contract explains the range", required=False, initial=True
    )
    evidence = forms.CharField(
        label="What it rests on", max_length=300,
        help_text="The clause of the contract, or who wrote the paper and when.",
    )  # fmt: skip
    file = forms.FileField(label="The paper", required=False, help_text=PAPER)

    def figures(self) -> dict[str, object]:
        """The figures as the action takes them, in cents; what was left empty is not there."""
        found = {
            COLUMNS[name]: to_cents(value)
            for name in MONEY
            if (value := self.cleaned_data.get(name)) is not None
        }
        return found | {
            "panel": self.cleaned_data.get("panel"),
            "range_is_explained": self.cleaned_data["range_is_explained"],
        }

    def given(self) -> dict[str, object]:
        """What an action takes."""
        data, name = file_of(self, "file")
        keys = ("paid_whom", "basis", "effective_date", "end_date", "evidence")
        return {key: self.cleaned_data[key] for key in keys} | {
            "figures": self.figures(), "file": (name, data) if data else None,
        }  # fmt: skip


class Attested(Told):
    """The same of a practice, which says that it is so, with its paper."""

    tier = forms.ChoiceField(
        label="Tier", choices=[(str(tier), TIER_WORDS[tier]) for tier in BELOW[::-1]]
    )
    is_so = forms.BooleanField(
        label="I attest that this is how they are paid, and that nobody is paid for reducing or "
        "limiting necessary care of any one patient"
    )

    field_order = ["tier"]

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].required = True
        self.fields["file"].help_text = f"The agreement or its page on pay. {PAPER}"


class Look(forms.Form):
    """What the IPA says of what was attested."""

    review = forms.ChoiceField(
        label="Answer", choices=[("taken", "Take it as it is"), ("returned", "Send it back")]
    )
    words = forms.CharField(
        label="What you looked at, or what is missing", max_length=300,
        help_text="The practice reads this.",
    )  # fmt: skip


class RecordCover(forms.Form):
    """A stop-loss policy, as its declarations page says."""

    tier = forms.ChoiceField(label="Who bears the risk", choices=[
        (str(Tier.PLAN), "the IPA, under a plan's contract"),
        (str(Tier.PRACTICE), "the practice"),
        (str(Tier.GROUP), "groups below the practice"),
        (str(Tier.PHYSICIANS), "the practice's physicians"),
    ])  # fmt: skip
    party = forms.ModelChoiceField(Party.objects.none(), label="Plan or practice")
    kind = forms.ChoiceField(choices=COVERS, label="Covers")
    deductible = forms.DecimalField(
        min_value=1, max_digits=12, decimal_places=2, label="Deductible $",
        help_text="A patient and year; of all losses together, the loss from which it pays.",
    )  # fmt: skip
    covered_pct = forms.IntegerField(
        label="Pays of what is above it, %", min_value=1, max_value=100, initial=LEAST_PCT
    )
    carrier = forms.CharField(max_length=200)
    policy_number = forms.CharField(max_length=60)
    effective_date = forms.DateField(label="First day", widget=day_input())
    end_date = forms.DateField(label="First day no longer", widget=day_input())
    file = forms.FileField(label="Declarations page", required=False, help_text=PAPER)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        kinds = [Party.Kind.PAYER, Party.Kind.PRACTICE]
        self.fields["party"].queryset = Party.objects.filter(kind__in=kinds).order_by("name")

    def clean(self) -> dict[str, object]:
        data = super().clean()
        party, tier = data.get("party"), data.get("tier")
        if party and (party.kind == Party.Kind.PAYER) != (tier == Tier.PLAN):
            wanted = "plan" if tier == Tier.PLAN else "practice"
            self.add_error("party", f"Choose the {wanted} whose tier this is.")
        return data


class Pooled(forms.Form):
    """Each condition of pooling, what it rests on, and whose patients are counted with these."""

    panels = forms.CharField(
        label="Patients of others, counted with these", widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One line each: name; patients. Another plan, or the commercial or Medicaid "
        "patients of the same group.",
    )  # fmt: skip

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        for key, words in POOLING.items():
            self.fields[f"holds_{key}"] = forms.ChoiceField(
                label=words.capitalize(), widget=forms.RadioSelect,
                choices=[("yes", "Yes"), ("no", "No, or not known")],
            )  # fmt: skip
            self.fields[f"by_{key}"] = forms.CharField(
                label="What that rests on", max_length=300, required=False
            )

    def clean_panels(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for number, line in enumerate(self.cleaned_data["panels"].strip().splitlines(), 1):
            name, _, count = (part.strip() for part in line.partition(";"))
            count = count.replace(",", "")
            if not name or not count.isascii() or not count.isdecimal() or len(count) > 8:
                raise forms.ValidationError(f"Line {number} is not: name; patients.")
            if name in found or len(name) > 100 or not int(count):
                raise forms.ValidationError(f"Line {number} names nobody new, or no patient.")
            found[name] = int(count)
        return found

    def answers(self) -> dict[str, tuple[bool, str]]:
        """Each condition: whether it holds, and by what."""
        data = self.cleaned_data
        return {key: (data[f"holds_{key}"] == "yes", data[f"by_{key}"]) for key in POOLING}
