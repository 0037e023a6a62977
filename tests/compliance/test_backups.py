"""What was deleted is gone from backups too: by when, by which rule, and which still hold it."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction
from django.db.utils import DatabaseError
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.actions.backups import (
    NotDestroyed,
    RuleOfThatDay,
    mark_destroyed,
    register_backup,
    set_keeping,
)
from compliance.actions.purges import certificate
from compliance.models import KnownBackup, Purge, PurgeItem
from compliance.queries.backups import backups_over, gone_of
from compliance.rules.backups import Keeping, Made, ends_on, gone_from_backups
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted
from ipaportal.core.roles import Role
from tests.people import client_of, make_user

CLOCK = Actor.system("backup")
OSEI = Actor(4, "A. Osei", frozenset({("compliance_officer", 1)}))
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
CAME, DELETED = date(2015, 1, 5), NOW.date()
NINETY = Keeping(date(2020, 1, 1), 90, "backup policy 4")


def gone(*rules: Keeping, backups: tuple[Made, ...] = ()):
    return gone_from_backups(stored_on=CAME, deleted_on=DELETED, rules=rules, backups=backups)


def test_the_last_backup_that_can_hold_it_was_made_on_the_day_of_the_deletion():
    assert gone(NINETY).last_date == DELETED + timedelta(days=90)
    assert gone().last_date is None
    assert ends_on([NINETY], date(2010, 1, 1)) == date(2010, 4, 1), "the first holds for older ones"


def test_a_rule_that_was_longer_once_may_let_an_older_backup_end_last():
    shorter = Keeping(date(2026, 11, 1), 30)
    longer = Keeping(date(2020, 1, 1), 365)
    assert gone(longer, shorter).last_date == date(2026, 10, 31) + timedelta(days=365)
    assert gone(shorter, longer).rule == shorter
    later = Keeping(DELETED + timedelta(days=1), 9_000)
    assert gone(NINETY, later).last_date == DELETED + timedelta(days=90)


def test_a_backup_can_hold_what_came_before_it_and_was_deleted_after():
    days = (CAME - timedelta(days=1), CAME, DELETED, DELETED + timedelta(days=1))
    backups = tuple(Made(f"{day}", day) for day in days)
    found = gone(NINETY, backups=backups)
    assert [one.made_on for one, _ in found.holding] == [CAME, DELETED]
    assert [one.made_on for one in found.still] == [CAME, DELETED]
    away = gone(NINETY, backups=(Made("x", DELETED, DELETED),))
    assert (len(away.holding), away.still) == (1, [])


@settings(max_examples=15)
@given(
    rules=st.lists(
        st.builds(Keeping, st.dates(date(2014, 1, 1), date(2027, 1, 1)), st.integers(1, 4000)),
        min_size=1, max_size=4, unique_by=lambda one: one.from_date,
    ),
    made=st.dates(CAME, DELETED),
)  # fmt: skip
def test_no_backup_that_can_hold_it_ends_later_than_is_said(rules, made):
    assert ends_on(rules, made) <= gone(*rules).last_date


def a_backup(name: str, at: datetime) -> KnownBackup:
    return register_backup(actor=CLOCK, name=name, made_at=at, files=12, manifest_sha256="a" * 64)


@pytest.fixture
def purged(db) -> Purge:
    """One file of 2015 that was deleted this noon."""
    purge = Purge.objects.create(
        kind="plan_file", day=DELETED, items_sha256="0" * 64, status=Purge.Status.DONE,
        proposed_at=NOW, proposed_by_name="A. Osei", done_at=NOW,
    )  # fmt: skip
    PurgeItem.objects.create(
        purge=purge, record_id=1, name="roster.csv", sha256="1" * 64, received_date=CAME,
        kept_until=date(2025, 1, 5), purged_at=NOW,
    )  # fmt: skip
    return purge


def keep(days: int = 90, day: date = date(2026, 1, 1), actor: Actor = OSEI):
    return set_keeping(actor=actor, from_date=day, days=days, words="policy 4", now=NOW)


def test_a_certificate_says_when_the_files_are_gone_from_backups_too(purged):
    a_backup("ipa-before", NOW - timedelta(days=1))
    a_backup("ipa-after", NOW + timedelta(minutes=1))
    said = json.loads(certificate(purged))["backups"]
    assert said["gone_after"] is None
    assert "is not known" in said["said"]
    keep()
    said = json.loads(certificate(purged))["backups"]
    assert said["gone_after"] == "2027-02-18"
    assert said["rule"] == ["2026-01-01", 90, "policy 4"]
    assert said["known"] == [["ipa-before", "2026-11-19", "2027-02-17", None]]
    with pytest.raises(RuleOfThatDay, match="Nothing was changed"):
        keep(10)


def test_a_backup_past_its_days_is_asked_about_until_somebody_destroyed_it(purged):
    row = a_backup("ipa-old", NOW - timedelta(days=91))
    assert backups_over(NOW.date()) == []
    keep()
    assert backups_over(NOW.date()) == [row]
    assert backups_over(NOW.date() - timedelta(days=1)) == []
    given = {"actor": OSEI, "backup_id": row.pk, "words": "tape shredded", "now": NOW}
    for day in (row.made_at.date() - timedelta(days=1), NOW.date() + timedelta(days=1)):
        with pytest.raises(NotDestroyed, match="Nothing was changed"):
            mark_destroyed(destroyed_on=day, **given)
    mark_destroyed(destroyed_on=NOW.date(), **given)
    assert (backups_over(NOW.date()), gone_of(purged).still) == ([], [])
    with pytest.raises(NotDestroyed):
        mark_destroyed(destroyed_on=NOW.date(), **given)
    with pytest.raises(DatabaseError), transaction.atomic():
        KnownBackup.objects.filter(pk=row.pk).update(destroyed_on=None, destroyed_words="")
    with pytest.raises(NotPermitted):
        keep(actor=Actor(5, "J. Quinn", frozenset({("finance", 1)})))


def test_an_officer_sets_the_days_reads_the_register_and_marks_one(purged):
    row = a_backup("ipa-20260101", datetime(2026, 1, 1, 4, tzinfo=UTC))
    officer = client_of(make_user("osei@ipa.example", Role.COMPLIANCE_OFFICER))
    here = reverse("compliance:backup_list")
    assert b"No rule says how long" in officer.get(here).content
    set_ = {"from_date": "2026-01-01", "days": "90", "words": "policy 4"}
    assert officer.post(reverse("compliance:backup_keeping_new"), set_).status_code == 302
    assert b"o be destroyed" in officer.get(here).content
    purge = officer.get(reverse("compliance:purge_detail", args=[purged.pk])).content.decode()
    assert "Feb 18, 2027" in purge
    assert "1 of 1 known backup can hold them now" in purge
    mark = reverse("compliance:backup_destroyed", args=[row.pk])
    assert officer.post(mark, {"destroyed_on": "2025-01-01", "words": "x"}).status_code == 422
    assert officer.post(mark, {"destroyed_on": "2026-04-02", "words": "wiped"}).status_code == 302
    file = b"".join(officer.get(here, {"export": "csv"}).streaming_content).decode()
    assert "ipa-20260101,2026-01-01,12,2026-04-01,destroyed,2026-04-02,wiped" in file
