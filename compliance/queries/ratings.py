"""What of an audit's answers somebody may see while its raters are kept apart."""

from compliance.models import Audit, AuditAnswer, AuditOpening
from compliance.queries.audits import newest_answers, state_of
from compliance.rules.audits import WORKED, open_to
from ipaportal.core.actors import Actor

RATE = "compliance.review_items"


def opening_of(audit: Audit) -> AuditOpening | None:
    """Who let raters see each other's answers before both had answered, and why."""
    return AuditOpening.objects.filter(audit=audit).first()


def are_apart(audit: Audit) -> bool:
    """Whether a rater sees what others answered only where they have answered themselves."""
    return state_of(audit) in WORKED and opening_of(audit) is None


def answers_seen(audit: Audit, actor: Actor) -> dict[tuple[int, int], AuditAnswer]:
    """The newest answer for each item and element, as far as the actor may see it now."""
    newest = newest_answers(audit)
    if actor.is_system or not actor.may(RATE) or not are_apart(audit):
        return newest
    given = AuditAnswer.objects.filter(item__draw__audit=audit)
    theirs = open_to(given.values_list("item_id", "element_id", "recorded_by_id"), actor.user_id)
    return {key: row for key, row in newest.items() if key in theirs}


def hidden_from(audit: Audit, actor: Actor) -> int:
    """How many questions others answered whose answers the actor may not see yet."""
    return len(newest_answers(audit)) - len(answers_seen(audit, actor))
