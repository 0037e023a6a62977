"""
What happens in the demo, month by month: who joins, leaves, moves, and what the plan then pays.

A seed gives the same world every time. Nothing here knows a file format or the database: the
plan's files (`plan_files`) are written from it, and the portal learns of it only through those.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from ipaportal.core.money import percent_of, round_cents
from ipaportal.core.months import add_months, age_on, days_in, month_of, months_between
from ipaportal.home.demo.names import FIRST_NAMES, LAST_NAMES, STREETS, TOWNS
from ipaportal.home.demo.network import ALVAREZ, NO_BANK, OWING, Network, invented_npi, make_network

SEED = 20
MONTHS = 14
NEVER = 99
# The month in which the plans bring new risk scores, back to January.
SWEEP = 10
# The month whose file takes five months of the owing practice's members away from it.
TAKEN_BACK = MONTHS - 3
# The month in which a new practice joins, some members of a plan with it.
JOINS = MONTHS - 4
STRANGERS = tuple(invented_npi(990_000 + n) for n in range(3))
STRANGER_NAMES = ("Corwin Haverstock", "Delphine Marrowby", "Augusto Penhallow")


@dataclass(frozen=True, slots=True)
class Plan:
    """A health plan: its code, names, products, and the part of the premium it passes on."""

    code: str
    name: str
    contract: str
    cms_number: str
    prefix: str
    products: tuple[str, ...]
    base: Decimal
    share_pct: Decimal
    weight: int


JUNIPER = Plan(
    *("JUNIPER", "Juniper Advantage", "Juniper HMO full risk", "H9901", "JA"),
    ("JA-HMO", "JA-DSNP"),
    Decimal("1040.00"),
    Decimal(85),
    55,
)
MARLIN = Plan(
    *("MARLIN", "Marlin Senior Health", "Marlin professional risk", "H9902", "MS"),
    ("MS-GOLD", "MS-SILVER"),
    Decimal("985.00"),
    Decimal(42),
    45,
)
PLANS = (JUNIPER, MARLIN)


@dataclass(frozen=True, slots=True)
class Move:
    """A PCP from a day on, as the file of month `known` says."""

    npi: str
    effective: date
    known: int


@dataclass(slots=True)
class Person:
    """
    A member of a plan: what is true, and in the files of which month the plan says so.

    `listed` and `ended` are when enrolment states the first and last day; `paid_from` and
    `taken_back` when the money follows. Months are counted from the demo's first.
    """

    number: int
    plan: Plan
    ref: str
    mbi: str
    last_name: str
    first_name: str
    sex: str
    birth_date: date
    street: str
    town: tuple[str, str]
    product: str
    start: date
    listed: int
    paid_from: int
    score: Decimal
    moves: list[Move] = field(default_factory=list)
    end: date | None = None
    ended: int = NEVER
    taken_back: int = NEVER
    new_score: Decimal | None = None
    unpaid: tuple[int, int] | None = None
    unpaid_until: int = NEVER
    hospice_from: int = NEVER
    recovery_cents: int = 0

    def score_at(self, month: int, known: int) -> Decimal:
        """The risk score of a month as the plan knew it with the files of another."""
        if self.new_score is not None and known >= SWEEP and month >= SWEEP - 6:
            return self.new_score
        return self.score


@dataclass(frozen=True)
class World:
    """The demo's people, practices and months; `leaver` changes practice in the ninth month."""

    first_month: date
    network: Network
    people: tuple[Person, ...]
    leaver: tuple[int, str]

    def month(self, index: int) -> date:
        return add_months(self.first_month, index)

    def of(self, plan: Plan) -> list[Person]:
        """Members of a plan, in the order of their numbers."""
        return [person for person in self.people if person.plan is plan]

    def premium_cents(self, person: Person, month: int, known: int) -> int:
        """What CMS pays for a person's month, as known with the files of a month."""
        first = self.month(month)
        if known < month or known < person.paid_from or person.start > first:
            return 0
        left = person.end is not None and person.end < first
        # Once told, a plan stops paying; what it paid too much it takes back, now or later.
        if left and (known >= person.taken_back or month > person.ended):
            return 0
        return round_cents(person.plan.base * person.score_at(month, known))

    def paid_cents(self, person: Person, month: int, known: int) -> int:
        """What the plan has passed on of it by then."""
        first, after = person.unpaid or (NEVER, NEVER)
        if first <= month < after and known < person.unpaid_until:
            return 0
        return percent_of(self.premium_cents(person, month, known), person.plan.share_pct)


