"""Practices' record systems: what is kept, what is refused, what pages and machines are told."""

import json
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.db.utils import DatabaseError
from django.test import Client
from django.urls import reverse

from compliance.actions.ehr import (
    DoneBefore,
    NotSo,
    Over,
    UnderWay,
    UnknownSecret,
    add_interface,
    answer_ticket,
    begin_go_live,
    do_step,
    end_go_live,
    end_interface,
    hear_interface,
    open_ticket,
    record_system,
)
from compliance.actions.health_records import add_source
from compliance.actions.subsidies import (
    NotYet,
    OwnAgreement,
    SaidBefore,
    TooLarge,
    TooSmall,
    attest_subsidy,
    record_contribution,
    release_subsidy,
    withdraw_subsidy,
)
from compliance.models import GoLive, InterfaceBeat, RecordInterface, RecordSystem, Subsidy
from compliance.queries.ehr import cards
from ipaportal.core.refusals import NotPermitted
from ipaportal.core.roles import Role
from tests.compliance.ehr_world import DESK, NOW, SYSTEM, agree, make_ehr
from tests.factories import make_practice
from tests.kept import kept
from tests.people import actor_of, client_of, fresh_client_of, make_user
from tests.stories.attacks import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def practice():
    return make_practice("Bell Clinic", tin="990000001")


def test_another_row_supersedes_what_was_known(practice):
    first = record_system(actor=DESK, practice_id=practice.pk, now=NOW, **SYSTEM)
    later = NOW + timedelta(days=1)
    record_system(actor=DESK, practice_id=practice.pk, now=later, **SYSTEM | {"version": "13"})
    first.refresh_from_db()
    assert first.superseded_at == later
    assert [one.version for one in RecordSystem.objects.filter(superseded_at=None)] == ["13"]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"contract_end": SYSTEM["since_date"]}, "before it began"),
        ({"fhir_base_url": "http://fhir.example"}, "https://"),
    ],
)
def test_what_cannot_be_is_not_kept(practice, changed, words):
    with pytest.raises(NotSo, match=words):
        record_system(actor=DESK, practice_id=practice.pk, now=NOW, **SYSTEM | changed)
    assert not RecordSystem.objects.exists()


def begun(practice, **changes) -> GoLive:
    given = {"product": "Chartwell", "leader": "Dr. Chen", "weeks": 14, "now": NOW}
    given["start_date"] = date(2026, 11, 2)
    return begin_go_live(actor=DESK, practice_id=practice.pk, **given | changes)


def test_a_project_has_a_day_for_every_step_and_ends_once(practice):
    project = begun(practice)
    days = dict(project.steps.values_list("key", "due_date"))
    assert (days["kickoff"], days["live"]) == (date(2026, 11, 2), date(2027, 2, 8))
    with pytest.raises(UnderWay, match="Chartwell"):
        begun(practice)
    step = project.steps.first()
    do_step(actor=DESK, step_id=step.pk, words="Dr. Chen leads", now=NOW)
    with pytest.raises(DoneBefore, match="test did this on 2026-11-20"):
        do_step(actor=DESK, step_id=step.pk, words="again", now=NOW)
    end_go_live(actor=DESK, project_id=project.pk, words="live", now=NOW)
    with pytest.raises(Over):
        end_go_live(actor=DESK, project_id=project.pk, words="live", now=NOW)
    with pytest.raises(Over):
        do_step(actor=DESK, step_id=project.steps.last().pk, words="late", now=NOW)
    assert begun(practice).pk != project.pk


@pytest.mark.parametrize("weeks", [11, 17])
def test_going_live_takes_twelve_to_sixteen_weeks(practice, weeks):
    with pytest.raises(NotSo, match="12 to 16 weeks"):
        begun(practice, weeks=weeks)


