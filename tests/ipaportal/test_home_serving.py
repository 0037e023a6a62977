"""The processes of a portal on one machine, and the sweep that needs none."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from ipaportal.core import embedded
from ipaportal.home import serving, steps

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
WAITING = {"a": 0, "b": 0}


def step_a(now: datetime) -> int:
    """Each step of a leaves one of b waiting."""
    assert now == NOON
    taken = min(WAITING["a"], 1)
    WAITING["a"] -= taken
    WAITING["b"] += taken
    return taken


def step_b(now: datetime) -> int:
    taken, WAITING["b"] = WAITING["b"], 0
    return taken


def step_forever(now: datetime) -> int:
    return 1


def test_steps_until_nothing_waits(settings):
    settings.TICK_STEPS = [f"{__name__}.step_b", f"{__name__}.step_a"]
    WAITING.update(a=3, b=2)
    assert steps.take_steps(NOON) == 8
    assert WAITING == {"a": 0, "b": 0}
    assert steps.take_steps(NOON) == 0


def test_ends_a_sweep_that_never_would(settings, monkeypatch):
    settings.TICK_STEPS = [f"{__name__}.step_forever"]
    monkeypatch.setattr(steps, "MOST_ROUNDS", 5)
    with pytest.raises(steps.NeverDone, match="step_forever"):
        steps.take_steps(NOON)


def test_refuses_a_port_in_use(monkeypatch):
    monkeypatch.setattr(serving, "STOP_SECONDS", 0)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(serving.ServingFailed, match="in use"):
            serving.check_address("127.0.0.1", other.getsockname()[1])


def test_starts_a_child_again_but_not_for_ever(tmp_path):
    child = serving.Child("clock", ["this"], dict(os.environ), tmp_path / "clock.log")
    for _ in range(serving.MOST_SHORT_LIVES):
        child.process.wait()
        child.keep_alive()
    child.process.wait()
    with pytest.raises(serving.ServingFailed, match=r"clock process keeps stopping.*clock\.log"):
        child.keep_alive()


@pytest.fixture
def own_env(tmp_path: Path) -> Iterator[dict[str, str]]:
    folder = tmp_path / "data"
    yield {
        "PATH": os.environ["PATH"],
        "IPA_DATA_DIR": str(folder),
        "DJANGO_SETTINGS_MODULE": "ipaportal.settings",
    }
    embedded.stop(folder)


def manage(env: dict[str, str], *words: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "manage.py", *words],
        cwd=embedded.PROJECT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def address_of(process: subprocess.Popen) -> str:
    for line in process.stdout:
        if "http://" in line:
            return line.split()[-1]
    raise AssertionError(process.stderr.read())


@pytest.mark.slow
@pytest.mark.skipif(bool(os.environ.get("DATABASE_URL")), reason="the portal's own servers")
def test_serves_stops_and_serves_again_after_a_kill(own_env):
    port = str(free_port())
    first = manage(own_env, "serve", "--port", port)
    assert address_of(first) == f"http://localhost:{port}/setup/"
    children = psutil.Process(first.pid).children(recursive=True)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    assert psutil.wait_procs(children, timeout=40)[1] == []

    second = manage(own_env, "serve", "--port", port)
    assert address_of(second) == f"http://localhost:{port}/setup/"
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=30) as answer:
        assert answer.status == 200
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    refused = manage(own_env, "demo", "--no-serve")
    assert "already being made or served" in refused.communicate(timeout=60)[1]
    assert refused.returncode == 1
    children = psutil.Process(second.pid).children(recursive=True)
    second.terminate()
    assert (second.communicate(timeout=60)[0] is not None, second.returncode) == (True, 0)
    assert psutil.wait_procs(children, timeout=20)[1] == []
    assert not (Path(own_env["IPA_DATA_DIR"]) / "postgres" / "postmaster.pid").exists()
