"""The public directory: who is in it, who is not, who confirms it; and what the IPA decides."""

from datetime import date, timedelta

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from credentialing.actions import directory as do
from credentialing.actions.applications import save_section
from credentialing.actions.policies import WrongPolicy, set_policy
from credentialing.actions.suspending import suspend
from credentialing.models import (
    Credential,
    DirectoryChange,
    DirectoryCheck,
    Facility,
    Language,
    ListEntry,
    Network,
    NetworkListing,
    Practitioner,
    PractitionerRole,
    ScreeningMatch,
    Supervision,
)
from credentialing.queries.applications import application_page
from credentialing.queries.directory import Asked, Directory, directory_cards, verified
from credentialing.queries.levels import packet_of
from credentialing.rules import policies as rules
from credentialing.rules.application import BY_CODE, faults_of, what_is_missing
from credentialing.rules.directory import (
    is_verified,
    reminders_due,
    update_by,
    verified_words,
    verify_by,
)
from credentialing.rules.elements import elements_of_practitioner
from credentialing.rules.policies import Policy
from ipaportal.core.refusals import NotPermitted
from ipaportal.core.roles import Role
from tests.credentialing.adverse import at, make_hearings
from tests.credentialing.applying import ANSWERS, APPLIED, applied, sign
from tests.credentialing.test_sql_participation import lists
from tests.factories import CLOCK, NOON, batch, fact
from tests.kept import kept
from tests.networks import make_facility, make_location
from tests.people import actor_of, client_of, make_user
from tests.proofs import breaches

DAY = date(2026, 3, 2)
ONE = timedelta(days=1)
NPI = "1234567893"
LICENCE = {"rows": [ANSWERS["licences"]["rows"][0]]}


def test_a_confirmation_holds_for_ninety_days_and_a_change_stands_in_two_business_days():
    assert is_verified(DAY, DAY + 90 * ONE)
    assert not is_verified(DAY, DAY + 91 * ONE)
    assert not is_verified(None, DAY)
    assert verify_by(None, DAY) == verify_by(DAY, DAY - 400 * ONE) == DAY + 90 * ONE
    monday, friday = date(2026, 3, 2), date(2026, 3, 6)
    assert (update_by(monday), update_by(friday)) == (date(2026, 3, 4), date(2026, 3, 10))
    assert update_by(date(2026, 3, 7)) == date(2026, 3, 10)
    by = DAY + 90 * ONE
    due = [reminders_due(by, by - days * ONE, frozenset()) for days in (15, 14, 1, 0, -9)]
    assert due == [None, 14, 14, 0, 0]
    assert reminders_due(by, by, frozenset({14, 0})) is None
    assert "on Mar 2, 2026" in verified_words(DAY, DAY + 90 * ONE)
    assert "since Mar 2, 2026" in verified_words(DAY, DAY + 91 * ONE)


def test_the_newest_policy_that_has_begun_holds_and_nothing_is_closed():
    opened = Policy("directory", True, DAY)
    shut = Policy("directory", False, DAY + ONE)
    assert not rules.is_public([], DAY)
    assert [rules.is_public([opened], day) for day in (DAY - ONE, DAY)] == [False, True]
    assert [rules.is_public([opened, shut], day) for day in (DAY, DAY + ONE)] == [True, False]
    named = Policy("supervision", True, DAY, "CA", "pa")
    for kind, day, states in (("pa", DAY, {"CA"}), ("pa", DAY - ONE, set()), ("np", DAY, set()),
                              ("md", DAY, set())):  # fmt: skip
        assert rules.supervised_states([named], kind, day) == states
    assert rules.fault_of("directory", "", "") == rules.fault_of("supervision", "CA", "np") == ""
    assert "one, for all" in rules.fault_of("directory", "CA", "")
    assert "two letters" in rules.fault_of("supervision", "C1", "np")
    assert "may be supervised" in rules.fault_of("supervision", "CA", "md")


