"""After a restore: what the bank was sent and this database does not know is paid to nobody."""

from collections.abc import Iterable
from datetime import datetime

from capitation.formats.nacha_sent import Sent, sent_in
from capitation.queries.sent_files import SOURCE, unknown_traces
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.locks import lock
from ipaportal.core.words import dollars_text
from ipaportal.identity.models import Party
from ipaportal.ledger import holds
from ipaportal.ledger.models import Hold


@action("ledger.place_hold")
def hold_unknown_payments(
    *, actor: Actor, files: Iterable[tuple[str, bytes]], now: datetime
) -> list[Sent]:
    """
    Hold every payee of a payment that stands in these files and not in the books.

    One hold a payment: each is released by a person who has found out what became of it. A
    payment to nobody this database knows stops everybody, and is noted at the IPA itself.
    """
    lock("payments")
    sent = {one.trace_number: one for name, data in files for one in sent_in(name, data)}
    lost = [sent[trace] for trace in sorted(unknown_traces(sent))]
    practices = Party.objects.filter(kind=Party.Kind.PRACTICE)
    payees = practices.in_bulk([one.party_id for one in lost if one.party_id is not None])
    ipa = Party.objects.filter(kind=Party.Kind.IPA).first()
    strangers = []
    for one in lost:
        payee = payees.get(one.party_id)
        if payee is None:
            strangers.append(one)
        _hold(payee or ipa, _words(one), SOURCE + one.trace_number, actor, now)
    if strangers:
        text = (
            f"{len(strangers)} payments were sent to payees that this database does not know "
            f"(first {strangers[0].trace_number}). It may be older than some payees."
        )
        for practice in practices:
            _hold(practice, text, f"restore:{strangers[0].trace_number}", actor, now)
    record(
        actor=actor,
        action="capitation.payments.found_at_the_bank",
        traces=[one.trace_number for one in lost],
        cents=sum(one.amount_cents for one in lost),
        to_nobody_known=len(strangers),
    )
    return lost


def _hold(party: Party, text: str, source: str, actor: Actor, now: datetime) -> None:
    holds.place(
        party=party, reason=Hold.Reason.REVIEW, text=text, source=source, actor=actor, now=now
    )


def _words(one: Sent) -> str:
    return (
        f"{dollars_text(one.amount_cents)} was sent to the bank under trace number "
        f"{one.trace_number} ({one.file[:24]}) and is not in these books. Ask the bank before "
        "anything is paid."
    )
