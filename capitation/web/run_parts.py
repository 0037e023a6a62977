"""The parts of a run's page: key facts, exceptions, variance, proofs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse

from capitation.models import Run
from capitation.queries.run_readiness import MonthPreview
from capitation.queries.runs import RunPage, lines_url
from capitation.queries.variance import BIG_SHARE, CAUSES, Compared
from ipaportal.core.parts import Column, Empty, FactItem, Listing, list_rows
from ipaportal.core.words import day_text, dollars_text, month_text, plural

STATUS_WORDS = {
    "open": "Waiting",
    "calculated": "Needs approval",
    "approved": "Approved",
    "posted": "Posted",
    "failed": "Failed",
    "cancelled": "Cancelled",
}
# Why nothing is paid → what it is called, what to do, where; held ones come first.
ZEROS = {
    "held_rate": ("Held: no rate", "Add a rate, or change the terms", "warm", "contract"),
    "held_risk": ("Held: no risk score", "Load the plan's risk scores", "warm", "files"),
    "not_covered": ("Suspense: not covered", "Apply it or return it", "warm", "suspense"),
    "no_rate": ("Paid zero: no rate", "Add a rate, or leave it", "", "contract"),
    "no_risk": ("Paid zero: no risk score", "Load the plan's risk scores", "", "files"),
    "no_money": ("Paid zero: the plan paid nothing", "Ask the plan", "", "radar"),
    "status": ("Paid zero: status", "The terms do not pay this status", "", ""),
    "not_on_day": ("Paid zero: not covered on the day", "The assignment rule says so", "", ""),
}


@dataclass(frozen=True)
class Remark:
    """Something an approver should know: what, how much, what to do."""

    what: str
    count: int
    cents: int | None
    todo: str
    tone: str
    lines_url: str
    todo_url: str = ""


def status_code(run: Run) -> str:
    """The run's state as the status part knows it."""
    return "needs_approval" if run.status == "calculated" else run.status


