"""The gate beneath actions: an approval that stands and no list, before somebody takes part."""

from datetime import date

from credentialing.models import AdverseAction, Decision, Facility, Practitioner
from credentialing.queries.finality import denial_of, due_of
from credentialing.queries.screening_matches import standings
from credentialing.rules.participation import PENDING, REVERSED
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
    return newest.select_related("adverse_action").order_by("-decision_date", "-pk").first()


def _is_terminated(who: Practitioner | Facility, since: date) -> bool:
    """Whether a termination became final since a decision: it takes a new one to return."""
    of = "practitioner" if isinstance(who, Practitioner) else "facility"
    ended = AdverseAction.objects.filter(**{of: who}, kind="termination")
    return ended.filter(final_date__gte=since).exists()


def approval_on(who: Practitioner | Facility, day: date) -> Decision | None:
    """The approval that stands on a day: the newest decision by then, if it still holds."""
    newest = _decision_on(who, day)
    if newest is None or _is_terminated(who, newest.decision_date):
        return None
    if newest.outcome == "denied" and denial_of(newest, day) != REVERSED:
        return None
    due = due_of(newest, day)
    over = newest.ends_date is not None and newest.ends_date <= day
    late = due is not None and due < day
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

    A denial waits for its hearing; a termination that is final lets nobody back.

    :raises OnAList: if a match on an exclusion list is not cleared
    :raises NotCredentialed: if they were decided here and no approval stands on the day
    """
    refuse_whoever_a_list_stops(who)
    newest = _decision_on(who, day)
    if newest is None:
        if _is_terminated(who, date.min):
            raise NotCredentialed(who, day)
        return
    # A denial that is not final takes nobody's part away, nor their way back from something else.
    is_contested = (
        newest.outcome == "denied"
        and denial_of(newest, day) == PENDING
        and not _is_terminated(who, newest.decision_date)
    )
    if not is_contested and approval_on(who, day) is None:
        raise NotCredentialed(who, day)
