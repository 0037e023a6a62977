"""`manage.py simulate --seed S --months M`: a seeded story beside a model that checks each cent."""

import json
import sys
import tempfile
import time

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.test import override_settings

from ipaportal.core.months import add_months
from ipaportal.home.scratch import scratch_database
from ipaportal.home.simulator.comparing import Difference
from ipaportal.home.simulator.story import Story, begin, live

DIFFERS = 2
FEWEST = 10


class Command(BaseCommand):
    help = "Simulate months of an IPA's life in a scratch database; exit 2 where a cent differs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", type=int, required=True, help="the same seed, the same story")
        parser.add_argument("--months", type=int, default=6)
        parser.add_argument("--members", type=int, default=200)
        parser.add_argument("--pcps", type=int, default=12)
        parser.add_argument("--json", action="store_true", help="figures as one JSON line")

    def handle(self, *, seed: int, months: int, members: int, pcps: int, **options: object) -> None:
        if months < 1 or members < FEWEST or pcps < 1:
            raise CommandError(f"Give at least 1 month, {FEWEST} members and 1 PCP.")
        started = time.monotonic()
        with (
            tempfile.TemporaryDirectory() as folder,
            override_settings(DATA_DIR=folder),
            scratch_database(f"ipa_simulation_{seed}"),
        ):
            story = begin(seed, months, members, pcps)
            difference = self._live(story)
            figures = figures_of(story, members, pcps, difference)
        figures["seconds"] = round(time.monotonic() - started, 1)
        self._say(figures, as_json=options["json"])
        if difference is not None:
            sys.exit(DIFFERS)

    def _live(self, story: Story) -> Difference | None:
        for index in range(story.months):
            begun = time.monotonic()
            try:
                live(story, index)
            except Difference as difference:
                month = add_months(story.first, index)
                self.stderr.write(f"Seed {story.seed}, in the life of {month:%Y-%m}: {difference}")
                return difference
            self.stderr.write(
                f"{add_months(story.first, index):%Y-%m}: {story.figures:,} figures agree, "
                f"{story.faults.injected():,} faults so far "
                f"({time.monotonic() - begun:.1f} s)"
            )
        return None

    def _say(self, figures: dict[str, object], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(figures))
            return
        for name, value in figures.items():
            self.stdout.write(f"{name}: {value}")


def figures_of(
    story: Story, members: int, pcps: int, difference: Difference | None
) -> dict[str, object]:
    """What a simulation came to."""
    return {
        "seed": story.seed,
        "months": story.months,
        "members": members,
        "pcps": pcps,
        "first_month": f"{story.first:%Y-%m}",
        "figures_compared": story.figures,
        "invariants_proven": story.proofs,
        "faults_injected": story.faults.injected(),
        "counts": dict(sorted(story.faults.counts.items())),
        "difference": str(difference) if difference else None,
    }
