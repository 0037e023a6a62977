"""Screening everybody: lists swapped whole, decisions carried forward, money stopped and freed."""

from datetime import date
from pathlib import Path

import pytest
from django.db import IntegrityError, ProgrammingError, transaction

import credentialing
from capitation.queries.payments import preview
from credentialing.actions.screening_decisions import (
    MatchChanged,
    NobodyDecides,
    NoReinstatementDay,
    NotOpenTo,
    NoWords,
    SameReviewer,
    answer_proposal,
    decide_match,
)
from credentialing.actions.screening_lists import (
    DuplicateList,
    NotInDoubt,
    SamePersonAccepts,
    WrongDay,
    WrongPlan,
    accept_list,
    read_list,
    receive_list,
)
from credentialing.actions.screening_runs import (
    NoLists,
    Underway,
    due_cause,
    screen_some,
    start_run,
    step_screening,
)
from credentialing.models import (
    Associate,
    ListEntry,
    ListVersion,
    PersonName,
    ScreeningDecision,
    ScreeningMatch,
    ScreeningRun,
)
from credentialing.models.secrets import keep_birth_date
from credentialing.queries.screening_matches import is_excluded, seen_digest, standings
from ipaportal.core.actors import Actor
from ipaportal.core.files import read_stored
from ipaportal.core.sql import check_invariant, invariants
from ipaportal.identity.models import Party
from ipaportal.ledger.actions.holds import ReleasedElsewhere, release_hold
from ipaportal.ledger.models import Hold
from tests.capitation.paying import give_bank, owe
from tests.credentialing.screening import (
    BORN,
    CARA,
    CLOCK,
    HIT,
    NADIA,
    NEWEST,
    NOON,
    OSEI,
    TODAY,
    later,
    load,
    load_both,
    make_ana,
    only_match,
    result_of,
    screen,
)
from tests.credentialing.test_formats_exclusions import OLD, leie

pytestmark = pytest.mark.django_db
PAYDAY = later(10)
EXACT = {**HIT, "DOB": "19600102"}


@pytest.fixture(autouse=True)
def proven():
    """Whatever a test does, it leaves no invariant of screening broken."""
    yield
    rules = invariants(Path(credentialing.__file__).parent / "sql" / "invariants")
    checks = [check_invariant(rule) for rule in rules]
    assert {check.name: check.rows for check in checks if check.count} == {}


@pytest.fixture
def ana():
    return make_ana()[0]


def key_of(who) -> str:
    return f"practitioner:{who.pk}"


def decide(match, decision, *, by=CARA, reason="birth_date", text="compared", **more):
    return decide_match(
        actor=by,
        match_id=match.pk,
        decision=decision,
        reason_code=reason,
        text=text,
        seen=seen_digest(match),
        now=more.pop("now", NOON),
        **more,
    )


def answer(match, *, by=NADIA, agrees=True, now=NOON):
    match.refresh_from_db()
    return answer_proposal(
        actor=by, match_id=match.pk, agrees=agrees, text="looked", seen=seen_digest(match), now=now
    )


def live_holds():
    return Hold.objects.live().filter(reason=Hold.Reason.EXCLUSION)


# ---- lists --------------------------------------------------------------------------------------


def test_a_small_list_waits_for_the_word_of_a_second_person(ana):
    received = receive_list(
        actor=OSEI,
        list_code="LEIE",
        source_date=TODAY,
        name="UPDATED.csv",
        data=leie(OLD, NEWEST),
        now=NOON,
    )
    version = read_list(actor=CLOCK, version_id=received.pk, now=NOON)
    assert version.status == "doubted"
    assert version.problems[0]["code"] == "row_count"
    assert not ListEntry.objects.exists()
    with pytest.raises(SamePersonAccepts):
        accept_list(actor=OSEI, version_id=version.pk, text="x", now=NOON)
    other = Actor(914, "Lee", frozenset({("medical_director", 1)}))
    accept_list(actor=other, version_id=version.pk, text="x", now=NOON)
    assert ListEntry.objects.count() == 2
    with pytest.raises(NotInDoubt):
        accept_list(actor=other, version_id=version.pk, text="x", now=NOON)


