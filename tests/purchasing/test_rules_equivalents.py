"""What may stand in for what; awards that choose among equivalents, and what proves them."""

from dataclasses import replace
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from purchasing.rules.award_choice import choose
from purchasing.rules.award_offers import Pool, Seller, base_of
from purchasing.rules.award_orders import Asked, Order
from purchasing.rules.award_reasons import swap_saving
from purchasing.rules.award_shares import shares_of
from purchasing.rules.award_solver import Limits
from purchasing.rules.certificates import check, problem_lines
from purchasing.rules.closing import Wish
from purchasing.rules.equivalents import Described, equivalents
from purchasing.rules.ladders import scheme_of
from purchasing.rules.tiers import price_at

D = Decimal
LIMITS = Limits()
KETO = Described("drug", 25, "Ketorolac", "30 mg/mL", "injection", "intravenous")
GLOVE = Described("supply", 100, supply_class="exam glove, nitrile, medium")


@pytest.mark.parametrize(
    ("_case", "one", "other", "is_same"),
    [
        ("the same generic", KETO, KETO, True),
        ("written otherwise", KETO, replace(KETO, ingredient=" KETOROLAC ", strength="30  mg/mL"),
         True),
        ("another strength", KETO, replace(KETO, strength="15 mg/mL"), False),
        ("another form", KETO, replace(KETO, form="tablet"), False),
        ("another route", KETO, replace(KETO, route="oral"), False),
        ("another pack", KETO, replace(KETO, eaches=10), False),
        ("nothing stated of the route", replace(KETO, route=""), replace(KETO, route=""), False),
        ("schedule II", replace(KETO, schedule="2"), replace(KETO, schedule="2"), False),
        ("schedule IIN", replace(KETO, schedule="2N"), replace(KETO, schedule="2N"), False),
        ("schedule IV", replace(KETO, schedule="4"), replace(KETO, schedule="4"), True),
        ("two schedules", replace(KETO, schedule="3"), replace(KETO, schedule="4"), False),
        ("as written", replace(KETO, is_as_written=True), KETO, False),
        ("a biologic", replace(KETO, kind="biologic"), replace(KETO, kind="biologic"), False),
        ("a vaccine", replace(KETO, kind="vaccine"), replace(KETO, kind="vaccine"), False),
        ("supplies of one class", GLOVE, GLOVE, True),
        ("supplies of no class", Described("supply", 100), Described("supply", 100), False),
        ("a device and a supply", GLOVE, replace(GLOVE, kind="device"), False),
        ("a service", Described("service", 1, supply_class="x"),
         Described("service", 1, supply_class="x"), False),
    ],
)  # fmt: skip
def test_knows_what_may_stand_in_for_what(_case, one, other, is_same):
    found = equivalents({"a": one, "b": other})
    assert found == ({"a": ("b",), "b": ("a",)} if is_same else {})


# Awards -----------------------------------------------------------------------------------------

ACME = Seller("acme", {"keto": [[1, "12"], [20, "11"]], "gauze": [[1, "5"]]}, 0, 0, "x")
BETA = Seller("beta", {"other": [[1, "10"], [20, "8"]]}, 0, 0, "y")
FREE = Asked()


def order(free: set[str], case: int = 1, **lines: list[Wish]) -> Order:
    keys = ("keto", "other", "gauze")
    swaps = {key: frozenset(free & {row.key for row in lines.get(key, [])}) for key in keys}
    return Order(
        wishes={key: lines.get(key, []) for key in keys},
        references={"keto": D(12), "other": D(10), "gauze": D(5)},
        practice_of={row.key: row.key[0] for rows in lines.values() for row in rows},
        cases={key: (case, 0) for key in keys},
        tie_key=b"key",
        swaps=swaps,
        equals={"keto": ("other",), "other": ("keto",)},
    )


def chosen(of: Order, sellers=(ACME, BETA), asked: Asked = FREE):
    found = choose(of, list(sellers), asked, {}, LIMITS, lambda: True)
    assert check(found.whole.problem, found.certificate).is_proved
    return found


def bought(found) -> dict[str, tuple[str, Decimal]]:
    """By line or part: what is bought, and its price."""
    named = {one.key: one for one in found.sellers}
    return {
        key: (named[seller].stands_for.get(key, key), found.prices[key])
        for key, seller in found.of_line.items()
    }


WISHES = {"keto": [Wish("a1", 12), Wish("b1", 9)], "other": [Wish("c1", 11)]}


def test_buys_as_the_cheaper_equivalent_what_may_be_and_counts_it_together():
    found = chosen(order({"b1"}, **WISHES))
    # Nine of B's go with eleven of C's: twenty, and the price falls for both.
    assert bought(found) == {
        "keto": ("keto", D(12)), "keto~": ("other", D(8)), "other": ("other", D(8)),
    }  # fmt: skip
    assert found.cents == 12 * 1200 + 20 * 800
    assert swap_saving(found, [ACME, BETA], LIMITS, lambda: True) == (
        21 * 1100 + 11 * 1000 - found.cents
    )


def test_buys_the_very_item_for_everybody_who_did_not_say_otherwise():
    found = chosen(order(set(), **WISHES))
    assert bought(found) == {"keto": ("keto", D(11)), "other": ("other", D(10))}
    assert found.parts == {}
    assert [one.key for one in found.sellers] == ["acme", "beta"]


def test_keeps_the_ceiling_of_those_who_wait_for_the_very_item():
    bound = [Wish("a1", 12, 0, D("11.50")), Wish("b1", 9)]
    found = chosen(order({"b1"}, **{**WISHES, "keto": bound}))
    # Without B's nine packs A would pay $12, more than it said: they stay.
    assert bought(found)["keto"] == bought(found)["keto~"] == ("keto", D(11))
    assert not found.released


