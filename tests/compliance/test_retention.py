"""What is kept, what may go, and that a hold beats every way of deleting."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core import mail
from django.db import connection, transaction
from django.db.models.deletion import ProtectedError
from django.db.utils import DatabaseError
from django.urls import reverse

from capitation.models import Contract, PlanFile
from compliance.actions.holds import (
    NobodyTold,
    NotTold,
    ReleasedBefore,
    acknowledge_hold,
    place_hold,
    release_hold,
    step_reminders,
)
from compliance.actions.purges import (
    ApprovedBefore,
    NothingDue,
    NotOpen,
    OpenAlready,
    OtherList,
    OwnProposal,
    approve_purge,
    preview,
    propose_purge,
    reject_purge,
    step_purges,
)
from compliance.models import Audit, AuditStep, LegalHold, Purge, PurgeApproval, PurgeItem
from compliance.queries.retention import kept
from credentialing.models import Document, Participation
from ipaportal.audit.models import DomainEvent, Salt
from ipaportal.audit.shredding import KeptByHold, shred
from ipaportal.core.actors import Actor
from ipaportal.core.files import FileForgotten, is_stored, read_stored, store
from ipaportal.core.roles import Role
from tests.databases import acting_as
from tests.factories import batch, fact, make_contract, make_practice, make_practitioner, supersede
from tests.people import actor_of, client_of, make_user

pytestmark = pytest.mark.django_db
NOW = datetime(2036, 12, 31, 12, tzinfo=UTC)
LAST = datetime(2026, 12, 31, 12, tzinfo=UTC)


def a_plan_file(contract: Contract, text: bytes, at: datetime = LAST) -> PlanFile:
    kept_as = store(text)
    return PlanFile.objects.create(
        payer=contract.payer, contract=contract, name=f"{text.decode()}.834",
        sha256=kept_as.sha256, size=kept_as.size, status="applied", received_at=at,
        received_by_name="test",
    )  # fmt: skip


def over(contract: Contract) -> None:
    Contract.objects.filter(pk=contract.pk).update(is_active=False)


@pytest.fixture
def ended() -> Contract:
    """A plan whose only contract is over, with two files."""
    contract = make_contract()
    a_plan_file(contract, b"early", LAST - timedelta(days=400))
    a_plan_file(contract, b"last")
    over(contract)
    return contract


@pytest.fixture
def three() -> list[Actor]:
    """A compliance officer who proposes, and two who agree."""
    roles = (Role.COMPLIANCE_OFFICER, Role.NETWORK_ADMIN, Role.FINANCE_APPROVER)
    return [actor_of(make_user(f"{role}@ipa.example", role)) for role in roles]


def proposed(actor: Actor, now: datetime = NOW) -> Purge:
    digest = preview("plan_file", now.date()).digest
    return propose_purge(actor=actor, kind="plan_file", seen_digest=digest, now=now)


def agreed(three: list[Actor]) -> Purge:
    purge = proposed(three[0])
    for actor in three[1:]:
        purge = approve_purge(
            actor=actor, purge_id=purge.pk, seen_digest=purge.items_sha256, now=NOW
        )
    return purge


def hold_on(actor: Actor, **over: object) -> LegalHold:
    data = {"matter": "Case 7", "reason": "a dispute", "kinds": [], "party_id": None,
            "practitioner_id": None, "custodian_ids": [actor.user_id]}  # fmt: skip
    return place_hold(actor=actor, **data | over, now=NOW)


def test_a_plans_years_begin_with_its_last_file_once_no_contract_is_in_force():
    contract = make_contract()
    a_plan_file(contract, b"early", LAST - timedelta(days=400))
    a_plan_file(contract, b"last")
    assert {one.kept_until for one in kept("plan_file")} == {None}
    over(contract)
    assert {one.kept_until for one in kept("plan_file")} == {date(2036, 12, 31)}
    assert preview("plan_file", date(2036, 12, 30)).listed == []
    assert len(preview("plan_file", date(2036, 12, 31)).listed) == 2


def test_an_audit_of_the_plan_keeps_its_files_until_it_is_closed_and_ten_years_more(ended):
    said = {"recorded_at": LAST, "recorded_by_name": "test"}
    audit = Audit.objects.create(
        kind="plan", party=ended.payer.party, title="Delegation", function="claims", scope="all",
        first_date=LAST, last_date=LAST, notice_date=LAST, contact_name="A. Plan", **said,
    )  # fmt: skip
    AuditStep.objects.create(audit=audit, place=1, state="noticed", **said)
    assert {one.kept_until for one in kept("plan_file")} == {None}
    later = said | {"recorded_at": LAST + timedelta(days=59)}
    AuditStep.objects.create(audit=audit, place=2, state="closed", **later)
    assert {one.kept_until for one in kept("plan_file")} == {date(2037, 2, 28)}


def test_a_documents_years_begin_when_nobody_lists_its_practitioner():
    who, practice, payer = make_practitioner(), make_practice(), make_contract().payer.party
    text = store(b"licence")
    paper = Document.objects.create(
        practitioner=who, kind="licence", name="licence.pdf", content_type="application/pdf",
        sha256=text.sha256, size=text.size, uploaded_by_name="test", uploaded_at=LAST,
    )  # fmt: skip
    assert [one.kept_until for one in kept("document")] == [date(2036, 12, 31)]
    row = fact(Participation, batch(), date(2026, 1, 1), practitioner=who, practice=practice,
               payer_party=payer)  # fmt: skip
    (one,) = kept("document")
    assert (one.kept_until, one.practitioner_id) == (None, who.pk)
    assert set(one.party_ids) == {practice.party_id, payer.pk}
    supersede(row, batch())
    fact(Participation, batch(), date(2026, 1, 1), date(2028, 3, 1), practitioner=who,
         practice=practice, payer_party=payer)  # fmt: skip
    assert [one.kept_until for one in kept("document")] == [date(2038, 3, 1)]
    assert paper.sha256 == one.sha256


def test_two_others_agree_and_the_clock_deletes_and_certifies(ended, three):
    early, last = PlanFile.objects.order_by("received_at")
    purge = agreed(three)
    assert is_stored(early.sha256)
    assert step_purges(NOW) == 1
    purge.refresh_from_db()
    assert purge.status == Purge.Status.DONE
    for row in (early, last):
        assert not is_stored(row.sha256)
        with pytest.raises(FileForgotten, match=f"under certificate {purge.pk}"):
            read_stored(row.sha256)
    said = json.loads(read_stored(purge.certificate_sha256))
    assert {one[2] for one in said["deleted"]} == {early.sha256, last.sha256}
    assert [who for who, _ in said["agreed"]] == [actor.name for actor in three[1:]]
    assert said["list"] == purge.items_sha256
    # The rows stay, nothing is due twice, and the same bytes may come again.
    assert PlanFile.objects.count() == 2
    assert kept("plan_file") == []
    assert step_purges(NOW) == 0
    assert read_stored(store(b"early").sha256) == b"early"


def test_what_was_killed_half_way_goes_on(ended, three, monkeypatch):
    purge = agreed(three)
    monkeypatch.setattr("compliance.actions.purges._delete_bytes", lambda purge: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        step_purges(NOW)
    monkeypatch.undo()
    assert PlanFile.objects.filter(sha256__in=[i.sha256 for i in purge.items.all()]).count() == 2
    assert step_purges(NOW) == 1
    assert not any(is_stored(item.sha256) for item in purge.items.all())
    purge.refresh_from_db()
    assert len(json.loads(read_stored(purge.certificate_sha256))["deleted"]) == 2


def test_bytes_that_another_record_needs_stay(ended, three):
    other = make_contract("MOON")
    same = a_plan_file(other, b"early", NOW)
    agreed(three)
    step_purges(NOW)
    assert read_stored(same.sha256) == b"early"
    assert PurgeItem.objects.exclude(purged_at=None).count() == 2


def test_nobody_agrees_to_their_own_or_twice_or_to_another_list(ended, three):
    purge = proposed(three[0])
    common = {"purge_id": purge.pk, "now": NOW}
    with pytest.raises(OwnProposal):
        approve_purge(actor=three[0], seen_digest=purge.items_sha256, **common)
    with pytest.raises(OtherList):
        approve_purge(actor=three[1], seen_digest="0" * 64, **common)
    approve_purge(actor=three[1], seen_digest=purge.items_sha256, **common)
    with pytest.raises(ApprovedBefore):
        approve_purge(actor=three[1], seen_digest=purge.items_sha256, **common)
    assert step_purges(NOW) == 0
    reject_purge(actor=three[2], reason="not yet", **common)
    with pytest.raises(NotOpen):
        approve_purge(actor=three[2], seen_digest=purge.items_sha256, **common)
    assert step_purges(NOW) == 0
    assert proposed(three[0]).pk != purge.pk


def test_lists_once_and_only_what_was_seen(ended, three):
    with pytest.raises(OtherList):
        propose_purge(actor=three[0], kind="plan_file", seen_digest="", now=NOW)
    with pytest.raises(NothingDue, match="none is due"):
        proposed(three[0], NOW - timedelta(days=1))
    proposed(three[0])
    with pytest.raises(OpenAlready):
        proposed(three[0])


def test_a_hold_keeps_what_it_covers_before_and_after_it_was_agreed(ended, three):
    hold = hold_on(three[0], party_id=ended.payer.party_id)
    with pytest.raises(NothingDue, match="covers all 2"):
        proposed(three[0])
    release_hold(actor=three[0], hold_id=hold.pk, reason="settled", now=NOW)
    with pytest.raises(ReleasedBefore):
        release_hold(actor=three[0], hold_id=hold.pk, reason="again", now=NOW)
    purge = agreed(three)
    hold_on(three[0], kinds=["plan_file"])
    step_purges(NOW)
    assert all(is_stored(item.sha256) for item in purge.items.all())
    assert {item.spared_because for item in purge.items.all()} == {"legal hold “Case 7”"}
    assert kept("plan_file") != []


def refused(statement: str, *values: object) -> bool:
    """Whether the database refuses a statement."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, values)
    except DatabaseError:
        return True
    return False


