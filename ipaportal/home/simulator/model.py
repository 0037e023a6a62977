"""
The independent model: the facts as they were told, and what each member's month is worth by them.

It shares no line with the rules it checks. Where they know spans, it keeps one cell a day; where
they add differences, it works every month out anew; where they use decimals, it uses fractions.
"""

from array import array
from bisect import bisect_right
from calendar import monthrange
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

STEPS = ("admin_fee", "reinsurance", "hospital_pool", "specialist_pool", "pharmacy_pool")
PARTS = ("premium", "expected", "received", *STEPS, "provider", "retained", "suspense", "withhold")
NOTHING = dict.fromkeys(PARTS, 0)
FOREVER = None


def half_away(above: int, below: int) -> int:
    """The whole number nearest to a fraction; a half goes away from zero."""
    size, rest = divmod(abs(above), below)
    size += 2 * rest >= below
    return -size if above < 0 else size


def part_of(cents: int, share: Fraction) -> int:
    """A share of an amount, in whole cents."""
    return half_away(cents * share.numerator, share.denominator)


def dealt(cents: int, days: list[int], *, to_most_days: bool) -> list[int]:
    """Deal an amount out by days; single cents left over go one each, in an order that is fixed."""
    if len(days) == 1:
        return [cents]
    whole, sign = sum(days), -1 if cents < 0 else 1
    exact = [Fraction(abs(cents) * count, whole) for count in days]
    given = [int(one) for one in exact]
    wanting = [(-days[i] if to_most_days else given[i] - exact[i], i) for i in range(len(days))]
    for _, i in sorted(wanting)[: abs(cents) - sum(given)]:
        given[i] += 1
    return [sign * one for one in given]


@dataclass(frozen=True)
class Deal:
    """The terms of a contract as the model reads them: words, and exact fractions (8 % is 2/25)."""

    words: dict[str, object]
    numbers: dict[str, Fraction]
    # (product, sex) → ages from, and (age to, dollars) of each.
    rates: dict[tuple[str, str], list[tuple[int, int, Fraction]]]

    def rate(self, product: str, sex: str, age: int | None) -> Fraction | None:
        """Dollars a month, before any risk score; None where nothing says."""
        if self.words["rate_model"] == "flat":
            return self.numbers["flat_pmpm"]
        if sex and age is not None:
            cells = self.rates.get((product, sex), [])
            at = bisect_right(cells, (age, 999, Fraction(0))) - 1
            if at >= 0 and cells[at][0] <= age <= cells[at][1]:
                return cells[at][2]
        if self.words["missing_rate"] == "default":
            return self.numbers["missing_rate_default"]
        return None


def deal_of(values: dict[str, object], rates: dict | None = None) -> Deal:
    """Read terms as they are told to the portal: words stay, numbers become exact."""
    words = {k: v for k, v in values.items() if isinstance(v, str | bool | list | int)}
    numbers = {
        k: Fraction(str(v)) / (100 if k.endswith("_pct") or values.get(k[:-6] + "_method") == "pct"
                               else 1)
        for k, v in values.items() if k not in words
    }  # fmt: skip
    return Deal(words, numbers, {key: sorted(cells) for key, cells in (rates or {}).items()})


@dataclass
class Worth:
    """What a member's month comes to, and whose the provider's part is: (payee, doctor) → cents."""

    parts: dict[str, int]
    shares: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)


class Person:
    """What was told of a member: a cell for every day, a figure for every month."""

    __slots__ = (
        *("birth", "sex", "is_known", "mbi_known", "paid_by_mbi", "product", "doctor"),
        *("money", "premium", "risk", "flags"),
    )

    def __init__(self, size: int) -> None:
        self.birth: date | None = None
        self.sex = ""
        self.is_known = self.mbi_known = self.paid_by_mbi = False
        self.product = bytearray(size)
        self.doctor = array("H", [0]) * size
        self.money: defaultdict[date, int] = defaultdict(int)
        self.premium: defaultdict[date, int] = defaultdict(int)
        self.risk: dict[date, Fraction] = {}
        self.flags: dict[date, set[str]] = {}


