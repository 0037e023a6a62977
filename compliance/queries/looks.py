"""What people looked at, a day: counted from the log of access, and compared with other days."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from capitation.models import Member
from capitation.rules.bank_days import is_bank_day
from compliance.models import LookDay, LookNight, UnusualLook
from compliance.rules.looking import (
    FEW_MEMBERS,
    HISTORY_DAYS,
    Hours,
    PersonDay,
    Reason,
    reasons,
    surname,
    usual_of,
)
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted
from ipaportal.core.roles import STAFF_ROLES
from ipaportal.identity.models import EmergencyAccess, Grant, User

REVIEW = "compliance.review_looks"
MOST_NAMED = 50
# The days come with their bounds, and the moments between which the office is open.
COUNTED = """
    WITH d AS MATERIALIZED (
        SELECT * FROM unnest(%(days)s::date[], %(starts)s::timestamptz[], %(ends)s::timestamptz[],
                             %(opens)s::timestamptz[], %(closes)s::timestamptz[])
               AS one (day, starts, ends, opens, closes)
    ), seen AS MATERIALIZED (
        SELECT d.day, e.actor_id, e.kind, e.at < d.opens OR e.at >= d.closes AS is_late,
               e.member_ids
          FROM d JOIN audit_accessevent AS e ON e.at >= d.starts AND e.at < d.ends
         WHERE e.actor_id IS NOT NULL
    ), shown AS (
        SELECT day, actor_id, count(DISTINCT member_id) AS members
          FROM seen CROSS JOIN LATERAL unnest(member_ids) AS one (member_id)
         WHERE kind <> 'refused' GROUP BY day, actor_id
    ), refused AS (
        SELECT d.day, e.actor_id, count(*) AS pages
          FROM d JOIN audit_domainevent AS e ON e.at >= d.starts AND e.at < d.ends
         WHERE e.action = 'audit.page.refused' AND e.actor_id IS NOT NULL
         GROUP BY d.day, e.actor_id
    ), looked AS (
        SELECT day, actor_id, count(*) FILTER (WHERE kind <> 'refused') AS looks,
               count(*) FILTER (WHERE kind = 'export') AS exported,
               count(*) FILTER (WHERE kind = 'refused') AS refused,
               count(*) FILTER (WHERE kind <> 'refused' AND is_late) AS late
          FROM seen GROUP BY day, actor_id
    )
    SELECT day, actor_id, coalesce(looks, 0), coalesce(members, 0), coalesce(exported, 0),
           coalesce(looked.refused, 0) + coalesce(pages, 0), coalesce(late, 0)
      FROM looked FULL JOIN refused USING (day, actor_id) LEFT JOIN shown USING (day, actor_id)
     WHERE EXISTS (SELECT FROM identity_user AS u WHERE u.id = actor_id)
     ORDER BY day, actor_id"""
# Members with a person's own surname on pages that showed a few only.
NAMESAKES = """
    SELECT DISTINCT e.actor_id, p.member_id
      FROM unnest(%(people)s::bigint[], %(surnames)s::text[]) AS who (user_id, surname)
      JOIN audit_accessevent AS e
        ON e.actor_id = who.user_id AND e.at >= %(starts)s AND e.at < %(ends)s
       AND e.kind <> 'refused' AND cardinality(e.member_ids) BETWEEN 1 AND %(few)s
     CROSS JOIN LATERAL unnest(e.member_ids) AS one (member_id)
      JOIN capitation_memberprofile AS p
        ON p.member_id = one.member_id AND p.superseded_no IS NULL
       AND lower(regexp_replace(p.last_name, '^.*\\s', '')) = who.surname
     ORDER BY 1, 2"""


@dataclass(frozen=True)
class Unusual:
    """Somebody's day with the reasons to ask about it, and the members that two of them name."""

    counted: LookDay
    user_name: str
    found: tuple[Reason, ...]
    member_ids: tuple[int, ...]


@dataclass
class Known:
    """What is known of the people of a day beside what they looked at."""

    users: dict[int, User] = field(default_factory=dict)
    roles: dict[int, set[str]] = field(default_factory=dict)
    last_days: dict[int, date | None] = field(default_factory=dict)
    history: dict[int, list[int]] = field(default_factory=dict)
    history_roles: dict[int, set[str]] = field(default_factory=dict)
    namesakes: dict[int, list[int]] = field(default_factory=dict)
    emergencies: dict[int, list[int]] = field(default_factory=dict)


def office_zone() -> ZoneInfo:
    return ZoneInfo(settings.OFFICE_ZONE)


def bounds_of(day: date) -> tuple[datetime, datetime]:
    """When a day begins and ends where the office stands."""
    zone = office_zone()
    ends = datetime.combine(day + timedelta(days=1), time.min, zone)
    return datetime.combine(day, time.min, zone), ends


