"""Every amount opens down to the plan's own file line."""

import json
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from capitation.queries.explain import NoSuchLine, explain_line
from capitation.rules.statements import LineId
from ipaportal.core.actors import Actor
from ipaportal.core.parts import Explain
from tests.capitation.worlds import (
    OCTOBER,
    OCTOBER_5,
    SEPTEMBER,
    SEPTEMBER_5,
    bring_october,
    make_small_world,
    run_month,
)
from tests.factories import CLOCK
from tests.kept import kept

pytestmark = pytest.mark.django_db


@kept
def world():
    world = make_small_world()
    run_month(world, SEPTEMBER, SEPTEMBER_5)
    bring_october(world)
    run_month(world, OCTOBER, OCTOBER_5)
    return world


def explained(world, name, run_month, coverage_month, actor=CLOCK, practice=None):
    return explain_line(
        actor=actor,
        run_id=world.runs[run_month].pk,
        member_id=world.members[name].pk,
        coverage_month=coverage_month,
        payee_id=(practice or world.bell).party_id,
    )


def walk(node: Explain):
    yield node
    for part in node.parts:
        yield from walk(part)


def the(node: Explain, what: str) -> Explain:
    (found,) = [n for n in walk(node) if n.what == what]
    return found


def test_goes_from_the_amount_to_the_segment(world):
    line = explained(world, "Ann", SEPTEMBER, SEPTEMBER)
    assert line.cents == line.node.cents == 30829
    assert the(line.node, "Capitation of Bell Clinic, as known on this run").cents == 34255
    assert the(line.node, "Withheld").cents == -3426
    rate = the(line.node, "Rate")
    assert rate.value == "$310.00"
    assert rate.why == (
        "The cell for plan A, F, ages 65–74: the member is plan A, F, age 74 on Sep 1, 2026."
    )
    assert rate.source == "Rate table “2026 rates”"
    assert the(line.node, "Risk score").value == "× 1.105"
    assert the(line.node, "Portion of the month").value == "30 of 30 days"
    assert the(line.node, "Administrative fee").cents == 7901
    assert the(line.node, "Administrative fee").why == "8 % of $987.65."
    assert the(line.node, "Administrative fee").source == "Agreement 4.2"
    stated = the(line.node, "Stated by the plan")
    assert (stated.cents, stated.raw) == (98765, "RMR*AZ*Ann**987.65~")
    assert "segment 14" in stated.source
    went = the(line.node, "Where it went")
    assert sum(part.cents for part in went.parts) == went.cents == 98765


def test_shows_before_after_and_difference_of_a_retro_line(world):
    line = explained(world, "Dan", OCTOBER, SEPTEMBER)
    assert line.cents == -25200
    assert line.node.why.startswith("Member's coverage ended")
    assert the(line.node, "Posted by earlier runs").cents == -25200
    assert [p.cents for p in line.node.parts[:3]] == [0, 0, -25200]
    stated = [n.cents for n in walk(line.node) if n.what == "Stated by the plan"]
    assert stated == [98765, -98765]
    fee = the(line.node, "Administrative fee")
    assert fee.why.endswith("Before $79.01, now $0.00: −$79.01.")


def test_says_why_a_member_is_listed_at_zero(world):
    line = explained(world, "Hal", OCTOBER, OCTOBER)
    assert line.cents == 0
    assert "Members with this status are not paid under the terms." in str(line.node)


def test_shows_a_line_to_its_payee_and_nobody_else(world):
    bell = Actor(1, "Bell", frozenset({("provider", world.bell.party_id)}))
    other = Actor(2, "Alvarez", frozenset({("provider", world.alvarez.party_id)}))
    assert explained(world, "Ann", SEPTEMBER, SEPTEMBER, actor=bell).cents == 30829
    with pytest.raises(NoSuchLine):
        explained(world, "Ann", SEPTEMBER, SEPTEMBER, actor=other)
    with pytest.raises(NoSuchLine):
        # A line of Bell's member that would name Alvarez as payee does not exist.
        explained(world, "Ann", SEPTEMBER, SEPTEMBER, actor=other, practice=world.alvarez)
    with pytest.raises(NoSuchLine):
        explained(world, "Ann", SEPTEMBER, date(2026, 8, 1))


def test_explains_from_the_command_line(world):
    line = LineId(world.runs[SEPTEMBER].pk, world.members["Ann"].pk, SEPTEMBER, world.bell.party_id)
    out = StringIO()
    call_command("explain", str(line), "--json", stdout=out)
    told = json.loads(out.getvalue())
    assert (told["line"], told["amount"], told["amount_cents"]) == (str(line), "308.29", 30829)
    assert "RMR*AZ*Ann**987.65~" in out.getvalue()
    out = StringIO()
    call_command("explain", str(line), stdout=out)
    assert "$308.29" in out.getvalue()
    with pytest.raises(CommandError, match="named run-member-YYYY-MM-payee"):
        call_command("explain", "nonsense")
    with pytest.raises(CommandError, match="no such line"):
        call_command("explain", "1-2-2026-10-3")
