"""
What a month's statements would say: every payee's figures, gathered set-wise, nothing written.

Beneath the action that publishes them; it holds the lock.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import connection
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from capitation.models import (
    BankAccount,
    Payment,
    Run,
    Statement,
    StatementPosting,
)
from capitation.models import Terms as TermsRow
from capitation.queries.facts import rule_terms
from capitation.queries.payments import candidates
from capitation.queries.statement_sums import PARTS, Sums
from capitation.rules.payments import COOL_OFF, HELD, IN_BATCH, NO_BANK, SKIP_NAMES, skip_reason
from capitation.rules.statements import (
    ZERO_WORDS,
    change_sentence,
    changes,
    reason_words,
)
from capitation.rules.terms import sentence
from credentialing.models import Practitioner
from ipaportal.core.months import add_months
from ipaportal.identity.models import Party
from ipaportal.ledger.models import Account, Entry, Posting
from ipaportal.ledger.queries.balances import balances_by_party

YEAR = (*PARTS, "mine", "withheld", "other", "returned", "paid")
HOLDS = {HELD, NO_BANK, COOL_OFF}


@dataclass
class Draft:
    """One payee's statement before it is written."""

    payee_id: int
    sequence: int
    run_ids: list[int]
    posting_ids: list[int]
    payment_id: int | None
    opening: int
    provider: int
    withheld: int
    other: int
    paid: int
    held: int = 0
    content: dict[str, object] = field(default_factory=dict)
    # What its runs booked on the payable; provider − withheld, or the books disagree.
    booked: int = 0

    @property
    def closing(self) -> int:
        return self.opening + self.provider - self.withheld + self.other - self.paid


@dataclass
class Before:
    """What earlier statements told a payee."""

    closing: int = 0
    sequence: int = 0
    year: Mapping[str, int] = field(default_factory=dict)
    is_told: bool = False
    earned: int = 0
    other: int = 0
    retro: int = 0


def drafts(month: date, now: datetime) -> list[Draft]:
    """The statements that publishing a month now would write, by payee."""
    runs = list(unstated_runs(month))
    moves = _movements(runs)
    before = _before(month)
    sums = Sums(month, runs)
    practices = dict(
        Party.objects.filter(kind=Party.Kind.PRACTICE).values_list("pk", "name").order_by("pk")
    )
    carried = {p for p, told in before.items() if told.closing and not told.sequence}
    payees = sorted((sums.payees | set(moves) | carried) & set(practices))
    made = []
    for payee in payees:
        told = before.get(payee, Before())
        made.append(_draft(payee, month, runs, sums, moves.get(payee, []), told))
    _fill(made, month, now, runs, sums, before, practices)
    return made


def unstated_runs(month: date) -> Iterable[Run]:
    """Posted runs up to a month that no statement tells yet."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT jsonb_array_elements(run_ids)::bigint FROM capitation_statement"
        )
        told = [pk for (pk,) in cursor.fetchall()]
    runs = Run.objects.filter(status=Run.Status.POSTED, month__lte=month).exclude(pk__in=told)
    return runs.select_related("contract__payer__party").order_by("month", "pk")


def _movements(runs: list[Run]) -> dict[int, list[dict]]:
    """Posted movements of payables that no statement tells yet; a credit is positive."""
    keys = [f"run:{run.pk}" for run in runs]
    rows = (
        Posting.objects.filter(
            ~Exists(StatementPosting.objects.filter(posting_id=OuterRef("pk"))),
            Q(entry__key__in=keys) | ~Q(entry__key__regex=r"^run:[0-9]+$"),
            account__kind=Account.Kind.PAYABLE,
            account__party__kind=Party.Kind.PRACTICE,
            entry__status=Entry.Status.POSTED,
        )
        .order_by("entry__date", "pk")
        .values(
            "pk",
            "account__party_id",
            "entry__key",
            "entry__date",
            "entry__description",
            "amount_cents",
        )
    )
    found = defaultdict(list)
    for row in rows:
        found[row["account__party_id"]].append(
            {
                "posting_id": row["pk"],
                "key": row["entry__key"],
                "date": row["entry__date"].isoformat(),
                "description": row["entry__description"],
                "cents": -row["amount_cents"],
            }
        )
    return dict(found)


def _before(month: date) -> dict[int, Before]:
    """The last statement of each payee, and what last month's said in all."""
    found: dict[int, Before] = defaultdict(Before)
    last = Statement.objects.order_by("payee_id", "-month", "-sequence").distinct("payee_id")
    for payee, told, sequence, closing, year in last.values_list(
        "payee_id", "month", "sequence", "closing_cents", "content__ytd"
    ):
        one = found[payee]
        one.closing = closing
        one.sequence = sequence if told == month else 0
        one.year = year if told.year == month.year else {}
    rows = Statement.objects.filter(month=add_months(month, -1)).values_list(
        "payee_id",
        "provider_cents",
        "withhold_cents",
        "other_cents",
        "content__returned_cents",
        "content__retro_cents",
    )
    for payee, provider, withheld, other, returned, retro in rows:
        one = found[payee]
        one.is_told = True
        one.earned += provider - withheld
        one.other += other - returned
        one.retro += retro
    return dict(found)