def make_world(members: int, first_month: date, seed: int = SEED) -> World:
    """A world of so many people; the same numbers give the same world."""
    chance = Random(f"{seed}:{members}")  # noqa: S311 (a story, not a secret)
    network = make_network(chance, members)
    makers = {plan.code: _PersonMaker(chance, plan, network, first_month) for plan in PLANS}
    chosen = chance.choices(PLANS, [plan.weight for plan in PLANS], k=members)
    people = [makers[plan.code].make(number) for number, plan in enumerate(chosen, start=1)]
    _take_back_from_owing(people, network, first_month)
    _follow_newcomer(people, network, first_month)
    _show_zeros(people, network)
    fixed = (ALVAREZ, OWING, NO_BANK)
    movable = [i for i, d in enumerate(network.doctors) if d.practice not in fixed]
    leaver = movable[len(movable) // 2]
    practice = network.doctors[leaver].practice
    other = next(c.name for c in network.clinics[5:] if c.name != practice)
    return World(first_month, network, tuple(people), (leaver, other))


def _take_back_from_owing(people: list[Person], network: Network, first_month: date) -> None:
    """Every member of the owing practice turns out to have had another doctor for months."""
    gone = {doctor.npi for doctor in network.of(OWING)}
    others = [d for d in network.doctors if d.practice not in (OWING, ALVAREZ, NO_BANK)]
    since = add_months(first_month, TAKEN_BACK - 5)
    for person in people:
        if person.moves and person.moves[-1].npi in gone and person.listed <= TAKEN_BACK:
            other = others[person.number % len(others)]
            person.moves.append(Move(other.npi, max(since, person.start), TAKEN_BACK))


def _follow_newcomer(people: list[Person], network: Network, first_month: date) -> None:
    """Some members choose the doctor of the practice that joins."""
    (newcomer,) = network.of(NO_BANK)
    since = add_months(first_month, JOINS)
    for person in people[:: max(8, len(people) // 50)]:
        is_there = person.listed < JOINS and person.end is None
        if is_there and person.moves and max(m.known for m in person.moves) < JOINS:
            person.moves.append(Move(newcomer.npi, since, JOINS))


def _show_zeros(people: list[Person], network: Network) -> None:
    """Two members of Dr. Alvarez for whom nothing is paid of late, each for another reason."""
    npis = {doctor.npi for doctor in network.of(ALVAREZ)}
    for plan in PLANS:
        for person in people:
            is_hers = len(person.moves) == 1 and person.moves[0].npi in npis
            if person.plan is plan and is_hers and not person.listed and person.end is None:
                if plan is MARLIN:
                    person.hospice_from = MONTHS - 4
                else:
                    person.unpaid = (MONTHS - 3, MONTHS)
                    person.unpaid_until = NEVER
                break


class _PersonMaker:
    """Makes members of one plan by chance."""

    def __init__(self, chance: Random, plan: Plan, network: Network, first_month: date) -> None:
        self.chance, self.plan, self.first_month = chance, plan, first_month
        # The owing practice takes one plan only, so that it earns nothing once they are gone.
        closed = (NO_BANK,) if plan is MARLIN else (NO_BANK, OWING)
        mine = [d for d in network.doctors if d.practice not in closed]
        self.npis = [doctor.npi for doctor in mine]
        self.weights = [doctor.weight for doctor in mine]
        self.owing = {doctor.npi for doctor in network.of(OWING)}

    def month(self, index: int) -> date:
        return add_months(self.first_month, index)

    def make(self, number: int) -> Person:
        """One member with all that happens to them."""
        chance, plan = self.chance, self.plan
        sex = chance.choice("FFFMM")
        years = chance.randint(41, 64) if chance.random() < 0.08 else _old_age(chance)
        start, listed = self._joining()
        person = Person(
            number=number,
            plan=plan,
            ref=f"{plan.prefix}{number:08}",
            mbi=fake_mbi(number),
            last_name=chance.choice(LAST_NAMES),
            first_name=chance.choice(FIRST_NAMES[sex]),
            sex=sex,
            birth_date=self.first_month - timedelta(days=365 * years + chance.randint(0, 364)),
            street=f"{chance.randint(1, 999)} {chance.choice(STREETS)}",
            town=chance.choice(TOWNS),
            product=chance.choices(plan.products, [4, 1])[0],
            start=start,
            listed=listed,
            paid_from=listed,
            score=Decimal(chance.randint(45, 240)) / 100,
        )
        self._choose_pcps(person)
        self._leave(person)
        self._complicate(person)
        return person

    def _joining(self) -> tuple[date, int]:
        chance = self.chance
        if chance.random() < 0.84:
            return self.month(-chance.randint(1, 48)), 0
        listed = chance.randint(1, MONTHS - 1)
        late = chance.choice([0, 0, 0, 0, 1, 1, 2, 3, 4])
        return self.month(max(0, listed - late)), listed

    def _pick(self) -> str:
        return self.chance.choices(self.npis, self.weights)[0]

    def _choose_pcps(self, person: Person) -> None:
        chance, npi = self.chance, self._pick()
        if person.number % 130 == 50:
            # Nobody yet; some choose a doctor in a later month, from then on.
            known = person.listed + chance.randint(1, 3)
            if known < MONTHS - 1:
                person.moves.append(Move(self._pick(), self.month(known), known))
            return
        person.moves.append(Move(npi, person.start, person.listed))
        if npi in self.owing:
            return
        known = person.listed
        while chance.random() < 0.16:
            known += chance.randint(1, 9)
            if known >= MONTHS:
                break
            self._move(person, known)
        if person.number % 170 == 17 and len(person.moves) == 1 and person.listed < MONTHS - 3:
            # Of late, one whom the network does not know.
            known = MONTHS - 1 - person.number // 170 % 3
            stranger = STRANGERS[person.number % len(STRANGERS)]
            person.moves.append(Move(stranger, self.month(known), known))

    def _move(self, person: Person, known: int) -> None:
        back = self.chance.choice([0, 0, 0, 1, 1, 2])
        month = self.month(known - back)
        day = 1 if self.chance.random() < 0.5 else self.chance.randint(2, days_in(month))
        effective = month.replace(day=day)
        npi = self._pick()
        if effective > person.moves[-1].effective and npi not in self.owing:
            person.moves.append(Move(npi, effective, known))

    def _leave(self, person: Person) -> None:
        chance = self.chance
        if chance.random() > 0.22:
            return
        ended = person.listed + chance.randint(1, MONTHS)
        if ended >= MONTHS:
            return
        last_month = max(ended - chance.choice([1, 1, 1, 2, 3, 4]), _index(self, person.start))
        month = self.month(last_month)
        # Most leave with a month's end; who dies leaves in the middle of one.
        died = chance.random() < 0.2
        person.end = month.replace(day=chance.randint(3, 27) if died else days_in(month))
        person.ended = ended
        person.taken_back = ended + chance.choice([*[0] * 20, 1, 1, 1, NEVER])

    def _complicate(self, person: Person) -> None:
        chance = self.chance
        if chance.random() < 0.09:
            person.new_score = person.score + Decimal(chance.randint(-15, 30)) / 100
        # By number, so that a small demo has one of each too.
        if person.number % 90 == 8:
            begin = chance.randint(2, MONTHS - 3)
            person.unpaid = (begin, begin + chance.randint(1, 3))
            person.unpaid_until = chance.choice([person.unpaid[1] + 1, NEVER])
        elif person.number % 250 == 60:
            person.recovery_cents = chance.choice([500, 1250, 2000])
        elif person.number % 150 == 90:
            person.hospice_from = chance.randint(3, MONTHS)
        elif person.number % 95 == 33 and self.plan is JUNIPER:
            self._pay_before_enrolment(person)

    def _pay_before_enrolment(self, person: Person) -> None:
        """The money comes before the enrolment: two months, or (of late) it has not come yet."""
        person.listed = person.paid_from + 2
        person.moves = [Move(m.npi, m.effective, person.listed) for m in person.moves[:1]]
        if person.number % 190 == 33:
            person.paid_from = MONTHS - 1 - person.number // 190 % 2
            person.start, person.listed = self.month(person.paid_from), NEVER
            person.moves, person.end, person.ended = [], None, NEVER


def _index(maker: _PersonMaker, day: date) -> int:
    return months_between(maker.first_month, month_of(day))


def _old_age(chance: Random) -> int:
    return min(99, 65 + int(chance.expovariate(1 / 9)))


def fake_mbi(number: int) -> str:
    """
    A number shaped like a Medicare Beneficiary Identifier that nobody can hold.

    CMS never uses the letters S, L, O, I, B and Z; ours has an S in the second place.
    """
    letters = "ACDEFGHJKMNPQRTUVWXY"
    number, a = divmod(number, 20)
    number, b = divmod(number, 20)
    number, c = divmod(number, 20)
    high, low = divmod(number, 10)
    return f"1S{high:02}{letters[a]}{low}7{letters[b]}{letters[c]}01"


def age_of(person: Person, day: date) -> int:
    """Completed years on a day."""
    return age_on(person.birth_date, day)
