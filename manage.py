#!/usr/bin/env python
"""Command line of the portal: `uv run manage.py help` lists what it can do."""

import os
import signal
import sys
from contextlib import nullcontext

from django.core.management import execute_from_command_line

from ipaportal.core import embedded
from ipaportal.core.scopes import EVERYBODY, seeing

NEED_NO_SERVERS = {"help", "version", "--version", "inspect", "diffsettings"}


def main() -> None:
    """Run a command, with the embedded servers where it needs a database."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ipaportal.settings")
    words = sys.argv[1:]
    alone = not words or words[0] in NEED_NO_SERVERS or {"-h", "--help"} & set(words)
    with nullcontext() if alone else embedded.servers(), seeing(EVERYBODY):
        try:
            execute_from_command_line(sys.argv)
            sys.stdout.flush()
        except BrokenPipeError:  # whoever read our output (`| head`) has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(128 + signal.SIGPIPE)


if __name__ == "__main__":
    main()
