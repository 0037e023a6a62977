"""Breaches on the page of their case: what is weighed, counted, decided and told."""

from collections.abc import Callable, Mapping

from django import forms
from django.utils import timezone

from compliance.actions.breaches import (
    account_for,
    assess_breach,
    count_people,
    decide_breach,
    print_letters,
    record_delay,
    record_discovery,
    record_notice,
    write_breach_packet,
    write_letter,
)
from compliance.queries.cases import CasePage
from compliance.rules.breaches import (
    CAPACITIES,
    FACTORS,
    FACTORS_CITATION,
    LETTER_CITATION,
    LETTER_PARTS,
    LEVELS,
    NOTICES,
    RESULT_CITATIONS,
    RESULTS,
    WORDS,
    duties,
    flags,
    lines_of,
    read_counts,
)
from compliance.web.audit_forms import MOST_BYTES, PAPER
from compliance.web.audit_forms import WORDS as THREE_LINES
from compliance.web.case_forms import Note
from compliance.web.case_parts import Verb, left_words
from ipaportal.core.parts import Column, list_rows
from ipaportal.identity.web.fields import day_input

DUTIES = (
    Column("words", "Who is told"),
    Column("due", "Due", "day"),
    Column("state", "State", "status"),
    Column("done", "Told", "day"),
    Column("note", "Why", wide=True),
    Column("citation", "Rule", minor=True),
)


class Found(forms.Form):
    """When it was found."""

    known = forms.DateField(label="Known since", widget=day_input())
    diligence = forms.DateField(
        label="Would have been known by reasonable diligence since", required=False,
        widget=day_input(), help_text="Logs that nobody read, a call that nobody passed on.",
    )  # fmt: skip
    agent = forms.DateField(
        label="Known to an agent of ours since", required=False, widget=day_input(),
        help_text="Workforce or an agent under the law of agency: their knowledge is ours.",
    )  # fmt: skip
    capacity = forms.ChoiceField(label="We act", choices=list(CAPACITIES.items()))
    contract_days = forms.IntegerField(
        label="Days that the plan's agreement gives", required=False, min_value=1, max_value=60
    )
    text = forms.CharField(label="How it was found", max_length=4000, widget=THREE_LINES)

    def clean(self) -> dict[str, object]:
        data, today = super().clean(), timezone.localdate()
        for name in ("known", "diligence", "agent"):
            if data.get(name) and data[name] > today:
                self.add_error(name, "That day is ahead. Nothing was recorded.")
        return data


class Counted(forms.Form):
    """How many people of which state."""

    by_state = forms.CharField(
        label="People by state", required=False, max_length=1000, help_text="CA 340, NV 12"
    )
    people = forms.FileField(
        label="Or a list (CSV)", required=False,
        help_text="Its first line names name, address, city, state and zip; letters need it. With "
        "member, the plan's number, accounts of disclosures are found too.",
    )  # fmt: skip
    text = forms.CharField(label="How they were counted", max_length=2000, widget=THREE_LINES)

    def clean_by_state(self) -> dict[str, int] | None:
        text = self.cleaned_data["by_state"]
        try:
            return read_counts(text) if text else None
        except ValueError as failure:
            raise forms.ValidationError(f"{failure} Nothing was recorded.") from failure

    def clean_people(self) -> object:
        file = self.cleaned_data["people"]
        if file is not None and file.size > MOST_BYTES:
            raise forms.ValidationError("The file is larger than 25 MB. Nothing was kept.")
        return file

    def clean(self) -> dict[str, object]:
        data = super().clean()
        if not self.errors and bool(data.get("by_state")) == bool(data.get("people")):
            raise forms.ValidationError("Give the numbers or a list. Nothing was recorded.")
        return data


class Weighed(forms.Form):
    """The four factors, each with a reason."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        for key, (label, help_text) in FACTORS.items():
            self.fields[f"level_{key}"] = forms.ChoiceField(
                label=f"{label}: the risk is", choices=list(LEVELS.items())
            )
            self.fields[f"text_{key}"] = forms.CharField(
                label=f"Why ({label.lower()})", max_length=4000, widget=THREE_LINES,
                help_text=help_text,
            )  # fmt: skip
        self.fields["text"] = forms.CharField(
            label="All four together", max_length=4000, widget=THREE_LINES
        )


class Decided(forms.Form):
    """Whether it is a breach."""

    result = forms.ChoiceField(
        label="It is",
        choices=[(key, f"{words} ({RESULT_CITATIONS[key]})") for key, words in RESULTS.items()],
    )
    text = forms.CharField(label="Why", max_length=4000, widget=THREE_LINES)


class Delayed(forms.Form):
    """What law enforcement asked for."""

    asked = forms.DateField(label="Asked on", widget=day_input())
    until = forms.DateField(label="Not to tell before", widget=day_input())
    is_written = forms.BooleanField(
        label="In writing", required=False,
        help_text="By word of mouth it holds for 30 days at most (45 CFR 164.412).",
    )  # fmt: skip
    text = forms.CharField(label="Who asked, and why", max_length=2000, widget=THREE_LINES)


class Letter(forms.Form):
    """The words of the notice, in plain language."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        for key, label in LETTER_PARTS.items():
            self.fields[key] = forms.CharField(
                label=label, max_length=3000, widget=forms.Textarea(attrs={"rows": 3})
            )


class Printed(forms.Form):
    """The day that stands on the letters."""

    day = forms.DateField(label="Day of the letters", widget=day_input())