def _payment_of(key: str) -> int | None:
    head, _, rest = key.partition(":")
    return int(rest) if head == "payment" and rest.isdigit() else None


def _is_run(key: str) -> bool:
    head, _, rest = key.partition(":")
    return head == "run" and rest.isdigit()


def _draft(
    payee: int, month: date, runs: list[Run], sums: Sums, moves: list[dict], told: Before
) -> Draft:
    lines = sums.lines.get(payee, [])
    payments = [m for m in moves if _payment_of(m["key"]) is not None]
    booked = [m for m in moves if _is_run(m["key"])]
    other = [m for m in moves if m not in payments and m not in booked]
    returned = [m for m in other if m["key"].startswith("payment:")]
    return Draft(
        payee_id=payee,
        sequence=told.sequence + 1,
        # Also runs that moved nobody's share, or each later statement would tell them again.
        run_ids=[run.pk for run in runs],
        posting_ids=[m["posting_id"] for m in moves],
        payment_id=_payment_of(payments[-1]["key"]) if payments else None,
        opening=told.closing,
        provider=sum(line["provider_cents"] for line in lines),
        withheld=sum(line["withhold_cents"] for line in lines),
        other=sum(m["cents"] for m in other),
        paid=-sum(m["cents"] for m in payments),
        booked=sum(m["cents"] for m in booked),
        content={
            "month": month.isoformat(),
            # Money that came back is no income of this month: it is left out of the comparison.
            "returned_cents": sum(m["cents"] for m in returned),
            "movements": [{k: v for k, v in m.items() if k != "posting_id"} for m in other],
        },
    )


def _fill(
    made: list[Draft],
    month: date,
    now: datetime,
    runs: list[Run],
    sums: Sums,
    before: Mapping[int, Before],
    practices: Mapping[int, str],
) -> None:
    """Write every section of every draft; what is looked up is looked up once for all."""
    ids = [draft.payee_id for draft in made]
    by_run = {run.pk: run for run in runs}
    contracts = _contracts(runs, month)
    names = _practitioner_names(sums)
    payments = _payments(made)
    today = timezone.localdate(now)
    waiting = {c.party_id: skip_reason(c, now) for c in candidates(today, ids, for_payees=True)}
    endings = dict(
        BankAccount.objects.active()
        .filter(party_id__in=ids, purpose=BankAccount.Purpose.PAYEE)
        .values_list("party_id", "account_last4")
    )
    withheld = balances_by_party(Account.Kind.WITHHOLD_LIABILITY, party_ids=ids)
    ipa = Party.objects.get(kind=Party.Kind.IPA).name
    for draft in made:
        told = before.get(draft.payee_id, Before())
        lines = sums.lines.get(draft.payee_id, [])
        draft.content |= _lines_content(lines, by_run, month)
        draft.content |= _members_content(draft.payee_id, sums, names)
        draft.content |= _money_content(draft, waiting.get(draft.payee_id))
        draft.content |= {
            "ipa": ipa,
            "payee": practices[draft.payee_id],
            "payment_list": payments.get(draft.payee_id, []),
            "ending": endings.get(draft.payee_id, ""),
            "withhold_balance_cents": -withheld.get(draft.payee_id, 0),
            "terms": [
                contracts[pk]
                for pk in sorted({by_run[line["run_id"]].contract_id for line in lines})
                if pk in contracts
            ],
            "change": _change(draft, sums.compared.get(draft.payee_id, []), told, month),
        }
        draft.content["parts"] = parts = _parts(draft, sums.parts.get(draft.payee_id))
        now_sums = parts | {
            "withheld": draft.withheld,
            "other": draft.other - draft.content["returned_cents"],
            "returned": draft.content["returned_cents"],
            "paid": draft.paid,
        }
        draft.content["ytd"] = {k: told.year.get(k, 0) + now_sums[k] for k in YEAR}