@pytest.mark.parametrize("role", ["app", "owner"])
def test_a_hold_beats_every_way_of_deleting(ended, three, role):
    purge = agreed(three)
    hold_on(three[0], kinds=["plan_file"])
    item, row = purge.items.first(), PlanFile.objects.first()
    tables = ("capitation_planfile", "credentialing_document", "credentialing_roster",
              "credentialing_planroster", "compliance_purgeitem", "compliance_legalhold",
              "compliance_purgeapproval", "compliance_purge")  # fmt: skip

    def attack() -> None:
        with pytest.raises((DatabaseError, ProtectedError)), transaction.atomic():
            row.delete()
        with pytest.raises((DatabaseError, ProtectedError)), transaction.atomic():
            PlanFile.objects.all().delete()
        with pytest.raises(DatabaseError), transaction.atomic():
            PurgeItem.objects.filter(pk=item.pk).update(purged_at=NOW)
        assert refused("DELETE FROM capitation_planfile WHERE id = %s", row.pk)
        assert refused("UPDATE compliance_legalhold SET kinds = '{roster}'")
        for table in tables:
            assert refused(f"TRUNCATE {table} CASCADE"), table

    if role == "owner":
        with acting_as():
            attack()
    else:
        attack()
    assert step_purges(NOW) == 1
    assert is_stored(item.sha256)


