"""Size and shape of what we write, and what no tracked file may contain."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.architecture import arrows

MOST_LINES, MOST_COLUMNS = 500, 100
# Written in parts, so that this file does not contain what it looks for.
FOREIGN = re.compile(
    "|".join(
        [
            r"(?<![\w.])/(?:home|Users)/[a-z]\w*/",
            "(?<![\\w.])/ro" + "ot/",
            "(?<![\\w.])/wo" + r"rk/(?:main|shared)\b",
            r"py" + r"pi\.org|python" + r"hosted\.org|npm" + r"js\.(?:org|com)",
            "proxy" + r"\.golang\.org|crates" + r"\.io",
            "index-" + "url|extra-" + "index",
        ]
    )
)


def written() -> list[Path]:
    """Python and SQL by hand: migrations are generated."""
    roots = [*arrows.DOMAIN_APPS, "ipaportal", "tests"]
    found = [path for root in roots for path in (arrows.PROJECT / root).rglob("*.*")]
    return [
        path for path in found if path.suffix in {".py", ".sql"} and "migrations" not in path.parts
    ]


def tracked() -> list[Path]:
    done = subprocess.run(
        ["git", "ls-files", "-z"], cwd=arrows.PROJECT, capture_output=True, check=True, text=True
    )
    paths = [arrows.PROJECT / name for name in done.stdout.split("\0") if name]
    return [path for path in paths if path.is_file()]


def too_big(text: str) -> list[str]:
    lines = text.splitlines()
    faults = [f"{len(lines)} lines"] if len(lines) > MOST_LINES else []
    return faults + [f"line {n}" for n, line in enumerate(lines, 1) if len(line) > MOST_COLUMNS]


def test_keeps_files_and_lines_short():
    assert {str(path): found for path in written() if (found := too_big(path.read_text()))} == {}


def test_refuses_long_files_and_lines():
    assert too_big("x\n" * 501) == ["501 lines"]
    assert too_big("x" * 101) == ["line 1"]
    assert too_big(("x" * 100 + "\n") * 500) == []


def test_keeps_functions_short():
    python = [path for path in written() if path.suffix == ".py"]
    found = {str(path): arrows.long_functions(path.read_text()) for path in python}
    assert {path: names for path, names in found.items() if names} == {}


def test_refuses_a_long_function():
    body = "    x = 1\n"
    assert arrows.long_functions("def f():\n" + body * 69) == []
    assert arrows.long_functions("def f():\n" + body * 70) == ["f (71 lines)"]


@pytest.mark.parametrize("find", [arrows.inner_imports, arrows.relative_imports])
def test_keeps_imports_at_the_top_and_absolute(find):
    found = {name: find(text) for name, text in arrows.sources().items()}
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_refuses_hidden_imports():
    assert arrows.inner_imports("def f():\n    if x:\n        import os\n") == [3]
    assert arrows.relative_imports("from . import models\n") == [1]


def test_has_no_drawer_for_everything():
    assert [name for name in arrows.sources() if name.endswith((".utils", ".helpers"))] == []


def test_tracks_no_machine_paths_and_no_package_registries():
    found = {}
    for path in tracked():
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        if hits := FOREIGN.findall(text):
            found[str(path)] = hits
    assert found == {}


@pytest.mark.parametrize(
    "text", ["cd /ro" + "ot/portal", "x=/home/" + "ann/data", "https://py" + "pi.org/simple"]
)
def test_refuses_machine_paths_and_registries(text):
    assert FOREIGN.search(text)
