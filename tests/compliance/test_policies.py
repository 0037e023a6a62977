"""Policies by two approvals, and attestations of exact bytes."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core import mail
from django.db import transaction
from django.db.utils import DatabaseError
from django.urls import reverse

from compliance.actions.campaigns import (
    AnsweredWrong,
    AttestedBefore,
    NobodyAsked,
    NotAsked,
    OtherBytes,
    PolicyNotApproved,
    TooSoon,
    attest,
    launch_campaign,
    step_campaigns,
)
from compliance.actions.policies import (
    ApprovedBefore,
    CodeTaken,
    DraftWaits,
    InForceAlready,
    NotThis,
    OtherWords,
    OwnWords,
    approve_version,
    change_draft,
    draft_version,
    submit_version,
    withdraw_version,
)
from compliance.models import Attestation, Campaign, CampaignPerson, PolicyVersion
from compliance.rules.attestations import read_questions
from ipaportal.core.actors import Actor
from ipaportal.core.roles import Role
from tests.people import actor_of, client_of, make_party, make_user

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
TODAY = NOW.date()


@pytest.fixture
def people() -> list[Actor]:
    """Who writes, and two who approve."""
    make_party()
    roles = (Role.NETWORK_ADMIN, Role.COMPLIANCE_OFFICER, Role.MEDICAL_DIRECTOR)
    return [actor_of(make_user(f"{role}@ipa.example", role)) for role in roles]


def drafted(actor: Actor, text: str = "Nobody bills what was not done.", **more) -> PolicyVersion:
    data = {"code": "COMP-01", "title": "Billing", "change": "", "effective_date": TODAY}
    if "policy_id" in more:
        data |= {"code": "", "title": ""}
    return draft_version(actor=actor, text=text, now=NOW, **data | more)


def approved(people: list[Actor], **more) -> PolicyVersion:
    version = drafted(people[0], **more)
    submit_version(actor=people[0], version_id=version.pk, now=NOW)
    for actor in people[1:]:
        version = approve_version(
            actor=actor, version_id=version.pk, seen_digest=version.sha256, now=NOW
        )
    return version


def test_two_others_put_words_in_force_and_newer_ones_replace_them(people):
    first = approved(people)
    assert first.status == PolicyVersion.Status.APPROVED
    with pytest.raises(CodeTaken):
        drafted(people[0])
    second = approved(people, policy_id=first.policy_id, text="Newer.",
                      effective_date=TODAY + timedelta(days=30))  # fmt: skip
    assert second.number == 2
    page = client_of(make_user("x@ipa.example", Role.FINANCE))
    url = reverse("compliance:policy_detail", args=[first.policy_id])
    assert "Nobody bills" in page.get(url).content.decode()
    later = page.get(url, {"on": f"{TODAY + timedelta(days=30)}"}).content.decode()
    assert "Newer." in later
    assert "Nobody bills" not in later
    before = page.get(url, {"on": f"{TODAY - timedelta(days=1)}"}).content.decode()
    assert "No words were in force" in before


def test_nobody_approves_their_own_or_twice_or_other_words(people):
    version = drafted(people[1])
    yes = {"version_id": version.pk, "now": NOW}
    with pytest.raises(NotThis):
        approve_version(actor=people[2], seen_digest=version.sha256, **yes)
    submit_version(actor=people[0], version_id=version.pk, now=NOW)
    with pytest.raises(OwnWords):
        approve_version(actor=people[1], seen_digest=version.sha256, **yes)
    with pytest.raises(OtherWords):
        approve_version(actor=people[2], seen_digest="0" * 64, **yes)
    approve_version(actor=people[2], seen_digest=version.sha256, **yes)
    with pytest.raises(ApprovedBefore):
        approve_version(actor=people[2], seen_digest=version.sha256, **yes)
    with pytest.raises(NotThis):
        change_draft(actor=people[0], version_id=version.pk, text="else", change="",
                     effective_date=TODAY, now=NOW)  # fmt: skip
    with pytest.raises(DraftWaits):
        drafted(people[0], policy_id=version.policy_id)


def test_the_database_keeps_the_words_whatever_the_code_says(people):
    version = drafted(people[0])
    with pytest.raises(DatabaseError), transaction.atomic():
        PolicyVersion.objects.filter(pk=version.pk).update(status="approved")
    submit_version(actor=people[0], version_id=version.pk, now=NOW)
    for change in ({"text": "else"}, {"status": "draft"}, {"status": "approved"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            PolicyVersion.objects.filter(pk=version.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        version.approvals.create(
            content_sha256=version.sha256, approved_at=NOW, approved_by_id=people[0].user_id,
            approved_by_name="x",
        )  # fmt: skip


def test_what_is_in_force_is_replaced_and_not_withdrawn(people):
    version = approved(people)
    data = {"actor": people[0], "version_id": version.pk, "reason": "no", "now": NOW}
    with pytest.raises(InForceAlready):
        withdraw_version(**data, today=TODAY)
    assert withdraw_version(**data, today=TODAY - timedelta(days=1)).status == "withdrawn"
    with pytest.raises(NotThis):
        withdraw_version(**data, today=TODAY - timedelta(days=1))


def launched(actor: Actor, **more) -> Campaign:
    data = {
        "kind": "training", "title": "HIPAA", "text": "Tell nobody.", "questions": [],
        "roles": [Role.FINANCE], "due_date": TODAY + timedelta(days=40),
    }  # fmt: skip
    return launch_campaign(actor=actor, now=NOW, **data | more)


def yes(actor: Actor, person: CampaignPerson, **more) -> Attestation:
    data = {
        "seen_digest": person.campaign.content_sha256, "answers": {}, "statement": "",
        "signed_in_by": "password",
    }  # fmt: skip
    return attest(actor=actor, person_id=person.pk, now=NOW, **data | more)


def test_asks_whoever_has_the_role_that_day_and_nobody_who_comes_later(people):
    quinn, later = make_user("quinn@ipa.example", Role.FINANCE), None
    with pytest.raises(NobodyAsked):
        launched(people[1], roles=[Role.PURCHASING])
    with pytest.raises(TooSoon):
        launched(people[1], due_date=TODAY - timedelta(days=1))
    campaign = launched(people[1])
    later = make_user("later@ipa.example", Role.FINANCE)
    assert [one.user for one in campaign.people.all()] == [quinn]
    person = campaign.people.get()
    with pytest.raises(NotAsked):
        yes(actor_of(later), person)
    yes(actor_of(quinn), person)
    with pytest.raises(AttestedBefore):
        yes(actor_of(quinn), person)


def test_an_attestation_stays_bound_to_the_bytes_that_were_read(people):
    quinn = make_user("quinn@ipa.example", Role.FINANCE)
    version = approved(people)
    campaign = launched(people[1], version_id=version.pk, kind="policy")
    person = campaign.people.get()
    with pytest.raises(OtherBytes):
        yes(actor_of(quinn), person, seen_digest="0" * 64)
    said = yes(actor_of(quinn), person)
    newer = approved(people, policy_id=version.policy_id, text="Newer.",
                     effective_date=TODAY)  # fmt: skip
    again = launched(people[1], version_id=newer.pk, kind="policy")
    said.refresh_from_db()
    assert said.content_sha256 == campaign.content_sha256 != again.content_sha256
    assert not Attestation.objects.filter(person__campaign=again).exists()
    for attack in (
        lambda: Attestation.objects.filter(pk=said.pk).update(content_sha256="0" * 64),
        lambda: Campaign.objects.filter(pk=campaign.pk).update(text="else"),
        lambda: Attestation.objects.create(
            person=again.people.get(), content_sha256="0" * 64, attested_at=NOW,
            attested_by_name="x", signed_in_by="x",
        ),
    ):  # fmt: skip
        with pytest.raises(DatabaseError), transaction.atomic():
            attack()


def test_only_approved_words_are_asked(people):
    make_user("quinn@ipa.example", Role.FINANCE)
    with pytest.raises(PolicyNotApproved):
        launched(people[1], version_id=drafted(people[0]).pk)


def test_every_answer_has_to_be_right_and_a_wrong_try_leaves_nothing(people):
    quinn = actor_of(make_user("quinn@ipa.example", Role.FINANCE))
    asked = read_questions("May you? | yes | *no")[0]
    person = launched(people[1], questions=asked).people.get()
    with pytest.raises(AnsweredWrong, match="question 1"):
        yes(quinn, person, answers={0: 0})
    assert not Attestation.objects.exists()
    assert yes(quinn, person, answers={0: 1}).answers == {"0": 1}


def test_reminds_each_once_until_they_attest(people, django_capture_on_commit_callbacks):
    users = [make_user(f"{name}@ipa.example", Role.FINANCE) for name in ("ann", "bea")]
    campaign = launched(people[1])
    due = campaign.due_date
    yes(actor_of(users[0]), campaign.people.get(user=users[0]))

    def at(left: int) -> int:
        with django_capture_on_commit_callbacks(execute=True):
            return step_campaigns(datetime.combine(due - timedelta(days=left), NOW.time(), UTC))

    assert [at(left) for left in (31, 30, 29, 14, 7, 0, -1, -2)] == [0, 1, 0, 1, 1, 0, 1, 0]
    assert {to for one in mail.outbox for to in one.to} == {"bea@ipa.example"}
    assert "was due" in mail.outbox[-1].body


def test_a_doctor_reads_and_attests_what_they_are_asked(people):
    practice = make_party(kind="practice", name="Bell Clinic")
    doctor = make_user("bell@bell.example", Role.PROVIDER, party=practice)
    asked = read_questions("May you? | yes | *no")[0]
    person = launched(people[1], roles=[Role.PROVIDER], questions=asked).people.get()
    client, url = client_of(doctor), reverse("compliance:attest", args=[person.pk])
    assert "HIPAA" in client.get(reverse("compliance:my_attestations")).content.decode()
    page = client.get(url).content.decode()
    assert "Tell nobody." in page
    assert page.count('type="radio"') == 2
    other = client_of(make_user("else@else.example", Role.PROVIDER,
                                party=make_party(kind="practice", name="Else")))  # fmt: skip
    assert other.get(url).status_code == 404
    officer = client_of(make_user("o@ipa.example", Role.COMPLIANCE_OFFICER))
    detail = reverse("compliance:campaign_detail", args=[person.campaign_id])
    assert "0 of 1" in officer.get(detail).content.decode()
    yes(actor_of(doctor), person, answers={0: 1})
    assert "1 of 1" in officer.get(detail).content.decode()
    assert "You attested this" in client.get(url).content.decode()
    assert person.campaign.due_date > date(2026, 1, 1)