class Told(forms.Form):
    """Who was told."""

    kind = forms.ChoiceField(label="Told", choices=list(NOTICES.items()))
    sent = forms.DateField(label="On", widget=day_input())
    count = forms.IntegerField(label="How many", min_value=1, initial=1)
    text = forms.CharField(label="How", max_length=2000, widget=THREE_LINES)
    file = forms.FileField(label="What shows it", required=False, help_text=PAPER)

    clean_file = Note.clean_file

    def clean_sent(self) -> object:
        if self.cleaned_data["sent"] > timezone.localdate():
            raise forms.ValidationError("That day is ahead. Nothing was recorded.")
        return self.cleaned_data["sent"]


class Accounted(forms.Form):
    """What members' accounts of disclosures tell."""

    made = forms.DateField(label="Day it left", widget=day_input())
    recipient = forms.CharField(label="Who got it", max_length=200,
                                help_text="Or “unknown person”, where nobody knows.")  # fmt: skip
    address = forms.CharField(label="Their address", max_length=300, required=False)
    description = forms.CharField(label="What left", max_length=500)
    words = forms.CharField(label="Why, in words that members read", max_length=500)

    def clean_made(self) -> object:
        if self.cleaned_data["made"] > timezone.localdate():
            raise forms.ValidationError("That day is ahead. Nothing was recorded.")
        return self.cleaned_data["made"]


class Packed(forms.Form):
    """What a packet is for."""

    text = forms.CharField(label="For whom", max_length=500)


def _count(*, people: object, by_state: Mapping | None, **said: object) -> None:
    count_people(people=people.read() if people else b"", by_state=by_state, **said)


def _assess(*, text: str, actor, case_id, now, **given: str) -> None:
    factors = {key: (given[f"level_{key}"], given[f"text_{key}"]) for key in FACTORS}
    assess_breach(actor=actor, case_id=case_id, now=now, factors=factors, text=text)


def _letter(*, actor, case_id, now, **parts: str) -> None:
    write_letter(actor=actor, case_id=case_id, now=now, parts=parts)


def _verb(title: str, button: str, form: Callable, act: Callable, note: str, **more) -> Verb:
    more.setdefault("states", ("open",))
    return Verb(title, button, form, act, note=note, of_breach=True, **more)


BREACH_VERBS = {
    "discovery": _verb("When it was found", "Record it", Found, record_discovery,
                       "The first of these days counts: from it people have 60 days, and a plan "
                       "what its agreement gives."),
    "affected": _verb("People affected", "Record it", Counted, _count,
                      "Two counts of 500 that are not the same: in all for HHS, in one state for "
                      "the media."),
    "assess": _verb("Weigh the four factors", "Record it", Weighed, _assess,
                    f"{FACTORS_CITATION}. Without a reason for each it stays a breach. Whoever "
                    "weighs them does not decide."),
    "decide": _verb("Decide", "Decide in my name", Decided, decide_breach,
                    "Not by whoever weighed the factors. A later decision replaces this one."),
    "delay": _verb("Law enforcement asks to wait", "Record it", Delayed, record_delay, ""),
    "letter": _verb("Words of the notice", "Keep them", Letter, _letter,
                    f"{LETTER_CITATION}: in plain language, to each person."),
    "letters": _verb("Print the letters", "Print them", Printed, print_letters,
                     "One PDF for up to 500 people, and a file to merge letters from."),
    "notice": _verb("Record a notice", "Record it", Told, record_notice, "With what shows it."),
    "account": _verb("Enter into accounts of disclosures", "Enter it", Accounted, account_for,
                     "45 CFR 164.528: members who ask are told of what was disclosed by mistake, "
                     "be it a breach or not. Whoever may see disclosures reads these words, also "
                     "whom the case accuses: name nobody of it, and enter it when that harms no "
                     "inquiry."),
    "packet": _verb("Packet of proof", "Write it", Packed, write_breach_packet,
                    "What shows that every notice was given, or why none was needed (45 CFR "
                    "164.414(b)); whoever gets it checks it without us.",
                    states=("open", "closed")),
}  # fmt: skip


def breach_context(page: CasePage) -> dict[str, object]:
    """What the page of a privacy incident shows beside the rest."""
    if page.row.case.kind != "privacy":
        return {}
    facts, today = page.row.breach, timezone.localdate()
    found = duties(facts) if facts else []
    rows = [
        {
            "words": one.words,
            "due": one.due,
            "state": "told" if one.done else left_words(one.due, today),
            "done": one.done,
            "note": one.note,
            "citation": one.citation,
        }
        for one in found
    ]
    return {
        "is_privacy": True,
        "breach": facts,
        "result_words": RESULTS.get(facts.result, "") if facts else "",
        "duties": list_rows(rows, DUTIES, {}, caption="Whom to tell by when") if rows else None,
        "flags": flags(facts) if facts else [],
        "records": [
            {"head": WORDS[one.kind], "lines": lines_of(one.kind, one.told), "by": one.by_name,
             "at": one.at}
            for one in page.breach_records
        ],
        "next_steps": _next_steps(facts),
    }  # fmt: skip


def _next_steps(facts) -> list[tuple[str, str]]:
    """What may be done now: its verb and its name, the first the one that is due."""
    if facts is None or facts.discovery is None:
        return [("discovery", "Say when it was found")]
    steps = []
    if not facts.by_state:
        steps.append(("affected", "Say who is affected"))
    if not facts.is_assessed:
        steps.append(("assess", "Weigh the four factors"))
    elif not facts.result:
        steps.append(("decide", "Decide"))
    if facts.result == "breach":
        steps += [("letter", "Words of the notice"), ("letters", "Print the letters"),
                  ("notice", "Record a notice")]  # fmt: skip
    all_of_them = [(name, verb.title) for name, verb in BREACH_VERBS.items()]
    named = {name for name, _ in steps}
    hidden = {"letters", "notice", "letter"} if facts.result != "breach" else set()
    return steps + [one for one in all_of_them if one[0] not in named | hidden]
