"""The page behind a letter: whoever got it answers here, once; it shows nothing else."""

from django import forms
from django.core.cache import cache
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from credentialing.actions.inquiries import InquiryOver, answer_inquiry, open_inquiry
from credentialing.rules.elements import RULES
from ipaportal.audit.context import current_origin
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import Refused
from ipaportal.identity.web.access import PortalRequest, public

LINK = Actor.system("inquiry link")
# From one address in an hour; whoever guesses tokens needs more than a universe of them.
MOST, WITHIN_SECONDS = 60, 3600


class TooMany(Refused):
    """More requests than a person makes."""

    def __init__(self) -> None:
        super().__init__("Too many requests came from your network. Please try again in an hour.")


class Answer(forms.Form):
    """What somebody who knows says."""

    answered_by = forms.CharField(label="Your name", max_length=100)
    title = forms.CharField(label="Your title", max_length=90)
    verdict = forms.ChoiceField(
        label="Can you confirm it?",
        choices=[
            ("yes", "Yes, and I know of nothing adverse"),
            ("adverse", "Yes, but I know of something adverse"),
            ("no", "No, or not as it is said"),
        ],
        widget=forms.RadioSelect,
    )
    text = forms.CharField(
        label="What you want to add",
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


@never_cache
@public
def inquiry_answer(request: PortalRequest, letter: str) -> HttpResponse:
    """Answer a letter."""
    now = timezone.now()
    try:
        _count()
        inquiry = open_inquiry(letter, now)
        form = Answer(request.POST or None)
        if request.method == "POST" and form.is_valid():
            data = form.cleaned_data
            answer_inquiry(
                actor=LINK,
                token=letter,
                answered_by=data["answered_by"],
                title=data["title"],
                is_confirmed=data["verdict"] != "no",
                is_adverse=data["verdict"] == "adverse",
                text=data["text"],
                now=now,
            )
            return render(request, "credentialing/public/inquiry_answered.html", {})
    except (InquiryOver, TooMany) as refusal:
        status = 429 if isinstance(refusal, TooMany) else 410
        context = {"refusal": refusal}
        return render(request, "credentialing/public/inquiry_over.html", context, status=status)
    event = inquiry.element.event
    context = {
        "inquiry": inquiry,
        "about": event.practitioner or event.facility,
        "what": RULES[inquiry.element.code].name,
        "form": form,
    }
    status = 422 if form.errors else 200
    return render(request, "credentialing/public/inquiry_answer.html", context, status=status)


def _count() -> None:
    """
    Count what comes from one network address.

    :raises TooMany: if it is more than a person does
    """
    key = f"credentialing.inquiry.{current_origin().ip or 'unknown'}"
    cache.add(key, 0, WITHIN_SECONDS)
    try:
        count = cache.incr(key)
    except ValueError:  # it ran out between the two
        return
    if count > MOST:
        raise TooMany
