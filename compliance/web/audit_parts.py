"""What the page of one audit is made of."""

from django.urls import reverse
from django.utils import timezone

from compliance.models import Audit, AuditItem
from compliance.queries.audits import raters, worksheet
from compliance.queries.findings import board_rows
from compliance.queries.ratings import answers_seen, are_apart, hidden_from, opening_of
from compliance.rules.audits import FUNCTIONS, NEXT, STATES, STEPS
from compliance.rules.universes import NAMES
from compliance.web.finding_parts import FINDINGS, finding_row
from ipaportal.core.parts import Column, FactItem, Listing, Moment, Step, list_rows
from ipaportal.core.words import sentence
from ipaportal.identity.web.access import PortalRequest
from ipaportal.identity.web.exports import exported

UNIVERSES = (
    Column("name", "Universe", "link"),
    Column("layout", "Layout"),
    Column("rows", "Rows", "count"),
    Column("problems", "Problems", "count"),
    Column("taken", "Taken", "day"),
    Column("who", "By", minor=True),
    Column("sha256", "SHA-256 of its lines", minor=True),
)
SHEET = (
    Column("element", "Asked of every item", wide=True),
    Column("met", "Met", "count"),
    Column("not_met", "Not met", "count"),
    Column("na", "Not applicable", "count"),
    Column("open", "Open", "count"),
    Column("percent", "Met, of what applies", "percent"),
    Column("citation", "Where that stands", minor=True, wide=True),
)
ITEMS = (
    Column("place", "Place", "count"),
    Column("key", "Item", "link"),
    Column("answered", "Answered", "count"),
    Column("not_met", "Not met", "count"),
    Column("state", "State", "status"),
)
PACKETS = (
    Column("asked", "Packet", "link"),
    Column("state", "State", "status"),
    Column("files", "Files", "count"),
    Column("who", "Asked for by"),
    Column("sha256", "SHA-256", minor=True),
)
ASKS = {
    "report": ("Report the findings", "Worksheets stay as they are from then on."),
    "open": (
        "Let raters see each other's answers",
        "From then on two who agree may have read one another: the packet says who opened them, "
        "and why.",
    ),
    "close": ("Close the audit", "Every corrective action has to be validated."),
    "reopen": ("Open it again", "Say why; what was closed stays on record."),
}


def crumbs(audit: Audit | None = None) -> list[tuple[str, str]]:
    """The way to the list of audits, or to one of them."""
    found = [
        ("Compliance", reverse("compliance:desk")),
        ("Audits", reverse("compliance:audit_list")),
    ]
    if audit is not None:
        found.append((audit.title, reverse("compliance:audit_detail", args=[audit.pk])))
    return found


def audit_page(request: PortalRequest, audit: Audit) -> dict[str, object]:
    """Everything that the page of an audit shows."""
    draw = getattr(audit, "draw", None)
    lists = {
        "findings": _findings(request, audit),
        "worksheet": _worksheet(request, audit),
        "items": _items(request, audit),
        "universes": _universes(request, audit),
        "packets": _packets(request, audit),
    }
    may_manage = request.actor.may("compliance.manage_audits")
    acts = dict(NEXT[audit.state]) if may_manage else {}
    if may_manage and are_apart(audit):
        acts["open"] = ""
    return {
        "audit": audit,
        "state": STATES[audit.state],
        "steps": _steps(audit),
        "facts": _facts(audit),
        "draw": draw,
        "raters": raters(audit) if draw else None,
        **_apart(request, audit, draw),
        "lists": lists,
        **lists,
        "acts": [(act, *ASKS[act]) for act in acts if act in ASKS],
        "may_take": "take" in acts,
        "may_draw": "draw" in acts,
        "may_ask": "report" in acts,
        "may_find": may_manage and audit.state not in ("noticed", "closed"),
        "may_manage": may_manage,
        "moments": [
            Moment(one.recorded_at, sentence(STATES[one.state]), one.recorded_by_name, one.text)
            for one in audit.steps.order_by("-place")
        ],
        "crumbs": [*crumbs(), (audit.title, "")],
    }


def _apart(request: PortalRequest, audit: Audit, draw: object) -> dict[str, object]:
    """Whether raters are kept apart, what that hides from who looks, and who ended it."""
    if draw is None:
        return {}
    return {
        "apart": are_apart(audit),
        "hidden": hidden_from(audit, request.actor),
        "opening": opening_of(audit),
    }


