"""Taking part: begun and ended by decisions and by hand, listings with it, one answer for all."""

from datetime import date, timedelta

import pytest

from credentialing.actions.gate import NotCredentialed, OnAList
from credentialing.actions.imports import import_network
from credentialing.actions.participations import (
    TakesNoPart,
    TakesPartAlready,
    end_participation,
    start_participation,
)
from credentialing.actions.steps import open_cycle
from credentialing.actions.stopping import step_stops
from credentialing.models import (
    AgendaItem,
    Network,
    NetworkListing,
    Participation,
    PractitionerRole,
    ScreeningMatch,
)
from credentialing.queries.participation import participation, place_of
from credentialing.rules.events import Status
from credentialing.rules.participation import Standing
from tests.credentialing.applying import APPLIED, applied
from tests.credentialing.committees import make_committee
from tests.credentialing.deciding import DAY, ITO, decide
from tests.credentialing.screening import HIT, NOON, load_both, make_ana, only_match, screen
from tests.factories import CLOCK, batch, fact, make_contract, make_practitioner
from tests.networks import make_location
from tests.proofs import breaches

pytestmark = pytest.mark.django_db


def spans(who):
    rows = Participation.objects.current().filter(practitioner=who).order_by("effective_date")
    return list(rows.values_list("effective_date", "end_date"))


def others(but=()):
    """Invariants that do not hold, but those of what `decide` leaves out."""
    return [name for name in breaches() if not name.startswith(tuple(but))]


@pytest.fixture
def joined():
    """An applicant of a practice through which a colleague takes part already."""
    application, _ = applied()
    contract, practice = make_contract(), application.party.practice
    payer = contract.payer.party
    fact(
        Participation, batch(), date(2026, 1, 1),
        practitioner=make_practitioner(5, "Wren"), practice=practice, payer_party=payer,
    )  # fmt: skip
    return application, payer, practice


def test_an_approval_starts_with_the_payers_of_the_practice_and_a_denial_waits(joined):
    application, payer, practice = joined
    who = application.practitioner
    assert place_of(who.pk, payer.pk, DAY) is None
    decide(actor=ITO, event=application.event)
    assert spans(who) == [(DAY, None)]
    place = place_of(who.pk, payer.pk, DAY)
    assert (place.standing, place.is_paid) == (Standing.CREDENTIALED, True)
    assert place.participation.practice == practice
    assert place_of(who.pk, payer.pk, DAY - timedelta(days=1)).standing is Standing.TO_COME
    again = open_cycle(
        actor=CLOCK, kind="recred", now=APPLIED, first=Status.QUEUED, practitioner=who
    )
    june = date(2027, 6, 1)
    seats = make_committee()
    decide(actor=ITO, event=again, outcome="denied", day=june, seats=seats)
    assert spans(who) == [(DAY, None)]
    place = place_of(who.pk, payer.pk, june)
    assert (place.standing, place.takes_part) == (Standing.CONTESTED, True)
    assert place.reasons[0] == "denied on Jun 1, 2027; takes part until that is final"
    assert others(but=["credentialing.41"]) == []


def test_a_provisional_part_ends_on_day_60_and_an_approval_makes_it_last(joined):
    application, payer, _ = joined
    who, event = application.practitioner, application.event
    type(event).objects.filter(pk=event.pk).update(kind="provisional")
    decide(actor=ITO, event=event)
    over = DAY + timedelta(days=61)
    assert spans(who) == [(DAY, over)]
    last = place_of(who.pk, payer.pk, over - timedelta(days=1))
    assert (last.standing, last.takes_part) == (Standing.PROVISIONAL, True)
    assert place_of(who.pk, payer.pk, over).takes_part is False
    again = open_cycle(
        actor=CLOCK, kind="initial", now=APPLIED, first=Status.QUEUED, practitioner=who
    )
    application.event = again
    application.save(update_fields=["event"])
    decide(actor=ITO, event=again, day=DAY + timedelta(days=30))
    assert spans(who) == [(DAY, None)]
    assert place_of(who.pk, payer.pk, over).standing is Standing.CREDENTIALED


