import re
from datetime import date
from fractions import Fraction
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipaportal.core.pictures import (
    Band,
    Branch,
    BridgeStep,
    MonthBar,
    Slice,
    bars12,
    bridge,
    money_tree,
    one_dollar,
    panel_pyramid,
    sparkline,
)
from tests.gallery import pages

SVG = "{http://www.w3.org/2000/svg}"
NASTY = "<script>alert('x')</script> & \"Söhne\""
MAKERS = [
    pages.statement_tree,
    pages.run_tree,
    pages.variance,
    pages.year_of_bars,
    pages.panel,
    pages.dollar,
]


def drawings(picture):
    return list(ElementTree.fromstring(f"<all>{picture}</all>"))


def rects(drawing):
    return [rect for rect in drawing.iter(f"{SVG}rect") if rect.get("data-cents")]


@pytest.mark.parametrize("make", MAKERS)
def test_is_well_formed_titled_and_the_same_every_time(make):
    assert str(make()) == str(make())
    both = drawings(make())
    assert len(both) == 2
    for drawing in both:
        title, desc = drawing.find(f"{SVG}title"), drawing.find(f"{SVG}desc")
        assert drawing.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"
        assert title.text
        assert desc.text
    assert "style=" not in str(make())
    assert "NaN" not in str(make())
    assert make().rows


def test_is_an_image_without_links_and_a_group_with_them():
    assert 'role="img"' in str(money_tree(Branch("All", 5)))
    assert 'role="group"' in str(money_tree(Branch("All", 5, "/all")))


@pytest.mark.parametrize(
    "picture",
    [
        money_tree(Branch(NASTY, 10, 'x"y', parts=(Branch(NASTY, 10, NASTY),)), title=NASTY),
        bridge([BridgeStep(NASTY, 1, NASTY), BridgeStep(NASTY, 3)], title=NASTY),
        bars12([MonthBar(date(2026, 1, 1), 1, 1, NASTY)], title=NASTY),
        one_dollar([Slice(NASTY, 1, NASTY, NASTY)], left=NASTY, title=NASTY),
        panel_pyramid([Band(NASTY, 1, 1, NASTY)], title=NASTY),
    ],
)
def test_escapes_every_text_and_link(picture):
    assert "<script" not in str(picture)
    hrefs = [link.get("href") for d in drawings(picture) for link in d.iter(f"{SVG}a")]
    assert hrefs
    assert set(hrefs) <= {NASTY, 'x"y'}


@pytest.mark.parametrize(
    "picture",
    [
        money_tree(Branch("All", 0)),
        bridge([]),
        bars12([]),
        one_dollar([]),
        panel_pyramid([]),
    ],
)
def test_teaches_when_there_is_nothing_to_draw(picture):
    texts = "".join(t.text or "" for t in drawings(picture)[0].iter(f"{SVG}text"))
    assert len(texts) > 25
    assert picture.rows == ()


def test_draws_every_branch_of_the_tree_to_scale():
    wide, narrow = drawings(pages.statement_tree())
    root = next(rect for rect in rects(wide) if rect.get("data-cents") == "2605271")
    scale = Fraction(root.get("height")) / 2_605_271
    for rect in rects(wide):
        expected = abs(int(rect.get("data-cents"))) * scale
        assert abs(Fraction(rect.get("height")) - expected) < Fraction(1, 500)
    # The two reach as far as the tree's widest row, all rows at one scale.
    scales = {
        round(Fraction(r.get("width")) / abs(int(r.get("data-cents"))) * 10**6, 0)
        for r in rects(narrow)
        if abs(int(r.get("data-cents"))) > 100_000
    }
    assert len(scales) == 1
    assert all(Fraction(r.get("x")) >= 0 for r in rects(narrow))
    assert all(
        Fraction(r.get("x")) + Fraction(r.get("width")) <= Fraction(3601, 10) for r in rects(narrow)
    )


def test_gives_a_ribbon_the_width_of_its_amount():
    wide, _ = drawings(pages.run_tree())
    scale = Fraction(300) / 141_647_059
    ribbons = [path for path in wide.iter(f"{SVG}path") if path.get("data-cents")]
    assert len(ribbons) == 12
    for path in ribbons:
        top, bottom = re.search(r" ([\d.]+)V([\d.]+)", path.get("d")).groups()
        expected = abs(int(path.get("data-cents"))) * scale
        assert abs(Fraction(bottom) - Fraction(top) - expected) < Fraction(1, 400)


def test_shows_a_zero_branch_as_a_thread_and_what_came_back_as_a_loss():
    picture = str(pages.run_tree())
    assert picture.count('class="thread"') == 1
    assert "−$12,055.00" in picture
    assert 'class="flow back"' in picture
    assert ("\u2003\u2003Quality bonus", "$0.00", "0.0 %") in pages.run_tree().rows


def test_never_hides_a_part_that_does_not_add_up():
    rows = money_tree(Branch("All", 100, parts=(Branch("Some", 60),))).rows
    assert rows[-1] == ("\u2003Not yet explained", "$0.40", "40.0 %")
    steps = [BridgeStep("Sep", 100), BridgeStep("Rate", 5), BridgeStep("Oct", 90)]
    assert ("Not explained", "−$0.15") in bridge(steps).rows


def test_draws_a_whole_month_that_was_taken_back():
    picture = money_tree(Branch("Your month", -500, parts=(Branch("You", -500),)))
    assert "−$5.00" in str(picture)
    assert len(drawings(picture)) == 2


def test_bridges_run_from_one_total_to_the_other():
    wide, _ = drawings(pages.variance())
    bars = rects(wide)
    assert [int(bar.get("data-cents")) for bar in bars[1:-1]] == [
        812400,
        402220,
        -96400,
        -633780,
        0,
    ]
    changes = [bar for bar in bars[1:-1] if int(bar.get("data-cents"))]
    ratio = [Fraction(b.get("width")) / abs(int(b.get("data-cents"))) for b in changes]
    assert max(ratio) - min(ratio) < Fraction(1, 10**7)
    assert pages.variance().legend == ("The scale starts at $770K",)


def test_hangs_taken_back_money_below_the_axis():
    wide, _ = drawings(bars12([MonthBar(date(2026, 10, 1), 300, -100)]))
    up, down = rects(wide)
    axis = Fraction(up.get("y")) + Fraction(up.get("height"))
    assert Fraction(down.get("y")) == axis
    assert Fraction(up.get("height")) == 3 * Fraction(down.get("height"))


def test_leaves_what_is_left_of_a_dollar():
    rows = one_dollar([Slice("Fee", 800), Slice("Pool", 1800)], left="PCPs").rows
    assert rows[-1][:2] == ("PCPs", "74.00 ¢")
    assert one_dollar([Slice("Fee", 10_100)]).rows[-1][1] == "−1.00 ¢"


def test_draws_a_spark_only_from_two_values():
    assert str(sparkline([4])) == ""
    assert 'class="line"' in str(sparkline([4, 4]))


amounts = st.integers(min_value=-(10**12), max_value=10**12)


@given(st.recursive(amounts, lambda parts: st.lists(parts, max_size=5), max_leaves=20))
def test_draws_any_tree(shape):
    def grow(node, name="n"):
        if isinstance(node, int):
            return Branch(name, node)
        parts = tuple(grow(part, f"{name}.{i}") for i, part in enumerate(node))
        return Branch(name, sum(part.cents for part in parts), parts=parts)

    picture = money_tree(grow(shape))
    assert len(drawings(picture)) == 2
    assert not any("Not yet explained" in row[0] for row in picture.rows)
