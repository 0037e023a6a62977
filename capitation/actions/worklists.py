"""Ending what waits in the work-lists: raw PCPs, rows, and money in suspense."""

from datetime import date, datetime

from django.utils import timezone

from capitation.actions.facts import Recorder, start_recording
from capitation.actions.identities import Name, identify
from capitation.actions.intake import match_lines
from capitation.actions.raw_pcps import assign_rows
from capitation.actions.settled_rows import apply_settled
from capitation.actions.waiting import pick_up
from capitation.models import Contract, Member, Receipt, UnmatchedRow
from capitation.queries.worklists import (
    next_reach,
    posted_suspense_cents,
    suspense_cents,
    terms_cover,
)
from credentialing.models import Practitioner
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.copying import copy_rows
from ipaportal.core.money import dollars
from ipaportal.core.refusals import Refused
from ipaportal.ledger import books


class AlreadyResolved(Refused):
    """Somebody decided a row before."""

    def __init__(self, row: UnmatchedRow) -> None:
        super().__init__(
            f"{row.resolved_by or 'The portal'} settled this row already: {row.resolution}. "
            "Nothing was changed."
        )


class NotOneOfThem(Refused):
    """Somebody is chosen whom neither the number nor the MBI of a row names."""

    def __init__(self, member: Member) -> None:
        super().__init__(
            f"Neither the number nor the MBI of this row names {member}. Nothing was changed. "
            "Choose one of the members that it names."
        )


class NotInSuspense(Refused):
    """There is not so much money in suspense for a member and month."""

    def __init__(self, member: Member, month: date, held_cents: int) -> None:
        super().__init__(
            f"{member} has ${dollars(held_cents)} in suspense for {month:%B %Y}. "
            "Nothing was changed."
        )


class NoTermsForMonth(Refused):
    """Money would go to a month that no run takes it from."""

    def __init__(self, contract: Contract, month: date) -> None:
        super().__init__(
            f"No terms of {contract} cover {month:%B %Y}, so no run would take the money. "
            "Nothing was moved. Record terms for that month first, choose a month that has terms, "
            "or return the money to the plan."
        )


class OutOfReach(Refused):
    """Money would go to a month that lies further back than runs look for it."""

    def __init__(self, contract: Contract, month: date, run_month: date, reach: date) -> None:
        super().__init__(
            f"{contract} has terms for {month:%B %Y}, but they look back for money only to "
            f"{reach:%B %Y} from the next run, {run_month:%B %Y}: no run would take it. "
            "Nothing was moved. Choose a later month, record terms whose premium changes reach "
            "back further, or return the money to the plan."
        )


class PostedOutOfReach(Refused):
    """A run holds the money in suspense, and no coming run looks back so far to release it."""

    def __init__(self, contract: Contract, month: date, run_month: date, reach: date) -> None:
        super().__init__(
            f"The money of {month:%B %Y} stands in suspense in a posted run, and {contract} looks "
            f"back for money only to {reach:%B %Y} from the next run, {run_month:%B %Y}: the books "
            "would hold it twice. Nothing was moved. Record terms whose premium changes reach "
            f"back to {month:%B %Y} first."
        )


@action("capitation.resolve_row")
def resolve_unmatched_pcp(
    *, actor: Actor, row_id: int, practitioner_id: int, now: datetime, all_alike: bool = False
) -> int:
    """
    Say who a raw PCP is and assign them as the file said; give how many rows that settled.

    `all_alike` settles every open row of the payer with the same number. What was assigned for
    later days stays.

    :raises AlreadyResolved: if somebody was first
    """
    row = _open_row(row_id)
    pcp = Practitioner.objects.get(pk=practitioner_id)
    recorder = start_recording(
        actor=actor, payer_id=row.file.payer_id, description=f"PCP of row {row.pk}", now=now
    )
    rows = [row]
    if all_alike and row.values.get("npi"):
        alike = UnmatchedRow.objects.filter(
            kind="pcp",
            resolved_at=None,
            file__payer_id=row.file.payer_id,
            values__npi=row.values["npi"],
        )
        rows = list(alike.exclude(pk=row.pk).select_related("file").order_by("pk"))
        rows.insert(0, row)
    assign_rows(recorder, rows, {one.pk: pcp.pk for one in rows}, actor.name)
    words = f"{pcp} (NPI {pcp.npi})"
    UnmatchedRow.objects.filter(pk__in=[one.pk for one in rows]).update(
        resolved_at=now, resolved_by=actor.name[:200], resolution=words[:300]
    )
    record(
        actor=actor,
        action="capitation.unmatched_pcp.resolved",
        subject=row,
        practitioner=pcp.npi,
        rows=len(rows),
    )
    return len(rows)


