"""What happens to the simulated plans' members, month by month, and the files that say so."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from ipaportal.core.months import add_months, day_of, days_in
from ipaportal.home.demo.world import fake_mbi
from ipaportal.home.simulator.files import (
    Event,
    Premium,
    Sent,
    enrolment,
    remittance,
    report,
    roster,
)

# Of a hundred members, to how many each of these happens in a month.
LEAVE, RETURN, MOVE, SWITCH, CORRECT = 3, 20, 5, 2, 1


@dataclass
class Life:
    """A member as the plan knows them; `ref` is theirs for good."""

    number: int
    ref: str
    mbi: str
    birth: date
    sex: str
    product: str
    npi: str
    doctor: int
    first: date
    since: date
    base: int
    risk: Decimal
    after: date | None = None
    is_listed: bool = False
    paid: dict[date, int] = field(default_factory=dict)
    premiums: dict[date, int] = field(default_factory=dict)

    def is_covered(self, month: date) -> bool:
        """Whether the plan believes that any day of a month is covered."""
        after = self.after or date.max
        return self.first < add_months(month, 1) and after > max(month, self.first)


class Plan:
    """One simulated plan: whom it covers, what it paid, and what it says next."""

    def __init__(
        self,
        chance: Random,
        code: str,
        first: date,
        months: int,
        members: int,
        doctors: list[tuple[str, int]],
        *,
        by_roster: bool,
    ) -> None:
        self.chance, self.code, self.first, self.by_roster = chance, code, first, by_roster
        self.products = (f"{code}-A", f"{code}-B")
        self.doctors = doctors
        self.number = 0
        offset = 500_000 if by_roster else 0
        self.waiting = [self._born(offset + n, members, months) for n in range(members)]
        self.lives: list[Life] = []
        self.strangers = 0

    def _born(self, number: int, members: int, months: int) -> tuple[int, Life]:
        """A member and the month (counted from the first) in which the plan lists them."""
        chance = self.chance
        npi, doctor = chance.choice(self.doctors) if chance.random() < 0.95 else ("", 0)
        listed = 0 if chance.random() < 0.8 else chance.randint(1, max(1, months - 1))
        start = add_months(self.first, listed - chance.choice([0, 0, 0, 1, 1, 2, 3, 6]))
        first = start if chance.random() < 0.8 else day_of(start, chance.randint(2, 28))
        age = chance.randint(0, 99) if chance.random() < 0.2 else chance.randint(63, 92)
        life = Life(
            number, f"{self.code}{number:07}", fake_mbi(number + 1),
            date(self.first.year - age, chance.randint(1, 12), chance.randint(1, 28)),
            chance.choice("FFM"), chance.choice(self.products), npi, doctor, first, first,
            chance.randint(20_000, 150_000), Decimal(chance.randint(4000, 30000)).scaleb(-4),
        )  # fmt: skip
        return listed, life

    def next_number(self) -> int:
        self.number += 1
        return self.number + (100_000 if self.by_roster else 0)

    # ---- a month --------------------------------------------------------------------------------

    def month(self, index: int) -> list[Sent]:
        """Every file of a month, in the order in which they should come."""
        month = add_months(self.first, index)
        events = [*self._join(index), *self._change(month)]
        money = list(self._money(month))
        premiums = list(self._premiums(month))
        sent = []
        if self.by_roster:
            sent += self._rosters(month, events, money)
        else:
            if events:
                sent.append(enrolment(self.code, self.next_number(), day_of(month, 2), events))
            money += self._strangers(month)
            self.chance.shuffle(money)
            cut = len(money) * 9 // 10
            for part, lines in enumerate((money[:cut], money[cut:])):
                if lines:
                    number, day = self.next_number(), day_of(month, 3)
                    notice = part == 1 and self.chance.random() < 0.5
                    sent.append(remittance(self.code, number, day, lines, notice=notice))
        if premiums:
            cms, day = f"H{self.first.year}", day_of(month, 1) - timedelta(days=7)
            sent.append(report(self.code, cms, self.next_number(), day, month, premiums))
        return sent

    def _join(self, index: int) -> Iterator[Event]:
        for life in [one for listed, one in self.waiting if listed == index]:
            life.is_listed = True
            self.lives.append(life)
            yield self._stated(life)

    def _stated(self, life: Life) -> Event:
        return Event(
            life.ref, life.mbi, life.birth, life.sex, life.product, life.first, life.after,
            doctor=life.doctor, npi=life.npi, since=life.since if life.npi else None,
        )  # fmt: skip

    def _change(self, month: date) -> Iterator[Event]:
        """At most one thing happens to a member in a month, besides that they join."""
        for life in self.lives:
            draw = self.chance.random() * 100
            if life.after is None and life.first < month:
                if draw < LEAVE:
                    yield self._end(life, month)
                elif draw < LEAVE + MOVE:
                    yield self._move(life, month)
                elif draw < LEAVE + MOVE + SWITCH:
                    yield self._switch(life, month)
                elif draw < LEAVE + MOVE + SWITCH + CORRECT:
                    life.birth -= timedelta(days=self.chance.randint(300, 2000))
                    yield self._plain(life)
            elif life.after is not None and life.after <= month and draw < RETURN:
                life.first, life.after = self._day(max(life.after, add_months(month, -2))), None
                life.since = life.first
                yield self._stated(life)

    def _plain(self, life: Life, **values: object) -> Event:
        return Event(life.ref, life.mbi, life.birth, life.sex, **values)

    def _day(self, earliest: date) -> date:
        """A day of the three months from a day's on: mostly a first, sometimes any."""
        month = add_months(earliest.replace(day=1), self.chance.choice([0, 1, 1, 2]))
        any_day = self.chance.random() < 0.4
        day = month.replace(day=self.chance.randint(1, days_in(month))) if any_day else month
        return max(day, earliest)

    def _end(self, life: Life, month: date) -> Event:
        back = self.chance.choice([0, 0, 1, 1, 2, 3, 4])
        after = self._day(add_months(month, -back))
        # Now and then an enrolment that never was.
        life.after = life.first if self.chance.random() < 0.1 else max(after, life.first)
        return self._plain(life, product=life.product, after=life.after, ends=True)

    def _move(self, life: Life, month: date) -> Event:
        life.npi, life.doctor = self.chance.choice(self.doctors)
        life.since = self._day(max(life.first, add_months(month, -self.chance.choice([0, 1, 3]))))
        return self._plain(life, doctor=life.doctor, npi=life.npi, since=life.since)

    def _switch(self, life: Life, month: date) -> Event:
        life.product = self.products[life.product == self.products[0]]
        life.first = self._day(max(life.first, add_months(month, -self.chance.choice([0, 1, 2]))))
        return self._plain(life, product=life.product, first=life.first)

    # ---- money ----------------------------------------------------------------------------------

    def _money(self, month: date) -> Iterator[tuple[str, date, int]]:
        """What is paid for the month, made good, or taken back of earlier ones."""
        for life in self.lives:
            for past in list(life.paid):
                if life.paid[past] and not life.is_covered(past) and self.chance.random() < 0.8:
                    # Sometimes the plan takes back less, or more, than it paid.
                    odd = self.chance.choice([0, 0, 0, 0, 137, -260])
                    yield life.ref, past, -life.paid[past] + odd
                    life.paid[past] = 0
            reach = [m for back in range(5) if (m := add_months(month, -back)) >= self.first]
            for one in reach:
                if one not in life.paid and life.is_covered(one):
                    if self.chance.random() < 0.06:
                        continue
                    life.paid[one] = life.base + self.chance.randint(-50, 50)
                    yield life.ref, one, life.paid[one]
                elif life.paid.get(one) and self.chance.random() < 0.01:
                    change = self.chance.randint(-9_000, 9_000)
                    life.paid[one] += change
                    yield life.ref, one, change

    def _strangers(self, month: date) -> Iterator[tuple[str, date, int]]:
        """Money for people whom no enrolment has named; for some it comes earlier than that."""
        for _ in range(self.chance.randint(0, 2)):
            self.strangers += 1
            for back in range(self.chance.randint(1, 2)):
                if (past := add_months(month, -back)) >= self.first:
                    yield f"{self.code}X{self.strangers:05}", past, self.chance.randint(1, 99_999)
        soon = [life for _, life in self.waiting if not life.is_listed]
        for life in self.chance.sample(soon, min(len(soon), 2)):
            if month not in life.paid:
                life.paid[month] = life.base
                yield life.ref, month, life.base

    def _premiums(self, month: date) -> Iterator[Premium]:
        """The report's lines, some of them of members whom nobody knows yet."""
        soon = [life for _, life in self.waiting if not life.is_listed][:1]
        for life in [*self.lives, *soon]:
            if life.is_covered(month) and self.chance.random() < 0.95:
                if self.chance.random() < 0.05:
                    life.risk += Decimal(self.chance.randint(0, 900)).scaleb(-4)
                cents = int(life.base * 5 // 4) + self.chance.randint(0, 99)
                life.premiums[month] = cents
                hospice = self.chance.random() < 0.03
                yield self._premium(life, month, cents, life.risk, hospice=hospice)
            past = add_months(month, -self.chance.randint(1, 9))
            if life.premiums.get(past) and self.chance.random() < 0.02:
                yield self._premium(life, past, self.chance.randint(-8_000, 8_000), None)

    def _premium(
        self, life: Life, month: date, cents: int, risk: Decimal | None, *, hospice: bool = False
    ) -> Premium:
        return Premium(life.ref, life.mbi, life.birth, life.sex, month, cents, risk, hospice)

    def _rosters(
        self, month: date, events: list[Event], money: list[tuple[str, date, int]]
    ) -> list[Sent]:
        """A list of everybody who is paid for or changes; what happened is said with the money."""
        changed = {event.ref: event for event in events}
        paid: dict[str, list[tuple[date, int]]] = {}
        for ref, one, cents in money:
            paid.setdefault(ref, []).append((one, cents))
        by_ref = {life.ref: life for life in self.lives}
        rows = []
        for ref in sorted({*changed, *paid}):
            life, event = by_ref[ref], changed.get(ref)
            if event is None or not event.ends:
                # A row says the whole of what is so now, also where only one thing changed.
                event = self._stated(life) if life.after is None else self._plain(
                    life, product=life.product, after=life.after, ends=True
                )  # fmt: skip
            rows.append(replace(event, money=tuple(paid.get(ref, ()))))
        if not rows:
            return []
        return [roster(self.code, self.next_number(), day_of(month, 2), month, rows)]
