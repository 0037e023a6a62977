"""
The independent model's books: what each account, payee and statement must come to.

Nothing is carried along: every balance is added up anew from what happened.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from ipaportal.home.simulator.model import STEPS, Contract

# Accounts of the IPA that take a part of what was received.
OF_THE_IPA = {
    **{name: name for name in STEPS if name.endswith("_pool")},
    "admin_fee": "admin_fee_income",
    "reinsurance": "reinsurance_payable",
    "retained": "retained",
}
ON_THE_WAY, PAID, BACK = "released", "settled", "back"


@dataclass
class Payment:
    """One payment and where it is; what is back was never paid."""

    payee: int
    cents: int
    state: str = "prepared"


@dataclass
class Told:
    """A payee's statement: opening + provider − withheld + other − paid = closing."""

    opening: int
    provider: int
    withheld: int
    other: int
    paid: int
    held: int

    @property
    def closing(self) -> int:
        return self.opening + self.provider - self.withheld + self.other - self.paid


@dataclass
class Journal:
    """Everything that moves money, in the words of the model."""

    ipa: int
    payers: dict[str, int]
    practices: set[int]
    contracts: dict[str, Contract]
    # (payer code, paid cents, notice cents) of every file that was taken.
    files: list[tuple[str, int, int]] = field(default_factory=list)
    # (payer code, cents, whether it settles a notice).
    deposits: list[tuple[str, int, bool]] = field(default_factory=list)
    given_back: list[tuple[str, int]] = field(default_factory=list)
    payments: dict[int, Payment] = field(default_factory=dict)
    holds: Counter[int] = field(default_factory=Counter)
    # (payee, cents of payments, cents of others) that no statement tells yet.
    moves: list[tuple[int, int, int]] = field(default_factory=list)
    closings: dict[int, int] = field(default_factory=dict)
    stated: dict[int, tuple[int, int]] = field(default_factory=dict)

    def earned(self) -> dict[int, tuple[int, int]]:
        """Each payee's provider cents and withheld cents of all posted months."""
        sums: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0])
        for contract in self.contracts.values():
            for worth in contract.told.values():
                for (payee, _), (cents, held) in worth.shares.items():
                    sums[payee][0] += cents
                    sums[payee][1] += held
        return {payee: (cents, held) for payee, (cents, held) in sums.items()}

    def owed(self) -> dict[int, int]:
        """What each payee is owed now."""
        owed = Counter({who: cents - held for who, (cents, held) in self.earned().items()})
        for payment in self.payments.values():
            if payment.state in (ON_THE_WAY, PAID):
                owed[payment.payee] -= payment.cents
        return dict(owed)

    def to_pay(self) -> dict[int, int]:
        """Whom the next batch pays, and how much."""
        waiting = {p.payee for p in self.payments.values() if p.state == "prepared"}
        return {
            payee: cents
            for payee, cents in self.owed().items()
            if cents > 0
            and payee in self.practices
            and not self.holds[payee]
            and payee not in waiting
        }

    def balances(self) -> dict[tuple[int, str], int]:
        """Every account that is not at zero: (party, kind) → cents, a debit positive."""
        sums: Counter[tuple[int, str]] = Counter()
        for code, paid, notice in self.files:
            sums[self.ipa, "cash_in_transit"] += paid
            sums[self.payers[code], "plan_receivable"] += notice
            sums[self.payers[code], "plan_clearing"] -= paid + notice
        for code, cents, is_notice in self.deposits:
            sums[self.ipa, "cash"] += cents
            claim = (self.payers[code], "plan_receivable")
            sums[claim if is_notice else (self.ipa, "cash_in_transit")] -= cents
        for code, cents in self.given_back:
            sums[self.payers[code], "plan_clearing"] += cents
            sums[self.payers[code], "plan_receivable"] -= cents
        for code, contract in self.contracts.items():
            for worth in contract.told.values():
                sums[self.payers[code], "plan_clearing"] += worth.parts["received"]
                sums[self.payers[code], "suspense"] -= worth.parts["suspense"]
                for part, kind in OF_THE_IPA.items():
                    sums[self.ipa, kind] -= worth.parts[part]
        for payee, (_, held) in self.earned().items():
            sums[payee, "withhold_liability"] -= held
        for payee, cents in self.owed().items():
            sums[payee, "payable"] -= cents
        for payment in self.payments.values():
            if payment.state == ON_THE_WAY:
                sums[self.ipa, "payments_in_transit"] -= payment.cents
            elif payment.state == PAID:
                sums[self.ipa, "cash"] -= payment.cents
        return {account: cents for account, cents in sums.items() if cents}

    # ---- payments -------------------------------------------------------------------------------

    def released(self, ids: Iterable[int]) -> None:
        for number in ids:
            payment = self.payments[number]
            payment.state = ON_THE_WAY
            self.moves.append((payment.payee, payment.cents, 0))

    def settled(self, ids: Iterable[int]) -> None:
        for number in ids:
            if self.payments[number].state == ON_THE_WAY:
                self.payments[number].state = PAID

    def came_back(self, number: int) -> None:
        """A payment was returned or made void: it is owed again."""
        payment = self.payments[number]
        payment.state = BACK
        self.moves.append((payment.payee, 0, payment.cents))

    def paid_after_all(self, number: int) -> None:
        """The bank paid what was made void."""
        payment = self.payments[number]
        payment.state = PAID
        self.moves.append((payment.payee, 0, -payment.cents))

    # ---- statements -----------------------------------------------------------------------------

    def publish(self, _month: date) -> Mapping[int, Told]:
        """What each practice's statement must say now; told once."""
        earned, statements = self.earned(), {}
        for payee in sorted(self.practices):
            cents, held = earned.get(payee, (0, 0))
            before = self.stated.get(payee, (0, 0))
            told = Told(
                opening=self.closings.get(payee, 0),
                provider=cents - before[0],
                withheld=held - before[1],
                other=sum(other for who, _, other in self.moves if who == payee),
                paid=sum(paid for who, paid, _ in self.moves if who == payee),
                held=0,
            )
            if self.holds[payee] and told.closing > 0:
                told.held = told.closing
            statements[payee] = told
            self.closings[payee] = told.closing
        self.stated, self.moves = earned, []
        return statements
