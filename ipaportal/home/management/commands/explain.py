"""`manage.py explain LINE`: one line of a statement down to the plan's file line."""

import json

from django.core.management.base import CommandError, CommandParser

from capitation.queries.explain import ExplainedLine, NoSuchLine, explain_line
from capitation.rules.statements import LineId
from ipaportal.audit.access import Kind, log_access
from ipaportal.core.money import plain_dollars
from ipaportal.core.parts import Explain
from ipaportal.core.words import dollars_text
from ipaportal.home.management.base import DatabaseCommand, acting


class Command(DatabaseCommand):
    help = "Explain a line of a statement: every step with the values read, the rule, its source."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "line", metavar="LINE", help="run-member-YYYY-MM-payee, as in the address of its page"
        )
        parser.add_argument("--json", action="store_true", help="one JSON line")
        parser.add_argument("--as", dest="email", metavar="EMAIL", help="who asks")

    def handle(self, *, line: str, json: bool, email: str | None, **_options: object) -> None:
        try:
            asked = LineId.parse(line)
            actor = acting(email)
            explained = explain_line(
                actor=actor,
                run_id=asked.run_id,
                member_id=asked.member_id,
                coverage_month=asked.coverage_month,
                payee_id=asked.payee_id,
            )
        except ValueError as refusal:
            raise CommandError(str(refusal)) from refusal
        except NoSuchLine as missing:
            raise CommandError(
                f"{line}: there is no such line. A line's name ends the address of its page."
            ) from missing
        log_access(actor=actor, kind=Kind.VIEW, view_name="explain", member_ids=[asked.member_id])
        self.stdout.write(_json(explained) if json else "\n".join(_text(explained)))


def _json(explained: ExplainedLine) -> str:
    record = {
        "line": str(explained.line),
        "run": explained.run.pk,
        "contract": explained.run.contract.name,
        "month": f"{explained.run.month:%Y-%m}",
        "coverage_month": f"{explained.line.coverage_month:%Y-%m}",
        "member": explained.member_number,
        "payee": explained.payee_name,
        "amount": plain_dollars(explained.cents),
        "amount_cents": explained.cents,
        "steps": _node(explained.node),
    }
    return json.dumps(record, ensure_ascii=False)


def _node(node: Explain) -> dict[str, object]:
    told: dict[str, object] = {"what": node.what}
    if node.cents is not None:
        told |= {"amount": plain_dollars(node.cents), "amount_cents": node.cents}
    named = {"value": node.value, "rule": node.why, "source": node.source, "raw": node.raw}
    told |= {name: text for name, text in named.items() if text}
    if node.parts:
        told["parts"] = [_node(part) for part in node.parts]
    return told


def _text(explained: ExplainedLine) -> list[str]:
    head = f"{explained.line}: {explained.payee_name}, member {explained.member_number}"
    return [head, *_lines(explained.node, 0)]


def _lines(node: Explain, depth: int) -> list[str]:
    pad = "  " * depth
    amount = dollars_text(node.cents) if node.cents is not None else node.value
    told = [f"{pad}{node.what}: {amount}"]
    told += [f"{pad}    {text}" for text in (node.why, node.source, node.raw) if text]
    for part in node.parts:
        told += _lines(part, depth + 1)
    return told