def test_a_hold_keeps_every_salt_of_evidence_from_whoever_asks(three):
    leaf_ids = list(Salt.objects.order_by("-pk").values_list("pk", flat=True)[:2])
    given = {"actor": three[0], "leaf_ids": leaf_ids[:1], "reason": "a request", "now": NOW}
    hold = hold_on(three[0], kinds=["roster"])
    with pytest.raises(KeptByHold, match="Nothing was deleted"):
        shred(**given)
    assert not DomainEvent.objects.filter(action="audit.leaves.shredded").exists()
    # Nor by those who need no code of ours.
    with acting_as():
        assert refused("DELETE FROM audit_salt WHERE leaf_id = %s", leaf_ids[0])
        assert refused("TRUNCATE audit_salt")
    assert Salt.objects.filter(pk__in=leaf_ids).count() == 2
    release_hold(actor=three[0], hold_id=hold.pk, reason="settled", now=NOW)
    assert shred(**given) == 1


def test_the_database_asks_for_two_others_whatever_the_code_says(ended, three):
    purge = proposed(three[0])
    said = {"purge": purge, "approved_at": NOW, "approved_by_name": "x"}
    for who, digest in ((three[0].user_id, purge.items_sha256), (three[1].user_id, "0" * 64)):
        with pytest.raises(DatabaseError), transaction.atomic():
            PurgeApproval.objects.create(**said, approved_by_id=who, items_sha256=digest)
    PurgeApproval.objects.create(
        **said, approved_by_id=three[1].user_id, items_sha256=purge.items_sha256
    )
    Purge.objects.filter(pk=purge.pk).update(status="approved")
    with pytest.raises(DatabaseError), transaction.atomic():
        purge.items.update(purged_at=NOW)


