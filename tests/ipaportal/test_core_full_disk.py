"""A disk that is full or cannot be written: a clean error, no half file, and on it goes after."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from ipaportal.core.files import is_stored, read_stored, store
from ipaportal.home import pulse
from tests.architecture.arrows import PROJECT
from tests.ipaportal.test_home_point_in_time import Server

# A limit on the size of files ends a write as a full disk does: with an error in the middle.
SCRIPT = """
import os, resource, signal, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
import django; django.setup()
from django.conf import settings
from ipaportal.core.files import store
settings.DATA_DIR = sys.argv[1]
store(b"small")
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
try:
    store(os.urandom(3_000_000))
except OSError as failure:
    print("refused", failure.errno)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print(store(b"after").sha256)
"""


def left_in(folder) -> list[str]:
    return sorted(path.name for path in (folder / "files").rglob("*") if path.is_file())


def test_a_write_that_ends_in_the_middle_leaves_no_half_file(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path)], cwd=PROJECT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    said, after = done.stdout.split("\n")[:2]
    assert said == "refused 27"
    whole = left_in(tmp_path)
    assert len(whole) == 2, "the one before and the one after; no draft, no half"
    assert after in whole


def test_a_folder_that_cannot_be_written_refuses_and_then_goes_on(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    (tmp_path / "files").write_text("in the way")
    with pytest.raises(OSError, match="files"):
        store(b"a plan's file")
    (tmp_path / "files").unlink()
    stored = store(b"a plan's file")
    assert is_stored(stored.sha256)
    assert read_stored(stored.sha256) == b"a plan's file"
    pulse.leave("tick")


SMALL = """
restart_after_crash = off
max_wal_size = 64MB
min_wal_size = 2MB
listen_addresses = ''
unix_socket_directories = '{sockets}'
"""
MORE_THAN_FITS = (
    "INSERT INTO paid SELECT 'lost ' || n || repeat(gen_random_uuid()::text, 50)"
    " FROM generate_series(1, 9000) n"
)


@pytest.fixture
def small_disk(tmp_path_factory) -> Iterator[Path]:
    """A disk of 24 MB, for the server's log alone."""
    folder = tmp_path_factory.mktemp("full")
    disk = folder / "disk"
    disk.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(disk)]
    if os.getuid() != 0 or subprocess.run(mounting, capture_output=True).returncode != 0:
        pytest.skip("only root, where it may mount, makes a disk small enough to be filled")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def server(small_disk) -> Iterator[Server]:
    one = Server(small_disk.parent)
    log = small_disk / "log_of_the_server"
    log.mkdir()
    if one.identity:
        os.chown(log, one.identity["user"], one.identity["group"])
    one.run(
        *("initdb", "-D", str(one.data), "-X", str(log), "--wal-segsize=1", "-U", "portal"),
        *("--auth=trust", "-E", "UTF8", "--locale=C"),
    )
    one.configure(SMALL)
    one.control("start")
    yield one
    one.control("stop")


def test_a_full_disk_under_the_servers_log_loses_nothing_that_was_committed(server, small_disk):
    server.ask("CREATE TABLE paid (trace text)", "INSERT INTO paid VALUES ('before')")
    running = psutil.Process(int((server.data / "postmaster.pid").read_text().split()[0]))
    free = shutil.disk_usage(small_disk).free
    (small_disk / "in the way").write_bytes(bytes(free - 3_000_000))
    with pytest.raises(psycopg.OperationalError):
        server.ask(MORE_THAN_FITS)
    psutil.wait_procs([running], timeout=60)
    with pytest.raises(psycopg.OperationalError):  # nothing is taken that could not be kept
        server.ask("INSERT INTO paid VALUES ('meanwhile')")
    assert "No space left on device" in (server.place / "log").read_text()

    (small_disk / "in the way").unlink()
    server.control("start")
    assert server.ask("SELECT trace FROM paid") == [("before",)]
    server.ask("INSERT INTO paid VALUES ('after')")
    assert server.ask("SELECT trace FROM paid") == [("before",), ("after",)]