def time_taken(run: Run) -> str:
    """How long the run's last calculation took; empty where there was none."""
    seconds = round(sum(run.report.get("seconds", {}).values()))
    if not run.report.get("seconds"):
        return ""
    return plural(seconds // 60, "minute") if seconds >= 120 else plural(max(seconds, 1), "second")


def lead_facts(page: RunPage) -> list[FactItem]:
    """The numbers a run is known by."""
    run, totals = page.run, page.run.totals
    if not totals:
        return []
    unassigned = next((p for p in page.payees if p.payee_id == page.unassigned_id), None)
    change = ""
    if page.compared.before_month is not None:
        difference = page.compared.total_cents - page.compared.before_cents
        sign = "more" if difference >= 0 else "less"
        change = (
            f"{dollars_text(abs(difference))} {sign} than {month_text(page.compared.before_month)}"
        )
    lines = lines_url(run)
    facts = [
        FactItem("Received", totals["received"], "dollars", url=lines),
        FactItem("To practices", totals["provider"], "dollars", note=change, url=lines),
        FactItem("Of it withheld", totals["withhold"], "dollars", url=lines),
        FactItem("Retained by the IPA", totals["retained"], "dollars", url=lines),
        FactItem("Lines", run.report.get("rows", 0), "count", note=_current_note(page), url=lines),
    ]
    if totals["suspense"]:
        waiting = lines_url(run, why="not_covered")
        facts.append(FactItem("In suspense", totals["suspense"], "dollars", url=waiting))
    if unassigned is not None and unassigned.total_cents:
        cents, theirs = unassigned.total_cents, lines_url(run, payee=page.unassigned_id)
        facts.append(FactItem("Nobody assigned", cents, "dollars", url=theirs))
    return facts


def _current_note(page: RunPage) -> str:
    current = page.figures.get("current_lines", 0)
    return (
        f"{current:,} for the month, {page.run.report.get('rows', 0) - current:,} for earlier ones"
    )


def exceptions_of(page: RunPage) -> list[Remark]:
    """What needs a look, what blocks first."""
    run = page.run
    found = []
    if run.problem:
        here = reverse("capitation:run_detail", args=[run.pk])
        found.append(Remark(run.problem, 1, None, "Settle it, then calculate again", "bad", here))
    zeros = page.figures.get("zeros", {})
    held = [_zero(run, why, zeros[why]) for why in ZEROS if why in zeros and ZEROS[why][2]]
    rest = [_zero(run, why, zeros[why]) for why in ZEROS if why in zeros and not ZEROS[why][2]]
    return [*found, *held, *_unassigned(page), *_swings(page), *rest]


def _zero(run: Run, why: str, sums: Sequence[int]) -> Remark:
    what, todo, tone, where = ZEROS[why]
    rows, received, suspense = sums
    urls = {
        "contract": reverse("capitation:contract_detail", args=[run.contract_id]),
        "files": reverse("capitation:file_list"),
        "suspense": reverse("capitation:worklists") + "?list=suspense",
        "radar": reverse("capitation:worklists") + "?list=radar",
    }
    cents = suspense if why == "not_covered" else received
    return Remark(what, rows, cents, todo, tone, lines_url(run, why=why), urls.get(where, ""))


def _unassigned(page: RunPage) -> list[Remark]:
    row = next((p for p in page.payees if p.payee_id == page.unassigned_id), None)
    if row is None or not row.lines:
        return []
    return [
        Remark(
            "Members without a PCP in the network",
            row.lines,
            row.total_cents,
            "Assign a PCP: the money then goes to the practice",
            "warm",
            lines_url(page.run, payee=row.payee_id),
            reverse("capitation:worklists") + "?list=without_pcp",
        )
    ]


def _swings(page: RunPage) -> list[Remark]:
    return [
        Remark(
            f"{page.names.get(row.payee_id, 'A payee')}: "
            f"{'+' if row.change_cents > 0 else '−'}{dollars_text(abs(row.change_cents))} "
            f"against {month_text(page.compared.before_month)}",
            row.members,
            row.cents,
            f"More than {BIG_SHARE} % off last month: look at its lines",
            "",
            lines_url(page.run, payee=row.payee_id),
        )
        for row in page.compared.big
        if row.payee_id != page.unassigned_id
    ]


def exception_rows(
    params: Mapping[str, str], found: Sequence[Remark], **exported: object
) -> Listing:
    """The exceptions as a table, each leading to its lines."""
    tones = {"bad": "blocked", "warm": "held", "": "look"}
    rows = [
        {
            "what": row.what,
            "state": tones[row.tone],
            "count": row.count,
            "cents": row.cents,
            "todo": row.todo,
            "todo_url": row.todo_url,
            "url": row.lines_url,
        }
        for row in found
    ]
    columns = [
        Column("what", "What", "link"),
        Column("state", "State", "status"),
        Column("count", "Lines", "count", sort="count"),
        Column("cents", "Concerned $", "money", sort="cents"),
        Column("todo", "What to do", "link", url="todo_url"),
    ]
    empty = Empty(
        "Nothing needs a look",
        "No rate or risk score is missing, everybody has a PCP, nothing is in suspense, and no "
        "practice is far off last month.",
    )
    return list_rows(rows, columns, params, caption="Exceptions", empty=empty, **exported)


def cause_rows(compared: Compared) -> Listing:
    """The parts of the change, with what each means."""
    rows = [
        {"cause": label, "says": says, "cents": getattr(compared.parts, name)}
        for name, label, says in CAUSES
    ]
    columns = [
        Column("cause", "Cause"),
        Column("says", "What it is"),
        Column("cents", "Change $", "money", total=compared.parts.total),
    ]
    return list_rows(rows, columns, {}, caption="Change by cause")


def payee_rows(params: Mapping[str, str], page: RunPage, **exported: object) -> Listing:
    """Every payee's month beside the last, the largest change first."""
    asked = params.get("q", "").casefold()
    compared = page.compared
    rows = [
        {
            "name": page.names.get(row.payee_id, f"Payee {row.payee_id}"),
            "members": row.members,
            "more": row.members - row.members_before,
            "before": row.before_cents,
            "now": row.cents,
            "retro": row.retro_cents,
            "change": row.change_cents,
            "size": abs(row.change_cents),
            "url": lines_url(page.run, payee=row.payee_id),
        }
        for row in compared.payees
        if asked in page.names.get(row.payee_id, "").casefold()
    ]
    columns = [
        Column("name", "Practice", "link", sort="name"),
        Column("members", "Members", "count", sort="members"),
        Column("more", "More or fewer", "count", sort="more"),
        Column("before", "Last month $", "money", sort="before", minor=True),
        Column("now", "This month $", "money", sort="now", total=sum(r["now"] for r in rows)),
        Column("retro", "Of it retro $", "money", sort="retro", minor=True),
        Column("change", "Change $", "money", sort="size", total=sum(r["change"] for r in rows)),
    ]
    empty = Empty("No month to compare with", "The first month of a contract has none before it.")
    return list_rows(
        rows,
        columns,
        params,
        caption="By practice",
        default_sort="-change",
        empty=empty,
        **exported,
    )


def proof_rows(run: Run, **exported: object) -> Listing:
    """Each proof with what it says, the rows it found and the time it took."""
    rows = [
        {
            "says": proof["says"],
            "state": "broken" if proof["rows"] else "proven",
            "rows": proof["rows"],
            "seconds": f"{proof['seconds']:.3f} s",
            "took": proof["seconds"],
        }
        for proof in run.report.get("proofs", ())
    ]
    columns = [
        Column("says", "What is proven"),
        Column("state", "State", "status"),
        Column("rows", "Breaches", "count"),
        Column("seconds", "Took", sort="took"),
    ]
    empty = Empty(
        "Not calculated yet", "The proofs run with the calculation, before anybody sees it."
    )
    return list_rows(rows, columns, {}, caption="Proofs", empty=empty, **exported)


def second_rows(run: Run) -> Listing:
    """How long each step of the calculation took."""
    rows = [
        {"step": name.replace("_", " "), "seconds": f"{seconds:.3f} s"}
        for name, seconds in sorted(run.report.get("seconds", {}).items())
    ]
    columns = [Column("step", "Step"), Column("seconds", "Took")]
    return list_rows(rows, columns, {}, caption="Steps of the calculation", empty=Empty("No steps"))


def approval_facts(page: RunPage) -> list[FactItem]:
    """What an approver signs."""
    run = page.run
    calculated = day_text(run.calculated_at) if run.calculated_at else "not yet"
    return [
        *lead_facts(page)[:4],
        FactItem("Lines", run.report.get("rows", 0), "count"),
        FactItem("Practices", len(page.payees), "count"),
        FactItem("Calculated", calculated),
        FactItem("Digest", f"{run.digest[:8]} {run.digest[8:16]}", note="of every line"),
    ]


def preview_facts(preview: MonthPreview) -> list[FactItem]:
    """What a month would be made of."""
    return [
        FactItem("Received for the month", preview.received_cents, "dollars"),
        FactItem("Members paid for", preview.members_paid_for, "count"),
        FactItem("New files", preview.files_new, "count", note="since the last posted run"),
        FactItem(
            "Paid for, but not known",
            preview.unknown_cents,
            "dollars",
            note=plural(preview.unknown_members, "member"),
        ),
    ]
