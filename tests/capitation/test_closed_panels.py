"""Members on a closed panel: found by their stay, noted by adding, looked at again, still paid."""

import csv
import io
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from capitation.actions.closed_panels import CannotNote, NotOnClosedPanel, note_closed_panel
from capitation.models import ClosedPanelNote, Contract, CoverageSpan, PcpAssignment
from capitation.queries.closed_stays import stays
from capitation.rules.closed_panels import Done, Noted, Word, again_fault, word_of
from credentialing.models import AdverseAction
from ipaportal.core.roles import Role
from tests.credentialing.adverse import LAST, at, make_hearings, told
from tests.factories import batch, fact, make_member, supersede
from tests.kept import kept
from tests.people import actor_of, client_of, make_user

ONE = timedelta(days=1)
BEGIN = LAST + ONE
pages = pytest.mark.django_db


@pytest.mark.parametrize(
    ("newest", "today", "word"),
    [
        (None, BEGIN, Word.WAITING),
        (Noted(Done.TOLD, BEGIN + ONE), BEGIN, Word.TOLD),
        (Noted(Done.TOLD, BEGIN + ONE), BEGIN + ONE, Word.WAITING),
        (Noted(Done.MOVED, BEGIN + ONE), BEGIN, Word.MOVED),
        (Noted(Done.MOVED, BEGIN + ONE), BEGIN + 2 * ONE, Word.WAITING),
        (Noted(Done.ACCEPTED, None), BEGIN + 999 * ONE, Word.ACCEPTED),
    ],
)
def test_waits_again_on_the_day_to_look_and_never_after_an_exception(newest, today, word):
    assert word_of(newest, today) is word


def test_wants_a_day_to_look_again_that_lies_ahead():
    assert again_fault(Done.TOLD, BEGIN + ONE, BEGIN) == ""
    assert "after today" in again_fault(Done.TOLD, BEGIN, BEGIN)
    assert "Name the day" in again_fault(Done.MOVED, None, BEGIN)
    assert again_fault(Done.ACCEPTED, None, BEGIN) == ""
    assert "exception" in again_fault(Done.ACCEPTED, BEGIN + ONE, BEGIN)


@kept
def world():
    """A panel closed from BEGIN on: some were there before, some came all the same."""
    made = make_hearings()
    who, other = made["who"], made["colleague"]
    row = told(made, "restriction", limits="no new members", closes_panel=True)
    AdverseAction.objects.filter(pk=row.pk).update(stage="final", final_date=BEGIN)
    contract, facts = Contract.objects.get(), batch()
    spans = {
        "theirs": [(who, LAST, None)],
        "came": [(who, BEGIN, None)],
        "twice": [(who, BEGIN, BEGIN + 9 * ONE), (who, BEGIN + 9 * ONE, None)],
        "stayed": [(who, LAST, BEGIN + 9 * ONE), (who, BEGIN + 9 * ONE, None)],
        "back": [(who, LAST, BEGIN), (who, BEGIN + ONE, None)],
        "left": [(who, BEGIN, BEGIN + 9 * ONE), (other, BEGIN + 9 * ONE, None)],
        "coming": [(who, BEGIN + 40 * ONE, None)],
        "elsewhere": [(other, BEGIN, None)],
    }
    made["members"] = {}
    for number, (name, days) in enumerate(spans.items()):
        member = make_member(
            contract, f"C{number}", facts, last_name=name.title(), search_name=f"{name} ann"
        )
        fact(CoverageSpan, facts, date(2025, 6, 1), member=member, contract=contract)
        for pcp, start, end in days:
            fact(PcpAssignment, facts, start, end, member=member, practitioner=pcp)
        made["members"][name] = member
    made["quinn"] = make_user("quinn@ipa.example", Role.FINANCE, name="Quinn")
    made["osei"] = make_user("osei@ipa.example", Role.COMPLIANCE_OFFICER, name="Osei")
    return made


TODAY = BEGIN + 9 * ONE


def names_on(world, today=TODAY):
    names = {member.pk: name for name, member in world["members"].items()}
    found = stays(actor=actor_of(world["quinn"]), today=today)
    return {names[one.member_id]: (one.since, one.word) for one in found}