@pytest.mark.parametrize(
    ("_case", "data", "code"),
    [
        ("cut off", leie(OLD, EXACT)[:-70], "unreadable"),
        ("empty", b"", "empty"),
        ("an old file under a new day", leie(OLD), "older_than_said"),
        ("a supplement that is called the full file", leie(NEWEST), None),
    ],
)
def test_a_refused_file_leaves_the_old_list_in_use(ana, _case, data, code):
    first = load_both(EXACT)
    version = load(data=data, day=TODAY)
    if code is None:  # it amends the list in use, and never replaces it
        assert (version.kind, version.added, version.gone) == ("additions", 0, 0)
    else:
        assert version.status == "refused"
        assert version.problems[0]["code"] == code
    standing = ListEntry.objects.filter(list_key="LEIE", gone_version=None)
    assert standing.count() == first.rows


def test_a_supplement_alone_is_refused_and_makes_no_list_younger(ana):
    alone = load(data=leie(NEWEST))
    assert alone.problems[0]["code"] == "supplement_alone"
    load_both()
    more = load(data=leie(EXACT, NEWEST, {"LASTNAME": "ADDED", "EXCLDATE": "20261120"}), day=TODAY)
    # EXACT's exclusion of 2010 makes it no supplement: it is a full file of another size.
    assert more.kind == "full"
    late = later(20)
    added = load(data=leie({**EXACT, "EXCLDATE": "20261120"}), day=late.date(), now=late)
    assert (added.kind, added.added, added.gone) == ("additions", 1, 0)
    run = screen(later(40))
    assert result_of(run, key_of(ana)) == "stopped"
    leie_then = next(one for one in run.lists if one["key"] == "LEIE")
    assert leie_then["freshness"] == "stale"


def test_reinstatements_end_the_same_exclusion_and_not_a_later_one(ana):
    again = {**EXACT, "EXCLDATE": "20200101"}
    load_both(EXACT, again)
    ended = load(data=leie({**EXACT, "REINDATE": "20261015"}), day=TODAY)
    assert (ended.kind, ended.gone) == ("reinstatements", 1)
    standing = ListEntry.objects.filter(last_name="ALVAREZ", gone_version=None)
    assert [row.effective_date for row in standing] == [date(2020, 1, 1)]


def test_takes_a_file_once_and_never_one_of_the_future_or_the_past(ana):
    load_both()
    with pytest.raises(DuplicateList):
        load(data=leie(OLD, NEWEST))
    with pytest.raises(WrongDay):
        load(data=leie(OLD, NEWEST, EXACT), day=later(1).date())
    with pytest.raises(WrongDay):
        load(data=leie(OLD, NEWEST, EXACT), day=date(2026, 10, 31))
    with pytest.raises(WrongPlan):
        load("PRECLUSION", b"last_name,first_name\nA,B\n")
    assert ListVersion.objects.count() == 2


def test_each_plans_notices_are_a_list_of_their_own(ana):
    sun = Party.objects.get(code="SUN")
    head = "last_name,first_name,npi,effective_date\n"
    load("PRECLUSION", f"{head}ALVAREZ,ANA,{ana.npi},01/01/2026\n".encode(), payer_party_id=sun.pk)
    load_both()
    screen()
    match = only_match()
    assert (match.list_key, match.category) == (f"PRECLUSION:{sun.pk}", "confirmed")


def test_rows_are_kept_by_content_and_only_the_difference_is_written(ana):
    load_both(EXACT)
    before = ListEntry.objects.get(last_name="OLDEST").pk
    version = load(data=leie(OLD, NEWEST, {**EXACT, "CITY": "SELMA"}), day=TODAY)
    assert (version.added, version.gone) == (1, 1)
    assert ListEntry.objects.get(last_name="OLDEST").pk == before
    assert ListEntry.objects.filter(last_name="ALVAREZ").count() == 2
    with pytest.raises((IntegrityError, ProgrammingError)), transaction.atomic():
        ListEntry.objects.filter(pk=before).update(city="RENO")


# ---- who is screened ----------------------------------------------------------------------------


def test_nobody_is_clear_without_a_list_and_none_is_started(ana):
    with pytest.raises(NoLists):
        start_run(actor=CARA, now=NOON)
    load()
    run = screen()
    assert result_of(run, key_of(ana)) == "stale"
    assert "SAM.gov" in run.results.first().words
    assert not standings([key_of(ana)])[key_of(ana)].is_clear


def test_an_old_list_clears_nobody_on_its_thirty_sixth_day(ana):
    load_both()
    assert result_of(screen(later(33)), key_of(ana)) == "clear"
    assert result_of(screen(later(34)), key_of(ana)) == "stale"


