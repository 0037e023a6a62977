"""The demo's looks at members: ordinary weeks, one evening to ask about, and a subpoena."""

from datetime import date, datetime, time, timedelta

from django.db import transaction

from capitation.models import Member
from capitation.rules.bank_days import is_bank_day
from compliance.actions.disclosures import record_disclosure
from compliance.actions.looks import record_looks, review_look
from compliance.models import Disclosure, LookNight, UnusualLook
from compliance.queries.looks import office_zone
from ipaportal.audit.models import AccessEvent
from ipaportal.core.actors import Actor
from ipaportal.home.demo.committee import People

DAYS, EVERY = 21, 37
CLOCK = Actor.system("demo")
PAGES = ("capitation:member_detail", "capitation:member_list", "capitation:worklists")


def look_around(
    *, people: People, officer: Actor, finance: Actor, doctor: Actor, now: datetime
) -> None:
    """Let people look at members for three weeks, ask about the days, and record what left."""
    if LookNight.objects.exists():
        return
    members = list(Member.objects.order_by("pk").values_list("pk", flat=True))
    last = now.astimezone(office_zone()).date() - timedelta(days=1)
    days = [last - timedelta(days=n) for n in range(DAYS, -1, -1)]
    with transaction.atomic():
        for day in days:
            AccessEvent.objects.bulk_create(
                [*_ordinary(day, members, (finance, officer, people.admin, people.director)),
                 *_of_a_panel(day, members, doctor)]
            )  # fmt: skip
        AccessEvent.objects.bulk_create(_an_evening(days[-5], members, people.admin, 3))
        AccessEvent.objects.bulk_create(_an_evening(last, members, finance, 64))
        record_looks(actor=CLOCK, days=days[-5:], now=now)
        _judge(people.director, people.admin, now)
        _disclose(officer, members, now)


def _ordinary(day: date, members: list[int], staff: tuple[Actor, ...]) -> list[AccessEvent]:
    """A few members each, between nine and four; nobody works on days that banks are closed."""
    if not is_bank_day(day):
        return []
    return [
        _look(who, day, time(9 + n, (7 * n + k) % 60), PAGES[n % 3],
              [members[(day.toordinal() * EVERY + 11 * n + k) % len(members)]])
        for k, who in enumerate(staff)
        for n in range(4 + (day.toordinal() + k) % 4)
    ]  # fmt: skip


def _of_a_panel(day: date, members: list[int], doctor: Actor) -> list[AccessEvent]:
    """A physician looks at the panel in the evening, which is nothing to ask about."""
    if day.weekday() != 2:
        return []
    return [_look(doctor, day, time(21, 10), "capitation:panel", members[: len(members) // 20 + 1])]


def _an_evening(day: date, members: list[int], who: Actor, count: int) -> list[AccessEvent]:
    """One member after another when the office is closed, and a file at the end."""
    looks = [
        _look(who, day, time(21, n % 60, n // 60), PAGES[0], [members[(EVERY * n) % len(members)]])
        for n in range(count)
    ]
    return [*looks, _look(who, day, time(22, 5), "capitation:run_csv", members[:count], "export")]


def _look(
    who: Actor, day: date, clock: time, page: str, members: list[int], kind: str = "view"
) -> AccessEvent:
    return AccessEvent(
        at=datetime.combine(day, clock, office_zone()), actor_id=who.user_id, actor_name=who.name,
        actor_roles=sorted(who.roles), kind=kind, view_name=page, member_ids=members,
        ip="192.0.2.17",
    )  # fmt: skip


def _judge(director: Actor, who: Actor, now: datetime) -> None:
    """One is explained already; the other waits."""
    for look in UnusualLook.objects.filter(user_id=who.user_id):
        review_look(
            actor=director, look_id=look.pk, outcome="explained", case_number="", now=now,
            text="Month-end was late; finance confirms that it asked for these three.",
        )  # fmt: skip


def _disclose(officer: Actor, members: list[int], now: datetime) -> None:
    """A court asked for one member's records."""
    if Disclosure.objects.filter(purpose="court").exists():
        return
    record_disclosure(
        actor=officer, made_date=now.date() - timedelta(days=40),
        recipient="Superior Court, Harbor County", recipient_address="200 Quay Street",
        description="coverage and payments of 2025", purpose="court",
        words="subpoena of a civil case, with notice to the member", member_ids=members[:1],
        now=now,
    )  # fmt: skip
