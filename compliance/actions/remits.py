"""Remittances that come in: a file once, a payment once, posted whole or kept waiting."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.utils import timezone

from capitation.models import Payer, PlanFile
from compliance.actions.remit_facts import RemitFacts
from compliance.actions.remit_posting import DECIDED, Posted, judge, keep, kept_row, post
from compliance.formats.remittance_835 import Payment, read
from compliance.models import Remit, RemitFile, RemitStep
from compliance.rules.remits import REASONS, State
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.files import read_stored, store
from ipaportal.core.jobs import wake
from ipaportal.core.locks import lock
from ipaportal.core.refusals import Refused
from ipaportal.core.words import dollars_text

MAX_SIZE = 64 << 20
MAX_PROBLEMS = 100
AT_ONCE = 5_000
FORMAT = "x12-835"


class SameRemitAgain(Refused):
    """The same bytes of the same payer."""

    def __init__(self, file: RemitFile) -> None:
        super().__init__(
            f"{file.received_by_name} took these very bytes in on "
            f"{timezone.localdate(file.received_at):%b %-d, %Y}, as {file.file_name}. Nothing was "
            "posted twice. Look at what became of them in the list of remittances."
        )


class RemitTooLarge(Refused):
    def __init__(self) -> None:
        super().__init__(
            f"A file of remittances has at most {MAX_SIZE >> 20} MB. Nothing was taken. Send it "
            "in several files."
        )


class RemitDecided(Refused):
    """A payment that does not wait any more."""

    def __init__(self, remit: Remit) -> None:
        super().__init__(
            f"Remittance {remit.trace} does not wait now: it is {remit.state_words}. Nothing was "
            "changed."
        )


class StillWrong(Refused):
    """What was wrong with a payment is wrong still."""

    def __init__(self, remit: Remit, words: str) -> None:
        super().__init__(
            f"Remittance {remit.trace} cannot be posted yet: {words} Nothing was posted. It goes "
            "on waiting."
        )


@action("compliance.take_remits")
def receive_remits(
    *, actor: Actor, payer_id: int, file_name: str, data: bytes, now: datetime,
    plan_file_id: int | None = None,
) -> RemitFile:  # fmt: skip
    """
    Keep a file of remittances, once, and wake the worker that reads it.

    :raises SameRemitAgain: if these bytes were received before
    :raises RemitTooLarge: if there are too many of them
    """
    if len(data) > MAX_SIZE:
        raise RemitTooLarge
    lock("remits")
    sha256 = hashlib.sha256(data).hexdigest()
    known = RemitFile.objects.filter(payer=payer_id, sha256=sha256).first()
    if known is not None:
        raise SameRemitAgain(known)
    stored = store(data)
    file = RemitFile.objects.create(
        payer=Payer.objects.get(pk=payer_id), file_name=file_name[:255], sha256=stored.sha256,
        size=stored.size, plan_file_id=plan_file_id, received_at=now,
        received_by_id=actor.user_id, received_by_name=actor.name,
    )  # fmt: skip
    record(actor=actor, action="compliance.remits.received", subject=file, sha256=stored.sha256)
    wake("compliance.read_remits", file.pk)
    return file


def step_remits(now: datetime) -> int:
    """Take 835 out of what plans put in their folders, and read what waits; how many files."""
    clock = Actor.system("clock")
    _from_plan_files(clock, now)
    waiting = RemitFile.objects.filter(status=RemitFile.Status.WAITING).order_by("pk")
    ids = list(waiting.values_list("pk", flat=True))
    return sum(read_remits(actor=clock, file_id=pk, now=now) is not None for pk in ids)


def _from_plan_files(clock: Actor, now: datetime) -> None:
    """An 835 among a plan's files is none to apply there: it is taken here, once."""
    taken = RemitFile.objects.exclude(plan_file=None).values("plan_file")
    same = RemitFile.objects.values("payer", "sha256")
    found = PlanFile.objects.filter(format=FORMAT, status=PlanFile.Status.REJECTED)
    known = {(one["payer"], one["sha256"]) for one in same} if found.exists() else set()
    for one in found.exclude(pk__in=taken).order_by("pk"):
        if (one.payer_id, one.sha256) not in known and one.size <= MAX_SIZE:
            receive_remits(
                actor=clock, payer_id=one.payer_id, file_name=one.name,
                data=read_stored(one.sha256), now=now, plan_file_id=one.pk,
            )  # fmt: skip


@action("compliance.take_remits")
def read_remits(*, actor: Actor, file_id: int, now: datetime) -> RemitFile | None:
    """Read a file that waits, and post or keep each of its payments; None if it was read."""
    lock("remits")
    file = RemitFile.objects.select_related("payer").select_for_update(of=("self",)).get(pk=file_id)
    if file.status != RemitFile.Status.WAITING:
        record(actor=actor, action="compliance.remits.read_before", subject=file)
        return None
    data = read_stored(file.sha256)
    found = read(data)
    problems = [one for one in found.problems if one.severity == "refused"]
    file.read_at = now
    file.problems = [[one.where, one.code, one.message] for one in problems[:MAX_PROBLEMS]]
    made: list[Remit] = []
    if problems:
        file.status = RemitFile.Status.REFUSED
    else:
        file.status = RemitFile.Status.READ
        made = _take_all(file, found.payments, actor, now)
    file.payments = len(made)
    file.save(update_fields=["status", "read_at", "problems", "payments"])
    record(
        actor=actor, action="compliance.remits.read", subject=file, status=file.status,
        payments=len(made), posted=sum(one.state == State.POSTED for one in made),
        cents=sum(one.cents for one in made if one.state == State.POSTED),
    )  # fmt: skip
    return file


