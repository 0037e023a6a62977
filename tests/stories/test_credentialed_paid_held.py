"""Credentialed, so paid; excluded mid-month, so held; reinstated, so paid: proven at each step."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from capitation.actions.advance import advance_run
from capitation.actions.payments import NothingToPay, prepare_payments, release_payments
from capitation.actions.runs import approve_run, open_run
from capitation.models import Payment, Run
from capitation.queries.payments import preview
from credentialing.actions.deciding import cast_vote, close_motion, make_motion
from credentialing.actions.participations import start_participation
from credentialing.actions.screening_decisions import answer_proposal, decide_match
from credentialing.actions.verifying import start_verifying
from credentialing.models import Decision, ScreeningMatch
from credentialing.queries.participation import place_of
from credentialing.queries.screening_matches import seen_digest
from credentialing.rules.participation import Standing
from ipaportal.audit.models import DomainEvent
from ipaportal.identity.models import Party
from ipaportal.ledger.models import Hold
from ipaportal.ledger.queries.balances import owed_cents
from tests.capitation.paying import give_bank
from tests.credentialing.applying import applied
from tests.credentialing.committees import (
    BEFORE,
    MEETS,
    make_committee,
    opened,
    reviewer,
    verify_all,
)
from tests.credentialing.screening import CARA, HIT, OSEI, load_both, screen
from tests.factories import make_contract
from tests.planfiles import CLOCK, QUINN, a_coverage, a_member, a_pcp, an_820, an_834, take
from tests.stories.faults import REYES, prove

pytestmark = pytest.mark.django_db
JAN, FEB = date(2027, 1, 1), date(2027, 2, 1)


def at(month: int, day: int) -> datetime:
    return datetime(2027, month, day, 18, tzinfo=UTC)


def voted():
    """An applicant whom the committee approved in the room."""
    application, _ = applied()
    seats, novak = make_committee(), reviewer()
    event = start_verifying(
        actor=novak, event_id=application.event_id, planned_decision_date=MEETS.date(), now=BEFORE
    )
    verify_all(event, novak)
    item = opened(seats, event).items.get()
    given = MEETS + timedelta(minutes=1)
    motion = make_motion(
        actor=CLOCK, item_id=item.pk, kind="approved", text="meets every criterion", now=given,
        mover_id=seats["Okafor"].pk, seconder_id=seats["Lindqvist"].pk,
    )  # fmt: skip
    for name in ("Okafor", "Lindqvist", "Weiss"):
        cast_vote(actor=CLOCK, motion_id=motion.pk, seat_id=seats[name].pk, choice="for", now=given)
    close_motion(actor=CLOCK, motion_id=motion.pk, now=given)
    assert Decision.objects.get().outcome == "approved"
    return application.practitioner, application.party


def earn(contract, month: date, now: datetime) -> None:
    """A month of the plan's money, run, approved and posted."""
    take(contract, an_820([("M1", month, "100")], trace=f"{month:%b}"))
    run = open_run(actor=CLOCK, contract_id=contract.pk, month=month, now=now)
    assert advance_run(actor=CLOCK, run_id=run.pk, now=now)
    run.refresh_from_db()
    approve_run(actor=REYES, run_id=run.pk, seen_digest=run.digest, now=now)
    assert advance_run(actor=CLOCK, run_id=run.pk, now=now)
    assert Run.objects.get(pk=run.pk).status == "posted"
    prove()


def pay(now: datetime) -> list[int]:
    """Prepared by one, released by another; the cents."""
    batch = prepare_payments(actor=QUINN, now=now)
    release_payments(actor=REYES, batch_id=batch.pk, seen_digest=batch.digest, now=now)
    prove()
    return list(Payment.objects.filter(batch=batch).values_list("amount_cents", flat=True))


def decision_of(match: ScreeningMatch, **more: object) -> dict[str, object]:
    match.refresh_from_db()
    return {"match_id": match.pk, "seen": seen_digest(match), **more}


def test_credentialed_then_paid_excluded_then_held_reinstated_then_released():
    who, practice = voted()
    contract = make_contract(start=JAN, rate_model="percent", rate_pct=Decimal(50))
    payer = contract.payer.party
    start_participation(
        actor=CLOCK, practitioner_id=who.pk, practice_id=practice.practice.pk,
        payer_party_id=payer.pk, effective_date=JAN, now=at(1, 2),
    )  # fmt: skip
    assert place_of(who.pk, payer.pk, JAN).standing is Standing.CREDENTIALED
    origin = {"purpose": "origin", "routing_number": "091000019", "company_id": "1999999999"}
    ipa = Party.objects.get(kind="ipa")
    give_bank(ipa, "100200300", bank_name="First Example Bank", now=BEFORE, **origin)
    give_bank(practice, now=BEFORE)
    start = a_coverage(start=JAN)
    take(contract, an_834([a_member("M1", coverages=(start,), pcps=(a_pcp(who.npi),))]))
    earn(contract, JAN, at(1, 11))
    assert pay(at(1, 12)) == [5000]

    # Excluded from the tenth of February: nobody has to look before the money stops.
    row = {"LASTNAME": who.last_name.upper(), "FIRSTNAME": who.first_name.upper()}
    row |= {"DOB": "19840506", "EXCLDATE": "20270210"}
    load_both({**HIT, **row}, now=at(2, 12), day=date(2027, 2, 11))
    screen(at(2, 12))
    prove()
    hold = Hold.objects.live().get()
    assert (hold.party, hold.reason) == (practice, Hold.Reason.EXCLUSION)
    assert DomainEvent.objects.filter(action="ledger.hold.placed").count() == 1
    place = place_of(who.pk, payer.pk, date(2027, 2, 12))
    assert (place.standing, place.takes_part, place.is_paid) == (Standing.EXCLUDED, False, False)
    assert place_of(who.pk, payer.pk, date(2027, 2, 9)).standing is not Standing.EXCLUDED

    # The month is earned and booked; the payout leaves the practice out and says why.
    earn(contract, FEB, at(2, 15))
    assert owed_cents(practice) == 5000
    with pytest.raises(NothingToPay, match="is on the list"):
        prepare_payments(actor=QUINN, now=at(2, 16))
    (skipped,) = preview(at(2, 16)).skipped
    assert (skipped["code"], skipped["cents"]) == ("held", 5000)
    prove()

    # Reinstated by letter: one proposes, another agrees; then what was held is paid.
    match = ScreeningMatch.objects.get()
    reason = {"decision": "reinstated", "reason_code": "letter", "text": "the letter is on file"}
    day = {"reinstated_date": date(2027, 2, 18), "now": at(2, 19)}
    decide_match(actor=CARA, **decision_of(match, **reason, **day))
    with pytest.raises(NothingToPay):
        prepare_payments(actor=QUINN, now=at(2, 19))
    given = decision_of(match, agrees=True, text="read the letter", now=at(2, 19))
    answer_proposal(actor=OSEI, **given)
    prove()
    assert not Hold.objects.live().exists()
    assert place_of(who.pk, payer.pk, date(2027, 2, 17)).standing is Standing.EXCLUDED
    assert place_of(who.pk, payer.pk, date(2027, 2, 18)).is_paid
    assert pay(at(2, 19)) == [5000]
    assert owed_cents(practice) == 0
