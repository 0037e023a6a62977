"""Asking every night who looked at members in an unusual way, and saying what came of it."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from capitation.models import Contract
from compliance.actions.case_parts import tell
from compliance.models import Case, CaseLook, LookDay, LookNight, UnusualLook
from compliance.queries.looks import count_days, last_night, office_zone, unusual_on
from compliance.rules.looking import HISTORY_DAYS, OUTCOMES, days_to_ask
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.locks import lock
from ipaportal.core.refusals import Refused
from ipaportal.core.scopes import cases_of, seeing

CLOCK = Actor.system("clock")


class NotYours(Refused):
    """One's own looks are judged by somebody else."""

    def __init__(self) -> None:
        super().__init__(
            "These are your own looks. Nothing was recorded. Ask another compliance officer or "
            "the medical director to look at them."
        )


class ReviewedBefore(Refused):
    """Somebody has said what came of it."""

    def __init__(self, look: UnusualLook) -> None:
        super().__init__(
            f"{look.reviewed_by_name} said on {look.reviewed_at:%Y-%m-%d} what came of it. Nothing "
            "was changed: what was found stays."
        )


class SaysNothing(Refused):
    """An outcome without its reason, or a case without its number."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{why} Nothing was recorded.")


class NoSuchCase(Refused):
    """No case of this number, or none that the actor may see: that is said in the same words."""

    def __init__(self) -> None:
        super().__init__(
            "No case that you may see has this number. Nothing was recorded. Open the case first, "
            "or ask whoever works on it to say what came of these looks."
        )


def step_looks(now: datetime) -> int:
    """
    Ask about every whole day that nobody asked about, once there is a contract; a sweep's step.

    It takes on no row that waits, so that it counts none, as the nightly questions do.
    """
    today = now.astimezone(office_zone()).date()
    last = last_night()
    days = days_to_ask(last and last.day, today)
    if days and (last is not None or Contract.objects.exists()):
        record_looks(actor=CLOCK, days=days, now=now)
    return 0


@action("compliance.record_looks")
def record_looks(*, actor: Actor, days: Sequence[date], now: datetime) -> list[UnusualLook]:
    """
    Keep what everybody looked at on some days, and who should be asked about it; each day once.

    The first time it counts the days before as well, so that there is something to compare with.
    """
    lock("compliance", "looks")
    asked = set(LookNight.objects.filter(day__in=days).values_list("day", flat=True))
    if not LookNight.objects.exists():
        before = [min(days) - timedelta(days=n) for n in range(HISTORY_DAYS, 0, -1)]
        LookDay.objects.bulk_create(count_days(before))
    new = sorted(set(days) - asked)
    counted: dict[date, list[LookDay]] = {day: [] for day in new}
    for one in count_days(new):
        counted[one.day].append(one)
    found = [look for day in new if counted[day] for look in _ask(day, counted[day], now)]
    LookNight.objects.bulk_create(
        LookNight(day=day, asked_at=now, people=len(counted[day]),
                  found=sum(1 for look in found if look.day == day))
        for day in new
    )  # fmt: skip
    record(
        actor=actor, action="compliance.looks.asked", days=[f"{day}" for day in new],
        found=len(found),
    )  # fmt: skip
    return found


def _ask(day: date, counted: list[LookDay], now: datetime) -> list[UnusualLook]:
    """Keep one day's looks and who should be asked; later days are compared with it."""
    LookDay.objects.bulk_create(counted)
    return UnusualLook.objects.bulk_create(
        UnusualLook(
            day=day, user_id=one.counted.user_id, user_name=one.user_name,
            reasons=[vars(reason) for reason in one.found],
            keys=[reason.key for reason in one.found], looks=one.counted.looks,
            members=one.counted.members, member_ids=list(one.member_ids), found_at=now,
        )
        for one in unusual_on(day, counted)
    )  # fmt: skip


@action("compliance.review_looks")
def review_look(
    *, actor: Actor, look_id: int, outcome: str, text: str, case_number: str, now: datetime
) -> UnusualLook:
    """
    Say what came of an unusual day: it is explained, or a case was opened.

    :raises NotYours: if the looks are the actor's own
    :raises ReviewedBefore: if somebody has said it
    :raises SaysNothing: if the reason or the case's number is missing
    :raises NoSuchCase: if the actor sees no case of that number
    """
    look = UnusualLook.objects.select_for_update().get(pk=look_id)
    if look.user_id == actor.user_id or actor.user_id is None:
        raise NotYours
    if look.reviewed_at is not None:
        raise ReviewedBefore(look)
    if outcome not in OUTCOMES or len(text.split()) < 3:
        raise SaysNothing("Say in a sentence what was found.")
    if (outcome == "case") != bool(case_number.strip()):
        raise SaysNothing("A case has a number, and only a case has one.")
    if outcome == "case":
        _link(actor, look, case_number.strip().upper(), now)
    look.outcome, look.text = outcome, text.strip()
    look.reviewed_at, look.reviewed_by_id, look.reviewed_by_name = now, actor.user_id, actor.name
    look.save(update_fields=["outcome", "text", "reviewed_at", "reviewed_by_id",
                             "reviewed_by_name"])  # fmt: skip
    # Not what came of it: whom a case accuses may read the log.
    record(actor=actor, action="compliance.look.reviewed", subject=look)
    return look


def _link(actor: Actor, look: UnusualLook, number: str, now: datetime) -> None:
    """Say which case a look led to where only those see it who may see the case."""
    with seeing(cases_of(actor)):
        case = Case.objects.select_for_update().filter(number=number).first()
        if case is None:
            raise NoSuchCase
        CaseLook.objects.create(
            case=case, look_id=look.pk, linked_at=now, linked_by_id=actor.user_id,
            linked_by_name=actor.name,
        )  # fmt: skip
        tell(case, "note", actor=actor, at=now, text=f"It came of unusual looks on {look.day}.")