def test_without_a_dea_registration_somebody_says_why_and_never_both():
    today = date(2026, 11, 20)
    bare = {**ANSWERS, "licences": LICENCE}
    assert "say why you hold none" in what_is_missing(bare, today)["prescribing"][0]
    none = {**bare, "prescribing": {"without_dea": "none"}}
    assert what_is_missing(none, today) == {}
    assert (
        "leave this empty"
        in what_is_missing({**ANSWERS, "prescribing": {"without_dea": "none"}}, today)[
            "prescribing"
        ][0]
    )
    section = BY_CODE["prescribing"]
    assert "Name the prescriber" in faults_of(section, {"without_dea": "other"})[0]
    named = {"without_dea": "other", "prescriber_name": "Dr. Low", "prescriber_npi": NPI}
    assert faults_of(section, named) == []
    assert "no NPI" in faults_of(section, {**named, "prescriber_npi": "1234567890"})[0]
    therapist = {**bare, "identity": {**ANSWERS["identity"], "provider_type": "pt"}}
    assert "prescribing" not in what_is_missing(therapist, today)
    codes = {rule.code for rule in elements_of_practitioner("md", {"dea_exempt"})}
    assert "dea_exempt" in codes
    assert "dea" not in codes
    assert "dea" in {rule.code for rule in elements_of_practitioner("md", {"dea", "dea_exempt"})}


def test_a_physician_is_named_where_the_ipa_requires_it():
    today = date(2026, 11, 20)
    row = {"physician_name": "Dr. Low", "physician_npi": NPI, "kind": "supervising", "state": "ca",
           "started_date": "2026-01-01"}  # fmt: skip
    named = {**ANSWERS, "supervision": {"rows": [row]}}
    assert what_is_missing(named, today, {"CA"}) == {}
    assert "in CA" in what_is_missing(ANSWERS, today, {"CA"})["supervision"][0]
    ended = {**ANSWERS, "supervision": {"rows": [{**row, "ended_date": "2026-11-19"}]}}
    assert "in CA" in what_is_missing(ended, today, {"CA"})["supervision"][0]
    assert "supervision" in {r.code for r in elements_of_practitioner("pa", {"supervision"})}


@kept
def world():
    """Two people whom a network lists at an office, a facility, and those who keep it."""
    made = make_hearings()
    office = make_location(made["practice"])
    network = Network.objects.create(payer_party=made["payer"], name="Gold")
    number = batch()
    for who in (made["who"], made["colleague"]):
        role = PractitionerRole.objects.create(
            practitioner=who, location=office, specialty="Cardiology"
        )
        fact(NetworkListing, number, date(2025, 1, 1), role=role, network=network)
    Language.objects.create(practitioner=made["who"], language="Tagalog", spoken_by="self",
                            recorded_by_name="test", recorded_at=NOON)  # fmt: skip
    place = make_facility()
    Facility.objects.filter(pk=place.pk).update(status="active")
    return made | {"office": office, "place": place}


pages = pytest.mark.django_db
PAGE = "/network/directory/"


def opened(world, day=None, is_on=True):
    day = day or timezone.localdate()
    return set_policy(actor=actor_of(world["vance"]), topic="directory", is_on=is_on,
                      from_date=day, note="board of Mar 2", now=at(day))  # fmt: skip


def names(**asked):
    return [one.name for one in Directory(timezone.localdate(), Asked(**asked))]


