"""Embedded servers: started, reused, found after kills, safe when two start at once, stopped."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from ipaportal.core import embedded

USE = """
import sys
from pathlib import Path
from ipaportal.core import embedded
embedded.ensure(Path(sys.argv[1]), durable=False)
print("ready", flush=True)
sys.stdin.read()
embedded.release(Path(sys.argv[1]))
"""


@pytest.fixture(autouse=True)
def _only_embedded(monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A data folder too deep for a socket path, with a space in its name."""
    with tempfile.TemporaryDirectory() as place:
        deep = Path(place) / ("deep " * 20) / "data"
        yield deep
        embedded.stop(deep)
        for left in embedded.socket_dir(deep).glob("*"):
            left.unlink()
        embedded.socket_dir(deep).rmdir()


def ask(folder: Path, question: str) -> object:
    with psycopg.connect(
        embedded.postgres_url(folder, embedded.SUPERUSER), autocommit=True
    ) as connection:
        cursor = connection.execute(question)
        return cursor.fetchone()[0] if cursor.description else None


def is_up(folder: Path) -> bool:
    return bool(embedded._processes(folder)) or embedded._redis_process(folder) is not None


def user_of(folder: Path) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", USE, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=embedded.PROJECT,
        text=True,
    )


def postmaster_pid(folder: Path) -> int:
    return int((folder / "postgres" / "postmaster.pid").read_text().split()[0])


def test_starts_both_and_stops_both_when_the_last_user_leaves(folder):
    embedded.ensure(folder, durable=False)
    assert ask(folder, "SHOW server_version_num").startswith("18")
    assert ask(folder, "SHOW listen_addresses") == ""
    assert redis.from_url(embedded.redis_url(folder)).ping()
    assert len(os.fsencode(embedded.socket_dir(folder) / embedded.PG_SOCKET)) <= 107
    assert embedded.socket_dir(folder).stat().st_mode & 0o077 == 0
    embedded.release(folder)
    assert not is_up(folder)


def test_leaves_them_to_another_user_and_finds_them_again(folder):
    other = user_of(folder)
    assert other.stdout.readline() == "ready\n"
    pid = postmaster_pid(folder)
    embedded.ensure(folder)
    assert postmaster_pid(folder) == pid
    embedded.release(folder)
    assert ask(folder, "SELECT 1") == 1
    _, noise = other.communicate(timeout=60)
    assert (other.returncode, noise) == (0, "")
    assert not is_up(folder)


def test_starts_once_when_several_start_at_once(folder):
    users = [user_of(folder) for _ in range(3)]
    assert [user.stdout.readline() for user in users] == ["ready\n"] * 3
    postmasters = [p for p in embedded._processes(folder) if "-D" in p.cmdline()]
    assert len(postmasters) == 1
    for user in users:
        user.communicate(timeout=60)
    assert not is_up(folder)


def test_starts_again_after_everything_was_killed(folder):
    user = user_of(folder)
    assert user.stdout.readline() == "ready\n"
    ask(folder, "CREATE TABLE kept AS SELECT 42 AS answer")
    victims = [*embedded._processes(folder), embedded._redis_process(folder)]
    for victim in victims:
        # PostgreSQL's own children leave by themselves once the first of them is gone.
        with contextlib.suppress(psutil.NoSuchProcess):
            victim.send_signal(signal.SIGKILL)
    user.kill()
    user.communicate()
    psutil.wait_procs(victims, timeout=20)
    assert (folder / "postgres" / "postmaster.pid").exists()
    embedded.ensure(folder, durable=False)
    assert ask(folder, "SELECT answer FROM kept") == 42
    assert redis.from_url(embedded.redis_url(folder)).ping()
    embedded.release(folder)


def test_starts_although_the_stale_pid_belongs_to_somebody_else(folder):
    stale = folder / "postgres" / "postmaster.pid"
    stale.write_text(f"{os.getpid()}\n{folder / 'postgres'}\n")
    (embedded.socket_dir(folder) / embedded.PG_SOCKET).touch()
    embedded.ensure(folder, durable=False)
    assert ask(folder, "SELECT 1") == 1
    embedded.release(folder)


def test_starts_again_when_its_socket_was_cleaned_away(folder):
    embedded.ensure(folder, durable=False)
    (embedded.socket_dir(folder) / embedded.PG_SOCKET).unlink()
    (embedded.socket_dir(folder) / embedded.REDIS_SOCKET).unlink()
    embedded.ensure(folder, durable=False)
    assert ask(folder, "SELECT 1") == 1
    assert redis.from_url(embedded.redis_url(folder)).ping()
    embedded.release(folder)


def test_begins_anew_after_a_kill_while_making_the_cluster(tmp_path):
    (tmp_path / "postgres.new").mkdir()
    (tmp_path / "postgres.new" / "PG_VERSION").write_text("18\n")
    embedded.ensure(tmp_path, durable=False)
    assert ask(tmp_path, "SELECT 1") == 1
    embedded.release(tmp_path)


def test_says_what_the_server_said_when_it_does_not_start(folder):
    version = folder / "postgres" / "PG_VERSION"
    kept = version.read_text()
    version.write_text("7\n")
    try:
        with pytest.raises(embedded.EmbeddedServerFailed, match="version 7"):
            embedded.ensure(folder, durable=False)
    finally:
        version.write_text(kept)
        embedded.release(folder)


def test_starts_nothing_where_servers_are_given(tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://db/portal")
    monkeypatch.setenv("REDIS_URL", "redis://cache/0")
    embedded.ensure(tmp_path / "unused")
    assert not (tmp_path / "unused").exists()


def test_starts_nothing_for_commands_that_need_no_database(tmp_path):
    done = subprocess.run(
        [sys.executable, "manage.py", "help", "tick"],
        cwd=embedded.PROJECT,
        env={"PATH": os.environ["PATH"], "IPA_DATA_DIR": str(tmp_path / "unused")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert not (tmp_path / "unused").exists()
