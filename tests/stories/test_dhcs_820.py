"""Real 820s, all the way: received, adopted, assigned by a list, run, posted, proven."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from capitation.actions.files import process_file, receive_file
from capitation.actions.members import adopt_members, assign_pcps_from_csv
from capitation.actions.runs import (
    SamePerson,
    approve_run,
    calculate_run,
    open_run,
    post_run,
)
from capitation.models import Receipt, RemittanceLine, Run, Share
from capitation.queries.worklists import members_without_pcp, unknown_members
from credentialing.models import Participation
from ipaportal.core.actors import Actor
from ipaportal.core.sql import check_invariant
from ipaportal.home.management.commands.prove import every_invariant
from ipaportal.ledger.queries.balances import balance
from tests.factories import (
    CLOCK,
    batch,
    fact,
    make_contract,
    make_practice,
    make_practitioner,
)

SAMPLES = Path(__file__).resolve().parent.parent.parent.parent / "shared/samples/x12-820"
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not SAMPLES.is_dir(), reason="the public sample files are not here"),
]
NOW = datetime(2026, 2, 20, 12, tzinfo=UTC)
QUINN = Actor(user_id=11, name="Quinn", grants=frozenset({("finance", 1)}))
REYES = Actor(user_id=12, name="Reyes", grants=frozenset({("finance_approver", 1)}))


@pytest.mark.parametrize(
    ("number", "total_cents"), [("01", 10213946), ("02", 9197781)], ids=["01", "02"]
)
def test_goes_all_the_way(number, total_cents):
    contract = make_contract(
        "DHCS",
        date(2020, 1, 1),
        rate_model="percent",
        rate_pct=Decimal(50),
        admin_fee_method="pct",
        admin_fee_value=Decimal(8),
        withhold_pct=Decimal(10),
        lookback_months=120,
    )
    data = (SAMPLES / f"hccinfhir__sample_820_{number}.txt").read_bytes()
    file = receive_file(
        actor=QUINN, payer_id=contract.payer_id, name=f"{number}.txt", data=data, now=NOW
    )
    file = process_file(actor=CLOCK, file_id=file.pk, now=NOW)
    assert (file.status, file.problems) == ("applied", [])
    assert sum(line.amount_cents for line in RemittanceLine.objects.all()) == total_cents
    assert Receipt.objects.count() == 0
    waiting = unknown_members(actor=QUINN)
    assert sum(one.amount_cents for one in waiting) == total_cents
    assert len(waiting) == file.counts["unknown_members"] == file.figures["members"]

    adopt_members(actor=QUINN, contract_id=contract.pk, now=NOW)
    assert unknown_members(actor=QUINN) == []
    assert sum(r.amount_cents for r in Receipt.objects.all()) == total_cents

    payee, pcp = give_network(contract)
    month = max(RemittanceLine.objects.values_list("coverage_month", flat=True))
    assert members_without_pcp(actor=QUINN, month=month)
    rows = [f"{one.member_ref},{pcp.npi},2020-01-01" for one in waiting]
    listed = "member_id,pcp_npi,pcp_effective_date\n" + "\n".join(rows)
    done = assign_pcps_from_csv(
        actor=QUINN, payer_id=contract.payer_id, data=listed.encode(), now=NOW
    )
    assert (done.changed, done.refused) == (len(waiting), [])
    assert members_without_pcp(actor=QUINN, month=month) == []

    run = month_end(contract, month)
    sums = run.totals
    assert sums["received"] == total_cents
    assert sums["provider"] == sum(s.provider_cents for s in Share.objects.filter(run_id=run.pk))
    assert {s.payee_id for s in Share.objects.filter(run_id=run.pk)} == {payee.party_id}
    assert balance(contract.payer.party_id, "plan_clearing") == 0
    breaches = {c.name: c.rows for i in every_invariant() if (c := check_invariant(i)).count}
    assert breaches == {}


def give_network(contract):
    """One practice with one doctor in the payer's network."""
    practice, pcp = make_practice(), make_practitioner()
    fact(
        Participation,
        batch(),
        date(2020, 1, 1),
        practitioner=pcp,
        practice=practice,
        payer_party=contract.payer.party,
    )
    return practice, pcp


def month_end(contract, month) -> Run:
    """The month run, refused to whoever made it, approved by a second person, posted."""
    run = open_run(actor=CLOCK, contract_id=contract.pk, month=month, now=NOW)
    run = calculate_run(actor=CLOCK, run_id=run.pk, now=NOW)
    both = Actor(11, "Quinn", frozenset({("finance_approver", 1)}))
    with pytest.raises(SamePerson):
        approve_run(actor=both, run_id=run.pk, seen_digest=run.digest, now=NOW)
    approve_run(actor=REYES, run_id=run.pk, seen_digest=run.digest, now=NOW)
    return post_run(actor=CLOCK, run_id=run.pk, now=NOW)
