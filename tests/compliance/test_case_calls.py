"""Once a night whoever may see a case that waits is told by mail that something does."""

from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.core import mail as django_mail

from compliance.actions.case_calls import call_for_cases
from compliance.actions.cases import name_person, reply_to_reporter, triage_case
from compliance.actions.hotline import HOTLINE, write_back
from compliance.models import Case
from ipaportal.core.roles import Role
from ipaportal.core.scopes import CASES, seeing
from tests.compliance.accusing import NOW, report
from tests.kept import kept
from tests.people import actor_of, make_user

pytestmark = pytest.mark.django_db
SECRET = "Zanzibarian"


@kept
def officers():
    return SimpleNamespace(
        osei=make_user("osei@ipa.example", Role.COMPLIANCE_OFFICER),
        marlow=make_user("marlow@ipa.example", Role.COMPLIANCE_OFFICER),
        quinn=make_user("quinn@ipa.example", Role.FINANCE),
        # Takes over from officers whom a case accuses.
        cast=make_user("cast@ipa.example", Role.MEDICAL_DIRECTOR),
    )


def test_a_night_calls_whoever_may_see_a_case_that_waits(
    officers, django_capture_on_commit_callbacks
):
    def called() -> list[tuple[list[str], str]]:
        django_mail.outbox.clear()
        with django_capture_on_commit_callbacks(execute=True):
            call_for_cases(NOW.date())
        return sorted(one.to[0] for one in django_mail.outbox)

    assert called() == []
    with django_capture_on_commit_callbacks(execute=True):
        code = report(SECRET)
    assert django_mail.outbox == []  # its hour would be the report's
    assert called() == [officers.marlow.email, officers.osei.email]
    (mail, _) = django_mail.outbox
    with seeing(CASES):
        case = Case.objects.get(source="hotline")
        said = f"{mail.subject} {mail.body}"
        assert not any(word in said for word in (case.number, case.title, SECRET, "hotline"))
    # Whom it accuses gets none from now on, also where others do.
    name_person(
        actor=actor_of(officers.osei), case_id=case.pk, part="accused", name="D. Marlow",
        user_id=officers.marlow.pk, now=NOW,
    )  # fmt: skip
    assert called() == [officers.cast.email, officers.osei.email]
    triage_case(
        actor=actor_of(officers.osei), case_id=case.pk, kind="fwa", is_urgent=False,
        owner_id=officers.quinn.pk, text="Look at the claims.", now=NOW,
    )  # fmt: skip
    reply_to_reporter(
        actor=actor_of(officers.osei), case_id=case.pk, text="We look into it.", now=NOW
    )
    assert called() == []
    write_back(
        actor=HOTLINE, code=code, text="There is more.", message_id=uuid4(), today=NOW.date()
    )
    assert called() == [officers.cast.email, officers.osei.email, officers.quinn.email]
