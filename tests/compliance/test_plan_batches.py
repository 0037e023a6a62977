"""Encounters passed on to a plan: once, answered claim by claim, and sent again when rejected."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, IntegrityError, transaction
from django.urls import reverse

from compliance.actions.plan_batches import (
    AnswerRefused,
    BatchChanged,
    NothingToPass,
    NotRejected,
    SameAnswerAgain,
    pass_on,
    read_plan_answer,
    send_again,
)
from compliance.formats.acknowledgements import (
    VERSION_277,
    VERSION_999,
    Answer,
    Batch,
    groups_of,
    write_277ca,
    write_999,
)
from compliance.formats.claim_answers import read_answer
from compliance.formats.claims_837 import read
from compliance.models import PlanAnswerFile, PlanBatch, PlanBatchRow
from compliance.queries.plan_batches import batch_digest, batches, to_pass_on
from compliance.rules.passing import frequency
from credentialing.models import Location
from ipaportal.core.files import read_stored
from ipaportal.core.roles import Role
from ipaportal.core.x12_writing import Interchange
from tests.capitation.worlds import QUINN
from tests.compliance.claimfiles import NOON, a_line
from tests.compliance.claiming import NOV_2, make_priced_world, of_bell, take_in
from tests.kept import kept
from tests.people import make_user
from tests.stories.attacks import signed_in_afresh, text_of

pytestmark = pytest.mark.django_db
LATER = NOV_2 + timedelta(days=1)


def encounter(world, ref, *lines, **changes):
    given = {"subscriber_ref": "M-ANN", "is_capitated": True} | changes
    return of_bell(world, ref, *(lines or (a_line(f"9921{ref[-1]}"),)), **given)


@kept
def world():
    """Two encounters of Ann that wait for the plan, and a claim that is ready and does not."""
    made = make_priced_world()
    made.first = take_in(made, encounter(made, "E1"), encounter(made, "E2"), of_bell(made, "C1"))
    return made


def send(world, now=NOV_2) -> PlanBatch:
    payer = world.contract.payer_id
    return pass_on(
        actor=QUINN, payer_id=payer, seen_digest=batch_digest(to_pass_on(payer)), now=now
    )


def test_says_where_who_bills_is_and_whom_to_ask(world, settings):
    settings.IPA_PHONE = "8315550100"
    Location.objects.create(
        practice=world.bell, line="1 A St", city="Bay", state="CA", zip_code="93940-1234"
    )
    text = read_stored(send(world).sha256).decode().replace("\n", "")
    assert "*TE*8315550100~" in text
    assert text.count("~N3*1 A St~N4*Bay*CA*939401234~REF*EI*") == 2


def answer(*said: tuple[str, bool], number: int = 1) -> bytes:
    """A plan's 277CA about claims by our numbers."""
    rows = tuple(
        Answer(ref, f"PLAN-{ref}", "", "", "M-ANN", "A2:20" if is_taken else "A7:21", 120_00,
               None, None, is_taken, "" if is_taken else "The diagnosis is not coded")
        for ref, is_taken in said
    )  # fmt: skip
    return write_277ca(
        Interchange("PLAN1", "VALLEYIPA", NOON, number, "HN", VERSION_277), payer=("Plan", "P1"),
        sender=("Valley IPA", "VALLEYIPA"), file_ref="1", received_on=NOON.date(),
        batches=[Batch("Bell Clinic", "1234567893", rows)],
    )  # fmt: skip


def take(world, data: bytes, now=LATER) -> PlanAnswerFile:
    return read_plan_answer(
        actor=QUINN, payer_id=world.contract.payer_id, file_name="a.277", data=data, now=now
    )


def states(batch: PlanBatch) -> list[tuple[str, str]]:
    rows = batch.rows.order_by("pk").select_related("claim")
    return [(row.claim.ref, row.state) for row in rows]


@pytest.mark.parametrize(
    ("own", "known", "goes_as"),
    [("1", False, "1"), ("1", True, "7"), ("7", False, "1"), ("7", True, "7"),
     ("8", True, "8"), ("8", False, None)],
)  # fmt: skip
def test_goes_as_what_the_plan_knows_of_it(own, known, goes_as):
    assert frequency(own, plan_has_it=known) == goes_as


def test_reads_only_what_a_277ca_says_of_claims():
    found = read_answer(answer(("7-1", True), ("7-2", False)))
    assert (found.kind, found.problems) == ("277", [])
    assert [(one.ref, one.is_accepted, one.codes) for one in found.claims] == [
        ("7-1", True, ["A2:20"]), ("7-2", False, ["A7:21"]),
    ]  # fmt: skip
    assert [one.plan_number for one in found.claims] == ["PLAN-7-1", ""]
    assert [one.code for one in read_answer(b"no file").problems if one.severity == "refused"]
    assert read_answer(answer(("1", True)).replace(b"A2:20", b"D0:20")).claims[0].is_said is False