def _take_all(
    file: RemitFile, payments: Sequence[Payment], actor: Actor, now: datetime
) -> list[Remit]:
    """Decide about every payment; as many are asked about and stored at once as may be held."""
    made: list[Remit] = []
    for some in _in_parts(payments):
        facts = RemitFacts.of(file.payer_id, some)
        decided: list[Posted] = []
        for payment in some:
            if any(one.is_reversal for one in payment.claims):
                # What it takes back may be of a payment before it in this file.
                keep(decided)
                decided = []
            one = _take(file, payment, facts, actor, now)
            decided.append(one)
            made.append(one.remit)
        keep(decided)
    return made


def _in_parts(payments: Sequence[Payment]) -> Iterator[list[Payment]]:
    """Payments in turn, some thousands of claims at a time."""
    part: list[Payment] = []
    held = 0
    for payment in payments:
        part.append(payment)
        held += 1 + len(payment.claims)
        if held >= AT_ONCE:
            yield part
            part, held = [], 0
    if part:
        yield part


def _take(
    file: RemitFile, payment: Payment, facts: RemitFacts, actor: Actor, now: datetime
) -> Posted:
    remit = kept_row(file, payment, facts)
    twin = facts.before.get(remit.trace)
    if twin is not None:
        remit.state = State.TWICE
        remit.words = (
            f"Payment {twin.trace} (TRN02) came in {twin.file.file_name}, received on "
            f"{timezone.localdate(twin.file.received_at):%b %-d, %Y}, for "
            f"{dollars_text(twin.cents)}: nothing of this one is posted."
        )[:500]
        return Posted(remit, _step(remit, "came before", remit.words, actor, now))
    facts.before[remit.trace] = remit
    reason, words, backs = judge(remit, payment)
    if reason:
        remit.state, remit.reason, remit.words = State.WAITING, reason, words[:500]
        remit.due_on = timezone.localdate(now) + timedelta(days=REASONS[reason].days)
        return Posted(remit, _step(remit, "waits", words, actor, now))
    rows = post(remit, payment, backs, facts, actor, now)
    return Posted(remit, _step(remit, "posted", "", actor, now), rows, backs)


def _step(remit: Remit, what: str, words: str, actor: Actor, now: datetime) -> RemitStep:
    return RemitStep(
        remit_id=remit.pk, what=what, words=words[:500], at=now, by_id=actor.user_id,
        by_name=actor.name,
    )  # fmt: skip


def _waiting(remit_id: int) -> Remit:
    lock("remits")
    remit = Remit.objects.select_for_update(of=("self",)).select_related("file").get(pk=remit_id)
    if remit.state != State.WAITING:
        raise RemitDecided(remit)
    return remit


@action("compliance.take_remits")
def take_remit(*, actor: Actor, remit_id: int, now: datetime) -> Remit:
    """
    Make oneself the owner of a payment that waits.

    :raises RemitDecided: if it does not wait
    """
    remit = _waiting(remit_id)
    remit.owner_id, remit.owner_name = actor.user_id, actor.name
    remit.save(update_fields=["owner_id", "owner_name"])
    _step(remit, "taken over", "", actor, now).save()
    record(actor=actor, action="compliance.remit.taken", subject=remit)
    return remit


@action("compliance.take_remits")
def retry_remit(*, actor: Actor, remit_id: int, now: datetime) -> Remit:
    """
    Judge a payment that waits anew, by its bytes, and post it if nothing is wrong any more.

    :raises RemitDecided: if it does not wait
    :raises StillWrong: if something is
    """
    remit = _waiting(remit_id)
    payments = read(read_stored(remit.file.sha256)).payments
    payment = next(one for one in payments if one.segment_no == remit.segment_no)
    facts = RemitFacts.of(remit.payer_id, [payment])
    remit.party = facts.payee_of(payment)
    reason, words, backs = judge(remit, payment)
    if reason:
        raise StillWrong(remit, words)
    rows = post(remit, payment, backs, facts, actor, now)
    remit.save(update_fields=DECIDED)
    keep([Posted(remit, _step(remit, "posted", "tried again", actor, now), rows, backs)])
    record(actor=actor, action="compliance.remit.posted", subject=remit, cents=remit.cents)
    return remit


@action("compliance.take_remits")
def put_remit_aside(*, actor: Actor, remit_id: int, words: str, now: datetime) -> Remit:
    """
    Put a payment that waits aside for good, saying why; its trace number may come again.

    :raises RemitDecided: if it does not wait
    """
    remit = _waiting(remit_id)
    remit.state, remit.due_on = State.ASIDE, None
    remit.save(update_fields=["state", "due_on"])
    _step(remit, "put aside", words, actor, now).save()
    record(actor=actor, action="compliance.remit.put_aside", subject=remit, words=words)
    return remit
