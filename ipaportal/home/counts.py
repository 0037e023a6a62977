"""
Counting requests, in every process for itself, added up over all of them when asked.

A process keeps its counts in a file beside a lock that it holds. The kernel drops the lock when
the process dies, however it dies: then whoever adds up next takes its counts over, so that a
counter never runs backwards.
"""

import fcntl
import json
import os
import threading
import time
import uuid
from contextlib import contextmanager, suppress
from pathlib import Path

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
KEEP_EVERY_SECONDS = 1.0
GONE = "gone.json"
Tally = dict[str, dict[str, list[float]]]


class Counts:
    """The counts of one process: answers by view and status, and how long they took."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._guard = threading.Lock()
        self._begin()

    def _begin(self) -> None:
        self._pid, self._name, self._lock = os.getpid(), uuid.uuid4().hex, -1
        self._tally: Tally = {"answers": {}, "seconds": {}}
        self._kept_at = 0.0

    def add(self, view: str, status: int, seconds: float) -> None:
        """Count an answer; the file may be a second behind."""
        with self._guard:
            if self._pid != os.getpid():  # a forked child begins at nothing
                self._begin()
            self._tally["answers"].setdefault(f"{view} {status}", [0])[0] += 1
            spread = self._tally["seconds"].setdefault(view, [0] * (len(SECONDS) + 1) + [0.0])
            spread[next((n for n, most in enumerate(SECONDS) if seconds <= most), -2)] += 1
            spread[-1] += seconds
            if time.monotonic() - self._kept_at > KEEP_EVERY_SECONDS:
                self._keep()

    def total(self) -> Tally:
        """The counts of every process, those that are gone included."""
        with self._guard:
            self._keep()
        with _locked(self.folder / "total.lock"):
            gone = _read(self.folder / GONE)
            whole: Tally = {}
            for file in sorted(self.folder.glob("*.json")):
                if file.name != GONE:
                    self._take(file, whole, gone)
            _write(self.folder / GONE, gone)
            _merge(whole, gone)
        return whole

    def _take(self, file: Path, whole: Tally, gone: Tally) -> None:
        lock = file.with_suffix(".lock")
        if file.stem == self._name or not _is_free(lock):
            _merge(whole, _read(file))
            return
        _merge(gone, _read(file))
        _write(self.folder / GONE, gone)
        file.unlink(missing_ok=True)
        lock.unlink(missing_ok=True)

    def _keep(self) -> None:
        """Write the file; a disk that is full or read-only must not stop an answer."""
        self._kept_at = time.monotonic()
        with suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            if self._lock < 0:
                self._lock = os.open(self.folder / f"{self._name}.lock", os.O_RDWR | os.O_CREAT)
                fcntl.flock(self._lock, fcntl.LOCK_EX)
            _write(self.folder / f"{self._name}.json", self._tally)


def _merge(into: Tally, other: Tally) -> None:
    for kind, rows in other.items():
        mine = into.setdefault(kind, {})
        for name, numbers in rows.items():
            before = mine.get(name, [0] * len(numbers))
            mine[name] = [a + b for a, b in zip(before, numbers, strict=True)]


def _read(path: Path) -> Tally:
    try:
        return json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return {}


def _write(path: Path, tally: Tally) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(json.dumps(tally))
    draft.rename(path)


def _is_free(lock: Path) -> bool:
    """Whether nobody holds a lock: its process is gone."""
    with suppress(FileNotFoundError):
        handle = os.open(lock, os.O_RDWR)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        finally:
            os.close(handle)
    return True


@contextmanager
def _locked(path: Path):
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