def test_parts_only_whole_cases():
    of = order({"b1"}, 10, keto=[Wish("a1", 12), Wish("b1", 8)], other=[Wish("c1", 10)])
    assert chosen(of).parts == {}
    of = order({"b1"}, 10, keto=[Wish("a1", 10), Wish("b1", 10)], other=[Wish("c1", 10)])
    assert bought(chosen(of))["keto~"] == ("other", D(8))


def test_leaves_no_part_below_the_fewest_packs_taken():
    of = order({"b1"}, keto=[Wish("a1", 5), Wish("b1", 9)], other=[Wish("c1", 11)])
    assert chosen(replace(of, cases={**of.cases, "keto": (1, 6)})).parts == {}
    assert chosen(replace(of, cases={**of.cases, "keto": (1, 5)})).parts
    of = order({"b1"}, keto=[Wish("a1", 5), Wish("b1", 9)])
    assert chosen(replace(of, cases={**of.cases, "other": (1, 10)})).parts == {}
    assert chosen(replace(of, cases={**of.cases, "other": (1, 9)})).parts


def test_buys_as_asked_for_what_one_supplier_sells_under_two_contracts():
    again = replace(ACME, key="acme2")
    assert chosen(order({"b1"}, **WISHES), (ACME, again, BETA)).parts == {}


def test_counts_it_in_the_tiers_that_a_contract_has_of_everything():
    ladders = {"other": [[0, "10"], [20, "7"]], "gauze": [[0, "5"], [20, "4"]]}
    pooled = Seller("beta", {key: [one[0]] for key, one in ladders.items()}, 0, 0, "y",
                    Pool(ladders, {"other": 1, "gauze": 1}))  # fmt: skip
    plain = replace(ACME, ladders={"keto": ACME.ladders["keto"]})
    of = order({"b1"}, keto=[Wish("b1", 15)], gauze=[Wish("c1", 5)])
    assert bought(chosen(of, (plain, pooled))) == {
        "keto~": ("other", D(7)), "gauze": ("gauze", D(4)),
    }  # fmt: skip


def test_measures_each_practice_by_its_best_alone_with_equivalents():
    of = order({"b1"}, **WISHES)
    found = chosen(of)
    shares = {one.practice: one for one in shares_of(of, found, [ACME, BETA], LIMITS, lambda: True)}
    assert (shares["b"].cents, shares["b"].alone_cents) == (9 * 800, 9 * 1000)
    assert not any(one.is_worse_off for one in shares.values())
    assert sum(one.cents for one in shares.values()) == found.cents


PRICES = st.lists(st.integers(500, 1500), min_size=1, max_size=3)
SIZES = st.integers(0, 12)


@st.composite
def ladders(draw):
    steps = sorted(draw(PRICES), reverse=True)
    return [[place * 7, str(D(cents) / 100)] for place, cents in enumerate(steps)]


@st.composite
def worlds(draw):
    sellers = []
    for name in "pqr"[: draw(st.integers(1, 3))]:
        keys = [key for key in ("keto", "other") if draw(st.integers(0, 4))]
        sellers.append(
            Seller(name, {key: draw(ladders()) for key in keys}, 0, draw(st.integers(0, 900)),
                   f"house {name}")
        )  # fmt: skip
    offices = [Wish(f"{who}1", draw(SIZES)) for who in "abcd"]
    free = {one.key for one in offices if draw(st.booleans())}
    of = order(free, keto=offices[:2], other=offices[2:])
    return of, [seller for seller in sellers if seller.ladders]


def cheapest(of: Order, sellers) -> int | None:
    """Every way to buy what was asked for, tried: the packs of an item from a contract together."""
    lines = []
    for key, others in of.equals.items():
        free = sum(w.quantity for w in of.wishes[key] if w.key in of.swaps[key])
        bound = sum(w.quantity for w in of.wishes[key]) - free
        for packs, items in ((bound, (key,)), (free, (key, *others))):
            if packs:
                lines.append([(packs, one, item) for one in sellers for item in items
                              if item in one.ladders])  # fmt: skip
    costs = []
    for ways in product(*lines):
        packs = {}
        for count, seller, item in ways:
            packs[seller.key, item] = packs.get((seller.key, item), 0) + count
        named = {one.key: one for one in sellers}
        goods = sum(
            price_at(scheme_of(named[name].ladders[item]), count) * count * 100
            for (name, item), count in packs.items()
        )
        used = {name for name, _ in packs}
        costs.append(int(goods) + sum(named[name].freight_cents for name in used))
    return min(costs, default=None)


@settings(max_examples=60, deadline=None)
@given(worlds())
def test_finds_the_cheapest_of_all_ways_and_proves_it(world):
    of, sellers = world
    sold = {key for seller in sellers for key in seller.ladders}
    asked = {key for key in ("keto", "other") if any(w.quantity for w in of.wishes[key])}
    if not asked or asked - sold:
        return
    found = choose(of, sellers, FREE, {}, LIMITS, lambda: True)
    verdict = check(found.whole.problem, found.certificate)
    assert verdict.is_proved
    # Where it was not kept dearer so that nobody is worse off than alone.
    assert found.cents - found.dearer_cents == cheapest(of, sellers)
    plain = choose(replace(of, swaps={}), sellers, FREE, {}, LIMITS, lambda: True)
    assert found.cents - found.dearer_cents <= plain.cents
    packs: dict[str, int] = {}
    for (key, _), count in problem_lines(found.certificate).items():
        packs[base_of(key)] = packs.get(base_of(key), 0) + count
    assert packs == {key: one.packs for key, one in plain.closed.items() if one.packs}
