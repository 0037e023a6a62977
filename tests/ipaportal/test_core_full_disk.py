"""A disk that is full or cannot be written: a clean error, no half file, and on it goes after."""

import subprocess
import sys

import pytest

from ipaportal.core.files import is_stored, read_stored, store
from ipaportal.home import pulse
from tests.architecture.arrows import PROJECT

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
