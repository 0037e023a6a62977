"""The portal's questions about itself: each is asked, and finds what it should and nothing else."""

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.db.utils import InternalError, ProgrammingError
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from capitation.models import PlanFile, Terms
from compliance.actions import checks, obligations
from compliance.actions.checks import step_checks
from compliance.models import CheckResult, Obligation, ObligationLibrary
from compliance.queries import obligations as queries
from compliance.queries.case_checks import ASKED
from compliance.queries.obligations import shipped_library
from compliance.queries.self_checks import QUESTIONS, findings, first_nights
from compliance.rules.program import BY_KEY, CHECKS, ELEMENTS, Found, tiles
from compliance.web.desk import PLACES
from credentialing.models import Credential, ScreeningResult, ScreeningRun
from ipaportal.audit.models import DomainEvent, Incident
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted
from ipaportal.core.roles import Role
from tests.capitation.worlds import make_small_world
from tests.kept import kept
from tests.people import actor_of, client_of, make_user

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TODAY = NOW.date()
CLOCK = Actor.system("clock")
STAMP = {"recorded_by_name": "A. Okafor", "recorded_at": NOW}
pytestmark = pytest.mark.django_db


@kept
def world():
    return make_small_world()


def found(key: str) -> Found:
    return QUESTIONS[key](NOW)


def test_every_question_has_an_element_a_way_to_ask_and_a_place():
    keys = [check.key for check in CHECKS]
    assert len(keys) == len(set(keys)) >= 25
    about_cases = {check.key for check in CHECKS if check.is_private}
    assert set(keys) == set(QUESTIONS) | about_cases == set(PLACES)
    assert about_cases == set(ASKED)
    assert not about_cases & set(QUESTIONS)
    assert {check.element for check in CHECKS} == set(ELEMENTS)
    assert all(check.remedy and check.citation for check in CHECKS)
    for name in PLACES.values():
        reverse(name)


def test_a_tile_is_as_bad_as_the_worst_that_was_found():
    nothing = {check.key: Found(0) for check in CHECKS}
    assert {tile.tone for tile in tiles(nothing)} == {"good"}
    drawn = {t.key: t for t in tiles({**nothing, "holds_old": Found(2), "dormant": Found(1)})}
    assert (drawn["incentives"].tone, drawn["incentives"].found) == ("warn", 1)
    drawn = {t.key: t for t in tiles({**nothing, "withheld_too_much": Found(1)})}
    assert (drawn["incentives"].tone, drawn["policies"].tone) == ("bad", "good")


def test_terms_without_a_clause_are_found(world):
    cited = Terms.objects.filter(contract=world.contract).exclude(citation="").count()
    assert found("terms_uncited").count == (0 if cited else 1)


def test_a_file_is_found_when_its_days_are_over(world):
    file = PlanFile.objects.create(
        payer=world.contract.payer,
        name="late.edi",
        sha256="0" * 64,
        size=1,
        status=PlanFile.Status.QUARANTINED,
        received_by_name="A. Okafor",
        received_at=NOW - timedelta(days=BY_KEY["files_waiting"].days, seconds=1),
    )
    assert found("files_waiting") == Found(1, date(2026, 11, 17))
    PlanFile.objects.filter(pk=file.pk).update(received_at=NOW - timedelta(days=3))
    assert found("files_waiting") == Found(0)


def test_a_licence_is_over_the_day_after_its_last_and_a_renewal_mends_it(world):
    ann = world.pcps["Bell"]
    licence = {"practitioner": ann, "kind": Credential.Kind.LICENCE, "state": "CA", **STAMP}
    Credential.objects.create(**licence, number="A1", expires_date=TODAY)
    assert found("licences_over") == Found(0)
    Credential.objects.update(superseded_at=NOW)
    Credential.objects.create(**licence, number="A1", expires_date=TODAY - timedelta(days=1))
    assert found("licences_over") == Found(1, TODAY - timedelta(days=1))
    Credential.objects.create(**licence, number="A2", expires_date=TODAY)
    assert found("licences_over") == Found(0)


def test_who_takes_part_was_screened_this_month_or_is_found(world):
    assert found("not_screened") == Found(len(world.pcps))
    bell = f"practitioner:{world.pcps['Bell'].pk}"
    for as_of, left in ((date(2026, 10, 31), 2), (date(2026, 11, 1), 1)):
        run = ScreeningRun.objects.create(
            cause="asked", state="done", as_of=as_of, requested_at=NOW, requested_by_name="clock"
        )
        result = {"run": run, "subject_key": bell, "label": "Bell"}
        ScreeningResult.objects.create(**result, outcome=ScreeningResult.Outcome.CLEAR)
        assert found("not_screened").count == left


def test_staff_without_a_second_factor_or_long_away_are_found():
    user = make_user("okafor@ipa.example", Role.FINANCE)
    user.last_login = NOW - timedelta(days=93)
    user.save(update_fields=["last_login"])
    assert found("dormant") == Found(1, date(2026, 8, 19))
    before = found("no_second_factor").count
    make_user("nkemelu@ipa.example", Role.PROVIDER)
    assert found("no_second_factor").count == before


