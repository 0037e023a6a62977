"""Three months of one contract: late money, a take-back, a late adoption, a move; always proven."""

from datetime import date
from decimal import Decimal

import pytest

from capitation.actions.advance import advance_run
from capitation.actions.members import adopt_members
from capitation.actions.runs import approve_run, open_run
from capitation.actions.worklists import return_suspense
from capitation.models import Run, Waterfall
from capitation.queries.worklists import suspense
from credentialing.models import Participation
from ipaportal.core.actors import Actor
from ipaportal.core.sql import check_invariant
from ipaportal.home.management.commands.prove import every_invariant
from ipaportal.ledger.queries.balances import balance, owed_cents
from tests.factories import batch, fact, make_contract, make_practice, make_practitioner
from tests.planfiles import CLOCK, NOW, QUINN, a_coverage, a_member, a_pcp, an_820, an_834, take

pytestmark = pytest.mark.django_db
REYES = Actor(12, "Reyes", frozenset({("finance_approver", 1)}))
JAN, FEB, MAR = (date(2026, month, 1) for month in (1, 2, 3))


def month_end(contract, month) -> Run:
    """Open, calculate, approve and post a month as the clock and an approver do; then prove."""
    run = open_run(actor=CLOCK, contract_id=contract.pk, month=month, now=NOW)
    assert advance_run(actor=CLOCK, run_id=run.pk, now=NOW)
    run.refresh_from_db()
    assert run.status == "calculated", run.problem
    approve_run(actor=REYES, run_id=run.pk, seen_digest=run.digest, now=NOW)
    assert advance_run(actor=CLOCK, run_id=run.pk, now=NOW)
    prove()
    return Run.objects.get(pk=run.pk)


def prove():
    """Every invariant of the house holds."""
    breaches = {c.name: c.rows for i in every_invariant() if (c := check_invariant(i)).count}
    assert breaches == {}


def rows_of(run):
    """Member number, month, received and paid cents of a run's rows."""
    rows = Waterfall.objects.filter(run_id=run.pk).order_by("member__plan_member_id")
    columns = ("member__plan_member_id", "coverage_month", "received_cents", "provider_cents")
    return list(rows.order_by("member__plan_member_id", "coverage_month").values_list(*columns))


def test_keeps_every_cent_over_three_months():
    contract = make_contract(rate_model="percent", rate_pct=Decimal(50))
    bell, other = make_practice(), make_practice("Other", "990000002")
    first, second = make_practitioner(1), make_practitioner(2)
    for practice, pcp in ((bell, first), (other, second)):
        fact(
            Participation,
            batch(),
            JAN,
            practitioner=pcp,
            practice=practice,
            payer_party=contract.payer.party,
        )
    people = [a_member(ref, pcps=(a_pcp(first.npi),)) for ref in ("M1", "M2")]
    take(contract, an_834(people))
    take(contract, an_820([("M1", JAN, "100"), ("M2", JAN, "100"), ("NEW", JAN, "40")], trace="J"))
    prove()
    january = month_end(contract, JAN)
    assert rows_of(january) == [("M1", JAN, 10000, 5000), ("M2", JAN, 10000, 5000)]
    assert balance(contract.payer.party_id, "plan_clearing") == -4000

    # February: M2 ended with January taken back, M1 moves and gets late money, NEW is adopted.
    gone = a_member("M2", "024", coverages=(a_coverage("024", JAN, date(2025, 12, 31)),))
    moved = a_member("M1", "001", pcps=(a_pcp(second.npi, FEB),))
    take(contract, an_834([gone, moved]))
    lines = [("M1", JAN, "5"), ("M1", FEB, "100"), ("M2", JAN, "-90"), ("NEW", FEB, "40")]
    take(contract, an_820(lines, trace="F"))
    adopt_members(actor=QUINN, contract_id=contract.pk, now=NOW)
    february = month_end(contract, FEB)
    assert rows_of(february) == [
        ("M1", JAN, 500, 250),
        ("M1", FEB, 10000, 5000),
        ("M2", JAN, -9000, -5000),
        ("NEW", JAN, 4000, 2000),
        ("NEW", FEB, 4000, 2000),
    ]
    assert balance(contract.payer.party_id, "plan_clearing") == 0
    assert (owed_cents(bell.party), owed_cents(other.party)) == (5250, 5000)
    # The plan left 10.00 too much with M2: in suspense until it is given back.
    (held,) = suspense(actor=QUINN)
    assert (held.plan_member_id, held.amount_cents) == ("M2", 1000)

    return_suspense(
        actor=QUINN,
        contract_id=contract.pk,
        member_id=held.member_id,
        month=JAN,
        amount_cents=1000,
        reason="the plan asked for it",
        now=NOW,
    )
    prove()
    march = month_end(contract, MAR)
    assert ("M2", JAN, -1000, 0) in rows_of(march)
    assert suspense(actor=QUINN) == []
    assert balance(contract.payer.party_id, "suspense") == 0
    assert balance(contract.payer.party_id, "plan_receivable") == -1000
