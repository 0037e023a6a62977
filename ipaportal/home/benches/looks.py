"""
Pages over a log of ten million rows, in a table a month, beside the same rows in one table.

Two years of 400 people who look at 60,000 members: most looks are at one, some are lists; a third
of the rows are deeds. Rows are made without their leaves, which no page reads. Then the night's
question is asked of the last day, and every page is asked for as a browser does.
"""

import logging
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta

from django.db import connection
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone

from capitation.models import Payer
from compliance.actions.looks import record_looks
from compliance.models import UnusualLook
from ipaportal.core.actors import Actor
from ipaportal.core.months import add_months, month_of
from ipaportal.core.roles import Role
from ipaportal.home.asking import client_of, measure, summary_of
from ipaportal.home.scratch import scratch_database
from ipaportal.home.walls.building import build
from ipaportal.identity.models import Party, User

ROWS, MONTHS, PEOPLE, MEMBERS = 10_000_000, 24, 400, 60_000
MOST_MS = 300
TABLES = ("audit_accessevent", "audit_domainevent")
CLOCK = Actor.system("clock")
# Hashes of a row's number stand for chance, so that each call makes the same rows.
SEEN = """
INSERT INTO audit_accessevent (at, actor_id, actor_name, actor_roles, request_id, task_id, kind,
                               view_name, member_ids, ip)
SELECT %(starts)s::timestamptz
           + n * (%(ends)s::timestamptz - %(starts)s::timestamptz) / %(rows)s,
       %(person)s + who, 'Person ' || who,
       '{finance}', md5(n::text), '', CASE WHEN kind < 4 THEN 'export' ELSE 'view' END,
       (ARRAY['capitation:member_detail', 'capitation:member_list', 'capitation:panel'])
           [1 + (CASE WHEN lot < 80 THEN 0 WHEN lot < 95 THEN 1 ELSE 2 END)],
       ARRAY(SELECT %(member)s + (hashint8extended(n, 7 + k) & 2147483647) %% %(members)s
             FROM generate_series(1, CASE WHEN lot < 80 THEN 1 WHEN lot < 95 THEN 10 ELSE 50 END)
                  AS k),
       '10.1.2.3'
FROM (SELECT n, floor(%(people)s * power((hashint8extended(n, 1) & 1048575) / 1048576.0, 2))::bigint
                AS who,
             (hashint8extended(n, 2) & 2147483647) %% 100 AS lot,
             (hashint8extended(n, 3) & 2147483647) %% 100 AS kind
      FROM generate_series(0, %(rows)s - 1) AS n) AS one
"""
DONE = """
INSERT INTO audit_domainevent (at, actor_id, actor_name, actor_roles, request_id, task_id, action,
                               subject_type, subject_id, details)
SELECT %(starts)s::timestamptz
           + n * (%(ends)s::timestamptz - %(starts)s::timestamptz) / %(rows)s,
       %(person)s + n %% %(people)s,
       'Person ' || n %% %(people)s, '{finance}', md5(n::text), '', 'capitation.member.assigned',
       'capitation.Member', (%(member)s + n %% %(members)s)::text, '{"reason": "member asked"}'
FROM generate_series(0, %(rows)s - 1) AS n
"""
USERS = """
INSERT INTO identity_user (email, name, password, is_active)
SELECT 'person' || n || '@bench.example', 'Person ' || n, '!', true
FROM generate_series(0, %s - 1) AS n RETURNING id
"""
GRANTS = """
INSERT INTO identity_grant (user_id, party_id, role, effective_date)
SELECT id, %s, 'finance', '2020-01-01' FROM identity_user
"""
NUMBERED = """
INSERT INTO capitation_member (payer_id, plan_member_id, uuid)
SELECT %s, 'B' || lpad(n::text, 8, '0'), gen_random_uuid()
FROM generate_series(0, %s - 1) AS n RETURNING id
"""


def run(*, members: int | None, say: Callable[[str], object]) -> dict[str, object]:
    """Ask for every page over so many rows of the log, in months and in one table."""
    logging.getLogger("ipaportal.request").setLevel(logging.WARNING)
    rows = members or ROWS
    with scratch_database(is_owner=True), override_settings(ALLOWED_HOSTS=["testserver"]):
        world = make_log(rows, say)
        client = client_of("officer", Role.COMPLIANCE_OFFICER, Party.objects.get(kind="ipa"))
        started = time.perf_counter()
        yesterday = timezone.localdate() - timedelta(days=1)
        record_looks(actor=CLOCK, days=[yesterday], now=timezone.now())
        night = time.perf_counter() - started
        say(f"the first night, with 60 days before it: {night:.1f} s")
        pages = pages_of(*world)
        if (look := UnusualLook.objects.first()) is not None:
            pages["unusual: one"] = (reverse("compliance:unusual_detail", args=[look.pk]), {})
        in_months = measure(client, pages, say)
        _in_one_table(say)
        in_one = measure(client, pages, say)
    return {
        "rows": rows,
        "compared_to": f"{MOST_MS} ms at p95, and the same rows in one table",
        "first_night_seconds": round(night, 1),
        **summary_of(in_months, MOST_MS),
        "worst_p95_ms_in_one_table": max(page["p95_ms"] for page in in_one.values()),
        "pages": {
            name: page | {"p95_ms_in_one_table": in_one[name]["p95_ms"]}
            for name, page in in_months.items()
        },
    }


