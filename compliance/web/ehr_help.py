"""Help that practices ask for, and what the IPA gives towards their systems."""

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone

from compliance.actions.ehr import answer_ticket, open_ticket
from compliance.actions.subsidies import (
    agree_subsidy,
    attest_subsidy,
    record_contribution,
    release_subsidy,
    withdraw_subsidy,
)
from compliance.models import Subsidy
from compliance.queries.ehr import LIST, VIEW, practices_seen, subsidies_seen, tickets_seen
from compliance.rules.ehr import CITATION
from compliance.web.audit_forms import file_of
from compliance.web.ehr_forms import Agreement, Ask, Attest, Contribution, Say, Words, Yes
from compliance.web.ehr_parts import (
    HELP,
    TICKETS,
    crumbs,
    form_page,
    given_state,
    place_of,
    ticket_row,
)
from ipaportal.core.parts import Chip, Empty, FactItem, Moment, list_rows, matching
from ipaportal.core.words import dollars_text
from ipaportal.identity.web.access import PortalRequest, fresh_login_to_send, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from ipaportal.identity.web.fields import to_cents
from ipaportal.identity.web.stored import stored_file

AGREE, ATTEST = "compliance.record_subsidies", "compliance.attest_subsidy"
RELEASE = "compliance.release_subsidies"


@requires(HELP)
def help_tickets(request: PortalRequest) -> HttpResponse:
    """What practices ask for help with, the newest first."""
    all_ = [ticket_row(one) for one in tickets_seen(request.actor)]
    show = request.GET.get("show", "open")
    rows = [row for row in all_ if show == "all" or row["state"] == "open"]
    rows = matching(rows, request.GET.get("q", ""), "subject", "practice", "by")
    if wants_file(request):
        return as_file(request, TICKETS, rows, "help-tickets")
    open_ = sum(row["state"] == "open" for row in all_)
    context = {
        "listing": list_rows(
            rows, TICKETS, request.GET, caption="Help tickets",
            chips=[Chip("show", "", "Open", open_), Chip("show", "all", "All", len(all_))],
            empty=Empty("Nothing is open", "A practice asks on the page of its records; what it "
                        "asks stands here until somebody closes it."),
            **export_urls(request),
        ),
        "crumbs": crumbs(request, ("Help tickets", "")),
    }  # fmt: skip
    return render(request, "compliance/help_tickets.html", context)


@requires(HELP)
def help_ticket_new(request: PortalRequest, practice_id: int) -> HttpResponse:
    """Ask for help with a practice's system."""
    practice = get_object_or_404(practices_seen(request.actor), pk=practice_id)
    back = place_of(request, practice.pk)

    def do(data: dict[str, object]) -> str:
        open_ticket(actor=request.actor, practice_id=practice.pk, now=timezone.now(), **data)
        return "Asked. The answer will stand here."

    return form_page(
        request, Ask(request.POST or None), do, title="Ask for help", verb="Ask", back=back,
        trail=crumbs(request, (practice.name, back), ("Ask for help", "")),
    )  # fmt: skip


@requires(HELP)
def help_ticket(request: PortalRequest, help_ticket_id: int) -> HttpResponse:
    """A ticket, what was said, and the answer to it."""
    ticket = get_object_or_404(tickets_seen(request.actor), pk=help_ticket_id)
    place = place_of(request, ticket.practice_id)
    form = Say(request.POST or None)

    def do(data: dict[str, object]) -> str:
        answer_ticket(actor=request.actor, ticket_id=ticket.pk, now=timezone.now(), **data)
        return "Closed." if data["is_over"] else "Said."

    trail = crumbs(request, (ticket.practice.name, place), (ticket.subject, ""))
    if request.method == "POST":
        return form_page(request, form, do, title=ticket.subject, verb="Say it",
                         back=request.path, trail=trail)  # fmt: skip
    context = {
        "ticket": ticket, "form": None if ticket.closed_at else form, "crumbs": trail,
        "moments": [Moment(one.recorded_at, one.text, one.recorded_by_name)
                    for one in reversed(ticket.notes.all())],
    }  # fmt: skip
    return render(request, "compliance/help_ticket.html", context)


@requires(AGREE)
def subsidy_new(request: PortalRequest, practice_id: int) -> HttpResponse:
    """Keep an agreement in writing."""
    practice = get_object_or_404(practices_seen(request.actor, LIST), pk=practice_id)
    back = place_of(request, practice.pk)
    form = Agreement(request.POST or None, request.FILES or None)

    def do(data: dict[str, object]) -> str:
        paper, name = file_of(form, "paper")
        row = agree_subsidy(
            actor=request.actor, practice_id=practice.pk, what=data["what"],
            cost_cents=to_cents(data["cost"]), contribution_cents=to_cents(data["contribution"]),
            signed_date=data["signed_date"], paper=paper, paper_name=name, now=timezone.now(),
        )  # fmt: skip
        return f"Kept. Next, the practice attests and pays {dollars_text(row.contribution_cents)}."

    return form_page(
        request, form, do, title="A subsidy agreement", verb="Keep it", back=back, files=True,
        trail=crumbs(request, (practice.name, back), ("Subsidy", "")),
    )  # fmt: skip