def test_a_list_that_is_loaded_during_a_run_changes_nothing_of_it(ana):
    load_both(EXACT)
    run = start_run(actor=CARA, now=NOON)
    load(data=leie(OLD, NEWEST), day=TODAY)  # they are no longer on it
    while run.state != "done":
        run = screen_some(actor=CLOCK, run_id=run.pk, now=NOON)
    assert result_of(run, key_of(ana)) == "stopped"
    assert due_cause(later(1)) == "list"


def test_takes_a_run_on_where_it_stopped(ana, monkeypatch):
    monkeypatch.setattr("credentialing.actions.screening_runs.PEOPLE_PER_STEP", 1)
    load_both()
    run = start_run(actor=CARA, now=NOON)
    with pytest.raises(Underway):
        start_run(actor=CARA, now=NOON)
    seen = []
    while run.state != "done":
        run = screen_some(actor=CLOCK, run_id=run.pk, now=NOON)
        seen.append((run.state, run.done))
    assert seen == [("running", 1), ("running", 2), ("done", 2)]
    assert run.results.count() == run.total == 2


def test_the_clock_screens_when_a_list_is_loaded_and_once_a_month(ana):
    assert step_screening(NOON) == 0
    load_both()
    while step_screening(NOON):
        pass
    run = ScreeningRun.objects.get()
    assert (run.cause, run.state) == ("list", "done")
    assert step_screening(later(20)) == 0
    while step_screening(later(29)):
        pass
    assert ScreeningRun.objects.first().cause == "monthly"


def test_screens_owners_former_names_facilities_and_suppliers(ana):
    bell = Party.objects.get(name="Bell Clinic")
    owner = Associate.objects.create(
        first_name="Zoe", last_name="Sample", role="owner", party=bell, effective_date=TODAY
    )
    PersonName.objects.create(associate=owner, first_name="Zoe", last_name="Exampleton")
    Party.objects.create(kind="supplier", name="Sample Glove Co.")
    nobody = Party.objects.create(kind="supplier", name="Q")
    rows = ({"LASTNAME": "EXAMPLETON", "FIRSTNAME": "ZOE", "NPI": "0" * 10},)
    firm = {"LASTNAME": "", "FIRSTNAME": "", "MIDNAME": "", "BUSNAME": "SAMPLE GLOVE COMPANY"}
    load_both(*rows, {**firm, "NPI": "0" * 10, "DOB": ""})
    run = screen()
    found = set(ScreeningMatch.objects.values_list("subject_key", flat=True))
    assert f"associate:{owner.pk}" in found
    assert any(key.startswith("supplier:") for key in found)
    assert result_of(run, f"supplier:{nobody.pk}") == "clear"
    assert run.total == 5


def test_says_who_was_not_screened_and_why(ana):
    ana.birth_date_encrypted = b"\x02k1not what we wrote"
    ana.save()
    load_both()
    run = screen()
    row = run.results.get(subject_key=key_of(ana))
    assert row.outcome == "not_screened"
    assert "cannot be read" in row.words


def test_writes_a_certificate_once_it_is_done(ana):
    load_both(EXACT)
    run = screen()
    assert read_stored(run.certificate_sha256).startswith(b"%PDF")
    assert run.counts == {"stopped": 1, "clear": 1, "confirmed": 1, "refuted": 0}


# ---- money --------------------------------------------------------------------------------------


def test_a_confirmed_match_stops_payments_at_once_and_two_people_release_them(ana):
    load_both(EXACT)
    screen()
    match, hold = only_match(), live_holds().get()
    assert (match.category, match.is_stopped, match.status) == ("confirmed", True, "open")
    assert "OIG" in hold.text
    with pytest.raises(ReleasedElsewhere):
        release_hold(actor=OSEI, hold_id=hold.pk, text="by hand", now=NOON)
    decide(match, "true_match", reason="identifiers")
    day = {"reason": "letter", "reinstated_date": TODAY}
    match.refresh_from_db()
    with pytest.raises(NoReinstatementDay):
        decide(match, "reinstated", reason="letter")
    decide(match, "reinstated", by=NADIA, **day)
    assert live_holds().exists()
    with pytest.raises(SameReviewer):
        answer(match, by=NADIA)
    answer(match, by=OSEI)
    assert not live_holds().exists()
    assert is_excluded(key_of(ana), date(2026, 11, 2))
    assert not is_excluded(key_of(ana), TODAY)
    assert not is_excluded(key_of(ana), date(2010, 5, 19))
    assert standings([key_of(ana)])[key_of(ana)].outcome == "cleared"


