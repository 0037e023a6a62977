"""Case rates of a contract: lists with their days, claims priced by them, told and paid."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from compliance.actions.case_rates import CaseRatesUnusable, load_case_rates
from compliance.actions.claim_payments import pay_claims
from compliance.formats.remittance_835 import read
from compliance.models import CaseRateList, Claim
from compliance.queries.case_rates import price_steps
from compliance.queries.claim_payments import payment_digest, planned_of
from compliance.rules.claims import shortfall
from ipaportal.core.files import read_stored
from ipaportal.core.roles import Role
from tests.capitation.worlds import QUINN, REYES
from tests.compliance.claimfiles import a_line
from tests.compliance.claiming import NOV_2, make_priced_world, of_alvarez, of_bell, states, take_in
from tests.kept import kept
from tests.people import client_of, make_user
from tests.proofs import breaches
from tests.stories.attacks import signed_in_afresh, text_of

LIST = b"""Name,By,From,To,Per,Rate,Includes
Cataract,procedure,66982,66984,case,1800.10,procedure J0000-J9999
"""


def load(world, data: bytes = LIST, day: date = date(2026, 10, 1), **changes) -> CaseRateList:
    given = {"party_id": None, "citation": "Exhibit D", "file_name": "rates.csv"} | changes
    return load_case_rates(
        actor=QUINN, payer_id=world.contract.payer_id, effective_date=day, data=data, now=NOV_2,
        **given,
    )  # fmt: skip


def lines_of(ref: str) -> list[tuple[int, bool]]:
    rows = Claim.objects.get(ref=ref).lines.all()
    return [(line.allowed_cents, line.is_included) for line in rows]


@pytest.mark.parametrize(
    ("charge", "allowed", "is_included", "code"),
    [
        (100, 0, True, "97"), (100, 0, False, "45"), (100, 100, False, "45"),
        (100, 101, False, "94"), (100, 99, True, "45"),
    ],
)  # fmt: skip
def test_an_835_says_why_a_line_is_not_paid_its_charge(charge, allowed, is_included, code):
    assert shortfall(charge, allowed, is_included=is_included) == code


@kept
def world():
    made = make_priced_world()
    load(made)
    return made


CASE = (a_line("66984", 1000_00), a_line("J3490", 300_00), a_line("99213", 120_00))


@pytest.mark.django_db
def test_a_case_is_priced_once_explained_told_and_paid_to_the_cent(world):
    file = take_in(world, of_bell(world, "case", *CASE), of_bell(world, "visit"))
    assert states(file) == {"case": ("ready", ""), "visit": ("ready", "")}
    claim = Claim.objects.get(ref="case")
    # 99213 is not covered: 110 % of $100.00.
    assert lines_of("case") == [(1800_10, False), (0, True), (110_00, False)]
    assert claim.allowed_cents == 1910_10
    assert [line.price_words for line in claim.lines.all()][:2] == [
        "case rate “Cataract” for procedure 66984, Exhibit D", "included in “Cataract” of line 1",
    ]  # fmt: skip
    steps = price_steps(list(claim.lines.all()))
    assert [(one.words, one.bears, one.includes, one.cents) for one in steps] == [
        ("Cataract, a case", (1,), (2,), 1800_10), ("Fee schedule, line by line", (3,), (), 110_00),
    ]  # fmt: skip
    assert price_steps(list(Claim.objects.get(ref="visit").lines.all())) == []
    bell, payer = world.bell.party_id, world.contract.payer_id
    planned = planned_of(payer, bell, NOV_2.date())
    made = pay_claims(
        actor=REYES, payer_id=payer, party_id=bell, seen_digest=payment_digest(planned), now=NOV_2
    )
    told = read(read_stored(made.sha256)).payments[0]
    paid = next(one for one in told.claims if one.claim_ref == "case")
    assert paid.paid_cents == 1910_10
    why = [[(one.reason, one.cents) for one in service.adjustments] for service in paid.services]
    assert why == [[("94", -800_10)], [("97", 300_00)], [("45", 10_00)]]
    assert breaches() == []


@pytest.mark.django_db
def test_the_list_in_force_on_the_day_decides_a_practices_own_first_and_nothing_is_overwritten(
    world,
):
    def on(ref: str, day: int, month: int = 10, of=of_bell):
        served = date(2026, month, day)
        return of(world, ref, a_line("66984", 90_00, served_from=served, served_to=served))

    load(world, LIST.replace(b"1800.10", b"1900"), date(2026, 10, 20), citation="Exhibit E")
    own = {"party_id": world.alvarez.party_id, "citation": "Own"}
    load(world, LIST.replace(b"1800.10", b"2000"), date(2026, 10, 10), **own)
    load(world, LIST.splitlines()[0] + b"\n", date(2026, 10, 25), **own)  # ends what is their own
    take_in(
        world, on("sep30", 30, 9), on("oct1", 1), on("oct19", 19), on("oct20", 20),
        on("own9", 9, of=of_alvarez), on("own10", 10, of=of_alvarez),
        on("own24", 24, of=of_alvarez), on("own25", 25, of=of_alvarez),
    )  # fmt: skip
    found = dict(Claim.objects.values_list("ref", "allowed_cents"))
    assert found == {
        "sep30": None, "oct1": 1800_10, "oct19": 1800_10, "oct20": 1900_00,
        "own9": 1800_10, "own10": 2000_00, "own24": 2000_00, "own25": None,
    }  # fmt: skip
    assert Claim.objects.get(ref="sep30").reason == "no_price"
    # A list that comes later does not touch what was priced.
    load(world, LIST.replace(b"1800.10", b"1"), date(2026, 10, 1))
    assert Claim.objects.get(ref="oct1").allowed_cents == 1800_10


@pytest.mark.django_db
def test_a_bad_list_changes_nothing(world):
    with pytest.raises(CaseRatesUnusable, match="Nothing was recorded"):
        load(world, LIST + b"X,drg,470,,day,1,\n")
    assert CaseRateList.objects.count() == 1


@pytest.mark.django_db
def test_a_claim_without_a_price_for_a_line_beside_the_case_waits_whole(world):
    take_in(world, of_bell(world, "odd", a_line("66984", 5_00), a_line("99999", 5_00)))
    claim = Claim.objects.get(ref="odd")
    assert (claim.reason, claim.allowed_cents) == ("no_price", None)
    assert lines_of("odd") == [(None, False), (None, False)]
    assert claim.lines.exclude(case_rate=None).count() == 0


@pytest.mark.django_db
def test_pages_load_a_list_and_explain_a_claim_to_its_practice_too(world):
    client = signed_in_afresh(make_user("quinn@ipa.example", Role.FINANCE))
    new = reverse("compliance:case_rate_new")
    given = {"payer": world.contract.payer_id, "party": world.bell.party_id, "citation": "Own"}
    given["effective_date"] = "2026-10-01"
    bad = SimpleUploadedFile("r.csv", b"Name\n")
    assert "Nothing was recorded" in text_of(client.post(new, given | {"file": bad}))
    file = SimpleUploadedFile("r.csv", LIST.replace(b"1800.10", b"1700"))
    detail = client.post(new, given | {"file": file}).url
    made = CaseRateList.objects.order_by("pk").last()
    assert detail == reverse("compliance:case_rate_detail", args=[made.pk])
    assert "1,700.00" in text_of(client.get(detail, {"q": "66983", "by": "procedure"}))
    assert "No such rate" in text_of(client.get(detail, {"by": "drg"}))
    assert "Bell Clinic" in text_of(client.get(reverse("compliance:case_rate_list")))
    take_in(world, of_bell(world, "case", *CASE), of_alvarez(world, "other", a_line("66984", 1_00)))
    claim = Claim.objects.get(ref="case")
    page = text_of(client.get(reverse("compliance:claim_detail", args=[claim.pk])))
    assert detail in page
    # The practice reads the same steps of its own claim, by its own list or by everybody's.
    for practice, ref, words in ((world.bell, "case", "Own"), (world.alvarez, "other", "Exhibit")):
        manager = make_user(f"{ref}@x.example", Role.PRACTICE_MANAGER, party=practice.party)
        own = reverse("compliance:own_claim", args=[Claim.objects.get(ref=ref).pk])
        page = text_of(client_of(manager).get(own))
        assert "How the price came about" in page
        assert words in page
        assert detail not in page
