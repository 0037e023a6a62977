"""Who saw what: everything seen, exported, refused or done, found by the compliance officer."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from ipaportal.audit.access import log_access
from ipaportal.audit.actions import record
from ipaportal.audit.models import AccessEvent, DomainEvent
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted
from ipaportal.core.roles import Role
from ipaportal.home.queries.sightings import PAGE, Asked, every_sighting, place_of, sightings
from tests.factories import batch, make_contract, make_member
from tests.people import actor_of, client_of, make_user

pytestmark = pytest.mark.django_db
LIST = reverse("home:sighting_list")
NOON = datetime(2026, 10, 31, 12, tzinfo=UTC)
CLOCK = Actor.system("clock")


@pytest.fixture
def osei():
    return make_user("osei@ipa.example", Role.COMPLIANCE_OFFICER)


@pytest.fixture
def quinn():
    return make_user("quinn@ipa.example", Role.FINANCE)


@pytest.fixture
def members():
    contract = make_contract()
    return [make_member(contract, number, batch(contract)) for number in ("M100", "M200")]


def seen(actor, *members, kind="view", view="capitation:member_detail"):
    ids = [member.pk for member in members]
    log_access(actor=actor, kind=kind, view_name=view, member_ids=ids)


def told(client, **query):
    """(who, kind, what) of each row shown."""
    answer = client.get(LIST, query)
    assert answer.status_code == 200, answer.content[:2000]
    return [(row["who"], row["kind"], row["what"]) for row in answer.context["listing"].rows]


@pytest.fixture
def history(osei, quinn, members):
    """Quinn saw the first member and took both out; was refused a page; the clock did something."""
    first, second = members
    seen(actor_of(quinn), first)
    seen(actor_of(quinn), first, second, kind="export", view="capitation:run_csv")
    view = "capitation:member_detail"
    record(actor=actor_of(quinn), action="audit.page.refused", view=view, status=403)
    record(actor=CLOCK, action="capitation.member.adopted", subject=second)
    return client_of(osei)


def test_tells_what_was_seen_exported_refused_and_done(history):
    everything = told(history)
    assert set(everything) >= {
        ("Quinn", "seen", "Member"),
        ("Quinn", "taken out", "Lines of a run, as a file"),
        ("Quinn", "refused", "Member"),
        ("clock", "done", "Member adopted"),
    }
    assert told(history, who="qui", kind="export") == [
        ("Quinn", "taken out", "Lines of a run, as a file")
    ]
    assert [kind for _, kind, _ in told(history, who="Quinn", kind="refused")] == ["refused"]
    assert ("clock", "done", "Member adopted") in told(history, kind="done", who="clo")
    assert told(history, who="nobody") == []


def test_finds_by_member_and_says_that_they_were_looked_for(history, members, osei):
    first, second = members
    assert [kind for _, kind, _ in told(history, member=first.pk)] == ["taken out", "seen"]
    event = AccessEvent.objects.order_by("-pk").first()
    assert (event.actor_name, event.view_name) == ("Osei", "home:sighting_list")
    assert event.member_ids == [first.pk]
    kinds = [kind for _, kind, _ in told(history, member=second.pk, who="Quinn")]
    assert kinds == ["taken out"]
    assert ("clock", "done", "Member adopted") in told(history, member=second.pk)
    assert told(history, member=10**9) == []
    kept = history.post(reverse("home:find"), {"to": f"{LIST}?kind=view&after=1a1", "q": "M100"})
    assert "M100" not in kept.url
    assert "after" not in kept.url
    shown = history.get(kept.url)
    assert {row["kind"] for row in shown.context["listing"].rows} == {"seen"}
    assert "1 member found" in " ".join(shown.content.decode().split())


def test_finds_between_days_and_says_what_is_no_day(history):
    today = datetime.now(UTC).date()
    assert told(history, first=f"{today:%Y-%m-%d}", last=f"{today:%Y-%m-%d}")
    assert told(history, last=f"{today - timedelta(days=1):%Y-%m-%d}") == []
    answer = history.get(LIST, {"first": "yesterday"})
    assert answer.status_code == 422
    assert "Enter a valid date" in answer.content.decode()


@pytest.mark.parametrize("oldest_first", [False, True])
def test_pages_through_everything_once_also_at_one_moment(osei, oldest_first):
    actor = actor_of(osei)
    # Many at one moment: the order within it must hold from page to page.
    moments = [NOON + timedelta(seconds=number // 60) for number in range(PAGE + 20)]
    DomainEvent.objects.bulk_create(
        DomainEvent(at=at, actor_name="clock", action="test.thing.done") for at in moments
    )
    AccessEvent.objects.bulk_create(
        AccessEvent(at=at, actor_name="clock", kind="view", view_name="x") for at in moments
    )
    asked, after, found = Asked(oldest_first=oldest_first), None, []
    while True:
        page = sightings(actor=actor, asked=asked, after=after)
        found += page.events
        after = page.following
        if after is None:
            break
        assert len(page.events) == PAGE
        assert place_of(str(after)) == after
    keys = [(type(event), event.pk) for event in found]
    assert len(set(keys)) == len(keys) == AccessEvent.objects.count() + DomainEvent.objects.count()
    assert [event.at for event in found] == sorted(
        (event.at for event in found), reverse=not oldest_first
    )
    assert list(every_sighting(actor=actor, asked=asked)) == found


@pytest.mark.parametrize("text", ["", "a", "1a", "a1", "x1a2", "1b2", f"{'9' * 30}a1"])
def test_takes_no_place_that_is_none(text):
    assert place_of(text) is None


def test_opens_every_row_and_names_whom_it_showed(history, members):
    for row in history.get(LIST).context["listing"].rows:
        assert history.get(row["url"]).status_code == 200
    event = AccessEvent.objects.filter(kind="export").first()
    shown = history.get(reverse("home:sighting_detail", args=[f"a{event.pk}"]))
    assert "M200" in shown.content.decode()
    last = AccessEvent.objects.order_by("-pk").first()
    assert last.member_ids == sorted(member.pk for member in members)
    for nothing in ("a0", "x1", "a", "d" + "9" * 30):
        answer = history.get(reverse("home:sighting_detail", args=[nothing]))
        assert answer.status_code == 404


def test_leads_there_from_a_member_and_from_a_person(history, members, quinn):
    for address, here in (
        (reverse("capitation:member_detail", args=[members[0].pk]), f"?member={members[0].pk}"),
        (reverse("identity:person_detail", args=[quinn.pk]), f"?actor={quinn.pk}"),
    ):
        assert f"{LIST}{here}" in history.get(address).content.decode()
    address = reverse("capitation:member_detail", args=[members[0].pk])
    assert LIST not in client_of(quinn).get(address).content.decode()


def test_leaves_as_a_file_that_is_an_export(history, members):
    answer = history.get(LIST, {"export": "csv", "member": members[0].pk})
    text = b"".join(answer.streaming_content).decode()
    # The head, what was seen and taken out, and this file itself.
    assert len(text.splitlines()) == 4
    assert "Lines of a run, as a file" in text
    event = AccessEvent.objects.order_by("-pk").first()
    assert (event.kind, event.member_ids) == ("export", [members[0].pk])


def test_asks_the_database_little(history, members):
    history.get(LIST)
    for query in ({}, {"who": "Quinn"}, {"member": members[0].pk}, {"kind": "done"}):
        with CaptureQueriesContext(connection) as queries:
            history.get(LIST, query)
        asked = [q["sql"] for q in queries if q["sql"].startswith("SELECT")]
        assert len(asked) <= 12, "\n".join(asked)


def test_is_for_compliance_officers_alone(quinn, history):
    assert client_of(quinn).get(LIST).status_code == 403
    with pytest.raises(NotPermitted):
        sightings(actor=actor_of(quinn), asked=Asked(last=date(2026, 1, 1)), after=None)
    assert "Who saw what" in history.get("/").content.decode()
