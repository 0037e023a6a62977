"""
Worlds that are kept: made once, and found as they were made by every test that takes them.

A kept world lies in a transaction around those of the tests, and each test rolls back to it. Tests
of a module that take the same world share it, and so do modules that lie beside each other. The
first test with a database that takes another, or none, has ended it before it begins, so that no
test sees rows it did not ask for, in whatever order tests run. Tests that commit take no kept one.
"""

from collections.abc import Callable
from copy import deepcopy
from typing import TypeVar

import pytest
from django.db import connection, transaction

T = TypeVar("T")


class Keeper:
    """Holds one world at a time."""

    def __init__(self) -> None:
        self.make: Callable | None = None
        self.world: object = None
        self.around: transaction.Atomic | None = None

    def stand_on(self, make: Callable | None) -> None:
        """Have the world that this makes in the database, and no other."""
        if make is self.make:
            return
        self.end()
        if make is None:
            return
        self.around = transaction.atomic()
        self.around._from_testcase = True  # code under test may ask to be outermost
        self.around.__enter__()
        self.make = make
        try:
            self.world = make()
            connection.check_constraints()  # here and now, not at the end of every test
        except BaseException:
            self.end()
            raise

    def end(self) -> None:
        """Leave nothing of it."""
        if self.around is not None:
            around, self.around, self.make, self.world = self.around, None, None, None
            transaction.set_rollback(True)
            around.__exit__(None, None, None)


KEEPER = Keeper()


def kept(make: Callable[[], T]) -> Callable[[], T]:
    """A fixture of the same name: the test's own copy of what `make` returned."""

    def give() -> T:
        assert KEEPER.make is make, f"take the kept {make.__name__} by name, in a plain django_db"
        return deepcopy(KEEPER.world)

    give.__doc__, give.makes = make.__doc__, make
    return pytest.fixture(name=make.__name__)(give)


def world_taken_by(item: pytest.Item) -> Callable | None:
    """What makes the kept world that a test takes, itself or through its fixtures."""
    definitions = item._fixtureinfo.name2fixturedefs.values()
    found = {make for given in definitions if (make := getattr(given[-1].func, "makes", None))}
    assert len(found) <= 1, "a test can stand on one kept world only"
    return found.pop() if found else None


@pytest.fixture
def ground(request, django_db_setup, django_db_blocker) -> None:
    """The kept world that the test takes, or none, below the test's own transaction."""
    commits = {"transactional_db", "live_server"} & set(request.fixturenames)
    mark = request.node.get_closest_marker("django_db")
    commits = commits or (mark is not None and mark.kwargs.get("transaction"))
    wanted = world_taken_by(request.node)
    assert not (commits and wanted), "a test that commits cannot stand on a kept world"
    with django_db_blocker.unblock():
        KEEPER.stand_on(wanted)


@pytest.fixture
def _django_db_helper(ground: None, _django_db_helper: None) -> None:
    """pytest-django's own, on that ground (it opens the test's transaction)."""
