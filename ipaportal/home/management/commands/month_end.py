"""`manage.py month_end --month YYYY-MM`: opens and calculates the month's runs."""

import json
import sys
from datetime import date

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from capitation.actions.advance import calculate_again
from capitation.actions.runs import open_run
from capitation.models import Contract, Run, Waterfall
from capitation.models.runs import COMPONENTS
from ipaportal.core.actors import Actor
from ipaportal.core.money import plain_dollars
from ipaportal.core.months import parse_month
from ipaportal.core.refusals import Refused
from ipaportal.home.management.base import DatabaseCommand, acting
from ipaportal.home.management.words import spoken

PROOF_FAILED = 2


class Command(DatabaseCommand):
    help = "Open and calculate the month's runs (does not approve); exit 2 if a proof failed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--month", required=True, metavar="YYYY-MM", help="as 2026-10")
        parser.add_argument("--as", dest="email", metavar="EMAIL", help="who acts")
        parser.add_argument("--json", action="store_true", help="one JSON line a contract")

    def handle(self, *, month: str, email: str | None, json: bool, **_options: object) -> None:
        try:
            day = parse_month(month)
        except ValueError as wrong:
            raise CommandError(str(wrong)) from wrong
        actor, has_failed = acting(email), False
        contracts = Contract.objects.filter(is_active=True).select_related("payer__party")
        if not contracts:
            self.stderr.write("There is no active contract, so there is nothing to do.")
        for contract in contracts:
            self.stderr.write(f"{contract} …")
            record = _month_end(actor, contract, day)
            has_failed = has_failed or record["proof_failed"]
            self.stdout.write(_as_json(record) if json else _as_text(record))
        if has_failed:
            sys.exit(PROOF_FAILED)


def _month_end(actor: Actor, contract: Contract, month: date) -> dict[str, object]:
    """Open the month's run, or take the one that is not approved yet, and calculate it."""
    runs = Run.objects.filter(contract=contract, month=month)
    run = runs.filter(status=Run.Status.OPEN).first()
    run = run or runs.exclude(status=Run.Status.CANCELLED).order_by("-sequence").first()
    now = timezone.now()
    if run is None or run.status == Run.Status.POSTED:
        try:
            run = open_run(actor=actor, contract_id=contract.pk, month=month, now=now)
        except Refused as refused:
            return _record(contract, month, run, str(refused))
    if run.status in (Run.Status.OPEN, Run.Status.CALCULATED, Run.Status.FAILED):
        calculate_again(actor=actor, run_id=run.pk, now=now)
        run.refresh_from_db()
    return _record(contract, month, run, run.problem)


def _record(contract: Contract, month: date, run: Run | None, problem: str) -> dict[str, object]:
    totals = run.totals if run else {}
    members = 0
    if run is not None and totals:
        rows = Waterfall.objects.filter(run_id=run.pk, coverage_month=month)
        members = rows.values("member_id").distinct().count()
    return {
        "contract": contract.name,
        "payer": contract.payer.party.code,
        "month": f"{month:%Y-%m}",
        "run": run.pk if run else None,
        "status": run.status if run else "not opened",
        "members": members,
        **{name: plain_dollars(totals.get(name, 0)) for name in (*COMPONENTS, "withhold")},
        "digest": run.digest if run else "",
        "proofs": run.report.get("proofs", []) if run else [],
        "proof_failed": "does not hold" in problem,
        "problem": problem,
    }


def _as_json(record: dict[str, object]) -> str:
    return json.dumps(record, ensure_ascii=False)


def _as_text(record: dict) -> str:
    lines = [f"{record['contract']}, {record['month']}: {record['status']}"]
    if record["problem"]:
        lines.append(f"  {record['problem']}")
    if record["run"] is None:
        return "\n".join(lines)
    lines += [f"  members: {record['members']}"]
    for name in (*COMPONENTS, "withhold"):
        lines.append(f"  {name.replace('_', ' ')}: {spoken(record[name])}")
    return "\n".join([*lines, f"  digest: {record['digest']}"])
