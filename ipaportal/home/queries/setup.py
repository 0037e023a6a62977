"""How far the set-up of a new portal has come."""

from dataclasses import dataclass
from datetime import date

from capitation.models import BankAccount, Contract, Payer
from credentialing.models import Practice
from ipaportal.core.actors import Actor
from ipaportal.core.roles import Role
from ipaportal.home.queries.navigation import page_url
from ipaportal.identity.queries.actors import grants_in_force


@dataclass(frozen=True)
class Step:
    """One step of the set-up: what, why, where, and whether it is done."""

    title: str
    why: str
    url: str | None
    done: bool


def setup_steps(actor: Actor, today: date) -> list[Step]:
    """The steps from an empty portal to the first month-end, in their order."""
    approvers = grants_in_force(today).filter(role=Role.FINANCE_APPROVER)
    steps = [
        ("The IPA and its first administrator", "You are signed in.", "home:home", True),
        (
            "The IPA's bank account",
            "Payments leave from it.",
            "capitation:bank_account_new",
            BankAccount.objects.filter(party__kind="ipa").exists(),
        ),
        (
            "A payer",
            "The health plan whose files you receive.",
            "capitation:payer_new",
            Payer.objects.exists(),
        ),
        (
            "A contract",
            "What the plan pays, what stays with the IPA, what providers get.",
            "capitation:contract_new",
            Contract.objects.exists(),
        ),
        (
            "A second person",
            "Whoever approves a month-end is never one of its makers.",
            "identity:invitation_new",
            approvers.exists(),
        ),
        (
            "The network",
            "Practices, practitioners and the payers they take part with.",
            "credentialing:network_import",
            Practice.objects.exists(),
        ),
    ]
    return [Step(title, why, page_url(actor, name), done) for title, why, name, done in steps]
