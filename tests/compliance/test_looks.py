"""Who looked at members in an unusual way, found at night, judged by somebody else, reported."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from capitation.models import Member, MemberProfile
from compliance.actions.cases import open_case
from compliance.actions.looks import (
    NoSuchCase,
    NotYours,
    ReviewedBefore,
    SaysNothing,
    record_looks,
    review_look,
    step_looks,
)
from compliance.models import Case, LookDay, LookNight, UnusualLook
from ipaportal.audit.models import AccessEvent
from ipaportal.core import parts
from ipaportal.core.roles import Role
from ipaportal.home.asking import is_asked
from ipaportal.identity.models import EmergencyAccess
from tests.factories import CLOCK, batch, fact, make_contract
from tests.kept import kept
from tests.people import actor_of, client_of, make_user

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 20, tzinfo=UTC)  # in Los Angeles
NIGHT = datetime(2026, 11, 24, 4, tzinfo=UTC)  # eight in the evening: closed
TUESDAY = datetime(2026, 11, 24, 20, tzinfo=UTC)


def saw(user, at, *members, kind="view", times=1):
    AccessEvent.objects.bulk_create(
        AccessEvent(
            at=at, actor_id=user.pk, actor_name=user.name, kind=kind,
            view_name="capitation:member_detail", member_ids=[one.pk for one in members],
            actor_roles=["finance"], ip="10.0.0.9",
        )
        for _ in range(times)
    )  # fmt: skip


@kept
def nights():
    """Quinn looks at noon, Ana Alvarez at her namesake at night, Rey once in an emergency."""
    contract = make_contract()
    no = batch(contract)
    members = [
        Member.objects.create(payer=contract.payer, plan_member_id=f"M-{n}", uuid=f"{n:032x}")
        for n in range(1, 4)
    ]
    for member, last in zip(members, ("Alvarez", "de Alvarez", "Reed"), strict=True):
        fact(
            MemberProfile, no, date(2026, 1, 1), member=member, last_name=last, first_name="Eva",
            search_name=f"{last.lower()} eva",
        )  # fmt: skip
    people = {
        "quinn": make_user("quinn@ipa.example", Role.FINANCE, name="Quinn Lee"),
        "ana": make_user("ana@ipa.example", Role.FINANCE, name="Ana Alvarez"),
        "rey": make_user("rey@ipa.example", Role.PURCHASING, name="Rey Stone"),
        "osei": make_user("osei@ipa.example", Role.COMPLIANCE_OFFICER, name="Kofi Osei"),
        "lindgren": make_user("lindgren@ipa.example", Role.MEDICAL_DIRECTOR, name="Mia Lindgren"),
    }
    saw(people["quinn"], NOON, members[2])
    saw(people["ana"], NIGHT, members[0], times=2)
    saw(people["ana"], NIGHT - timedelta(seconds=1), members[1])
    saw(people["rey"], NOON, members[2])
    EmergencyAccess.objects.create(
        user=people["rey"], user_name="Rey Stone", subject_type="capitation.Member",
        subject_id=members[2].pk, reason="the pharmacy calls, the order cannot wait",
        began_at=NOON - timedelta(minutes=5), ends_at=NOON + timedelta(minutes=25),
    )  # fmt: skip
    record_looks(actor=CLOCK, days=[MONDAY], now=TUESDAY)
    return {"members": members, **people}


def ana_of(nights) -> UnusualLook:
    return UnusualLook.objects.get(user=nights["ana"])


def test_a_night_finds_whom_to_ask_and_counts_everybody(nights):
    ana = ana_of(nights)
    assert [(one["key"], one["count"]) for one in ana.reasons] == [("name", 2), ("hours", 2)]
    assert ana.member_ids == [one.pk for one in nights["members"][:2]]
    assert UnusualLook.objects.get(user=nights["rey"]).keys == ["emergency"]
    assert UnusualLook.objects.count() == 2
    night = LookNight.objects.get()
    assert (night.day, night.people, night.found) == (MONDAY, 3, 2)
    counted = LookDay.objects.get(user=nights["ana"])
    assert (counted.looks, counted.members, counted.out_of_hours) == (3, 2, 2)


def test_each_day_is_asked_about_once_and_days_that_were_missed_later(nights):
    assert record_looks(actor=CLOCK, days=[MONDAY], now=TUESDAY) == []
    assert step_looks(TUESDAY + timedelta(days=2)) == 0
    days = LookNight.objects.order_by("day").values_list("day", flat=True)
    assert list(days) == [MONDAY, date(2026, 11, 24), date(2026, 11, 25)]
    assert LookDay.objects.count() == 3


def opened(actor) -> Case:
    return open_case(
        actor=actor, kind="privacy", title="Looks at night", text="See the log.",
        received_date=MONDAY, now=TUESDAY,
    )  # fmt: skip


def test_somebody_else_judges_once_and_says_why(nights):
    look, osei = ana_of(nights), actor_of(nights["osei"])
    said = {"look_id": look.pk, "text": "It was her mother.", "now": TUESDAY}
    with pytest.raises(SaysNothing):
        review_look(actor=osei, outcome="case", case_number="", **said)
    with pytest.raises(SaysNothing):
        review_look(actor=osei, outcome="explained", case_number="", **said | {"text": "fine"})
    with pytest.raises(NoSuchCase):
        review_look(actor=osei, outcome="case", case_number="C-7", **said)
    case = opened(osei)
    # Whoever sees no case learns of none by its number.
    lindgren = actor_of(nights["lindgren"])
    with pytest.raises(NoSuchCase):
        review_look(actor=lindgren, outcome="case", case_number=case.number, **said)
    reviewed = review_look(actor=osei, outcome="case", case_number=case.number.lower(), **said)
    assert (reviewed.outcome, reviewed.reviewed_by_name) == ("case", "Kofi Osei")
    assert reviewed.case_number == ""
    with pytest.raises(ReviewedBefore):
        review_look(actor=osei, outcome="case", case_number=case.number, **said)
    url, found = reverse("compliance:unusual_detail", args=[look.pk]), case.number.encode()
    assert found in client_of(nights["osei"]).get(url).content
    assert found not in client_of(nights["lindgren"]).get(url).content
    page = client_of(nights["osei"]).get(reverse("compliance:case_detail", args=[case.pk]))
    assert f"{url}" in page.content.decode()
    for change in ("UPDATE {} SET text = 'x' WHERE id = {}", "DELETE FROM {} WHERE id = {}"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change.format("compliance_unusuallook", look.pk))


def test_nobody_judges_or_sees_what_is_asked_of_their_own_looks(nights):
    saw(nights["osei"], NIGHT + timedelta(days=1), nights["members"][0])
    record_looks(actor=CLOCK, days=[date(2026, 11, 24)], now=TUESDAY + timedelta(days=1))
    mine = UnusualLook.objects.get(user=nights["osei"])
    said = {"outcome": "explained", "text": "I worked late.", "case_number": "", "now": TUESDAY}
    with pytest.raises(NotYours):
        review_look(actor=actor_of(nights["osei"]), look_id=mine.pk, **said)
    osei = client_of(nights["osei"])
    # A case may come of it: whom it accuses does not see that there is anything.
    assert osei.get(reverse("compliance:unusual_detail", args=[mine.pk])).status_code == 404
    own = osei.get(f"{reverse('compliance:unusual_list')}?q=kofi").content.decode()
    assert "Nothing to ask about" in own
    director = client_of(nights["lindgren"]).get(reverse("compliance:unusual_list"))
    assert "Kofi Osei" in director.content.decode()


def test_the_list_leads_to_the_day_and_the_director_sees_no_member(nights):
    osei, lindgren = client_of(nights["osei"]), client_of(nights["lindgren"])
    page = osei.get(reverse("compliance:unusual_list"), {"show": "waits"}).content.decode()
    assert "Ana Alvarez" in page
    assert "Same surname as the member, Out of hours" in page
    assert (
        "Rey Stone"
        not in osei.get(f"{reverse('compliance:unusual_list')}?why=name").content.decode()
    )
    url = reverse("compliance:unusual_detail", args=[ana_of(nights).pk])
    assert "M-1" in osei.get(url).content.decode()
    assert "M-1" not in lindgren.get(url).content.decode()
    answer = lindgren.post(url, {"outcome": "explained", "text": "She told me at once."})
    assert answer.status_code == 302
    assert ana_of(nights).reviewed_by_name == "Mia Lindgren"


def asked_by(client, address: str, **query: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address, query).status_code == 200
    return sum(1 for one in captured if is_asked(one["sql"]))


# The most that `bench looks` counts over ten million rows; one that asked once a row asks for more.
ASKED = {"unusual": 6, "member": 10, "opened": 9, "done": 7, "people": 6, "account": 8,
         "far": 10}  # fmt: skip


def test_pages_ask_as_many_questions_for_a_few_rows_as_for_millions(nights, monkeypatch):
    osei, reed = client_of(nights["osei"]), nights["members"][2]
    person = reverse("compliance:person_looks", args=[nights["ana"].pk])
    days = {"first": "2026-11-23", "last": "2026-11-23"}
    saw(nights["quinn"], NOON, reed, times=20)
    saw(nights["ana"], NOON, *nights["members"], times=150)
    monkeypatch.setattr(parts, "FAR", 0)
    osei.get(reverse("compliance:unusual_list"))  # what is read once and kept is read here
    counted = {
        "unusual": asked_by(osei, reverse("compliance:unusual_list")),
        "member": asked_by(osei, reverse("compliance:member_looks", args=[reed.pk])),
        "opened": asked_by(osei, person, **days),
        "far": asked_by(osei, person, page="2", **days),
        "done": asked_by(osei, person, of="done"),
        "people": asked_by(osei, reverse("compliance:people_looks")),
        "account": asked_by(osei, reverse("compliance:accounting", args=[reed.pk])),
    }
    # One more is allowed: that a session is in use is noted every few minutes.
    assert {name: asked for name, asked in counted.items() if asked > ASKED[name] + 1} == {}


def test_the_report_of_a_member_says_who_looked_and_why_and_is_a_look(nights):
    reed = nights["members"][2]
    url = reverse("compliance:member_looks", args=[reed.pk])
    osei = client_of(nights["osei"])
    page = osei.get(url).content.decode()
    assert "Quinn Lee" in page
    assert "emergency: the pharmacy calls" in page
    assert "Ana Alvarez" not in page
    newest = AccessEvent.objects.latest("pk")
    assert (newest.view_name, newest.member_ids) == ("compliance:member_looks", [reed.pk])
    csv = b"".join(osei.get(url, {"export": "csv", "list": "looks", "q": "rey"}).streaming_content)
    assert csv.count(b"\r\n") == 2
    assert b"Rey Stone" in csv
    assert osei.get(url, {"first": "2026-11-24"}).content.decode().count("Quinn Lee") == 0
    assert client_of(nights["quinn"]).get(url).status_code == 403


def test_the_report_of_a_person_says_what_they_opened_did_and_how_much(nights):
    url = reverse("compliance:person_looks", args=[nights["ana"].pk])
    osei, days = client_of(nights["osei"]), {"first": "2026-11-23", "last": "2026-11-23"}
    page = osei.get(url, days).content.decode()
    assert "1–3 of 3" in page
    assert "Alvarez, Eva" in page
    assert AccessEvent.objects.latest("pk").member_ids == [m.pk for m in nights["members"][:2]]
    assert "Out of hours" in osei.get(url, days | {"of": "days"}).content.decode()
    assert "Nothing done" in osei.get(url, days | {"of": "done"}).content.decode()
    people = osei.get(reverse("compliance:people_looks")).content.decode()
    assert "Ana Alvarez" in people
