"""Awards of whole lines: minimums and freight decide against the cheapest of each line."""

from dataclasses import replace
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from purchasing.rules.award_offers import (
    Need,
    Pool,
    Seller,
    cheapest_of_each,
    pool_tiers,
    whole_lines,
)
from purchasing.rules.award_solver import NoAward, solve
from purchasing.rules.certificates import check

D = Decimal
NEEDS = [Need("gauze", 12, D("10")), Need("gloves", 5, D("20"))]
ACME = Seller("acme", {"gauze": [[1, "10"], [10, "9"]], "gloves": [[1, "20"]]})
BETA = Seller("beta", {"gauze": [[1, "8.50"]], "gloves": [[1, "21"]]}, minimum_cents=15_000)


def awarded(needs, sellers):
    found = whole_lines(needs, sellers)
    certificate = solve(found.problem)
    assert check(found.problem, certificate).is_proved
    lines = {item: (supplier, packs) for item, supplier, packs in certificate.lines}
    return lines, found.cents(certificate.cost_cents)


def test_a_minimum_takes_a_line_from_the_cheapest_or_brings_another_to_it():
    # Beta's gauze is the cheapest, but 12 × 8.50 is below its minimum of $150; with the gloves
    # it delivers, and 102 + 105 is still less than acme's 108 + 100.
    assert cheapest_of_each(NEEDS, [ACME, BETA]) == {"gauze": "beta", "gloves": "acme"}
    lines, cents = awarded(NEEDS, [ACME, BETA])
    assert lines == {"gauze": ("beta", 12), "gloves": ("beta", 5)}
    assert cents == 20_700


def test_every_line_goes_to_one_supplier_at_the_volume_of_all():
    lines, cents = awarded(NEEDS, [ACME])
    assert lines == {"gauze": ("acme", 12), "gloves": ("acme", 5)}
    assert cents == 12 * 900 + 5 * 2_000


def test_counts_hundredths_of_a_cent_where_prices_have_them():
    fine = Seller("fine", {"gauze": [[1, "8.3333"]]})
    found = whole_lines(NEEDS[:1], [fine])
    assert found.per_cent == 100
    certificate = solve(found.problem)
    assert (certificate.cost_cents, found.cents(certificate.cost_cents)) == (999_996, 10_000)


def test_who_does_not_sell_so_few_does_not_offer():
    large = Seller("large", {"gauze": [[50, "1"]]})
    assert cheapest_of_each(NEEDS, [large]) == {}
    with pytest.raises(NoAward):
        awarded(NEEDS[:1], [large])
    assert awarded(NEEDS, [ACME, large])[0]["gauze"] == ("acme", 12)


def test_two_contracts_of_a_supplier_reach_its_minimum_together():
    one = Seller("b1", {"gauze": [[1, "8.50"]]}, 15_000, 50, house="beta")
    two = Seller("b2", {"gloves": [[1, "21"]]}, 15_000, 50, house="beta")
    lines, cents = awarded(NEEDS, [ACME, one, two])
    assert (lines, cents) == ({"gauze": ("b1", 12), "gloves": ("b2", 5)}, 20_700 + 50)
    lines, cents = awarded(NEEDS, [ACME, one])  # 12 × 8.50 alone is below it
    assert (lines["gauze"], cents) == (("acme", 12), 20_800)


def test_nobody_pays_above_a_ceiling_even_where_it_makes_the_award_dearer():
    needs = [NEEDS[0], replace(NEEDS[1], ceiling=D("20.50"))]
    lines, cents = awarded(needs, [ACME, BETA])  # gloves at 21 would bring beta to its minimum
    assert lines == {"gauze": ("acme", 12), "gloves": ("acme", 5)}
    assert cents == 20_800
    with pytest.raises(NoAward):
        awarded([replace(NEEDS[1], ceiling=D("19.99"))], [ACME, BETA])


GAMMA_POOL = Pool(
    {"gauze": [[0, "10"], [15_000, "7"]], "gloves": [[0, "22"], [15_000, "20"]]},
    {"gauze": 1_000, "gloves": 2_200},
)
GAMMA = Seller("gamma", {"gauze": [[0, "10"]], "gloves": [[0, "22"]]}, pool=GAMMA_POOL)


def test_tiers_over_several_items_count_all_that_a_contract_gets():
    # 12 × 10 + 5 × 22 = $230 at list prices reaches $150: 84 + 100.
    assert awarded(NEEDS, [GAMMA]) == ({"gauze": ("gamma", 12), "gloves": ("gamma", 5)}, 18_400)
    # Gauze alone counts for $120 and would cost 10: acme's 9 is cheaper.
    assert awarded(NEEDS[:1], [ACME, GAMMA]) == ({"gauze": ("acme", 12)}, 10_800)


def test_what_a_period_had_before_counts_for_its_tiers():
    near = replace(GAMMA, pool=replace(GAMMA_POOL, before=3_000))
    assert awarded(NEEDS[:1], [ACME, near]) == ({"gauze": ("gamma", 12)}, 8_400)
    there = replace(GAMMA, pool=replace(GAMMA_POOL, before=20_000))
    assert pool_tiers(there.pool, {"gauze"}) == [(0, {"gauze": D(7)})]


def test_a_line_that_may_be_split_costs_no_more():
    split = whole_lines(NEEDS, [ACME, BETA], is_split=True)
    certificate = solve(split.problem)
    assert check(split.problem, certificate).is_proved
    # Three packs of gloves are enough to bring beta to $150: 102 + 63.
    assert split.cents(certificate.cost_cents) == 102 * 100 + 2 * 2_000 + 3 * 2_100


@settings(max_examples=40)
@given(st.data())
def test_is_the_cheapest_of_all_ways_to_share_out_lines(data):
    needs = [
        Need(f"i{number}", data.draw(st.integers(1, 9)), D(10))
        for number in range(data.draw(st.integers(1, 3)))
    ]
    sellers = []
    for name in "ab":
        ladders = {
            need.key: [[1, str(data.draw(st.integers(500, 2_000)) / D(100))]]
            for need in needs
            if data.draw(st.integers(0, 4))
        }
        minimum, freight = data.draw(st.integers(0, 9_000)), data.draw(st.integers(0, 900))
        sellers.append(Seller(name, ladders, minimum, freight))
    best = None
    for chosen in product(sellers, repeat=len(needs)):
        pairs = list(zip(needs, chosen, strict=True))
        if not all(need.key in seller.ladders for need, seller in pairs):
            continue
        spent = dict.fromkeys((seller.key for seller in chosen), 0)
        for need, seller in pairs:
            spent[seller.key] += int(D(seller.ladders[need.key][0][1]) * 100) * need.packs
        used = {seller.key: seller for seller in chosen}.values()
        if all(spent[seller.key] >= seller.minimum_cents for seller in used):
            cost = sum(spent.values()) + sum(seller.freight_cents for seller in used)
            best = cost if best is None else min(best, cost)
    if best is None:
        with pytest.raises(NoAward):
            awarded(needs, sellers)
    else:
        assert awarded(needs, sellers)[1] == best
