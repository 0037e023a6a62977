"""Prenotes and notices of change as rules: banking days, states, fields read for certain."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capitation.rules.aba import check_digit, is_routing_number
from capitation.rules.bank_days import bank_day_on_or_after, is_bank_day, next_bank_day
from capitation.rules.notices import Details, corrected, due_date, names_details
from capitation.rules.prenotes import PRENOTE_WAITS, clear_date, prenote_state, wait_on

DAY = date(2026, 11, 4)
LONG_SAVINGS = Details("231380104", "12345678901234567", "savings")
LONG_CHECKING = Details("231380104", "12345678901234567", "checking")


@pytest.mark.parametrize(
    ("settles", "clears"),
    [
        (date(2026, 11, 4), date(2026, 11, 9)),  # over a weekend
        (date(2026, 11, 9), date(2026, 11, 13)),  # over Veterans Day
        (date(2026, 12, 31), date(2027, 1, 6)),  # over New Year's Day and a weekend
        (date(2014, 9, 18), date(2014, 9, 26)),  # six banking days, the last day of that rule
        (date(2014, 9, 19), date(2014, 9, 24)),  # three, from that day on
    ],
)
def test_counts_banking_days_by_the_rule_of_the_day_it_settles(settles, clears):
    assert clear_date(settles) == clears


def test_its_rules_follow_each_other_and_say_where_they_are_written():
    for before, after in pairwise(PRENOTE_WAITS):
        assert before.end_date == after.effective_date
    assert PRENOTE_WAITS[-1].end_date is None
    assert all("Nacha Operating Rules" in wait.citation for wait in PRENOTE_WAITS)


@given(st.dates(date(2010, 1, 1), date(2040, 1, 1)))
def test_never_clears_before_its_banking_days(day):
    settles = bank_day_on_or_after(day)
    clears, passed = clear_date(settles), settles
    assert is_bank_day(clears)
    for _ in range(wait_on(settles).banking_days):
        passed = next_bank_day(passed)
    assert passed == clears


@pytest.mark.parametrize(
    ("status", "today", "is_asked", "has_notice", "word", "is_clear"),
    [
        ("needed", DAY, True, False, "needed", False),
        ("needed", DAY, False, False, "not asked", True),
        ("sent", DAY - timedelta(1), True, False, "waiting", False),
        ("sent", DAY, True, False, "passed", True),
        ("sent", DAY, True, True, "corrected", False),
        # Once sent, the wait holds whatever the IPA asks for today.
        ("sent", DAY - timedelta(1), False, False, "waiting", False),
        ("returned", DAY, False, False, "returned", False),
    ],
)
def test_says_where_an_account_stands(status, today, is_asked, has_notice, word, is_clear):
    clears = None if status == "needed" else DAY
    state = prenote_state(status, clears, today, is_asked=is_asked, has_notice=has_notice)
    assert (state.word, state.is_clear) == (word, is_clear)


@pytest.mark.parametrize(
    ("code", "data", "told"),
    [
        ("C01", "1918171614", Details(account_number="1918171614")),
        ("C02", "231380104", Details(routing_number="231380104")),
        ("C02", "231380105", None),  # its check digit is wrong
        ("C03", "231380104   744-5678-99", Details("231380104", "744-5678-99")),
        ("C03", "231380104", None),
        ("C04", "BELL CLINIC OF VALLEY CITY INC", Details(holder_name="BELL CLINIC OF VALLEY")),
        ("C04", "   ", None),
        ("C05", "32", Details(account_type="savings")),
        ("C05", "27", None),  # a debit
        ("C06", "744567899           22", Details("", "744567899", "checking")),
        ("C06", "744567899", None),
        ("C07", "23138010412345678901234567 33"[:29], LONG_SAVINGS),
        ("C07", "2313801041234567890123456722", LONG_CHECKING),
        ("C07", "231380104744567899        32", Details("231380104", "744567899", "savings")),
        ("C07", "231380104", None),
        ("C01", "74 45", None),  # it cannot be told which is meant
        ("C01", "", None),
        ("C01", "7", None),
        ("C01", "-7", None),
        ("C01", "7-4", Details(account_number="7-4")),
        ("C01", "12345678901234567", Details(account_number="12345678901234567")),
        ("C01", "123456789012345678", None),
        ("C01", "74;45", None),
        ("C09", "P12", None),
        ("C61", "744567899", None),
    ],
)  # fmt: skip
def test_reads_a_correction_for_certain_or_not_at_all(code, data, told):
    assert corrected(code, data) == told


def test_a_routing_number_has_nine_digits_that_check_each_other():
    assert check_digit("23138010") == 4
    assert is_routing_number("231380104")
    for wrong in ("231380105", "23138010", "2313801040", "000000000", "23138010x", "23138010٤"):
        assert not is_routing_number(wrong)
    for wrong in ("2313801", "231380104"):
        with pytest.raises(ValueError, match="zip"):
            check_digit(wrong)


def test_names_the_codes_that_are_about_bank_details():
    codes = [f"C{number:02}" for number in range(1, 15)]
    assert [code for code in codes if names_details(code)] == codes[:7]


@given(st.from_regex(r"[0-9]{8}", fullmatch=True), st.from_regex(r"[A-Z0-9]{2,17}", fullmatch=True))
def test_reads_back_what_was_written_whatever_the_length(first_eight, account):
    routing = f"{first_eight}{check_digit(first_eight)}"
    if int(routing) == 0:
        return
    kind, data = "checking", f"{routing}{account:<17}22"
    assert corrected("C07", data) == Details(routing, account, kind)
    assert corrected("C03", f"{routing}   {account}") == Details(routing, account)
    before = Details("231380104", "1", "savings", "Bell")
    assert before.corrected_by(Details(account_number=account)) == Details(
        "231380104", account, "savings", "Bell"
    )


def test_a_correction_is_due_in_six_banking_days():
    assert due_date(date(2026, 11, 3)) == date(2026, 11, 12)


@pytest.mark.parametrize(
    ("status", "is_asked", "has_notice", "today", "text"),
    [
        ("returned", True, False, DAY, "The bank sent the prenote back."),
        ("needed", False, False, DAY, "The IPA sends no prenotes now."),
        ("needed", True, False, DAY, "A prenote has to be sent to the account first."),
        (
            *("sent", True, True, DAY),
            "The bank answered the prenote with a correction: decide on it.",
        ),
        (
            *("sent", True, False, DAY - timedelta(days=1)),
            f"A prenote was sent; the account is paid to from {DAY:%b %-d, %Y}.",
        ),
        ("sent", True, False, DAY, "The prenote was not sent back in time."),
    ],
)
def test_says_where_an_account_stands_in_a_sentence(status, is_asked, has_notice, today, text):
    state = prenote_state(status, DAY, today, is_asked=is_asked, has_notice=has_notice)
    assert state.text == text
