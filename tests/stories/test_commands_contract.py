"""
The commands as scripts see them: real processes, their stdout, stderr and exit codes.

One embedded database of this module's own is migrated once; the demo's own story has its test in
tests/ipaportal/test_home_serving.py. Most commands run in forks of one process (`quick`), some are
started as scripts start them (`manage`).
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ipaportal.core import embedded
from tests.forks import Forks

SAMPLES = Path(__file__).resolve().parent.parent.parent.parent / "shared/samples"
COMMANDS = ("demo", "serve", "inspect", "receive", "month_end", "prove", "explain", "tick", "bench")
NEED_TABLES = (
    ("prove", "--json"),
    ("receive", "nothing", "--payer", "SUN", "--json"),
    ("month_end", "--month", "2026-03", "--json"),
    ("explain", "1-1-2026-01-1", "--json"),
    ("tick",),
)
pytestmark = [
    pytest.mark.skipif(bool(os.environ.get("DATABASE_URL")), reason="a data folder of its own"),
]
Run = Callable[..., subprocess.CompletedProcess]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder whose servers run for the module; nothing is in its database."""
    folder = tmp_path_factory.mktemp("data")
    embedded.ensure(folder, durable=False)
    yield folder
    embedded.release(folder)


@pytest.fixture(scope="module")
def env(folder: Path) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "IPA_DATA_DIR": str(folder)}


@pytest.fixture(scope="module")
def manage(folder: Path, env: dict[str, str]) -> Run:
    """Run `manage.py` on the folder; a traceback is never an answer."""

    def run(*words: object, given: bytes = b"") -> subprocess.CompletedProcess:
        done = subprocess.run(
            [sys.executable, str(embedded.PROJECT / "manage.py"), *map(os.fspath, words)],
            cwd=folder,
            env=env,
            input=given,
            capture_output=True,
            timeout=120,
        )
        assert b"Traceback" not in done.stderr, done.stderr.decode("utf-8", "replace")
        return done

    return run


@pytest.fixture(scope="module")
def quick(folder: Path, env: dict[str, str]) -> Iterator[Run]:
    """The same, in a fork."""
    forks = Forks(env)

    def run(*words: object, given: bytes = b"") -> subprocess.CompletedProcess:
        done = forks.run(*map(os.fspath, words), cwd=folder, given=given)
        assert b"Traceback" not in done.stderr, done.stderr.decode("utf-8", "replace")
        return done

    yield run
    forks.end()


@pytest.fixture(scope="module")
def prepared(manage: Run, quick: Run) -> Run:
    """The same, on migrated tables."""
    for words in NEED_TABLES:
        assert says(quick(*words), 1, "The database is not prepared", "manage.py migrate")
    assert manage("migrate", "-v0").returncode == 0
    return quick


def records(done: subprocess.CompletedProcess) -> list[dict]:
    """The JSON lines of stdout, which holds nothing else."""
    return [json.loads(line) for line in done.stdout.decode().splitlines()]


def says(done: subprocess.CompletedProcess, code: int, *texts: str) -> bool:
    """Whether a command ended so, with nothing on stdout and these words on stderr."""
    told = " ".join(done.stderr.decode().split())
    assert (done.returncode, done.stdout) == (code, b""), told
    assert [text for text in texts if text not in told] == [], told
    return True


