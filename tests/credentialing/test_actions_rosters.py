"""Rosters: frozen as seen, answered line by line, and compared with what the payer has."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction

from capitation.models import PcpAssignment
from credentialing.actions.delegations import (
    ColumnsRefused,
    DelegatedAlready,
    EndedAlready,
    EndsBeforeItBegins,
    end_delegation,
    record_delegation,
    save_roster_spec,
)
from credentialing.actions.rosters import (
    AnswersUnreadable,
    ClosedAlready,
    NotDelegatedThen,
    NothingToTell,
    OlderThanTheLast,
    PlanFileUnreadable,
    ReadBefore,
    RosterChanged,
    WordsMissing,
    ask_plan,
    compare_plan_roster,
    explain_difference,
    freeze_roster,
    record_answers,
)
from credentialing.models import (
    Delegation,
    EarlierDecision,
    PlanRoster,
    Roster,
    RosterAnswer,
    RosterDifference,
    RosterLine,
)
from credentialing.queries.rosters import draft, refused_lines, weighed_differences
from ipaportal.core.files import read_stored
from ipaportal.core.roles import Role
from tests.credentialing.rostering import COLUMNS, TODAY, freeze, list_doctor, make_delegation
from tests.factories import NOON, batch, fact, make_contract, make_member, supersede
from tests.networks import give_secrets
from tests.people import actor_of, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def novak():
    return actor_of(make_user("novak@ipa.example", Role.CREDENTIALING_SPECIALIST, name="T. Novak"))


@pytest.fixture
def sun():
    contract = make_contract()
    delegation = make_delegation()
    delegation.contract = contract
    return delegation


def plan_file(*rows):
    head = "NPI,Tax ID,Last Name,Specialty,ZIP,Eff Date,Term Date"
    return "\n".join([head, *[",".join(row) for row in rows]]).encode()


def a_row(listing, **change):
    role = listing.role
    values = {
        "npi": role.practitioner.npi,
        "tin": role.location.practice.tin,
        "name": role.practitioner.last_name,
        "specialty": role.specialty,
        "zip": "93701",
        "start": "02/01/2026",
        "end": "",
        **change,
    }
    return values.values()


def compare(novak, sun, *rows, day=TODAY):
    return compare_plan_roster(
        actor=novak, delegation_id=sun.pk, data=plan_file(*rows), as_of_date=day, now=NOON
    )


def test_freezes_the_bytes_that_were_seen_with_birth_dates_only_in_the_file(novak, sun):
    listing = list_doctor(sun)
    who = listing.role.practitioner
    give_secrets(who, date(1970, 3, 4))
    roster = freeze(sun, novak)
    assert read_stored(roster.sha256).decode() == (
        "Action,NPI,Tax ID,Last Name,Specialty,ZIP,Born,Eff Date,Term Date,Delegate\r\n"
        f"A,{who.npi},990000001,Alvarez,Family Medicine,93701,03/04/1970,02/01/2026,,Valley IPA\r\n"
    )
    (line,) = roster.lines.all()
    assert (line.action, line.key) == ("A", f"{listing.role_id}:{listing.network_id}")
    assert "birth_date" not in line.content
    assert (roster.number, roster.held_count) == (1, 0)
    assert roster.answer_due_date == TODAY + timedelta(days=30)
    with pytest.raises(NothingToTell):
        freeze(sun, novak)
    with pytest.raises(DatabaseError), transaction.atomic():
        Roster.objects.update(size=1)
    with pytest.raises(DatabaseError), transaction.atomic():
        RosterLine.objects.all().delete()


def test_a_rename_is_a_change_and_a_term_goes_out_though_a_gate_fails(novak, sun):
    listing = list_doctor(sun)
    freeze(sun, novak)
    who = listing.role.practitioner
    type(who).objects.filter(pk=who.pk).update(last_name="Bell")
    roster = freeze(sun, novak)
    (line,) = roster.lines.all()
    assert (line.action, line.before["last_name"], line.content["last_name"]) == (
        "C",
        "Alvarez",
        "Bell",
    )
    who.credentials.update(superseded_at=NOON)
    no = batch()
    supersede(listing, no)
    ended = {"role": listing.role, "network": listing.network}
    fact(type(listing), no, listing.effective_date, date(2026, 4, 1), **ended)
    (line,) = freeze(sun, novak).lines.all()
    assert (line.action, line.content["term_date"]) == ("T", "2026-04-01")
    assert draft(sun, sun.specs.first(), date(2026, 5, 1)).told == []


def test_holds_back_whoever_fails_a_gate_and_says_why(novak, sun):
    listing = list_doctor(sun)
    list_doctor(sun, 2, "Bell")
    listing.role.practitioner.credentials.update(superseded_at=NOON)
    listing.role.practitioner.cycles.update(decision_date=None)
    seen = draft(sun, sun.specs.first(), TODAY)
    assert [delta.content["last_name"] for delta in seen.told] == ["Bell"]
    assert list(seen.found.held.values()) == [
        ("no active licence in CA on file", "no decision of the committee")
    ]


def test_carries_the_days_of_a_decision_that_was_taken_over(sun):
    who = list_doctor(sun).role.practitioner
    who.cycles.update(decision_date=None)
    taken = EarlierDecision.objects.create(
        practitioner=who, outcome="approved", initial_date=date(2019, 5, 1),
        decided_date=date(2025, 3, 18), next_due_date=date(2028, 3, 31), committee="Lake",
        source_name="l.csv", source_sha256="0" * 64, line_no=2, recorded_at=NOON,
        recorded_by_name="test",
    )  # fmt: skip
    seen = draft(sun, sun.specs.first(), TODAY)
    (row,) = seen.found.rows.values()
    told = (row["initial_decision"], row["decision_date"], row["next_due"])
    assert (told, seen.found.held) == (("2019-05-01", "2025-03-18", "2028-03-31"), {})
    seen = draft(sun, sun.specs.first(), date(2028, 4, 1))
    assert list(seen.found.held.values()) == [
        ("no active licence in CA on file", "recredentialing was due by 2028-03-31")
    ]
    who.cycles.update(decision_date=date(2027, 1, 5), next_due_date=date(2030, 1, 31))
    (row,) = draft(sun, sun.specs.first(), TODAY).found.rows.values()
    told = (row["initial_decision"], row["decision_date"], row["next_due"])
    assert told == ("2019-05-01", "2027-01-05", "2030-01-31")
    assert not taken.superseded_at  # ours counts beside it, and it stays as it came


def test_freezes_nothing_but_what_was_seen_and_only_while_delegated(novak, sun):
    list_doctor(sun)
    seen = draft(sun, sun.specs.first(), TODAY).digest
    list_doctor(sun, 2, "Bell")
    values = {"actor": novak, "delegation_id": sun.pk, "seen_digest": seen, "now": NOON}
    with pytest.raises(RosterChanged):
        freeze_roster(today=TODAY, **values)
    with pytest.raises(NotDelegatedThen):
        freeze_roster(today=date(2025, 12, 31), **values)
    assert not Roster.objects.exists()


def test_records_answers_line_by_line_and_tells_refused_lines_again(novak, sun):
    first, second = list_doctor(sun), list_doctor(sun, 2, "Bell")
    roster = freeze(sun, novak)
    npis = [one.role.practitioner.npi for one in (first, second)]
    data = (
        "NPI,Tax ID,Status,Reason\n"
        f"{npis[0]},990000001,ok,\n{npis[1]},990000002,R12,No W-9\n1234567893,990000009,A,\n"
    ).encode()
    read = record_answers(actor=novak, roster_id=roster.pk, data=data, now=NOON)
    assert (read.taken, read.refused) == (1, 1)
    assert [(f.line_no, f.words) for f in read.faults] == [
        (4, "No line of this roster is this one.")
    ]
    (refused,) = refused_lines(sun)
    assert (refused.answer_code, refused.answer_words) == ("R12", "No W-9")
    with pytest.raises(ReadBefore):
        record_answers(actor=novak, roster_id=roster.pk, data=data, now=NOON)
    for bad in (b"NPI,Tax ID\n1,2\n", b"NPI,Tax ID,Status\n1234567893,9,A\n", b""):
        with pytest.raises(AnswersUnreadable):
            record_answers(actor=novak, roster_id=roster.pk, data=bad, now=NOON)
    assert RosterAnswer.objects.count() == 2
    (again,) = freeze(sun, novak).lines.all()
    assert (again.action, again.content["last_name"]) == ("A", "Bell")
    assert not refused_lines(sun)


def test_compares_three_ways_with_members_at_stake_and_keeps_the_age(novak, sun):
    first, second = list_doctor(sun), list_doctor(sun, 2, "Bell")
    freeze(sun, novak)
    third = list_doctor(sun, 3, "Cole")
    no = batch(sun.contract)
    for number in ("M-1", "M-2"):
        member = make_member(sun.contract, number, no)
        fact(
            PcpAssignment,
            no,
            date(2026, 2, 1),
            member=member,
            practitioner=second.role.practitioner,
            assigned_by="test",
        )
    ghost = ("1234567893", "990000009", "Ghost", "X", "93701", "02/01/2026", "")
    wrong = a_row(first, zip="9370", start="03/01/2026")
    compare(novak, sun, wrong, ghost)
    found = weighed_differences(actor=novak, delegation=sun, today=TODAY)
    told = {
        (one.difference.label.split(",")[0].split(" ")[0], one.difference.kind): (
            one.difference.remedy,
            one.stake.members,
        )
        for one in found
    }
    assert told == {
        ("Bell", "missing"): ("ask_load", 2),
        ("Alvarez", "field"): ("ask_correct", 0),
        ("Alvarez", "date"): ("ask_correct", 0),
        ("Cole", "missing"): ("send", 0),
        ("Ghost", "ghost"): ("ask_end", 0),
    }
    assert found[0].difference.label.startswith("Bell")
    later = TODAY + timedelta(days=31)
    compare(novak, sun, a_row(first), a_row(third), ghost, day=later)
    open_now = sun.differences.filter(closed_at=None)
    assert {(d.kind, d.first_seen_date) for d in open_now} == {("missing", TODAY), ("ghost", TODAY)}
    assert sun.differences.filter(outcome="gone").count() == 3


def test_refuses_a_plans_file_that_says_nothing_is_older_or_came_before(novak, sun):
    listing = list_doctor(sun)
    with pytest.raises(PlanFileUnreadable, match="every row would seem to be missing"):
        compare(novak, sun)
    compare(novak, sun, a_row(listing))
    with pytest.raises(ReadBefore):
        compare(novak, sun, a_row(listing))
    with pytest.raises(OlderThanTheLast):
        compare(novak, sun, a_row(listing, zip="1"), day=TODAY - timedelta(days=1))
    assert PlanRoster.objects.count() == 1
    assert not RosterDifference.objects.exists()


def test_every_difference_ends_in_an_action_with_words(novak, sun):
    listing = list_doctor(sun)
    freeze(sun, novak)
    compare(novak, sun, a_row(listing, zip="1"), a_row(listing, zip="2", tin="990000009"))
    field, ghost = sun.differences.order_by("kind")
    values = {"actor": novak, "now": NOON}
    for do in (ask_plan, explain_difference):
        with pytest.raises(WordsMissing):
            do(difference_id=field.pk, text=" ", **values)
    asked = ask_plan(difference_id=ghost.pk, text="ticket 77", **values)
    assert (asked.asked_text, asked.closed_at) == ("ticket 77", None)
    explain_difference(difference_id=field.pk, text="their mailing address", **values)
    with pytest.raises(ClosedAlready):
        ask_plan(difference_id=field.pk, text="x", **values)
    compare(novak, sun, a_row(listing, zip="1"), day=TODAY + timedelta(days=1))
    assert not sun.differences.filter(closed_at=None).exists()
    compare(novak, sun, a_row(listing, zip="3"), day=TODAY + timedelta(days=2))
    assert sun.differences.filter(closed_at=None).get().theirs == "00003"


def test_delegates_one_agreement_at_a_time(sun):
    nadia = actor_of(make_user("nadia@ipa.example", Role.NETWORK_ADMIN))
    values = {"actor": nadia, "payer_party_id": sun.payer_party_id, "source": "x", "now": NOON}
    begin = date(2026, 6, 1)
    with pytest.raises(DelegatedAlready):
        record_delegation(effective_date=begin, end_date=None, **values)
    with pytest.raises(EndsBeforeItBegins):
        end_delegation(actor=nadia, delegation_id=sun.pk, end_date=sun.effective_date)
    end_delegation(actor=nadia, delegation_id=sun.pk, end_date=begin)
    with pytest.raises(EndedAlready):
        end_delegation(actor=nadia, delegation_id=sun.pk, end_date=begin)
    with pytest.raises(EndsBeforeItBegins):
        record_delegation(effective_date=begin, end_date=begin, **values)
    record_delegation(effective_date=begin, end_date=None, **values)
    assert Delegation.objects.count() == 2
    with pytest.raises(ColumnsRefused, match="no field “npy”"):
        save_roster_spec(
            actor=nadia,
            delegation_id=sun.pk,
            columns=COLUMNS.replace("= npi", "= npy"),
            date_format="YYYYMMDD",
            sends="full",
            code_head="S",
            words_head="",
            accepted="A",
            now=NOON,
        )
    assert sun.specs.count() == 1


def test_sends_everybody_where_the_payer_wants_full_files(novak, sun):
    full = make_delegation("MOON", sends="full")
    listing = list_doctor(full)
    freeze(full, novak)
    list_doctor(full, 2, "Bell")
    roster = freeze(full, novak)
    rows = read_stored(roster.sha256).decode().splitlines()[1:]
    assert [row[:2] for row in rows] == [f",{listing.role.practitioner.npi[0]}", "A,"]
    assert roster.lines.count() == 1