def test_an_incident_is_found_until_it_is_closed():
    incident = Incident.objects.create(name="invariant x", opened_at=NOW)
    assert found("incidents_open") == Found(1, TODAY)
    Incident.objects.filter(pk=incident.pk).update(closed_at=NOW, resolution="looked at")
    assert found("incidents_open") == Found(0)


def test_asks_once_a_day_and_keeps_what_it_found(world):
    assert step_checks(NOW) == 0  # nothing waited for it
    assert CheckResult.objects.count() == len(QUESTIONS)  # nothing about cases is kept
    assert step_checks(NOW + timedelta(hours=3)) == 0
    assert CheckResult.objects.count() == len(QUESTIONS)
    step_checks(NOW + timedelta(days=1))
    assert CheckResult.objects.count() == 2 * len(QUESTIONS)
    assert CheckResult.objects.filter(day=TODAY).count() == len(QUESTIONS)
    event = DomainEvent.objects.filter(action="compliance.checks.asked").first()
    assert "not_screened" in event.details["found"]
    with pytest.raises((InternalError, ProgrammingError)):
        CheckResult.objects.update(count=0)


def test_the_portals_obligations_come_by_night_and_stay_behind_somebodys_own(world, monkeypatch):
    step_checks(NOW)
    shipped = ObligationLibrary.objects.get()
    assert (shipped.is_shipped, shipped.loaded_by_id) == (True, None)
    assert CheckResult.objects.get(key="duties_unproven").count > 0  # asked of what came before
    # Another version comes with the portal: the next night takes it over, and keeps the former.
    text = shipped_library().text.replace("Decided within 7 calendar days", "Decided in a week")
    newer = replace(shipped_library(), text=text, sha256=hashlib.sha256(text.encode()).hexdigest())
    for module in (checks, obligations, queries):
        monkeypatch.setattr(module, "shipped_library", lambda: newer)
    step_checks(NOW + timedelta(hours=1))
    assert ObligationLibrary.objects.count() == 1
    night = NOW + timedelta(days=1)
    step_checks(night)
    assert list(ObligationLibrary.objects.values_list("is_shipped", flat=True)) == [True, True]
    rows = Obligation.objects.filter(code="PA-STD", effective_date=date(2026, 1, 1))
    assert [one.superseded_at for one in rows.order_by("pk")] == [night, None]
    # Somebody's own is not loaded over.
    officer = make_user("officer@ipa.example", Role.COMPLIANCE_OFFICER)
    own = text.replace("version: ", "version: own ", 1).replace("every: 100", "every: 99", 1)
    obligations.load_library(actor=actor_of(officer), text=own, now=night)
    event = DomainEvent.objects.filter(action="compliance.obligations.loaded").latest("pk")
    assert [one["every_days"] for one in event.details["controls_before"].values()] == [100]
    step_checks(NOW + timedelta(days=2))
    assert ObligationLibrary.objects.first().is_shipped is False
    page = client_of(officer).get(reverse("compliance:obligation_list")).content.decode()
    assert "was not loaded over it" in page


def test_says_since_which_night_something_is_found():
    nights = [
        CheckResult(key="dormant", day=TODAY - timedelta(days=back), count=count)
        for back, count in enumerate([1, 2, 0, 5])
    ]
    assert first_nights(nights) == TODAY - timedelta(days=1)
    assert first_nights(nights[2:]) is None
    assert first_nights([]) is None


def test_only_who_may_asks():
    finance = Actor(5, "A. Okafor", frozenset({("finance", 1)}))
    with pytest.raises(NotPermitted):
        findings(actor=finance, now=NOW)
    assert set(findings(actor=CLOCK, now=NOW)) == set(BY_KEY)


def test_the_desk_shows_tiles_and_leads_to_where_it_is_mended(world):
    officer = client_of(make_user("officer@ipa.example", Role.COMPLIANCE_OFFICER))
    with CaptureQueriesContext(connection) as asked:
        page = officer.get(reverse("compliance:desk"))
    assert len(asked) <= 65
    rows = {row["question"]: row for row in page.context["listing"].rows}
    assert len(rows) == len(CHECKS)
    screened = rows[BY_KEY["not_screened"].question]
    assert (screened["state"], screened["url"]) == (
        "at risk",
        reverse("credentialing:screening_list"),
    )
    few = officer.get(reverse("compliance:desk"), {"element": "auditing", "show": "open"})
    shown = few.context["listing"].rows
    assert 0 < len(shown) < len(CHECKS)
    assert {row["element"] for row in shown} == {"auditing"}
    file = officer.get(reverse("compliance:desk"), {"export": "csv"})
    assert BY_KEY["dormant"].question in b"".join(file.streaming_content).decode()


def test_an_empty_portal_has_nothing_to_ask():
    assert step_checks(NOW) == 0
    assert not CheckResult.objects.exists()
