"""A server's log brings back any moment: what the runbook says, done with the embedded programs."""

import os
import shutil
import subprocess
from pathlib import Path

import psycopg
import pytest

from ipaportal.core import embedded
from ipaportal.home.backups import _client

LOGGED = """
wal_level = replica
archive_mode = on
archive_command = 'test ! -f {archive}/%f && cp %p {archive}/.%f && mv {archive}/.%f {archive}/%f'
listen_addresses = ''
unix_socket_directories = '{sockets}'
fsync = off
"""
RECOVER = """
restore_command = 'cp {archive}/%f %p'
recovery_target_time = '{moment}'
recovery_target_action = 'promote'
"""


class Server:
    """A PostgreSQL of the test's own, that archives its log."""

    def __init__(self, place: Path) -> None:
        self.place, self.data, self.archive = place, place / "data", place / "archive"
        self.identity = embedded._as_database_user()
        self.archive.mkdir()
        if self.identity:
            for path in (place, self.archive):
                os.chown(path, self.identity["user"], self.identity["group"])
            embedded._let_through(place)

    def run(self, program: str, *words: str) -> None:
        output = self.place / f"{program}.out"
        with output.open("ab") as file:
            done = subprocess.run(
                [_client(program), *words],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                cwd="/",
                start_new_session=True,
                env={"PATH": os.environ["PATH"], "LC_ALL": "C", "TZ": "UTC"},
                **self.identity,
            )
        assert done.returncode == 0, output.read_text()

    def control(self, verb: str) -> None:
        words = ["-D", str(self.data), "-w", "-t", "60"]
        if verb == "start":
            words += ["-l", str(self.place / "log")]
        else:
            words += ["-m", "fast"]
        self.run("pg_ctl", verb, *words)

    def configure(self, text: str, **more: str) -> None:
        with (self.data / "postgresql.auto.conf").open("a") as file:
            file.write(text.format(archive=self.archive, sockets=self.place, **more))

    def touch(self, name: str) -> None:
        (self.data / name).touch()
        if self.identity:
            os.chown(self.data / name, self.identity["user"], self.identity["group"])

    def ask(self, *statements: str) -> list[tuple]:
        address = f"host={self.place} user=portal dbname=postgres"
        found = []
        with psycopg.connect(address, autocommit=True) as connection:
            for statement in statements:
                cursor = connection.execute(statement)
                found += cursor.fetchall() if cursor.description else []
        return found


@pytest.fixture
def server(short_folder):
    one = Server(short_folder)
    one.run(
        "initdb", "-D", str(one.data), "-U", "portal", "--auth=trust", "-E", "UTF8", "--locale=C"
    )
    one.configure(LOGGED)
    one.control("start")
    yield one
    one.control("stop")


@pytest.fixture
def short_folder(tmp_path_factory):
    """A folder whose sockets have short enough names."""
    folder = tmp_path_factory.mktemp("pit")
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def test_brings_back_the_moment_before_a_mistake(server):
    server.ask("CREATE TABLE paid (trace text PRIMARY KEY)", "INSERT INTO paid VALUES ('1')")
    base = str(server.place / "base")
    server.run(
        *("pg_basebackup", "-h", str(server.place), "-U", "portal", "-D", base),
        *("-X", "none", "-c", "fast", "--no-manifest"),
    )
    server.ask("INSERT INTO paid VALUES ('2')")
    ((moment,),) = server.ask("SELECT clock_timestamp()::text")
    server.ask("SELECT pg_sleep(0.01)", "DELETE FROM paid", "SELECT pg_switch_wal()::text")
    server.control("stop")

    shutil.rmtree(server.data)
    os.rename(base, server.data)
    server.configure(RECOVER, moment=moment)
    server.touch("recovery.signal")
    server.control("start")
    with psycopg.connect(f"host={server.place} user=portal dbname=postgres") as connection:
        found = connection.execute("SELECT trace FROM paid ORDER BY trace").fetchall()
    assert found == [("1",), ("2",)], "what was committed by then, and the mistake undone"