@pytest.mark.parametrize("command", COMMANDS)
def test_explains_itself_without_a_server(command, quick):
    done = quick(command, "--help")
    assert (done.returncode, done.stderr) == (0, b"")
    assert f"manage.py {command}".encode() in done.stdout


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (("inspect",), 2, "required: FILE"),
        (("receive",), 2, "required: FILE, --payer"),
        (("receive", "a", "--payer", "NONE"), 1, "No payer has the code NONE. Nothing was"),
        (("receive", "a", "--payer", "NONE"), 1, "There is no payer yet."),
        (("receive", "a", "--payer", "A", "--as", "x@y.test"), 1, "No active user has the e-mail"),
        (("month_end",), 2, "required: --month"),
        (("month_end", "--month", "2026-13"), 1, "A month is written YYYY-MM"),
        (("month_end", "--month", "2026-03"), 0, "There is no active contract"),
        (("month_end", "--month", "2026-03", "--as", "x@y.test"), 1, "No active user has"),
        (("explain",), 2, "required: LINE"),
        (("explain", "nonsense"), 1, "A line is named run-member-YYYY-MM-payee"),
        (("explain", "1-1-2026-01-1"), 1, "1-1-2026-01-1: there is no such line."),
        (("tick",), 0, "0 steps taken."),
        (("bench",), 2, "required: name"),
        (("bench", "nothing"), 2, "invalid choice: 'nothing'"),
        (("bench", "x12", "--members", "0"), 1, "--members must be at least 1."),
        (("demo", "--members", "3", "--no-serve"), 1, "A demo needs 20 members or more"),
    ],
)
def test_says_what_is_wrong_on_stderr(words, code, text, prepared):
    done = prepared(*words)
    if words[0] == "demo":
        done.stdout = b""
    assert says(done, code, text)


def test_a_start_of_its_own_says_what_a_fork_says(manage, prepared):
    for words in (("tick", "--help"), ("receive",), ("month_end", "--month", "2026-13"), ("tick",)):
        started, forked = manage(*words), prepared(*words)
        assert started.returncode == forked.returncode, words
        assert (started.stdout, started.stderr) == (forked.stdout, forked.stderr)


@pytest.mark.usefixtures("prepared")
def test_proves_an_empty_portal(manage):
    done = manage("prove", "--json")
    assert (done.returncode, done.stderr) == (0, b"")
    proofs = records(done)
    assert len(proofs) > 10
    assert [p for p in proofs if set(p) != {"name", "rows", "seconds"} or p["rows"]] == []


def test_inspects_what_is_no_file(quick, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "empty").touch()
    odd = os.fsencode(tmp_path) + b"/caf\xe9"
    Path(os.fsdecode(odd)).write_bytes(b"a,b\n1,2\n")
    paths = [tmp_path / "absent", tmp_path, tmp_path / "pipe", "/dev/zero", tmp_path / "empty"]
    done = quick("inspect", "--json", *paths, "-", given=odd)
    assert (done.returncode, done.stderr) == (0, b"")
    *refused, table = records(done)
    assert [record["file"] for record in refused] == [str(path) for path in paths]
    assert {record["verdict"] for record in refused} == {"refused"}
    assert all(record["problems"][0]["message"].endswith(".") for record in refused)
    assert (table["format"], table["verdict"]) == ("csv", "ok")
    assert table["file"].endswith("caf\N{REPLACEMENT CHARACTER}")


def test_ends_quietly_when_nobody_reads_on(folder, tmp_path):
    (tmp_path / "table").write_bytes(b"a,b\n1,2\n")
    words = [sys.executable, str(embedded.PROJECT / "manage.py"), "inspect", "--json"]
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [*words, str(tmp_path / "table")],
        env={"PATH": os.environ["PATH"], "IPA_DATA_DIR": str(folder)},
        stdout=writing,
        stderr=subprocess.PIPE,
        timeout=60,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the public sample files are not here")
def test_inspects_every_public_sample_with_one_record_each(manage):
    paths = sorted(path for path in SAMPLES.rglob("*") if path.is_file())
    done = manage("inspect", "-", "--json", given="\n".join(map(str, paths)).encode())
    assert (done.returncode, done.stderr) == (0, b"")
    found = {record["file"]: record for record in records(done)}
    assert list(found) == [str(path) for path in paths]
    for record in found.values():
        assert record["verdict"] in ("ok", "unbalanced", "refused")
        assert (record["verdict"] == "ok") == (not record["problems"])
        assert record["bytes"] == Path(record["file"]).stat().st_size
    assert found[str(SAMPLES / "x12-820/hccinfhir__sample_820_01.txt")]["figures"] == {
        "interchanges": 1, "segments": 104, "transactions": {"820": 1},
        "versions": ["005010X218"], "envelope": "ok", "total": "102139.46",
        "remittance_total": "102139.46", "lines": 13, "members": 12, "adjustments": 0,
        "balanced": True,
    }  # fmt: skip
