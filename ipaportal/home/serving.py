"""Runs web, worker and clock as child processes: restarted when they die, stopped together."""

import ctypes
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connections

from ipaportal.core import embedded
from ipaportal.core.refusals import Refused

PATIENCE_SECONDS = 60
STOP_SECONDS = 20
SHORT_LIFE_SECONDS = 10
MOST_SHORT_LIVES = 5
DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG


class ServingFailed(RuntimeError):
    """The address is taken, or a process keeps dying; the message says which, and its log."""


class Child:
    """One process, its log, and how often it died young."""

    def __init__(self, name: str, arguments: list[str], env: dict[str, str], log: Path) -> None:
        self.name, self.arguments, self.env, self.log = name, arguments, env, log
        self.short_lives = 0
        self.start()

    def start(self) -> None:
        """Start it; it gets SIGTERM when this process dies, even by kill -9."""
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(  # noqa: S603 (our own words only)
                [sys.executable, "-m", *self.arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self.env,
                start_new_session=True,  # Ctrl-C comes to us, who stop the children in order
                preexec_fn=_die_with_parent,
            )
        self.started = time.monotonic()

    def keep_alive(self) -> None:
        """
        Start it again if it died.

        :raises ServingFailed: if it keeps dying right after the start
        """
        if self.process.poll() is None:
            return
        if time.monotonic() - self.started > SHORT_LIFE_SECONDS:
            self.short_lives = 0
        self.short_lives += 1
        if self.short_lives > MOST_SHORT_LIVES:
            raise ServingFailed(f"The {self.name} process keeps stopping; see {self.log}.")
        self.start()


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGTERM)


def check_address(host: str, port: int) -> None:
    """
    Make sure nobody listens there; a portal that was just killed has some seconds to go.

    :raises ServingFailed: if somebody stays
    """
    deadline = time.monotonic() + STOP_SECONDS
    while True:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as taken:
                if time.monotonic() > deadline:
                    raise ServingFailed(
                        f"Port {port} is in use, so nothing was started. Choose another: --port."
                    ) from taken
            else:
                return
        time.sleep(0.5)


def start(host: str, port: int, folder: Path, env: dict[str, str]) -> list[Child]:
    """Start web, worker and clock."""
    logs = folder / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    for left in folder.glob("beat*"):  # a kill may leave it half written
        left.unlink()
    web = ["gunicorn", "ipaportal.wsgi", "--bind", f"{host}:{port}", "--workers", "2"]
    web += [
        "--worker-class",
        "gthread",
        "--threads",
        "4",
        "--timeout",
        "120",
        "--no-control-socket",
    ]
    worker = ["celery", "-A", "ipaportal", "worker", "--concurrency", str(os.cpu_count() or 1)]
    clock = ["celery", "-A", "ipaportal", "beat", "--pidfile="]
    commands = {
        "web": web,
        "worker": [*worker, "--loglevel", "INFO", "--without-mingle", "--without-gossip"],
        "clock": [*clock, "--loglevel", "INFO"],
    }
    return [Child(name, words, env, logs / f"{name}.log") for name, words in commands.items()]


def wait_until_served(host: str, port: int, children: list[Child]) -> None:
    """
    Wait for the first connection that succeeds.

    :raises ServingFailed: if there is none in time
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        for child in children:
            child.keep_alive()
        with suppress(OSError), socket.create_connection((host, port), timeout=1):
            return
        time.sleep(0.2)
    raise ServingFailed(f"The portal does not answer; see {children[0].log}.")


def watch(children: list[Child], each_time: Callable[[], None]) -> None:
    """Keep the children alive until an exception (a signal's) ends it."""
    while True:
        for child in children:
            child.keep_alive()
        each_time()
        time.sleep(1)


def stop(children: list[Child]) -> None:
    """Ask all to finish, and kill who does not."""
    for child in children:
        child.process.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for child in children:
        try:
            child.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(child.process.pid, signal.SIGKILL)
            child.process.wait()


# Commands that serve ---------------------------------------------------------------------------


def add_address(parser: ArgumentParser) -> None:
    """Let a command be told where to serve."""
    parser.add_argument("--host", default="127.0.0.1", help="address to serve at")
    parser.add_argument("--port", type=int, default=8000, help="port to serve at (8000)")


@contextmanager
def commanded(folder: Path) -> Iterator[None]:
    """
    What a command that serves does: alone in its data folder, until a signal ends it.

    :raises CommandError: if another one runs there, or something was refused
    """
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, _leave)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            raise CommandError(
                "A portal is already being made or served here; nothing was done. Stop that one "
                "first, or name another data folder by IPA_DATA_DIR."
            ) from taken
        try:
            yield
        except (ServingFailed, Refused) as failure:
            raise CommandError(str(failure)) from failure


def serve(host: str, port: int, env: dict[str, str], say: Callable[[], None]) -> None:
    """Serve until a signal comes, and stop everything then; `say` tells that it is served."""
    connections.close_all()
    children = start(host, port, settings.DATA_DIR, os.environ | env)
    try:
        wait_until_served(host, port, children)
        say()
        sys.stdout.flush()
        connections.close_all()
        watch(children, each_time=embedded.ensure)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        sys.stderr.write("Stopping, which takes some seconds …\n")
        stop(children)


def _leave(_number: int, _frame: object) -> None:
    raise SystemExit(0)
