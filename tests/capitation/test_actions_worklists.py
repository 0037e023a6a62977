"""Work-lists end in an action: raw PCPs, rows, money in suspense."""

from datetime import date

import pytest

from capitation.actions.worklists import (
    AlreadyResolved,
    NotInSuspense,
    apply_suspense,
    dismiss_row,
    resolve_unmatched_pcp,
    return_suspense,
)
from capitation.models import PcpAssignment, Receipt, UnmatchedRow
from capitation.queries.worklists import suspense, unmatched_rows
from ipaportal.core.sql import check_invariant
from ipaportal.home.management.commands.prove import every_invariant
from ipaportal.ledger.queries.balances import balance
from tests.factories import make_contract, make_practitioner
from tests.planfiles import NOW, QUINN, a_coverage, a_member, a_pcp, an_820, an_834, take

pytestmark = pytest.mark.django_db
JAN, FEB, MAR = (date(2026, month, 1) for month in (1, 2, 3))
NPI = "2990000001"


@pytest.fixture
def contract():
    return make_contract()


def assignments():
    rows = PcpAssignment.objects.current().order_by("member_id", "effective_date")
    return list(
        rows.values_list("member__plan_member_id", "effective_date", "end_date", "practitioner_id")
    )


def test_says_who_a_raw_pcp_is_and_keeps_later_choices(contract):
    raw, later = make_practitioner(1), make_practitioner(2)
    take(contract, an_834([a_member(ref, pcps=(a_pcp(NPI),)) for ref in ("M1", "M2")]))
    take(contract, an_834([a_member("M1", "001", pcps=(a_pcp(later.npi, MAR),))]))
    row = unmatched_rows(actor=QUINN, kind="pcp")[0]
    settled = resolve_unmatched_pcp(
        actor=QUINN, row_id=row.pk, practitioner_id=raw.pk, now=NOW, all_alike=True
    )
    assert settled == 2
    assert assignments() == [
        ("M1", JAN, MAR, raw.pk),
        ("M1", MAR, None, later.pk),
        ("M2", JAN, None, raw.pk),
    ]
    assert unmatched_rows(actor=QUINN) == []
    with pytest.raises(AlreadyResolved):
        resolve_unmatched_pcp(actor=QUINN, row_id=row.pk, practitioner_id=later.pk, now=NOW)


def test_dismisses_a_row_with_a_reason(contract):
    take(contract, an_834([a_member("M1", "024")]))
    row = dismiss_row(
        actor=QUINN, row_id=UnmatchedRow.objects.get().pk, reason="never ours", now=NOW
    )
    assert (row.resolution, row.resolved_by) == ("never ours", "Quinn")
    with pytest.raises(AlreadyResolved):
        dismiss_row(actor=QUINN, row_id=row.pk, reason="again", now=NOW)


@pytest.fixture
def held(contract):
    """A member covered from February with 10.00 received for January."""
    member = a_member("M1", coverages=(a_coverage(start=FEB),))
    take(contract, an_834([member]))
    take(contract, an_820([("M1", JAN, "10")]))
    (item,) = suspense(actor=QUINN)
    assert (item.month, item.amount_cents) == (JAN, 1000)
    return item


def settle(action, held, cents, **more):
    return action(
        actor=QUINN,
        contract_id=held.contract_id,
        member_id=held.member_id,
        month=held.month,
        amount_cents=cents,
        reason="the plan's mistake",
        now=NOW,
        **more,
    )


def test_applies_suspense_to_the_month_it_was_meant_for(held):
    settle(apply_suspense, held, 400, to_member_id=held.member_id, to_month=FEB)
    assert [one.amount_cents for one in suspense(actor=QUINN)] == [600]
    assert sum(r.amount_cents for r in Receipt.objects.filter(coverage_month=FEB)) == 400
    assert sum(r.amount_cents for r in Receipt.objects.all()) == 1000
    breaches = [i.name for i in every_invariant() if check_invariant(i).count]
    assert breaches == []


def test_returns_suspense_to_the_plan(contract, held):
    settle(return_suspense, held, 1000)
    assert suspense(actor=QUINN) == []
    assert balance(contract.payer.party_id, "plan_clearing") == 0
    assert balance(contract.payer.party_id, "plan_receivable") == -1000
    breaches = [i.name for i in every_invariant() if check_invariant(i).count]
    assert breaches == []


@pytest.mark.parametrize("cents", [0, 1001, -1])
def test_moves_no_more_than_is_there(held, cents):
    with pytest.raises(NotInSuspense):
        settle(apply_suspense, held, cents, to_member_id=held.member_id, to_month=FEB)
    with pytest.raises(NotInSuspense):
        settle(return_suspense, held, cents)
    assert Receipt.objects.count() == 1
