"""
Pages of credentialing at 20,000 practitioners, asked for as a browser does.

Everybody takes part with one or two of three plans, is licensed and insured, was screened every
month of a year, one in 33 found on a list; six of seven were decided here, one in seven has an
open file of which most are being verified. Who takes part is told beside what it takes to judge
everybody in Python.
"""

import logging
import random
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.core.cache import cache
from django.db import connection
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from credentialing.actions.file_days import keep_days
from credentialing.models import (
    Credential,
    CredentialingEvent,
    Decision,
    Element,
    EventStep,
    Inquiry,
    ListVersion,
    Participation,
    Practice,
    Practitioner,
    Review,
    ScreeningMatch,
    ScreeningRun,
    Verification,
)
from credentialing.queries.participation import participation
from credentialing.queries.standings import Standings
from credentialing.rules.npi import with_check_digit
from ipaportal.audit.batches import NETWORK, open_batch
from ipaportal.core.actors import Actor
from ipaportal.core.roles import Role
from ipaportal.home.asking import MOST_MS, client_of, measure, summary_of
from ipaportal.home.bench_directory import open_directory
from ipaportal.home.scratch import scratch_database
from ipaportal.identity.models import Party, User

CLOCK = Actor.system("clock")
PEOPLE, MONTHS = 20_000, 12
CODES = ("licence_sanctions", "education", "work_history", "malpractice_history", "npi",
         "federal_sanctions", "opt_out", "attestation", "privileges", "peer_reference")  # fmt: skip
WAY = ["invited", "applying", "submitted", "verifying", "verified", "queued", "approved"]
OPEN = ["verifying", "verifying", "verifying", "submitted", "incomplete", "queued", "verified"]

MATCHES = """
WITH entry AS (
    INSERT INTO credentialing_listentry
           (list_key, content_hash, version_id, row_no, last_name, first_name, middle_name,
            business_name, aliases, general, specialty, npi, more_npis, tin, licences, address,
            city, state, zip_code, kind, waiver_state, list_number)
    SELECT 'LEIE', lpad(p.id::text, 64, '0'), %(version)s, p.id, p.last_name, p.first_name, '',
           '', '{}', '', '', '', '{}', '', '{}', '', '', 'CA', '', '1128a1', '', ''
    FROM credentialing_practitioner AS p WHERE p.id %% 33 = 0
    RETURNING id, row_no, content_hash
)
INSERT INTO credentialing_screeningmatch
       (subject_key, label, list_key, list_code, entry_id, entry_hash, subject_hash, category,
        score, reasons, status, is_stopped, opened_at, due_date, reopened_because, first_run_id,
        last_run_id)
SELECT 'practitioner:' || p.id, p.last_name || ', ' || p.first_name, 'LEIE', 'LEIE', e.id,
       e.content_hash, repeat('0', 64), 'possible', 0.9, '["the same name"]',
       CASE WHEN p.id %% 2 = 0 THEN 'cleared' ELSE 'open' END, false, now(), current_date + 5, '',
       r.id, r.id
FROM entry AS e JOIN credentialing_practitioner AS p ON p.id = e.row_no
CROSS JOIN (SELECT max(id) AS id FROM credentialing_screeningrun) AS r
"""
# Rows by the hundred thousand are made where they lie.
RESULTS = """
INSERT INTO credentialing_screeningresult
       (run_id, subject_key, label, outcome, matches, refuted, words)
SELECT r.id, 'practitioner:' || p.id, p.last_name, 'clear', 0, 0, ''
FROM credentialing_screeningrun AS r CROSS JOIN credentialing_practitioner AS p ORDER BY r.id
"""
STEPS = """
INSERT INTO credentialing_eventstep (event_id, from_status, to_status, at, by_name, reason)
SELECT e.id, '', w.status, e.opened_at + w.no * (12 + e.id * 37 %% 400) * interval '1 hour',
       'bench', ''
FROM credentialing_credentialingevent AS e
CROSS JOIN unnest(%(way)s::text[]) WITH ORDINALITY AS w(status, no)
WHERE e.status = 'approved'
"""
DECISIONS = """
INSERT INTO credentialing_decision
       (event_id, outcome, text, reason_code, level, packet_sha256, decision_date, decided_at,
        decided_by_id, decided_by_name, notice_due_date, next_due_date, lapse)
SELECT s.event_id, 'approved', 'meets the criteria', '', 'clean', repeat('0', 64), s.at::date, s.at,
       1, 'Dr. Tan', s.at::date + 30, (s.at + interval '36 months')::date, ''
FROM credentialing_eventstep AS s WHERE s.to_status = 'approved'
"""


