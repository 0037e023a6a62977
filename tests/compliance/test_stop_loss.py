"""What practices bear of risk, CMS's table, and the policies that practices have."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db.utils import DatabaseError
from django.urls import reverse

from capitation.models import Bonus, Statement
from compliance.actions.stop_loss import NoDays, TableRefused, TooOld, load_table, record_cover
from compliance.formats.stop_loss_tables import read_table
from compliance.models import StopLossCover, StopLossRow
from compliance.queries.incentive_tiers import TierRow, tier_rows
from compliance.rules.incentive_tiers import Tier
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted
from ipaportal.core.roles import Role
from tests.factories import make_practice
from tests.people import client_of, make_user

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TODAY = NOW.date()
OSEI = Actor(4, "A. Osei", frozenset({("compliance_officer", 1)}))
TABLE = "1000; 6,000; 10,000; 3,000\n2000\t$7,000\t12,000\t3,000\n25,001; none; -; none\n"


def problems(text: str) -> list[str]:
    return [f"{one.line}: {one.words}" for one in read_table(text)[1]]


def test_reads_a_table_as_it_is_copied():
    rows, wrong = read_table(TABLE)
    assert wrong == []
    combined = [(row.panel_from, row.cents) for row in rows if row.kind == "combined"]
    assert combined == [(1000, 600_000), (2000, 700_000), (25_001, None)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "1: no line says anything"),
        ("1000; 6000; 10000", "1: needs 4 fields"),
        ("1000; 6000; ten; 3000", "1: needs 4 fields"),
        ("0; 1; 1; 1", "1: needs 4 fields"),
        ("2000; 1; 1; 1\n\n2000; 1; 1; 1", "3: begins at 2000 patients"),
        ("1; 5; 5; 5\n2; 5; 4; 5", "2: has a lower institutional deductible"),
        ("1; none; 5; 5\n2; 5; 5; 5", "2: asks for combined protection again"),
    ],
)
def test_names_the_line_that_is_wrong(text, said):
    (words,) = problems(text)
    assert words.startswith(said)


def a_statement(party, month: date, provider: int, withheld: int, members: int) -> Statement:
    return Statement.objects.create(
        payee=party,
        month=month,
        opening_cents=0,
        provider_cents=provider,
        withhold_cents=withheld,
        other_cents=0,
        paid_cents=provider - withheld,
        closing_cents=0,
        content={"members_paid": members},
        published_at=NOW,
        published_by="J. Quinn",
    )


@pytest.fixture
def bell(db):
    """A practice of which a quarter and a cent is withheld over two months, one long ago."""
    party = make_practice().party
    a_statement(party, date(2025, 10, 1), 10_000, 10_000, 1)
    a_statement(party, date(2026, 9, 1), 500_000, 125_001, 1400)
    a_statement(party, date(2026, 10, 1), 500_000, 125_000, 1500)
    return party


def of_practice(actor: Actor = OSEI) -> TierRow:
    """What is said of the tier from the IPA to the one practice."""
    rows = tier_rows(actor=actor, today=TODAY)
    (one,) = [row for row in rows if row.tier == Tier.PRACTICE]
    return one


def answer() -> tuple[str, int, int]:
    one = of_practice()
    return one.verdict.answer, one.panel, one.computed.months


def cover(party, cents: int, **changed) -> StopLossCover:
    given = {
        "tier": Tier.PRACTICE,
        "kind": "combined",
        "covered_pct": 90,
        "carrier": "Harbor Re",
        "policy_number": "HR-1",
        "effective_date": date(2026, 1, 1),
        "end_date": date(2027, 1, 1),
        "file": None,
        **changed,
    }
    return record_cover(actor=OSEI, party_id=party.pk, deductible_cents=cents, now=NOW, **given)


def load(text: str = TABLE, day: date = date(2026, 1, 1)) -> list[StopLossRow]:
    return load_table(actor=OSEI, from_date=day, text=text, citation="a page of CMS", now=NOW)


def test_never_says_that_all_is_well_without_a_table(bell):
    assert answer() == ("table missing", 1500, 2)
    load()
    assert answer()[0] == "stop-loss missing"
    cover(bell, 650_001)
    assert answer()[0] == "deductible too high"
    cover(bell, 650_000)  # of the same policy: half way between the sizes that are listed
    assert answer()[0] == "covered"
    assert StopLossCover.objects.filter(superseded_at=None).count() == 1


def test_exactly_a_quarter_is_no_substantial_risk(db):
    party = make_practice().party
    a_statement(party, date(2026, 10, 1), 1000, 250, 5)
    assert answer()[0] == "no substantial risk"


def test_a_bonus_by_referrals_counts_and_one_for_quality_does_not(db):
    """18.18 % withheld is not over; with a bonus of 10 % of the rest it is over line and sum."""
    party = make_practice().party
    a_statement(party, date(2026, 10, 1), 100_000_000, 20_000_000, 5)
    given = {
        "party": party, "first_month": date(2026, 7, 1), "last_month": date(2026, 9, 1),
        "amount_cents": 10_000_000, "measured": "referrals", "status": "paid", "proposed_at": NOW,
        "proposed_by_id": 1, "proposed_by_name": "x", "decided_at": NOW, "decided_by_id": 2,
        "decided_by_name": "y",
    }  # fmt: skip
    Bonus.objects.create(source="hospital_pool", rests_on_referrals=False, **given)
    assert answer()[0] == "no substantial risk"
    Bonus.objects.create(source="retained", rests_on_referrals=True, **given)
    figures = of_practice().computed.arrangement
    assert (figures.potential_cents, figures.bonus_cents) == (110_000_000, 10_000_000)
    assert of_practice().verdict.risk.why == "over: withhold and bonus, withhold against the line"


def test_a_cover_counts_on_its_days_only(bell):
    load()
    cover(bell, 1, end_date=TODAY)
    assert answer()[0] == "stop-loss missing"
    with pytest.raises(NoDays, match="Nothing was recorded"):
        cover(bell, 1, end_date=date(2026, 1, 1))


def test_a_table_is_loaded_whole_or_not_and_ends_the_one_before(bell):
    first = load()
    with pytest.raises(TableRefused, match=r"line 1 needs 4 fields.*Nothing was loaded"):
        load("x")
    with pytest.raises(TooOld, match=r"2018-12-31.*which the portal has"):
        load(day=date(2018, 12, 31))
    load("1; 9,999; 9,999; 9,999")
    assert StopLossRow.objects.filter(superseded_at=None).count() == 3
    assert StopLossRow.objects.count() == len(first) + 3
    with pytest.raises(DatabaseError, match=r"superseded|permission denied"):
        StopLossRow.objects.filter(pk=first[0].pk).update(superseded_at=None)


def test_only_who_may_looks_and_loads(bell):
    novak = Actor(9, "T. Novak", frozenset({("credentialing_specialist", 1)}))
    with pytest.raises(NotPermitted):
        tier_rows(actor=novak, today=TODAY)
    with pytest.raises(NotPermitted):
        load_table(actor=novak, from_date=TODAY, text=TABLE, citation="x", now=NOW)


def test_an_officer_loads_records_and_reads(bell):
    officer = client_of(make_user("osei@ipa.example", Role.COMPLIANCE_OFFICER))
    here = reverse("compliance:incentives")
    page = officer.get(here)
    assert b"table is not loaded" in page.content
    sent = {"from_date": "2026-01-01", "citation": "a page of CMS", "text": "1; 2; 3"}
    wrong = officer.post(reverse("compliance:stop_loss_load"), sent)
    assert (wrong.status_code, b"Nothing was loaded" in wrong.content) == (422, True)
    sent["text"] = TABLE
    assert officer.post(reverse("compliance:stop_loss_load"), sent).status_code == 302
    policy = {
        "tier": "plan_ipa",
        "party": bell.pk,
        "kind": "combined",
        "covered_pct": "90",
        "deductible": "6500.00",
        "carrier": "Harbor Re",
        "policy_number": "HR-1",
        "effective_date": "2026-01-01",
        "end_date": "2030-01-01",
    }
    new = reverse("compliance:cover_new")
    assert officer.post(new, policy).status_code == 422, "a plan's tier is not a practice's"
    assert officer.post(new, policy | {"tier": "ipa_practice"}).status_code == 302
    (row,) = officer.get(here, {"show": "ipa_practice"}).context["listing"].rows
    assert (row["withheld"], row["share"], row["answer"]) == (250_001, Decimal("25.00"), "covered")
    assert row["url"] == reverse("compliance:incentive_tier", args=["ipa_practice", bell.pk])
    file = officer.get(here, {"export": "csv"})
    text = b"".join(file.streaming_content).decode()
    assert "withhold: $2,500.01 of $10,000.00, 25.00 %, over 25.00 %" in text
