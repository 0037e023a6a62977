"""`manage.py receive FILE… --payer CODE`: stores and processes files as an upload would."""

import json
from collections.abc import Iterator
from pathlib import Path

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from capitation.actions.advance import advance_file
from capitation.actions.files import DuplicateFile, receive_file
from capitation.models import Contract, Payer, PlanFile
from ipaportal.core.actors import Actor
from ipaportal.core.money import plain_dollars
from ipaportal.core.refusals import Refused
from ipaportal.home.management.base import DatabaseCommand, acting
from ipaportal.home.management.words import readable, spoken, why_no_file

PIECE = 1 << 20


class Command(DatabaseCommand):
    help = "Store and process plan files: applied, duplicate, quarantined or rejected."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE")
        parser.add_argument("--payer", required=True, metavar="CODE", help="the payer's code")
        parser.add_argument("--contract", metavar="NAME", help="needed where there are several")
        parser.add_argument("--as", dest="email", metavar="EMAIL", help="who acts")
        parser.add_argument("--json", action="store_true", help="one JSON line a file")

    def handle(
        self,
        *,
        files: list[str],
        payer: str,
        contract: str | None,
        email: str | None,
        json: bool,
        **_options: object,
    ) -> None:
        actor = acting(email)
        whose = _payer(payer)
        contract_id = _contract_id(whose, contract)
        for path in files:
            record = self._receive(actor, whose.pk, contract_id, path)
            self.stdout.write(_as_json(record) if json else _as_text(record))

    def _receive(
        self, actor: Actor, payer_id: int, contract_id: int | None, path: str
    ) -> dict[str, object]:
        self.stderr.write(f"Receiving {readable(path)} …")
        if words := why_no_file(path):
            return _refused(path, "unreadable", words)
        before: dict[str, object] = {}
        try:
            file = receive_file(
                actor=actor,
                payer_id=payer_id,
                contract_id=contract_id,
                name=readable(Path(path).name),
                data=_pieces(path),
                now=timezone.now(),
            )
        except DuplicateFile as duplicate:
            file, before = duplicate.file, {"status": "duplicate", "message": str(duplicate)}
        except Refused as refused:
            return _refused(path, "contract", str(refused))
        except OSError as failure:
            words = f"The file cannot be opened: {failure.strerror or failure}."
            return _refused(path, "unreadable", words)
        advance_file(actor=actor, file_id=file.pk, now=timezone.now())
        file.refresh_from_db()
        return _record(path, file) | before


def _payer(code: str) -> Payer:
    found = Payer.objects.filter(party__code=code).first()
    if found is None:
        codes = Payer.objects.order_by("party__code").values_list("party__code", flat=True)
        known = f"The codes are {', '.join(codes)}." if codes else "There is no payer yet."
        raise CommandError(f"No payer has the code {code}. Nothing was received. {known}")
    return found


def _contract_id(payer: Payer, name: str | None) -> int | None:
    if name is None:
        return None
    found = Contract.objects.filter(payer=payer, name=name, is_active=True).first()
    if found is None:
        raise CommandError(f"{payer} has no active contract {name!r}. Nothing was received.")
    return found.pk


def _pieces(path: str) -> Iterator[bytes]:
    with Path(path).open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def _record(path: str, file: PlanFile) -> dict[str, object]:
    counts = dict(file.counts)
    totals = {
        name.removesuffix("_cents"): plain_dollars(counts.pop(name))
        for name in list(counts)
        if name.endswith("_cents")
    }
    return {
        "file": readable(path),
        "id": file.pk,
        "sha256": file.sha256,
        "bytes": file.size,
        "format": file.format,
        "status": file.status,
        "counts": counts,
        "totals": totals,
        "problems": file.problems,
    }


def _refused(path: str, code: str, message: str) -> dict[str, object]:
    problem = {"where": "file", "code": code, "message": message}
    return {
        "file": readable(path),
        "id": None,
        "sha256": "",
        "bytes": 0,
        "format": "unknown",
        "status": "rejected",
        "counts": {},
        "totals": {},
        "problems": [problem],
    }


def _as_json(record: dict[str, object]) -> str:
    return json.dumps(record, ensure_ascii=False)


def _as_text(record: dict) -> str:
    lines = [f"{record['file']}: {record['format'] or 'unknown'}, {record['status']}"]
    lines += [f"  {record['message']}"] if "message" in record else []
    lines += [f"  {problem['where']}: {problem['message']}" for problem in record["problems"]]
    lines += [f"  {name.replace('_', ' ')}: {n}" for name, n in record["counts"].items()]
    lines += [f"  {name}: {spoken(amount)}" for name, amount in record["totals"].items()]
    return "\n".join(lines)
