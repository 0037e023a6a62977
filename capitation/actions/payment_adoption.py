"""After a restore: a payment file that the bank has comes back into books that had lost it."""

from collections.abc import Sequence
from datetime import UTC, datetime

from django.db.models import Q

from capitation.actions.payments import book_release
from capitation.formats.nacha import AchFile, Entry, read
from capitation.formats.nacha_sent import Sent, sent_in
from capitation.models import BankAccount, Payment, PaymentBatch
from capitation.queries.banking import account_number_of
from capitation.queries.sent_files import unknown_traces
from capitation.rules.payments import digest_of
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.files import store
from ipaportal.core.locks import lock
from ipaportal.core.refusals import Refused

HEADER_DATE, HEADER_LETTER = slice(23, 33), slice(33, 34)


class NotAdopted(Refused):
    """The file is not one that can be brought back."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"This file was not brought into the books: {why}. Nothing was changed. "
            "Name the very file that the bank was sent."
        )


@action("capitation.release_payments")
def adopt_payments(*, actor: Actor, data: bytes, now: datetime) -> PaymentBatch:
    """
    Book what the bank was sent by a file that these books do not know; nothing is sent by it.

    :raises NotAdopted: if the file is faulty, known in part, or pays to details not known here
    """
    lock("payments")
    found = read(data)
    if found.verdict != "ok":
        raise NotAdopted("it does not agree with itself")
    sent = sent_in("", data)
    lost = unknown_traces(one.trace_number for one in sent)
    if not sent or len(lost) != len(sent):
        raise NotAdopted(f"{len(sent) - len(lost)} of its {len(sent)} payments are in the books")
    accounts = _accounts(found, sent)
    if actor.user_id is None or actor.user_id in {a.proposed_by_id for a in accounts}:
        raise NotAdopted("a person has to, who proposed none of its bank accounts")
    batch = _batch(found, data, sent, accounts, actor)
    lines = [
        Payment(
            batch=batch,
            party_id=account.party_id,
            bank_account=account,
            amount_cents=one.amount_cents,
            trace_number=one.trace_number,
        )
        for one, account in zip(sent, accounts, strict=True)
    ]
    lines = Payment.objects.bulk_create(lines)
    book_release(lines, batch, actor, now)
    record(
        actor=actor,
        action="capitation.payments.adopted",
        subject=batch,
        digest=batch.digest,
        total_cents=batch.total_cents,
        payments=len(lines),
        file_sha256=batch.file_sha256,
        traces=[one.trace_number for one in sent],
    )
    return batch


def _accounts(found: AchFile, sent: Sequence[Sent]) -> list[BankAccount]:
    """The bank account here that each payment went to."""
    entries = {entry.trace_number: entry for b in found.batches for entry in b.entries}
    accounts = []
    for one in sent:
        known = BankAccount.objects.filter(
            party_id=one.party_id, purpose=BankAccount.Purpose.PAYEE
        ).select_related("party")
        right = [account for account in known if _is_of(entries[one.trace_number], account)]
        if not right:
            raise NotAdopted(f"{one.name} has no bank account here as in the file")
        accounts.append(right[-1])
    parties = [account.party_id for account in accounts]
    if len(set(parties)) != len(parties):
        raise NotAdopted("it pays somebody twice")
    waiting = Payment.objects.filter(party_id__in=parties, status=Payment.Status.PREPARED)
    if waiting.exists():
        raise NotAdopted("a batch that waits for release pays one of them; cancel it first")
    return accounts


def _is_of(entry: Entry, account: BankAccount) -> bool:
    is_same = account_number_of(account).upper() == entry.account_number.strip()
    return is_same and account.routing_number == entry.routing_number


def _batch(
    found: AchFile,
    data: bytes,
    sent: Sequence[Sent],
    accounts: Sequence[BankAccount],
    actor: Actor,
) -> PaymentBatch:
    # It was released when its file was made, before any hold that its loss led to.
    made_at = datetime.strptime(found.header[HEADER_DATE], "%y%m%d%H%M").replace(tzinfo=UTC)
    day = datetime.strptime(found.batches[0].effective_date, "%y%m%d").replace(tzinfo=UTC)
    letter, stored = found.header[HEADER_LETTER], store(data)
    is_taken = Q(file_date=made_at.date(), file_id_modifier=letter)
    if PaymentBatch.objects.filter(is_taken).exists():
        raise NotAdopted(f"file {letter} of {made_at:%b %-d, %Y} is in the books as another")
    cents = [one.amount_cents for one in sent]
    return PaymentBatch.objects.create(
        status=PaymentBatch.Status.RELEASED,
        prepared_by_name="the file that the bank has",
        prepared_at=made_at,
        total_cents=sum(cents),
        payment_count=len(sent),
        digest=digest_of(
            (account.party_id, str(account.pk), amount)
            for account, amount in zip(accounts, cents, strict=True)
        ),
        released_by_id=actor.user_id,
        released_by_name=actor.name,
        released_at=made_at,
        effective_entry_date=day.date(),
        file_date=made_at.date(),
        file_id_modifier=letter,
        file_sha256=stored.sha256,
    )
