"""
Seeded months of life against the independent model; and that the model can fail.

Larger stories are run by `manage.py simulate`; what they found stands in docs/reliability.md.
"""

import ast
import sys
from pathlib import Path
from random import Random

import pytest
from django.db import connection

from ipaportal.home.management.commands.simulate import figures_of
from ipaportal.home.simulator import journal, model
from ipaportal.home.simulator.comparing import Difference
from ipaportal.home.simulator.lives import Plan
from ipaportal.home.simulator.story import Story, begin, live
from tests.databases import SUPERUSER, acting_as

MEMBERS, PCPS = 40, 6


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    """Files of a simulation go with it."""
    settings.DATA_DIR = tmp_path


def lived(seed: int, months: int, sabotage=None, *, fault_rate: float = 1.0) -> Story:
    story = begin(seed, months, MEMBERS, PCPS, fault_rate=fault_rate)
    story.before_comparing = sabotage
    for index in range(months):
        live(story, index)
    return story


@pytest.mark.slow
@pytest.mark.parametrize("seed", [3, 5, 8])
def test_every_cent_of_months_full_of_faults_is_what_the_model_says(committed_db, seed):
    story = lived(seed, 4)
    assert story.figures > 1000
    assert story.proofs >= 4 * 19
    faults = story.faults.counts
    assert faults["interrupted"] > 5
    assert faults["cut off"] > 0
    assert faults["answer lost"] > 5
    assert faults["wake-ups lost"] > 0
    assert faults["wake-ups repeated"] > 0
    assert figures_of(story, MEMBERS, PCPS, None)["difference"] is None


# ---- the model can fail -------------------------------------------------------------------------


def as_owner(statement: str) -> list[tuple]:
    """What somebody with the owner's rights does past every trigger."""
    with acting_as(SUPERUSER), connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(statement)
        changed = cursor.fetchall()
        cursor.execute("RESET session_replication_role")
    return changed


def test_a_posted_row_that_the_owner_changes_is_named(committed_db):
    changed = []

    def sabotage(_story, _month):
        changed.extend(
            as_owner(
                "UPDATE capitation_waterfall AS w SET provider_cents = provider_cents + 1, "
                "retained_cents = retained_cents - 1 FROM capitation_member AS m "
                "WHERE m.id = w.member_id AND (w.run_id, w.member_id, w.coverage_month) = ("
                "SELECT run_id, member_id, coverage_month FROM capitation_waterfall "
                "WHERE provider_cents <> 0 ORDER BY 1, 2, 3 LIMIT 1) "
                "RETURNING m.plan_member_id, w.coverage_month, w.provider_cents"
            )
        )

    with pytest.raises(Difference) as caught:
        lived(3, 1, sabotage, fault_rate=0)
    ((member, month, cents),) = changed
    difference = caught.value
    assert (difference.whose, difference.month) == (member, month)
    assert difference.what == "provider and retained"
    assert difference.portal[0] == cents
    assert difference.model[0] == cents - 1
    assert member in str(difference)
    assert str(cents) in str(difference)
    assert str(cents - 1) in str(difference)


def test_a_receipt_that_is_gone_is_named(committed_db):
    gone = []

    def sabotage(_story, _month):
        gone.extend(
            as_owner(
                "DELETE FROM capitation_receipt AS r USING capitation_member AS m "
                "WHERE m.id = r.member_id AND r.id = (SELECT min(id) FROM capitation_receipt) "
                "RETURNING m.plan_member_id, r.coverage_month, r.amount_cents"
            )
        )

    with pytest.raises(Difference) as caught:
        lived(5, 1, sabotage, fault_rate=0)
    ((member, month, cents),) = gone
    difference = caught.value
    assert (difference.what, difference.whose) == ("money received", member)
    assert (difference.month, difference.portal, difference.model) == (month, None, cents)


def test_a_rounding_that_one_side_leaves_out_is_named(committed_db, monkeypatch):
    monkeypatch.setattr(
        model, "part_of", lambda cents, share: cents * share.numerator // share.denominator
    )
    with pytest.raises(Difference) as caught:
        lived(8, 1, fault_rate=0)
    assert caught.value.portal != caught.value.model


# ---- what it stands on --------------------------------------------------------------------------


def test_the_model_imports_nothing_of_what_it_checks():
    found = set()
    for module in (model, journal):
        for node in ast.walk(ast.parse(Path(module.__file__).read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add(node.module)
    ours = {name for name in found if name.partition(".")[0] not in sys.stdlib_module_names}
    assert ours == {"ipaportal.home.simulator.model"}


def test_the_same_seed_tells_the_same_story():
    def told(seed: int) -> list[bytes]:
        plan = Plan(
            Random(seed), "JUN", model.date(2024, 1, 1), 3, 30, [("2990000016", 7)], by_roster=False
        )
        return [sent.data for index in range(3) for sent in plan.month(index)]

    assert told(1) == told(1)
    assert told(1) != told(2)