def test_what_waits_goes_once_in_one_file(world):
    batch = send(world)
    assert (batch.claims, batch.charge_cents, batch.number) == (2, 240_00, 1)
    sent = read(read_stored(batch.sha256))
    assert [(one.ref, one.frequency, one.is_capitated) for one in sent.claims] == [
        (row.claim.number, "1", True) for row in batch.rows.select_related("claim")
    ]
    assert not sent.problems
    with pytest.raises(NothingToPass, match="Nothing was sent"):
        send(world)
    again = PlanBatch.objects.create(
        payer=world.contract.payer, number=2, claims=1, charge_cents=1, made_at=NOV_2
    )
    claim = batch.rows.first().claim
    with pytest.raises(IntegrityError), transaction.atomic():
        PlanBatchRow.objects.create(batch=again, claim=claim, frequency="1")
    take_in(world, encounter(world, "E3"), number=8)
    with pytest.raises(BatchChanged):
        pass_on(actor=QUINN, payer_id=world.contract.payer_id, seen_digest="0", now=NOV_2)


def test_answers_say_of_each_claim_and_count_in_is_out(world):
    batch = send(world)
    one, two = (row.claim.number for row in batch.rows.select_related("claim"))
    data = answer((one, True), (two, False), ("nobody", True))
    file = take(world, data)
    assert (file.named, file.accepted, file.rejected, file.unknown) == (3, 1, 1, 1)
    assert "does not wait" in file.problems[0][1]
    assert states(batch) == [("E1", "accepted"), ("E2", "rejected")]
    rejected = batch.rows.get(state="rejected")
    assert (rejected.codes, rejected.words) == ("A7:21", "The diagnosis is not coded")
    with pytest.raises(SameAnswerAgain):
        take(world, data)
    # What was answered is not answered otherwise.
    other = take(world, answer((one, False), number=2))
    assert (other.rejected, other.unknown) == (0, 1)
    with pytest.raises(DatabaseError), transaction.atomic():
        batch.rows.filter(state="accepted").update(state="rejected")
    (counted,) = batches()
    assert (counted.accepted, counted.rejected, counted.waiting) == (1, 1, 0)


def test_a_rejected_claim_goes_again_only_when_somebody_lets_it(world):
    batch = send(world)
    one, two = batch.rows.select_related("claim")
    take(world, answer((one.claim.number, True), (two.claim.number, False)))
    assert to_pass_on(world.contract.payer_id) == []
    with pytest.raises(NotRejected):
        send_again(actor=QUINN, row_id=one.pk, now=LATER)
    send_again(actor=QUINN, row_id=two.pk, now=LATER)
    with pytest.raises(NotRejected):
        send_again(actor=QUINN, row_id=two.pk, now=LATER)
    assert states(send(world, LATER)) == [("E2", "sent")]


def test_a_999_that_rejects_the_file_rejects_each_claim(world):
    batch = send(world)
    (group,) = groups_of(read_stored(batch.sha256))
    head = Interchange("PLAN1", "VALLEYIPA", NOON, 3, "FA", VERSION_999)
    taken = take(world, write_999(head, group, []))
    assert (taken.named, states(batch)[0][1]) == (0, "sent")
    file = take(world, write_999(head, group, ["se01"]))
    assert (file.kind, file.rejected) == ("999", 2)
    assert {state for _, state in states(batch)} == {"rejected"}
    with pytest.raises(AnswerRefused, match="Nothing was changed"):
        take(world, read_stored(batch.sha256))


def test_what_replaces_or_voids_what_the_plan_has_says_so(world):
    batch = send(world)
    one, two = batch.rows.select_related("claim")
    later = encounter(world, "E1", a_line("99215"), frequency="7", original_ref=one.claim.number)
    void = encounter(world, "E2", frequency="8", original_ref=two.claim.number)
    take_in(world, later, void, number=8)
    # As long as the plan has not answered, what comes after waits.
    assert to_pass_on(world.contract.payer_id) == []
    take(world, answer((one.claim.number, True), (two.claim.number, True)))
    next_one = send(world, LATER)
    sent = read(read_stored(next_one.sha256))
    assert [(each.frequency, each.original_ref) for each in sent.claims] == [
        ("7", f"PLAN-{one.claim.number}"), ("8", f"PLAN-{two.claim.number}"),
    ]  # fmt: skip


def test_pages_write_read_back_and_send_again(world):
    client = signed_in_afresh(make_user("fin@ipa.example", Role.FINANCE))
    payer = world.contract.payer_id
    page = text_of(client.get(reverse("compliance:plan_batch_next", args=[payer])))
    digest = batch_digest(to_pass_on(payer))
    assert (digest in page, "Write 2 claims" in page) == (True, True)
    go = reverse("compliance:plan_batch_go", args=[payer])
    assert client.post(go, {}).url == reverse("compliance:plan_batch_next", args=[payer])
    made = client.post(go, {"seen_digest": digest}).url
    batch = PlanBatch.objects.get()
    assert made == reverse("compliance:plan_batch", args=[batch.pk])
    row = batch.rows.select_related("claim").first()
    file = SimpleUploadedFile("a.277", answer((row.claim.number, False)))
    new = reverse("compliance:plan_answer_new")
    assert client.post(new, {"payer": payer, "file": file}).status_code == 302
    page = text_of(client.get(made))
    assert "The diagnosis is not coded" in page
    assert client.post(reverse("compliance:row_again", args=[row.pk])).url == made
    listed = text_of(client.get(reverse("compliance:plan_batches")))
    assert batch.file_name in listed
    data = client.get(reverse("compliance:plan_batch_file", args=[batch.pk])).getvalue()
    assert data == read_stored(batch.sha256)
