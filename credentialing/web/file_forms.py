"""Forms over files: what staff record, ask, send and decide."""

from datetime import datetime, time

from django import forms
from django.utils import timezone

from credentialing.models import (
    Associate,
    Credential,
    CredentialingEvent,
    Discrepancy,
    Element,
    Practice,
    SiteCheck,
    Verification,
)
from credentialing.rules.documents import DOCUMENT_KINDS
from credentialing.rules.elements import RULES, SOURCES
from credentialing.rules.facility_types import FACILITY_TYPES
from credentialing.rules.provider_types import PROVIDER_TYPES
from ipaportal.core.actors import Actor

KINDS = CredentialingEvent.Kind.choices[:3]


def day_field(label: str, *, required: bool = True, help_text: str = "") -> forms.DateField:
    """A date with the browser's own picker."""
    widget = forms.DateInput(attrs={"type": "date"})
    return forms.DateField(label=label, required=required, help_text=help_text, widget=widget)


def long_field(label: str, most: int, *, required: bool = True) -> forms.CharField:
    """A few lines of text."""
    return forms.CharField(
        label=label, max_length=most, required=required, widget=forms.Textarea(attrs={"rows": 3})
    )


class Invite(forms.Form):
    """Whom to invite, for which practice."""

    npi = forms.CharField(label="NPI", max_length=10, min_length=10)
    first_name = forms.CharField(label="First name", max_length=100)
    last_name = forms.CharField(label="Last name", max_length=100)
    provider_type = forms.ChoiceField(
        label="Kind of provider", choices=[(t.code, t.name) for t in PROVIDER_TYPES]
    )
    email = forms.EmailField(label="E-mail address", help_text="The practitioner's own.")
    practice = forms.ModelChoiceField(Practice.objects.none(), label="Practice")
    kind = forms.ChoiceField(label="Cycle", choices=KINDS)

    def __init__(self, *args: object, actor: Actor, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        practices = Practice.objects.for_actor(actor, "credentialing.view_network")
        self.fields["practice"].queryset = practices.order_by("name")


class Planned(forms.Form):
    """When a decision is planned."""

    planned_decision_date = day_field(
        "Planned day of the decision",
        required=False,
        help_text="What is verified has to hold on that day.",
    )


class Opened(Planned):
    kind = forms.ChoiceField(label="Cycle", choices=KINDS)


class Reason(forms.Form):
    reason = forms.CharField(label="Why", max_length=500)


class Record(forms.Form):
    """What a source said of an element."""

    source = forms.ChoiceField(label="Source")
    method = forms.ChoiceField(label="How", choices=Verification.Method.choices)
    performed_on = day_field("Asked on")
    as_of_date = day_field("Day of the source's own data")
    result = forms.ChoiceField(label="Result", choices=Verification.Result.choices)
    expires_date = day_field("Expires, says the source", required=False)
    spoke_with = forms.CharField(
        label="Who answered",
        max_length=200,
        required=False,
        help_text="Name and title, of a telephone call.",
    )
    note = long_field("Note", 1000, required=False)
    evidence = forms.FileField(
        label="Evidence",
        required=False,
        help_text="PDF, PNG or JPEG; of the NPDB neither note nor file: its answer stays there",
    )

    def __init__(self, *args: object, element: Element, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        accepted = [SOURCES[code] for code in RULES[element.code].sources]
        self.fields["source"].choices = [(one.code, one.name) for one in accepted]

    def clean(self) -> dict[str, object]:
        data = super().clean()
        if data.get("method") == "verbal" and not data.get("spoke_with"):
            self.add_error("spoke_with", "Of a telephone call, say who answered.")
        return data

    def values(self, now: datetime) -> dict[str, object]:
        """What the action takes; a day that is not today is taken at noon."""
        data = dict(self.cleaned_data)
        day, file = data.pop("performed_on"), data.pop("evidence")
        noon = timezone.make_aware(datetime.combine(day, time(12)))
        return {
            **data,
            "performed_at": now if day == now.date() else noon,
            "evidence": file.read() if file else b"",
            "evidence_name": file.name if file else "",
        }


class Ask(forms.Form):
    """A letter to somebody who knows."""

    recipient_name = forms.CharField(label="To", max_length=200)
    recipient_email = forms.EmailField(label="E-mail address")
    question = long_field("What you ask", 1000)


class Differs(forms.Form):
    """What a source says otherwise."""

    what = forms.CharField(label="What differs", max_length=200)
    application_says = forms.CharField(label="The application says", max_length=500)
    source_says = forms.CharField(label="The source says", max_length=500)


class Close(forms.Form):
    discrepancy = forms.IntegerField(widget=forms.HiddenInput)
    outcome = forms.ChoiceField(label="What came of it", choices=Discrepancy.Outcome.choices)


class Look(forms.Form):
    """Accept or refuse, with words where they are needed."""

    verdict = forms.ChoiceField(
        label="You find it",
        choices=[("accept", "in order"), ("refuse", "not in order")],
        widget=forms.RadioSelect,
    )
    text = forms.CharField(
        label="In words",
        max_length=500,
        required=False,
        help_text="Needed where it is refused, or accepted with something adverse.",
    )

    @property
    def is_accepted(self) -> bool:
        return self.cleaned_data["verdict"] == "accept"


class NewFacility(forms.Form):
    """A facility as its licence names it."""

    kind = forms.ChoiceField(label="Kind", choices=[(t.code, t.name) for t in FACILITY_TYPES])
    legal_name = forms.CharField(label="Legal name", max_length=200)
    dba_name = forms.CharField(label="Trades as", max_length=200, required=False)
    tin = forms.RegexField(r"^\d{2}-?\d{7}$", label="Taxpayer number", help_text="Nine digits")
    npi = forms.CharField(label="NPI", max_length=10, min_length=10)
    line = forms.CharField(label="Street", max_length=200)
    city = forms.CharField(label="City", max_length=100)
    state = forms.RegexField(r"^[A-Z]{2}$", label="State", help_text="Two capital letters")
    zip_code = forms.CharField(label="ZIP", max_length=10)
    phone = forms.CharField(label="Telephone", max_length=20, required=False)


class HeldCredential(forms.Form):
    """A credential of a facility or, as staff read it, of a practitioner."""

    kind = forms.ChoiceField(label="Kind")
    state = forms.CharField(label="State", max_length=2, required=False)
    number = forms.CharField(label="Number", max_length=60, required=False)
    issuer = forms.CharField(label="Issued by", max_length=200, required=False)
    issued_date = day_field("Issued", required=False)
    expires_date = day_field("Last day it holds", required=False)
    per_claim = forms.DecimalField(
        label="Each claim, $", min_value=0, max_digits=12, decimal_places=2, required=False
    )
    aggregate = forms.DecimalField(
        label="Aggregate, $", min_value=0, max_digits=12, decimal_places=2, required=False
    )

    OF_FACILITY = ("fac_licence", "ccn", "clia", "accreditation", "liability")
    OF_PRACTITIONER = ("licence", "dea", "csr", "board", "coverage", "life_support")

    def __init__(self, *args: object, of_facility: bool, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        kinds = self.OF_FACILITY if of_facility else self.OF_PRACTITIONER
        self.fields["kind"].choices = [(k, n) for k, n in Credential.Kind.choices if k in kinds]

    def values(self) -> dict[str, object]:
        """What the action takes: amounts in whole cents."""
        data = dict(self.cleaned_data)
        for name in ("per_claim", "aggregate"):
            amount = data.pop(name)
            data[f"{name}_cents"] = None if amount is None else int(amount * 100)
        return {**data, "state": data["state"].upper()}


class Looked(forms.Form):
    """A survey or site visit."""

    kind = forms.ChoiceField(label="Kind", choices=SiteCheck.Kind.choices)
    checked_date = day_field("On")
    checked_by = forms.CharField(label="Who looked", max_length=200)
    score_pct = forms.DecimalField(
        label="Score, %", min_value=0, max_value=100, decimal_places=2, required=False
    )
    result = forms.ChoiceField(label="Result", choices=SiteCheck.Result.choices)
    note = forms.CharField(label="Note", max_length=1000, required=False)


class Behind(forms.Form):
    """Somebody behind a facility: a person, or a business that owns."""

    role = forms.ChoiceField(label="Role", choices=Associate.Role.choices)
    first_name = forms.CharField(label="First name", max_length=100, required=False)
    last_name = forms.CharField(label="Last name", max_length=100, required=False)
    business_name = forms.CharField(label="Or business", max_length=200, required=False)
    ownership_pct = forms.DecimalField(
        label="Owns, %", min_value=0, max_value=100, decimal_places=2, required=False
    )
    effective_date = day_field("Since")

    def clean(self) -> dict[str, object]:
        data = super().clean()
        if bool(data.get("last_name")) == bool(data.get("business_name")):
            self.add_error("last_name", "Name a person or a business, one of them.")
        return data


class Paper(forms.Form):
    """A document to add."""

    kind = forms.ChoiceField(label="Kind of document")
    file = forms.FileField(label="File", help_text="PDF, PNG, JPEG or TIFF, up to 25 MB")
    expires_date = day_field("Expires", required=False)

    def __init__(self, *args: object, of_facility: bool = False, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        kinds = [k for k in DOCUMENT_KINDS if k.of_facility == of_facility or k.code == "other"]
        self.fields["kind"].choices = [(k.code, k.name) for k in kinds]


class ProfileFile(forms.Form):
    """A file of NPPES or a CAQH roster."""

    file = forms.FileField(label="File")