def test_an_interface_tells_by_its_secret_until_it_ends(practice):
    row, secret = add_interface(
        actor=DESK, practice_id=practice.pk, kind="lab", partner="Lab", silent_hours=48, now=NOW
    )
    assert secret not in json.dumps(list(RecordInterface.objects.values()), default=str)
    told = {"actor": DESK, "messages": 20, "errors": 2}
    hear_interface(secret=secret, now=NOW, **told)
    for wrong in ("", secret[:-1], row.secret_sha256):
        with pytest.raises(UnknownSecret):
            hear_interface(secret=wrong, now=NOW, **told)
    (card,) = cards([practice], NOW)
    assert [(line.heard.messages, line.state) for line in card.lines] == [(20, "failing")]
    end_interface(actor=DESK, interface_id=row.pk, now=NOW)
    with pytest.raises(UnknownSecret):
        hear_interface(secret=secret, now=NOW, **told)
    with pytest.raises(Over):
        end_interface(actor=DESK, interface_id=row.pk, now=NOW)


def test_what_was_heard_long_ago_is_in_no_rate(practice):
    _, secret = add_interface(
        actor=DESK, practice_id=practice.pk, kind="lab", partner="Lab", silent_hours=48, now=NOW
    )
    for days, errors in ((7, 100), (6, 1)):
        hear_interface(actor=DESK, secret=secret, messages=100, errors=errors,
                       now=NOW - timedelta(days=days))  # fmt: skip
    (card,) = cards([practice], NOW)
    heard = card.lines[0].heard
    assert (heard.messages, heard.errors) == (100, 1)
    assert (card.lines[0].state, card.troubled) == ("silent", 1)


# What the IPA gives.


@pytest.fixture
def people(practice):
    return {
        "clerk": actor_of(make_user("clerk@ipa.example", Role.FINANCE)),
        "chief": actor_of(make_user("chief@ipa.example", Role.FINANCE_APPROVER)),
        "bell": actor_of(make_user("bell@bell.example", Role.PROVIDER, party=practice.party)),
    }


def test_a_subsidy_is_released_after_the_practices_word_and_money(practice, people):
    row = agree(practice, actor=people["clerk"])
    step = {"subsidy_id": row.pk, "now": NOW}
    with pytest.raises(NotYet, match="has not attested"):
        release_subsidy(actor=people["chief"], **step)
    attest_subsidy(actor=people["bell"], **step)
    with pytest.raises(NotYet, match=r"has not paid its \$1,500.00"):
        release_subsidy(actor=people["chief"], **step)
    paid = {"actor": people["clerk"], "reference": "Check 7", **step}
    with pytest.raises(NotYet, match="is to come"):
        record_contribution(paid_date=date(2026, 11, 21), **paid)
    record_contribution(paid_date=date(2026, 11, 20), **paid)
    release_subsidy(actor=people["chief"], **step)
    for again in (
        lambda: release_subsidy(actor=people["chief"], **step),
        lambda: attest_subsidy(actor=people["bell"], **step),
        lambda: record_contribution(paid_date=date(2026, 11, 20), **paid),
        lambda: withdraw_subsidy(actor=people["clerk"], words="late", **step),
    ):
        with pytest.raises(SaidBefore, match="Chief released it"):
            again()


def test_each_step_is_taken_once(practice, people):
    row = agree(practice)
    step = {"subsidy_id": row.pk, "now": NOW}
    attest_subsidy(actor=people["bell"], **step)
    with pytest.raises(SaidBefore, match="Bell attested"):
        attest_subsidy(actor=people["bell"], **step)
    paid = {"actor": DESK, "paid_date": date(2026, 11, 20), "reference": "7", **step}
    record_contribution(**paid)
    with pytest.raises(SaidBefore, match="was paid on 2026-11-20"):
        record_contribution(**paid)
    withdraw_subsidy(actor=DESK, words="The vendor left", **step)
    with pytest.raises(SaidBefore, match="was withdrawn"):
        release_subsidy(actor=people["chief"], **step)


