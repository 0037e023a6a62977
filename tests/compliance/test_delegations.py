"""Delegation both ways: calendars by their days, reports with evidence, nothing invalid sent."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from compliance.actions.delegations import (
    InvalidSubmission,
    NamedBefore,
    NoDays,
    NoPeriod,
    NothingDelegated,
    add_report,
    deliver_report,
    end_agreement,
    record_agreement,
)
from compliance.models import DelegationAgreement, ReportDelivery
from compliance.queries.cards import compliance_cards
from compliance.queries.delegation_standing import standings
from compliance.queries.delegations import calendar
from compliance.queries.self_checks import QUESTIONS
from compliance.rules.delegations import Duty, Period, duties_of, periods, state_of
from credentialing.actions.documents import WrongFile
from ipaportal.core.roles import Role
from ipaportal.home.asking import is_asked
from tests.compliance.auditing import NOON, PDF, TODAY
from tests.kept import kept
from tests.people import actor_of, client_of, make_party, make_user

START = date(2026, 2, 10)


@pytest.mark.parametrize(
    ("every", "days", "end", "until", "expected"),
    [
        ("quarter", 30, None, date(2026, 7, 30), [
            Period(date(2026, 1, 1), date(2026, 3, 31), date(2026, 4, 30)),
            Period(date(2026, 4, 1), date(2026, 6, 30), date(2026, 7, 30)),
        ]),
        ("quarter", 30, None, date(2026, 7, 29), [
            Period(date(2026, 1, 1), date(2026, 3, 31), date(2026, 4, 30)),
        ]),
        ("month", 15, date(2026, 4, 1), date(2027, 1, 1), [
            Period(date(2026, 2, 1), date(2026, 2, 28), date(2026, 3, 15)),
            Period(date(2026, 3, 1), date(2026, 3, 31), date(2026, 4, 15)),
        ]),
        ("half", 0, date(2026, 7, 2), date(2027, 1, 1), [
            Period(date(2026, 1, 1), date(2026, 6, 30), date(2026, 6, 30)),
            Period(date(2026, 7, 1), date(2026, 12, 31), date(2026, 12, 31)),
        ]),
        ("year", 60, None, date(2027, 3, 1), [
            Period(date(2026, 1, 1), date(2026, 12, 31), date(2027, 3, 1)),
        ]),
    ],
)  # fmt: skip
def test_periods_are_those_of_the_calendar_that_touch_the_agreement(
    every, days, end, until, expected
):
    assert list(periods(every, days, START, end, until)) == expected


@pytest.mark.parametrize(
    ("delivered", "problems", "today", "state"),
    [
        (None, 0, date(2026, 3, 31), "due soon"),
        (None, 0, date(2026, 4, 30), "due soon"),
        (None, 0, date(2026, 5, 1), "overdue"),
        (None, 0, date(2026, 3, 30), "not yet due"),
        (date(2026, 4, 30), 0, date(2026, 9, 1), "delivered"),
        (date(2026, 5, 1), 0, date(2026, 9, 1), "delivered late"),
        (date(2026, 4, 1), 2, date(2026, 4, 2), "invalid"),
    ],
)
def test_a_report_is_late_on_the_day_after(delivered, problems, today, state):
    assert state_of(date(2026, 4, 30), delivered, problems, today) == state


def test_a_duty_stands_at_its_oldest_open_time():
    q1, q2, q3 = (
        Period(date(2026, m, 1), date(2026, m + 2, 28), date(2026, m + 3, 15)) for m in (1, 4, 7)
    )
    told = [
        (1, q1, "delivered", date(2026, 4, 9)), (2, q1, "overdue", None),
        (1, q2, "delivered late", date(2026, 7, 20)), (2, q2, "invalid", date(2026, 7, 3)),
        (1, q3, "due soon", None), (2, q3, "not yet due", None),
        (3, q1, "delivered", date(2026, 4, 1)),
    ]  # fmt: skip
    assert duties_of(told) == [
        Duty(2, q1, "overdue", 2, date(2026, 7, 3)),
        Duty(1, q3, "due soon", 0, date(2026, 7, 20)),
        Duty(3, None, "all delivered", 0, date(2026, 4, 1)),
    ]


@kept
def people():
    """An officer, and somebody who sends reports."""
    return (
        make_user("osei@ipa.example", Role.COMPLIANCE_OFFICER, name="A. Osei"),
        make_user("quinn@ipa.example", Role.FINANCE, name="J. Quinn"),
    )


def agreed(actor, direction: str, name: str, **changed) -> DelegationAgreement:
    given = {
        "direction": direction,
        "party_id": make_party("payer" if direction == "to_us" else "supplier", name).pk,
        "functions": ["claims", "um"],
        "source": "Exhibit C",
        "effective_date": date(2026, 7, 1),
        "end_date": None,
        "may_subdelegate": False,
        "is_offshore": False,
        "baa_date": None,
        "now": NOON,
        **changed,
    }
    return record_agreement(actor=actor, **given)


def due(actor, agreement, **changed):
    given = {
        "name": "Claims paid", "function": "claims", "every": "quarter", "days": 30,
        "layout": "plain", "now": NOON, **changed,
    }  # fmt: skip
    return add_report(actor=actor, agreement_id=agreement.pk, **given)


def sent(actor, report, data=b"Claim\nA\n", **changed) -> ReportDelivery:
    given = {
        "period_date": date(2026, 7, 1), "delivered_date": date(2026, 10, 29), "text": "by SFTP",
        "name": "q3.csv", "now": NOON, **changed,
    }  # fmt: skip
    return deliver_report(actor=actor, report_id=report.pk, data=data, **given)


@pytest.mark.django_db
def test_nothing_invalid_is_sent_and_what_others_sent_is_kept_with_its_faults(people):
    osei, quinn = map(actor_of, people)
    ours, theirs = agreed(osei, "to_us", "Sun Health"), agreed(osei, "from_us", "UM vendor")
    report, other = due(osei, ours), due(osei, theirs)
    wrong = b"Claim\nA\nA\n"
    with pytest.raises(InvalidSubmission, match="1 problem, first line 3, Claim: was named before"):
        sent(quinn, report, wrong)
    assert not ReportDelivery.objects.exists()
    assert QUESTIONS["reports_late"](NOON).count == 1
    assert QUESTIONS["reports_missing"](NOON).count == 1
    tasks = compliance_cards(quinn, TODAY).tasks
    assert [(task.verb, task.tone) for task in tasks] == [("Send", "bad"), ("Ask for", "bad")]
    sent(quinn, report)
    assert sent(quinn, other, wrong).problems == [[3, "Claim", "was named before, on line 2"]]
    states = {(row.report.pk, row.period.first.month): row.state
              for row in calendar(actor=quinn, today=TODAY)}  # fmt: skip
    assert states == {
        (report.pk, 7): "delivered",
        (other.pk, 7): "invalid",
        (report.pk, 10): "not yet due",
        (other.pk, 10): "not yet due",
    }
    assert QUESTIONS["reports_late"](NOON).count == 0
    assert QUESTIONS["reports_missing"](NOON).count == 1
    sent(quinn, other)  # sent anew: the newest counts
    assert QUESTIONS["reports_missing"](NOON).count == 0
    with pytest.raises(NoPeriod):
        sent(quinn, report, period_date=date(2026, 8, 1))
    with pytest.raises(NoPeriod):
        sent(quinn, report, period_date=date(2027, 1, 1))
    paper = due(osei, ours, name="Minutes", layout="")
    with pytest.raises(WrongFile):
        sent(quinn, paper)
    sent(quinn, paper, PDF)
    with pytest.raises(DatabaseError), transaction.atomic():
        ReportDelivery.objects.update(delivered_date=TODAY)


@pytest.mark.django_db
def test_an_agreement_says_what_from_when_and_ends_once(people):
    osei, _ = map(actor_of, people)
    with pytest.raises(NothingDelegated):
        agreed(osei, "to_us", "Sun Health", functions=[])
    with pytest.raises(NoDays):
        agreed(osei, "to_us", "Moon Health", end_date=date(2026, 7, 1))
    agreement = agreed(osei, "to_us", "Star Health")
    with pytest.raises(NothingDelegated):
        due(osei, agreement, function="solvency")
    due(osei, agreement)
    with pytest.raises(NamedBefore):
        due(osei, agreement)
    assert len(calendar(actor=osei, today=TODAY)) == 2
    ends = {"agreement_id": agreement.pk, "now": NOON}
    end_agreement(actor=osei, end_date=date(2026, 10, 1), **ends)
    assert len(calendar(actor=osei, today=TODAY)) == 1
    with pytest.raises(NoDays):
        end_agreement(actor=osei, end_date=date(2026, 11, 1), **ends)
    with pytest.raises(DatabaseError), transaction.atomic():
        DelegationAgreement.objects.update(source="another")


@pytest.mark.django_db
def test_one_page_shows_what_we_owe_a_plan_and_what_others_owe_us(people):
    officer, clerk = map(client_of, people)
    plan, vendor = make_party("payer", "Sun Health"), make_party("supplier", "UM vendor")

    def here(name, *args):
        return reverse(f"compliance:{name}", args=args)

    for direction, party in (("to_us", plan), ("from_us", vendor)):
        told = {
            "direction": direction, "party": party.pk, "functions": ["claims"],
            "source": "Exhibit C", "effective_date": "2026-01-01",
        }  # fmt: skip
        assert officer.post(here("agreement_new"), told).status_code == 302
        agreement = DelegationAgreement.objects.get(direction=direction)
        report = {"name": f"Claims {direction}", "function": "claims", "every": "year", "days": 1,
                  "layout": "plain"}  # fmt: skip
        assert officer.post(here("report_new", agreement.pk), report).status_code == 302
    shown = clerk.get(here("calendar"), {"party": plan.pk}).context["listing"].rows
    assert {row["party"] for row in shown} == {"Sun Health"}
    rows = clerk.get(here("calendar")).context["listing"].rows
    assert {(row["party"], row["owes"]) for row in rows} == {
        ("Sun Health", "we owe"),
        ("UM vendor", "owed to us"),
    }
    few = clerk.get(here("calendar"), {"show": "to_us"}).context["listing"].rows
    assert {row["owes"] for row in few} == {"we owe"}
    report = DelegationAgreement.objects.get(direction="to_us").reports.get()
    send = here("report_deliver", report.pk)
    periods_ = clerk.get(send).context["form"].fields["period"].choices
    told = {"period": periods_[0][0], "delivered_date": "2026-11-20", "text": "by SFTP"}
    bad = {**told, "file": SimpleUploadedFile("u.csv", b"A\nx\nx\n")}
    assert b"invalid data submission" in clerk.post(send, bad).content
    good = {**told, "file": SimpleUploadedFile("u.csv", b"A\nx\n")}
    assert clerk.post(send, good).status_code == 302
    got = officer.get(here("delivery_file", ReportDelivery.objects.get().pk))
    assert b"".join(got.streaming_content) == b"A\nx\n"
    file = clerk.get(here("calendar"), {"export": "csv"})
    assert "Claims to_us" in b"".join(file.streaming_content).decode()
    page = officer.get(here("agreement_detail", report.agreement_id)).content.decode()
    assert "Claims and payment" in page


@pytest.mark.django_db
def test_a_party_stands_with_what_is_late_next_sent_and_found(people):
    osei, quinn = map(actor_of, people)
    plan = agreed(osei, "to_us", "Sun Health", effective_date=date(2025, 7, 1))
    claims = due(osei, plan)
    due(osei, plan, name="Denials", function="um", every="year")
    sent(quinn, claims, delivered_date=TODAY)
    agreed(osei, "from_us", "UM vendor")
    told = {row.direction: row for row in standings(actor=quinn, today=TODAY)}
    ours = told["to_us"]
    assert ours.functions == ["claims", "um"]
    assert next((d.report, d.state, d.late) for d in ours.duties) == (claims.pk, "overdue", 4)
    assert ours.last.delivery.delivered_date == TODAY
    assert (told["from_us"].reports, told["from_us"].late) == ((), [])
    client = client_of(people[1])
    with CaptureQueriesContext(connection) as captured:
        rows = client.get(reverse("compliance:standing_list")).context["listing"].rows
    assert sum(is_asked(one["sql"]) for one in captured) <= 12
    assert [(row["party"], row["state"]) for row in rows] == [
        ("UM vendor", "in order"), ("Sun Health", "overdue"),
    ]  # fmt: skip
    page = reverse("compliance:standing_detail", args=[plan.party_id])
    assert "Claims paid" in client.get(page).content.decode()
    file = client.get(page, {"export": "csv", "list": "to_us-duties"})
    assert b"Denials" in b"".join(file.streaming_content)
    end_agreement(
        actor=osei, agreement_id=told["from_us"].agreements[0].pk, end_date=TODAY, now=NOON
    )
    gone = reverse("compliance:standing_detail", args=[told["from_us"].party.pk])
    assert client.get(gone).status_code == 404