def _one(request: PortalRequest, subsidy_id: int) -> tuple[Subsidy, list[tuple[str, str]]]:
    row = get_object_or_404(subsidies_seen(request.actor), pk=subsidy_id)
    place = place_of(request, row.practice_id)
    return row, crumbs(request, (row.practice.name, place), ("Subsidy", _page_of(row)))


def _page_of(row: Subsidy) -> str:
    return reverse("compliance:subsidy", args=[row.pk])


@requires(VIEW)
def subsidy(request: PortalRequest, subsidy_id: int) -> HttpResponse:
    """An agreement: what was promised, and what it waits for."""
    row, trail = _one(request, subsidy_id)
    may, state = request.actor.may, given_state(row)
    context = {
        "row": row, "state": state, "crumbs": trail, "citation": CITATION,
        "facts": [
            FactItem("Cost", row.cost_cents, "money"),
            FactItem("Practice's part", row.contribution_cents, "money",
                     f"{row.contribution_cents * 100 / row.cost_cents:.1f} % of the cost"),
            FactItem("IPA's part", row.given_cents, "money"),
            FactItem("Signed", row.signed_date, "day"),
            FactItem("Agreement", row.paper_name,
                     url=reverse("compliance:subsidy_paper", args=[row.pk])),
        ],
        "moments": _moments(row),
        "may_attest": may(ATTEST) and state == "to attest",
        "may_pay": may(AGREE) and row.paid_date is None and state != "withdrawn",
        "may_release": may(RELEASE) and state == "to release",
        "may_withdraw": may(AGREE) and state not in ("released", "withdrawn"),
    }  # fmt: skip
    return render(request, "compliance/subsidy.html", context)


def _moments(row: Subsidy) -> list[Moment]:
    found = [Moment(row.recorded_at, "Agreement kept", row.recorded_by_name)]
    if row.attested_at:
        found.append(Moment(row.attested_at, "No referral was asked for it", row.attested_by_name,
                            "attested for the practice"))  # fmt: skip
    if row.paid_date:
        found.append(Moment(row.paid_date, "The practice paid its part",
                            row.paid_recorded_by_name, row.paid_reference))  # fmt: skip
    if row.released_at:
        found.append(Moment(row.released_at, "Released", row.released_by_name, "", "good"))
    if row.withdrawn_at:
        found.append(Moment(row.withdrawn_at, "Withdrawn", "", row.withdrawn_words, "warm"))
    return found[::-1]


@requires(VIEW)
def subsidy_paper(request: PortalRequest, subsidy_id: int) -> HttpResponseBase:
    """The agreement as it was signed."""
    row, _ = _one(request, subsidy_id)
    return stored_file(row.paper_sha256, row.paper_name)


@requires(ATTEST)
@fresh_login_to_send
def subsidy_attest(request: PortalRequest, subsidy_id: int) -> HttpResponse:
    """Attest for the practice that no referral was asked."""
    row, trail = _one(request, subsidy_id)

    def do(data: dict[str, object]) -> str:
        attest_subsidy(actor=request.actor, subsidy_id=row.pk, now=timezone.now())
        return f"Attested. Next, pay your part of {dollars_text(row.contribution_cents)}."

    return form_page(request, Attest(request.POST or None), do, title="Attest", verb="Attest it",
                     back=_page_of(row), trail=[*trail, ("Attest", "")])  # fmt: skip


@requires(AGREE)
def subsidy_pay(request: PortalRequest, subsidy_id: int) -> HttpResponse:
    """Keep that the practice paid its part."""
    row, trail = _one(request, subsidy_id)

    def do(data: dict[str, object]) -> str:
        record_contribution(actor=request.actor, subsidy_id=row.pk, now=timezone.now(), **data)
        return f"{dollars_text(row.contribution_cents)} is on record."

    return form_page(
        request, Contribution(request.POST or None), do, title="The practice paid its part",
        verb=f"{dollars_text(row.contribution_cents)} came", back=_page_of(row),
        trail=[*trail, ("Paid", "")],
    )  # fmt: skip


@requires(AGREE)
def subsidy_withdraw(request: PortalRequest, subsidy_id: int) -> HttpResponse:
    """Take an agreement back before anything was given."""
    row, trail = _one(request, subsidy_id)

    def do(data: dict[str, object]) -> str:
        withdraw_subsidy(actor=request.actor, subsidy_id=row.pk, words=data["words"],
                         now=timezone.now())  # fmt: skip
        return "Withdrawn; it stays on record."

    return form_page(request, Words(request.POST or None), do, title="Withdraw this agreement",
                     verb="Withdraw it", back=_page_of(row),
                     trail=[*trail, ("Withdraw", "")])  # fmt: skip


@requires(RELEASE)
@fresh_login_to_send
def subsidy_release(request: PortalRequest, subsidy_id: int) -> HttpResponse:
    """Let the IPA give its part."""
    row, trail = _one(request, subsidy_id)

    def do(data: dict[str, object]) -> str:
        release_subsidy(actor=request.actor, subsidy_id=row.pk, now=timezone.now())
        return f"Released: the IPA gives {dollars_text(row.given_cents)}."

    return form_page(
        request, Yes(request.POST or None), do, title="Release the IPA's part",
        verb=f"Release {dollars_text(row.given_cents)}", back=_page_of(row),
        trail=[*trail, ("Release", "")],
        note="The practice attested that no referral was asked for it, and paid its part; both "
        "stand on the agreement's page.",
    )  # fmt: skip