@action("capitation.resolve_row")
def dismiss_row(*, actor: Actor, row_id: int, reason: str, now: datetime) -> UnmatchedRow:
    """
    Settle a row without a change, with the reason; the raw text stays.

    :raises AlreadyResolved: if somebody was first
    """
    row = _open_row(row_id)
    row.resolved_at, row.resolved_by, row.resolution = now, actor.name[:200], reason[:300]
    row.save(update_fields=["resolved_at", "resolved_by", "resolution"])
    record(actor=actor, action="capitation.row.dismissed", subject=row, reason=reason)
    return row


@action("capitation.resolve_row")
def settle_identity(*, actor: Actor, row_id: int, member_id: int, now: datetime) -> int:
    """
    Say which member a number and an MBI mean together; give how many lines of money that matched.

    What the files said of the member under these names is applied, in the order the files came.
    Neither the number nor the MBI alone means anybody else than before; an MBI that was nobody's
    is that member's from now on.

    :raises AlreadyResolved: if somebody was first
    :raises NotOneOfThem: if neither the number nor the MBI names that member
    """
    row = _open_row(row_id)
    member = Member.objects.get(pk=member_id, payer_id=row.payer_id)
    if row.kind != UnmatchedRow.Kind.IDENTITY or member.pk not in row.values["members"]:
        raise NotOneOfThem(member)
    number, _, index = row.key.rpartition("|")
    name = Name(number, bytes.fromhex(index))
    recorder = start_recording(
        actor=actor, payer_id=row.payer_id, description=f"{number} is {member}", now=now
    )
    # A number alone that several have stays unclear: the next file asks again.
    if name.mbi:
        recorder.identifiers([(member.pk, number, name.mbi, row.line_no)])
    alone = Name("", name.mbi)
    if name.mbi and not identify(row.payer_id, {alone: alone}).is_known(alone):
        recorder.identifiers([(member.pk, "", name.mbi, row.line_no)])
    match_lines(recorder, {name: member.pk})
    rows = apply_settled(recorder, row, name, member.pk)
    pick_up(recorder)
    lines = recorder.counts["lines_matched"]
    row.resolved_at, row.resolved_by, row.resolution = now, actor.name[:200], f"{member} is meant"
    row.save(update_fields=["resolved_at", "resolved_by", "resolution"])
    record(
        actor=actor,
        action="capitation.identity.settled",
        subject=row,
        member=member.pk,
        number=number,
        lines=lines,
        rows=rows,
    )
    return lines


def _open_row(row_id: int) -> UnmatchedRow:
    row = UnmatchedRow.objects.select_for_update(of=["self"]).select_related("file").get(pk=row_id)
    if row.resolved_at is not None:
        raise AlreadyResolved(row)
    return row