class Contract:
    """One payer's contract: its terms a month, its members, and what its runs have told so far."""

    def __init__(self, code: str, first: date, months: int, unassigned: int) -> None:
        self.code, self.first, self.unassigned = code, first, unassigned
        self.size = months * 31 + 62
        self.deals: dict[date, Deal] = {}
        self.people: dict[str, Person] = {}
        # Number 0 is nobody: no product, no doctor.
        self.products: list[str | None] = [None]
        self.doctors: list[int] = [0]
        self.payees: dict[int, array] = {}
        # How often money was told of a (member, month) since a posted run last saw it.
        self.news: Counter[tuple[str, date]] = Counter()
        self.told: dict[tuple[str, date], Worth] = {}
        self.due: dict[tuple[str, date], Worth] = {}
        self.seen: Counter[tuple[str, date]] = Counter()
        self.month = first

    # ---- what is told ---------------------------------------------------------------------------

    def at(self, day: date | None) -> int:
        """The cell of a day; days before the contract are one with its first."""
        if day is None:
            return self.size
        return min(self.size, max(0, (day - self.first).days))

    def person(self, ref: str) -> Person:
        return self.people.setdefault(ref, Person(self.size))

    def terms(self, first: date, deal: Deal, months: list[date]) -> None:
        """Terms from a month on, until others are told."""
        self.deals |= {month: deal for month in months if month >= first}

    def works_at(self, doctor: int, payee: int, since: date) -> None:
        """A doctor's practice from a day on."""
        if doctor not in self.payees:
            self.doctors.append(doctor)
            self.payees[doctor] = array("L", [self.unassigned]) * self.size
        cells, start = self.payees[doctor], self.at(since)
        cells[start:] = array("L", [payee]) * (self.size - start)

    def joins(
        self, ref: str, birth: date | None = None, sex: str = "", *, mbi: bool = False
    ) -> Person:
        """Somebody is a member from now on; what waited under their number is theirs."""
        person = self.person(ref)
        if not person.is_known:
            person.is_known = True
            self.news.update((ref, month) for month in person.money)
        if mbi and not person.mbi_known:
            person.mbi_known = True
            self.news.update((ref, month) for month in person.premium)
        person.birth, person.sex = birth or person.birth, sex or person.sex
        return person

    def covers(self, ref: str, product: str, first: date, after: date | None = FOREVER) -> None:
        """Days covered in a product; open at the right without an end."""
        if product not in self.products:
            self.products.append(product)
        self._paint(self.people[ref].product, self.products.index(product), first, after)

    def leaves(self, ref: str, first_day_out: date) -> None:
        """Not covered from a day on."""
        self._paint(self.people[ref].product, 0, first_day_out, FOREVER)

    def chooses(self, ref: str, doctor: int, since: date) -> None:
        """A doctor from a day on."""
        self._paint(self.people[ref].doctor, self.doctors.index(doctor), since, FOREVER)

    def _paint(self, cells: bytearray | array, value: int, first: date, after: date | None) -> None:
        start, end = self.at(first), self.at(after)
        if start < end:
            count = end - start
            kind = cells.typecode if isinstance(cells, array) else None
            cells[start:end] = array(kind, [value]) * count if kind else bytes([value]) * count

    def pays(self, ref: str, month: date, cents: int, *, mbi: bool = False) -> None:
        """A line of money; whoever adopts its member knows them by all that it names."""
        self.person(ref).money[month] += cents
        self.people[ref].paid_by_mbi |= mbi
        if self.people[ref].is_known:
            self.news[ref, month] += 1

    def states_premium(self, ref: str, month: date, cents: int) -> None:
        """What CMS pays the plan."""
        self.person(ref).premium[month] += cents
        if self.people[ref].mbi_known:
            self.news[ref, month] += 1

    def states_health(self, ref: str, month: date, risk: Fraction, flags: set[str]) -> None:
        self.person(ref).risk[month] = risk
        self.people[ref].flags[month] = flags

    # ---- what it is worth -----------------------------------------------------------------------

    def received(self, ref: str, month: date) -> int:
        """What came for a member's month and is known to be theirs."""
        person = self.people[ref]
        return person.money.get(month, 0) if person.is_known else 0

    def calculate(self, month: date) -> None:
        """Work out every member's month that a run of this month reaches, from nothing."""
        self.month, self.due, self.seen = month, dict(self.told), Counter(self.news)
        back = int(self.deals[month].words["lookback_months"])
        first = max(self.first, shifted(month, -back))
        reached = [m for m in self.deals if first <= m <= month]
        for ref, person in self.people.items():
            if person.is_known:
                for one in reached:
                    self._settle(ref, person, one)
        for ref, one in self.seen:
            if self.first <= one < first and one in self.deals:
                self._settle(ref, self.people[ref], one)

    def _settle(self, ref: str, person: Person, month: date) -> None:
        worth = self.worth(person, month)
        if worth is None:
            self.due.pop((ref, month), None)
        else:
            self.due[ref, month] = worth

    def post(self) -> None:
        """What was calculated is told from now on."""
        self.told = self.due
        for key, times in self.seen.items():
            if key[1] <= self.month and self.news[key] == times:
                del self.news[key]

    def worth(self, person: Person, month: date) -> Worth | None:
        """Where a member's month goes by what is known now; None where there is nothing to say."""
        length = monthrange(month.year, month.month)[1]
        start = self.at(month)
        products = person.product[start : start + length]
        received = person.money.get(month, 0)
        if not any(products):
            if not received:
                return None
            return Worth(NOTHING | {"received": received, "suspense": received})
        deal = self.deals[month]
        premium = person.premium.get(month, 0) if person.mbi_known else 0
        pieces = self._pieces(person, deal, month, start, length)
        counted = sum(pieces.values())
        amounts = _steps(deal, received, premium, counted, length)
        shares = self._shares(person, deal, month, pieces, received, length)
        provider = sum(cents for cents, _ in shares.values())
        parts = (
            NOTHING
            | amounts
            | {
                "premium": premium,
                "expected": _expected(deal, premium),
                "received": received,
                "provider": provider,
                "withhold": sum(held for _, held in shares.values()),
                "retained": received - provider - sum(amounts.values()),
            }
        )
        return Worth(parts, shares)

    def _pieces(
        self, person: Person, deal: Deal, month: date, start: int, length: int
    ) -> Counter[tuple[str, int, int]]:
        """Days by product, payee and doctor; the day that decides counts for the whole month."""
        rule, day = deal.words["assignment_rule"], int(deal.words["assignment_day"])
        if rule == "daily":
            # Where one cell is like all others of the month, it speaks for all of them.
            alike = self._is_one(person, start, length)
            chosen, each = ((start,), length) if alike else (range(start, start + length), 1)
        else:
            first = 1 if rule == "first_day" else min(day, length)
            chosen, each = (start + first - 1,), length
        pieces: Counter[tuple[str, int, int]] = Counter()
        for cell in chosen:
            if person.product[cell]:
                doctor = self.doctors[person.doctor[cell]]
                payee = self.payees[doctor][cell] if doctor else self.unassigned
                pieces[self.products[person.product[cell]], payee, doctor] += each
        return pieces

    def _is_one(self, person: Person, start: int, length: int) -> bool:
        """Whether product, doctor and payee are the same on every day of a month."""
        lanes = [person.product, person.doctor]
        doctor = self.doctors[person.doctor[start]]
        if doctor:
            lanes.append(self.payees[doctor])
        return all(lane[start : start + length].count(lane[start]) == length for lane in lanes)

    def _shares(
        self,
        person: Person,
        deal: Deal,
        month: date,
        pieces: Counter[tuple[str, int, int]],
        received: int,
        length: int,
    ) -> dict[tuple[int, int], tuple[int, int]]:
        """What each payee earns for each doctor, and what of it is withheld."""
        if not pieces or _flags(person, month) & set(deal.words["unpaid_statuses"]):
            return {}
        if deal.words["pay_basis"] == "received" and received == 0:
            return {}
        groups: dict[Fraction | None, Counter[tuple[int, int]]] = {}
        for (product, payee, doctor), days in pieces.items():
            full = self._full(person, deal, month, product)
            if full is None:
                return {}
            groups.setdefault(full[0], Counter())[payee, doctor] += days
        earned: Counter[tuple[int, int]] = Counter()
        for rate, mine in groups.items():
            if rate is None:
                cents = part_of(received, deal.numbers["rate_pct"])
            else:
                risk = self._risk(person, deal, month)
                full = half_away(*(rate * risk * 100).as_integer_ratio())
                cents = half_away(full * sum(mine.values()), length)
            who = sorted(mine)
            most = deal.words["odd_cent_owner"] == "most_days"
            for key, one in zip(
                who, dealt(cents, [mine[key] for key in who], to_most_days=most), strict=True
            ):
                earned[key] += one
        held = deal.numbers["withhold_pct"]
        return {key: (cents, part_of(cents, held)) for key, cents in earned.items()}

    def _full(
        self, person: Person, deal: Deal, month: date, product: str
    ) -> tuple[Fraction | None] | None:
        """The rate of a product's days (None: a share of the money); nothing where one lacks."""
        if deal.words["rate_model"] == "percent":
            return (None,)
        rate = deal.rate(product, person.sex, _age(person.birth, month))
        if rate is None or self._risk(person, deal, month) is None:
            return None
        return (rate,)

    def _risk(self, person: Person, deal: Deal, month: date) -> Fraction | None:
        if not deal.words["risk_adjusted"]:
            return Fraction(1)
        if month in person.risk and person.mbi_known:
            return person.risk[month]
        known = deal.words["missing_risk"] == "default"
        return deal.numbers["missing_risk_default"] if known else None