def test_is_started_and_ended_by_hand_for_whoever_is_credentialed(joined):
    application, payer, practice = joined
    who = application.practitioner
    give = {"actor": CLOCK, "practitioner_id": who.pk, "payer_party_id": payer.pk, "now": APPLIED}
    to = {"practice_id": practice.pk, "effective_date": DAY}
    with pytest.raises(NotCredentialed):
        start_participation(**give, **to)
    with pytest.raises(TakesNoPart):
        end_participation(**give, end_date=DAY, reason="moves away")
    decide(actor=ITO, event=application.event)
    with pytest.raises(TakesPartAlready):
        start_participation(**give, **to)
    march, may = date(2027, 3, 1), date(2027, 5, 1)
    end_participation(**give, end_date=march, reason="moves away")
    assert place_of(who.pk, payer.pk, march).reasons[0] == (
        "took part until before Mar 1, 2027 (moves away)"
    )
    start_participation(**give, **{**to, "effective_date": may})
    assert spans(who) == [(DAY, march), (may, None)]


def test_what_was_taken_over_is_marked_and_a_list_stops_it_and_its_file():
    ana, bell = make_ana()
    payer = Participation.objects.get().payer_party
    event = open_cycle(
        actor=CLOCK, kind="recred", now=NOON, first=Status.VERIFYING, practitioner=ana
    )
    (place,) = participation(NOON.date())
    assert (place.standing, place.is_paid) == (Standing.TAKEN_OVER, True)
    assert step_stops(NOON) == 0
    # The name agrees and no birth date tells them apart; nobody has decided.
    load_both({**HIT, "DOB": "", "EXCLDATE": "20261001"})
    screen()
    assert place_of(ana.pk, payer.pk, NOON.date()).standing is Standing.OPEN_MATCH
    ScreeningMatch.objects.update(is_stopped=True)
    (place,) = participation(NOON.date())
    assert (place.standing, place.takes_part) == (Standing.EXCLUDED, False)
    assert place.reasons[0] == "excluded by LEIE"
    assert step_stops(NOON) == 1
    event.refresh_from_db()
    assert (event.status, step_stops(NOON)) == ("stopped", 0)
    assert event.steps.last().reason.startswith("excluded: ")
    ScreeningMatch.objects.filter(pk=only_match().pk).update(is_stopped=False, status="cleared")
    assert step_stops(NOON) == 1
    event.refresh_from_db()
    assert event.status == "verifying"
    assert bell.pk == place.participation.practice_id


def test_nobody_on_a_list_joins_and_their_place_on_an_agenda_is_gone(joined):
    application, payer, practice = joined
    who = application.practitioner
    decide(actor=ITO, event=application.event)
    row = {
        "LASTNAME": who.last_name.upper(),
        "FIRSTNAME": who.first_name.upper(),
        "DOB": "19840506",
    }
    load_both({**HIT, **row})
    screen()
    assert AgendaItem.objects.count() == 0
    with pytest.raises(OnAList):
        start_participation(
            actor=CLOCK, practitioner_id=who.pk, practice_id=practice.pk,
            payer_party_id=payer.pk, effective_date=date(2027, 1, 1), now=APPLIED,
        )  # fmt: skip


def test_a_listing_ends_with_the_days_that_an_import_ends():
    ana, bell = make_ana()
    payer = Participation.objects.get().payer_party
    network = Network.objects.create(payer_party=payer, name="Sun HMO")
    role = PractitionerRole.objects.create(
        practitioner=ana, location=make_location(bell), specialty="Family Medicine"
    )
    fact(NetworkListing, batch(), date(2025, 1, 1), role=role, network=network)
    head = "practice_name,tin,npi,last_name,first_name,payer_code,effective_date,end_date"
    line = f"Bell Clinic,{bell.tin},{ana.npi},Alvarez,Ana,SUN,2025-01-01,2026-06-01"
    result = import_network(actor=CLOCK, data=f"{head}\n{line}\n".encode(), now=NOON)
    assert (result.refused, result.participations, result.listings_cut) == ([], 1, 1)
    listing = NetworkListing.objects.current().get()
    assert (listing.effective_date, listing.end_date) == (date(2025, 1, 1), date(2026, 6, 1))
    assert others() == []


def test_asks_as_often_for_many_as_for_few(joined, django_assert_num_queries):
    application, payer, practice = joined
    decide(actor=ITO, event=application.event)
    with django_assert_num_queries(10):
        assert len(participation(DAY)) == 2
    for number in range(20, 30):
        fact(
            Participation, batch(), date(2026, 1, 1),
            practitioner=make_practitioner(number, f"Wren{number}"), practice=practice,
            payer_party=payer,
        )  # fmt: skip
    with django_assert_num_queries(10):
        assert len(participation(DAY)) == 12
