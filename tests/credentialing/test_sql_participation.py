"""The network judged by the database is the network judged by the rule: generated worlds, twins."""

import random
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from credentialing.models import (
    AdverseAction,
    AgendaItem,
    Credential,
    CredentialingEvent,
    Decision,
    ListEntry,
    ListVersion,
    Meeting,
    Motion,
    Participation,
    Practitioner,
    ScreeningMatch,
    ScreeningRun,
)
from credentialing.queries.participation import participation
from credentialing.queries.standings import Standings, who_takes_part
from credentialing.rules.participation import TAKES_PART, Standing
from ipaportal.identity.models import Party
from ipaportal.ledger.models import Hold
from tests.credentialing.committees import make_committee
from tests.factories import NOON, batch, fact, make_ipa, make_practice, make_practitioner
from tests.kept import kept

pytestmark = pytest.mark.django_db
DAY = date(2026, 6, 15)
PEOPLE = 150


def near(dice, *more):
    """A day about the boundary, or something else."""
    return dice.choice([DAY + timedelta(days=n) for n in (-400, -1, 0, 1, 400)] + list(more))


def spans(dice):
    """Days with one payer that do not overlap."""
    first = DAY + timedelta(days=dice.choice([-500, -1, 0, 1]))
    cut = first + timedelta(days=dice.choice([1, 499, 500, 501]))
    return dice.choice([[], [(first, None)], [(first, cut)], [(first, cut), (cut, None)],
                        [(first, cut), (cut + timedelta(days=9), None)]])  # fmt: skip


def lists():
    """A run and a list to hang matches on."""
    version = ListVersion.objects.create(
        list_key="LEIE", list_code="LEIE", source_date=DAY, name="l.csv", sha256="0" * 64, size=1,
        received_at=NOON, received_by_name="test",
    )  # fmt: skip
    return version, ScreeningRun.objects.create(
        cause="asked", as_of=DAY, requested_at=NOON, requested_by_name="test", algorithm="test"
    )


def make_match(dice, who, version, run):
    n = who.pk
    entry = ListEntry.objects.create(
        list_key="LEIE", content_hash=f"{n:064}", version=version, row_no=n,
        effective_date=near(dice, None),
    )  # fmt: skip
    status = dice.choice(["open", "needs_info", "proposed", "cleared", "true_match", "reinstated"])
    ScreeningMatch.objects.create(
        subject_key=f"practitioner:{n}", label=str(who), list_key="LEIE", list_code="LEIE",
        entry=entry, entry_hash=f"{n:064}", subject_hash="0" * 64, category="possible", score=1,
        status=status, is_stopped=dice.random() < 0.4, opened_at=NOON, due_date=DAY,
        first_run=run, last_run=run, gone_at=dice.choice([None, NOON]),
        reinstated_date=near(dice) if status == "reinstated" else None,
    )  # fmt: skip


def decide(dice, who, number, seats):
    """A decision on a day about the boundary; what is not a clean approval was voted on."""
    at = NOON - timedelta(days=600)
    event = CredentialingEvent.objects.create(
        practitioner=who, kind="initial", status="approved", opened_at=at, opened_by_name="test"
    )
    outcome = dice.choice(["approved", "approved", "approved_conditions", "denied"])
    motion, level = None, "clean"
    if outcome != "approved":
        level, (mover, seconder) = "exception", seats
        meeting = Meeting.objects.create(
            committee_id=mover.committee_id, starts_at=at + timedelta(hours=who.pk * 9 + number),
            mode="video", planned_at=at,
        )  # fmt: skip
        item = AgendaItem.objects.create(meeting=meeting, event=event, level=level, added_at=at)
        motion = Motion.objects.create(
            item=item, kind=outcome, text="why", mover=mover, seconder=seconder, made_at=at,
            reason_code="quality" if outcome == "denied" else "",
        )  # fmt: skip
    ends = None if outcome == "denied" else dice.choice([None, None, near(dice)])
    made = Decision.objects.create(
        event=event, motion=motion, outcome=outcome, text="why", level=level, decided_at=at,
        packet_sha256="0" * 64, decision_date=near(dice), notice_due_date=DAY, ends_date=ends,
        decided_by_id=None if motion else 1, decided_by_name="Dr. Tan",
        reason_code="quality" if outcome == "denied" else "",
        next_due_date=None if outcome == "denied" else near(dice, None),
    )  # fmt: skip
    if outcome == "denied" and dice.random() < 0.8:
        end = dice.choice([{}, {"final_date": near(dice)},
                           {"reversed_date": near(dice), "next_due_date": near(dice)}])  # fmt: skip
        act(who, kind="denial", decision=made, **end)


def act(who, **more):
    """An adverse action, told long ago."""
    AdverseAction.objects.create(
        practitioner=who, basis="quality", reasons="why", stage="final", opened_date=DAY,
        opened_at=NOON, opened_by_name="test", notice_date=date(2020, 1, 1),
        request_by_date=date(2020, 1, 31), **{"effective_date": DAY} | more,
    )  # fmt: skip