def _lines_content(lines: list[dict], by_run: Mapping[int, Run], month: date) -> dict[str, object]:
    """Current and retro lines by contract, coverage month and reason; contracts in sum."""
    groups: dict[tuple, list[int]] = {}
    contracts: dict[str, list[int]] = {}
    for line in lines:
        run = by_run[line["run_id"]]
        key = (line["coverage_month"], run.contract.name, line["reason"])
        figures = line["members"], line["provider_cents"], line["withhold_cents"]
        groups[key] = [a + b for a, b in zip(groups.get(key, [0, 0, 0]), figures, strict=True)]
        is_now = line["coverage_month"] == month
        net = line["provider_cents"] - line["withhold_cents"]
        sums = contracts.setdefault(run.contract.name, [0, 0, 0, 0])
        sums[0] += net if is_now else 0
        sums[1] += 0 if is_now else net
        sums[2] += line["provider_cents"]
        sums[3] += line["withhold_cents"]
    rows = [
        {
            "month": told.isoformat(),
            "contract": contract,
            "reason": reason,
            "words": reason_words(reason),
            "members": members,
            "provider_cents": provider,
            "withhold_cents": withheld,
        }
        for (told, contract, reason), (members, provider, withheld) in sorted(
            groups.items(), key=lambda item: (-item[0][0].toordinal(), *item[0][1:])
        )
    ]
    current = [row for row in rows if row["month"] == month.isoformat()]
    retro = [row for row in rows if row["month"] != month.isoformat() and _moves(row)]
    runs = sorted({line["run_id"] for line in lines})
    return {
        "runs": [
            {
                "run_id": pk,
                "contract": by_run[pk].contract.name,
                "month": by_run[pk].month.isoformat(),
                "sequence": by_run[pk].sequence,
            }
            for pk in runs
        ],
        "current": current,
        "retro": retro,
        "current_cents": _net(current),
        "retro_cents": _net(retro),
        "contracts": [
            {
                "contract": name,
                "current_cents": sums[0],
                "retro_cents": sums[1],
                "provider_cents": sums[2],
                "withhold_cents": sums[3],
            }
            for name, sums in sorted(contracts.items())
        ],
    }


def _moves(row: Mapping[str, object]) -> bool:
    return bool(row["members"] or row["provider_cents"] or row["withhold_cents"])


def _net(rows: list[dict]) -> int:
    return sum(row["provider_cents"] - row["withhold_cents"] for row in rows)


def _members_content(payee: int, sums: Sums, names: Mapping[int, str]) -> dict[str, object]:
    zeros = sums.zeros.get(payee, [])
    return {
        "members_paid": sum(z["members"] for z in zeros if z["zero_reason"] is None),
        "zero": [
            {
                "reason": z["zero_reason"],
                "words": ZERO_WORDS.get(z["zero_reason"], z["zero_reason"]),
                "member_ids": z["member_ids"],
            }
            for z in zeros
            if z["zero_reason"] is not None
        ],
        "practitioners": [
            {
                "name": names.get(p["practitioner_id"], "No PCP"),
                "members": p["members"],
                "current_cents": p["current_cents"] or 0,
                "retro_cents": p["retro_cents"] or 0,
            }
            for p in sums.practitioners.get(payee, [])
        ],
    }


