"""A form takes effect once: sent again it gets the same answer, sent otherwise it is refused."""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps

from django.contrib import messages
from django.db import OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.crypto import salted_hmac

from ipaportal.core.refusals import Refused
from ipaportal.identity.models import SentForm

FIELD = "form_token"
TOKEN = re.compile(r"[A-Za-z0-9_-]{16,32}")
PATIENCE = "5s"
_UNSIGNED = {FIELD, "csrfmiddlewaretoken"}
_TAKE = """
INSERT INTO identity_sentform (actor_id, token, view, body_hash, sent_at, status, location, said)
VALUES (%s, %s, %s, %s, %s, 0, '', '[]') ON CONFLICT (actor_id, token) DO NOTHING RETURNING id
"""
View = Callable[..., HttpResponse]


class FormNotWhole(Refused):
    def __init__(self) -> None:
        super().__init__(
            "The form came without the token of its page. Nothing was changed. Open the page "
            "again and send the form from there."
        )


class SentOtherwise(Refused):
    """The same page was sent before, with other entries."""

    def __init__(self, before: SentForm) -> None:
        super().__init__(
            f"This page was already sent, {timezone.localtime(before.sent_at):%b %-d at %H:%M}, "
            "with other entries. What was sent first stands; nothing else was changed. Open the "
            "page again to send another."
        )


class StillWorking(Refused):
    """The same form is being worked on this moment."""

    def __init__(self) -> None:
        super().__init__(
            "This form was sent a moment ago and is being worked on. Nothing was done twice. Wait "
            "a little, then look at the list: what you sent stands there once it is done."
        )


@dataclass(frozen=True)
class _Form:
    """A form as it arrived."""

    actor_id: int
    token: str
    view: str
    body_hash: str


def new_token() -> str:
    """A token for one rendering of one form."""
    return secrets.token_urlsafe(16)


def once(view: View) -> View:
    """Let what is sent to a view take effect once; looking is as it was."""

    @wraps(view)
    def taken(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if request.method != "POST":
            return view(request, *args, **kwargs)
        token = request.POST.get(FIELD, "")
        if not TOKEN.fullmatch(token):
            return _refused(request, FormNotWhole(), 400)
        name = request.resolver_match.view_name
        form = _Form(request.actor.user_id, token, name, body_hash(request))
        try:
            return _answer(request, form, lambda: view(request, *args, **kwargs))
        except (SentOtherwise, StillWorking) as refusal:
            return _refused(request, refusal, 409)

    taken.takes_effect_once = True
    return taken


def body_hash(request: HttpRequest) -> str:
    """A keyed hash of where a form was sent and of all it holds but its tokens, files too."""
    parts = [request.path]
    for name, values in sorted(request.POST.lists()):
        if name not in _UNSIGNED:
            parts += [name, *values, ""]
    for name, files in sorted(request.FILES.lists()):
        for file in files:
            digest = salted_hmac("ipaportal.once.file", b"", algorithm="sha256")
            for piece in file.chunks():
                digest.update(piece)
            file.seek(0)
            parts += [name, file.name, digest.hexdigest()]
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return salted_hmac("ipaportal.once", text, algorithm="sha256").hexdigest()


def _answer(request: HttpRequest, form: _Form, view: Callable[[], HttpResponse]) -> HttpResponse:
    with transaction.atomic():
        row_id = _take(form)
        if row_id is None:
            return _answer_again(request, form, view)
        queued = len(messages.get_messages(request)._queued_messages)
        response = view()
        row = SentForm.objects.filter(pk=row_id)
        if _did_nothing(response):
            row.delete()
        else:
            said = messages.get_messages(request)._queued_messages[queued:]
            row.update(
                status=response.status_code,
                location=response.headers.get("Location", "")[:500],
                said=[[one.level, str(one.message)] for one in said],
            )
        return response


def _take(form: _Form) -> int | None:
    """
    Be the first with this token, or None; waits a little for another that is not done yet.

    :raises StillWorking: if the other takes longer
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('lock_timeout')")
            usual = cursor.fetchone()
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [PATIENCE])
            values = [form.actor_id, form.token, form.view, form.body_hash, timezone.now()]
            cursor.execute(_TAKE, values)
            row = cursor.fetchone()
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", usual)
            return row[0] if row else None
    except OperationalError as failure:
        if getattr(failure.__cause__, "sqlstate", "") == "55P03":  # lock_not_available
            raise StillWorking from failure
        raise


def _answer_again(
    request: HttpRequest, form: _Form, view: Callable[[], HttpResponse]
) -> HttpResponse:
    before = SentForm.objects.get(actor_id=form.actor_id, token=form.token)
    if (before.view, before.body_hash) != (form.view, form.body_hash):
        raise SentOtherwise(before)
    if not before.location:  # a file: whoever lost the connection gets it again
        return view()
    for level, text in before.said:
        messages.add_message(request, level, text)
    messages.info(request, "The same form came again. It took effect once.")
    answer = redirect(before.location)
    answer["Idempotency-Hit"] = "true"
    return answer


def _did_nothing(response: HttpResponse) -> bool:
    """A page instead of a way on (or a file): the entries were wrong, or it was refused."""
    is_file = response.headers.get("Content-Disposition", "").startswith("attachment")
    return not (300 <= response.status_code < 400 or is_file)


def _refused(request: HttpRequest, refusal: Refused, status: int) -> HttpResponse:
    return render(request, "refusal.html", {"refusal": refusal}, status=status)
