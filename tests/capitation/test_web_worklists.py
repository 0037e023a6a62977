"""Work-lists are paged to their end, counted, searched and sorted by the database."""

import csv
import io
import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from capitation.models import CoverageSpan, Member, Receipt, UnmatchedRow
from ipaportal.audit.models import AccessEvent
from ipaportal.core.roles import Role
from tests.capitation.test_actions_identities import ANN, BEA, money
from tests.capitation.test_actions_raw_pcps import roster
from tests.factories import make_contract
from tests.people import client_of, make_user
from tests.planfiles import a_coverage, a_member, an_820, an_834, line_of, take

pytestmark = pytest.mark.django_db
JAN, FEB = date(2026, 1, 1), date(2026, 2, 1)
# One of them asks which panels are closed.
MOST_QUERIES = 13
MANY = 1130
# What the first request of a session and the record of an access cost, on any page.
BESIDES = re.compile(
    r"SAVEPOINT|RELEASE|INSERT|UPDATE \"django_session\"|.*\"usersessions_|.*set_config"
)
NPI = "2990000001"


@pytest.fixture
def quinn():
    return client_of(make_user("quinn@ipa.example", Role.FINANCE))


@pytest.fixture
def contract():
    return make_contract()


def page(client, name: str, **query: object) -> str:
    """A work-list's page, within the queries a page may ask."""
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(reverse("capitation:worklists"), {"list": name, **query})
    assert answer.status_code == 200, answer.content[:2000]
    own = [one["sql"] for one in asked.captured_queries if not BESIDES.match(one["sql"])]
    assert len(own) <= MOST_QUERIES, "\n".join(own)
    return " ".join(answer.content.decode().split())


def numbers(shown: str) -> list[str]:
    """The members' numbers in the order of the page's rows."""
    return re.findall(r">(M[0-9]{4})<", shown)


def exported(client, name: str) -> list[dict[str, str]]:
    answer = client.get(reverse("capitation:worklists"), {"list": name, "export": "csv"})
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_pages_unknown_members_to_the_last(quinn, contract):
    lines = [(f"M{n:04}", JAN, f"{MANY - n}.00") for n in range(MANY)]
    take(contract, an_820(lines))
    shown = page(quinn, "unknown")
    assert f"Adopt all {MANY:,} members" in shown
    assert numbers(shown)[0] == "M0000"
    assert f"of {MANY:,}" in shown
    last = page(quinn, "unknown", page=23)
    assert numbers(last) == [f"M{n:04}" for n in range(1100, MANY)]
    assert numbers(page(quinn, "unknown", sort="-ref"))[0] == f"M{MANY - 1:04}"
    assert numbers(page(quinn, "unknown", q="alderm1129")) == ["M1129"]
    rows = exported(quinn, "unknown")
    assert len(rows) == MANY
    assert rows[-1]["Number in the file"] == f"M{MANY - 1:04}"
    # The last of them is adopted from the page that the last row leads to.
    url = reverse("capitation:member_adopt") + f"?line={line_of('M1129')}"
    assert "$1.00" in quinn.get(url).content.decode()
    total = sum(range(1, MANY + 1))
    everybody = reverse("capitation:members_adopt") + f"?contract={contract.pk}"
    assert f"${total:,}.00" in quinn.get(everybody).content.decode()


def test_pages_members_without_a_pcp_and_declares_whom_it_shows(quinn, contract):
    take(contract, an_834(a_member(f"M{n:04}", last_name=f"Name{n:04}") for n in range(MANY)))
    month = timezone.localdate().replace(day=1)
    assert CoverageSpan.objects.filter(effective_date__lte=month).count() == MANY
    shown = page(quinn, "without_pcp", sort="name", page=23)
    assert numbers(shown) == [f"M{n:04}" for n in range(1100, MANY)]
    assert len(AccessEvent.objects.order_by("-pk").first().member_ids) == MANY - 1100
    assert numbers(page(quinn, "without_pcp", sort="-number"))[0] == f"M{MANY - 1:04}"
    assert numbers(page(quinn, "without_pcp", q="name0777")) == ["M0777"]
    assert numbers(page(quinn, "without_pcp", q="100%")) == []
    assert len(exported(quinn, "without_pcp")) == MANY
    assert len(AccessEvent.objects.order_by("-pk").first().member_ids) == MANY


def test_pages_suspense(quinn, contract):
    people = (a_member(f"M{n:04}", coverages=(a_coverage(start=FEB),)) for n in range(MANY))
    take(contract, an_834(people))
    take(contract, an_820([(f"M{n:04}", JAN, f"{n + 1}.00") for n in range(MANY)]))
    assert numbers(page(quinn, "suspense"))[0] == f"M{MANY - 1:04}"
    assert numbers(page(quinn, "suspense", sort="cents", page=23))[-1] == f"M{MANY - 1:04}"
    assert len(exported(quinn, "suspense")) == MANY


def test_pages_raw_pcps_and_says_when_they_were_last_seen(quinn, contract):
    people = [f"M{n:04}" for n in range(MANY)]
    take(contract, an_834(a_member(number) for number in people))
    for month in (JAN, FEB):
        take(contract, roster(month, *((number, NPI) for number in people)))
    shown = page(quinn, "pcp", sort="member", page=23)
    assert numbers(shown) == people[1100:]
    assert f"of {MANY:,}" in shown
    assert numbers(page(quinn, "pcp", q="M0042")) == ["M0042"]
    row = UnmatchedRow.objects.order_by("-pk").first()
    told = quinn.get(reverse("capitation:row_detail", args=[row.pk])).content.decode()
    assert "in 2 files, last in file.txt" in told
    rows = exported(quinn, "pcp")
    assert (len(rows), {one["Files"] for one in rows}) == (MANY, {"2"})


def test_settles_a_number_and_an_mbi_that_do_not_agree(quinn, contract):
    take(contract, an_834([a_member("M0001", mbi=ANN), a_member("M0002", mbi=BEA)]))
    take(contract, money(("M0001", BEA, JAN, "10.07"), ("M0001", BEA, FEB, "2.00")))
    assert "Everybody is known" in page(quinn, "unknown")
    assert "do not name the same member" in page(quinn, "identity")
    row = UnmatchedRow.objects.get()
    address = reverse("capitation:row_detail", args=[row.pk])
    shown = quinn.get(address).content.decode()
    assert "$12.07" in shown
    assert "M0002 Birch, Bo" in shown
    both = AccessEvent.objects.order_by("-pk").first().member_ids
    assert sorted(both) == sorted(row.values["members"])
    assert quinn.post(address, {"do": "settle", "member": "0"}).status_code == 422
    member = Member.objects.get(plan_member_id="M0002")
    assert quinn.post(address, {"do": "settle", "member": member.pk}).status_code == 302
    cents = Receipt.objects.filter(member=member).values_list("amount_cents", flat=True)
    assert sorted(cents) == [200, 1007]
    assert "Nothing waits here" in page(quinn, "identity")
