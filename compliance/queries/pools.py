"""Pools by month: what months of capitation put in, what claims drew, and what is left."""

from dataclasses import dataclass
from datetime import date

from django.db import connection

from ipaportal.ledger.models import Account

POOLS = (Account.Kind.SPECIALIST_POOL, Account.Kind.HOSPITAL_POOL, Account.Kind.PHARMACY_POOL)
# What is owed is a credit, below zero in the books: a pool's money is its balance turned round.
MOVED = """
SELECT account.id, account.kind, date_trunc('month', entry.date)::date,
       -coalesce(sum(posting.amount_cents) FILTER (WHERE entry.key LIKE 'run:%%'), 0),
       -coalesce(sum(posting.amount_cents) FILTER (WHERE entry.key LIKE 'claims:%%'), 0),
       -sum(posting.amount_cents)
FROM ledger_posting AS posting
JOIN ledger_account AS account ON account.id = posting.account_id
JOIN ledger_entry AS entry ON entry.id = posting.entry_id AND entry.status = 'posted'
WHERE account.kind = ANY(%(kinds)s)
GROUP BY 1, 2, 3 ORDER BY 2, 3
"""


@dataclass(frozen=True)
class PoolMonth:
    """One pool's month in cents; what it pays is below zero."""

    account_id: int
    month: date
    pool: str
    funded: int
    claims: int
    other: int
    balance: int


def pool_months() -> list[PoolMonth]:
    """Every month in which a pool moved, the newest first."""
    with connection.cursor() as cursor:
        cursor.execute(MOVED, {"kinds": [str(kind) for kind in POOLS]})
        rows = cursor.fetchall()
    left: dict[str, int] = {}
    found = []
    for account, kind, month, funded, claims, total in rows:
        left[kind] = left.get(kind, 0) + int(total)
        name = Account.Kind(kind).label.capitalize()
        other = int(total) - int(funded) - int(claims)
        found.append(PoolMonth(account, month, name, int(funded), int(claims), other, left[kind]))
    return sorted(found, key=lambda one: (one.month, one.pool), reverse=True)
