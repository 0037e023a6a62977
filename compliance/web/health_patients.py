"""Whose records a patient's are: those who wait, two columns side by side, and a decision."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from capitation.models import Member, Payer
from compliance.actions.health_matches import (
    NoSuchMember,
    confirm_match,
    deny_match,
    look_again,
    take_back,
)
from compliance.models import HealthPatient
from compliance.queries.health_records import (
    VIEW,
    health_patients,
    people,
    person_of,
    records_of,
    sources,
    state_counts,
    told_in,
)
from compliance.rules.health_records import STEPS, WAITING, WORDS, Person, State, Step, name_key
from compliance.web.health_parts import crumbs
from ipaportal.audit.access import declare_members, shows_members
from ipaportal.core.parts import Chip, Column, Empty, list_rows, matching
from ipaportal.core.refusals import Refused
from ipaportal.core.words import plural
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file

MATCH = "compliance.match_health_records"
STANDS = (State.MATCHED, State.STRANGER)
PATIENTS = (
    Column("name", "Patient, as the source has them", "link", sort="name", wide=True),
    Column("birth_date", "Born", "day", sort="birth_date"),
    Column("sex", "Sex", sort="sex"),
    Column("source", "From", sort="source"),
    Column("state", "State", "status", sort="state"),
    Column("member", "Member", sort="member"),
    Column("why", "Why", sort="why", wide=True),
    Column("since", "Since", "day", sort="since"),
)
BESIDE = (
    Column("field", "Field"),
    Column("theirs", "The source says"),
    Column("ours", "The plan says"),
    Column("same", "Beside each other", "status"),
)
RECORDS = (
    Column("kind", "Type", "link", sort="kind"),
    Column("first_day", "Day", "day", sort="first_day"),
    Column("code", "Code", sort="code"),
    Column("status", "Status", sort="status"),
    Column("place", "File and line"),
)
STEP_COLUMNS = (
    Column("at", "When", "day"),
    Column("step", "What"),
    Column("member", "Member"),
    Column("words", "Why", wide=True),
    Column("by_name", "By"),
)


class Decide(forms.Form):
    """Whose the records are, with the reason."""

    payer = forms.ModelChoiceField(Payer.objects.none(), required=False, label="Plan")
    number = forms.CharField(
        max_length=40, required=False, label="Member number of that plan",
        help_text="Leave both empty to confirm the member who is proposed.",
    )  # fmt: skip
    words = forms.CharField(max_length=500, label="Why",
                            widget=forms.Textarea(attrs={"rows": 2}))  # fmt: skip
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, one: HealthPatient, data: object = None) -> None:
        super().__init__(data, initial={"seen": one.member_id})
        if one.state in STANDS:  # what stands can only be taken back
            del self.fields["payer"], self.fields["number"]
        else:
            self.fields["payer"].queryset = Payer.objects.select_related("party")

    def member_id(self) -> int:
        """
        Who was meant.

        :raises NoSuchMember: if nobody has the number, or nobody was proposed
        """
        payer = self.cleaned_data.get("payer")
        number = self.cleaned_data.get("number", "").strip()
        if not number and payer is None and self.cleaned_data["seen"]:
            return self.cleaned_data["seen"]
        found = Member.objects.filter(payer=payer, plan_member_id=number).first() if payer else None
        if found is None:
            raise NoSuchMember
        return found.pk


@requires(VIEW)
@shows_members()
def patient_list(request: PortalRequest) -> HttpResponseBase:
    """Patients of every source: those who wait first."""
    every = health_patients(request.actor)
    source = request.GET.get("source", "")
    if source.isdecimal() and len(source) < 10:
        every = every.filter(source=int(source))
    state = request.GET.get("state", "waiting")
    shown = every.filter(state__in=WAITING) if state == "waiting" else every
    shown = shown.filter(state=state) if state in WORDS else shown
    rows = _rows(list(shown))
    rows = matching(rows, request.GET.get("q", ""), "name", "birth_date", "member", "source")
    if wants_file(request):
        declare_members(request, [row["member_id"] for row in rows if row["member_id"]])
        return as_file(request, PATIENTS, rows, "health-patients")
    counts = state_counts(every)
    listing = list_rows(
        rows, PATIENTS, request.GET, caption="Patients", default_sort="name",
        chips=[Chip("state", "waiting", "wait for a look",
                    sum(counts.get(one, 0) for one in WAITING)),
               *(Chip("state", one, words, counts.get(one, 0)) for one, words in WORDS.items()),
               Chip("state", "every", "all", sum(counts.values()))],
        empty=Empty("Nobody here", "Patients stand here as soon as a file with them was read. "
                    "Whoever is matched by number and birth date does not wait."),
        **export_urls(request),
    )  # fmt: skip
    listing.active.setdefault("state", "waiting")
    declare_members(request, [row["member_id"] for row in listing.rows if row["member_id"]])
    context = {"listing": listing, "crumbs": crumbs(("Patients", ""))}
    return render(request, "compliance/health_patients.html", context)


def _rows(found: list[HealthPatient]) -> list[dict[str, object]]:
    rows = []
    for one in found:
        person = person_of(told_in(one.record))
        rows.append({
            "name": _name(person), "birth_date": person.birth_date, "sex": person.sex,
            "source": one.source.name, "state": one.state_words, "why": one.why,
            "member": one.member.plan_member_id if one.member else "",
            "member_id": one.member_id, "since": timezone.localdate(one.since),
            "url": reverse("compliance:health_patient_detail", args=[one.pk]),
        })  # fmt: skip
    return rows


def _name(person: Person) -> str:
    return ", ".join(filter(None, (person.last_name, person.first_name))) or "no name"


@requires(VIEW)
@shows_members()
def patient_detail(request: PortalRequest, health_patient_id: int) -> HttpResponse:
    """One patient beside the member they may be, their records, and what was said of them."""
    one = get_object_or_404(health_patients(request.actor), pk=health_patient_id)
    form = Decide(one) if request.actor.may(MATCH) else None
    return render(request, "compliance/health_patient.html", _context(request, one, form))


def _context(request: PortalRequest, one: HealthPatient, form: Decide | None) -> dict[str, object]:
    declare_members(request, [one.member_id] if one.member_id else [])
    told = told_in(one.record)
    theirs, ours = person_of(told), people([one.member_id]).get(one.member_id)
    records = [
        {"kind": row.kind, "first_day": row.first_day, "code": row.code, "status": row.status,
         "place": f"{row.file.file_name}, line {row.line_no}",
         "url": reverse("compliance:health_record_detail", args=[row.pk])}
        for row in records_of(one).select_related("file")
    ]  # fmt: skip
    steps = [
        {"at": timezone.localdate(row.at), "step": STEPS[Step(row.step)], "words": row.words,
         "member": row.member.plan_member_id if row.member else "", "by_name": row.by_name}
        for row in one.steps.select_related("member")
    ]  # fmt: skip
    stands = one.state in STANDS
    return {
        "one": one, "name": _name(theirs), "form": form, "stands": stands,
        "numbers": [*told.numbers, *told.mbis],
        "beside": list_rows(_beside(theirs, ours), BESIDE, {}, caption="Side by side"),
        "records": list_rows(records, RECORDS, request.GET, caption="Records that count",
                             empty=Empty("No record", "Nothing of this patient counts now.")),
        "steps": list_rows(steps, STEP_COLUMNS, {}, caption="What was said", page_size=1000),
        "crumbs": crumbs(("Patients", reverse("compliance:health_patient_list")),
                         (_name(theirs), "")),
    }  # fmt: skip


def _beside(theirs: Person, ours: Person | None) -> list[dict[str, object]]:
    def row(field: str, said: object, plan: object, *, same: bool) -> dict[str, object]:
        missing = ours is None or not said or not plan
        word = "is missing" if missing else "agrees" if same else "differs"
        return {"field": field, "theirs": said or "", "ours": plan or "", "same": word}

    of = ours or Person()
    return [
        row("Last name", theirs.last_name, of.last_name,
            same=name_key(theirs.last_name, "x") == name_key(of.last_name, "x")),
        row("First name", theirs.first_name, of.first_name,
            same=name_key("x", theirs.first_name) == name_key("x", of.first_name)),
        row("Born", theirs.birth_date, of.birth_date, same=theirs.birth_date == of.birth_date),
        row("Sex", theirs.sex, of.sex, same=theirs.sex == of.sex),
    ]  # fmt: skip


@require_POST
@requires(MATCH)
@shows_members()
def patient_decide(request: PortalRequest, health_patient_id: int) -> HttpResponse:
    """Confirm a match, say that it is nobody, or take back what was said."""
    one = get_object_or_404(health_patients(request.actor), pk=health_patient_id)
    form, done = Decide(one, request.POST), {"actor": request.actor, "patient_id": one.pk}
    do = request.POST.get("do", "")
    if form.is_valid():
        done |= {"words": form.cleaned_data["words"], "now": timezone.now()}
        try:
            if do == "back":
                take_back(**done)
            elif do == "nobody":
                deny_match(**done)
            else:
                confirm_match(member_id=form.member_id(), seen_member_id=form.cleaned_data["seen"],
                              **done)  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Said, and on record.")
            declare_members(request, [one.member_id] if one.member_id else [])
            return redirect("compliance:health_patient_detail", one.pk)
    context = _context(request, one, form)
    return render(request, "compliance/health_patient.html", context, status=422)


@require_POST
@requires(MATCH)
def source_again(request: PortalRequest, health_source_id: int) -> HttpResponse:
    """Look once more for members among a source's patients who wait."""
    source = get_object_or_404(sources(request.actor), pk=health_source_id)
    changed = look_again(actor=request.actor, source_id=source.pk, now=timezone.now())
    messages.success(request, f"Looked again: {plural(changed, 'patient')} stand otherwise now.")
    return redirect("compliance:health_source_detail", source.pk)
