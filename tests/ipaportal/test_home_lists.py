"""Every list: searched, and taken along as CSV and as a spreadsheet with what is filtered."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from ipaportal.audit.models import AccessEvent
from ipaportal.core.parts import matching
from ipaportal.core.roles import Role
from ipaportal.ledger.models import Account
from tests.capitation.test_sql_run import month_end
from tests.factories import change_world, make_world
from tests.kept import kept
from tests.people import client_of, make_user

pytestmark = pytest.mark.django_db
LISTS = (
    *(("capitation:" + name, "") for name in ("run_list", "file_list", "contract_list")),
    *(("capitation:" + name, "") for name in ("payment_list", "bank_account_list", "prenote_list")),
    *(("capitation:" + name, "") for name in ("statement_list", "dispute_list", "member_list")),
    *(("capitation:worklists", f"list={name}") for name in ("unknown", "suspense", "radar")),
    *(("credentialing:practice_list", of) for of in ("", "of=people")),
    *(("ledger:" + name, "") for name in ("account_list", "hold_list")),
    ("identity:people_list", ""),
    ("home:sighting_list", ""),
)


@kept
def everybody():
    """Somebody who may open every list, in a world with a posted month and one that changed."""
    world = make_world(5)
    month_end(world, world.months[2])
    change_world(world)
    roles = (Role.FINANCE, Role.NETWORK_ADMIN, Role.COMPLIANCE_OFFICER)
    return make_user("all@ipa.example", *roles)


@pytest.fixture
def staff(everybody):
    return client_of(everybody)


@pytest.mark.parametrize(("name", "query"), LISTS)
def test_leaves_as_a_file(staff, name, query):
    address = f"{reverse(name)}?{query}&q="
    page = staff.get(address)
    assert page.status_code == 200
    asked_for = name != "capitation:member_list"
    assert ("Export CSV" in page.content.decode()) is asked_for
    if not asked_for:
        return
    for kind, begins in (("csv", b"\xef\xbb\xbf"), ("xlsx", b"PK")):
        answer = staff.get(f"{address}&export={kind}")
        assert answer["Content-Disposition"].startswith("attachment")
        assert b"".join(answer.streaming_content).startswith(begins)


@pytest.mark.parametrize(
    ("text", "found"), [("", 3), ("bell", 1), ("cli", 1), ("linic", 0), ("paid", 2), (" BELL ", 1)]
)
def test_finds_by_the_beginning_of_a_word(text, found):
    rows = [{"name": "Bell Clinic", "by": "paid to"}, {"name": "Ames"}, {"by": "Paid"}]
    assert len(matching(rows, text, "name", "by")) == found


def test_takes_along_exactly_what_is_found(staff):
    account = Account.objects.filter(postings__isnull=False).distinct().first()
    for name, args in (("account_list", []), ("account_detail", [account.pk])):
        address = reverse(f"ledger:{name}", args=args)
        answer = staff.get(address, {"q": "no such thing", "export": "csv"})
        assert len(b"".join(answer.streaming_content).decode().splitlines()) == 1
        answer = staff.get(address, {"export": "csv"})
        assert len(b"".join(answer.streaming_content).decode().splitlines()) > 1


def test_says_whom_the_unpaid_money_is_about(staff):
    radar = reverse("capitation:worklists")
    shown = staff.get(radar, {"list": "radar"}).context["radar"]
    answer = staff.get(radar, {"list": "radar", "export": "csv"})
    text = b"".join(answer.streaming_content).decode()
    assert text.count("The plan does not pay") == shown.not_paid_count
    event = AccessEvent.objects.order_by("-pk").first()
    assert event.kind == "export"
    assert event.member_ids == sorted(row.member_id for row in shown.not_paid_for)


@pytest.mark.parametrize(("name", "query"), LISTS)
def test_asks_little(staff, name, query):
    staff.get(f"{reverse(name)}?{query}")
    with CaptureQueriesContext(connection) as queries:
        staff.get(f"{reverse(name)}?{query}")
    asked = [q["sql"] for q in queries if q["sql"].startswith(("SELECT", "WITH"))]
    assert len(asked) <= 16, "\n".join(asked)
