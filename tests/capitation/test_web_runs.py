"""A month-end as finance and an approver walk it, over a generated world."""

from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

import capitation
from capitation.actions.advance import advance_run
from capitation.actions.runs import calculate_run, open_run
from capitation.models import Run, Share, Waterfall
from capitation.queries.run_figures import figures_of, month_of_runs, payees_of
from capitation.queries.run_lines import LineFilter, described, run_lines
from ipaportal.audit.models import AccessEvent, DomainEvent, Incident
from ipaportal.core.roles import Role
from tests.capitation.test_sql_run import month_end
from tests.factories import CLOCK, NOON, change_world, make_world
from tests.kept import kept
from tests.people import client_of, make_user
from tests.people import fresh_client_of as fresh

pytestmark = pytest.mark.django_db
MOST_QUERIES = 12
OWN_APPROVALS = Path(capitation.__file__).parent.joinpath(
    "sql", "invariants", "17_nobody_approved_their_own_run.sql"
)


def page(client, view, /, *args, **query):
    answer = client.get(reverse(f"capitation:{view}", args=args), query)
    assert answer.status_code == 200, answer.content[:2000]
    return " ".join(answer.content.decode().split())


def send(client, view, /, *args, **data):
    return client.post(reverse(f"capitation:{view}", args=args), data)


@pytest.fixture
def quinn():
    return fresh(make_user("quinn@ipa.example", Role.FINANCE))


@pytest.fixture
def reyes():
    return fresh(make_user("reyes@ipa.example", Role.FINANCE_APPROVER))


@pytest.fixture
def world():
    return make_world(5)


@kept
def calculated():
    """A world, and the run of its second month, calculated, with a posted month before it."""
    world = make_world(5)
    month_end(world, world.months[2])
    change_world(world)
    opened = open_run(actor=CLOCK, contract_id=world.contract.pk, month=world.months[3], now=NOON)
    return world, calculate_run(actor=CLOCK, run_id=opened.pk, now=NOON)


@pytest.fixture
def run(calculated):
    return calculated[1]


def test_sums_a_run_as_its_rows_do(run):
    figures = figures_of(run)
    rows = Waterfall.objects.filter(run_id=run.pk)
    told = sum(figures[f"{part}_cents"] for part in ("current", "retro", "one_off"))
    assert told == sum(row.provider_cents for row in rows) == run.totals["provider"]
    assert sum(sums[0] for sums in figures["reasons"].values()) == rows.count()
    assert sum(p.total_cents for p in payees_of(run)) == run.totals["provider"]
    assert sum(p.withhold_cents for p in payees_of(run)) == run.totals["withhold"]
    assert sum(p.lines for p in payees_of(run)) == Share.objects.filter(run_id=run.pk).count()
    assert month_of_runs([run]).total_cents == run.totals["provider"]
    assert figures["current_lines"] == rows.filter(coverage_month=run.month).count()


