"""A case of each way it may come, for pages and attackers."""

from datetime import UTC, date, datetime

from compliance.actions.cases import give_task, name_person, note_case, open_case, triage_case
from compliance.actions.hotline import HOTLINE, new_code, take_report
from compliance.models import Case, CaseDeputy
from ipaportal.core.actors import Actor
from ipaportal.core.scopes import CASES, seeing
from ipaportal.identity.models import User

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DESK = Actor.system("test")


def make_case(name: str, user: User | None = None) -> dict[str, object]:
    """A case with a task, a file and somebody named; what addresses of cases may name."""
    case = open_case(
        actor=DESK, kind="incident", title=name[:200], text=name, received_date=NOW.date(), now=NOW
    )
    found = {"case_id": case.pk, "case_verb": "note"}
    if user is None:
        return found
    triage_case(
        actor=DESK, case_id=case.pk, kind="incident", is_urgent=False, owner_id=user.pk,
        text=name, now=NOW,
    )  # fmt: skip
    task = give_task(
        actor=DESK, case_id=case.pk, user_id=user.pk, text=name, due_date=date(2026, 12, 1), now=NOW
    )
    note_case(
        actor=DESK, case_id=case.pk, text=name, evidence=b"\x89PNG\r\n\x1a\nshown", now=NOW,
        evidence_name=name[:50],
    )  # fmt: skip
    person = name_person(actor=DESK, case_id=case.pk, part="witness", name=name[:200], now=NOW)
    deputy = CaseDeputy.objects.create(
        user=user, place=1, text="Chair", named_at=NOW, named_by_name="A. Okafor"
    )
    with seeing(CASES):
        file = Case.objects.get(pk=case.pk).files.get()
    return found | {
        "case_task_id": task.pk,
        "case_file_id": file.pk,
        "case_person_id": person.pk,
        "case_deputy_id": deputy.pk,
    }


def report(text: str = "They bill visits that never were.", *, about_office: bool = False) -> str:
    """A report without a name; gives its code."""
    code = new_code()
    take_report(
        actor=HOTLINE, code=code, title="Visits that never were", text=text,
        about_office=about_office, today=NOW.date(),
    )  # fmt: skip
    return code
