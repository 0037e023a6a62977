"""Claims of which more was asked for: the clock stands, starts anew, and interest follows it."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from compliance.actions.claims import decide_claim
from compliance.actions.contests import (
    MOST_PAPERS,
    NoAnswerYet,
    NoHalfYear,
    NotContestable,
    NotContested,
    SentBefore,
    TooManyPapers,
    answer_contest,
    complete_contest,
    contest_claim,
    record_rate,
)
from compliance.models import Claim, ClaimContest, ContestPaper
from compliance.queries.claim_cards import claim_tasks
from compliance.queries.claim_clocks import missing_rate, standing_of
from compliance.queries.claim_payments import planned_of
from compliance.queries.claim_queues import open_items
from credentialing.actions.documents import WrongFile
from ipaportal.core.roles import Role
from tests.capitation.worlds import QUINN, SmallWorld
from tests.compliance.claiming import NOV_2, give_terms, make_priced_world, of_bell, take_in
from tests.kept import kept
from tests.people import actor_of, make_user
from tests.stories.attacks import signed_in_afresh, text_of

pytestmark = pytest.mark.django_db
ASKED, ANSWERED = NOV_2 + timedelta(days=10), NOV_2 + timedelta(days=20)
DENTIST = "Send the operative note."


@kept
def world() -> SmallWorld:
    made = make_priced_world()
    take_in(made, of_bell(made, "A1"))
    return made


def bell_of(world):
    return make_user("bell@bell.example", Role.PROVIDER, party=world.bell.party, mfa=False)


def ask(now: datetime = ASKED) -> Claim:
    claim = Claim.objects.get(ref="A1")
    contest_claim(actor=QUINN, claim_id=claim.pk, reason="No note.", needed=DENTIST, now=now)
    return Claim.objects.get(pk=claim.pk)


def test_the_clock_stands_and_starts_anew_when_all_of_it_came(world):
    claim = ask()
    assert (claim.state, claim.reason) == ("waiting", "contested")
    assert standing_of(claim, date(2027, 3, 1)).is_stopped
    with pytest.raises(NotContestable, match="asked for already"):
        ask()
    with pytest.raises(NoAnswerYet):
        complete_contest(actor=QUINN, claim_id=claim.pk, now=ASKED)
    sender = actor_of(bell_of(world))
    answer_contest(actor=sender, claim_id=claim.pk, answer="Here it is.", now=ANSWERED)
    # Judged four days later, yet it counts from the day it came.
    done = complete_contest(actor=QUINN, claim_id=claim.pk, now=ANSWERED + timedelta(days=4))
    assert (done.state, done.allowed_cents) == ("ready", 110_00)
    due = ANSWERED.date() + timedelta(days=30)
    assert standing_of(done, due).due_on == due
    payer, party = world.contract.payer_id, world.bell.party_id
    assert planned_of(payer, party, due).interest_cents == 0
    # A day of 8 % of $110, and 73 days of it.
    assert planned_of(payer, party, due + timedelta(days=1)).interest_cents == 2
    assert planned_of(payer, party, due + timedelta(days=73)).interest_cents == 1_76
    with pytest.raises(NotContested):
        answer_contest(actor=sender, claim_id=claim.pk, answer="More.", now=ANSWERED)


def test_home_says_who_is_to_answer_and_who_is_to_judge(world):
    claim, bell = ask(), actor_of(bell_of(world))
    (task,) = claim_tasks(bell, ASKED.date())
    assert (task.verb, task.object, task.due) == (
        "Send what is asked for", f"claim {claim.number}", ASKED.date() + timedelta(days=45),
    )  # fmt: skip
    assert claim_tasks(QUINN, ASKED.date()) == []
    answer_contest(actor=bell, claim_id=claim.pk, answer="Here it is.", now=ANSWERED)
    assert claim_tasks(bell, ANSWERED.date()) == []
    (task,) = claim_tasks(QUINN, ANSWERED.date() + timedelta(days=4))
    assert (task.verb, task.due, task.tone) == (
        "Judge the answer", ANSWERED.date() + timedelta(days=3), "bad",
    )  # fmt: skip


def test_what_is_decided_all_the_same_ends_what_was_asked(world):
    claim = ask()
    decide_claim(
        actor=QUINN, claim_id=claim.pk, state="denied", denial="50", words="No.", now=ANSWERED
    )
    assert ClaimContest.objects.get().complete_on == ANSWERED.date()
    with pytest.raises(NotContestable, match="it is denied"):
        ask()


def test_a_rate_that_is_missing_is_said_and_never_zero(world):
    give_terms(world.contract, regime="medicare_non_contracted", citation="42 CFR 422.520")
    claim, late = Claim.objects.get(ref="A1"), date(2026, 12, 12)
    found = standing_of(claim, late)
    assert found.problem.startswith("Rate missing: The Treasury's rate for the half-year from 2026")
    assert missing_rate(late) == date(2026, 7, 1)
    given = {"actor": QUINN, "citation": "91 FR 1", "now": NOV_2}
    with pytest.raises(NoHalfYear):
        record_rate(half_year=date(2026, 8, 1), pct=Decimal(4), **given)
    record_rate(half_year=date(2026, 7, 1), pct=Decimal("9.125"), **given)
    record_rate(half_year=date(2026, 7, 1), pct=Decimal("4.125"), **given)  # a correction
    assert missing_rate(late) is None
    # Due December 2; ten days of 4.125 % of $110.
    assert standing_of(claim, late).owed.interest_cents == 12
    assert planned_of(claim.payer_id, claim.party_id, late).interest_cents == 12


def test_staff_ask_and_a_practice_answers_in_pages(world):
    claim = Claim.objects.get(ref="A1")
    staff = signed_in_afresh(make_user("quinn@ipa.example", Role.FINANCE))
    ask_url = reverse("compliance:claim_contest", args=[claim.pk])
    detail = reverse("compliance:claim_detail", args=[claim.pk])
    assert ask_url in text_of(staff.get(detail))
    assert staff.post(ask_url, {"reason": "No note."}).status_code == 422
    assert staff.post(ask_url, {"reason": "No note.", "needed": DENTIST}).url == detail
    own = signed_in_afresh(bell_of(world))
    page = reverse("compliance:own_claim", args=[claim.pk])
    told = text_of(own.get(page))
    assert (DENTIST in told, "Wait for the practice" in told) == (True, False)
    answer = reverse("compliance:own_claim_answer", args=[claim.pk])
    assert own.post(answer, {"answer": "Sent by mail."}).url == page
    told = text_of(staff.get(detail))
    assert "Sent by mail." in told
    assert "the clock stands" in told
    assert staff.post(ask_url, {"complete": "1"}).url == detail
    assert "Interest owed" in text_of(own.get(page))
    rates = reverse("compliance:fee_schedule_list")
    new = reverse("compliance:interest_rate_new")
    rate = {"half_year": "2026-07-01", "pct": "4.125", "citation": "91 FR 1"}
    assert staff.post(new, rate).url == rates
    assert "4.125" in text_of(staff.get(rates))


PDF = b"%PDF-1.7 the note %%EOF"
PICTURE = b"\x89PNG\r\n\x1a\n a picture"


def test_papers_come_with_the_answer_once_each(world):
    claim, sender = ask(), actor_of(bell_of(world))
    given = {"actor": sender, "claim_id": claim.pk, "now": ANSWERED}
    for papers, refused in (
        ([("note.pdf", b"a note")], WrongFile), ([("note.pdf", b"")], WrongFile),
        ([("a.pdf", PDF), ("b.pdf", PDF)], SentBefore),
        ([(f"{n}.pdf", PDF + b"%d" % n) for n in range(MOST_PAPERS + 1)], TooManyPapers),
    ):  # fmt: skip
        with pytest.raises(refused):
            answer_contest(**given, answer="Here.", papers=papers)
    contest = ClaimContest.objects.get()
    assert (contest.answered_on, contest.papers.count()) == (None, 0)
    answer_contest(**given, answer="Here.", papers=[("note.pdf", PDF), ("x.png", PICTURE)])
    with pytest.raises(SentBefore, match=r"again\.pdf is there already"):
        answer_contest(**given, answer="Again.", papers=[("again.pdf", PDF)])
    answer_contest(**given, answer="More.", papers=[("more.pdf", PDF + b"more")])
    assert [one.name for one in contest.papers.all()] == ["note.pdf", "x.png", "more.pdf"]
    assert claim.steps.last().words == "answered, with more.pdf: More."
    (item,) = open_items(QUINN, ANSWERED.date())
    assert (item.queue, item.clock(ANSWERED.date())) == ("answered", "stands")


def test_papers_are_sent_and_read_in_pages_by_whose_they_are(world):
    claim = ask()
    own = signed_in_afresh(bell_of(world))
    answer = reverse("compliance:own_claim_answer", args=[claim.pk])
    sent = {"answer": "The note.", "paper_1": SimpleUploadedFile("note.pdf", PDF)}
    assert own.post(answer, sent).status_code == 302
    bad = {"answer": "A list.", "paper_1": SimpleUploadedFile("list.csv", b"a,b")}
    assert "Nothing was kept. Send a PDF" in text_of(own.post(answer, bad))
    paper = ContestPaper.objects.get()
    staff = signed_in_afresh(make_user("quinn@ipa.example", Role.FINANCE))
    address = reverse("compliance:contest_paper", args=[paper.pk])
    assert address in text_of(staff.get(reverse("compliance:claim_detail", args=[claim.pk])))
    assert staff.get(address).getvalue() == PDF
    mine = reverse("compliance:own_contest_paper", args=[paper.pk])
    assert mine in text_of(own.get(reverse("compliance:own_claim", args=[claim.pk])))
    assert own.get(mine).getvalue() == PDF
    other = make_user("v@v.example", Role.PROVIDER, party=world.alvarez.party, mfa=False)
    assert signed_in_afresh(other).get(mine).status_code == 404