@kept
def network():
    """A hundred and fifty people whose facts lie on every side of every boundary."""
    make_ipa()
    dice = random.Random(20260616)
    practices = [make_practice(f"Practice {n}", f"99000000{n}") for n in range(3)]
    payers = [Party.objects.create(kind="payer", name=f"Plan {n}", code=f"P{n}") for n in range(2)]
    Hold.objects.create(
        party=practices[0].party, reason="other", text="a hold", source="test", placed_at=NOON,
        placed_by_name="test",
    )  # fmt: skip
    no, (version, run) = batch(), lists()
    committee = make_committee()
    seats = committee["Okafor"], committee["Weiss"]
    for number in range(PEOPLE):
        who = make_practitioner(number, f"Doe{number}")
        for payer in payers:
            for start, end in spans(dice):
                fact(Participation, no, start, end, practitioner=who, payer_party=payer,
                     practice=dice.choice(practices))  # fmt: skip
        for _ in range(dice.choice([0, 1, 1, 2])):
            Credential.objects.create(
                practitioner=who, kind=dice.choice(["licence", "licence", "board"]), state="CA",
                number=f"A{number}{_}", expires_date=near(dice, None), recorded_at=NOON,
                superseded_at=dice.choice([None, None, NOON]), source="staff",
                recorded_by_name="test",
            )  # fmt: skip
        for _ in range(dice.choice([0, 0, 1, 1, 1])):
            decide(dice, who, _, seats)
        if dice.random() < 0.3:
            final = near(dice, None)
            lifted = near(dice, None) if final else None
            act(who, kind="restriction", limits="no new members", effective_date=near(dice),
                final_date=final, ends_date=near(dice, None),
                lifted_date=max(final, lifted) if lifted else None)  # fmt: skip
        if dice.random() < 0.3:
            make_match(dice, who, version, run)


def by_rule(day):
    return {
        (place.practitioner.pk, place.participation and place.participation.payer_party_id):
        (place.standing.value, bool(place.holds))
        for place in participation(day)
    }  # fmt: skip


@pytest.mark.parametrize("days", [-1, 0, 1])
def test_judges_as_the_rule_does(network, days):
    day = DAY + timedelta(days=days)
    rule = by_rule(day)
    assert {(who, payer): word for who, payer, word in Standings(day).judged()} == {
        key: word for key, (word, _) in rule.items()
    }
    if not days:
        assert {word for word, _ in rule.values()} == {standing.value for standing in Standing}
    held = {(who, payer) for who, payer, _ in Standings(day, show="held").judged()}
    assert held == {key for key, (_, is_held) in rule.items() if is_held}
    told = Standings(day).told
    words = [word for word, _ in rule.values()]
    assert told.everybody == len(rule)
    assert told.taking == sum(word in {one.value for one in TAKES_PART} for word in words)
    assert told.unknown == words.count("taken_over")


def test_tells_of_many_days_at_once_who_takes_part_as_the_rule_does_day_by_day(network):
    days = [DAY + timedelta(days=n) for n in (-401, -1, 0, 1, 400)]
    payer = Party.objects.get(code="P1").pk
    people = set(Practitioner.objects.values_list("pk", flat=True)[:100])
    by_day = {
        (place.practitioner.pk, day)
        for day in days
        for place in participation(day, payer_party_id=payer, practitioner_ids=people)
        if place.takes_part
    }
    with CaptureQueriesContext(connection) as captured:
        assert who_takes_part(days, payer_party_id=payer, practitioner_ids=people) == by_day
    assert len(captured) == 1
    assert 0 < len({who for who, _ in by_day}) < len(people)
    assert who_takes_part([], payer_party_id=payer, practitioner_ids=people) == set()
    assert who_takes_part(days, payer_party_id=payer, practitioner_ids=[]) == set()


def test_asks_as_much_for_fifty_as_for_one(network):
    with CaptureQueriesContext(connection) as captured:
        assert len(Standings(DAY)[0:50]) == 50
    assert len(captured) <= 12


def test_reads_pages_in_the_order_that_is_asked_for(network):
    everybody = Standings(DAY)
    first, second = everybody[0:50], Standings(DAY, page=2)[50:100]
    names = [place.practitioner.last_name for place in (*first, *second)]
    assert len(names) == 100
    assert names == sorted(names)
    turned = everybody.order_by("-practice")[0:50]
    assert {place.participation.practice.name for place in turned} == {"Practice 2"}
    assert Standings(DAY, show="denied")[0:50][0].standing is Standing.DENIED
    assert Standings(DAY, text="doe7").count() == len(
        [one for one in participation(DAY) if one.practitioner.last_name.startswith("Doe7")]
    )
    assert Standings(DAY, text="o%").count() == 0
    assert Standings(DAY, page=99).count() == everybody.count()
    assert Standings(DAY, page=99)[0:50][0] == first[0]
