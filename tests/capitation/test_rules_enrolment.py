"""What an 834 says about days, as a rule: what is painted, what ends, and what cannot be used."""

from datetime import date

import pytest

from capitation.rules.enrolment import Stated, coverage_brushes, day_after, pcp_brush
from capitation.rules.painting import Brush
from capitation.rules.sources import FORMAT_OF_SOURCE, WORDS, is_source

GOLD = ("contract", "gold")
JAN_1, JAN_31, FEB_1, FEB_2 = (
    date(2026, 1, 1),
    date(2026, 1, 31),
    date(2026, 2, 1),
    date(2026, 2, 2),
)


def paint(*stated: tuple) -> tuple[list[Brush], list[str]]:
    """What (maintenance, first day, last day) come to, all of one product."""
    return coverage_brushes([Stated(*one, GOLD) for one in stated], "contract", "file 7")


def covers(start: date, end: date | None) -> Brush:
    return Brush(start, end, GOLD, "file 7")


def ends(start: date) -> Brush:
    return Brush(start, None, None, "file 7", only="contract")


NO_END = "coverage is to end, but the file does not say when"
NO_START = "coverage is reinstated, but the file does not say from when"


@pytest.mark.parametrize(
    ("stated", "brushes", "faults"),
    [
        (("021", JAN_1, None), [covers(JAN_1, None)], []),
        (("021", JAN_1, JAN_31), [covers(JAN_1, FEB_1)], []),
        (("021", JAN_1, JAN_1), [covers(JAN_1, date(2026, 1, 2))], []),
        (("021", FEB_1, JAN_31), [ends(FEB_1)], []),  # it ends the day before it begins
        (("021", FEB_2, JAN_31), [ends(FEB_2)], []),
        (("021", JAN_1, date(9999, 12, 31)), [covers(JAN_1, None)], []),
        (("001", None, JAN_31), [ends(FEB_1)], []),
        (("001", None, None), [], []),
        (("030", None, date(9999, 12, 31)), [], []),
        (("025", None, None), [], [NO_START]),
        (("025", None, JAN_31), [ends(FEB_1)], []),
        (("025", FEB_1, None), [covers(FEB_1, None)], []),
        (("024", None, None), [], [NO_END]),
        (("002", JAN_1, date(9999, 12, 31)), [], [NO_END]),
        (("024", None, JAN_31), [ends(FEB_1)], []),
        (("024", JAN_1, JAN_31), [ends(FEB_1)], []),
        (("002", FEB_2, JAN_31), [ends(FEB_2)], []),
    ],
)
def test_paints_what_a_loop_states(stated, brushes, faults):
    assert paint(stated) == (brushes, faults)


def test_paints_the_loop_listed_first_last_so_that_it_wins():
    brushes, faults = paint(
        ("024", None, None), ("021", JAN_1, None), ("025", None, None), ("024", None, JAN_31)
    )
    assert brushes == [ends(FEB_1), covers(JAN_1, None)]
    assert faults == [NO_START, NO_END]
    # One that says too little takes nothing from those listed before it.
    assert paint(("021", JAN_1, None), ("024", None, None)) == ([covers(JAN_1, None)], [NO_END])


@pytest.mark.parametrize(
    ("last", "after"),
    [
        (JAN_31, FEB_1),
        (date(9997, 12, 31), date(9998, 1, 1)),
        (date(9998, 1, 1), None),
        (date(9999, 12, 31), None),
    ],
)
def test_reads_a_far_future_as_open(last, after):
    assert day_after(last) == after


def pcp(**change: object) -> Brush | None:
    asked = {"stated_from": None, "stated_until": None, "latest": None, **change}
    return pcp_brush(practitioner_id=4, assumed_from=JAN_1, source="file 7", **asked)


def test_has_a_pcp_from_the_day_stated_or_from_the_day_assumed():
    assert pcp() == Brush(JAN_1, None, (4,), "file 7")
    assert pcp(stated_from=FEB_1) == Brush(FEB_1, None, (4,), "file 7")
    assert pcp(stated_until=JAN_31) == Brush(JAN_1, FEB_1, (4,), "file 7")


def test_leaves_an_undated_pcp_who_is_known_already():
    assert pcp(latest=(4,)) is None
    assert pcp(latest=(5,)) == Brush(JAN_1, None, (4,), "file 7")
    assert pcp(latest=(4,), stated_from=FEB_1) == Brush(FEB_1, None, (4,), "file 7")


def test_takes_money_from_the_file_that_the_contract_chose_and_from_no_other():
    assert {
        (source, file) for source in FORMAT_OF_SOURCE for file in WORDS if is_source(source, file)
    } == {("820", "x12-820"), ("roster", "csv"), ("mmr", "mmr")}
