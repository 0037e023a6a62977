"""
For containers: `python -m ipaportal.home.probe web|worker`, exit 0 if that part is well.

It asks as a stranger does, by a name that ALLOWED_HOSTS takes, and loads no Django.
"""

import http.client
import os
import sys
import time
from pathlib import Path

PORT = 8000
SILENT_SECONDS = 300


def web() -> bool:
    """Whether this machine's web process says that it is ready, or only degraded."""
    hosts = os.environ.get("ALLOWED_HOSTS", "").split(",")
    name = next((host.strip().lstrip(".") for host in hosts if host.strip(" *")), "localhost")
    asking = http.client.HTTPConnection("127.0.0.1", int(os.environ.get("PORT", PORT)), timeout=5)
    try:
        asking.request("GET", "/health/ready", headers={"Host": name})
        return asking.getresponse().status == 200
    except OSError:
        return False
    finally:
        asking.close()


def worker() -> bool:
    """Whether a worker took the clock's tick lately: then worker, broker and clock are well."""
    try:
        last = (Path(os.environ["IPA_DATA_DIR"]) / "pulse" / "tick.json").stat().st_mtime
    except (KeyError, OSError):
        return False
    return time.time() - last < SILENT_SECONDS


if __name__ == "__main__":
    sys.exit(0 if {"web": web, "worker": worker}[sys.argv[1]]() else 1)
