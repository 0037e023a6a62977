"""Awards: equal to enumeration, certified in whole numbers, and no forged certificate passes."""

import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from purchasing.rules.award_compare import cheapest_per_line, gap_words
from purchasing.rules.award_models import lines_of, model_of, point_of
from purchasing.rules.award_solver import Limits, NoAward, solve
from purchasing.rules.awards import (
    BadProblem,
    Item,
    Offer,
    OfferTier,
    Rules,
    SupplierCost,
    costs_of,
    digest_of,
    faults_of,
    problem,
)
from purchasing.rules.certificates import (
    SCALE,
    Ask,
    Leaf,
    bound_of_leaf,
    bound_of_tree,
    check,
    from_bytes,
    problem_lines,
)
from purchasing.rules.certificates import Box as Bounds
from tests.purchasing.awarding import all_awards, small_problems, tendered

GAUZE, GLOVES = Item("gauze", 10, 1_000), Item("gloves", 10, 2_000)


def tier(threshold: int, gauze: int, gloves: int, freight: int = 0) -> OfferTier:
    return OfferTier(threshold, (("gauze", gauze), ("gloves", gloves)), freight)


# Acme is a little dearer on each line, until it gets both.
ACME = Offer("acme", (tier(0, 1_000, 2_000, 500), tier(30_000, 800, 1_700, 500)))
BETA = Offer("beta", (tier(0, 950, 2_100, 300),))
GAMMA = Offer("gamma", (tier(5_000, 1_050, 1_900, 300),))
SHOP = problem([GAUZE, GLOVES], [ACME, BETA, GAMMA])


@pytest.fixture(scope="module")
def middling():
    """A tender of 30 lines and its certificate, which had to ask about packs."""
    of = tendered(30, 4, 3, seed=2)
    return of, solve(of)


@settings(max_examples=40, deadline=None)
@given(small_problems())
def test_is_the_cheapest_of_all_awards_and_is_shown_to_be(of):
    every = list(all_awards(of))
    if not every:
        with pytest.raises(NoAward):
            solve(of)
        return
    certificate = solve(of)
    verdict = check(of, certificate)
    assert verdict.faults == ()
    assert certificate.cost_cents == min(cost for _, cost in every)
    assert verdict.is_proved


@settings(max_examples=60, deadline=None)
@given(small_problems())
def test_the_model_holds_every_award_at_its_cost(of):
    model = model_of(of)
    for lines, cost in all_awards(of):
        point = point_of(of, model, lines)
        assert lines_of(model, point) == lines
        assert sum(c * x for c, x in zip(model.costs, point, strict=True)) == cost
        for x, low, high in zip(point, model.lower, model.upper, strict=True):
            assert low <= x <= high
        for row in model.rows:
            came = sum(by * point[column] for column, by in row.terms)
            assert came == row.at_least if row.is_equal else came >= row.at_least