def test_the_payout_skips_whoever_is_held_until_they_are_reinstated(ana):
    bell = Party.objects.get(name="Bell Clinic")
    bank = {"purpose": "origin", "routing_number": "091000019", "company_id": "1999999999"}
    give_bank(Party.objects.get(kind="ipa"), "100200300", bank_name="First Example Bank", **bank)
    give_bank(bell)
    owe(bell, 12_345, "run:1")
    assert [one.party_id for one in preview(PAYDAY).payable] == [bell.pk]
    load_both(EXACT)
    screen()
    held = preview(PAYDAY)
    assert held.payable == []
    assert "on an exclusion list" in str(held.skipped)
    match = only_match()
    decide(match, "reinstated", reason="letter", reinstated_date=TODAY)
    answer(match, by=OSEI)
    assert [one.party_id for one in preview(PAYDAY).payable] == [bell.pk]


def test_a_declined_proposal_leaves_the_money_stopped(ana):
    load_both(EXACT)
    screen()
    match = only_match()
    decide(match, "false_positive")
    assert answer(match, agrees=False).status == "open"
    assert live_holds().exists()


def test_a_possible_match_takes_one_person_and_stays_decided(ana):
    keep_birth_date(ana, None)
    ana.save()
    load_both(EXACT)
    screen()
    match = only_match()
    assert (match.category, match.is_stopped) == ("possible", False)
    assert standings([key_of(ana)])[key_of(ana)].outcome == "open"
    decide(match, "false_positive")
    assert result_of(screen(later(1)), key_of(ana)) == "cleared"
    load(data=leie(OLD, NEWEST, EXACT, {"LASTNAME": "MORE"}), day=TODAY)
    assert result_of(screen(later(2)), key_of(ana)) == "cleared"


def test_a_decision_is_looked_at_again_when_either_side_changes(ana):
    keep_birth_date(ana, None)
    ana.save()
    load_both(EXACT)
    screen()
    match = only_match()
    decide(match, "false_positive")
    keep_birth_date(ana, BORN)
    ana.save()
    run = screen(later(1))
    match.refresh_from_db()
    assert (match.status, match.category, match.is_stopped) == ("open", "confirmed", True)
    assert "changed since it was decided" in match.reopened_because
    decide(match, "false_positive", by=CARA)
    answer(match, by=NADIA)
    load(data=leie(OLD, NEWEST, {**EXACT, "CITY": "SELMA"}), day=TODAY, now=later(2))
    run = screen(later(2))
    assert result_of(run, key_of(ana)) == "stopped"
    newer = ScreeningMatch.objects.get(gone_at=None)
    assert newer.follows_id == match.pk
    assert "publisher changed the row" in newer.reopened_because


def test_decides_nothing_on_what_has_changed_meanwhile(ana):
    load_both(EXACT)
    screen()
    match = only_match()
    keep_birth_date(ana, date(1971, 5, 5))
    ana.save()
    with pytest.raises(MatchChanged):
        decide(match, "false_positive")
    keep_birth_date(ana, BORN)
    ana.save()
    with pytest.raises(NobodyDecides):
        decide(match, "false_positive", by=CLOCK)
    with pytest.raises(NoWords):
        decide(match, "false_positive", text=" ")
    with pytest.raises(NoWords):
        decide(match, "false_positive", reason="letter")
    decide(match, "false_positive")
    with pytest.raises(MatchChanged):
        decide(match, "true_match", reason="identifiers", by=NADIA)
    match.refresh_from_db()
    with pytest.raises(NotOpenTo):
        decide(match, "true_match", reason="identifiers", by=NADIA)
    assert ScreeningDecision.objects.count() == 1


def test_whoever_left_the_list_stays_stopped_until_somebody_looked(ana):
    load_both(EXACT)
    screen()
    decide(only_match(), "true_match", reason="identifiers")
    load(data=leie(OLD, NEWEST, {"LASTNAME": "MORE"}), day=TODAY)
    run = screen(later(1))
    match = only_match()
    assert match.gone_at is not None
    assert result_of(run, key_of(ana)) == "stopped"
    assert live_holds().exists()


def test_npi_zero_matches_nobody(ana):
    load_both({"LASTNAME": "OTHER", "FIRSTNAME": "JO", "NPI": "0000000000"}, NEWEST)
    screen()
    assert not ScreeningMatch.objects.exists()
