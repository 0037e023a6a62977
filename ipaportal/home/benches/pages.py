"""
Pages of a run, a statement and a panel, asked for as a browser does, beside what they may cost.

The world is that of `bench capitation` with two posted months behind it; the month itself goes all
the way: calculated and proven, approved, posted, its statements published. Every page is asked
for in process, through all middleware, by somebody who is signed in with a second factor.
"""

import logging
import time
from collections.abc import Callable
from datetime import date

from django.db import connection
from django.test import override_settings
from django.urls import reverse

from capitation.actions.runs import approve_run, calculate_run, open_run, post_run
from capitation.actions.statements import publish_statements
from capitation.models import Contract, Run, Share, Statement
from ipaportal.core.actors import Actor
from ipaportal.core.months import add_months
from ipaportal.core.parts import PAGE_SIZE
from ipaportal.core.roles import Role
from ipaportal.home.asking import MOST_MS, client_of, measure, person_of, summary_of
from ipaportal.home.benches.capitation import MONTH, NOW, bring_retro, make_world
from ipaportal.home.scratch import scratch_database
from ipaportal.identity.models import Party
from ipaportal.identity.queries.actors import actor_for

HISTORY = 2
MOST_QUERIES = 12
CLOCK = Actor.system("clock")


def run(*, members: int | None, say: Callable[[str], object]) -> dict[str, object]:
    """Ask for every page some dozens of times; say of each what it took, at the end the worst."""
    # A line a request is written in production too; here it would bury what is said.
    logging.getLogger("ipaportal.request").setLevel(logging.WARNING)
    with scratch_database(is_owner=True), override_settings(ALLOWED_HOSTS=["testserver"]):
        contract = make_world(members or 100_000, say, history=HISTORY)
        approver = actor_for(person_of("approver", Role.FINANCE_APPROVER, _ipa()), MONTH)
        for back in range(HISTORY, 0, -1):
            _month_end(contract, add_months(MONTH, -back), approver, say)
        bring_retro(contract, history=HISTORY)
        posted = _month_end(contract, MONTH, approver, say)
        pages = {
            **measure(client_of("finance", Role.FINANCE, _ipa()), _pages_of_run(posted), say),
            **_measure_statement(posted, say),
        }
    return {
        "members": members or 100_000,
        "compared_to": f"{MOST_MS} ms at p95 and {MOST_QUERIES} queries a page",
        **summary_of(pages),
        "pages": pages,
    }


def _ipa() -> Party:
    return Party.objects.get(kind=Party.Kind.IPA)


def _month_end(
    contract: Contract, month: date, approver: Actor, say: Callable[[str], object]
) -> Run:
    """A month from opened to told, by the actions themselves."""
    started = time.perf_counter()
    opened = open_run(actor=CLOCK, contract_id=contract.pk, month=month, now=NOW)
    done = calculate_run(actor=CLOCK, run_id=opened.pk, now=NOW)
    approve_run(actor=approver, run_id=done.pk, seen_digest=done.digest, now=NOW)
    posted = post_run(actor=CLOCK, run_id=done.pk, now=NOW)
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE capitation_waterfall_r{posted.pk}, capitation_share_r{posted.pk}")
    publish_statements(actor=CLOCK, month=month, now=NOW)
    say(f"{month:%B %Y} posted and told in {time.perf_counter() - started:.0f} s")
    return posted


def _pages_of_run(run: Run) -> dict[str, tuple[str, dict]]:
    """What finance looks at: name → address and what is asked of it."""
    here = reverse("capitation:run_detail", args=[run.pk])
    share = Share.objects.filter(run_id=run.pk).order_by("member_id").first()
    lines = {"tab": "lines"}
    middle = max(run.report["rows"] // PAGE_SIZE // 2, 1)
    return {
        "runs": (reverse("capitation:run_list"), {}),
        **{f"run: {tab}": (here, {"tab": tab}) for tab in ("exceptions", "variance", "proof")},
        "run: lines": (here, lines),
        "run: lines of a name": (here, {**lines, "q": "Last77"}),
        "run: lines of a number": (here, {**lines, "q": "B00000777"}),
        "run: lines of a practice": (here, {**lines, "payee": share.payee_id}),
        "run: retro lines": (here, {**lines, "reason": "TERM"}),
        "run: lines paid nothing": (here, {**lines, "why": "no_money"}),
        "run: largest lines": (here, {**lines, "sort": "-cents"}),
        "run: lines, in the middle": (here, {**lines, "page": str(middle)}),
        "run: lines, far down": (here, {**lines, "page": "999999"}),
    }


def _measure_statement(run: Run, say: Callable[[str], object]) -> dict[str, dict]:
    """What the practice with the most lines looks at."""
    row = max(run.report["figures"]["payees"], key=lambda figures: figures[1])
    statement = Statement.objects.get(payee_id=row[0], month=run.month)
    members = reverse("capitation:statement_members", args=[statement.pk])
    share = Share.objects.filter(run_id=run.pk, payee_id=row[0]).order_by("member_id").first()
    line = f"{run.pk}-{share.member_id}-{share.coverage_month:%Y-%m}-{row[0]}"
    pages = {
        "statements": (reverse("capitation:statement_list"), {}),
        "statement": (reverse("capitation:statement_detail", args=[statement.pk]), {}),
        "statement: members": (members, {}),
        "statement: members of a name": (members, {"q": "Last7"}),
        "statement: retro lines": (members, {"show": "retro"}),
        "statement: largest amounts": (members, {"sort": "-amount"}),
        "statement: members, far down": (members, {"page": "999999"}),
        "statement: a figure explained": (
            reverse("capitation:statement_explain", args=[statement.pk, "paid"]),
            {},
        ),
        "statement: a line explained": (reverse("capitation:line_explain", args=[line]), {}),
        "panel": (reverse("capitation:panel"), {}),
    }
    return measure(client_of("provider", Role.PROVIDER, statement.payee), pages, say)
