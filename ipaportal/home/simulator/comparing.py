"""The portal beside the model: every cent of every member-month, payee and account."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from django.db import connection

from capitation.models import Payment, Statement
from ipaportal.core.sql import check_invariant
from ipaportal.home.management.commands.prove import every_invariant
from ipaportal.home.simulator.journal import Journal, Told
from ipaportal.home.simulator.model import PARTS, Contract

RECEIVED = """
    SELECT m.plan_member_id, r.coverage_month, sum(r.amount_cents)::bigint
    FROM capitation_receipt AS r JOIN capitation_member AS m ON m.id = r.member_id
    WHERE r.contract_id = %s GROUP BY 1, 2
"""
ROWS = f"""
    SELECT m.plan_member_id, w.coverage_month,
           {", ".join(f"sum(w.{part}_cents)::bigint" for part in PARTS)}
    FROM capitation_waterfall AS w
    JOIN capitation_run AS run ON run.id = w.run_id AND run.status = 'posted'
    JOIN capitation_member AS m ON m.id = w.member_id
    WHERE run.contract_id = %s GROUP BY 1, 2
"""  # noqa: S608 - names of our own columns
SHARES = """
    SELECT m.plan_member_id, s.coverage_month, s.payee_id, s.practitioner_id,
           sum(s.provider_cents)::bigint, sum(s.withhold_cents)::bigint
    FROM capitation_share AS s
    JOIN capitation_run AS run ON run.id = s.run_id AND run.status = 'posted'
    JOIN capitation_member AS m ON m.id = s.member_id
    WHERE run.contract_id = %s GROUP BY 1, 2, 3, 4
    HAVING sum(s.provider_cents) <> 0 OR sum(s.withhold_cents) <> 0
"""
BALANCES = """
    SELECT a.party_id, a.kind, sum(p.amount_cents)::bigint
    FROM ledger_posting AS p JOIN ledger_account AS a ON a.id = p.account_id
    JOIN ledger_entry AS e ON e.id = p.entry_id AND e.status = 'posted'
    GROUP BY 1, 2 HAVING sum(p.amount_cents) <> 0
"""


@dataclass
class Difference(Exception):
    """The portal says one thing and the model another; or an invariant of the portal is broken."""

    what: str
    whose: str
    month: date | None
    portal: object
    model: object

    def __str__(self) -> str:
        when = f", {self.month:%Y-%m}" if self.month else ""
        return (
            f"{self.what} of {self.whose}{when}: the portal {self.portal}, the model {self.model}"
        )


def compare(contracts: Mapping[str, int], journal: Journal) -> int:
    """
    Compare all that is known now; count the figures.

    :raises Difference: at the first that differs
    """
    count = 0
    for code, number in contracts.items():
        count += _same("money received", received(number), _received(journal.contracts[code]))
        count += _same("parts", rows(number), _rows(journal.contracts[code]))
        count += _same("shares", shares(number), _shares(journal.contracts[code]))
    count += _same("balance", dict(_pairs(BALANCES, 2)), journal.balances())
    count += _same(
        "payment",
        {p.pk: (p.party_id, p.amount_cents) for p in Payment.objects.all()},
        {number: (p.payee, p.cents) for number, p in journal.payments.items()},
    )
    return count


def compare_batch(batch_id: int, expected: Mapping[int, int]) -> dict[int, tuple[int, int]]:
    """
    Compare a prepared batch to whom the model would pay; give its payments.

    :raises Difference: if it pays anybody else or anything else
    """
    lines = {p.pk: (p.party_id, p.amount_cents) for p in Payment.objects.filter(batch=batch_id)}
    _same("what a batch pays", dict(lines.values()), dict(expected))
    return lines


def compare_statements(month: date, sequence: int, expected: Mapping[int, Told]) -> int:
    """
    Compare the statements just published.

    :raises Difference: if one says anything else, or is missing
    """
    names = ("opening", "provider", "withhold", "other", "paid", "closing", "held")
    said = {
        row[0]: row[1:]
        for row in Statement.objects.filter(month=month, sequence=sequence).values_list(
            "payee_id", *(f"{name}_cents" for name in names)
        )
    }
    due = {
        payee: (told.opening, told.provider, told.withheld, told.other, told.paid, told.closing,
                told.held)
        for payee, told in expected.items()
    }  # fmt: skip
    # Who has nothing to be told has no statement, or one of zeros.
    due = {payee: figures for payee, figures in due.items() if any(figures) or payee in said}
    return _same("statement", said, due)


def prove() -> int:
    """
    Ask every invariant of the portal.

    :raises Difference: naming the first that is broken
    """
    count = 0
    for invariant in every_invariant():
        check = check_invariant(invariant)
        if check.count:
            raise Difference("invariant", check.name, None, check.rows[:3], "no row")
        count += 1
    return count


# ---- the portal's side --------------------------------------------------------------------------


def received(contract_id: int) -> dict:
    return {key: cents for key, cents in _pairs(RECEIVED, 2, contract_id) if cents}


def rows(contract_id: int) -> dict:
    """Member and month → what all posted runs say of them together."""
    found = _pairs(ROWS, 2, contract_id, whole=True)
    return {key: figures for key, figures in found if any(figures)}


def shares(contract_id: int) -> dict:
    return dict(_pairs(SHARES, 4, contract_id, whole=True))


def _pairs(query: str, width: int, *given: object, whole: bool = False) -> Iterator[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(query, given or None)
        for row in cursor:
            yield row[:width], row[width:] if whole else row[width]


# ---- the model's side ---------------------------------------------------------------------------


def _received(contract: Contract) -> dict:
    return {
        (ref, month): cents
        for ref, person in contract.people.items()
        if person.is_known
        for month, cents in person.money.items()
        if cents
    }


def _rows(contract: Contract) -> dict:
    told = {key: tuple(worth.parts[part] for part in PARTS) for key, worth in contract.told.items()}
    return {key: figures for key, figures in told.items() if any(figures)}


def _shares(contract: Contract) -> dict:
    return {
        (*key, *whose): cents
        for key, worth in contract.told.items()
        for whose, cents in worth.shares.items()
        if any(cents)
    }


def _same(what: str, portal: Mapping, model: Mapping) -> int:
    if portal != model:
        for key in sorted({*portal, *model}, key=str):
            if portal.get(key) != model.get(key):
                raise _difference(what, key, portal.get(key), model.get(key))
    return len(model)


def _difference(what: str, key: object, portal: object, model: object) -> Difference:
    parts = key if isinstance(key, tuple) else (key,)
    month = next((part for part in parts if isinstance(part, date)), None)
    whose = " ".join(str(part) for part in parts if not isinstance(part, date))
    if what == "parts":
        empty = (0,) * len(PARTS)
        both = zip(PARTS, portal or empty, model or empty, strict=True)
        apart = [(name, mine, theirs) for name, mine, theirs in both if mine != theirs]
        what = " and ".join(name for name, _, _ in apart)
        portal, model = ([one[side] for one in apart] for side in (1, 2))
    return Difference(what, whose, month, portal, model)
