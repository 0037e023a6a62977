"""
Telling by mail, once a night, that a case waits: to whoever may see it, and to nobody else.

A mail sent when a report comes would tell its hour, by which its reporter may be found; a night's
tells the day, which stands on the case. The mail says nothing of any case, nor how many there are.
Whoever a case accuses is told of no other case by it either: each is asked as the database shows
them cases, and who sees none that waits gets no mail.
"""

from datetime import date

from django.db.models import OuterRef, Q, Subquery

from compliance.models import Case, CaseHandler, HotlineMessage
from compliance.queries.case_people import officers, staff
from ipaportal.core.actors import Actor
from ipaportal.core.mailing import mail_later
from ipaportal.core.scopes import CASES, cases_of, seeing
from ipaportal.identity.models import User

CALL = "Something waits in compliance"
CALL_TEXT = (
    "A case of compliance waits for somebody to look at it: it is new, or whoever reported it "
    "wrote again. Sign in and open Cases to see it. This mail says nothing of it, and comes once "
    "a night as long as one waits."
)


def call_for_cases(today: date) -> None:
    """Mail every officer, and whoever works on a case, who may see one that waits."""
    with seeing(CASES):
        waiting = set(_waiting().values_list("pk", flat=True))
        held = CaseHandler.objects.filter(case__in=waiting, ended_at=None)
        handlers = set(held.values_list("user_id", flat=True)) if waiting else set()
    if not waiting:
        return
    people = User.objects.filter(pk__in=officers(today) | (handlers & staff(today)), is_active=True)
    called = []
    for user in people.order_by("pk"):
        with seeing(cases_of(Actor(user.pk, user.name))):
            if _waiting().exists():
                called.append(user.email)
    mail_later(called, CALL, CALL_TEXT)


def _waiting():
    """Cases that are new, or whose reporter wrote last."""
    last = HotlineMessage.objects.filter(case=OuterRef("pk")).order_by("-place")
    open_ = Case.objects.exclude(state="closed")
    open_ = open_.annotate(wrote_last=Subquery(last.values("is_from_reporter")[:1]))
    return open_.filter(Q(state="new") | Q(wrote_last=True))
