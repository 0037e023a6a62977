"""Passing encounters and claims on to plans, and reading what the plans answer, claim by claim."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from capitation.models import MemberProfile, Payer
from compliance.actions.misdirected import hear, keep_as_passed
from compliance.formats.claim_answers import GROUP_ACCEPTED, ClaimAnswer, PlanAnswer, read_answer
from compliance.formats.claims_837 import Claim as Sent
from compliance.formats.claims_837 import ServiceLine, Stay
from compliance.formats.claims_written import VERSIONS, write
from compliance.models import Claim, PlanAnswerFile, PlanBatch, PlanBatchRow
from compliance.queries.addresses import practice_addresses
from compliance.queries.plan_batches import ToPass, batch_digest, to_pass_on
from compliance.rules.passing import INSTITUTIONAL, KINDS, Stream
from credentialing.models import Practice
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.files import store
from ipaportal.core.locks import lock
from ipaportal.core.refusals import Refused
from ipaportal.core.values import amount_text
from ipaportal.core.x12_writing import Interchange
from ipaportal.identity.models import Party

MAX_SIZE = 64 << 20
MOST_PROBLEMS = 100
Row = PlanBatchRow.State


class NothingToPass(Refused):
    def __init__(self) -> None:
        super().__init__(
            "Nothing waits to be passed on to this plan. Nothing was sent. Encounters and paid "
            "claims wait here as they come in."
        )


class BatchChanged(Refused):
    def __init__(self) -> None:
        super().__init__(
            "Other claims wait by now than you looked at. Nothing was sent. Look again."
        )


class SameAnswerAgain(Refused):
    def __init__(self, file: PlanAnswerFile) -> None:
        super().__init__(
            f"{file.received_by_name} read this very answer on "
            f"{timezone.localdate(file.received_at):%b %-d, %Y}. Nothing was changed."
        )


class AnswerRefused(Refused):
    def __init__(self, why: str) -> None:
        super().__init__(
            f"This answer cannot be used: {why} Nothing was changed. Ask the plan for it anew."
        )


class NotRejected(Refused):
    def __init__(self) -> None:
        super().__init__(
            "Only what the plan rejected is sent again, once for each rejection. Nothing was "
            "changed. Look at where the claim stands."
        )


@action("compliance.take_claims")
def pass_on(
    *, actor: Actor, payer_id: int, seen_digest: str, now: datetime,
    stream: Stream = Stream.ENCOUNTERS,
) -> PlanBatch:  # fmt: skip
    """
    Write what waits for a plan into one 837 and keep it; each claim is in one such file at a time.

    Claims that are the plan's to pay are told as passed on to the practices that sent them.

    :raises NothingToPass: if nothing waits
    :raises BatchChanged: if other claims wait than were seen
    """
    lock("passing on")
    found = to_pass_on(payer_id, stream)
    if not found:
        raise NothingToPass
    if batch_digest(found) != seen_digest:
        raise BatchChanged
    payer = Payer.objects.select_related("party").get(pk=payer_id)
    number = PlanBatch.objects.count() + 1
    data = _written(payer, found, number, stream, now)
    made = PlanBatch.objects.create(
        payer=payer, stream=stream, number=number, file_name=f"{stream}-{number:06}.837",
        sha256=store(data).sha256, claims=len(found),
        charge_cents=sum(one.claim.charge_cents for one in found), made_at=now,
        made_by_id=actor.user_id, made_by_name=actor.name,
    )  # fmt: skip
    PlanBatchRow.objects.bulk_create(
        PlanBatchRow(batch=made, claim=one.claim, frequency=one.frequency) for one in found
    )
    if KINDS[stream].is_misdirected and not keep_as_passed(made, actor, now):
        raise BatchChanged
    record(
        actor=actor, action="compliance.encounters.passed_on", subject=made, claims=made.claims,
        sha256=made.sha256,
    )  # fmt: skip
    return made


def _written(
    payer: Payer, found: Sequence[ToPass], number: int, stream: Stream, now: datetime
) -> bytes:
    ipa = Party.objects.get(kind=Party.Kind.IPA)
    sender = (ipa.code or "IPA").upper()[:15]
    receiver = (payer.party.code or f"PLAN{payer.pk}").upper()[:15]
    head = Interchange(sender, receiver, now, number, "HC", VERSIONS[KINDS[stream].kind])
    members = {one.claim.member_id for one in found}
    profiles = {
        one.member_id: one for one in MemberProfile.objects.current().filter(member__in=members)
    }
    parties = {one.claim.party_id for one in found}
    tins = dict(Practice.objects.filter(party__in=parties).values_list("party_id", "tin"))
    practitioners = Claim.objects.filter(pk__in=[one.claim.pk for one in found])
    npis = dict(practitioners.values_list("pk", "practitioner__npi"))
    is_encounter = not KINDS[stream].is_misdirected
    sent = [
        _as_sent(one, profiles.get(one.claim.member_id), tins.get(one.claim.party_id, ""),
                 npis.get(one.claim.pk) or "", receiver, is_encounter=is_encounter)
        for one in found
    ]  # fmt: skip
    places = practice_addresses(filter(None, parties))
    addresses = {
        one.claim.billing_npi: places[one.claim.party_id]
        for one in found
        if one.claim.party_id in places
    }
    return write(
        head, sent, submitter=(ipa.name, sender), receiver=(payer.party.name, receiver),
        phone=settings.IPA_PHONE, addresses=addresses, is_encounter=is_encounter,
    )  # fmt: skip


def _as_sent(
    one: ToPass, who: MemberProfile | None, tin: str, npi: str, receiver: str, *, is_encounter: bool
) -> Sent:
    """A claim as the plan gets it: under our number, which its answer names."""
    claim = one.claim
    lines = [
        ServiceLine(
            0, str(line.number), line.procedure, tuple(line.modifiers.split()),
            charge_cents=line.charge_cents, units=amount_text(line.units), unit_kind="UN",
            revenue_code=line.revenue_code, place=claim.place, served_from=line.first_day,
            served_to=line.last_day, control=line.control,
        )
        for line in claim.lines.all()
    ]  # fmt: skip
    return Sent(
        0, claim.number, claim.charge_cents, claim.place, one.frequency, claim.kind, "0001",
        claim.billing_npi, tin, claim.billing_name, claim.member_ref,
        who.last_name if who else "", who.first_name if who else "",
        who.birth_date if who else None, receiver, original_ref=one.plan_number,
        authorization=claim.authorization, rendering_npi=npi,
        diagnoses=tuple(claim.diagnoses[:12]), stay=_stay(claim), lines=lines,
        is_capitated=is_encounter and claim.state != "paid",
    )  # fmt: skip


def _stay(claim: Claim) -> Stay | None:
    """What an institution said beside its lines."""
    if claim.kind != INSTITUTIONAL:
        return None
    kept = claim.stay
    return Stay(
        kept.statement_from, kept.statement_to, kept.admitted, kept.discharged,
        kept.admission_kind, kept.admission_source, kept.patient_status, kept.attending_npi,
        kept.operating_npi, tuple(tuple(code) for code in kept.codes),
    )  # fmt: skip


# Answers ----------------------------------------------------------------------------------------


@action("compliance.take_claims")
def read_plan_answer(
    *, actor: Actor, payer_id: int, file_name: str, data: bytes, now: datetime
) -> PlanAnswerFile:
    """
    Read a plan's 999 or 277CA and say of each claim whether the plan has it.

    :raises SameAnswerAgain: if these bytes were read before
    :raises AnswerRefused: if it is neither, or its envelope is broken
    """
    if len(data) > MAX_SIZE:
        raise AnswerRefused(f"it has more than {MAX_SIZE >> 20} MB.")
    lock("passing on")
    sha256 = hashlib.sha256(data).hexdigest()
    before = PlanAnswerFile.objects.filter(payer=payer_id, sha256=sha256).first()
    if before is not None:
        raise SameAnswerAgain(before)
    answer = read_answer(data)
    refused = [one for one in answer.problems if one.severity == "refused"]
    if refused:
        raise AnswerRefused(f"{refused[0].where}: {refused[0].message}")
    rows, problems = _answered(payer_id, answer, now)
    states = [row.state for row in rows]
    PlanBatchRow.objects.bulk_update(
        rows, ["state", "codes", "words", "plan_number", "answered_at"], batch_size=1_000
    )
    hear(rows, actor, now)
    named = len(rows) + len(problems)
    made = PlanAnswerFile.objects.create(
        payer_id=payer_id, kind=answer.kind, file_name=file_name[:200], sha256=store(data).sha256,
        named=named, accepted=states.count(Row.ACCEPTED), rejected=states.count(Row.REJECTED),
        unknown=len(problems), problems=problems[:MOST_PROBLEMS], received_at=now,
        received_by_id=actor.user_id, received_by_name=actor.name,
    )  # fmt: skip
    record(
        actor=actor, action="compliance.encounters.answered", subject=made, sha256=made.sha256,
        accepted=made.accepted, rejected=made.rejected, unknown=made.unknown,
    )  # fmt: skip
    return made


def _answered(
    payer_id: int, answer: PlanAnswer, now: datetime
) -> tuple[list[PlanBatchRow], list[list[str]]]:
    """Rows with what the plan said of them, and what it named that does not wait for an answer."""
    waiting = PlanBatchRow.objects.select_for_update(of=("self",)).filter(
        batch__payer=payer_id, state=Row.SENT
    )
    if answer.kind == "999":
        return _groups(waiting, answer, now)
    refs = [one.ref for one in answer.claims]
    known = {row.claim.number: row for row in
             waiting.filter(claim__number__in=refs).select_related("claim", "batch")}  # fmt: skip
    found, problems = {}, []
    for one in answer.claims:
        row = known.get(one.ref)
        where = f"segment {one.segment_no} (TRN)"
        if row is None:
            problems.append([where, "it names a claim that does not wait for an answer"])
        elif not one.is_said:
            problems.append([where, "it does not say what became of the claim"])
        elif row.pk in found:
            problems.append([where, "it names the same claim twice"])
        else:
            found[row.pk] = _say(row, one, now)
    return list(found.values()), problems


def _groups(waiting, answer: PlanAnswer, now: datetime) -> tuple[list[PlanBatchRow], list]:
    """A 999 that rejects a file rejects each claim of it; one that takes it says nothing else."""
    found, problems = [], []
    for control, said, codes in answer.groups:
        number = int(control) if control.isdecimal() and len(control) < 10 else 0
        if said in GROUP_ACCEPTED or not said:
            continue
        rows = list(waiting.filter(batch__number=number).select_related("claim", "batch"))
        if not rows:
            problems.append([f"group {control[:20]}", "it names a file that waits for no answer"])
        words = "the file was rejected whole (999)"
        for row in rows:
            one = ClaimAnswer(0, row.claim.number, [f"A7:{code}" for code in codes] or ["A7"])
            one.words = words
            found.append(_say(row, one, now))
    return found, problems


def _say(row: PlanBatchRow, one: ClaimAnswer, now: datetime) -> PlanBatchRow:
    row.state = Row.ACCEPTED if one.is_accepted else Row.REJECTED
    row.codes, row.words = " ".join(one.codes)[:100], one.words[:300]
    row.plan_number, row.answered_at = one.plan_number[:50], now
    return row


@action("compliance.take_claims")
def send_again(*, actor: Actor, row_id: int, now: datetime) -> PlanBatchRow:
    """
    Let a rejected claim go into the next file.

    :raises NotRejected: if it was not rejected, or goes again already
    """
    lock("passing on")
    row = PlanBatchRow.objects.select_for_update().get(pk=row_id)
    if row.state != Row.REJECTED or row.again_at is not None:
        raise NotRejected
    row.again_at, row.again_by_name = now, actor.name
    row.save(update_fields=["again_at", "again_by_name"])
    record(actor=actor, action="compliance.encounters.again", subject=row)
    return row