def text_of(answer) -> str:
    return (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode()


@pages
def test_is_closed_until_the_ipa_opens_it_and_then_for_everybody(world):
    assert Client().get(PAGE).status_code == 404
    opened(world)
    shown = text_of(Client().get(PAGE))
    assert "Reed, Ana" in shown
    assert "Orchard Hospital" in shown
    assert "not confirmed by the practice yet" in shown
    who = Practitioner.objects.get(pk=world["who"].pk)
    for secret in (who.npi, world["practice"].tin, "user", "taken over"):
        assert secret not in shown
    opened(world, is_on=False)
    assert Client().get(PAGE).status_code == 404
    assert breaches() == []


@pages
def test_is_searched_by_name_specialty_place_language_and_new_patients(world):
    everybody = ["Orchard Hospital", "Reed, Ana", "Sand, Ana"]
    assert names() == everybody
    assert names(name="reed, a") == names(language="tag") == ["Reed, Ana"]
    assert names(name="eed") == names(place="oakland") == []
    assert names(specialty="cardio") == names(kind="practitioner") == everybody[1:]
    assert names(place="fres") == names(place="937") == everybody
    PractitionerRole.objects.filter(practitioner=world["who"]).update(panel="closed")
    assert names(accepts=True, kind="practitioner") == ["Sand, Ana"]
    assert names(name="'; drop table x --") == names(name="%") == []


@pages
def test_whoever_left_is_absent_at_once_and_found_on_an_earlier_day(world):
    today = timezone.localdate()
    opened(world)
    client = Client()
    assert "Reed" in text_of(client.get(PAGE))
    suspend(world["who"], from_date=today, reason="why", actor=CLOCK, now=timezone.now())
    world["place"].status = "ended"
    world["place"].save(update_fields=["status"])
    for query in ({}, {"export": "csv"}, {"name": "reed, a"}):
        shown = text_of(client.get(PAGE, query))
        assert "Reed, Ana" not in shown
        assert "Orchard" not in shown
        assert "suspend" not in shown.casefold()
    assert names() == ["Sand, Ana"]
    before = client_of(world["vance"]).get(
        reverse("credentialing:participation_list"), {"day": f"{today - ONE}"}
    )
    assert "Reed, Ana" in text_of(before)
    before = Directory(today - ONE, Asked(name="sand"))
    assert [one.name for one in before] == ["Sand, Ana"]


@pages
def test_a_match_of_screening_delists_without_a_word_of_why(world):
    ScreeningMatch.objects.create(
        subject_key=f"practitioner:{world['who'].pk}", label="x", list_key="LEIE",
        list_code="LEIE", **_match_rest(), category="possible", score=1, status="open",
        is_stopped=True, opened_at=NOON, due_date=DAY,
    )  # fmt: skip
    opened(world)
    shown = text_of(Client().get(PAGE))
    assert "Sand, Ana" in shown
    for word in ("Reed, Ana", "screen", "exclu", "match", "hold"):
        assert word.casefold() not in shown.split("<main")[1].casefold()


def _match_rest() -> dict:
    version, run = lists()
    entry = ListEntry.objects.create(
        list_key="LEIE", content_hash="1" * 64, version=version, row_no=1, effective_date=DAY
    )
    return {"entry": entry, "entry_hash": "1" * 64, "subject_hash": "0" * 64,
            "first_run": run, "last_run": run}  # fmt: skip


@pages
def test_more_than_a_person_asks_is_refused(world, monkeypatch):
    opened(world)
    cache.clear()
    monkeypatch.setattr("credentialing.web.directory.MOST_PAGES", 2)
    monkeypatch.setattr("credentialing.web.directory.MOST_FILES", 1)
    client = Client()
    assert [client.get(PAGE).status_code for _ in range(3)] == [200, 200, 429]
    csv = [client.get(PAGE, {"export": "csv"}).status_code for _ in range(2)]
    assert csv == [200, 429]
    cache.clear()


@pages
def test_a_practice_confirms_its_office_and_nobody_elses(world):
    today, manager = timezone.localdate(), world["manager"]
    opened(world, today)
    client, page = client_of(manager), reverse("credentialing:my_office", args=[world["office"].pk])
    assert page in text_of(client.get(reverse("credentialing:my_directory")))
    (task,) = directory_cards(actor_of(manager), today).tasks
    assert (task.verb, task.due) == ("Confirm", today + 90 * ONE)
    assert client.post(page, {"do": "confirm"}).status_code == 422
    assert client.post(page, {"do": "confirm", "sure": "on"}).status_code == 302
    check = DirectoryCheck.objects.get()
    assert check.content["people"][0] == ["Ana Reed", "Cardiology", "takes new patients"]
    assert directory_cards(actor_of(manager), today).tasks == ()
    assert (verified(today).within, verified(today + 91 * ONE).within) == (1, 0)
    assert f"confirmed by the practice on {today:%b}" in text_of(Client().get(PAGE))
    other = make_user("m@other.example", Role.PRACTICE_MANAGER, party=world["payer"])
    with pytest.raises((do.NotListed, NotPermitted)):
        do.confirm_office(actor=actor_of(other), location_id=world["office"].pk, now=at(today))
    with pytest.raises(DatabaseError), transaction.atomic():
        DirectoryCheck.objects.update(confirmed_date=today - ONE)


@pages
def test_numbers_and_panels_stand_at_once_and_the_rest_waits_for_the_ipa(world):
    office, manager = world["office"], actor_of(world["manager"])
    role = PractitionerRole.objects.get(practitioner=world["who"])
    change = {"actor": manager, "location_id": office.pk, "now": at(DAY)}
    do.change_office(what="phone", text="559 555 0142", **change)
    do.change_office(what="panel", text="closed", role_id=role.pk, **change)
    for what, text in (("phone", "555"), ("panel", "open"), ("other", " ")):
        with pytest.raises(do.WrongChange):
            do.change_office(what=what, text=text, **change)
    office.refresh_from_db()
    role.refresh_from_db()
    assert (office.phone, role.panel) == ("559 555 0142", "closed")
    row = do.change_office(what="other", text="Dr. Sand left.", **change)
    assert (row.due_date, row.settled_at) == (update_by(DAY), None)
    vance = actor_of(world["vance"])
    (task,) = directory_cards(vance, DAY).tasks
    assert (task.due, task.tone) == (date(2026, 3, 4), "warn")
    with pytest.raises(NotPermitted):
        do.settle_change(actor=manager, change_id=row.pk, text="x", now=at(DAY))
    do.settle_change(actor=vance, change_id=row.pk, text="listing ended", now=at(DAY))
    with pytest.raises(do.WrongChange):
        do.settle_change(actor=vance, change_id=row.pk, text="again", now=at(DAY))
    assert not DirectoryChange.objects.filter(settled_at=None).exists()


@pages
def test_the_clock_reminds_once_a_threshold_while_it_is_public(
    world, django_capture_on_commit_callbacks
):
    by = DAY + 90 * ONE
    assert do.step_directory(at(by)) == 0
    opened(world, DAY)
    with django_capture_on_commit_callbacks(execute=True):
        sent = [do.step_directory(at(by - days * ONE)) for days in (15, 14, 13, 0, -1)]
    assert sent == [0, 1, 0, 1, 0]
    assert {m.to[0] for m in mail.outbox} == {"m@reed.example", "reed@reed.example"}
    do.confirm_office(actor=actor_of(world["manager"]), location_id=world["office"].pk, now=at(by))
    assert do.step_directory(at(by + ONE)) == 0


@pages
def test_only_who_may_decides_and_for_days_to_come(world):
    with pytest.raises(NotPermitted):
        set_policy(actor=actor_of(world["manager"]), topic="directory", is_on=True, from_date=DAY,
                   note="x", now=at(DAY))  # fmt: skip
    common = {"actor": actor_of(world["vance"]), "topic": "directory", "is_on": True}
    with pytest.raises(WrongPolicy, match="days that are over"):
        set_policy(from_date=DAY - ONE, note="x", now=at(DAY), **common)
    with pytest.raises(WrongPolicy, match="on what it rests"):
        set_policy(from_date=DAY, note=" ", now=at(DAY), **common)
    row = opened(world, DAY)
    with pytest.raises(DatabaseError), transaction.atomic():
        type(row).objects.update(is_on=False)


@pages
def test_what_is_signed_is_kept_and_languages_stay_from_those_who_decide():
    application, actor = applied()
    who = application.practitioner
    assert not who.supervisions.exists()
    given = {"actor": actor, "application_id": application.pk, "now": APPLIED}
    for code, data in (
        ("licences", LICENCE),
        ("prescribing", {"without_dea": "other", "prescriber_name": "Dr. Low",
                         "prescriber_npi": NPI}),
        ("supervision", {"rows": [{"physician_name": "Dr. Low", "physician_npi": NPI,
                                   "kind": "supervising", "state": "CA",
                                   "started_date": "2026-01-01"}]}),
        ("languages", {"rows": [{"language": "Tagalog", "spoken_by": "staff"}]}),
        ("on_call", {"rows": [{"colleague_name": "Dr. Night", "after_hours": "559 555 0142"}]}),
    ):  # fmt: skip
        save_section(code=code, data=data, seen_version=1, **given)
    page = application_page(actor=actor, application_id=application.pk, today=APPLIED.date())
    assert page.live is None
    assert page.missing == {}
    signed = sign(application, actor)
    assert "Tagalog" in signed.content
    assert "Dr. Night" in signed.content
    dea = Credential.objects.current().get(practitioner=who, kind="dea")
    assert (dea.status, dea.note) == (
        "exempt", f"another prescriber does so for their patients: Dr. Low, NPI {NPI}"
    )  # fmt: skip
    assert Supervision.objects.current().get().physician_name == "Dr. Low"
    assert Language.objects.current().get().language == "Tagalog"
    packet = packet_of(application.event, APPLIED.date())
    assert "Dr. Low" in packet
    assert "Tagalog" not in packet
