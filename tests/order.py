"""
In which order tests run: the longest first, so that no worker waits for another at the end.

`--shuffle SEED` runs them in an order of its own instead, the same for the same seed: modules in
any order, and in any order within each. A test that fails then but not else depends on another.
"""

import random
from itertools import groupby

import pytest

from tests.kept import world_taken_by

FIRST, THEN, LAST = range(3)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let an order be asked for."""
    parser.addoption("--shuffle", type=int, metavar="SEED", help="run tests in this seed's order")


def weight_of(item: pytest.Item) -> int:
    """How early a test is begun: browsers and what is marked slow, what commits, the rest."""
    if item.get_closest_marker("slow") or "page" in item.fixturenames:
        return FIRST
    mark = item.get_closest_marker("django_db")
    commits = {"committed_db", "transactional_db", "live_server"} & set(item.fixturenames)
    return THEN if commits or (mark and mark.kwargs.get("transaction")) else LAST


def module_of(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]


def by_world(items: list[pytest.Item]) -> list[pytest.Item]:
    """The tests of each module, those that take the same kept world beside each other."""
    ordered = []
    for _, tests in groupby(items, module_of):
        worlds: dict[object, list[pytest.Item]] = {}
        for item in tests:
            worlds.setdefault(world_taken_by(item), []).append(item)
        ordered += [item for beside in worlds.values() for item in beside]
    return ordered


def shuffled(items: list[pytest.Item], seed: int) -> list[pytest.Item]:
    """Modules in any order, and the tests of each."""
    chance = random.Random(seed)
    modules: dict[str, list[pytest.Item]] = {}
    for item in sorted(items, key=lambda item: item.nodeid):
        modules.setdefault(module_of(item), []).append(item)
    groups = list(modules.values())
    chance.shuffle(groups)
    for tests in groups:
        chance.shuffle(tests)
    return [item for tests in groups for item in tests]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Bring them into order; every worker does the same."""
    seed = config.getoption("shuffle")
    if seed is None:
        items[:] = by_world(sorted(items, key=lambda item: (weight_of(item), module_of(item))))
    else:
        items[:] = shuffled(items, seed)
