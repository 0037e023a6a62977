"""Care facts received, applied by month and kind, read, and a concern that a director answers."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.db.utils import DatabaseError
from django.urls import reverse

from capitation.models import PcpAssignment, RiskScore
from compliance.actions.care import (
    DecidedBefore,
    NotFromThere,
    NothingReadable,
    ReceivedBefore,
    apply_care_facts,
    drop_care_facts,
    receive_care_facts,
)
from compliance.actions.care_reviews import NotOpen, OwnPractice, SayWhy, review_concern
from compliance.formats.care_facts import read_care_facts
from compliance.models import CareBatch, CareConcern, CareFact, CareReading, CareRound
from compliance.queries.care_readings import members_moved
from ipaportal.audit.models import AccessEvent
from ipaportal.core.roles import Role
from ipaportal.ledger.actions.holds import ReleasedElsewhere, release_hold
from ipaportal.ledger.models import Hold
from tests.compliance.watched import NOW, OCTOBER, make_watched_world
from tests.factories import batch, fact, supersede
from tests.kept import kept
from tests.people import actor_of, client_of, make_user

pytestmark = pytest.mark.django_db
HEAD = "month,npi,member,kind,count\n"


@kept
def watch():
    """The world, its officer and director, and the year applied."""
    world = make_watched_world()
    officer = make_user("osei@ipa.example", Role.COMPLIANCE_OFFICER)
    director = make_user("cast@ipa.example", Role.MEDICAL_DIRECTOR)
    batch = received(officer, world, world.year())
    apply_care_facts(actor=actor_of(officer), batch_id=batch.pk, now=NOW)
    return world, officer, director


def received(officer, world, data: bytes, **changed) -> CareBatch:
    given = {"source_id": world.payer.pk, "data": data, "name": "care.csv", "now": NOW, **changed}
    return receive_care_facts(actor=actor_of(officer), **given)


def here(name: str, *args: object) -> str:
    return reverse(f"compliance:{name}", args=args)


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("2026-13,1,,encounters,1", "month"),
        ("2026-11,1,,encounters,1", "month"),
        ("2026-10,,,encounters,1", "npi"),
        ("2026-10,1.0,,encounters,1", "npi"),
        ("2026-10,1,,visits,1", "kind"),
        ("2026-10,1,,encounters,-1", "count"),
        ("2026-10,1,,encounters,100001", "count"),
        ("2026-10,1,,encounters,1.5", "count"),
        ("2026-10,1,,gaps_open,1", "count"),
    ],
)
def test_a_line_that_says_nothing_is_named(line, column):
    read = read_care_facts((HEAD + line).encode(), OCTOBER)
    assert read.lines == ()
    assert [(one.line_no, one.column) for one in read.problems] == [(2, column)]


def test_a_part_is_at_most_its_whole_and_nothing_is_told_twice():
    lines = "2026-10,1,,referrals,3\n2026-10,1,,referrals_denied,3\n2026-10,1,,referrals,4"
    read = read_care_facts((HEAD + lines).encode(), OCTOBER)
    assert [(one.kind, one.count) for one in read.lines] == [
        ("referrals", 3),
        ("referrals_denied", 3),
    ]
    assert [one.message for one in read.problems] == ["was told before, on line 2"]
    read = read_care_facts((HEAD + lines.replace("denied,3", "denied,4")).encode(), OCTOBER)
    assert read.problems[0].message.endswith("only 3 are told")
    missing = read_care_facts(b"month,npi\n", OCTOBER).problems[0].message
    assert missing.startswith("The header has no member, kind, count")


def test_the_year_is_read_exactly(watch):
    world, _, _ = watch
    found = {
        (one.practitioner_id, one.sign): one
        for one in CareReading.objects.filter(round=CareRound.objects.get())
    }
    first = world.pcps[0].pk
    visits = found[first, "encounters"]
    # Two of twelve were seen every month; peers' members were seen once a month each.
    assert (visits.count, visits.base, visits.expected) == (24, 144, Decimal(144))
    assert (visits.state, visits.peers) == ("asks for a look", 6)
    unseen = found[first, "no_visit"]
    assert (unseen.count, unseen.base, unseen.state) == (10, 12, "asks for a look")
    gaps = found[first, "gaps"]
    assert (gaps.count, gaps.base, gaps.expected) == (25, 30, Decimal(5))
    assert found[first, "denials"].why == "no facts were told"
    assert found[world.pcps[1].pk, "gaps"].state == "as expected"
    concern = CareConcern.objects.get()
    assert concern.practitioner_id == first
    assert concern.signs == ["encounters", "no_visit", "gaps"]


def test_a_file_replaces_its_sources_months_and_kinds_alone(watch):
    world, officer, _ = watch
    before = CareFact.objects.filter(superseded_at=None).count()
    npi = world.pcps[0].npi
    lines = [f"2026-10,{npi},,gaps_due,40", f"2026-10,{npi},,gaps_open,1"]
    lines += ["2026-10,,nobody,encounters,1", "2026-10,2990000000,,gaps_due,1"]
    data = world.csv(lines)
    batch = received(officer, world, data)
    assert batch.figures["lines"] == batch.figures["refused"] == 2
    assert [line for line, _, _ in batch.refused] == [4, 5]
    assert CareFact.objects.filter(superseded_at=None).count() == before  # nothing counts yet
    with pytest.raises(ReceivedBefore):
        received(officer, world, data)
    done = apply_care_facts(actor=actor_of(officer), batch_id=batch.pk, now=NOW)
    assert done.figures["replaced"] == 14
    assert CareFact.objects.filter(superseded_at=None).count() == before - 12
    assert CareRound.objects.count() == 2
    # Two signs are left of the three that wait for a review: no second question is put.
    assert CareConcern.objects.get().signs == ["encounters", "no_visit", "gaps"]
    with pytest.raises(DecidedBefore):
        drop_care_facts(actor=actor_of(officer), batch_id=batch.pk, now=NOW)


def test_what_no_file_may_be(watch):
    world, officer, _ = watch
    with pytest.raises(NothingReadable, match="line 2"):
        received(officer, world, (HEAD + "x,1,,encounters,1").encode())
    with pytest.raises(NotFromThere):
        received(officer, world, world.year(3), source_id=world.bell.party_id)


def test_a_review_is_kept_with_its_reasons_and_answers_the_same_signs(watch):
    world, officer, director = watch
    concern = CareConcern.objects.get()
    given = {"concern_id": concern.pk, "outcome": "release", "now": NOW}
    who = actor_of(director)
    with pytest.raises(SayWhy):
        review_concern(actor=who, reason="fine", **given)
    inside = make_user("bell@ipa.example", Role.MEDICAL_DIRECTOR)
    inside.grants.create(
        party=world.bell.party, role=Role.PROVIDER, effective_date=date(2026, 1, 1)
    )
    with pytest.raises(OwnPractice):
        review_concern(actor=actor_of(inside), reason="all is well here", **given)
    world.pcps[0].user = director
    world.pcps[0].save(update_fields=["user"])
    with pytest.raises(OwnPractice):
        review_concern(actor=who, reason="all is well here", **given)
    world.pcps[0].user = None
    world.pcps[0].save(update_fields=["user"])
    review_concern(actor=who, reason="visits by telephone", **given | {"outcome": "keep"})
    (hold,) = Hold.objects.live_on_bonuses()
    assert (hold.party_id, hold.stops) == (world.bell.party_id, "bonus")
    with pytest.raises(ReleasedElsewhere):
        release_hold(actor=actor_of(officer), hold_id=hold.pk, text="x", now=NOW)
    review_concern(actor=who, reason="records show the visits", **given)
    with pytest.raises(NotOpen):
        review_concern(actor=who, reason="once more of it", **given)
    assert [one.outcome for one in concern.reviews.all()] == ["release", "keep"]
    assert not Hold.objects.live_on_bonuses().exists()
    again = received(officer, world, world.year(1))
    apply_care_facts(actor=actor_of(officer), batch_id=again.pk, now=NOW)
    assert CareConcern.objects.count() == 1  # the same signs were answered this month
    with pytest.raises(DatabaseError), transaction.atomic():
        concern.reviews.update(reason="other")


def test_pages_show_the_signs_and_open_each_number(watch):
    world, officer, director = watch
    reader, concern = client_of(director), CareConcern.objects.get()
    page = reader.get(here("care_watch")).content.decode()
    assert "Watched0, Ana" in page
    assert "7 compared, 1 ask for a look; Watched0, Ana: 0.17×" in page
    assert reader.get(here("care_watch") + "?show=held&format=csv").status_code == 200
    detail = reader.get(here("care_pcp", world.pcps[0].pk)).content.decode()
    assert "166.7 per 1,000" in detail
    assert "15.4 to 35.7" in detail
    reading = CareReading.objects.get(practitioner=world.pcps[0], sign="no_visit")
    opened = reader.get(here("care_reading", reading.pk)).content.decode()
    assert "Members without a visit" in opened
    unseen = {one.pk for one in world.members[0][2:]}
    assert set(AccessEvent.objects.latest("pk").member_ids) == unseen
    form = {"outcome": "release", "reason": "records show the visits"}
    assert reader.post(here("care_review", concern.pk), form).status_code == 302
    assert "Released" in reader.get(here("care_pcp", world.pcps[0].pk)).content.decode()
    assert client_of(officer).post(here("care_review", concern.pk), form).status_code == 403


def test_answers_readmissions_and_who_moves_away_are_read_exactly(watch):
    world, officer, director = watch
    first, other = world.pcps[0], world.pcps[1]
    no, again = batch(), batch()
    # Five of twelve members have little risk and five have much; of these four leave the first.
    for members in world.members:
        for place, one in enumerate(members):
            risk = Decimal(["0.5", "1.0", "2.0"][(place > 4) + (place > 6)])
            fact(RiskScore, no, date(2026, 1, 1), member=one, score=risk)
    for one in (*world.members[0][7:11], world.members[0][0]):
        row = PcpAssignment.objects.get(member=one)
        supersede(row, again)
        given = {"member": one, "assigned_by": "member"}
        fact(PcpAssignment, again, date(2025, 1, 1), date(2026, 5, 20), practitioner=first, **given)
        fact(PcpAssignment, again, date(2026, 5, 20), None, practitioner=other, **given)
    lines = []
    for place, pcp in enumerate(world.pcps):
        late = 30 if place == 0 else 2
        lines += [f"2026-10,{pcp.npi},,referrals_decided,40",
                  f"2026-10,{pcp.npi},,referrals_late,{late}",
                  f"2026-10,{pcp.npi},,referral_hours,{late * 200}"]  # fmt: skip
        for n, one in enumerate(world.members[place]):
            back = int(n < (6 if place == 0 else 1))
            lines += [f"2026-09,,{one.plan_member_id},discharges,1",
                      f"2026-09,,{one.plan_member_id},readmissions,{back}"]  # fmt: skip
    told = received(officer, world, world.csv(lines), name="more.csv")
    apply_care_facts(actor=actor_of(officer), batch_id=told.pk, now=NOW)
    found = {
        row.sign: row for row in CareReading.objects.filter(practitioner=first, round__batch=told)
    }
    late, back, risk = found["late_answers"], found["readmitted"], found["panel_risk"]
    assert (late.count, late.base, late.expected, late.state) == (30, 40, 2, "asks for a look")
    # Whom a line without an NPI is about had moved by September: seven stayed.
    assert (back.count, back.base, back.why) == (5, 7, "fewer than 10 to count of")
    assert (risk.count, risk.base, risk.why) == (4, 5, "fewer than 10 to count of")
    assert members_moved(first.pk, OCTOBER) == [one.pk for one in world.members[0][7:11]]
    reader = client_of(director)
    page = reader.get(here("care_reading", late.pk)).content.decode()
    assert "6000 hours of 40 decided" in page
    file = reader.get(here("care_reading", late.pk), {"export": "csv", "list": "months"})
    assert b"2026-10,30,40,6000" in b"".join(file.streaming_content)
    peers = CareReading.objects.get(practitioner=other, sign="readmitted", round__batch=told)
    assert (peers.count, peers.base) == (2, 17)
    opened = reader.get(here("care_reading", peers.pk)).content.decode()
    assert "Members counted" in opened
    assert len(AccessEvent.objects.latest("pk").member_ids) == 2


def test_a_practice_reads_its_own_pcps_alone(watch):
    world, _, _ = watch
    mine = client_of(make_user("bell@bell.example", Role.PROVIDER, party=world.bell.party))
    page = mine.get(here("own_care")).content.decode()
    assert "Watched0" in page
    assert "The medical director looks at this" in page
    assert "Watched1" not in page
    assert mine.get(here("care_pcp", world.pcps[0].pk)).status_code == 403


def test_a_file_is_looked_at_before_it_counts(watch):
    world, officer, _ = watch
    browser = client_of(officer)
    form = {"source": world.payer.pk, "file": SimpleUploadedFile("c.csv", world.year(4))}
    answer = browser.post(here("care_file_new"), form)
    assert answer.status_code == 302
    page = browser.get(answer.url).content.decode()
    assert "Let it count" in page
    assert "Facts replaced" in page
    batch = CareBatch.objects.first()
    answer = browser.post(here("care_file_go", batch.pk), {"do": "drop"}, follow=True)
    assert "Put aside" in answer.content.decode()
    assert CareRound.objects.count() == 1
    assert browser.get(here("care_file_bytes", batch.pk)).status_code == 200
    assert "c.csv" in browser.get(here("care_file_list")).content.decode()