def run(*, members: int | None, say: Callable[[str], object]) -> dict[str, object]:
    """Ask for every page some dozens of times; say of each what it took, at the end the worst."""
    logging.getLogger("ipaportal.request").setLevel(logging.WARNING)
    people = members or PEOPLE
    with scratch_database(is_owner=True), override_settings(ALLOWED_HOSTS=["testserver"]):
        ipa = Party.objects.get_or_create(kind=Party.Kind.IPA, defaults={"name": "Valley IPA"})[0]
        client = client_of("novak", Role.CREDENTIALING_SPECIALIST, ipa)
        make_network(people, say, User.objects.get(email="novak@bench.example"))
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        pages = measure(client, pages_of(), say)
        pages |= _directory(client, say)
        beside = _beside(say)
    return {
        "practitioners": people,
        "compared_to": f"{MOST_MS} ms at p95, and everybody judged in Python",
        **summary_of(pages),
        **beside,
        "pages": pages,
    }


def _beside(say: Callable[[str], object]) -> dict[str, float]:
    """A page of the network as the database judges it, and everybody as the rule does."""
    day = timezone.localdate()
    started = time.perf_counter()
    Standings(day)[0:50]
    paged = time.perf_counter() - started
    started = time.perf_counter()
    everybody = participation(day)
    judged = time.perf_counter() - started
    say(f"a page {paged * 1000:.0f} ms, {len(everybody)} places in Python {judged * 1000:.0f} ms")
    return {"ratio_to_python": round(judged / paged, 1)}


def _directory(client: Client, say: Callable[[str], object]) -> dict[str, dict]:
    """The pages of the directory, which are asked for more often than one person may."""
    found: dict[str, dict] = {}
    for name, page in directory_pages().items():
        cache.clear()
        found |= measure(client, {name: page}, say)
    return found


def directory_pages() -> dict[str, tuple[str, dict]]:
    """What everybody looks for in the directory."""
    address = reverse("credentialing:public_directory")
    return {
        "directory": (address, {}),
        "directory: of a name": (address, {"name": "doe12"}),
        "directory: a specialty in a city": (address, {"specialty": "cardio", "place": "clovis"}),
        "directory: a language": (address, {"language": "hmong", "accepts": "on"}),
        "directory: far down": (address, {"page": "300", "sort": "-city"}),
    }


