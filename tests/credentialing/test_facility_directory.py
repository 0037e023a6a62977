"""Facilities confirm what the directory says of them every 12 months; who left is not active."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from credentialing.actions import directory as do
from credentialing.actions.facility_directory import (
    NotInDirectory,
    ToldByNobody,
    confirm_facility,
)
from credentialing.models import DirectoryRound, Facility, FacilityCheck
from credentialing.queries.directory import Asked, Directory
from credentialing.queries.facility_directory import (
    facilities_to_confirm,
    facility_directory_cards,
    listed_facility,
)
from credentialing.rules.directory import holds_until, is_verified, verified_words, verify_by
from ipaportal.core.refusals import NotPermitted
from tests.credentialing.adverse import DAY, at
from tests.credentialing.test_directory import opened, text_of, world
from tests.people import actor_of, client_of

__all__ = ["world"]
ONE = timedelta(days=1)
pages = pytest.mark.django_db


@pytest.mark.parametrize(
    ("confirmed", "last"),
    [(date(2026, 3, 2), date(2027, 3, 2)), (date(2028, 2, 29), date(2029, 2, 28))],
)
def test_what_a_facility_confirmed_holds_for_twelve_months_to_the_day(confirmed, last):
    of = {"of_facility": True}
    assert holds_until(confirmed, **of) == verify_by(confirmed, DAY, **of) == last
    assert [is_verified(confirmed, day, **of) for day in (last, last + ONE)] == [True, False]
    assert verify_by(None, confirmed, **of) == last
    assert "by the facility on" in verified_words(confirmed, last, **of)
    assert "since" in verified_words(confirmed, last + ONE, **of)
    assert verified_words(None, last, **of) == "not confirmed by the facility yet"
    assert not is_verified(confirmed, last)


def confirmed(world, day=DAY, **more):
    given = {"told_by": "Ms. Ruiz, registrar", "values": {}} | more
    return confirm_facility(
        actor=actor_of(world["vance"]), facility_id=world["place"].pk, now=at(day), **given
    )


@pages
def test_is_confirmed_and_corrected_by_what_somebody_of_it_said(world):
    with pytest.raises(ToldByNobody):
        confirmed(world, told_by=" ")
    with pytest.raises(NotPermitted):
        confirm_facility(actor=actor_of(world["manager"]), facility_id=world["place"].pk,
                         told_by="I", values={}, now=at(DAY))  # fmt: skip
    made = confirmed(world, values={"phone": "559 555 0142", "status": "ended", "tin": "0"})
    where = Facility.objects.get(pk=world["place"].pk)
    assert (where.phone, where.status, where.tin) == ("559 555 0142", "active", world["place"].tin)
    assert made.content["phone"] == "559 555 0142"
    entry = next(iter(Directory(DAY, Asked(kind="facility"))))
    assert entry.verified(DAY) == "confirmed by the facility on Mar 2, 2026"
    with pytest.raises(DatabaseError), transaction.atomic():
        FacilityCheck.objects.update(confirmed_date=DAY - ONE)
    Facility.objects.update(status="suspended")
    with pytest.raises(NotInDirectory):
        confirmed(world)
    assert FacilityCheck.objects.count() == 1


@pages
def test_staff_are_told_whom_to_ask_thirty_days_before_and_when_it_is_over(world):
    vance = actor_of(world["vance"])
    assert facility_directory_cards(vance, DAY).tasks == ()
    opened(world, DAY)
    by = verify_by(None, DAY, of_facility=True)
    tones = [
        [task.tone for task in facility_directory_cards(vance, day).tasks]
        for day in (by - 31 * ONE, by - 30 * ONE, by, by + ONE)
    ]
    assert tones == [[], ["warn"], ["warn"], ["bad"]]
    assert listed_facility(world["place"].pk, by).word == "to verify"
    (one,) = facilities_to_confirm(actor=vance, today=by)
    assert one.is_due
    confirmed(world, by)
    assert facility_directory_cards(vance, by + ONE).tasks == ()
    (one,) = facilities_to_confirm(actor=vance, today=by, text="orch")
    assert (one.word, one.is_due) == ("verified", False)
    with pytest.raises(NotPermitted):
        facilities_to_confirm(actor=actor_of(world["manager"]), today=by)


@pages
def test_the_pages_list_filter_and_keep_it(world):
    opened(world)
    vance = client_of(world["vance"])
    home = reverse("credentialing:facility_directory")
    page = reverse("credentialing:facility_confirm", args=[world["place"].pk])
    assert page in text_of(vance.get(home))
    assert page not in text_of(vance.get(home, {"show": "due"}))
    assert "Orchard Hospital" in text_of(vance.get(home, {"export": "csv"}))
    start = vance.get(page).context["form"].initial
    assert vance.post(page, start).status_code == 422
    sent = start | {"told_by": "Ms. Ruiz by telephone", "dba_name": "Orchard Medical"}
    assert vance.post(page, sent).status_code == 302
    assert "Nobody of it" not in text_of(vance.get(page))
    assert "No facility to ask" in text_of(vance.get(home, {"show": "due"}))
    assert "Orchard Medical" in text_of(vance.get(reverse("credentialing:public_directory")))
    assert vance.get(reverse("credentialing:facility_confirm", args=[0])).status_code == 404


@pages
def test_a_round_of_reminders_ends_once_a_day_and_then_two_questions_are_asked(world):
    opened(world, DAY)
    by = DAY + 90 * ONE
    assert do.step_directory(at(by)) == 1
    assert not DirectoryRound.objects.exists()
    assert do.step_directory(at(by)) == 0
    assert DirectoryRound.objects.get().day == by
    with CaptureQueriesContext(connection) as asked:
        assert do.step_directory(at(by)) == 0
    assert len(asked) == 2
    assert do.step_directory(at(by + ONE)) == 0
    assert DirectoryRound.objects.count() == 2