def count_days(days: Sequence[date]) -> list[LookDay]:
    """What everybody looked at on some days, not yet kept; one query."""
    hours, zone = Hours.read(settings.OFFICE_HOURS), office_zone()
    open_ = [hours.of(day, zone, is_workday=is_bank_day(day)) for day in days]
    around = [bounds_of(day) for day in days]
    given = {
        "days": list(days),
        "starts": [starts for starts, _ in around],
        "ends": [ends for _, ends in around],
        "opens": [opens for opens, _ in open_],
        "closes": [closes for _, closes in open_],
    }
    with connection.cursor() as cursor:
        cursor.execute(COUNTED, given)
        rows = cursor.fetchall()
    roles = _roles_of({row[1] for row in rows})
    names = ("day", "user_id", "looks", "members", "exported", "refused", "out_of_hours")
    return [
        LookDay(roles=sorted(_on(roles[row[1]], row[0])), **dict(zip(names, row, strict=True)))
        for row in rows
    ]


def _roles_of(users: set[int]) -> dict[int, list[Grant]]:
    found: dict[int, list[Grant]] = defaultdict(list)
    for grant in Grant.objects.filter(user_id__in=users):
        found[grant.user_id].append(grant)
    return found


def _on(grants: list[Grant], day: date) -> set[str]:
    return {
        one.role
        for one in grants
        if one.effective_date <= day and (one.end_date is None or one.end_date > day)
    }


def unusual_on(day: date, counted: list[LookDay]) -> list[Unusual]:
    """Who of a day should be asked about; seven queries however many people there are."""
    known = _known(day, counted)
    found = []
    for one in counted:
        seen = _person_day(one, known)
        if because := reasons(seen, day):
            who = one.user_id
            members = {*known.namesakes.get(who, []), *known.emergencies.get(who, [])}
            name = known.users[who].name
            found.append(Unusual(one, name, because, tuple(sorted(members)[:MOST_NAMED])))
    return found


def _person_day(one: LookDay, known: Known) -> PersonDay:
    who, roles = one.user_id, set(one.roles)
    others = known.history_roles | {who: roles}
    return PersonDay(
        looks=one.looks,
        members=one.members,
        exported=one.exported,
        refused=one.refused,
        out_of_hours=one.out_of_hours,
        is_staff=bool(roles & STAFF_ROLES) or not roles,
        has_access=known.users[who].is_active and bool(roles),
        last_day=known.last_days.get(who),
        own=known.history.get(who, []),
        peers=usual_of(known.history, others, who),
        namesakes=len(known.namesakes.get(who, [])),
        emergencies=len(known.emergencies.get(who, [])),
    )


def _known(day: date, counted: list[LookDay]) -> Known:
    people = {one.user_id for one in counted}
    known = Known(users=User.objects.in_bulk(people))
    for who, grants in _roles_of(people).items():
        ends = [one.end_date for one in grants if one.end_date is None or one.end_date > day]
        if ends and None not in ends:
            known.last_days[who] = max(ends) - timedelta(days=1)
    earlier = LookDay.objects.filter(
        day__lt=day, day__gte=day - timedelta(days=HISTORY_DAYS), looks__gt=0
    )
    for row in earlier.order_by("day"):
        known.history.setdefault(row.user_id, []).append(row.members)
        known.history_roles[row.user_id] = set(row.roles)
    known.namesakes = _namesakes(day, known.users)
    starts, ends_at = bounds_of(day)
    opened = EmergencyAccess.objects.filter(began_at__gte=starts, began_at__lt=ends_at)
    for one in opened.filter(subject_type=Member._meta.label):
        known.emergencies.setdefault(one.user_id, []).append(one.subject_id)
    return known


def _namesakes(day: date, users: dict[int, User]) -> dict[int, list[int]]:
    called = {pk: name for pk, user in users.items() if (name := surname(user.name))}
    starts, ends = bounds_of(day)
    given = {
        "people": list(called), "surnames": list(called.values()), "starts": starts, "ends": ends,
        "few": FEW_MEMBERS,
    }  # fmt: skip
    found: dict[int, list[int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(NAMESAKES, given)
        for who, member_id in cursor.fetchall():
            found.setdefault(who, []).append(member_id)
    return found


def last_night() -> LookNight | None:
    """The newest day that was asked about."""
    return LookNight.objects.order_by("-day").first()


def unusual_looks(*, actor: Actor) -> QuerySet[UnusualLook]:
    """
    Days that somebody should ask, or has asked, about; never one's own.

    A case may have come of it, and whom a case accuses sees it through no door.
    """
    if not actor.may(REVIEW):
        raise NotPermitted(actor.name, REVIEW)
    return UnusualLook.objects.exclude(user_id=actor.user_id)
