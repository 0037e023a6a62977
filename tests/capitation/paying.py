"""Two practices that are owed money, an IPA with a bank, and two people who pay."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

import capitation
from capitation.actions.banking import (
    approve_bank_account,
    propose_bank_account,
)
from capitation.actions.payments import (
    prepare_payments,
    release_payments,
)
from ipaportal import ledger
from ipaportal.core.actors import Actor
from ipaportal.core.sql import check_invariant, invariants
from ipaportal.identity.models import Party
from ipaportal.ledger import books
from ipaportal.ledger.queries.balances import balance, owed_cents

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)  # a Tuesday
CLOCK = Actor.system("clock")
QUINN = Actor(901, "Quinn", frozenset({("finance", 1)}))
REYES = Actor(902, "Reyes", frozenset({("finance_approver", 1)}))
BOTH = Actor(903, "Both", frozenset({("finance_approver", 1), ("finance", 1)}))
OSEI = Actor(904, "Osei", frozenset({("compliance_officer", 1)}))


@pytest.fixture(autouse=True)
def proven():
    """Whatever a test does, it leaves no invariant of payments or of the books broken."""
    yield
    folders = [
        Path(module.__file__).parent / "sql" / "invariants" for module in (capitation, ledger)
    ]
    wanted = [rule for folder in folders for rule in invariants(folder)]
    checks = [
        check_invariant(rule)
        for rule in wanted
        if rule.name.startswith(("capitation.3", "ledger."))
    ]
    assert len(checks) >= 10
    assert {check.name: check.rows for check in checks if check.count} == {}


def give_bank(party, account_number="744-5678-99", by=QUINN, now=NOON, **changes):
    proposed = propose_bank_account(
        actor=by,
        party_id=party.pk,
        now=now,
        **{
            "holder_name": party.name,
            "routing_number": "231380104",
            "account_number": account_number,
            **changes,
        },
    )
    return approve_bank_account(actor=REYES, bank_account_id=proposed.pk, now=now)


def owe(party, cents, key):
    """Book that a run earned a practice some cents (or took them back)."""
    plan, _ = Party.objects.get_or_create(kind="payer", name="Golden Plan")
    clearing = books.account(plan, "plan_clearing")
    lines = [(clearing, cents), (books.account(party, "payable"), -cents)]
    books.book(key=key, date=NOON.date(), description=key, lines=lines, actor=CLOCK, now=NOON)


@pytest.fixture
def ipa():
    party = Party.objects.get_or_create(kind="ipa", defaults={"name": "Harbor Valley IPA"})[0]
    give_bank(
        party,
        "100200300",
        purpose="origin",
        routing_number="091000019",
        bank_name="First Example Bank",
        company_id="1999999999",
    )
    return party


@pytest.fixture
def bell(ipa):
    party = Party.objects.create(kind="practice", name="Bell Clinic")
    owe(party, 30829, "run:1")
    give_bank(party)
    return party


@pytest.fixture
def alvarez(ipa):
    party = Party.objects.create(kind="practice", name="Dr. Álvarez")
    owe(party, 11050, "run:2")
    give_bank(party, "5550001", account_type="savings")
    return party


def prepare(**changes):
    return prepare_payments(**{"actor": QUINN, "now": NOON, **changes})


def release(batch, **changes):
    values = {"actor": REYES, "seen_digest": batch.digest, "now": NOON, **changes}
    return release_payments(batch_id=batch.pk, **values)


def returned_file(*payments, code="R03"):
    lines = ["5200HARBOR VALLEY IP                    1999999999CCDCAPITATION      261104   1"
             "091000010000001"]  # fmt: skip
    for payment in payments:
        account = payment.bank_account
        lines += [
            f"621{account.routing_number}{'744567899':<17}{payment.amount_cents:010d}"
            f"{'':15}{'BELL CLINIC':<22}  1231380100000001",
            f"799{code}{payment.trace_number}      23138010{'':44}231380100000001",
        ]
    return "\r\n".join(lines).encode()


def books_now(ipa, *parties):
    return [owed_cents(party) for party in parties] + [
        balance(ipa, "payments_in_transit"),
        balance(ipa, "cash"),
    ]
