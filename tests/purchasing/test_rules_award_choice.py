"""Who supplies a closed order: within ceilings and minimums, with the price of every rule."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from purchasing.rules.award_choice import MinimumsNotMet, choose
from purchasing.rules.award_offers import Seller, cheapest_of_each
from purchasing.rules.award_orders import Asked, Order
from purchasing.rules.award_reasons import (
    ALONE,
    CEILINGS,
    FEW,
    MINIMUMS,
    ONE_SOURCE,
    WITHOUT,
    rule_prices,
)
from purchasing.rules.award_shares import Share, alone_cents, cheapest_cents, shares_of
from purchasing.rules.award_solver import Limits
from purchasing.rules.certificates import check
from purchasing.rules.closing import Wish

D = Decimal
LIMITS = Limits()
FREE = Asked()


def always() -> bool:
    return True


def never() -> bool:
    return False


ACME = Seller("acme", {"gauze": [[1, "10"], [10, "9"]], "gloves": [[1, "20"]]})
BETA = Seller("beta", {"gauze": [[1, "8.50"]], "gloves": [[1, "21"]]}, minimum_cents=15_000)


def order(**lines: list[Wish]) -> Order:
    """Offices a1 and a2 are of practice a."""
    return Order(
        wishes=lines,
        references={"gauze": D(10), "gloves": D(21)},
        practice_of={row.key: row.key[0] for rows in lines.values() for row in rows},
        cases=dict.fromkeys(lines, (1, 0)),
        tie_key=b"key",
    )


def chosen(of: Order, sellers: list[Seller], asked: Asked = FREE):
    return choose(of, sellers, asked, {"acme": "Acme", "beta": "Beta"}, LIMITS, always)


def prices(of: Order, sellers: list[Seller], asked: Asked = FREE) -> dict[str, int]:
    found = rule_prices(chosen(of, sellers, asked), sellers, LIMITS, always)
    assert all(one.most_cents == one.cents for one in found)
    return {one.rule: one.cents for one in found}


BOTH = order(gauze=[Wish("a1", 7), Wish("b1", 5)], gloves=[Wish("a1", 5)])


def test_brings_a_second_line_to_a_supplier_for_its_minimum():
    found = chosen(BOTH, [ACME, BETA])
    assert found.of_line == {"gauze": "beta", "gloves": "acme"} | {"gloves": "beta"}
    assert found.prices == {"gauze": D("8.5"), "gloves": D(21)}
    assert check(found.whole.problem, found.certificate).is_proved
    assert (found.released, found.left_out) == ((), ())


def test_keeps_the_ceiling_of_everybody_rather_than_a_lower_total():
    said = order(gauze=BOTH.wishes["gauze"], gloves=[Wish("a1", 5, 0, D("20.50"))])
    found = chosen(said, [ACME, BETA])
    assert found.of_line == {"gauze": "acme", "gloves": "acme"}
    assert prices(said, [ACME, BETA]) == {ONE_SOURCE: 0, MINIMUMS: 600, CEILINGS: 100}


def test_leaves_out_who_can_never_get_its_minimum_and_closes_anew():
    far = replace(BETA, minimum_cents=90_000)
    found = chosen(order(gauze=[Wish("a1", 5), Wish("b1", 5, 0, D("8.80"))]), [ACME, far])
    assert found.left_out == ("beta",)
    # Without beta ten packs cost 9, above b's ceiling; five then cost 10.
    assert found.closed["gauze"].granted == {"a1": 5}
    assert (found.closed["gauze"].released[0].key, found.prices) == ("b1", {"gauze": D(10)})


def test_releases_who_said_less_where_no_award_keeps_every_ceiling():
    # Gloves are beta's alone, and bring it to its smallest order with the gauze only.
    one = Seller("acme", {"gauze": [[1, "9"]], "tape": [[1, "5"]]}, minimum_cents=10_000)
    two = Seller("beta", {"gauze": [[1, "9.50"]], "gloves": [[1, "20"]]}, minimum_cents=20_000)
    lines = {"gauze": [Wish("a1", 2, 0, D("9.20")), Wish("b1", 12)], "gloves": [Wish("b1", 5)]}
    of = order(**lines)
    found = chosen(of, [one, two])
    assert [(out.key, out.price, out.ceiling) for out in found.released] == [
        ("a1", D("9.5"), D("9.2"))
    ]
    assert found.of_line == {"gauze": "beta", "gloves": "beta"}
    assert found.closed["gauze"].granted == {"b1": 12}


def test_says_what_to_do_where_no_award_meets_the_minimums():
    one = Seller("acme", {"gauze": [[1, "10"]], "gloves": [[1, "20"]]}, minimum_cents=20_000)
    two = Seller("beta", {"gauze": [[1, "10"]], "tape": [[1, "5"]]}, minimum_cents=15_000)
    of = order(gauze=[Wish("a1", 10)], gloves=[Wish("a1", 5)], tape=[Wish("a1", 10)])
    of = replace(of, references={**of.references, "tape": D(5)})
    with pytest.raises(MinimumsNotMet, match=r"Acme takes orders from \$200\.00; Beta takes") as no:
        chosen(of, [one, two])
    assert "leave one of them out" in str(no.value)
    assert chosen(of, [one, two], Asked(frozenset({"beta"}))).of_line == {
        "gauze": "acme", "gloves": "acme",
    }  # fmt: skip


def test_prices_each_rule_by_the_same_packs_without_it():
    # Split, three packs of gloves are enough to bring beta to $150: 102 + 63 + 40.
    assert prices(BOTH, [ACME, BETA]) == {ONE_SOURCE: 200, MINIMUMS: 500}
    asked = Asked(frozenset({"beta"}), most_suppliers=1)
    found = prices(BOTH, [ACME, BETA], asked)
    assert found == {ONE_SOURCE: 0, WITHOUT: 100, FEW: 0}
    two = [replace(ACME, minimum_cents=0), replace(BETA, minimum_cents=0)]
    assert prices(BOTH, two, Asked(most_suppliers=1))[FEW] == 500


def test_no_line_costs_a_practice_more_than_alone_and_it_is_said_what_that_costs():
    # Beta takes orders from $120: with b's gloves at 14 it gets it, and b alone pays acme 13.
    dear = Seller("acme", {"gauze": [[1, "10"]], "gloves": [[1, "13"]]})
    near = Seller("beta", {"gauze": [[1, "8"]], "gloves": [[1, "14"]]}, minimum_cents=12_000)
    of = order(gauze=[Wish("a1", 12)], gloves=[Wish("b1", 2)])
    assert chosen(of, [dear, near]).of_line == {"gauze": "acme", "gloves": "acme"}
    assert prices(of, [dear, near]) == {
        ONE_SOURCE: 0,
        MINIMUMS: 2_400,
        ALONE: 2_200,
    }


def test_names_who_is_worse_off_where_nothing_else_can_be_bought():
    # Only beta sells tape, and takes orders from $120: b's gloves have to go there.
    dear = Seller("acme", {"gloves": [[1, "13"]]})
    near = Seller("beta", {"tape": [[1, "5"]], "gloves": [[1, "14"]]}, minimum_cents=12_000)
    of = order(tape=[Wish("a1", 20)], gloves=[Wish("b1", 2)])
    of = replace(of, references={"tape": D(5), "gloves": D(14)})
    found = chosen(of, [dear, near])
    assert (found.of_line["gloves"], found.dearer_cents) == ("beta", 0)
    shares = shares_of(of, found, [dear, near], LIMITS, always)
    assert [(one.practice, one.cents, one.alone_cents, one.is_worse_off) for one in shares] == [
        ("a", 10_000, None, False), ("b", 2_800, 2_600, True),
    ]  # fmt: skip


def test_shares_sum_to_the_award_and_nobody_is_worse_off_but_for_freight():
    near = replace(BETA, freight_cents=1_001)
    found = chosen(BOTH, [ACME, near])
    assert set(found.of_line.values()) == {"acme"}
    cheap = replace(near, minimum_cents=0, freight_cents=101)
    found = chosen(BOTH, [ACME, cheap])
    assert found.of_line == {"gauze": "beta", "gloves": "acme"}
    shares = shares_of(BOTH, found, [ACME, cheap], LIMITS, always)
    # Alone, a would pay beta 7 × 8.50 with all its freight, or acme 7 × 10.
    assert shares == [
        Share("a", 5_950 + 10_000, 59, 5_950 + 101 + 10_000),
        Share("b", 4_250, 42, 4_250 + 101),
    ]
    assert sum(one.cents for one in shares) == found.whole.cents(found.certificate.cost_cents)
    assert not any(one.is_worse_off for one in shares)
    assert Share("c", 100, 1, 100).is_worse_off


def test_alone_is_a_least_where_time_is_up_and_none_where_nobody_delivers():
    of = order(gauze=[Wish("a1", 12)])
    needs = list(chosen(of, [ACME]).needs)
    dear = replace(ACME, freight_cents=500)
    assert alone_cents(needs, [dear], LIMITS, always) == (11_300, False)
    assert alone_cents(needs, [dear], LIMITS, never) == (10_800, True)
    assert alone_cents(needs, [BETA], LIMITS, always) == (None, False)
    assert alone_cents(needs, [replace(ACME, ladders={})], LIMITS, always) == (None, False)
    assert (cheapest_cents(needs, [BETA]), cheapest_cents(needs, [])) == (10_200, None)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_keeps_every_ceiling_and_every_minimum_whatever_is_offered(data):
    draw = data.draw
    wishes = {
        key: [
            Wish(f"{who}1", draw(st.integers(1, 9)), 0,
                 draw(st.sampled_from([None, D(8), D(9), D(10)])))
            for who in "abc"[: draw(st.integers(1, 3))]
        ]
        for key in ("gauze", "gloves")
    }  # fmt: skip
    sellers = [
        Seller(
            name,
            {key: [[1, str(top := draw(st.integers(7, 11)))], [8, str(top - 1)]]
             for key in wishes if draw(st.integers(0, 3))},
            draw(st.integers(0, 15_000)), draw(st.integers(0, 500)),
        )
        for name in ("acme", "beta")
    ]  # fmt: skip
    of = order(**wishes)
    try:
        found = chosen(of, sellers)
    except MinimumsNotMet:
        return
    spent: dict[str, Decimal] = {}
    for key, one in found.closed.items():
        rows = {row.key: row for row in wishes[key]}
        assert sum(one.granted.values()) == one.packs
        for office, packs in one.granted.items():
            ceiling = rows[office].ceiling
            assert not packs or ceiling is None or found.prices[key] <= ceiling
        if one.packs:
            name = found.of_line[key]
            spent[name] = spent.get(name, D(0)) + found.prices[key] * one.packs
    minimums = {seller.key: D(seller.minimum_cents) / 100 for seller in sellers}
    assert all(amount >= minimums[name] for name, amount in spent.items())
    if not found.needs:
        return
    assert check(found.whole.problem, found.certificate).is_proved
    assert set(cheapest_of_each(found.needs, sellers)) == set(found.of_line)
    shares = shares_of(of, found, sellers, LIMITS, always)
    total = found.whole.cents(found.certificate.cost_cents)
    assert sum(one.cents for one in shares) == total
    worse = {one.practice for one in shares if one.is_worse_off}
    assert not (worse and found.dearer_cents)
