"""When a regular job last ran: a small file each in the data folder, for probes and metrics."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings


def leave(name: str, **facts: object) -> None:
    """Write that a job ran just now, and what it found."""
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".{name}.{os.getpid()}"
    draft.write_text(json.dumps(facts))
    draft.rename(folder / f"{name}.json")


def age_seconds(name: str, now: datetime) -> float | None:
    """How long ago a job ran; None if it never did here."""
    try:
        ran = (_folder() / f"{name}.json").stat().st_mtime
    except OSError:
        return None
    return max((now - datetime.fromtimestamp(ran, UTC)).total_seconds(), 0.0)


def found(name: str) -> dict[str, object]:
    """What it found; nothing if it never ran here."""
    try:
        return json.loads((_folder() / f"{name}.json").read_text())
    except (OSError, ValueError):
        return {}


def _folder() -> Path:
    return Path(settings.DATA_DIR) / "pulse"
