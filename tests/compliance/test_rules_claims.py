"""Where a claim stands when it comes in: every reason, and which goes first."""

from dataclasses import replace
from datetime import date

import pytest

from compliance.rules.claims import (
    REASONS,
    Known,
    State,
    disposition,
    likeness,
    timely_until,
)

DAY = date(2026, 10, 12)
GOOD = Known("A1", first_day=DAY, last_day=DAY, received_on=date(2026, 11, 2))
WRONG = {
    "unreadable": {"is_readable": False},
    "no_number": {"number": ""},
    "no_lines": {"lines": 0},
    "sum": {"off_cents": 1},
    "no_procedure": {"has_procedures": False},
    "no_diagnosis": {"has_diagnosis": False},
    "npi": {"npi_is_valid": False},
    "no_day": {"first_day": None},
    "future": {"last_day": date(2026, 11, 3)},
    "late": {"first_day": date(2025, 11, 1)},
    "no_member": {"has_member": False},
    "no_original": {"is_correction": True, "has_original": False},
    "twice": {"is_twin": True},
}
PENDS = {
    "no_coverage": {"is_covered": False},
    "not_ours": {"practice_is_known": False},
    "no_renderer": {"renderer_is_known": False},
    "not_participating": {"takes_part": False},
    "capitated_practice": {"is_pcp_of_member": True},
}


def test_a_good_claim_is_ready():
    assert disposition(GOOD) == (State.READY, "")
    assert disposition(replace(GOOD, is_correction=True, is_twin=True)) == (State.READY, "")


def test_what_capitation_paid_for_is_an_encounter():
    encounter = replace(GOOD, is_capitated=True, is_pcp_of_member=True)
    assert disposition(encounter) == (State.ENCOUNTER, "")
    # Nobody is paid by it, so that who gave it may be looked up later.
    assert disposition(replace(encounter, renderer_is_known=False)) == (State.ENCOUNTER, "")
    assert disposition(replace(encounter, is_covered=False)) == (State.WAITING, "no_coverage")
    assert disposition(replace(encounter, practice_is_known=False)) == (State.WAITING, "not_ours")
    assert disposition(replace(encounter, has_member=False)) == (State.REJECTED, "no_member")


@pytest.mark.parametrize("key", WRONG)
def test_what_the_sender_has_to_mend_is_sent_back(key):
    assert disposition(replace(GOOD, **WRONG[key])) == (State.REJECTED, key)


@pytest.mark.parametrize("key", PENDS)
def test_what_is_ours_to_decide_waits(key):
    assert disposition(replace(GOOD, **PENDS[key])) == (State.WAITING, key)
    assert REASONS[key].days > 0


def test_the_first_fault_is_told_and_a_rejection_goes_before_waiting():
    every = [WRONG[key] for key in WRONG if key not in ("no_original", "twice")]
    for at in range(len(every)):
        changes = {name: value for one in every[at:] for name, value in one.items()}
        if "first_day" in every[at]:
            changes["first_day"] = every[at]["first_day"]
        state, key = disposition(replace(GOOD, **changes, is_covered=False))
        assert (state, WRONG[key]) == (State.REJECTED, every[at])


def test_every_reason_says_what_to_do():
    # What the contract says of a service is asked beside the rule of a claim's own facts.
    by_contract = {"no_price", "no_authorization", "contested"}
    by_contract |= {"plans_risk", "hospitals_risk", "mixed_risk"}
    by_plan = {"passed_on", "plan_refused"}
    used = by_contract | by_plan | set(WRONG) | set(PENDS)
    assert set(REASONS) == used
    assert all(one.words and one.remedy.endswith(".") for one in REASONS.values())
    assert all(one.status[0] == "A" for one in REASONS.values())


@pytest.mark.parametrize(
    ("served", "last"),
    [(date(2025, 11, 2), date(2026, 11, 2)), (date(2024, 2, 29), date(2025, 2, 28))],
)
def test_a_claim_is_in_time_for_a_year(served, last):
    assert timely_until(served) == last
    on_time = replace(GOOD, first_day=served, last_day=served, received_on=last)
    assert disposition(on_time)[0] == State.READY
    late = replace(on_time, received_on=date.fromordinal(last.toordinal() + 1))
    assert disposition(late) == (State.REJECTED, "late")
    assert disposition(replace(late, is_correction=True))[0] == State.READY


def test_served_today_is_not_the_future():
    today = replace(GOOD, first_day=date(2026, 11, 2), last_day=date(2026, 11, 2))
    assert disposition(today)[0] == State.READY


def test_two_claims_are_alike_in_whatever_order_their_lines_stand():
    one, two = ("99213", ("25",), 1, DAY, DAY), ("J1100", (), 2, DAY, DAY)
    assert likeness("n", "m", [one, two]) == likeness("n", "m", [two, one])
    for changed in (
        likeness("x", "m", [one, two]),
        likeness("n", "x", [one, two]),
        likeness("n", "m", [one]),
        likeness("n", "m", [one, ("J1100", (), 3, DAY, DAY)]),
        likeness("n", "m", [one, ("J1100", ("59",), 2, DAY, DAY)]),
        likeness("n", "m", [one, ("J1100", (), 2, DAY, date(2026, 10, 13))]),
    ):
        assert changed != likeness("n", "m", [one, two])
