"""Secrets given as files: `DATABASE_URL_FILE=/run/secrets/database_url` and the like."""

import sys
from collections.abc import MutableMapping
from pathlib import Path

NAMES = (
    *("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "SECRET_KEY", "EMAIL_HOST_PASSWORD"),
    *("IPA_SETUP_TOKEN", "METRICS_TOKEN"),
)


def take(environment: MutableMapping[str, str]) -> None:
    """
    Read each secret whose file is named into its variable; a variable that is set stays.

    :raises SystemExit: if a file is named that cannot be read; never falls back to no secret
    """
    for name in NAMES:
        place = environment.get(f"{name}_FILE")
        if place and not environment.get(name):
            try:
                environment[name] = Path(place).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as failure:
                why = type(failure).__name__
                sys.exit(f"{name}_FILE cannot be read ({why}). Nothing was started.")
