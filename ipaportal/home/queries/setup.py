"""How far the set-up of a new portal has come."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Exists

from capitation.models import BankAccount, Contract, Payer
from credentialing.models import Practice
from ipaportal.core.actors import Actor
from ipaportal.core.cards import Cards, Task
from ipaportal.core.roles import Role
from ipaportal.home.queries.navigation import page_url
from ipaportal.identity.models import Party
from ipaportal.identity.queries.actors import grants_in_force

# Title, why, where.
STEPS = (
    ("The IPA's bank account", "Payments leave from it.", "capitation:bank_account_new"),
    ("A payer", "The health plan whose files you receive.", "capitation:payer_new"),
    (
        "A contract",
        "What the plan pays, what stays with the IPA, what providers get.",
        "capitation:contract_new",
    ),
    (
        "A finance approver",
        "Whoever approves a month-end is never one of its makers.",
        "identity:invitation_new",
    ),
    (
        "The network",
        "Practices, practitioners and the payers they take part with.",
        "credentialing:network_import",
    ),
)


@dataclass(frozen=True)
class Step:
    """One step of the set-up: what, why, where (if the actor may), and whether it is done."""

    title: str
    why: str
    url: str | None
    done: bool


def setup_steps(actor: Actor, today: date) -> list[Step]:
    """The steps from an empty portal to the first month-end, in their order; one query."""
    there = (
        Party.objects.filter(kind=Party.Kind.IPA)
        .values_list(
            Exists(BankAccount.objects.filter(party__kind=Party.Kind.IPA)),
            Exists(Payer.objects.all()),
            Exists(Contract.objects.all()),
            Exists(grants_in_force(today).filter(role=Role.FINANCE_APPROVER)),
            Exists(Practice.objects.all()),
        )
        .first()
    )
    done = there or (False,) * len(STEPS)
    return [
        Step(title, why, page_url(actor, name), is_there)
        for (title, why, name), is_there in zip(STEPS, done, strict=True)
    ]


def setup_cards(actor: Actor, today: date) -> Cards:
    """What is still to be set up, for those who may do it; nothing once all is there."""
    if not actor.may("home.see_setup"):
        return Cards()
    steps = [step for step in setup_steps(actor, today) if step.url and not step.done]
    return Cards(tuple(Task("Set up", _within(step.title), None, step.url) for step in steps))


def _within(title: str) -> str:
    return title[0].lower() + title[1:]
