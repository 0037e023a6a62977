"""The division of financial responsibility: whose a claim is, and how it waits with a clock."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.urls import reverse

from compliance.actions.claims import decide_claim
from compliance.actions.divisions import DivisionUnusable, load_division
from compliance.formats.responsibility import read_division
from compliance.models import Claim, Division
from compliance.rules.responsibility import (
    Codes,
    Kind,
    Range,
    Risk,
    decides,
    differences,
    range_of,
    reason_of,
)
from ipaportal.core.roles import Role
from tests.capitation.worlds import QUINN
from tests.compliance.claimfiles import a_line
from tests.compliance.claiming import NOV_2, make_priced_world, of_bell, states, take_in
from tests.kept import kept
from tests.people import client_of, make_user
from tests.stories.attacks import text_of

LIST = b"""Category,At risk,Kind,From,To
Office visits,ipa,procedure,99202,99215
Injected drugs,plan,procedure,J0000,J9999
One drug of ours,ipa,procedure,J1100,
Rooms,hospital,revenue,0100,0219
Ambulance,plan,place,41,42
"""


def a_range(first: str, last: str, risk: Risk = Risk.PLAN, kind: Kind = Kind.PROCEDURE) -> Range:
    return Range(kind, first, last, f"{first}-{last}", risk)


@pytest.mark.parametrize(
    ("codes", "first"),
    [
        (Codes("99202", "", "11"), "99202"),
        (Codes("99215", "", "11"), "99202"),
        (Codes("99201", "", "11"), None),
        (Codes("99216", "", "11"), None),
        (Codes("J1100", "", "11"), "J1100"),  # the narrower range
        (Codes("J1101", "", "11"), "J0000"),
        (Codes("", "0100", ""), "0100"),
        (Codes("A0428", "", "41"), "41"),
        (Codes("99213", "0100", "41"), "99202"),  # procedures before all else
        (Codes("9921", "", ""), None),
    ],
)
def test_the_narrowest_range_that_holds_a_code_decides(codes, first):
    ranges, problems = read_division(LIST)
    assert problems == []
    found = range_of(ranges, codes)
    assert (found.first if found else None) == first


@pytest.mark.parametrize(("code", "category"), [
    ("J1100", "One drug of ours"), ("J1101", "Injected drugs"), ("0219", "Rooms"),
    ("41", "Ambulance"), ("12345", None), ("9921", None),
])  # fmt: skip
def test_one_code_is_decided_by_what_its_length_makes_it(code, category):
    found = decides(read_division(LIST)[0], code)
    assert (found.category if found else None) == category


def test_a_version_says_what_it_changes_by_codes():
    kept, gone, new = a_range("10000", "10001"), a_range("20000", "20001"), a_range("0100", "0110")
    moved = replace(kept, risk=Risk.IPA)
    assert differences([kept, gone], [kept, gone]) == []
    assert differences([kept, gone], [moved, replace(new, kind=Kind.REVENUE)]) == [
        (kept, moved), (gone, None), (None, replace(new, kind=Kind.REVENUE)),
    ]  # fmt: skip


def test_says_whose_a_claim_is():
    plan, hospital = a_range("A", "B"), a_range("C", "D", Risk.HOSPITAL)
    ours = a_range("E", "F", Risk.IPA)
    assert reason_of([ours, None]) == ("", "")
    assert reason_of([]) == ("", "")
    assert reason_of([plan, plan])[0] == "plans_risk"
    assert reason_of([hospital])[0] == "hospitals_risk"
    assert reason_of([plan, None]) == ("mixed_risk", "line 1: A-B (the plan)")
    assert reason_of([plan, hospital])[0] == "mixed_risk"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b",plan,procedure,99202,", "no category"),
        (b"X,nobody,procedure,99202,", "plan, ipa or hospital"),
        (b"X,plan,drug,99202,", "procedure, revenue or place"),
        (b"X,plan,procedure,9920,", "5 letters"),
        (b"X,plan,revenue,99202,", "4 letters"),
        (b"X,plan,procedure,99215,99202", "before its first"),
        (b"X,plan,procedure,99202,99215\nY,plan,procedure,99202,99215", "something else"),
        (b"", "no line"),
        (b"X,plan,procedure,9\x009202,", "no text has"),
    ],
)
def test_names_the_line_that_cannot_be_used(line, words):
    _, problems = read_division(b"Category,At risk,Kind,From,To\n" + line)
    assert words in problems[0][1]


@kept
def world():
    made = make_priced_world()
    load_division(
        actor=QUINN, payer_id=made.contract.payer_id, effective_date=date(2026, 10, 1),
        citation="Exhibit C", file_name="dofr.csv", data=LIST, now=NOV_2,
    )  # fmt: skip
    return made


@pytest.mark.django_db
def test_a_claim_of_the_plans_waits_with_its_clock(world):
    file = take_in(
        world, of_bell(world, "ours"), of_bell(world, "drug", a_line("J2001")),
        of_bell(world, "both", a_line("99214"), a_line("J2001")),
        of_bell(world, "own drug", a_line("J1100", 4_00)),
    )  # fmt: skip
    assert states(file) == {
        "ours": ("ready", ""), "drug": ("waiting", "plans_risk"),
        "both": ("waiting", "mixed_risk"), "own drug": ("ready", ""),
    }  # fmt: skip
    drug = Claim.objects.get(ref="drug")
    assert drug.due_on == drug.received_on + timedelta(days=10)
    assert drug.detail == "line 1: Injected drugs (the plan)"
    # A person says that it went to the plan, and the practice reads whose it is.
    decide_claim(
        actor=QUINN, claim_id=drug.pk, state="denied", denial="109", words="To the plan.", now=NOV_2
    )
    # A person may say that it is ours after all: it is priced, and not divided anew.
    both = Claim.objects.get(ref="both")
    assert (
        decide_claim(actor=QUINN, claim_id=both.pk, state="ready", words="Ours.", now=NOV_2).reason
        == "no_price"
    )


@pytest.mark.django_db
def test_a_day_before_it_holds_is_the_ipas_and_a_bad_list_changes_nothing(world):
    Division.objects.count()
    with pytest.raises(DivisionUnusable, match="Nothing was recorded"):
        load_division(
            actor=QUINN, payer_id=world.contract.payer_id, effective_date=date(2026, 1, 1),
            citation="x", file_name="x.csv", data=b"Category\n", now=NOV_2,
        )  # fmt: skip
    assert Division.objects.count() == 1
    newer = load_division(
        actor=QUINN, payer_id=world.contract.payer_id, effective_date=date(2026, 10, 13),
        citation="Exhibit D", file_name="d.csv", data=LIST.replace(b"plan", b"ipa"), now=NOV_2,
    )  # fmt: skip
    assert newer.ranges == 5
    day = date(2026, 10, 13)
    later = a_line("J2002", served_from=day, served_to=day)
    file = take_in(world, of_bell(world, "1", a_line("J2001")), of_bell(world, "2", later))
    assert states(file) == {"1": ("waiting", "plans_risk"), "2": ("waiting", "no_price")}


@pytest.mark.django_db
def test_pages_say_what_changed_whose_a_code_is_and_what_waits(world):
    first = Division.objects.get()
    later = LIST.replace(b"Office visits,ipa", b"Office visits,plan").replace(b"Rooms", b"Beds")
    second = load_division(
        actor=QUINN, payer_id=world.contract.payer_id, effective_date=date(2026, 10, 2),
        citation="5", file_name="d.csv", data=later, now=NOV_2,
    )  # fmt: skip
    take_in(world, of_bell(world, "A1"))
    client = client_of(make_user("quinn@ipa.example", Role.FINANCE))
    page = text_of(client.get(reverse("compliance:division_detail", args=[second.pk])))
    for words in ("Procedure 99202 to 99215", "Office visits: the plan", "Beds: the hospital",
                  "from 2026-10-01"):  # fmt: skip
        assert words in page, words
    assert "Procedure J0000 to J9999" not in page
    here = reverse("compliance:division_detail", args=[first.pk])
    assert "What it changes" not in text_of(client.get(here))
    for asked, words in (
        ("j1100", "J1100 is for the IPA to pay: One drug of ours, J1100, is the narrowest"),
        ("12345", "No range holds 12345"), ("J9999", "J9999 is for the plan to pay"),
    ):  # fmt: skip
        assert words in text_of(client.get(here, {"q": asked})), asked
    listed = text_of(client.get(reverse("compliance:division_list")))
    assert "?queue=plans_risk" in listed
    file = client.get(reverse("compliance:division_file", args=[first.pk]))
    assert file.getvalue() == LIST