def note(world, name="came", done="told", **more):
    given = {"text": "mailed to Sun Plan", "again_date": TODAY + ONE, "now": at(TODAY)} | more
    return note_closed_panel(
        actor=actor_of(world["quinn"]), member_id=world["members"][name].pk,
        practitioner_id=world["who"].pk, done=done, **given,
    )  # fmt: skip


@pages
def test_finds_stays_that_began_once_the_panel_was_closed(world):
    waiting = Word.WAITING
    assert names_on(world) == {
        "came": (BEGIN, waiting), "twice": (BEGIN, waiting), "back": (BEGIN + ONE, waiting),
        "coming": (BEGIN + 40 * ONE, waiting),
    }  # fmt: skip
    assert "left" in names_on(world, BEGIN + 8 * ONE)
    assert names_on(world, LAST) == {}
    AdverseAction.objects.update(stage="lifted", lifted_date=TODAY)
    assert names_on(world, TODAY - ONE) != {} == names_on(world, TODAY)


@pages
def test_is_noted_by_adding_and_looked_at_again_and_nobody_else_is(world):
    note(world)
    assert [names_on(world, day)["came"][1] for day in (TODAY, TODAY + ONE)] == [
        Word.TOLD, Word.WAITING
    ]  # fmt: skip
    note(world, done="accepted", again_date=None, text="Dr. Reed takes a neighbour")
    assert names_on(world, TODAY + 99 * ONE)["came"][1] is Word.ACCEPTED
    assert ClosedPanelNote.objects.count() == 2
    for name in ("theirs", "left", "elsewhere"):
        with pytest.raises(NotOnClosedPanel):
            note(world, name)
    for wrong in ({"text": " "}, {"again_date": TODAY}, {"again_date": None}):
        with pytest.raises(CannotNote, match=r"Nothing was noted\."):
            note(world, **wrong)
    assert ClosedPanelNote.objects.count() == 2
    with pytest.raises(DatabaseError), transaction.atomic():
        ClosedPanelNote.objects.update(text="nobody")
    with pytest.raises(DatabaseError), transaction.atomic():
        ClosedPanelNote.objects.all().delete()


@pages
def test_a_member_who_comes_back_later_is_another_case(world):
    note(world, done="accepted", again_date=None)
    member, facts = world["members"]["came"], batch()
    supersede(PcpAssignment.objects.get(member=member), facts)
    for start, end in ((BEGIN, TODAY), (TODAY + ONE, None)):
        fact(PcpAssignment, facts, start, end, member=member, practitioner=world["who"])
    assert names_on(world)["came"] == (TODAY + ONE, Word.WAITING)


@pages
def test_shows_filters_searches_and_exports_them_and_takes_a_note(world):
    quinn, osei = client_of(world["quinn"]), client_of(world["osei"])
    lists, came = reverse("capitation:worklists"), world["members"]["came"]
    address = reverse("capitation:closed_panel_note", args=[came.pk, world["who"].pk])
    shown = quinn.get(lists, {"list": "closed", "sort": "-name"}).content.decode()
    assert address in shown
    assert shown.index("Twice") < shown.index("Came")
    assert "Theirs" not in shown
    home = quinn.get(reverse("home:home")).content.decode()
    assert "4 members that plans put on a closed panel" in home
    assert "no new members" in quinn.get(address).content.decode()
    assert "Note what was done" not in osei.get(address).content.decode()
    assert osei.post(address, {"done": "accepted", "text": "x"}).status_code == 404
    assert quinn.post(address, {}).status_code == 422
    ahead = timezone.localdate() + ONE
    sent = {"done": "accepted", "text": "Dr. Reed agreed by phone", "again_date": f"{ahead}"}
    assert quinn.post(address, sent).status_code == 302
    assert "Came" not in quinn.get(lists, {"list": "closed"}).content.decode()
    query = {"list": "closed", "state": "accepted", "q": "cam", "export": "csv"}
    answer = b"".join(quinn.get(lists, query).streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(answer)))
    assert [(row["Name"], row["What was done"]) for row in rows] == [
        ("Came", "accepted by the practice")
    ]  # fmt: skip
    assert "Dr. Reed agreed by phone" in osei.get(address).content.decode()
    AdverseAction.objects.update(stage="lifted", lifted_date=timezone.localdate())
    assert "Not on a closed panel any more" in quinn.get(address).content.decode()
    assert "Nobody waits here" in quinn.get(lists, {"list": "closed"}).content.decode()
