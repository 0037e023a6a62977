"""`manage.py verify_audit EXPORT`: checks an export offline; it opens no database."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ipaportal.audit.verifier import ALTERED, as_text, verify


class Command(BaseCommand):
    help = "Check an export of the audit log; exit 2 if anything was altered."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("export", type=Path, help="the folder of the export")
        parser.add_argument("--checkpoint", type=Path, help="a checkpoint kept outside")
        parser.add_argument("--key", help="the public key as it was given to you")
        parser.add_argument("--json", action="store_true", help="one JSON line")

    def handle(
        self, *, export: Path, checkpoint: Path | None, key: str | None, json: bool, **_: object
    ) -> None:
        try:
            outside = checkpoint.read_text("utf-8") if checkpoint else None
        except (OSError, UnicodeDecodeError) as failure:
            raise CommandError(f"The checkpoint cannot be read: {failure}") from failure
        report = verify(export, outside, key)
        self.stdout.write(as_json(asdict(report)) if json else as_text(report))
        if report.faults:
            sys.exit(ALTERED)


def as_json(figures: dict[str, object]) -> str:
    return json.dumps(figures)