@pytest.mark.parametrize(
    "query",
    [
        *({"tab": tab} for tab in ("exceptions", "variance", "lines", "proof")),
        {"tab": "lines", "q": "M0000", "why": "no_money"},
    ],
)
def test_shows_each_tab_in_few_queries(quinn, run, query):
    page(quinn, "run_detail", run.pk, **query)
    with CaptureQueriesContext(connection) as queries:
        shown = page(quinn, "run_detail", run.pk, **query)
    asked = [q["sql"] for q in queries if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    asked = [sql for sql in asked if "INSERT" not in sql]
    assert len(asked) <= MOST_QUERIES, "\n".join(asked)
    assert "Needs approval" in shown
    assert "Where January 2026 went" in shown


@pytest.mark.parametrize(
    ("tab", "name", "head"),
    [
        ("exceptions", "exceptions", "What,State,Lines"),
        ("variance", "payees", "Practice,Members"),
        ("proof", "proofs", "What is proven,State"),
    ],
)
def test_gives_the_list_of_each_tab_as_a_file(quinn, run, tab, name, head):
    assert f"list={name}&amp;export=csv" in page(quinn, "run_detail", run.pk, tab=tab)
    asked = {"tab": tab, "list": name, "export": "csv"}
    answer = quinn.get(reverse("capitation:run_detail", args=[run.pk]), asked)
    assert b"".join(answer.streaming_content).decode("utf-8-sig").startswith(head)


def test_says_what_a_month_that_is_due_waits_for(quinn, run):
    """January is on its way; the months after it are due and cannot be opened before."""
    shown = page(quinn, "run_list")
    assert "opens once January 2026 is posted" in shown or "was not opened" in shown


def test_a_month_from_opening_to_the_books_by_two_people(quinn, reyes, world):
    month_end(world, world.months[2])
    month = world.months[3]
    asked = {"contract": world.contract.pk, "month": f"{month:%Y-%m}"}
    assert "Open January 2026" in page(quinn, "run_open", **asked)
    assert send(reyes, "run_open", **asked).status_code == 403
    assert send(quinn, "run_open", **asked).status_code == 302
    run = Run.objects.get(month=month)
    assert "Waiting to be calculated" in page(quinn, "run_detail", run.pk)
    again = send(quinn, "run_open", **asked)
    assert again.status_code == 422
    assert "Post or cancel it first" in again.content.decode()
    assert advance_run(actor=CLOCK, run_id=run.pk, now=NOON)
    assert "Approve January" not in page(quinn, "run_detail", run.pk)
    assert "Approve January" in page(reyes, "run_detail", run.pk)
    run.refresh_from_db()
    stale = send(reyes, "run_approve", run.pk, seen_digest="0" * 64)
    assert stale.status_code == 422
    assert "was calculated again after you opened it" in stale.content.decode()
    assert run.digest[:8] in page(reyes, "run_approve", run.pk)
    assert send(reyes, "run_approve", run.pk, seen_digest=run.digest).status_code == 302
    assert send(quinn, "run_post", run.pk).status_code == 302
    run.refresh_from_db()
    assert (run.status, run.approved_by_name) == ("posted", "Reyes")
    assert "Prepare payments" in page(quinn, "run_detail", run.pk)
    assert send(quinn, "run_cancel", run.pk, reason="x").status_code == 422


def test_refuses_a_maker_as_approver(world):
    month_end(world, world.months[2])
    both = fresh(make_user("both@ipa.example", Role.FINANCE, Role.FINANCE_APPROVER))
    send(both, "run_open", contract=world.contract.pk, month=f"{world.months[3]:%Y-%m}")
    run = Run.objects.get(month=world.months[3])
    advance_run(actor=CLOCK, run_id=run.pk, now=NOON)
    run.refresh_from_db()
    assert "You cannot approve this run" in page(both, "run_approve", run.pk)
    answer = send(both, "run_approve", run.pk, seen_digest=run.digest)
    assert answer.status_code == 422
    assert Run.objects.get(pk=run.pk).status == "calculated"


def test_says_when_the_worker_cannot_take_a_run_on(quinn, run):
    send(quinn, "run_calculate", run.pk)
    assert "could not take it on" not in page(quinn, "run_detail", run.pk)
    stuck = Incident.objects.create(name=f"run {run.pk} cannot be taken on")
    Incident.objects.create(name=f"run {run.pk}0 cannot be taken on")
    assert "could not take it on" in page(quinn, "run_detail", run.pk)
    assert "could not take it on" in page(quinn, "run_progress", run.pk)
    Incident.objects.filter(pk=stuck.pk).update(closed_at=NOON)
    assert "could not take it on" not in page(quinn, "run_detail", run.pk)


def test_calculates_again_as_a_job_and_counts_who_asked_among_the_makers(quinn, reyes, run):
    both = fresh(make_user("both@ipa.example", Role.FINANCE, Role.FINANCE_APPROVER))
    send(reyes, "run_approve", run.pk, seen_digest=run.digest)
    before = Run.objects.get(pk=run.pk)
    assert before.approved_by_name == "Reyes"
    send(both, "run_calculate", run.pk)
    asked = Run.objects.get(pk=run.pk)
    assert (asked.status, asked.approved_by_name, asked.digest) == ("open", "", before.digest)
    shown = page(quinn, "run_detail", run.pk)
    assert "Being calculated again" in shown
    assert "Calculate again" not in shown
    assert "Being calculated again" in page(quinn, "run_progress", run.pk)
    send(quinn, "run_calculate", run.pk)
    assert "is not possible" in page(quinn, "run_detail", run.pk)
    assert advance_run(actor=CLOCK, run_id=run.pk, now=NOON)
    assert not advance_run(actor=CLOCK, run_id=run.pk, now=NOON)
    assert Run.objects.get(pk=run.pk).status == "calculated"
    answer = quinn.get(reverse("capitation:run_progress", args=[run.pk]))
    assert answer["HX-Refresh"] == "true"
    assert "You cannot approve this run" in page(both, "run_approve", run.pk)
    answer = send(both, "run_approve", run.pk, seen_digest=run.digest)
    assert answer.status_code == 422
    asked_by = DomainEvent.objects.get(action="capitation.run.calculation_asked").actor_id
    Run.objects.filter(pk=run.pk).update(status="approved", approved_by_id=asked_by)
    with connection.cursor() as cursor:
        cursor.execute(OWN_APPROVALS.read_text())
        assert [row[0] for row in cursor.fetchall()] == [run.pk]


def test_asks_again_who_it_is_before_approving(run):
    stale = client_of(make_user("sato@ipa.example", Role.FINANCE_APPROVER))
    answer = send(stale, "run_approve", run.pk, seen_digest=run.digest)
    assert "reauthenticate" in answer.url
    assert Run.objects.get(pk=run.pk).status == "calculated"


def test_cancels_with_a_reason(quinn, run):
    assert "Lines given up" in page(quinn, "run_cancel", run.pk)
    assert send(quinn, "run_cancel", run.pk, reason="").status_code == 422
    assert send(quinn, "run_cancel", run.pk, reason="wrong file").status_code == 302
    assert "wrong file" in page(quinn, "run_detail", run.pk)


def test_finds_lines_and_says_who_was_shown(quinn, calculated):
    world, run = calculated
    member = world.members[0]
    before = AccessEvent.objects.count()
    shown = page(quinn, "run_detail", run.pk, tab="lines", q=member.plan_member_id)
    assert member.plan_member_id in shown
    assert world.members[1].plan_member_id not in shown
    event = AccessEvent.objects.order_by("-pk").first()
    assert AccessEvent.objects.count() == before + 1
    assert event.member_ids == [member.pk]
    for query in ({"reason": "CURRENT"}, {"why": "no_money"}, {"sort": "-cents"},
                  {"payee": str(payees_of(run)[0].payee_id)}, {"q": "nobody"}):  # fmt: skip
        page(quinn, "run_detail", run.pk, tab="lines", **query)
    listing = quinn.get(
        reverse("capitation:run_detail", args=[run.pk]), {"tab": "lines", "reason": "CURRENT"}
    ).context["lines"]
    assert listing.total_count == Waterfall.objects.filter(run_id=run.pk, reason="CURRENT").count()


@pytest.mark.parametrize("sort", ["", "-provider_cents", "received_cents"])
def test_pages_read_from_the_end_are_those_read_from_the_front(quinn, run, sort):
    asked = [LineFilter(), LineFilter(payee_id=payees_of(run)[0].payee_id)]
    for one in asked:
        lines = run_lines(actor=CLOCK, run=run, asked=one)
        lines = lines.order_by(sort) if sort else lines
        whole = described(lines._ordered(), {})
        assert lines.count() == len(whole) > 3
        for size in (3, 7):
            pages = [lines[at : at + size] for at in range(0, len(whole), size)]
            assert [line for page in pages for line in page] == whole


def test_exports_every_line_it_filters(quinn, run):
    count = Waterfall.objects.filter(run_id=run.pk).count()
    answer = quinn.get(reverse("capitation:run_csv", args=[run.pk]))
    text = b"".join(answer.streaming_content).decode()
    assert len(text.splitlines()) == count + 1
    assert AccessEvent.objects.order_by("-pk").first().kind == "export"
    book = quinn.get(reverse("capitation:run_xlsx", args=[run.pk]), {"reason": "CURRENT"})
    assert b"".join(book.streaming_content)[:2] == b"PK"


def test_lists_months_and_what_was_missed(quinn, run):
    shown = page(quinn, "run_list")
    assert "was not opened" in shown
    assert run.contract.name in shown
    assert "Needs approval" in page(quinn, "run_list", status="calculated")
    assert "No run yet" in page(quinn, "run_list", status="failed")
    assert quinn.get(reverse("capitation:run_detail", args=[999])).status_code == 404
    for name in ("run_list", "contract_list"):
        text = quinn.get(reverse(f"capitation:{name}"), {"export": "csv"})
        assert run.contract.name in b"".join(text.streaming_content).decode()


def test_home_says_what_waits_for_whom_and_the_search_leads_there(quinn, reyes, run):
    def shown(client, address="/"):
        return " ".join(client.get(address).content.decode().split())

    assert f"January 2026, {run.contract.name}" in shown(reyes)
    assert "Approve" in shown(reyes)
    assert "Approve" not in shown(quinn)
    assert "Settle" in shown(quinn)
    assert "To practices, December 2025" in shown(quinn)
    found = shown(quinn, "/search/?q=" + run.contract.name[:4])
    assert run.contract.name in found
    assert "January 2026" in shown(quinn, "/search/?q=2026-01")
    assert "January 2026" in shown(quinn, "/search/?q=jan+2026")
    assert "December 2025" not in shown(quinn, "/search/?q=jan+2026")


def test_shows_a_member_what_runs_paid(quinn, run):
    row = (
        Waterfall.objects.filter(run_id=run.pk, reason="CURRENT").exclude(provider_cents=0).first()
    )
    listing = quinn.get(reverse("capitation:member_detail", args=[row.member_id])).context["money"]
    told = {(line["month"], line["cents"]) for line in listing.rows}
    assert (row.coverage_month, row.provider_cents) in told


def test_explains_a_line_before_it_is_posted(quinn, run):
    listing = quinn.get(
        reverse("capitation:run_detail", args=[run.pk]), {"tab": "lines", "reason": "CURRENT"}
    ).context["lines"]
    url = next(row["explain"] for row in listing.rows if row["explain"])
    assert quinn.get(url).status_code == 200
