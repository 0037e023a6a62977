"""
A member nobody else is like goes through the house; then everything written is searched for them.

Their name, number and MBI may stand on pages for whoever may see them, and in the few tables that
are there for it; never in a log, a mail, an address, a task, an event, a file's name or an error.
"""

import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import TestCase, override_settings
from django.urls import path, reverse

from capitation.models import Member, PlanFile
from ipaportal import urls
from ipaportal.core.encryption import blind_index
from ipaportal.home.logs import JsonFormatter, LineFormatter, OriginFilter
from ipaportal.identity.web.access import PUBLIC, public
from tests.databases import acting_as
from tests.factories import make_contract
from tests.kept import kept
from tests.people import actor_of
from tests.planfiles import a_member, an_834, take
from tests.stories.attacks import addresses, make_attacked, signed_in_afresh, text_of

pytestmark = pytest.mark.django_db
LAST, FIRST, NUMBER, MBI = "Qxlastcanary", "Qxfirstcanary", "QXNUMBER77", "9QX9QX9QX99"
SSN = "899-77-6655"
CANARY = re.compile("qxlastcanary|qxfirstcanary|qxnumber77|9qx9qx9qx99|899-?77-?6655", re.I)
ADDRESS = re.compile(r"""(?:href|action|src|hx-get|hx-post|data-open)="([^"]*)\"""")
# Where a member's name and number are kept on purpose.
KEPT = {"capitation_member", "capitation_memberprofile", "capitation_memberidentifier"}


