"""How far the set-up of a new portal has come, up to the first month that is paid."""

from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from capitation.models import (
    BankAccount,
    Contract,
    Member,
    Payer,
    PaymentBatch,
    PcpAssignment,
    PlanFile,
    Run,
    Statement,
    Terms,
)
from capitation.queries.prenotes import sends_prenotes
from capitation.rules.prenotes import wait_on
from credentialing.models import Practice
from ipaportal.core.actors import Actor
from ipaportal.core.cards import Cards, Task
from ipaportal.core.roles import Role
from ipaportal.core.words import plural
from ipaportal.home.queries.navigation import page_url
from ipaportal.identity.models import Invitation, Party
from ipaportal.identity.queries.actors import grants_in_force

# The front page names this many of the steps that are left.
NEXT_ON_FRONT = 3
APPROVES = "Entered; another person approves it"


@dataclass(frozen=True)
class Step:
    """One step of the set-up: what, why, where (if the actor may), and how far it is."""

    title: str
    why: str
    url: str | None
    done: bool
    waits: str = ""  # for somebody else, or for the portal
    is_next: bool = False


@dataclass(frozen=True)
class _Planned:
    """A step, the rows that show that it is done, and those that show that it is on its way."""

    title: str
    why: str
    url_name: str
    rows: QuerySet
    begun: QuerySet | None = None
    waits: str = ""
    query: str = ""


def _plan(today: date) -> tuple[_Planned, ...]:
    live = (BankAccount.Status.PROPOSED, BankAccount.Status.ACTIVE)
    accounts, active = BankAccount.objects.filter(status__in=live), Q(status=live[1])
    ipa, payees = (Q(purpose=BankAccount.Purpose[name]) for name in ("ORIGIN", "PAYEE"))
    invited = Invitation.objects.filter(accepted_at=None, withdrawn_at=None)
    return (
        _Planned(
            "A payer",
            "The health plan whose files you receive.",
            "capitation:payer_new",
            Payer.objects.all(),
        ),
        _Planned(
            "A contract",
            "Which file counts as money, and from which month on.",
            "capitation:contract_new",
            Contract.objects.all(),
        ),
        _Planned(
            "The contract's terms",
            "What the plan pays, what stays with the IPA, what providers get.",
            "capitation:contract_new",
            Terms.objects.all(),
        ),
        _Planned(
            "The network",
            "Practices, practitioners and the payers they take part with.",
            "credentialing:network_import",
            Practice.objects.all(),
        ),
        _Planned(
            "A finance approver",
            "Whoever approves a month-end is never one of its makers.",
            "identity:invitation_new",
            grants_in_force(today).filter(role=Role.FINANCE_APPROVER),
            invited.filter(role=Role.FINANCE_APPROVER, expires_at__date__gte=today),
            "Invited; they have not come yet",
        ),
        _Planned(
            "The IPA's bank account",
            "Payments leave from it.",
            "capitation:bank_account_new",
            accounts.filter(ipa, active),
            accounts.filter(ipa),
            APPROVES,
        ),
        _Planned(
            "The payees' bank accounts",
            f"One for each practice; who has none is carried forward. {_first_wait(today)}",
            "capitation:bank_account_new",
            accounts.filter(payees, active),
            accounts.filter(payees),
            APPROVES,
        ),
        *_month(),
    )


def _first_wait(today: date) -> str:
    """What a new account waits for before the first payment to it."""
    if sends_prenotes(today):
        days = wait_on(today).banking_days
        return f"Each is tested by a prenote: the first payment waits {days} banking days."
    cool_off = plural(settings.BANK_COOL_OFF_DAYS, "day")
    return f"A first account is paid to at once, a changed one after {cool_off}."


def _month() -> tuple[_Planned, ...]:
    return (
        _Planned(
            "The plan's first file",
            "Its 820, 834 or list says who is a member and what was paid.",
            "capitation:file_list",
            PlanFile.objects.filter(status=PlanFile.Status.APPLIED),
            PlanFile.objects.filter(status=PlanFile.Status.RECEIVED),
            "Received; being read",
        ),
        _Planned(
            "The plan's members",
            "An 834 brings them; whom only the money names is adopted from the work-list.",
            "capitation:worklists",
            Member.objects.all(),
        ),
        _Planned(
            "The members' PCPs",
            "The plan's files name them, or you assign them, one by one or by a list.",
            "capitation:worklists",
            PcpAssignment.objects.all(),
            query="?list=without_pcp",
        ),
        _Planned(
            "The first month-end",
            "Open the month; it is calculated and proven by itself.",
            "capitation:run_open",
            Run.objects.filter(status=Run.Status.POSTED),
            Run.objects.exclude(status=Run.Status.CANCELLED),
            "Opened; another person approves it",
        ),
        _Planned(
            "The first payments",
            "One person prepares them, another releases them; then the bank's file is there.",
            "capitation:payments_prepare",
            PaymentBatch.objects.filter(status=PaymentBatch.Status.RELEASED),
            PaymentBatch.objects.filter(status=PaymentBatch.Status.PREPARED),
            "Prepared; another person releases them",
        ),
        _Planned(
            "The first statements",
            "What was paid and why, for each practice.",
            "capitation:statement_publish",
            Statement.objects.all(),
        ),
    )


def setup_steps(actor: Actor, today: date) -> list[Step]:
    """The steps from an empty portal to the first paid month, in their order; one query."""
    plan = _plan(today)
    asked = [Exists(p.rows) for p in plan]
    asked += [Exists(p.rows.none() if p.begun is None else p.begun) for p in plan]
    bare = Contract.objects.exclude(Exists(Terms.objects.filter(contract=OuterRef("pk"))))
    answers = (
        Party.objects.filter(kind=Party.Kind.IPA)
        .values_list(*asked, bare.order_by("pk").values("pk")[:1])
        .first()
    ) or (False,) * (2 * len(plan) + 1)
    steps, is_next = [], True
    for planned, done, begun in zip(plan, answers, answers[len(plan) :], strict=False):
        url = page_url(actor, planned.url_name)
        if url and planned.rows.model is Terms and answers[-1]:
            url = reverse("capitation:terms_new", args=[answers[-1]])
        url = url and f"{url}{planned.query}"
        waits = planned.waits if begun and not done else ""
        can = bool(url) and not done and not waits
        steps.append(Step(planned.title, planned.why, url, done, waits, can and is_next))
        is_next = is_next and not can
    return steps


def setup_cards(actor: Actor, today: date) -> Cards:
    """What comes next in the set-up, for those who may do it; nothing once all is there."""
    if not actor.may("home.see_setup"):
        return Cards()
    steps = [s for s in setup_steps(actor, today) if s.url and not s.done and not s.waits]
    tasks = (Task("Set up", _within(step.title), None, step.url) for step in steps[:NEXT_ON_FRONT])
    return Cards(tuple(tasks))


def _within(title: str) -> str:
    return title[0].lower() + title[1:]