@settings(max_examples=60, deadline=None)
@given(small_problems(), st.data())
def test_no_numbers_whatever_show_more_than_is_true(of, data):
    """The checker's bound holds for any numbers, so nobody who gives them need be trusted."""
    model = model_of(of)
    numbers = tuple(
        (number, data.draw(st.integers(-50 if row.is_equal else 0, 50)) * SCALE // 7)
        for number, row in enumerate(model.rows)
    )
    bound = bound_of_leaf(model, Leaf(numbers), Bounds(model))
    assert all(cost >= bound for _, cost in all_awards(of))


def test_proves_a_tender_to_the_cent(middling):
    of, certificate = middling
    verdict = check(of, certificate)
    assert verdict.is_proved
    assert verdict.leaves > 10
    assert gap_words(verdict.gap_cents) == "Proved: no award under these rules costs less."


def test_says_the_gap_in_dollars_when_stopped_early(middling):
    of, certificate = middling
    stopped = solve(of, keep_going=lambda: False)
    verdict = check(of, stopped)
    assert verdict.is_valid
    assert verdict.leaves == 1
    assert 0 < verdict.gap_cents == stopped.cost_cents - stopped.bound_cents
    assert stopped.bound_cents <= certificate.cost_cents <= stopped.cost_cents
    assert "at most $" in gap_words(verdict.gap_cents)
    loose = solve(of, Limits(within_cents=verdict.gap_cents))
    assert check(of, loose).gap_cents <= verdict.gap_cents


def test_gives_the_same_certificate_again_whatever_the_order(middling):
    of, certificate = middling
    shuffled = problem(reversed(of.items), reversed(of.offers), of.rules)
    assert solve(shuffled).sha256 == certificate.sha256


def test_is_read_back_as_it_was_written(middling):
    of, certificate = middling
    again = from_bytes(certificate.to_bytes())
    assert again == certificate
    assert check(of, again).is_proved


def dropped_leaf(certificate):
    place = max(n for n, node in enumerate(certificate.tree) if isinstance(node, Leaf))
    return replace(certificate, tree=certificate.tree[:place] + certificate.tree[place + 1 :])


def test_refuses_it_without_any_one_of_its_nodes(middling):
    of, certificate = middling
    model = model_of(of)
    for place in range(len(certificate.tree)):
        tree = certificate.tree[:place] + certificate.tree[place + 1 :]
        with pytest.raises(ValueError, match=r"do not make up|splits nothing"):
            bound_of_tree(model, tree)


def flipped_sign(certificate):
    tree = list(certificate.tree)
    place, leaf = next((n, node) for n, node in enumerate(tree) if isinstance(node, Leaf))
    tree[place] = Leaf(tuple((row, -times) for row, times in leaf.numbers))
    return replace(certificate, tree=tuple(tree))


def altered_award(certificate):
    (item, supplier, packs), *rest = certificate.lines
    return replace(certificate, lines=((item, supplier, packs - 1), *rest))


def moved_question(certificate):
    tree = list(certificate.tree)
    place = next(n for n, node in enumerate(tree) if isinstance(node, Ask))
    tree[place] = replace(tree[place], at=tree[place].at + 10**6)
    return replace(certificate, tree=tuple(tree))


def other_column(certificate):
    tree = list(certificate.tree)
    place = next(n for n, node in enumerate(tree) if isinstance(node, Ask))
    tree[place] = Ask(10**6, 0)
    return replace(certificate, tree=tuple(tree))


def other_row(certificate):
    tree = list(certificate.tree)
    place = next(n for n, node in enumerate(tree) if isinstance(node, Leaf))
    tree[place] = Leaf(((10**6, SCALE),))
    return replace(certificate, tree=tuple(tree))


@pytest.mark.parametrize(
    ("forge", "fault"),
    [
        (lambda one: replace(one, cost_cents=one.cost_cents - 1), "the award costs"),
        (lambda one: replace(one, bound_cents=one.bound_cents + 1), "it is shown that no award"),
        (altered_award, "are awarded"),
        (dropped_leaf, "do not make up"),
        (lambda one: replace(one, tree=(*one.tree, Leaf(()))), "do not make up"),
        (lambda one: replace(one, tree=()), "do not make up"),
        (flipped_sign, "is a minimum and is taken"),
        (moved_question, "splits nothing"),
        (other_column, "there is no column"),
        (other_row, "there is no row"),
        (lambda one: replace(one, lines=(*one.lines, one.lines[0])), "awarded twice"),
        (lambda one: replace(one, problem_digest="0" * 64), "of another problem"),
        (lambda one: replace(one, version=2), "of version 2"),
    ],
)
def test_refuses_a_forged_certificate(middling, forge, fault):
    of, certificate = middling
    verdict = check(of, forge(certificate))
    assert not verdict.is_valid
    assert not verdict.is_proved
    assert any(fault in words for words in verdict.faults), verdict.faults


def test_refuses_the_certificate_once_a_threshold_or_a_price_is_another():
    far = replace(ACME, tiers=(ACME.tiers[0], replace(ACME.tiers[1], threshold=30_001)))
    dear = replace(ACME, tiers=(ACME.tiers[0], replace(ACME.tiers[0], threshold=30_000)))
    for changed in (far, dear):
        was = problem([GAUZE, GLOVES], [changed, BETA, GAMMA])
        certificate = solve(was)
        assert check(was, certificate).is_proved
        assert check(SHOP, certificate).faults[0] == "the certificate is of another problem"
        # Nor with its name changed: in this shop something is cheaper.
        renamed = replace(certificate, problem_digest=digest_of(SHOP))
        assert not check(SHOP, renamed).is_valid


@pytest.mark.parametrize(
    "data",
    [b"", b"{}", b"[1]", b'{"tree": 3}', b"\xff\xfe", b'{"tree": [[1.5, 2]]}', b'{"tree": [[[1]]]}',
     b'{"version":1,"problem":"","lines":[],"cost_cents":1.5,"bound_cents":0,"tree":[]}'],
)  # fmt: skip
def test_reads_no_junk_as_a_certificate(data):
    with pytest.raises(ValueError):  # noqa: PT011 - a file that is none
        from_bytes(data)


def test_an_empty_tree_shows_nothing():
    with pytest.raises(ValueError, match="do not make up"):
        bound_of_tree(model_of(SHOP), ())


def test_finds_that_one_supplier_for_both_is_cheaper_than_the_cheapest_of_each():
    certificate = solve(SHOP)
    assert certificate.lines == (("gauze", "acme", 10), ("gloves", "acme", 10))
    assert costs_of(SHOP, problem_lines(certificate)) == [SupplierCost("acme", 1, 25_000, 500)]
    plain = cheapest_per_line(SHOP)
    assert dict(plain.lines) == {("gauze", "beta"): 10, ("gloves", "gamma"): 10}
    assert (plain.cents, plain.missed) == (9_500 + 300 + 19_000 + 300, ())


def test_passes_a_line_on_where_the_cheapest_does_not_deliver_so_little():
    far = replace(GAMMA, tiers=(replace(GAMMA.tiers[0], threshold=50_000),))
    plain = cheapest_per_line(problem([GAUZE, GLOVES], [BETA, far]))
    assert plain.missed == ("gamma",)
    assert dict(plain.lines) == {("gauze", "beta"): 10, ("gloves", "beta"): 10}
    assert cheapest_per_line(problem([GAUZE], [far])) is None


@pytest.mark.parametrize(
    ("rules", "lines"),
    [
        (Rules(most_share_pct=50), {("gauze", "acme"): 5, ("gauze", "beta"): 5,
                                    ("gloves", "acme"): 5, ("gloves", "gamma"): 5}),
        (Rules(keep="beta", keep_pct=30), {("gauze", "beta"): 9}),
        (Rules(least_suppliers=2), {("gauze", "acme"): 9}),
    ],
)  # fmt: skip
def test_keeps_to_rules_and_proves_what_they_cost(rules, lines):
    of = replace(SHOP, rules=rules)
    certificate = solve(of)
    found = problem_lines(certificate)
    if len(lines) > 1:
        assert found == lines
    assert faults_of(of, found) == []
    assert check(of, certificate).is_proved
    assert certificate.cost_cents == certificate.bound_cents > 25_500  # as it is without a rule


def test_keeps_two_rules_at_once():
    rules = Rules(most_suppliers=1, keep="beta", keep_pct=100)
    assert solve(replace(SHOP, rules=rules)).cost_cents == 9_500 + 21_000 + 300
    assert solve(replace(SHOP, rules=Rules(keep="beta", keep_pct=100))).cost_cents == 30_800


def test_refuses_offers_that_cannot_be_decided_on():
    cases = [
        ([GAUZE, GAUZE], [ACME], Rules(), "asked for twice"),
        ([GAUZE], [ACME, ACME], Rules(), "two offers"),
        ([Item("gauze", -1, 1)], [ACME], Rules(), "negative"),
        ([GAUZE], [replace(ACME, tiers=())], Rules(), "no tier"),
        ([GAUZE], [replace(ACME, tiers=(tier(0, 1, 1), tier(9, 2, 1)))], Rules(), "rises"),
        ([GAUZE], [replace(ACME, tiers=(tier(0, 1, 1), tier(9, 1, 1, 5)))], Rules(), "rises"),
        ([GAUZE], [replace(ACME, tiers=(tier(0, 1, 1), tier(0, 1, 1)))], Rules(), "two tiers"),
        ([GAUZE], [replace(ACME, tiers=(tier(0, -1, 1),))], Rules(), "negative"),
        ([GAUZE], [replace(ACME, capacities=(("gauze", -1),))], Rules(), "negative"),
        ([GAUZE], [ACME], Rules(most_share_pct=0), "0 %"),
        ([GAUZE], [ACME], Rules(keep="zed"), "made no offer"),
        ([Item("", 1, 1)], [ACME], Rules(), "has no name"),
    ]
    for items, offers, rules, why in cases:
        with pytest.raises(BadProblem, match=why):
            problem(items, offers, rules)
    other = OfferTier(9, (("gloves", 1),))
    with pytest.raises(BadProblem, match="prices other items"):
        problem([GAUZE], [replace(ACME, tiers=(tier(0, 1, 1), other))])
    twice = OfferTier(0, (("gauze", 1), ("gauze", 1)))
    with pytest.raises(BadProblem, match="prices an item twice"):
        problem([GAUZE], [replace(ACME, tiers=(twice,))])


def test_a_solver_says_nothing_where_commands_answer():
    asked = "from purchasing.rules.award_parts import quiet; quiet(); print('answer')"
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert told.stdout == "answer\n"
