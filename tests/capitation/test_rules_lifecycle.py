import pytest

from capitation.rules.lifecycle import FILE, PAYMENT, RUN, NotAllowed, after


def test_takes_a_run_from_open_to_posted():
    status = "open"
    for event in ("calculate", "approve", "post"):
        status = after(status, event)
    assert status == "posted"


def test_takes_a_payment_back_after_it_settled():
    assert after(after("released", "settle", PAYMENT), "return", PAYMENT) == "returned"


@pytest.mark.parametrize("event", ["approve", "cancel", "calculate", "post", "nonsense"])
def test_lets_nothing_happen_to_a_posted_run(event):
    with pytest.raises(NotAllowed, match=r"Nothing was changed\. This is final\."):
        after("posted", event)


def test_refuses_to_post_what_is_not_approved_and_says_what_can_be_done():
    with pytest.raises(NotAllowed) as refusal:
        after("calculated", "post")
    assert "calculated and needs approval" in refusal.value.message
    assert "calculate, approve, fail, cancel" in refusal.value.message


@pytest.mark.parametrize("machine", [RUN, PAYMENT, FILE])
def test_leads_only_to_states_it_knows(machine):
    assert {to for events in machine.values() for to in events.values()} <= machine.keys()


def test_cancels_before_posting_only():
    assert {s for s, events in RUN.items() if "cancel" in events} == {
        "open",
        "calculated",
        "approved",
        "failed",
    }


def test_takes_an_approval_back_by_calculating_again():
    assert after("approved", "calculate") == "calculated"


def test_an_approval_falls_with_a_calculation_that_is_refused():
    assert after("approved", "fail") == "failed"
