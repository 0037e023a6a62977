"""`manage.py bench NAME`: a benchmark beside the thing it is compared to, as ratios."""

import json
from importlib import import_module
from pkgutil import iter_modules

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ipaportal.home import benches


class Command(BaseCommand):
    help = "Run a benchmark; --json prints its figures as the last line."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", choices=sorted(m.name for m in iter_modules(benches.__path__)))
        parser.add_argument("--members", type=int, default=None, help="how large the world is")
        parser.add_argument("--json", action="store_true", help="figures as one JSON line")

    def handle(self, *, name: str, members: int | None, **options: object) -> None:
        if members is not None and members < 1:
            raise CommandError("--members must be at least 1.")
        bench = import_module(f"{benches.__name__}.{name}")
        figures = bench.run(members=members, say=self.stderr.write)
        if options["json"]:
            self.stdout.write(json.dumps(figures))
            return
        for key, value in figures.items():
            self.stdout.write(f"{key}: {value}")