class Written(logging.Handler):
    """Every record of every logger, as both formatters of the portal would write it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.addFilter(OriginFilter())
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines += [form.format(record) for form in (LineFormatter(), JsonFormatter())]


@contextmanager
def written() -> Iterator[list[str]]:
    """What is logged within the block, by anybody."""
    root, handler = logging.getLogger(), Written()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler.lines
    root.removeHandler(handler)
    root.setLevel(before)


@dataclass(frozen=True)
class Page:
    """What somebody got, as text where it is text."""

    status: int
    headers: str
    text: str

    @classmethod
    def of(cls, answer) -> "Page":
        is_table = "spreadsheet" in answer.headers.get("Content-Type", "")
        text = "" if is_table else text_of(answer)
        return cls(answer.status_code, str(answer.headers), text)


@dataclass(frozen=True)
class Walk:
    """All that came of a walk through the house: pages, log lines, mails."""

    pages: list[Page]
    logged: list[str]
    mails: list[str]


@public
def crash(request):
    """A page that fails as pages do: the database's words quote the member's row."""
    with transaction.atomic():
        Member.objects.create(
            payer_id=Member.objects.get(plan_member_id=NUMBER).payer_id,
            plan_member_id=NUMBER,
            uuid="00000000-0000-4000-8000-000000000001",
        )
    return HttpResponse()


class WithACrash:
    handler403, handler500 = urls.handler403, getattr(urls, "handler500", None)
    urlpatterns = [*urls.urlpatterns, path("crash/", crash)]


@kept
def walked() -> Walk:
    """The house with the canary in it, and every answer that somebody got."""
    with written() as logged, override_settings(ROOT_URLCONF=WithACrash):
        before = len(mail.outbox)
        pages = [Page.of(answer) for answer in answers()]
        sent = mail.outbox[before:]
    return Walk(pages, logged, [f"{one.subject} {one.body} {one.to}" for one in sent])


def answers():
    attacked = make_attacked()
    contract = make_contract("ZOO")
    member = a_member(NUMBER, last_name=LAST, first_name=FIRST, mbi=MBI)
    with TestCase.captureOnCommitCallbacks(execute=True):
        take(contract, an_834([member]), name="roster-of-october.834")
    for user in (attacked.everybody, attacked.bell):
        client, may = signed_in_afresh(user), actor_of(user).may
        client.raise_request_exception = False
        for address in addresses(attacked.values(attacked.world.bell)):
            if address.permission == PUBLIC or may(address.permission):
                yield client.get(address.path)
        for text in (LAST, NUMBER, MBI, SSN, f"{LAST}, {FIRST}"):
            search = reverse("capitation:member_list") if may("capitation.view_members") else "/"
            found = client.post("/search/keep/", {"q": text, "to": search})
            yield found
            yield client.get(found.url)
            if search != "/":
                yield client.get(f"{found.url}&export=csv")
        yield client.get(f"/members/{Member.objects.get(plan_member_id=NUMBER).pk}/")
        yield from failing(client, contract)


def failing(client, contract):
    """Forms with the canary in them that are refused, and a page that breaks."""
    upload = SimpleUploadedFile("notes.txt", f"{LAST} {FIRST} {SSN} {MBI}".encode())
    broken = an_834([a_member(NUMBER, last_name=LAST, first_name=FIRST, mbi=MBI)])[:200]
    truncated = SimpleUploadedFile("roster.834", broken)
    form = {"payer": contract.payer_id, "contract": contract.pk}
    yield client.get("/crash/")
    yield client.post(f"/nowhere/{NUMBER}/", {"name": LAST})
    yield client.post("/account/login/", {"login": f"{LAST}@ipa.test", "password": SSN})
    for name in ("file_receive", "returns_read", "pcps_import"):
        path_ = reverse(f"capitation:{name}")
        yield client.post(path_, {**form, "file": upload, "reason": ""})
        yield client.post(path_, {**form, "file": truncated})
    yield client.post("/people/invite/", {"email": "x", "name": LAST, "role": "none"})


def test_stands_on_pages_and_nowhere_else(walked):
    texts = [page.text for page in walked.pages]
    assert sum(bool(CANARY.search(text)) for text in texts) >= 5, "the story shows the canary"
    crashes = sum("crash" in line for line in walked.logged)
    assert crashes >= 2, "the story breaks a page, which is logged"
    assert hits(walked.logged) == []
    assert hits(walked.mails) == []
    assert hits(page.headers for page in walked.pages) == []
    links = {link for text in texts for link in ADDRESS.findall(text)}
    assert len(links) > 50
    assert hits(links) == []
    errors = [page.text for page in walked.pages if page.status >= 500]
    assert errors
    assert hits(errors) == []


def test_is_in_no_table_but_those_for_members(walked):
    found = tables_with(CANARY.pattern)
    assert {"capitation_member", "capitation_memberprofile"} <= found
    assert found - KEPT == set()
    assert tables_with(f"{MBI}|{SSN}") == set(), "kept encrypted, or not at all"
    assert Member.objects.filter(mbi_index=blind_index(MBI, "mbi")).count() == 1


def test_is_in_no_stored_file_and_no_file_name(walked):
    sent = PlanFile.objects.get(name="roster-of-october.834")
    root = Path(settings.DATA_DIR)
    files = [one for name in ("files", "mail", "logs") for one in (root / name).rglob("*")]
    assert any(one.name == sent.sha256 for one in files)
    assert hits(str(one) for one in files) == []
    clear = [one.name for one in files if one.is_file() and holds(one)]
    assert clear == []


def holds(file: Path) -> bool:
    try:
        data = file.read_bytes()
    except FileNotFoundError:  # another worker's draft, which has its name by now
        return False
    return bool(CANARY.search(data.decode("latin-1")))


def test_tasks_carry_ids_only(walked):
    broker = redis.Redis.from_url(settings.REDIS_URL)
    queued = [
        message.decode("utf-8", "replace")
        for key in broker.scan_iter("*")
        if broker.type(key) == b"list"
        for message in broker.lrange(key, 0, -1)
    ]
    bodies = [json.loads(one).get("headers", {}) for one in queued if one.startswith("{")]
    assert queued, "the story wakes a worker"
    assert hits(queued) == []
    assert hits(str(headers.get("argsrepr")) for headers in bodies) == []
    assert all(len(str(headers.get("argsrepr"))) < 100 for headers in bodies)


def hits(texts) -> list[str]:
    """The texts that hold the canary, around where they do."""
    found = []
    for text in texts:
        match = CANARY.search(text)
        if match:
            found.append(text[max(match.start() - 80, 0) : match.end() + 40])
    return found


def tables_with(pattern: str) -> set[str]:
    """The tables of this database with a row that matches, cell by cell as text."""
    found = set()
    with acting_as(), connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            name = connection.ops.quote_name(table)
            cursor.execute(f"SELECT EXISTS (SELECT FROM {name} t WHERE t::text ~* %s)", [pattern])
            if cursor.fetchone()[0]:
                found.add(table)
    return found


def test_the_search_finds_what_is_written_down():
    """The net catches: a line, a row and a file with the canary would be found."""
    assert hits([f"x {LAST} x", SSN.replace("-", ""), MBI.lower()]) != []
    with written() as logged:
        logging.getLogger("somebody").error("plain %s", LAST)
    assert hits(logged) != []
