"""Log lines: one a record, whole in JSON, and never a member's name or number in them."""

import io
import json
import logging
import sys
from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import path

from capitation.models import Contract, Member
from ipaportal import urls
from ipaportal.core.roles import Role
from ipaportal.home.logs import JsonFormatter, LineFormatter, OriginFilter
from ipaportal.identity.models import Party
from ipaportal.identity.web.access import public
from tests.factories import make_contract
from tests.people import client_of, make_user
from tests.planfiles import a_member, an_834, take
from tests.stories.faults import make_house

NAME, MBI, SSN = "Zzyzxcanary", "1EG4TE5MK73", "078-05-1120"
CANARIES = (NAME.lower(), MBI.lower(), "1eg4-te5-mk73", SSN)


@public
def breaks(request, ref):
    raise ValueError(f"cannot read {NAME} {MBI}")


@public
def hits_a_constraint(request):
    with transaction.atomic():
        for _ in range(2):
            Party.objects.create(kind="payer", name=NAME, code=NAME)


urlpatterns = [
    *urls.urlpatterns,
    path("breaks/<str:ref>/", breaks),
    path("hits/", hits_a_constraint),
]
handler500 = urls.handler500


class Lines(logging.Handler):
    """Everything that is logged, as both formatters write it."""

    def __init__(self):
        super().__init__(logging.DEBUG)
        self.addFilter(OriginFilter())
        self.json, self.text, self.stream = JsonFormatter(), LineFormatter(), io.StringIO()
        self.rows = []

    def emit(self, record):
        line = self.json.format(record)
        self.rows.append(json.loads(line))
        self.stream.write(line + "\n" + self.text.format(record) + "\n")


@pytest.fixture
def lines():
    handler = Lines()
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler
    root.removeHandler(handler)
    root.setLevel(before)
    whole = handler.stream.getvalue()
    assert [c for c in CANARIES if c in whole.lower()] == []
    assert len(whole.splitlines()) == 2 * len(handler.rows)


def request_lines(lines):
    return [row for row in lines.rows if row["logger"] == "ipaportal.request"]


@pytest.mark.django_db
def test_writes_a_line_a_request_by_the_pattern_of_its_address(lines):
    user = make_user("quinn@ipa.test", Role.FINANCE)
    answer = client_of(user).get(f"/members/4711/?q={NAME}")
    (row,) = request_lines(lines)
    assert row["path"] == "/members/<int:member_id>/"
    assert (row["method"], row["status"], row["actor"]) == ("GET", 404, user.pk)
    assert row["origin"] == answer.headers["X-Request-ID"]
    assert row["ms"] > 0
    assert "4711" not in lines.stream.getvalue()


@pytest.mark.django_db
def test_members_searched_seen_and_sent_reach_no_line(lines):
    house = make_house()
    take(house.contract, an_834([a_member(NAME, last_name=NAME)]))
    member = Member.objects.get(plan_member_id__iexact=NAME)
    client = client_of(make_user("quinn@ipa.test", Role.FINANCE, Role.NETWORK_ADMIN))
    for address in ("/members/", "/search/", f"/{NAME}/{MBI}/", "/work-lists/"):
        client.get(address, {"q": NAME, "mbi": MBI})
        client.post(address, {"q": NAME, "ssn": SSN})
    client.post("/search/keep/", {"text": NAME, "to": "/members/"})
    client.generic("GET", f"/members/{member.pk}/", HTTP_REFERER=f"http://testserver/?{NAME}")
    Client(HTTP_HOST=f"{NAME.lower()}.test").get("/")
    Client().get("/account/login/", {"next": f"/members/?q={NAME}"})
    assert len(request_lines(lines)) >= 12
    assert {row["path"] for row in request_lines(lines)} >= {"/members/", "(no such address)"}


@pytest.mark.django_db
@pytest.mark.urls(__name__)
def test_an_exception_tells_its_kind_and_place_and_the_page_its_number(lines):
    answer = Client(raise_request_exception=False).get(f"/breaks/{NAME}/")
    assert answer.status_code == 500
    assert answer.headers["X-Request-ID"] in answer.content.decode()
    (row,) = [row for row in lines.rows if "exception" in row]
    assert row["message"] == "500 GET /breaks/<str:ref>/"
    assert row["exception"]["types"] == ["ValueError"]
    assert row["exception"]["frames"][-1].startswith("tests/ipaportal/test_home_logs.py:")
    assert row["exception"]["frames"][-1].endswith(" breaks")
    assert row["origin"] == answer.headers["X-Request-ID"]


@pytest.mark.django_db
@pytest.mark.urls(__name__)
def test_a_databases_error_tells_its_constraint_and_no_row(lines):
    Client(raise_request_exception=False).get("/hits/")
    (row,) = [row for row in lines.rows if "exception" in row]
    assert row["exception"]["types"][0] == IntegrityError.__name__
    assert row["exception"]["sqlstate"] == "23505"
    assert "identity_party_code" in row["exception"]["constraint"]


@pytest.mark.django_db
def test_a_page_that_is_not_there_names_its_request():
    answer = Client().get("/nowhere/")
    assert len(answer.headers["X-Request-ID"]) == 32


def test_one_record_is_one_line_whatever_stands_in_it(lines):
    log = logging.getLogger("tests.injection")
    evil = f"first\n2026-11-24 INFO paid\r\x1b[2J\u2028{MBI} {SSN} 744567899"
    log.warning("%s", evil)
    log.warning(evil)
    log.warning("%s of %s: %s", 3, ValueError(NAME), {"name": NAME})
    bad = logging.LogRecord("tests", 30, "", 1, "%d members", ("none",), None)
    lines.handle(bad)  # pytest's own handler would raise
    log.warning(ValueError(NAME))
    assert lines.rows[0]["message"] == (
        "first\\u000a2026-11-24 INFO paid\\u000d\\u001b[2J\\u2028(number) (number) (number)"
    )
    assert [row["message"] for row in lines.rows[1:]] == [
        lines.rows[0]["message"],
        "3 of ValueError: dict",
        "%d members (its arguments do not fit)",
        "ValueError",
    ]


def test_a_task_tells_its_name_and_neither_arguments_nor_errors(lines):
    told = {"name": "capitation.tasks.advance_run", "id": "7", "exc": f"ValueError('{NAME}')"}
    told |= {"traceback": NAME, "args": f"[{NAME}]", "kwargs": "{}", "description": "raised"}
    line = "Task %(name)s[%(id)s] %(description)s: %(exc)s %(args)s %(traceback)s"
    logging.getLogger("celery.app.trace").error(line, told)
    assert lines.rows[0]["message"] == (
        "Task capitation.tasks.advance_run[7] raised: (not told) (not told) (not told)"
    )


def test_a_chain_of_exceptions_tells_every_kind(lines):
    try:
        try:
            int(NAME)
        except ValueError as failure:
            raise LookupError(MBI) from failure
    except LookupError:
        logging.getLogger("tests.chain").error("failed", exc_info=sys.exc_info())
    assert lines.rows[0]["exception"]["types"] == ["LookupError", "ValueError"]


@pytest.mark.django_db
def test_rows_in_a_message_are_told_by_their_kind(lines):
    contract = make_contract()
    Contract.objects.filter(pk=contract.pk).update(name=NAME)
    contract.refresh_from_db()
    now = datetime(2026, 3, 1, tzinfo=UTC)
    logging.getLogger("tests.rows").warning("%s at %s", contract, now)
    assert lines.rows[0]["message"] == f"Contract at {now}"