def _steps(audit: Audit) -> list[Step]:
    """The way of an audit; one without a universe went from the notice to its findings."""
    been = {one.state: one for one in audit.steps.all()}
    drawn = []
    for state in STEPS:
        step, is_now = been.get(state), audit.state == state != "closed"
        note = timezone.localdate(step.recorded_at).isoformat() if step else ""
        skipped = "reported" in been and step is None and state in ("universe", "sampled")
        drawn.append(
            Step(
                sentence(STATES[state]),
                "now" if is_now else "done" if step else "wait",
                note or ("not taken" if skipped else ""),
            )
        )
    if audit.state == "reopened":
        drawn[-1] = Step("Reopened", "now", timezone.localdate(audit.state_at).isoformat())
    return drawn


def _facts(audit: Audit) -> list[FactItem]:
    letter = reverse("compliance:audit_letter", args=[audit.pk]) if audit.letter_sha256 else ""
    return [
        FactItem("With", audit.party.name if audit.party else "ourselves"),
        FactItem("About", FUNCTIONS[audit.function]),
        FactItem("Reviewed from", audit.first_date, "day"),
        FactItem("Until", audit.last_date, "day"),
        FactItem("Notice", audit.notice_date, "day", "the letter" if letter else "", letter),
        FactItem("Universe due", audit.universe_due_date or "none", _day(audit.universe_due_date)),
        FactItem("Interviews begin", audit.fieldwork_date or "none", _day(audit.fieldwork_date)),
        FactItem("Contact", audit.contact_name, note=audit.contact_email),
    ]


def _day(value: object) -> str:
    return "day" if value else "text"


def _list(request: PortalRequest, of: str, rows: list, columns: tuple, caption: str) -> Listing:
    more = exported(request, of) if rows else {}
    return list_rows(rows, columns, {}, caption=caption, **{"page_size": 300, **more})


def _findings(request: PortalRequest, audit: Audit) -> Listing:
    found = audit.findings.standing().select_related("audit", "correction", "review")
    rows = board_rows(found, timezone.localdate())
    columns = tuple(one for one in FINDINGS if one.key != "audit")
    return _list(request, "findings", [finding_row(one) for one in rows], columns, "Findings")


def _worksheet(request: PortalRequest, audit: Audit) -> Listing:
    rows = [
        {
            "element": f"{one.place}. {one.text}",
            "citation": one.citation,
            "met": found.met,
            "not_met": found.not_met,
            "na": found.na,
            "open": found.open,
            "percent": found.percent,
        }
        for one, found in worksheet(audit, answers_seen(audit, request.actor))
    ]
    return _list(request, "worksheet", rows, SHEET, "Worksheet")


def _items(request: PortalRequest, audit: Audit) -> Listing:
    may_open = request.actor.may("compliance.review_items")
    asked, given = audit.elements.count(), answers_seen(audit, request.actor)
    rows = []
    for item in AuditItem.objects.filter(draw__audit=audit):
        answers = [row.answer for (no, _), row in given.items() if no == item.pk]
        rows.append(
            {
                "place": item.place,
                "key": item.key if may_open else f"Item {item.place}",
                "answered": len(answers),
                "not_met": answers.count("not_met"),
                "state": "complete" if len(answers) == asked else "open",
                "url": reverse("compliance:item_detail", args=[item.pk]) if may_open else "",
            }
        )
    return _list(request, "items", rows, ITEMS, "Items")


def _universes(request: PortalRequest, audit: Audit) -> Listing:
    rows = [
        {
            "name": f"No. {one.place}",
            "layout": f"{one.layout} {one.layout_version}" if one.layout_version
            else NAMES.get(one.layout, one.layout),
            "rows": one.rows,
            "problems": len(one.problems),
            "taken": timezone.localdate(one.recorded_at),
            "who": one.recorded_by_name,
            "sha256": one.population_sha256[:16] + "…",
            "url": reverse("compliance:universe_detail", args=[one.pk]),
        }
        for one in audit.universes.all()
    ]  # fmt: skip
    return _list(request, "universes", rows, UNIVERSES, "Universes")


def _packets(request: PortalRequest, audit: Audit) -> Listing:
    may_take = request.actor.may("compliance.manage_audits")
    rows = []
    for one in audit.packets.all():
        is_done = one.state == one.State.DONE
        url = reverse("compliance:packet_file", args=[one.pk]) if is_done and may_take else ""
        rows.append(
            {
                "asked": f"As of {timezone.localtime(one.asked_at):%Y-%m-%d %H:%M}",
                "state": "ready" if is_done else "in progress",
                "files": one.files,
                "who": one.asked_by_name,
                "sha256": one.sha256[:16] and f"{one.sha256[:16]}…",
                "url": url,
            }
        )
    return _list(request, "packets", rows, PACKETS, "Packets")
