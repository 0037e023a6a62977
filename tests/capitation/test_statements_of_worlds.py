"""Generated worlds, month after month: statements agree with lines, books, CSV and explanations."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

import capitation
from capitation.actions.statements import publish_statements
from capitation.models import Share, Statement
from capitation.queries.explain import explain_line
from capitation.queries.statements import Line, LineFilter, Lines
from capitation.rules.statements import LineId
from ipaportal.core.sql import check_invariant, invariants
from tests.capitation.test_sql_run import month_end
from tests.factories import CLOCK, change_world, make_world

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("seed", [2, 7, 11, 21])
def test_statements_of_changing_months_agree_with_everything(seed):
    world = make_world(seed)
    for month in world.months[1:]:
        month_end(world, month)
        now = datetime(month.year, month.month, 10, tzinfo=UTC)
        publish_statements(actor=CLOCK, month=month, now=now)
        for statement in Statement.objects.filter(month=month):
            check(statement)
        change_world(world)
    rules = invariants(Path(capitation.__file__).parent / "sql" / "invariants")
    wanted = [rule for rule in rules if "statements" in rule.name]
    assert {rule.name: check_invariant(rule).rows for rule in wanted} == {
        rule.name: () for rule in wanted
    }
    explain_some()


def check(statement: Statement) -> None:
    """Lines, sections, parts and the change of one statement add up to its figures."""
    content, lines = statement.content, Lines(statement)[:]
    check_pages(statement, lines)
    assert sum(line.provider_cents for line in lines) == statement.provider_cents
    assert sum(line.withhold_cents for line in lines) == statement.withhold_cents
    assert content["current_cents"] + content["retro_cents"] == statement.earned_cents
    assert sum(c["current_cents"] + c["retro_cents"] for c in content["contracts"]) == (
        statement.earned_cents
    )
    assert sum(p["current_cents"] + p["retro_cents"] for p in content["practitioners"]) == (
        statement.earned_cents
    )
    parts = content["parts"]
    went = [parts[name] for name in parts if name not in ("received", "mine")]
    assert sum(went) == parts["received"]
    zeros = sum(len(row["member_ids"]) for row in content["zero"])
    current = {line.member_id for line in lines if line.coverage_month == statement.month}
    assert content["members_paid"] + zeros <= len(current)
    change = content["change"]
    if change:
        moved = sum(cause["cents"] for cause in change["causes"])
        assert change["before_cents"] + moved == change["now_cents"] == statement.earned_cents


def explain_some() -> None:
    """Every hundredth line's explanation comes to what was posted, its parts to the whole."""
    keys = Share.objects.values_list("run_id", "member_id", "coverage_month", "payee_id")
    asked = sorted(set(keys))[::25]
    assert asked
    for key in asked:
        line = LineId(*key)
        explained = explain_line(
            actor=CLOCK,
            run_id=line.run_id,
            member_id=line.member_id,
            coverage_month=line.coverage_month,
            payee_id=line.payee_id,
        )
        due_withheld_before = [
            part.cents for part in explained.node.parts if not part.what.startswith("What the plan")
        ]
        assert sum(due_withheld_before) == explained.cents, str(line)


def check_pages(statement: Statement, lines: list[Line]) -> None:
    """However they are ordered, pages together are the whole, and as many as are counted."""
    for order in ("name", "-amount", "member"):
        ordered = Lines(statement).order_by(order)
        pages = [ordered[at : at + 7] for at in range(0, ordered.count() + 1, 7)]
        paged = [line for page in pages for line in page]
        assert paged == ordered[:]
        assert {line.line_id for line in paged} == {line.line_id for line in lines}
        assert len(paged) == len(lines)
    for show in ("current", "retro", "zero"):
        some = Lines(statement, LineFilter(show=show))
        assert some.count() == len(some[0:1000])
