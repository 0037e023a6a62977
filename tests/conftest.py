"""
What every test stands on: embedded servers of the tests' own, and cloned databases.

A plain `django_db` test rolls back. A test that commits (`django_db(transaction=True)`, or the
fixtures `committed_db`, `transactional_db`, `live_server`) leaves a used database behind;
append-only tables refuse TRUNCATE, so its database is dropped and cloned afresh.
"""

import gc
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator

import pytest
from django.core.cache import cache
from hypothesis import HealthCheck, settings

from ipaportal.core import embedded

embedded.ensure(durable=False)

settings.register_profile(
    "ci",
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.register_profile("explore", settings.get_profile("ci"), max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

pytest_plugins = ["tests.kept", "tests.databases", "tests.order", "tests.hygiene"]


@pytest.fixture(autouse=True)
def empty_cache() -> Iterator[None]:
    """Forget between tests what outlives a rolled-back database, above all counts of sign-ins."""
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def own_checkpoints(tmp_path_factory, monkeypatch, settings) -> None:
    """Keep what a test's database seals apart from every other's, in workers it starts too."""
    folder = tmp_path_factory.getbasetemp() / f"checkpoints-{secrets.token_hex(8)}"
    monkeypatch.setenv("CHECKPOINT_FOLDER", str(folder))
    settings.CHECKPOINT_FOLDER = folder


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name bytes by their argument: packed ones hold the time, and workers must agree on names."""
    return argname if isinstance(val, bytes) else None


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """
    Keep the run's files in a folder of its own.

    pytest shuts the one that runs share each time that one starts, and servers which another
    run started there as PostgreSQL's user find their own files no more.
    """
    if not (config.option.basetemp or hasattr(config, "workerinput")):
        config.option.basetemp = tempfile.mkdtemp(prefix="ipa-tests-")
        config.add_cleanup(lambda: shutil.rmtree(config.option.basetemp, ignore_errors=True))


def pytest_collection_finish() -> None:
    """Let the collector pass over what stays for the whole run, and look at the rest seldom."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 10, 20)


def pytest_unconfigure() -> None:
    """Stop the embedded servers when no other test process uses them."""
    embedded.release()
