"""`manage.py screen`: screens everyone in the network against the loaded exclusion lists."""

import sys
from collections.abc import Iterator
from json import dumps
from pathlib import Path

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from credentialing.actions.screening_lists import code_of, parse_list
from credentialing.actions.screening_runs import NoLists, advance_run, start_run
from credentialing.models import ScreeningResult, ScreeningRun
from credentialing.queries.screening_matches import matches
from credentialing.queries.screening_subjects import everybody
from credentialing.rules.screening_index import ListIndex
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import Refused
from ipaportal.home.management.base import DatabaseCommand, acting
from ipaportal.home.management.words import readable, why_no_file

WANTING = 2
Record = dict[str, object]


class Command(DatabaseCommand):
    help = "Screen everyone; exit 2 if a list is missing or stale (then nobody is clear)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--list", metavar="FILE", help="against this file alone; nothing is stored"
        )
        parser.add_argument("--as", dest="email", metavar="EMAIL", help="who acts")
        parser.add_argument("--json", action="store_true", help="one JSON line a record")

    def handle(self, *, email: str | None, json: bool, **options: object) -> None:
        actor = acting(email)
        self.is_json = json
        file = options["list"]
        is_wanting = self._file(str(file)) if file else self._network(actor)
        if is_wanting:
            sys.exit(WANTING)

    def _say(self, record: Record) -> None:
        text = dumps(record, ensure_ascii=False) if self.is_json else _text(record)
        self.stdout.write(text)

    def _network(self, actor: Actor) -> bool:
        """Run a screening to its end, or the one underway, and tell what it came to."""
        run = ScreeningRun.objects.exclude(state=ScreeningRun.State.DONE).first()
        try:
            run = run or start_run(actor=actor, now=timezone.now())
        except NoLists as refused:
            self.stderr.write(str(refused))
            self._say({"record": "summary", "problem": "no list is loaded", "people": 0})
            return True
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        while advance_run(actor=actor, run_id=run.pk, now=timezone.now()):
            run.refresh_from_db()
            self.stderr.write(f"{run.done} of {run.total} …")
        run.refresh_from_db()
        for one in run.lists:
            self._say({"record": "list", **one})
        for record in _matches(actor, run):
            self._say(record)
        wanting = [one["name"] for one in run.lists if one["wanting"]]
        self._say(_summary(run, wanting))
        return bool(wanting)

    def _file(self, path: str) -> bool:
        """Screen everybody against one file, which is not kept and clears nobody."""
        if words := why_no_file(path):
            raise CommandError(words)
        data = Path(path).read_bytes()
        code = code_of(data)
        if code is None:
            raise CommandError(f"{readable(path)} is of no list that is known. Nothing was done.")
        found = parse_list(code, data)
        problems = [vars_of(problem) for problem in found.problems]
        name = readable(Path(path).name)
        self._say({"record": "list", "name": name, "code": code, "kind": found.kind,
                   "problems": problems, **found.figures})  # fmt: skip
        if problems:
            return True
        today, index = timezone.localdate(), ListIndex(found.entries)
        people = hits = 0
        for subject, _ in everybody(today):
            people += 1
            for place, finding in index.screen(subject, today).findings:
                hits += 1
                self._say(_finding(subject, found.entries[place], finding, code))
        self._say({"record": "summary", "people": people, "matches": hits, "stored": False})
        return False


def vars_of(problem: object) -> dict[str, str]:
    return {name: getattr(problem, name) for name in ("where", "code", "message")}


def _finding(subject, entry, finding, code: str) -> Record:
    return {
        "record": "match",
        "subject": subject.key,
        "name": subject.label,
        "list": code,
        "listed": entry.name,
        "row": entry.row_no,
        "category": str(finding.category),
        "score": finding.score,
        "reasons": list(finding.reasons),
    }


def _matches(actor: Actor, run: ScreeningRun) -> Iterator[Record]:
    for match in matches(actor=actor, show="all").filter(last_run=run).order_by("pk"):
        yield {
            "record": "match",
            "id": match.pk,
            "subject": match.subject_key,
            "name": match.label,
            "list": match.list_key,
            "listed": str(match.entry).partition(": ")[2],
            "row": match.entry.row_no,
            "category": match.category,
            "score": float(match.score),
            "status": match.status,
            "stopped": match.is_stopped,
            "reasons": match.reasons,
        }


def _summary(run: ScreeningRun, wanting: list[str]) -> Record:
    outcomes = {code: run.counts.get(code, 0) for code in ScreeningResult.Outcome.values}
    return {
        "record": "summary",
        "run": run.pk,
        "as_of": run.as_of.isoformat(),
        "people": run.total,
        **outcomes,
        "missing_or_stale": wanting,
    }


def _text(record: Record) -> str:
    kind = record["record"]
    if kind == "match":
        reasons = "; ".join(record["reasons"])
        return f"{record['category']}: {record['name']} / {record['listed']} ({reasons})"
    said = (f"{key} {value}" for key, value in record.items() if key != "record")
    return f"{kind}: {', '.join(said)}"
