"""What waits on whom: an application step by step, as its applicant sees it."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from credentialing.models import Application, Document
from credentialing.queries.applications import FILL
from credentialing.queries.whereabouts import Whereabouts, is_with_provider, whereabouts
from credentialing.rules.application import SECTIONS
from credentialing.rules.documents import Need
from credentialing.rules.events import WORDS, Status
from credentialing.rules.waiting import BALL_WORDS, Ball
from ipaportal.core.parts import Column, Empty, list_rows
from ipaportal.core.words import day_text, plural
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import exported, one_as_file

WHOSE = {**BALL_WORDS, Ball.PROVIDER: "you", Ball.STAFF: "the IPA"}
PASSAGES = (
    Column("step", "Step"),
    Column("whose", "Whose move"),
    Column("since", "From", "day"),
    Column("until", "Until", "day"),
    Column("days", "Days", "count"),
)
ELEMENTS = (
    Column("name", "What", "link"),
    Column("word", "Stands", "status"),
    Column("whose", "Whose move"),
    Column("words", "Which means", wide=True),
    Column("since", "Since", "day"),
    Column("due", "Answer by", "day", minor=True),
)
OPEN = frozenset({Status.APPLYING, Status.INCOMPLETE, Status.SUBMITTED, Status.VERIFYING})


@require_GET
@requires(FILL)
def application_waiting(request: PortalRequest, application_id: int) -> HttpResponse:
    """Who has the ball in my application, since when, and what I can do now."""
    today = timezone.localdate()
    try:
        found = whereabouts(actor=request.actor, application_id=application_id, today=today)
    except Application.DoesNotExist as missing:
        raise Http404 from missing
    lists = {
        "elements": list_rows(
            [_element(one) for one in found.elements], ELEMENTS, {}, caption="What is verified",
            empty=Empty("Nothing yet", "What is verified is listed once your signed application "
                                       "was looked through."),
            **exported(request, "elements"),
        ),
        "steps": list_rows(
            [_passage(one, today) for one in found.passages], PASSAGES, {},
            caption="Step by step", **exported(request, "steps"),
        ),
    }  # fmt: skip
    if (file := one_as_file(request, lists)) is not None:
        return file
    who, home = found.page.application.practitioner, reverse(
        "credentialing:application_detail", args=[application_id]
    )  # fmt: skip
    context = {
        "found": found,
        "lists": lists,
        "line": _line(found, today),
        "reminded": _reminded(found),
        "todo": _todo(found),
        "is_mine": is_with_provider(found),
        "crumbs": [("My file", reverse("credentialing:my_file")), (str(who), home),
                   ("What waits on whom", "")],
    }  # fmt: skip
    return render(request, "credentialing/provider/application_waiting.html", context)


def _line(found: Whereabouts, today) -> str:
    """Whose move it is, in one sentence."""
    if found.told is None:
        return f"{found.event.get_status_display().capitalize()} since {day_text(found.since)}"
    days = plural((today - found.since).days, "day")
    late = ", which is later than we aim for" if found.due and found.due < today else ""
    return f"It is the move of {WHOSE[found.told.ball]}, for {days}{late}"


def _reminded(found: Whereabouts) -> str:
    """That we wrote again, and from when on the application may be withdrawn."""
    far = found.far
    if far is None or len(far.days) < 2:
        return ""
    words = f"We reminded you on {' and on '.join(map(day_text, far.days[1:]))}."
    if not far.is_last:
        return f"{words} We write once more on {day_text(far.next_date)}."
    return (
        f"{words} From {day_text(far.next_date)} on your application may be withdrawn, of which a "
        "letter tells you; what you have filled in stays, and you may apply again."
    )


def _passage(one, today) -> dict[str, object]:
    return {
        "step": WORDS[one.status].capitalize(),
        "whose": WHOSE[one.ball] if one.ball else "",
        "since": one.since,
        "until": one.until,
        "days": one.days(today),
    }


def _element(one) -> dict[str, object]:
    url = ""
    if one.discrepancy_id:
        url = reverse("credentialing:discrepancy_answer", args=[one.discrepancy_id])
    return {
        "name": one.name,
        "word": "to ask" if one.word == "missing" else one.word,
        "whose": WHOSE[one.ball] if one.ball else "nobody's",
        "words": one.words,
        "since": one.since,
        "due": one.due,
        "url": url,
    }


def _todo(found: Whereabouts) -> list[tuple[str, str]]:
    """What the applicant can do now: words and where, the most pressing first."""
    page = found.page
    pk, status = page.application.pk, found.event.status
    here = reverse("credentialing:application_detail", args=[pk])
    if status == Status.INVITED:
        return [("Begin your application", reverse("credentialing:my_file"))]
    todo = [
        (f"Answer what a source says otherwise: {one.what}, by {day_text(one.due_date)}",
         reverse("credentialing:discrepancy_answer", args=[one.pk]))
        for one in page.discrepancies
        if not one.outcome and one.replied_at is None
    ]  # fmt: skip
    if status in (Status.APPLYING, Status.INCOMPLETE):
        if not page.has_birth_date:
            todo.append(("Give your birth date and Social Security number",
                         reverse("credentialing:application_personal", args=[pk])))  # fmt: skip
        for section in SECTIONS:
            if faults := page.missing.get(section.code):
                url = reverse("credentialing:application_section", args=[pk, section.code])
                todo.append((f"{section.name}: {faults[0]}", url))
    if status in OPEN:
        todo += _papers(found, pk)
    if status == Status.APPLYING and not page.missing and page.has_birth_date:
        sign = reverse("credentialing:application_sign", args=[pk]) if page.is_mine else here
        todo.append(("Read your application and sign it", sign))
    return todo


def _papers(found: Whereabouts, pk: int) -> list[tuple[str, str]]:
    send = reverse("credentialing:my_document_new", args=[pk])
    todo = []
    for paper in found.page.papers:
        rejected = paper.newest is not None and paper.newest.status == Document.Status.REJECTED
        if rejected:
            why = paper.newest.review_text
            todo.append((f"Send {paper.name} again: {why}", f"{send}?kind={paper.kind}"))
        elif paper.newest is None and paper.need is Need.REQUIRED:
            todo.append((f"Send {paper.name}", f"{send}?kind={paper.kind}"))
    return todo