def test_who_is_told_says_yes_or_is_reminded_once(three, django_capture_on_commit_callbacks):
    with pytest.raises(NobodyTold):
        hold_on(three[0], custodian_ids=[])
    with django_capture_on_commit_callbacks(execute=True):
        hold = hold_on(three[0], custodian_ids=[three[1].user_id, three[2].user_id])
    assert len(mail.outbox) == 2
    assert "Case 7" not in mail.outbox[0].body + mail.outbox[0].subject
    acknowledge_hold(actor=three[1], hold_id=hold.pk, now=NOW)
    with pytest.raises(NotTold):
        acknowledge_hold(actor=three[0], hold_id=hold.pk, now=NOW)
    assert step_reminders(NOW + timedelta(days=7, seconds=-1)) == 0
    with django_capture_on_commit_callbacks(execute=True):
        assert step_reminders(NOW + timedelta(days=7)) == 1
    assert [one.to for one in mail.outbox[2:]] == [["finance_approver@ipa.example"]]
    assert step_reminders(NOW + timedelta(days=30)) == 0


def test_pages_from_due_to_certificate(ended, three):
    officer, second, third = (
        client_of(make_user(f"{n}@page.example", role))
        for n, role in enumerate(
            (Role.COMPLIANCE_OFFICER, Role.NETWORK_ADMIN, Role.FINANCE_APPROVER)
        )
    )
    page = officer.get(reverse("compliance:retention")).content.decode()
    assert "Plans&#x27; files" in page
    assert "Nothing was ever deleted" in page
    page = officer.get(reverse("compliance:purge_new", args=["plan_file"])).content.decode()
    assert "None may go today" in page
    for client in (second, third):
        assert client.get(reverse("compliance:legal_hold_list")).status_code == 200
    assert third.get(reverse("compliance:legal_hold_new")).status_code == 403
    answer = officer.post(
        reverse("compliance:legal_hold_new"),
        {"matter": "Case 8", "reason": "an audit", "custodians": [three[1].user_id]},
    )
    assert answer.status_code == 302
    assert "Case 8" in officer.get(answer.url).content.decode()
    hidden = client_of(make_user("else@page.example", Role.FINANCE))
    assert hidden.get(answer.url).status_code == 404
