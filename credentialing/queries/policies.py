"""What the IPA decided about its network, and what of it holds."""

from datetime import date

from credentialing.models import NetworkPolicy
from credentialing.rules import policies as rules
from credentialing.rules.policies import Policy
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted

VIEW, SET = "credentialing.view_files", "credentialing.set_policy"


def policies_on_file() -> list[Policy]:
    """Every decision, oldest first."""
    rows = NetworkPolicy.objects.order_by("recorded_at", "pk")
    return [Policy(row.topic, row.is_on, row.from_date, row.state, row.provider_type)
            for row in rows]  # fmt: skip


def supervised_states(kind: str, day: date) -> set[str]:
    """In which states somebody of a kind has to name a physician."""
    return rules.supervised_states(policies_on_file(), kind, day)


def directory_is_public(day: date) -> bool:
    """Whether everybody may search the directory."""
    return rules.is_public(policies_on_file(), day)


def decided(*, actor: Actor) -> list[NetworkPolicy]:
    """
    Every decision, newest first, for its page.

    :raises NotPermitted: if the actor may not read files
    """
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)
    return list(NetworkPolicy.objects.order_by("-recorded_at", "-pk"))