def pages_of() -> dict[str, tuple[str, dict]]:
    """What staff look at: name → address and what is asked of it."""
    doing = CredentialingEvent.objects.filter(status="verifying").latest("pk")
    done = Decision.objects.latest("pk").event.practitioner_id

    def at(name: str, *args: object) -> str:
        return reverse(f"credentialing:{name}", args=args)

    queue, files, board, network = (
        at("file_queue"), at("file_list"), at("expirable_list"), at("participation_list")
    )  # fmt: skip
    person = at("practitioner_file", doing.practitioner_id)
    return {
        "queue": (queue, {}),
        "queue: mine": (queue, {"show": "mine"}),
        "queue: overdue": (queue, {"show": "late"}),
        "queue: by a name": (queue, {"q": "doe12"}),
        "queue: far down": (queue, {"page": "40"}),
        "turnaround": (at("turnaround"), {}),
        "turnaround: files": (at("turnaround_files", "verify"), {"at_least": "20"}),
        "files": (files, {}),
        "files: open": (files, {"status": "open"}),
        "files: of a name": (files, {"q": "doe12"}),
        "files: far down": (files, {"page": "300"}),
        "expirables": (board, {}),
        "expirables: of a name": (board, {"q": "doe12"}),
        "recredentialing": (at("recred_list"), {}),
        "network": (network, {}),
        "network: of a name": (network, {"q": "doe12"}),
        "network: takes no part": (network, {"show": "stopped"}),
        "network: far down": (network, {"page": "300", "sort": "-practice"}),
        "practices": (at("practice_list"), {}),
        "practitioners": (at("practice_list"), {"of": "people"}),
        "practitioner": (at("practitioner_detail", done), {}),
        "screening": (at("screening_list"), {}),
        "screening: a run": (at("screening_detail", ScreeningRun.objects.latest("pk").pk), {}),
        "matches": (at("match_list"), {}),
        "matches: all, of a name": (at("match_list"), {"show": "all", "q": "doe1"}),
        "match": (at("match_detail", ScreeningMatch.objects.latest("pk").pk), {}),
        "file: overview": (person, {}),
        "file: elements": (person, {"tab": "elements"}),
        "file: time line": (at("practitioner_file", done), {"tab": "timeline"}),
    }


def make_network(people: int, say: Callable[[str], object], owner: User) -> None:
    """A network in the database, by COPY's slower sister: rows made in bulk."""
    started = time.perf_counter()
    dice = random.Random(7)  # noqa: S311 - the same world every time
    keys = _make_people(people)
    _make_places(keys, dice)
    _make_credentials(keys, dice)
    _make_screening()
    _make_decided([key for key in keys if key % 7], dice)
    open_directory(random.Random(8))  # noqa: S311 - its own, so that the rest stays as it was
    _make_open([key for key in keys if not key % 7], dice, owner)
    say(f"{people} practitioners in {time.perf_counter() - started:.0f} s")


def _make_people(people: int) -> list[int]:
    made = Practitioner.objects.bulk_create(
        [
            Practitioner(
                npi=with_check_digit(f"1{number:08}"), first_name=f"Ana{number % 97}",
                last_name=f"Doe{number}", specialty="Family Medicine", provider_type="md",
            )
            for number in range(people)
        ],
        batch_size=2000,
    )  # fmt: skip
    return [one.pk for one in made]