def test_whoever_recorded_an_agreement_does_not_release_it(practice):
    both = actor_of(make_user("both@ipa.example", Role.FINANCE, Role.FINANCE_APPROVER))
    row = agree(practice, actor=both)
    Subsidy.objects.filter(pk=row.pk).update(attested_at=NOW, paid_date=NOW.date())
    with pytest.raises(OwnAgreement, match="Both recorded"):
        release_subsidy(actor=both, subsidy_id=row.pk, now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Subsidy.objects.filter(pk=row.pk).update(released_at=NOW, released_by_id=both.user_id)


@pytest.mark.parametrize("missing", ["attested_at", "paid_date", "released_by_id"])
def test_the_database_releases_nothing_too_early(practice, missing):
    row = agree(practice)
    given = {"attested_at": NOW, "paid_date": NOW.date(), "released_at": NOW, "released_by_id": 7}
    given[missing] = None
    with pytest.raises(IntegrityError, match="released_rightly"), transaction.atomic():
        Subsidy.objects.filter(pk=row.pk).update(**given)


def test_a_part_below_fifteen_per_cent_or_above_the_cost_is_refused(practice):
    with pytest.raises(TooSmall, match=r"at least 15 % .*\$150.01"):
        agree(practice, cost_cents=100_001, contribution_cents=15_000)
    with pytest.raises(TooLarge):
        agree(practice, cost_cents=100, contribution_cents=101)
    row = agree(practice, cost_cents=100_001, contribution_cents=15_001)
    assert row.given_cents == 85_000
    values = Subsidy.objects.filter(pk=row.pk).values().get() | {"id": None}
    with pytest.raises(IntegrityError, match="contribution"), transaction.atomic():
        Subsidy.objects.create(**values | {"contribution_cents": 15_000})


def test_what_has_ended_stays_as_it_is(practice):
    made = make_ehr(practice)
    project = GoLive.objects.get(pk=made["go_live_id"])
    end_go_live(actor=DESK, project_id=project.pk, words="live", now=NOW)
    row = Subsidy.objects.get(pk=made["subsidy_id"])
    withdraw_subsidy(actor=DESK, subsidy_id=row.pk, words="not needed", now=NOW)
    for rows, changed in (
        (GoLive.objects.filter(pk=project.pk), {"end_words": "given up"}),
        (Subsidy.objects.filter(pk=row.pk), {"withdrawn_words": "other"}),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(**changed)


def test_help_is_asked_answered_and_closed_once(practice, people):
    ticket = open_ticket(
        actor=people["bell"], practice_id=practice.pk, subject="Slow", text="Since Monday", now=NOW
    )
    said = {"actor": people["bell"], "ticket_id": ticket.pk, "now": NOW}
    answer_ticket(text="Better now", is_over=True, **said)
    with pytest.raises(Over, match="closed"):
        answer_ticket(text="Slow again", is_over=False, **said)
    assert [note.text for note in ticket.notes.all()] == ["Since Monday", "Better now"]
    with pytest.raises(NotPermitted):
        answer_ticket(text="x", is_over=False, **said | {"actor": people["clerk"]})


# Pages.


@kept
def two():
    """Two practices with all of it, and who looks."""
    bell, other = (
        make_practice("Bell Clinic", tin="990000001"),
        make_practice("Hill", tin="990000002"),
    )
    made = make_ehr(bell), make_ehr(other)
    return (
        (bell, made[0]),
        (other, made[1]),
        make_user("net@ipa.example", Role.NETWORK_ADMIN),
        make_user("bell@bell.example", Role.PROVIDER, party=bell.party),
    )


def test_staff_see_all_and_a_practice_its_own(two):
    (bell, own), (_, theirs), staff, doctor = two
    page = text_of(client_of(staff).get(reverse("compliance:ehr_list")))
    assert "Bell Clinic" in page
    assert "Hill" in page
    client = client_of(doctor)
    page = text_of(client.get(reverse("compliance:own_ehr")))
    assert "Chartwell 12" in page
    assert "Hill" not in page
    for name, key in (
        ("go_live", "go_live_id"), ("ehr_interface", "ehr_interface_id"),
        ("subsidy", "subsidy_id"), ("subsidy_paper", "subsidy_id"),
        ("help_ticket", "help_ticket_id"), ("subsidy_attest", "subsidy_id"),
    ):  # fmt: skip
        assert client.get(reverse(f"compliance:{name}", args=[own[key]])).status_code == 200
        assert client.get(reverse(f"compliance:{name}", args=[theirs[key]])).status_code == 404
    assert client.get(reverse("compliance:ehr_practice", args=[bell.pk])).status_code == 403


def test_a_source_of_records_is_asked_at_the_address_on_record(two):
    (bell, _), *_ = two
    source = add_source(actor=DESK, party_id=bell.party_id, name="Office", now=NOW)
    officer = client_of(make_user("officer@ipa.example", Role.COMPLIANCE_OFFICER))
    page = text_of(officer.get(reverse("compliance:health_link_new", args=[source.pk])))
    assert SYSTEM["fhir_base_url"] in page


def test_a_list_asks_as_many_questions_for_ten_practices_as_for_two(two, django_assert_num_queries):
    (bell, _), (other, _), *_ = two
    with django_assert_num_queries(7):
        assert [card.score for card in cards([bell, other], NOW)] == [75, 75]


def test_forms_do_what_they_say(two):
    (bell, own), _, staff, doctor = two
    client = client_of(staff)
    page = client.post(
        reverse("compliance:ehr_interface_new", args=[bell.pk]),
        {"kind": "claims", "partner": "Clearing house", "silent_hours": 72},
    )
    assert "shown once" in text_of(page)
    given = {"what": "A server", "cost": "100.00", "contribution": "14.99",
             "signed_date": "2026-11-01"}  # fmt: skip
    where = reverse("compliance:subsidy_new", args=[bell.pk])
    paper = SimpleUploadedFile("a.pdf", b"%PDF-1.7 agreed %%EOF")
    page = client.post(where, {**given, "paper": paper})
    assert (page.status_code, "at least 15 %" in text_of(page)) == (422, True)
    paper = SimpleUploadedFile("a.pdf", b"%PDF-1.7 agreed %%EOF")
    page = client.post(where, {**given, "contribution": "15.00", "paper": paper}, follow=True)
    assert "attests and pays $15.00" in text_of(page)
    page = fresh_client_of(doctor).post(
        reverse("compliance:subsidy_attest", args=[own["subsidy_id"]]), {"is_neutral": "on"},
        follow=True,
    )  # fmt: skip
    assert "Next, pay your part of $1,500.00" in text_of(page)
    step = reverse("compliance:go_live_step", args=[own["go_live_step_id"]])
    assert "done" in text_of(client.post(step, {"words": "Dr. Chen leads"}, follow=True))


# What machines send.


def tell(secret: str, body: object, **changes: object):
    given = {"content_type": "application/json", "headers": {"Authorization": f"Bearer {secret}"}}
    data = body if isinstance(body, bytes) else json.dumps(body)
    return Client(enforce_csrf_checks=True).post(
        reverse("compliance:ehr_beat"), data, **given | changes
    )


def test_a_machine_tells_its_counts_with_its_secret(practice):
    row, secret = add_interface(
        actor=DESK, practice_id=practice.pk, kind="lab", partner="Lab", silent_hours=48, now=NOW
    )
    counts = {"messages": 120, "errors": 1}
    assert tell(secret, counts).status_code == 204
    assert [(one.messages, one.errors) for one in row.beats.all()] == [(120, 1)]
    assert tell("other", counts).status_code == 401
    assert tell(secret, counts, headers={}).status_code == 401
    assert tell("g\u00e9heim".encode().decode("latin-1"), counts).status_code == 401
    assert tell(secret, counts, content_type="text/plain").status_code == 415
    for wrong in (
        b"[", b"[]", b'"x"', b"\xff", b"[" * 900, b"7" * 1025, {}, {"messages": 1},
        {"messages": "1", "errors": 0}, {"messages": 1.0, "errors": 0},
        {"messages": True, "errors": False}, {"messages": 1, "errors": 2},
        {"messages": -1, "errors": -1}, {"messages": 10_000_001, "errors": 0},
    ):  # fmt: skip
        assert tell(secret, wrong).status_code == 400, wrong
    assert InterfaceBeat.objects.count() == 1


def test_too_many_beats_from_one_place_are_not_taken(practice):
    answers = [tell("x", {"messages": 1, "errors": 0}).status_code for _ in range(31)]
    assert answers == [401] * 30 + [429]
