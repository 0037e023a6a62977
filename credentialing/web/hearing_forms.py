"""Forms of adverse actions: proposed, told, asked for, scheduled, heard, decided, reported."""

from django import forms

from credentialing.models import AdverseAction, NpdbEntry, Practitioner
from credentialing.rules.adverse import BASES, KINDS
from credentialing.web.file_forms import day_field, long_field

OPENED = [(code, words.capitalize()) for code, words in KINDS.items() if code != "denial"]


class Open(forms.Form):
    """What is proposed against somebody, and why."""

    kind = forms.ChoiceField(label="What is proposed", choices=OPENED)
    basis = forms.ChoiceField(
        label="It rests on", choices=[(code, words.capitalize()) for code, words in BASES.items()]
    )
    reasons = long_field("Reasons, as the practitioner reads them", 1000)
    limits = forms.CharField(
        label="Of a restriction: what is limited", max_length=300, required=False
    )
    closes_panel = forms.BooleanField(
        label="Of a restriction: it also closes the panel", required=False,
        help_text="While it is final, no new members are assigned; who is assigned stays.",
    )  # fmt: skip
    effective_date = day_field("Proposed from")
    ends_date = day_field("First day no longer, if it ends", required=False)
    danger = long_field("Only if patients are in imminent danger: why", 500, required=False)
    danger.help_text = "Then they are suspended today, before any hearing, and payouts wait."


class Lift(forms.Form):
    """A restriction that no longer holds."""

    from_date = day_field("First day without it")
    lift_text = long_field("Why it is lifted", 1000)


class SummaryReport(forms.Form):
    """The number that the NPDB gave; what it says stays there."""

    reference = forms.CharField(
        label="Number of the report (DCN)", max_length=60,
        help_text="The report itself, and every answer to it, stays at the NPDB.",
    )  # fmt: skip
    on_date = day_field("Reported on")


class Notice(forms.Form):
    """How the notice goes."""

    tracking = forms.CharField(label="Number of the certified letter", max_length=60)


class Drop(forms.Form):
    """Why nothing comes of it."""

    drop_text = long_field("Why it is dropped", 500)


class Request(forms.Form):
    """A letter that asks for a hearing."""

    received_date = day_field("The letter came on")
    request_text = long_field("What it says, in short", 500)


class Waiver(forms.Form):
    """A letter that waives it, or a hearing to which nobody came."""

    waiver_text = long_field("Which letter waives it, or what happened", 500)


class Schedule(forms.Form):
    """When and where, and who is called."""

    hearing_date = day_field("Day of the hearing")
    place = forms.CharField(label="Place", max_length=200)
    witnesses = long_field("Witnesses we expect to call", 500, required=False)


class Panel(forms.Form):
    """Somebody for the panel."""

    practitioner = forms.ModelChoiceField(
        Practitioner.objects.none(), label="Of the network", required=False, empty_label="nobody"
    )
    name = forms.CharField(label="Or somebody else: their name", max_length=200, required=False)
    specialty = forms.CharField(label="Specialty", max_length=100, required=False)
    is_peer = forms.BooleanField(label="A peer: of the same profession", required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        people = Practitioner.objects.order_by("last_name", "first_name")
        self.fields["practitioner"].queryset = people


class Excuse(forms.Form):
    """Whom the panel loses, and why."""

    panelist = forms.ModelChoiceField(None, label="Who")
    excused_for = forms.CharField(label="Why", max_length=300)

    def __init__(self, *args: object, row: AdverseAction, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["panelist"].queryset = row.panel.filter(excused_at=None)


class Held(forms.Form):
    """The hearing was held."""

    held_text = long_field("Who was there, and where the record is", 500)


class Recommend(forms.Form):
    """What the panel recommends."""

    recommendation = long_field("The panel's recommendation, with its reasons", 2000)


class Report(forms.Form):
    """The report's number; what it says stays with the NPDB."""

    reference = forms.CharField(label="Number of the report (DCN)", max_length=60)
    on_date = day_field("Reported on")


class Decide(forms.Form):
    """The decision in writing after the hearing."""

    upholds = forms.ChoiceField(
        label="It is", choices=[("", "Choose"), ("yes", "Final: as proposed"), ("no", "Reversed")]
    )
    text = long_field("Reasons, as the practitioner reads them", 2000)


class Query(forms.Form):
    """That the NPDB was asked; never what it answered."""

    practitioner = forms.ModelChoiceField(
        Practitioner.objects.order_by("last_name", "first_name"), label="About"
    )
    kind = forms.ChoiceField(
        label="What", choices=[one for one in NpdbEntry.Kind.choices if one[0] != "report"]
    )
    reference = forms.CharField(
        label="Its number", max_length=60,
        help_text="The answer itself is kept nowhere in the portal: read it at the NPDB.",
    )  # fmt: skip
    on_date = day_field("On")


class Ask(forms.Form):
    """A hearing is asked for by whom it is about."""

    text = long_field("What you want the panel to know", 1000, required=False)


class Waive(forms.Form):
    """The right to a hearing is given up."""

    sure = forms.BooleanField(label="I know that it becomes final at once and cannot be undone")
