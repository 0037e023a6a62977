"""Taking claims in: a file once, read whole, and of every claim one disposition."""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import connection
from django.db.models.functions import Coalesce
from django.utils import timezone

from capitation.models import Payer
from compliance.actions.claim_facts import Facts, Network, facts_of, is_correction, known_of
from compliance.actions.claim_stays import stays_of
from compliance.actions.claim_visits import tell_visits
from compliance.actions.copies import copy_in
from compliance.formats.claims_837 import VOID, read
from compliance.formats.claims_837 import Claim as Sent
from compliance.formats.claims_837 import ClaimFile as Read
from compliance.models import Claim, ClaimFile, ClaimLine, ClaimStay, ClaimStep
from compliance.queries.claim_prices import PRICED, price
from compliance.queries.divisions import divide
from compliance.rules.claims import DENIALS, REASONS, State, disposition
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.files import read_stored, store
from ipaportal.core.jobs import wake
from ipaportal.core.locks import lock
from ipaportal.core.refusals import Refused
from ipaportal.core.values import parse_amount
from ipaportal.core.x12 import Problem

BATCH = 2_000
KEYS = "SELECT number, id FROM compliance_claim WHERE number = ANY(%(numbers)s)"
MAX_SIZE = 64 << 20
MAX_PROBLEMS = 100
NO_AUTHORIZATION = "no_authorization"


class SameClaimsAgain(Refused):
    """The same bytes of the same plan."""

    def __init__(self, file: ClaimFile) -> None:
        super().__init__(
            f"{file.received_by_name} took these very bytes in on "
            f"{timezone.localdate(file.received_at):%b %-d, %Y}, as {file.file_name}. Nothing was "
            "taken twice. Look at what became of them in the list of claim files."
        )


class TooLargeToRead(Refused):
    def __init__(self) -> None:
        super().__init__(
            f"A file of claims has at most {MAX_SIZE >> 20} MB. Nothing was taken. Send it in "
            "several files."
        )


class NoDenialCode(Refused):
    def __init__(self) -> None:
        super().__init__(
            "A denial needs a reason that the remittance can give. Nothing was changed. Choose "
            "one of the list."
        )


class ClaimDecided(Refused):
    """A claim that does not wait any more."""

    def __init__(self, claim: Claim) -> None:
        super().__init__(
            f"Claim {claim.number} does not wait now: it is {claim.state_words}. Nothing was "
            "changed."
        )


@action("compliance.take_claims")
def receive_claims(
    *, actor: Actor, payer_id: int, file_name: str, data: bytes, now: datetime
) -> ClaimFile:
    """
    Keep a file of claims, once, and wake the worker that reads it.

    :raises SameClaimsAgain: if these bytes were received before
    :raises TooLargeToRead: if there are too many of them
    """
    if len(data) > MAX_SIZE:
        raise TooLargeToRead
    lock("claims")
    known = ClaimFile.objects.filter(
        payer=payer_id, sha256=hashlib.sha256(data).hexdigest()
    ).first()
    if known is not None:
        raise SameClaimsAgain(known)
    stored = store(data)
    file = ClaimFile.objects.create(
        payer=Payer.objects.get(pk=payer_id), file_name=file_name[:200], sha256=stored.sha256,
        size=stored.size, received_at=now, received_by_id=actor.user_id,
        received_by_name=actor.name,
    )  # fmt: skip
    record(actor=actor, action="compliance.claims.received", subject=file, sha256=stored.sha256)
    wake("compliance.read_claims", file.pk)
    return file


def step_claims(now: datetime) -> int:
    """Read what waits to be read; how many files."""
    clock = Actor.system("clock")
    waiting = ClaimFile.objects.filter(status=ClaimFile.Status.WAITING).order_by("pk")
    ids = list(waiting.values_list("pk", flat=True))
    return sum(read_claims(actor=clock, file_id=pk, now=now) is not None for pk in ids)


@action("compliance.take_claims")
def read_claims(*, actor: Actor, file_id: int, now: datetime) -> ClaimFile | None:
    """Read a file that waits and give each of its claims a disposition; None if it was read."""
    lock("claims")
    file = ClaimFile.objects.select_related("payer").select_for_update(of=("self",)).get(pk=file_id)
    if file.status != ClaimFile.Status.WAITING:
        record(actor=actor, action="compliance.claims.read_before", subject=file)
        return None
    data = read_stored(file.sha256)
    found = read(data)
    problems = [one for one in found.problems if one.severity == "refused"]
    twin = _interchange_before(found)
    if twin:
        problems.insert(0, twin)
    file.sender, file.control, file.read_at = found.sender[:15], found.control[:9], now
    file.problems = [[one.where, one.code, one.message] for one in problems[:MAX_PROBLEMS]]
    if problems:
        file.status = ClaimFile.Status.REFUSED
    else:
        file.status = ClaimFile.Status.READ
        _take(file, found, actor, now)
        tell_visits(file, actor, now)
    file.save(
        update_fields=["status", "read_at", "sender", "control", "problems", "claims", "accepted",
                       "rejected", "charge_cents"]
    )  # fmt: skip
    record(
        actor=actor, action="compliance.claims.read", subject=file, status=file.status,
        claims=file.claims, accepted=file.accepted, rejected=file.rejected,
    )  # fmt: skip
    return file


