"""Case rates: what calls for one, what it covers, days, and that nothing is paid twice."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.formats.case_rates import read_case_rates
from compliance.rules.case_rates import CaseRate, Codes, Per, Service, Trigger, place_rates, rate_of

LIST = b"""Name,By,From,To,Per,Rate,Includes
Joint replacement,drg,469,470,case,"$24,500.00",all
Cataract,procedure,66982,66984,case,1800.10,revenue 0250-0259; procedure J0000-J9999
Complex cataract,procedure,66982,,case,2100,all
Room,revenue,0110,0169,day,1200,revenue 0250-0259
Intensive care,revenue,0200,0209,day,2600.55,all
"""
RATES, PROBLEMS = read_case_rates(LIST)


def a_service(code: str, units: str = "1") -> Service:
    is_revenue = len(code) == 4
    return Service("" if is_revenue else code, code if is_revenue else "", Decimal(units))


def prices(*codes: str, group: str = "") -> list[int | None]:
    services = [a_service(*code.split("x")) for code in codes]
    return [one and one.cents for one in place_rates(RATES, group, services)]


@pytest.mark.parametrize(
    ("trigger", "code", "name"),
    [
        (Trigger.GROUP, "468", None),
        (Trigger.GROUP, "469", "Joint replacement"),
        (Trigger.GROUP, "470", "Joint replacement"),
        (Trigger.GROUP, "471", None),
        (Trigger.PROCEDURE, "66981", None),
        (Trigger.PROCEDURE, "66982", "Complex cataract"),  # the narrower range
        (Trigger.PROCEDURE, "66983", "Cataract"),
        (Trigger.PROCEDURE, "66984", "Cataract"),
        (Trigger.PROCEDURE, "66985", None),
        (Trigger.REVENUE, "0109", None),
        (Trigger.REVENUE, "0110", "Room"),
        (Trigger.REVENUE, "0169", "Room"),
        (Trigger.REVENUE, "0170", None),
        (Trigger.REVENUE, "469", None),
    ],
)
def test_the_narrowest_range_that_holds_a_code_is_called(trigger, code, name):
    assert PROBLEMS == []
    found = rate_of(RATES, trigger, code)
    assert (found.name if found else None) == name


@pytest.mark.parametrize(
    ("_case", "codes", "group", "expected"),
    [
        ("a group covers all", ("0120x3", "0250", "27447"), "470", [24_500_00, 0, 0]),
        ("no such group", ("0250", "27447"), "471", [None, None]),
        ("listed codes are included", ("66984", "0250", "J3490", "99213"), "",
         [1800_10, 0, 0, None]),
        ("codes beside the listed are not", ("66984", "0249", "0260"), "", [1800_10, None, None]),
        ("a case is paid once", ("66984", "66984", "66983"), "", [1800_10, 0, 0]),
        ("the dearer covers all", ("66984", "66982"), "", [0, 2100_00]),
        ("a day for each unit", ("0120x3", "0250"), "", [3600_00, 0]),
        ("no day below nothing", ("0120x-2",), "", [0]),
        ("half a day to the cent", ("0200x0.5",), "", [1300_28]),
        ("each kind of day is paid", ("0120x2", "0200x1", "0250", "99213"), "",
         [2400_00, 2600_55, 0, 0]),
        ("days again are paid again", ("0120x2", "0121x1"), "", [2400_00, 1200_00]),
        ("a procedure before a day", ("0200x2", "66982"), "", [0, 2100_00]),
        ("nothing is called for", ("99213",), "", [None]),
    ],
)  # fmt: skip
def test_what_calls_bears_the_price_and_what_is_covered_nothing(_case, codes, group, expected):
    assert prices(*codes, group=group) == expected


def test_says_how_it_came_about():
    services = [a_service("66984"), a_service("0250")]
    assert [one.words for one in place_rates(RATES, "", services)] == [
        "case rate “Cataract” for procedure 66984", "included in “Cataract” of line 1",
    ]  # fmt: skip
    stay = place_rates(RATES, "", [a_service("0120", "3")])
    assert stay[0].words == "3 × $1,200.00 a day, “Room” for revenue code 0120"
    group = place_rates(RATES, "470", [a_service("0120", "3")])
    assert group[0].words == "case rate “Joint replacement” for DRG 470"


CODES = st.sampled_from(["66982", "66984", "0120", "0200", "0250", "J3490", "99213", "0300"])


@given(codes=st.lists(CODES, max_size=9), group=st.sampled_from(["", "469", "999"]))
def test_a_case_is_paid_once_and_the_sum_is_what_was_called_for(codes, group):
    placed = [one for one in place_rates(RATES, group, [a_service(c) for c in codes]) if one]
    borne = [one for one in placed if not one.is_included]
    assert sum(one.cents for one in placed) == sum(one.cents for one in borne)
    cases = [one.rate for one in borne if one.rate.per == Per.CASE]
    assert len(cases) == len(set(cases))
    assert all(one.cents == one.rate.cents for one in borne)
    if group == "469" and codes:
        assert sum(one.cents for one in placed) == 24_500_00


@given(cents=st.integers(0, 10**9), others=st.lists(CODES, max_size=20))
def test_the_lines_of_a_case_sum_to_its_rate_to_the_cent(cents, others):
    rate = CaseRate(1, "All", Trigger.GROUP, "001", "999", Per.CASE, cents, covers_all=True)
    placed = place_rates([rate], "470", [a_service(code) for code in ["0120", *others]])
    assert sum(one.cents for one in placed) == cents


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b",drg,470,,case,1,", "no name"),
        (b"X,ward,470,,case,1,", "drg, procedure or revenue"),
        (b"X,drg,470,,week,1,", "per case or per day"),
        (b"X,drg,470,,day,1,", "only such a rate is per day"),
        (b"X,drg,0470,,case,1,", "3 letters"),
        (b"X,revenue,120,,case,1,", "4 letters"),
        (b"X,drg,470,469,case,1,", "before its first"),
        (b"X,drg,470,,case,free,", "no price"),
        (b"X,drg,470,,case,-1,", "no price"),
        (b"X,drg,470,,case,10000001,", "no price"),
        (b"X,drg,470,,case,1,drugs", "cannot be used"),
        (b"X,drg,470,,case,1,revenue 25", "4 letters"),
        (b"X,drg,470,,case,1,all\nY,drg,470,,case,2,all", "stand in it before"),
        (b"X,drg,4\x0070,,case,1,", "no text has"),
    ],
)
def test_names_the_line_that_cannot_be_used(line, words):
    _, problems = read_case_rates(b"Name,By,From,To,Per,Rate,Includes\n" + line)
    assert words in problems[0][1]


def test_headers_alone_end_case_rates_and_other_columns_are_none():
    assert read_case_rates(b"Name,By,From,To,Per,Rate,Includes\n") == ([], [])
    _, problems = read_case_rates(b"Code,Price\n470,12\n")
    assert "No column is called Name" in problems[0][1]
    assert RATES[1].includes == (
        Codes(Trigger.REVENUE, "0250", "0259"), Codes(Trigger.PROCEDURE, "J0000", "J9999"),
    )  # fmt: skip
