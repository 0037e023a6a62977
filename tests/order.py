"""
In which order tests run: the longest first, so that no worker waits for another at the end.

A worker runs the tests of a module in one piece, so that what they share (a kept world, a fixture
of the module's) is made once and not by every worker.

`--shuffle SEED` runs them in an order of its own instead, the same for the same seed: modules in
any order, and in any order within each. A test that fails then but not else depends on another.
"""

import random
from collections import Counter
from collections.abc import Iterable
from itertools import groupby

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.kept import world_taken_by

FIRST, WORLD, THEN, LAST, PURE = range(5)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let an order be asked for."""
    parser.addoption("--shuffle", type=int, metavar="SEED", help="run tests in this seed's order")


def weight_of(item: pytest.Item) -> int:
    """
    How early a test is begun.

    Browsers and what is marked slow, kept worlds, what commits, other databases, the rest.
    """
    if item.get_closest_marker("slow") or "page" in item.fixturenames:
        return FIRST
    if world_taken_by(item):
        return WORLD
    mark = item.get_closest_marker("django_db")
    commits = {"committed_db", "transactional_db", "live_server"} & set(item.fixturenames)
    if commits or (mark and mark.kwargs.get("transaction")):
        return THEN
    return LAST if "_django_db_helper" in item.fixturenames else PURE


def module_of(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]


def world_of(item: pytest.Item) -> str:
    """The name of the world that it takes; modules that take the same one lie beside each other."""
    return getattr(world_taken_by(item), "__name__", "")


def by_length(items: list[pytest.Item]) -> list[pytest.Item]:
    """The longest first, and of what is likely as long the modules with the most tests."""
    many = Counter(map(module_of, items))
    place = {
        item: (weight_of(item), world_of(item), -many[module_of(item)], module_of(item))
        for item in items
    }
    return sorted(items, key=place.__getitem__)


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
        items[:] = by_world(by_length(items))
    else:
        items[:] = shuffled(items, seed)


def pieces(names: Iterable[str]) -> dict[str, str]:
    """In which piece each test lies: those of a module that follow each other are one."""
    found = enumerate(groupby(names, lambda name: name.partition("::")[0]))
    return {name: f"{place} {module}" for place, (module, tests) in found for name in tests}


class ByModule(LoadScopeScheduling):
    """Gives a worker one piece after another, in the order in which the workers brought them."""

    def schedule(self) -> None:
        """Hand them out."""
        if self.collection is None:
            self.pieces = pieces(next(iter(self.registered_collections.values())))
        super().schedule()

    def _split_scope(self, nodeid: str) -> str:
        return self.pieces[nodeid]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByModule:
    """Let xdist ask it; the groups of its own do nothing under this pytest."""
    config.option.loadscopereorder = False
    return ByModule(config, log)