def _interchange_before(found: Read) -> Problem | None:
    before = ClaimFile.objects.filter(
        sender=found.sender[:15], control=found.control[:9], status=ClaimFile.Status.READ
    ).first()
    if before is None or not found.control:
        return None
    words = (
        f"Interchange {found.control} of {found.sender} was taken already, in {before.file_name}. "
        "Every file needs a number of its own (ISA13)."
    )
    return Problem("segment 1 (ISA)", "duplicate_interchange", words)


def _take(file: ClaimFile, found: Read, actor: Actor, now: datetime) -> None:
    received_on = timezone.localdate(file.received_at)
    seen: set[str] = set()
    network = Network.of(file.payer, found.claims)
    for at in range(0, len(found.claims), BATCH):
        batch = found.claims[at : at + BATCH]
        facts = facts_of(file.payer, batch, network)
        rows = [
            _row(file, claim, facts, received_on, seen, at + place)
            for place, claim in enumerate(batch, 1)
        ]
        _replace(rows, batch, actor, now)
        lines = _lines(batch)
        divide(file.payer_id, rows, lines)
        price(file.payer_id, rows, lines)
        for row in rows:
            _look_by(row)
        copy_in(Claim, rows)
        _give_keys(rows)
        for place, row in enumerate(rows):
            for line in lines[place]:
                line.claim_id = row.pk
        copy_in(ClaimLine, (line for found in lines.values() for line in found))
        ClaimStay.objects.bulk_create(stays_of(rows, batch))
        copy_in(ClaimStep, (_step(row, row.detail, actor, now) for row in rows))
        rejected = sum(row.state == State.REJECTED for row in rows)
        file.claims += len(rows)
        file.rejected += rejected
        file.accepted += len(rows) - rejected
        file.charge_cents += sum(row.charge_cents for row in rows)


def _give_keys(rows: Sequence[Claim]) -> None:
    """Let claims that were copied in know the keys that the database gave them."""
    with connection.cursor() as cursor:
        cursor.execute(KEYS, {"numbers": [row.number for row in rows]})
        keys = dict(cursor.fetchall())
    for row in rows:
        row.pk = keys[row.number]


def _row(
    file: ClaimFile, sent: Sent, facts: Facts, received_on: date, seen: set[str], place: int
) -> Claim:
    key = facts.keys[sent.segment_no]
    is_twin = bool(key) and (key in facts.twins or key in seen)
    known = known_of(sent, facts, received_on, is_twin=is_twin)
    state, reason = disposition(known)
    if state != State.REJECTED and key:
        seen.add(key)
    member = facts.member_of(sent)
    detail = _detail(sent)
    if reason == NO_AUTHORIZATION:
        detail = facts.authorized.fault_of(sent, member)
    elif state == State.READY:
        facts.authorized.take(sent, member)
    # A void is carried out as it comes: nothing is left to pay.
    if sent.frequency == VOID and state != State.REJECTED:
        state, reason = State.REPLACED, ""
    return Claim(
        file_id=file.pk, payer_id=file.payer_id, segment_no=sent.segment_no,
        number=f"{file.pk}-{place}", ref=sent.ref[:50], kind=sent.kind,
        frequency=sent.frequency[:2],
        original_id=facts.original_of(sent) if known.is_correction else None,
        billing_npi=sent.billing_npi[:20], billing_name=sent.billing_name[:100],
        party_id=facts.party_of(sent), practitioner_id=facts.renderer_of(sent),
        member_id=member, member_ref=sent.subscriber_ref[:50],
        place=sent.place[:3], authorization=sent.authorization[:50],
        diagnoses=list(sent.diagnoses[:25]), first_day=sent.first_day, last_day=sent.last_day,
        charge_cents=sent.charge_cents, is_encounter=sent.is_capitated, received_on=received_on,
        likeness=key, state=state, reason=reason, detail=detail[:300], denial="",
        drg=sent.stay.group[:4] if sent.stay else "",
    )  # fmt: skip


