"""Awards of whole lines: minimums and freight decide against the cheapest of each line."""

from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from purchasing.rules.award_offers import Need, Seller, cheapest_of_each, whole_lines
from purchasing.rules.award_solver import NoAward, solve
from purchasing.rules.awards import BadProblem, Offer, OfferTier, problem
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


def test_own_prices_count_for_a_minimum_alone():
    tiers = (OfferTier(0, (("gauze", 9),)), OfferTier(9, (("gauze", 8),)))
    with pytest.raises(BadProblem, match="more than a minimum"):
        problem([], [Offer("acme", tiers, "own_prices")])


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
