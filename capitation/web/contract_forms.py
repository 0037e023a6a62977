"""Forms of payers, contracts and terms."""

from django import forms

from capitation.actions.contracts import VALUES
from capitation.formats.roster_csv import SYNONYMS
from capitation.models import Contract, MemberStatus, Payer, RateTable, Terms
from capitation.web.fields import MonthField


class NewPayer(forms.Form):
    """A plan and whom to write to when one of its files is wrong."""

    name = forms.CharField(max_length=200, label="Name of the plan")
    code = forms.RegexField(
        r"^[A-Za-z0-9-]{2,20}$",
        help_text="Two to twenty letters and digits. Files and commands call the plan by it: SUN.",
        error_messages={"invalid": "Use two to twenty letters, digits and dashes."},
    )
    contact_name = forms.CharField(max_length=200, required=False, label="Contact for its files")
    contact_email = forms.EmailField(required=False, label="Contact's e-mail")


class NewContract(forms.Form):
    """What is fixed about a contract; the money is in its terms."""

    payer = forms.ModelChoiceField(Payer.objects.none())
    name = forms.CharField(
        max_length=200, help_text="As people call it: Sunrise Medicare Advantage."
    )
    start_month = MonthField(
        label="First month paid", help_text="No run pays for a month before it."
    )
    remittance_source = forms.ChoiceField(
        choices=Contract.Source.choices,
        label="The file that counts as money received",
        help_text="The plan's other files then only say what was expected.",
    )
    run_day = forms.IntegerField(
        min_value=1,
        max_value=31,
        initial=5,
        label="Day the month opens",
        help_text="On this day of the month its run is opened and calculated by itself.",
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["payer"].queryset = Payer.objects.select_related("party").order_by(
            "party__name"
        )


class NewRates(forms.Form):
    """A rate table and its file."""

    name = forms.CharField(max_length=100, help_text="For example: PCP rates 2026.")
    file = forms.FileField(
        label="File of rates (CSV)",
        help_text="Columns plan_code, sex (F or M), age_from, age_to (inclusive), rate_pmpm; "
        "county_code too, where a county has rates of its own.",
    )


STEP_LABELS = {
    "admin_fee": "Administrative fee",
    "reinsurance": "Reinsurance premium",
    "hospital_pool": "Hospital pool",
    "specialist_pool": "Specialist pool",
    "pharmacy_pool": "Pharmacy pool",
}
# Heading, what it is about, fields.
GROUPS = (
    (
        "When",
        "Terms hold from a month on, until later ones replace them.",
        ("start_month", "end_month", "citation"),
    ),
    (
        "What the plan pays",
        "Its share of what CMS pays it. Sequestration is what the government withholds.",
        ("plan_share_pct", "exclusivity_pct", "sequestration_pct", "sequestration_borne_by"),
    ),
    (
        "What is taken first",
        "In this order. A percentage is of what it names, dollars are per member and month.",
        tuple(f"{step}_{part}" for step in STEP_LABELS for part in ("method", "value", "base")),
    ),
    (
        "What the PCP's practice earns",
        "By a share of what is received, one rate for all, or a table by plan, sex and age.",
        (
            *("rate_model", "rate_pct", "flat_pmpm", "rate_table", "risk_adjusted"),
            "withhold_pct",
        ),
    ),
    (
        "Which PCP, which members",
        "Who is paid when a member changes PCP, and for whom nothing is paid.",
        ("assignment_rule", "assignment_day", "pay_basis", "unpaid_statuses"),
    ),
    (
        "What reaches back",
        "How far a change still changes what was paid.",
        ("lookback_months", "premium_lookback_months"),
    ),
    (
        "When something is missing",
        "What happens to a member without a rate or a risk score, and who gets the odd cent.",
        (
            *("missing_rate", "missing_rate_default", "missing_risk", "missing_risk_default"),
            "odd_cent_owner",
        ),
    ),
)
WORDS = {
    "plan_share_pct": ("Plan's share, %", "Of the CMS premium, for example 85."),
    "exclusivity_pct": (
        "More for exclusive practices, %",
        "Added to the share while a member's practice is exclusive with the plan.",
    ),
    "sequestration_pct": ("Sequestration, %", ""),
    "sequestration_borne_by": ("Sequestration is borne by", ""),
    "rate_model": ("How the rate is found", ""),
    "rate_pct": ("Percent of received", "Where the rate is a percentage."),
    "flat_pmpm": ("Flat rate, $", "Where one rate holds for all."),
    "rate_table": ("Rate table", "Where rates go by plan, sex and age. Add a table first."),
    "risk_adjusted": ("Times the member's risk score", ""),
    "withhold_pct": ("Withheld, %", "Of what the practice earns, settled later."),
    "assignment_rule": ("Who is paid for the month", ""),
    "assignment_day": ("That day, or the boundary day", "For the middle two of these rules."),
    "pay_basis": ("Paid for", ""),
    "unpaid_statuses": ("Not paid while the member is", ""),
    "lookback_months": ("Months a change reaches back", ""),
    "premium_lookback_months": (
        "Months the plan's premium changes reach back",
        "Empty means without limit.",
    ),
    "missing_rate": ("Without a rate", ""),
    "missing_rate_default": ("Default rate, $", ""),
    "missing_risk": ("Without a risk score", ""),
    "missing_risk_default": ("Default risk score", ""),
    "odd_cent_owner": ("The odd cent goes to", ""),
    "citation": ("Contract clause", "Shown beside every amount it explains: § 4.2, page 31."),
}


class TermsForm(forms.Form):
    """Every term of a contract, in groups."""

    start_month = MonthField(label="From the month of")
    end_month = MonthField(
        label="Up to, not including",
        required=False,
        help_text="Empty: until replaced.",
    )

    def __init__(self, *args: object, contract: Contract, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields |= forms.fields_for_model(Terms, fields=VALUES)
        self.fields["unpaid_statuses"] = forms.MultipleChoiceField(
            choices=MemberStatus.Code.choices, required=False, widget=forms.CheckboxSelectMultiple
        )
        self.fields["rate_table"].queryset = RateTable.objects.filter(contract=contract)
        for name, (label, help_text) in WORDS.items():
            self.fields[name].label, self.fields[name].help_text = label, help_text
        for step, label in STEP_LABELS.items():
            self.fields[f"{step}_method"].label = label
            self.fields[f"{step}_value"].label = "Value"
            self.fields[f"{step}_base"].label = "Of"
        for field in self.fields.values():
            if isinstance(field, forms.DecimalField):
                field.localize, field.widget.attrs["step"] = False, "any"

    def groups(self) -> list[tuple[str, str, list]]:
        """The fields under their headings."""
        return [(head, line, [self[name] for name in names]) for head, line, names in GROUPS]

    def values(self) -> dict[str, object]:
        """What the terms are to say."""
        return {name: self.cleaned_data[name] for name in VALUES}


ROSTER_WORDS = {
    "member_id": "Member's number",
    "mbi": "MBI",
    "pcp_npi": "PCP's NPI",
    "pcp_effective_date": "PCP from",
    "capitation_amount": "Amount paid",
    "coverage_month": "Month it is for",
    "effective_date": "Covered from",
    "end_date": "Covered until",
}


class RosterColumns(forms.Form):
    """Our field → the head of the plan's column; empty where the plan does not send it."""

    date_format = forms.ChoiceField(
        choices=[
            ("%Y-%m-%d", "2026-10-31"),
            ("%m/%d/%Y", "10/31/2026"),
            ("%Y%m%d", "20261031"),
            ("%m-%d-%Y", "10-31-2026"),
            ("%d-%b-%Y", "31-Oct-2026"),
        ],
        label="How it writes a day",
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        for name in SYNONYMS:
            label = ROSTER_WORDS.get(name, name.replace("_", " ").capitalize())
            self.fields[name] = forms.CharField(max_length=100, required=False, label=label)
        self.fields["member_id"].required = True
