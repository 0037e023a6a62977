"""Payments and what banks send back as rules: who is not paid, and which line waits for whom."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from capitation.rules import bank_returns as br
from capitation.rules.bank_returns import Sent, kind_of, why_dispute_waits, why_waiting
from capitation.rules.payments import (
    Candidate,
    batch_state,
    digest_of,
    is_dispute_between_banks,
    return_reason,
    skip_reason,
)

NOON = datetime(2026, 11, 4, 12, tzinfo=UTC)
TINY = timedelta(microseconds=1)
PAID = {
    "party_id": 1,
    "name": "Bell Clinic",
    "owed_cents": 1,
    "bank_account_id": "b",
    "bank_usable_from": NOON,
    "hold_texts": (),
    "batch_id": None,
}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, None),
        ({"bank_usable_from": NOON - TINY}, None),
        (
            {"owed_cents": 0},
            ("carry_forward", "Nothing is owed: the balance is carried to the next month."),
        ),
        (
            {"owed_cents": -1, "hold_texts": ("x",)},
            ("carry_forward", "Nothing is owed: the balance is carried to the next month."),
        ),
        ({"hold_texts": ("a", "b"), "batch_id": 7}, ("held", "Held: a; b")),
        (
            {"batch_id": 7, "bank_account_id": None},
            ("in_batch", "Already in payment batch 7, which waits for release."),
        ),
        (
            {"bank_account_id": None, "bank_usable_from": None},
            ("no_bank_details", "No approved bank account. Propose one, and have it approved."),
        ),
        (
            {"bank_usable_from": NOON + TINY, "prenote_text": "Not tested."},
            (
                "cool_off",
                "The bank account was changed; it is paid to from Nov 4, 2026 12:00 UTC.",
            ),
        ),
        ({"prenote_text": "Not tested."}, ("prenote", "Not tested.")),
    ],
)
def test_pays_or_says_the_first_thing_that_stands_against_it(change, expected):
    assert skip_reason(Candidate(**{**PAID, **change}), NOON) == expected


def test_an_account_without_a_day_is_no_account():
    """No day is no leave: it never reads as "usable since ever"."""
    code, _ = skip_reason(Candidate(**{**PAID, "bank_usable_from": None}), NOON)
    assert code == "no_bank_details"


@pytest.mark.parametrize(
    ("status", "counts", "words"),
    [
        ("prepared", {"released": 1}, "needs approval"),
        ("cancelled", {}, "cancelled"),
        ("released", {"released": 2}, "released"),
        ("released", {"released": 1, "settled": 1}, "settling"),
        ("released", {"released": 1, "returned": 1}, "settling, 1 returned"),
        ("released", {"released": 1, "void": 2}, "settling, 2 void"),
        ("released", {"settled": 1}, "settled"),
        ("released", {"settled": 3, "returned": 1, "void": 2}, "settled, 1 returned, 2 void"),
        ("released", {"returned": 1, "void": 0}, "1 returned"),
        ("released", {"void": 4}, "4 void"),
        ("released", {"returned": 2, "void": 4}, "2 returned, 4 void"),
        ("released", {}, ""),
    ],
)
def test_says_where_a_batch_stands(status, counts, words):
    assert batch_state(status, counts) == words


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("R02", "account closed"),
        ("R61", "the return was misrouted"),
        ("R74", "the return is corrected"),
        ("R99", "for a reason the bank gives only as a code"),
    ],
)
def test_words_what_a_bank_gives_as_a_code(code, words):
    assert return_reason(code) == words


@pytest.mark.parametrize(
    ("code", "is_dispute"),
    [
        ("R60", False),
        ("R61", True),
        ("R70", True),
        ("R77", True),
        ("R78", False),
        ("C65", False),
        ("RXX", False),
        ("RX1", False),
        ("R", False),
        ("", False),
    ],
)
def test_knows_what_banks_write_each_other(code, is_dispute):
    assert is_dispute_between_banks(code) is is_dispute


def test_signs_payees_accounts_and_amounts_in_one_order():
    lines = [(20, "b", 5), (3, "a", -7)]
    expected = hashlib.sha256(b"3|a|-7\n20|b|5").hexdigest()
    assert digest_of(lines) == digest_of(reversed(lines)) == expected
    assert digest_of([]) == hashlib.sha256(b"").hexdigest()
    for other in ((20, "b", 6), (20, "c", 5), (21, "b", 5)):
        assert digest_of([other, lines[1]]) != expected


# ---- what comes back -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "code", "cents", "status", "payment_cents", "why"),
    [
        ("other", "R02", 5, "released", 5, br.NO_RECORD),
        ("return", "R61", 5, "released", 5, br.DISPUTE),
        ("change", "R61", 5, "released", 5, br.CHANGE),
        ("return", "R02", 5, None, None, br.UNKNOWN),
        ("change", "C01", 0, None, None, br.UNKNOWN),
        ("change", "C01", 0, "released", 5, br.CHANGE),
        ("return", "R02", 4, "returned", 5, br.AMOUNT),
        ("return", "R02", 5, "released", 5, ""),
        ("return", "R02", 5, "settled", 5, ""),
        ("return", "R02", 5, "returned", 5, br.BACK),
        ("return", "R02", 5, "void", 5, br.VOID),
    ],
)
def test_applies_a_line_or_says_why_it_waits(kind, code, cents, status, payment_cents, why):
    assert why_waiting(kind, code, cents, status, payment_cents) == why


def test_tells_a_return_from_its_refusal_and_that_from_a_contest():
    assert [kind_of(code) for code in ("R02", "R61", "R70", "R71", "R77", "R60", "R78")] == [
        *("return", "dishonour", "dishonour", "contest", "contest", "return", "return")
    ]


BACK = Sent("returned", 5, "R02")
REFUSED = Sent("settled", 5, "R02", is_dishonoured=True)
CONTESTED = Sent("returned", 5, "R02", is_dishonoured=True, is_contested=True)


@pytest.mark.parametrize(
    ("kind", "cents", "stated", "sent", "why"),
    [
        ("dishonour", 5, "02", None, br.UNKNOWN),
        ("dishonour", 4, "02", BACK, br.AMOUNT),
        ("dishonour", 5, "02", BACK, ""),
        ("dishonour", 5, "  ", BACK, ""),
        ("dishonour", 5, "", BACK, ""),
        ("dishonour", 5, "03", BACK, br.OTHER_CODE),
        ("dishonour", 5, "02", REFUSED, br.SETTLED_AGAIN),
        ("dishonour", 5, "02", Sent("settled", 5), br.NOT_BACK),
        ("dishonour", 5, "02", Sent("released", 5, "R02"), br.NOT_BACK),
        ("dishonour", 5, "02", Sent("returned", 5, "R02", is_contested=True), br.SETTLED_AGAIN),
        ("contest", 5, "02", REFUSED, ""),
        ("contest", 5, "03", REFUSED, br.OTHER_CODE),
        ("contest", 5, "02", BACK, br.NOT_BACK),
        ("contest", 5, "02", CONTESTED, br.SETTLED_AGAIN),
    ],
)
def test_applies_what_banks_refuse_each_other_or_says_why_it_waits(kind, cents, stated, sent, why):
    assert why_dispute_waits(kind, cents, stated, sent) == why


def test_every_reason_to_wait_has_words_and_an_end():
    others = {"WAITS", "CONTESTS", "DISHONOURS"}
    named = {getattr(br, name) for name in dir(br) if name.isupper() and name not in others}
    assert named == set(br.WAITS)
    assert all(wait.name and wait.what and wait.to_do for wait in br.WAITS.values())