def _detail(sent: Sent) -> str:
    """Where the first fault lies, as the file has it."""
    return f"{sent.problems[0].where}: {sent.problems[0].message}"[:300] if sent.problems else ""


def _look_by(row: Claim) -> None:
    """Give what waits a day by which somebody looks."""
    if row.state == State.WAITING:
        row.due_on = row.received_on + timedelta(days=REASONS[row.reason].days)


def _lines(batch: Sequence[Sent]) -> dict[int, list[ClaimLine]]:
    """The services of each claim, by its place among them."""
    return {
        place: [
        ClaimLine(
            number=number, segment_no=line.segment_no, procedure=line.procedure[:10],
            modifiers=" ".join(line.modifiers)[:20], revenue_code=line.revenue_code[:4],
            units=_units(line.units), charge_cents=line.charge_cents, first_day=line.served_from,
            last_day=line.served_to, control=line.control[:50], allowed_cents=None, price_words="",
        )
        for number, line in enumerate(sent.lines, 1)
        ]
        for place, sent in enumerate(batch)
    }  # fmt: skip


def _units(text: str) -> Decimal:
    amount = parse_amount(text)
    most = Decimal(10**8)
    return amount if amount is not None and abs(amount) < most else Decimal(0)


def _replace(rows: list[Claim], batch: Sequence[Sent], actor: Actor, now: datetime) -> None:
    """Take what a correction replaces or voids out of the claims that stand."""
    taken = {
        row.original_id: row
        for row, sent in zip(rows, batch, strict=True)
        if is_correction(sent) and row.state != State.REJECTED
    }
    before = list(Claim.objects.select_for_update().filter(pk__in=taken))
    for one in before:
        one.state, one.due_on = State.REPLACED, None
    Claim.objects.bulk_update(before, ["state", "due_on"])
    ClaimStep.objects.bulk_create(
        _step(one, f"by claim {taken[one.pk].number}", actor, now) for one in before
    )


def _step(row: Claim, words: str, actor: Actor, now: datetime) -> ClaimStep:
    return ClaimStep(
        claim_id=row.pk, state=row.state, reason=row.reason, words=words[:500], at=now,
        by_id=actor.user_id, by_name=actor.name,
    )  # fmt: skip


# Claims that wait -------------------------------------------------------------------------------


def _waiting(claim_id: int) -> Claim:
    claim = Claim.objects.select_for_update().get(pk=claim_id)
    if claim.state != State.WAITING:
        raise ClaimDecided(claim)
    return claim


@action("compliance.work_claims")
def take_claim(*, actor: Actor, claim_id: int, now: datetime) -> Claim:
    """
    Make oneself the owner of a claim that waits.

    :raises ClaimDecided: if it does not wait
    """
    claim = _waiting(claim_id)
    claim.owner_id, claim.owner_name = actor.user_id, actor.name
    claim.save(update_fields=["owner_id", "owner_name"])
    words = f"{actor.name} looks after it"
    _step(claim, words, actor, now).save()
    record(actor=actor, action="compliance.claim.taken", subject=claim)
    return claim


@action("compliance.work_claims")
def decide_claim(
    *, actor: Actor, claim_id: int, state: str, words: str, now: datetime, denial: str = ""
) -> Claim:
    """
    Say what becomes of a claim that waits: to be paid, an encounter, or denied, and why.

    A claim to be paid is priced; it goes on waiting where there is no price for it. `denial` is
    the code that a remittance gives as the reason (`rules.claims.DENIALS`).

    :raises ClaimDecided: if it does not wait
    :raises NoDenialCode: if it is denied without a reason of the list
    """
    claim = _waiting(claim_id)
    # What is decided all the same is complete from today on, if nothing came before.
    asked = claim.contests.filter(complete_on=None)
    asked.update(complete_on=Coalesce("answered_on", timezone.localdate(now)))
    assert state in (State.READY, State.ENCOUNTER, State.DENIED)
    if state == State.DENIED and denial not in DENIALS:
        raise NoDenialCode
    claim.state, claim.reason, claim.due_on, claim.detail = state, "", None, ""
    claim.denial = denial if state == State.DENIED else ""
    lines = list(claim.lines.all())
    price(claim.payer_id, [claim], {0: lines})
    _look_by(claim)
    ClaimLine.objects.bulk_update(lines, PRICED)
    claim.save(update_fields=["state", "reason", "due_on", "detail", "denial", "allowed_cents"])
    _step(claim, words, actor, now).save()
    record(
        actor=actor, action="compliance.claim.decided", subject=claim, state=claim.state,
        words=words,
    )  # fmt: skip
    return claim