def _age(birth: date | None, day: date) -> int | None:
    if birth is None:
        return None
    return max(0, day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day)))


def _flags(person: Person, month: date) -> set[str]:
    return person.flags.get(month, set()) if person.mbi_known else set()


def _expected(deal: Deal, premium: int) -> int:
    cents = part_of(premium, deal.numbers["plan_share_pct"])
    if deal.words["sequestration_borne_by"] == "ipa":
        cents -= part_of(cents, deal.numbers["sequestration_pct"])
    return cents


def _steps(deal: Deal, received: int, premium: int, counted: int, length: int) -> dict[str, int]:
    """What is taken before the provider's part, each step in its turn."""
    taken: dict[str, int] = {}
    for name in STEPS:
        method, value = deal.words[f"{name}_method"], deal.numbers[f"{name}_value"]
        if method == "pct":
            bases = {
                "received": received,
                "premium": premium,
                "remaining": received - sum(taken.values()),
                **taken,
            }
            taken[name] = part_of(bases[str(deal.words[f"{name}_base"])], value)
        elif method == "pmpm":
            cents = half_away(*(value * 100).as_integer_ratio())
            taken[name] = half_away(cents * counted, length)
        else:
            taken[name] = 0
    return taken


def shifted(month: date, count: int) -> date:
    """A month so many months later, or earlier."""
    number = month.year * 12 + month.month - 1 + count
    return date(number // 12, number % 12 + 1, 1)
