"""The gate beneath actions: an approval that stands and no list, before somebody takes part."""

from datetime import date

from credentialing.models import Decision, Facility, Practitioner
from credentialing.queries.screening_matches import standings
from ipaportal.core.refusals import Refused
from ipaportal.core.words import day_text


class NotCredentialed(Refused):
    """Nobody joins a network before the decision that lets them."""

    def __init__(self, who: Practitioner | Facility, day: date) -> None:
        super().__init__(
            f"No approval of {who} stands on {day_text(day)}, so they cannot join a network from "
            "then. Nothing was changed. Have the file decided, or choose a day after the decision."
        )


class OnAList(Refused):
    """Whoever a list stops, or may, joins no network."""

    def __init__(self, who: Practitioner | Facility, words: str) -> None:
        super().__init__(
            f"{who} has a match on an exclusion list that is not cleared ({words}). Nothing was "
            "changed. Decide the match under Screening first."
        )


def _decision_on(who: Practitioner | Facility, day: date) -> Decision | None:
    of = "event__practitioner" if isinstance(who, Practitioner) else "event__facility"
    newest = Decision.objects.filter(**{of: who}, decision_date__lte=day)
    return newest.order_by("-decision_date", "-pk").first()


def approval_on(who: Practitioner | Facility, day: date) -> Decision | None:
    """The approval that stands on a day: the newest decision by then, if it still holds."""
    newest = _decision_on(who, day)
    if newest is None or newest.outcome == "denied":
        return None
    over = newest.ends_date is not None and newest.ends_date <= day
    late = newest.next_due_date is not None and newest.next_due_date < day
    return None if over or late else newest


def refuse_whoever_a_list_stops(who: Practitioner | Facility) -> None:
    """
    Let pass whom no list stops.

    :raises OnAList: if a match on an exclusion list is not cleared
    """
    kind = "practitioner" if isinstance(who, Practitioner) else "facility"
    key = f"{kind}:{who.pk}"
    standing = standings([key])[key]
    if standing.outcome in ("stopped", "open"):
        raise OnAList(who, standing.words)


def refuse_return(who: Practitioner | Facility, day: date) -> None:
    """
    Let back whoever may take part on a day; who was taken over was never decided, and returns so.

    :raises OnAList: if a match on an exclusion list is not cleared
    :raises NotCredentialed: if they were decided here and no approval stands on the day
    """
    refuse_whoever_a_list_stops(who)
    if _decision_on(who, day) is not None and approval_on(who, day) is None:
        raise NotCredentialed(who, day)