@action("capitation.settle_suspense")
def apply_suspense(
    *,
    actor: Actor,
    contract_id: int,
    member_id: int,
    month: date,
    to_member_id: int,
    to_month: date,
    amount_cents: int,
    reason: str,
    now: datetime,
) -> list[Receipt]:
    """
    Move money out of suspense to the month, or the member, it was meant for.

    :raises NotInSuspense: if there is not so much
    :raises NoTermsForMonth: if no terms cover the month it would go to
    :raises OutOfReach: if the next run does not look back so far
    :raises PostedOutOfReach: if it does not look back to where a posted run holds the money
    """
    member, recorder = _locked(actor, contract_id, member_id, f"suspense of {month:%Y-%m}", now)
    to_member = Member.objects.get(pk=to_member_id, payer_id=member.payer_id)
    _check_held(member, contract_id, month, amount_cents)
    if not terms_cover(contract_id, to_month.replace(day=1)):
        raise NoTermsForMonth(Contract.objects.get(pk=contract_id), to_month)
    run_month, reach = next_reach(contract_id)
    if to_month.replace(day=1) < reach:
        raise OutOfReach(Contract.objects.get(pk=contract_id), to_month, run_month, reach)
    words = f"suspense of {member}, {month:%Y-%m}, to {to_member}, {to_month:%Y-%m}: {reason}"
    rows = [
        (contract_id, member.pk, month, -amount_cents, words[:200], recorder.fact_no),
        (
            contract_id,
            to_member.pk,
            to_month.replace(day=1),
            amount_cents,
            words[:200],
            recorder.fact_no,
        ),
    ]
    record(
        actor=actor,
        action="capitation.suspense.applied",
        subject=member,
        amount_cents=amount_cents,
        month=f"{month}",
        to_member=to_member.pk,
        to_month=f"{to_month}",
        reason=reason,
    )
    return _correct(rows, recorder)


@action("capitation.settle_suspense")
def return_suspense(
    *,
    actor: Actor,
    contract_id: int,
    member_id: int,
    month: date,
    amount_cents: int,
    reason: str,
    now: datetime,
) -> Receipt:
    """
    Give money in suspense back to the plan: owed to it until the plan nets or is paid it.

    :raises NotInSuspense: if there is not so much
    :raises PostedOutOfReach: if the next run does not look back to where one holds the money
    """
    member, recorder = _locked(actor, contract_id, member_id, f"suspense of {month:%Y-%m}", now)
    contract = Contract.objects.select_related("payer").get(pk=contract_id)
    _check_held(member, contract_id, month, amount_cents)
    words = f"returned to the plan: {reason}"[:200]
    rows = [(contract_id, member.pk, month, -amount_cents, words, recorder.fact_no)]
    (receipt,) = _correct(rows, recorder)
    party = contract.payer.party_id
    books.book(
        key=f"suspense-return:{receipt.pk}",
        date=timezone.localdate(now),
        description=f"Suspense of {month:%B %Y} returned: {reason}"[:300],
        # A claim on the plan below zero is what is owed to it.
        lines=[
            (books.account(party, "plan_clearing"), amount_cents),
            (books.account(party, "plan_receivable"), -amount_cents),
        ],
        actor=actor,
        now=now,
        for_month=month,
    )
    record(
        actor=actor,
        action="capitation.suspense.returned",
        subject=member,
        amount_cents=amount_cents,
        month=f"{month}",
        reason=reason,
    )
    return receipt


def _locked(
    actor: Actor, contract_id: int, member_id: int, description: str, now: datetime
) -> tuple[Member, Recorder]:
    member = Member.objects.get(pk=member_id, payer__contracts=contract_id)
    recorder = start_recording(
        actor=actor, payer_id=member.payer_id, description=description, now=now
    )
    return member, recorder


def _check_held(member: Member, contract_id: int, month: date, amount_cents: int) -> None:
    """Refuse more than is there, an amount of the other sign, and what no run would release."""
    held = suspense_cents(contract_id, member.pk, month)
    if amount_cents == 0 or abs(amount_cents) > abs(held) or (amount_cents < 0) != (held < 0):
        raise NotInSuspense(member, month, held)
    run_month, reach = next_reach(contract_id)
    if month < reach and posted_suspense_cents(contract_id, member.pk, month):
        contract = Contract.objects.get(pk=contract_id)
        raise PostedOutOfReach(contract, month, run_month, reach)


def _correct(rows: list[tuple], recorder: Recorder) -> list[Receipt]:
    columns = ("contract_id", "member_id", "coverage_month", "amount_cents", "reason", "fact_no")
    copy_rows(Receipt, columns, rows)
    return list(Receipt.objects.filter(fact_no=recorder.fact_no).order_by("pk"))
