"""The tests' own tools: kept worlds, what is left behind, and the order."""

import logging
import os

import pytest

from ipaportal.identity.models import Party
from tests.hygiene import differences, state
from tests.kept import kept
from tests.order import pieces

made = []


@kept
def house():
    made.append(Party.objects.create(kind="practice", name="kept"))
    return ["as made"]


def names() -> set[str]:
    return set(Party.objects.values_list("name", flat=True))


@pytest.mark.django_db
@pytest.mark.parametrize("_again", [1, 2, 3])
def test_finds_a_kept_world_as_it_was_made(house, _again):
    assert (names(), house) == ({"kept"}, ["as made"])
    house.append("mine")
    Party.objects.update(name="changed")
    Party.objects.create(kind="practice", name="mine")


@pytest.mark.django_db
def test_sees_nothing_of_a_world_it_did_not_take():
    assert names() == set()


def test_a_committing_test_sees_nothing_of_it_either(committed_db):
    assert names() == set()


def test_names_what_a_test_leaves_behind(monkeypatch):
    before = state()
    assert differences(before, state()) == {}
    logger, root = logging.getLogger("tests.left"), logging.getLogger()
    monkeypatch.setattr(logger, "disabled", True)
    monkeypatch.setattr(root, "level", logging.CRITICAL)
    monkeypatch.setenv("IPA_LEFT", "secret")
    found = differences(before, state())
    assert found["environment"] == ["IPA_LEFT"]
    assert found["silenced loggers"][1] - found["silenced loggers"][0] == {"tests.left"}
    assert found["level of all loggers"][1][0] == logging.CRITICAL
    assert "secret" not in str(found), "values of an environment are nobody's business"
    assert os.environ["IPA_LEFT"] == "secret"


def test_gives_a_worker_what_lies_beside_each_other_in_a_module():
    found = pieces(["a.py::one", "a.py::two[x::y]", "b.py::one", "a.py::three"])
    assert list(found.values()) == ["0 a.py", "0 a.py", "1 b.py", "2 a.py"]
