"""What the IPA decided about its network, and what of it holds."""

from datetime import date

from django.db.models import Q

from credentialing.models import NetworkPolicy, Practitioner
from credentialing.rules import policies as rules
from credentialing.rules.policies import Policy
from credentialing.rules.provider_types import BY_CODE
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


def missing_supervision(who: Practitioner, day: date) -> list[str]:
    """The states of somebody's licences in which a policy wants a physician whom none was named."""
    if who.provider_type not in BY_CODE or not BY_CODE[who.provider_type].is_supervised:
        return []
    wanted = supervised_states(who.provider_type, day)
    if not wanted:
        return []
    held = who.credentials.current().filter(kind="licence").values_list("state", flat=True)
    lasting = Q(ended_date=None) | Q(ended_date__gte=day)
    named = who.supervisions.current().filter(lasting).values_list("state", flat=True)
    return sorted((wanted & set(held)) - set(named))


def supervision_words(who: Practitioner, day: date) -> list[str]:
    """What the policies of a day miss on a file, in words."""
    return [
        f"the physician who supervises or collaborates with them in {state} is not named"
        for state in missing_supervision(who, day)
    ]


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