def _make_places(keys: list[int], dice: random.Random) -> None:
    count = max(len(keys) // 50, 1)
    parties = Party.objects.bulk_create(
        [Party(kind=Party.Kind.PRACTICE, name=f"Practice {n}") for n in range(count)]
    )
    practices = Practice.objects.bulk_create(
        [
            Practice(party=party, tin=f"{990_000_000 + n}", name=party.name)
            for n, party in enumerate(parties)
        ]
    )
    payers = Party.objects.bulk_create(
        [Party(kind=Party.Kind.PAYER, name=f"Plan {n}", code=f"P{n}") for n in range(3)]
    )
    now = timezone.now()
    no = open_batch(actor=CLOCK, scopes=[NETWORK], description="bench", now=now).pk
    Participation.objects.bulk_create(
        [
            Participation(
                practitioner_id=key, practice=practices[place % count], payer_party=payer,
                effective_date=date(2024, 1, 1), fact_no=no, recorded_at=now,
                end_date=None if dice.random() < 0.95 else date(2026, 1, 1),
            )
            for place, key in enumerate(keys)
            for payer in dice.sample(payers, dice.choice([1, 2]))
        ],
        batch_size=2000,
    )  # fmt: skip


def _make_credentials(keys: list[int], dice: random.Random) -> None:
    today, now = timezone.localdate(), timezone.now()
    Credential.objects.bulk_create(
        [
            Credential(
                practitioner_id=key, kind=kind, state="CA", number=f"{kind}{key}",
                expires_date=today + timedelta(days=dice.randrange(-5, 900)), recorded_at=now,
                recorded_by_name="bench",
            )
            for key in keys
            for kind in ("licence", "board", "coverage")
        ],
        batch_size=2000,
    )  # fmt: skip


def _make_screening() -> None:
    today, now = timezone.localdate(), timezone.now()
    for back in range(MONTHS, 0, -1):
        ScreeningRun.objects.create(
            cause="monthly", state="done", as_of=today - timedelta(days=30 * back),
            requested_by_name="bench", requested_at=now, finished_at=now, algorithm="bench",
        )  # fmt: skip
    version = ListVersion.objects.create(
        list_key="LEIE", list_code="LEIE", source_date=today, name="bench.csv", sha256="0" * 64,
        size=1, status="loaded", received_at=now, loaded_at=now, received_by_name="bench",
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(RESULTS)
        cursor.execute(MATCHES, {"version": version.pk})


def _events(keys: list[int], statuses: list[str], opened: list[datetime], **more: object):
    return CredentialingEvent.objects.bulk_create(
        [
            CredentialingEvent(
                practitioner_id=key, kind="initial", status=status, opened_at=at,
                opened_by_name="bench", **more,
            )
            for key, status, at in zip(keys, statuses, opened, strict=True)
        ],
        batch_size=2000,
    )  # fmt: skip


def _make_decided(keys: list[int], dice: random.Random) -> None:
    """Decided files, over three years, with every step of their way."""
    now = timezone.now()
    opened = [now - timedelta(days=dice.randrange(100, 1000)) for _ in keys]
    _events(keys, ["approved"] * len(keys), opened)
    with connection.cursor() as cursor:
        cursor.execute(STEPS, {"way": WAY})
        cursor.execute(DECISIONS)
    keep_days()


def _make_open(keys: list[int], dice: random.Random, owner: User) -> None:
    """Open files; those that are verified have ten elements, most of them signed for."""
    now = timezone.now()
    statuses = [dice.choice(OPEN) for _ in keys]
    opened = [now - timedelta(days=dice.randrange(1, 120)) for _ in keys]
    events = _events(keys, statuses, opened)
    CredentialingEvent.objects.filter(pk__in=[e.pk for e in events if not e.pk % 9]).update(
        owner=owner
    )
    steps = [
        EventStep(event=event, to_status=status, at=event.opened_at + timedelta(hours=n),
                  by_name="bench")
        for event in events
        for n, status in enumerate(("invited", "applying", event.status))
    ]  # fmt: skip
    EventStep.objects.bulk_create(steps, batch_size=4000)
    elements = Element.objects.bulk_create(
        [
            Element(event=event, code=code, added_at=event.opened_at)
            for event in events
            if event.status == "verifying"
            for code in CODES
        ],
        batch_size=4000,
    )
    _verify(elements, dice, now)


def _verify(elements: list[Element], dice: random.Random, now: datetime) -> None:
    asked = [element for element in elements if dice.random() < 0.8]
    found = Verification.objects.bulk_create(
        [
            Verification(
                element=element, source="nppes", method="web", as_of_date=now.date(),
                performed_at=now, result="clean", collected_by_name="bench", recorded_at=now,
            )
            for element in asked
        ],
        batch_size=4000,
    )  # fmt: skip
    Review.objects.bulk_create(
        [
            Review(
                verification=one, is_accepted=True, reviewed_by_id=1, reviewed_by_name="Novak",
                reviewed_at=now,
            )
            for one in found
            if dice.random() < 0.9
        ],
        batch_size=4000,
    )  # fmt: skip
    Inquiry.objects.bulk_create(
        [
            Inquiry(
                element=element, recipient_name="Dr. Egret", recipient_email="e@peer.example",
                question="Would you refer?", token_sha256=f"{element.pk:064}", sent_at=now,
                sent_by_name="bench", expires_at=now + timedelta(days=30),
            )
            for element in elements
            if element.code == "peer_reference"
        ],
        batch_size=4000,
    )  # fmt: skip