def _money_content(draft: Draft, standing: tuple[str, str] | None) -> dict[str, object]:
    """What becomes of the closing balance: held, waiting, or carried forward."""
    holds, text = [], ""
    code, why = standing or ("", "")
    if draft.closing > 0 and code in HOLDS:
        draft.held = draft.closing
        holds.append({"code": code, "name": SKIP_NAMES[code], "text": why, "cents": draft.closing})
    elif draft.closing > 0 and code == IN_BATCH:
        text = "It is in a payment batch that waits for release."
    elif draft.closing > 0:
        text = "It is paid with the next payment batch."
    elif draft.closing < 0:
        text = "The balance is below zero; it is taken from the next month's payment."
    return {"holds": holds, "closing_text": text}


def _parts(draft: Draft, row: Mapping[str, int] | None) -> dict[str, int]:
    sums = {name: int(row[name]) if row else 0 for name in PARTS}
    return sums | {"mine": draft.provider}


def _change(
    draft: Draft, compared: list[dict], told: Before, month: date
) -> dict[str, object] | None:
    """The change since last month's statements; None without one, or for a further statement."""
    if not told.is_told or draft.sequence > 1:
        return None
    month_before = add_months(month, -1)
    other = draft.other - draft.content["returned_cents"]
    retro: dict[str, tuple[int, int]] = {}
    for row in draft.content["retro"]:
        count, cents = retro.get(row["reason"], (0, 0))
        net = row["provider_cents"] - row["withhold_cents"]
        retro[row["reason"]] = count + row["members"], cents + net
    causes = changes(
        compared={row["cause"]: (row["members"], row["cents"]) for row in compared},
        retro_now=retro,
        retro_before=told.retro,
        other_now=other,
        other_before=told.other,
        month_before=month_before,
    )
    now = draft.provider - draft.withheld + other
    before = told.earned + told.other
    return {
        "month_before": month_before.isoformat(),
        "before_cents": before,
        "now_cents": now,
        "sentence": change_sentence(month_before, before, now, causes),
        "causes": [
            {"code": c.code, "words": c.words, "count": c.count, "cents": c.cents} for c in causes
        ],
    }


def _contracts(runs: list[Run], month: date) -> dict[int, dict[str, str]]:
    found = {}
    for run in runs:
        rows = TermsRow.objects.filter(contract_id=run.contract_id).known_at(run.snapshot_no)
        row = rows.active_on(run.month).first()
        if row is not None:
            found[run.contract_id] = {
                "contract": run.contract.name,
                "payer": run.contract.payer.party.name,
                "sentence": sentence(rule_terms(row)),
                "citation": row.citation,
            }
    return found


def _practitioner_names(sums: Sums) -> dict[int, str]:
    ids = {p["practitioner_id"] for rows in sums.practitioners.values() for p in rows}
    rows = Practitioner.objects.filter(pk__in=ids).values_list("pk", "first_name", "last_name")
    return {pk: f"{first} {last}" for pk, first, last in rows}


def _payments(made: list[Draft]) -> dict[int, list[dict]]:
    """Payments that these drafts tell, by payee: amount, day, where it went."""
    postings = [pk for draft in made for pk in draft.posting_ids]
    keys = Posting.objects.filter(pk__in=postings, entry__key__startswith="payment:")
    ids = {_payment_of(key) for key in keys.values_list("entry__key", flat=True)} - {None}
    found = defaultdict(list)
    rows = Payment.objects.filter(pk__in=ids).select_related("batch", "bank_account")
    for payment in rows.order_by("pk"):
        day = payment.batch.effective_entry_date
        found[payment.party_id].append(
            {
                "payment_id": payment.pk,
                "cents": payment.amount_cents,
                "date": day.isoformat() if day else "",
                "ending": payment.bank_account.account_last4,
                "trace": payment.trace_number or "",
            }
        )
    return dict(found)


def months_to_publish() -> dict[date, list[Run]]:
    """Months with posted runs that no statement tells yet, each with those runs."""
    last = Statement.objects.order_by("-month").values_list("month", flat=True).first()
    found: dict[date, list[Run]] = defaultdict(list)
    for run in unstated_runs(date.max):
        # What a closed month still brought comes with the next one.
        found[max(run.month, last) if last else run.month].append(run)
    return dict(found)