def make_log(rows: int, say: Callable[[str], object]) -> tuple[int, int]:
    """People, members and two years of their log; the busiest person and a member."""
    started = time.perf_counter()
    ipa = Party.objects.create(kind="ipa", name="Bench IPA")
    payer = Payer.objects.create(party=Party.objects.create(kind="payer", name="Plan"))
    person = _first_of(USERS, [PEOPLE])
    member = _first_of(NUMBERED, [payer.pk, MEMBERS])
    with connection.cursor() as cursor:
        cursor.execute(GRANTS, [ipa.pk])
        cursor.execute("SET maintenance_work_mem = '256MB'")
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER leaves")
        cursor.execute("SELECT pg_get_indexdef('audit_access_members'::regclass)")
        index = cursor.fetchone()[0].replace(" ON ONLY ", " ON ")
        cursor.execute("DROP INDEX audit_access_members")
        given = {"person": person, "people": PEOPLE, "member": member, "members": MEMBERS}
        for month, starts, ends in _months(timezone.localdate()):
            for table in TABLES:
                cursor.execute("SELECT audit_make_month(%s, %s)", [table, month])
            given |= {"starts": starts, "ends": ends}
            cursor.execute(SEEN, given | {"rows": rows * 7 // 10 // MONTHS})
            cursor.execute(DONE, given | {"rows": rows * 3 // 10 // MONTHS})
        say(f"{rows} rows made in {time.perf_counter() - started:.0f} s")
        cursor.execute(index)
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER leaves")
        cursor.execute(f"VACUUM (ANALYZE) {', '.join(TABLES)}")
    say(f"and found by index after {time.perf_counter() - started:.0f} s")
    return person, member + 777


def _months(today: date) -> Iterator[tuple[date, date, date]]:
    """Each month with its days so far."""
    this = month_of(today)
    for back in range(MONTHS - 1, -1, -1):
        month = add_months(this, -back)
        yield month, month, min(add_months(month, 1), today + timedelta(days=1))


def _first_of(statement: str, values: list) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return min(row[0] for row in cursor.fetchall())


def _in_one_table(say: Callable[[str], object]) -> None:
    started = time.perf_counter()
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute("SELECT audit_lay_out(%s, false)", [table])
        build()  # a table that is made anew is nobody's yet
        cursor.execute(f"VACUUM (ANALYZE) {', '.join(TABLES)}")
    say(f"the same rows in one table after {time.perf_counter() - started:.0f} s")


def pages_of(person: int, member: int) -> dict[str, tuple[str, dict]]:
    """What an officer looks at: name → address and what is asked of it."""
    saw, today = reverse("home:sighting_list"), timezone.localdate()
    of_member = reverse("compliance:member_looks", args=[member])
    busiest = reverse("compliance:person_looks", args=[person])
    one = reverse("compliance:person_looks", args=[User.objects.get(name="Person 200").pk])
    year = {"first": f"{today - timedelta(days=365)}", "last": f"{today}"}
    old = {"first": f"{today - timedelta(days=400)}", "last": f"{today - timedelta(days=395)}"}
    return {
        "who saw what": (saw, {}),
        "who saw what: old days": (saw, old),
        "who saw what: files": (saw, {"kind": "export"}),
        "who saw what: refused": (saw, {"kind": "refused"}),
        "who saw what: a member": (saw, {"member": str(member)}),
        "who saw what: a person": (saw, {"actor": str(person)}),
        "who saw what: the oldest": (saw, {"sort": "at"}),
        "a member": (of_member, {}),
        "a member: files": (of_member, {"kind": "export"}),
        "a member: by page": (of_member, {"sort": "page"}),
        "a member: last page": (of_member, {"page": "999"}),
        "the busiest person": (busiest, {}),
        "the busiest person: a year": (busiest, year),
        "the busiest person: last page of a year": (busiest, {**year, "page": "9999"}),
        "the busiest person: the middle of a year": (busiest, {**year, "page": "900"}),
        "the busiest person: seen, the middle": (busiest, {**year, "kind": "view", "page": "850"}),
        "the busiest person: by page, the middle": (
            busiest,
            {**year, "sort": "page", "page": "900"},
        ),
        "the busiest person: done": (busiest, {**year, "of": "done"}),
        "a person: a year": (one, year),
        "a person: day by day": (one, {"of": "days"}),
        "people": (reverse("compliance:people_looks"), {}),
        "unusual": (reverse("compliance:unusual_list"), {}),
        "what left about a member": (reverse("compliance:accounting", args=[member]), {}),
    }
