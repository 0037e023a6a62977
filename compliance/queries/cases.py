"""Cases as whoever asks may see them; the database leaves out those that accuse them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from django.db.models import OuterRef, Subquery

from compliance.models import (
    BreachRecord,
    Case,
    CaseEvent,
    CaseFile,
    CaseHandler,
    CasePerson,
    CaseTask,
    HotlineMessage,
)
from compliance.queries.breaches import facts_by_case
from compliance.queries.case_people import may_handle
from compliance.rules.breaches import Facts, next_duty
from compliance.rules.cases import KINDS, Deadline, deadlines, next_due
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted
from ipaportal.core.scopes import cases_of, seeing
from ipaportal.identity.models import User

VIEW = "compliance.handle_cases"


@dataclass(frozen=True)
class CaseRow:
    """One case as a list shows it."""

    case: Case
    title: str
    owner_id: int | None
    owner_name: str
    due: date | None
    waits_for_us: bool  # a reporter wrote last
    breach: Facts | None = None

    @property
    def kind(self) -> str:
        return KINDS[self.case.kind]

    def is_late(self, today: date) -> bool:
        return self.due is not None and self.due < today


@dataclass(frozen=True)
class CasePage:
    """Everything about one case, read and decrypted."""

    row: CaseRow
    text: str
    clocks: list[Deadline]
    handlers: list[CaseHandler]
    people: list[CasePerson]
    tasks: list[CaseTask]
    files: list[CaseFile]
    messages: list[HotlineMessage]
    events: list[CaseEvent]  # the newest first
    breach_records: list[BreachRecord]  # the newest first
    look_ids: list[int]  # unusual looks that led to it


@contextmanager
def among(actor: Actor) -> Iterator[None]:
    """
    See the cases that somebody may.

    :raises NotPermitted: for whoever may see none
    """
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)
    with seeing(cases_of(actor)):
        yield


def case_rows(*, actor: Actor) -> list[CaseRow]:
    """Every case that somebody may see, the newest first; one query."""
    with among(actor):
        cases = list(_cases())
        breaches = facts_by_case(one for one in cases if one.state != "closed")
        return [_row(one, breaches.get(one.pk)) for one in cases]


def case_page(*, actor: Actor, case_id: object) -> CasePage | None:
    """One case, or None if there is none that somebody may see."""
    with among(actor):
        case = _cases().filter(pk=case_id).first()
        if case is None:
            return None
        return CasePage(
            row=_row(case, facts_by_case([case]).get(case.pk)),
            text=case.text,
            clocks=deadlines(case.clocked),
            handlers=list(case.handlers.filter(ended_at=None)),
            people=list(case.people.filter(withdrawn_at=None)),
            tasks=list(case.tasks.all()),
            files=list(case.files.all()),
            messages=list(case.messages.order_by("place")),
            events=list(case.events.order_by("-place")),
            breach_records=list(case.breach_records.order_by("-place")),
            look_ids=list(case.looks.values_list("look_id", flat=True)),
        )


def case_file(*, actor: Actor, file_id: object) -> CaseFile | None:
    """One file of a case, or None if there is none that somebody may see."""
    with among(actor):
        return CaseFile.objects.filter(pk=file_id).first()


def case_of_task(*, actor: Actor, task_id: object) -> CaseTask | None:
    """One task of a case that somebody may see."""
    with among(actor):
        return CaseTask.objects.filter(pk=task_id).first()


def case_of_person(*, actor: Actor, person_id: object) -> CasePerson | None:
    """One person of a case that somebody may see."""
    with among(actor):
        return CasePerson.objects.filter(pk=person_id).first()


def case_of_look(*, actor: Actor, look_id: int) -> Case | None:
    """The case that an unusual look led to, if there is one that somebody may see."""
    if not actor.may(VIEW):
        return None
    with among(actor):
        return Case.objects.filter(looks__look_id=look_id).first()


def people_for(*, actor: Actor, case_id: object, today: date) -> list[User]:
    """Who may be given a case, by name."""
    with among(actor):
        case = Case.objects.filter(pk=case_id).first()
        return list(may_handle(case, today)) if case else []


def _cases():
    handlers = CaseHandler.objects.filter(case=OuterRef("pk"), ended_at=None, is_owner=True)
    last = HotlineMessage.objects.filter(case=OuterRef("pk")).order_by("-place")
    return Case.objects.annotate(
        owner_id=Subquery(handlers.values("user_id")[:1]),
        owner_name=Subquery(handlers.values("user_name")[:1]),
        wrote_last=Subquery(last.values("is_from_reporter")[:1]),
    )


def _row(case: Case, breach: Facts | None) -> CaseRow:
    dues = [] if case.state == "closed" else [next_due(case.clocked)]
    if breach is not None:
        dues.append(next_duty(breach))
    return CaseRow(
        case=case,
        title=case.title,
        owner_id=case.owner_id,
        owner_name=case.owner_name or "",
        due=min((day for day in dues if day), default=None),
        waits_for_us=bool(case.wrote_last),
        breach=breach,
    )
