"""The hotline: pages without signing in, on which anybody reports and comes back."""

import uuid

from django import forms
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from compliance.actions.hotline import (
    HOTLINE,
    MOST_FILES,
    mailbox,
    new_code,
    take_report,
    write_back,
)
from compliance.rules.case_records import code_read
from ipaportal.core.refusals import Refused
from ipaportal.identity.web.access import View, public
from ipaportal.identity.web.limits import SAFE, refused_if_often
from ipaportal.identity.web.uploads import takes_file

PAPERS = "Pictures (JPEG, PNG) or a PDF, up to 8 MB each."
# A page that was open for longer than this gets a new code.
A_DAY = 24 * 60 * 60
SIGNER = TimestampSigner(salt="compliance.hotline")


def unnamed(view: View) -> View:
    """Open a view to everybody, counted by a place that nobody can tell from the count."""

    @public
    def counted(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        refused = None if request.method in SAFE else refused_if_often(request, "hotline")
        return refused or view(request, *args, **kwargs)

    counted.counts_itself = True
    return takes_file("hotline")(counted)


class Report(forms.Form):
    """What somebody saw."""

    title = forms.CharField(label="In one line", max_length=200)
    text = forms.CharField(
        label="What happened", max_length=8000, widget=forms.Textarea(attrs={"rows": 8}),
        help_text="When, where, who, how you know of it, and who else may. Leave out what would "
        "tell us who you are, unless you want us to know.",
    )  # fmt: skip
    about_office = forms.BooleanField(
        label="It is about the compliance office itself", required=False,
        help_text="Then nobody of that office sees it. It goes to somebody named for this.",
    )  # fmt: skip
    code = forms.CharField(widget=forms.HiddenInput, max_length=120)
    paper_1 = forms.FileField(label="Pictures or papers", required=False, help_text=PAPERS)
    paper_2 = forms.FileField(label="Another", required=False)
    paper_3 = forms.FileField(label="Another one", required=False)

    def clean_code(self) -> str:
        try:
            return SIGNER.unsign(self.cleaned_data["code"], max_age=A_DAY)
        except BadSignature as failure:
            raise forms.ValidationError(
                "This page was open for too long. Nothing was sent. Open it again."
            ) from failure


class Open(forms.Form):
    """The code of a mailbox."""

    code = forms.CharField(
        label="Your code", max_length=60, widget=forms.TextInput({"autocomplete": "off"})
    )

    def clean_code(self) -> str:
        code = code_read(self.cleaned_data["code"])
        if code is None:
            raise forms.ValidationError(
                "A code has five groups of four letters or figures, without 0, 1, I, L, O and U. "
                "Nothing was sent."
            )
        return code


class Write(Open):
    """What a reporter adds."""

    text = forms.CharField(
        label="Your message", max_length=8000, widget=forms.Textarea(attrs={"rows": 5})
    )
    message = forms.UUIDField(widget=forms.HiddenInput)
    paper_1 = forms.FileField(label="Picture or paper", required=False, help_text=PAPERS)
    paper_2 = forms.FileField(label="Another", required=False)
    paper_3 = forms.FileField(label="Another one", required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget = forms.HiddenInput()


def _papers(form: forms.Form) -> list[bytes]:
    """The bytes of what was attached; its names are not even read."""
    given = [form.cleaned_data.get(f"paper_{number}") for number in range(1, MOST_FILES + 1)]
    return [file.read() for file in given if file]


@unnamed
def report(request: HttpRequest) -> HttpResponse:
    """Report something; the code of the mailbox is shown once, in the answer."""
    code = SIGNER.sign(new_code())
    form = Report(request.POST or None, request.FILES or None, initial={"code": code})
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            take_report(
                actor=HOTLINE, code=told["code"], title=told["title"], text=told["text"],
                about_office=told["about_office"], files=_papers(form),
                today=timezone.localdate(),
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return render(request, "compliance/hotline_sent.html", {"code": told["code"]})
    if form.has_error("code"):
        form.data = {**form.data.dict(), "code": code}
    status = 422 if form.errors else 200
    return render(request, "compliance/hotline.html", {"form": form}, status=status)


@unnamed
def open_mailbox(request: HttpRequest) -> HttpResponse:
    """Come back with a code: read what was answered, and write again."""
    if request.method != "POST":
        return render(request, "compliance/hotline_code.html", {"form": Open()})
    writing = "message" in request.POST
    form = Write(request.POST, request.FILES) if writing else Open(request.POST)
    template, context = "compliance/hotline_code.html", {"form": form}
    try:
        if form.is_valid() and writing:
            write_back(
                actor=HOTLINE, code=form.cleaned_data["code"], text=form.cleaned_data["text"],
                message_id=form.cleaned_data["message"], files=_papers(form),
                today=timezone.localdate(),
            )  # fmt: skip
        if code := form.cleaned_data.get("code"):
            context = {"messages_so_far": mailbox(code), "form": form, "sent": writing}
            template = "compliance/hotline_mailbox.html"
    except Refused as refusal:
        form.add_error(None, str(refusal))
    status = 422 if form.errors else 200
    if not form.errors:
        again = {"code": form.cleaned_data["code"], "message": uuid.uuid4()}
        context["form"] = Write(initial=again)
    elif not writing:
        template = "compliance/hotline_code.html"
    return render(request, template, context, status=status)
