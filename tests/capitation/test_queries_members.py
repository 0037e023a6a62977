"""What can be asked of members, files and membership."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from capitation.models import Member
from capitation.queries.bridge_members import bridge_members
from capitation.queries.files import file_inbox, file_lines, file_page
from capitation.queries.members import find_members, member_page, panel
from capitation.queries.membership import membership_bridge
from capitation.rules.membership import PARTS
from credentialing.models import Participation
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted
from tests.factories import batch, fact, make_contract, make_practice, make_practitioner
from tests.planfiles import QUINN, a_coverage, a_member, a_pcp, an_820, an_834, take

pytestmark = pytest.mark.django_db
JAN, FEB, MAR = (date(2026, month, 1) for month in (1, 2, 3))


@pytest.fixture
def contract():
    return make_contract()


def names(text):
    return [row.plan_member_id for row in find_members(actor=QUINN, text=text)]


def test_finds_members_by_name_number_and_mbi(contract):
    people = [
        a_member("M1", last_name="Cedar", first_name="Cy", mbi="1EG4TE5MK73"),
        a_member("M2", last_name="Cedarwood"),
        a_member("M3", last_name="Fir"),
    ]
    take(contract, an_834(people))
    assert names("ceda") == ["M1", "M2"]
    assert names("Cedar, Cy") == ["M1"]
    assert names("M3") == ["M3"]
    assert names("1eg4-te5-mk73") == ["M1"]
    assert names("c") == names("zz") == []


def test_shows_a_member_with_history_in_a_fixed_number_of_queries(contract):
    old, new = make_practitioner(1), make_practitioner(2)
    take(contract, an_834([a_member("M1", pcps=(a_pcp(old.npi),))]))
    take(contract, an_834([a_member("M1", "001", pcps=(a_pcp(new.npi, FEB),))]))
    take(contract, an_820([("M1", JAN, "10"), ("M1", FEB, "11")]))
    with CaptureQueriesContext(
        connection,
    ) as asked:
        page = member_page(actor=QUINN, member_id=Member.objects.get().pk)
    assert len(asked) <= 11
    assert [pcp.practitioner for pcp in page.pcps] == [old, new]
    assert [fact.practitioner for fact in page.replaced] == [old]
    assert [(m.month, m.received_cents) for m in page.money] == [(FEB, 1100), (JAN, 1000)]


def test_shows_a_practice_its_own_panel_only(contract):
    bell, other = make_practice(), make_practice("Other", "990000002")
    mine, theirs = make_practitioner(1), make_practitioner(2)
    for practice, pcp in ((bell, mine), (other, theirs)):
        fact(
            Participation,
            batch(),
            JAN,
            practitioner=pcp,
            practice=practice,
            payer_party=contract.payer.party,
        )
    people = [("M1", mine), ("M2", theirs), ("M3", mine)]
    take(contract, an_834([a_member(ref, pcps=(a_pcp(pcp.npi),)) for ref, pcp in people]))
    doctor = Actor(5, "Dr. Bell", frozenset({("provider", bell.party_id)}))
    shown = panel(actor=doctor, month=FEB)
    assert [row.plan_member_id for row in shown] == ["M1", "M3"]
    assert panel(actor=doctor, month=date(2025, 12, 1)) == []
    with pytest.raises(NotPermitted):
        find_members(actor=doctor, text="Birch")


def test_shows_a_file_and_its_lines(contract):
    take(contract, an_834([a_member("M1")]))
    file = take(contract, an_820([("M1", JAN, "10"), ("M2", JAN, "1")]))
    page = file_page(actor=QUINN, file_id=file.pk)
    assert (page.lines, page.waiting_lines, page.total_cents) == (2, 1, 1100)
    assert page.entry.key == f"file:{file.pk}"
    matched = [line.is_matched for line in file_lines(actor=QUINN, file_id=file.pk)]
    assert matched == [True, False]
    assert [one.format for one in file_inbox(actor=QUINN)] == ["x12-820", "x12-834"]


def test_draws_the_bridge_of_a_month(contract):
    first, second = make_practitioner(1), make_practitioner(2)
    gone = (a_coverage(end=date(2026, 1, 31)),)
    back = (a_coverage(end=date(2025, 12, 31), start=date(2025, 11, 1)), a_coverage(start=FEB))
    people = [
        a_member("STAYS", pcps=(a_pcp(first.npi),)),
        a_member("ENDS", coverages=gone, pcps=(a_pcp(first.npi),)),
        a_member("NEW", coverages=(a_coverage(start=FEB),), pcps=(a_pcp(second.npi),)),
        a_member("BACK", coverages=back, pcps=(a_pcp(first.npi),)),
        a_member("MOVES", pcps=(a_pcp(first.npi), a_pcp(second.npi, FEB))),
    ]
    take(contract, an_834(people))
    page = membership_bridge(actor=QUINN, contract_id=contract.pk, month=FEB)
    total = page.total
    assert total.holds
    assert (total.opening, total.adds, total.reinstated, total.terms, total.closing) == (
        3, 1, 1, 1, 4,
    )  # fmt: skip
    by_pcp = {row.practitioner_id: row.bridge for row in page.rows}
    assert (by_pcp[first.pk].moved_out, by_pcp[second.pk].moved_in) == (1, 1)
    assert (by_pcp[first.pk].closing, by_pcp[second.pk].closing) == (2, 2)
    assert all(row.bridge.holds for row in page.rows)
    # Who stands behind a number is found in SQL: as many as the rule counts, for every number.
    for part in PARTS:
        for pcp, drawn in ((None, total), *by_pcp.items()):
            found = bridge_members(
                actor=QUINN, contract_id=contract.pk, month=FEB, part=part, practitioner_id=pcp
            )
            counted = getattr(drawn, part)
            if not (pcp is None and part.startswith("moved")):  # nobody moves within the whole
                assert (found.count(), len(found[:])) == (counted, counted), (part, pcp)
