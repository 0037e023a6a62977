"""Members and work-lists, each row walked to what ends it."""

import csv
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from capitation.models import (
    CoverageSpan,
    Member,
    PcpAssignment,
    Receipt,
    RosterMapping,
    UnmatchedRow,
)
from ipaportal.audit.models import AccessEvent
from ipaportal.core.roles import Role
from tests.factories import make_contract, make_practitioner
from tests.people import client_of, fresh_client_of, make_user
from tests.planfiles import a_member, a_pcp, an_820, an_834, line_of, take

pytestmark = pytest.mark.django_db
JAN, FEB = date(2026, 1, 1), date(2026, 2, 1)


@pytest.fixture
def quinn():
    return fresh_client_of(make_user("quinn@ipa.example", Role.FINANCE))


@pytest.fixture
def contract():
    return make_contract()


def page(client, view, /, *args, **query):
    answer = client.get(reverse(f"capitation:{view}", args=args), query)
    assert answer.status_code == 200, answer.content[:2000]
    return " ".join(answer.content.decode().split())


def send(client, view, /, *args, **data):
    return client.post(reverse(f"capitation:{view}", args=args), data)


def test_adopts_one_with_a_name_and_then_all(quinn, contract):
    take(contract, an_820([(ref, JAN, "100.00") for ref in ("M1", "M2", "M3")]))
    shown = page(quinn, "worklists")
    assert "=M1" not in shown, "a member's number in an address is a number in every log"
    assert "Adopt all 3 members" in shown
    url = reverse("capitation:member_adopt") + f"?line={line_of('M1')}"
    assert "AlderM1" in quinn.get(url).content.decode()
    bad = quinn.post(url, {"effective_date": ""})
    assert bad.status_code == 422
    good = {"last_name": "Birch", "effective_date": "2026-01-01", "sex": "F", "plan_code": "A"}
    assert quinn.post(url, good).status_code == 302
    member = Member.objects.get()
    assert "Birch" in page(quinn, "member_detail", member.pk)
    assert "does not wait" in quinn.get(url, follow=True).content.decode()
    everybody = reverse("capitation:members_adopt") + f"?contract={contract.pk}"
    assert "$200.00" in quinn.get(everybody).content.decode()
    assert quinn.post(everybody, {"contract": contract.pk}).status_code == 302
    assert Member.objects.count() == 3
    assert "Everybody is known" in page(quinn, "worklists")
    assert quinn.get(reverse("capitation:member_adopt")).status_code == 404


def test_finds_members_by_how_they_begin_and_says_who_was_seen(quinn, contract):
    take(contract, an_834([a_member("M1"), a_member("K2", last_name="Cedar")]))
    assert "Search for a member" in page(quinn, "member_list")
    assert "Birch" in page(quinn, "member_list", q="birc")
    assert "Cedar" in page(quinn, "member_list", q="K2")
    assert "Nobody found" in page(quinn, "member_list", q="zzz")
    member = Member.objects.get(plan_member_id="M1")
    page(quinn, "member_detail", member.pk)
    assert AccessEvent.objects.order_by("-pk").first().member_ids == [member.pk]
    refused = client_of(make_user("c@ipa.example", Role.CREDENTIALING_SPECIALIST))
    assert refused.get(reverse("capitation:member_detail", args=[member.pk])).status_code == 403
    text = quinn.get(reverse("capitation:member_list"), {"q": "birc", "export": "csv"})
    assert b"Birch" in b"".join(text.streaming_content)
    kinds = set(AccessEvent.objects.values_list("kind", flat=True))
    assert {"view", "refused", "export"} <= kinds


def test_assigns_and_changes_a_pcp_and_keeps_what_was_known(quinn, contract):
    ana, ben = make_practitioner(1), make_practitioner(2, "Benitez")
    take(contract, an_834([a_member("M1")]))
    member = Member.objects.get()
    # The month shown is today's: the member is covered without an end.
    assert "M1" in page(quinn, "worklists", list="without_pcp")
    form = {"effective_date": "2026-01-01", "reason": "asked by phone"}
    wrong = send(quinn, "member_assign", member.pk, pcp="9999999999", **form)
    assert wrong.status_code == 422
    assert "Nobody in the network" in wrong.content.decode()
    assert send(quinn, "member_assign", member.pk, pcp=ana.npi, **form).status_code == 302
    again = send(quinn, "member_assign", member.pk, pcp=ana.npi, **form)
    assert "already. Nothing was changed" in again.content.decode()
    form["effective_date"] = "2026-03-01"
    assert send(quinn, "member_assign", member.pk, pcp="benit", **form).status_code == 302
    assert [a.practitioner for a in PcpAssignment.objects.current().order_by("pk")] == [ana, ben]
    shown = page(quinn, "member_detail", member.pk)
    assert "asked by phone" in shown
    assert "was replaced" in shown
    assert "No PCP" in page(quinn, "member_detail", member.pk, as_of="2020-01-01")
    assert "Everybody has a PCP" in page(quinn, "worklists", list="without_pcp")


def test_gives_each_list_of_a_members_page_as_a_file(quinn, contract):
    ana = make_practitioner(1)
    take(contract, an_834([a_member("M1", pcps=(a_pcp(ana.npi),))]))
    take(contract, an_820([("M1", JAN, "80.00")]))
    address = reverse("capitation:member_detail", args=[Member.objects.get().pk])
    shown = quinn.get(address).content.decode()
    for name, expected in (("coverage", "GOLD"), ("pcps", ana.npi), ("money", "80.00")):
        assert f"list={name}&amp;export=xlsx" in shown
        answer = quinn.get(address, {"list": name, "export": "csv"})
        assert answer["Content-Disposition"] == f'attachment; filename="{name}.csv"'
        assert expected in b"".join(answer.streaming_content).decode()
    assert quinn.get(address, {"list": "nonsense", "export": "csv"})["Content-Type"].startswith(
        "text/html"
    )
    assert AccessEvent.objects.filter(kind="export").count() >= 3


def test_shows_where_a_member_lived_as_known_then_and_now(quinn, contract):
    take(contract, an_834([a_member("M1", city="TOWN", county_code="37")]))
    member = Member.objects.get()
    address = reverse("capitation:member_detail", args=[member.pk])

    def lived(**query):
        answer = quinn.get(address, {"list": "counties", "export": "csv", **query})
        rows = b"".join(answer.streaming_content).decode().splitlines()[1:]
        return [row[:2] for row in csv.reader(rows)]

    assert lived() == [["37", "always"]]
    moved = {"city": "BURG", "county_code": "59", "dates": (("303", "20260301"),)}
    take(contract, an_834([a_member("M1", "001", **moved)]))
    assert lived() == [["37", "always"], ["59", "Mar 1, 2026"]]
    assert "County 37 was replaced" in page(quinn, "member_detail", member.pk)
    assert "County not known" in page(quinn, "member_detail", member.pk, as_of="2020-01-01")


def test_assigns_by_a_list_and_names_what_it_leaves_out(quinn, contract):
    ana = make_practitioner(1)
    take(contract, an_834([a_member("M1")]))
    rows = (
        f"member_id,pcp_npi,pcp_effective_date\nM1,{ana.npi},2026-01-01\nM9,{ana.npi},2026-01-01\n"
    )
    answer = quinn.post(
        reverse("capitation:pcps_import"),
        {"payer": contract.payer_id, "file": SimpleUploadedFile("l.csv", rows.encode())},
    )
    shown = answer.content.decode()
    assert "M9 is no member we know" in shown
    assert PcpAssignment.objects.get().practitioner == ana
    assert send(quinn, "pcps_import", payer=contract.payer_id).status_code == 422


def test_says_who_a_raw_pcp_is_or_settles_it(quinn, contract):
    ana = make_practitioner(1)
    take(contract, an_834([a_member(ref, pcps=(a_pcp("2990000001"),)) for ref in ("M1", "M2")]))
    row = UnmatchedRow.objects.filter(kind="pcp").first()
    assert "2990000001" in page(quinn, "worklists", list="pcp")
    assert "Who it is" in page(quinn, "row_detail", row.pk)
    assert send(quinn, "row_detail", row.pk, do="resolve", pcp="").status_code == 422
    done = send(quinn, "row_detail", row.pk, do="resolve", pcp=ana.npi, all_alike="on")
    assert done.status_code == 302
    assert PcpAssignment.objects.count() == 2
    assert "Settled" in page(quinn, "row_detail", row.pk)
    assert send(quinn, "row_detail", row.pk, do="dismiss", reason="x").status_code == 404
    assert quinn.get(reverse("capitation:row_detail", args=[999])).status_code == 404


def test_settles_money_in_suspense(quinn, contract):
    take(contract, an_834([a_member("M1")]))
    take(contract, an_820([("M1", date(2025, 12, 1), "80.00")]))
    member = Member.objects.get()
    assert "$" in page(quinn, "worklists", list="without_terms")
    key = [contract.pk, member.pk, "2025-12"]
    assert "$80.00 in suspense" in page(quinn, "suspense_settle", *key)
    too_much = send(quinn, "suspense_settle", *key, **{"do": "return", "amount": "80.01",
                    "reason": "x"})  # fmt: skip
    assert too_much.status_code == 422
    nobody = send(quinn, "suspense_settle", *key, do="apply", amount="30", reason="x",
                  to_number="M9", to_month="2026-01")  # fmt: skip
    assert "no member of this number" in nobody.content.decode()
    assert send(quinn, "suspense_settle", *key, do="apply", amount="30", reason="x",
                to_number="M1", to_month="2026-01").status_code == 302  # fmt: skip
    assert send(quinn, "suspense_settle", *key, **{"do": "return", "amount": "50",
                "reason": "x"}).status_code == 302  # fmt: skip
    assert sum(r.amount_cents for r in Receipt.objects.filter(coverage_month=JAN)) == 3000
    assert "Nothing is in suspense any more" in page(quinn, "suspense_settle", *key)
    assert quinn.get("/work-lists/suspense/1/1/2025-13/").status_code == 404


def test_bridges_last_month_to_this_by_pcp(quinn, contract):
    ana = make_practitioner(1)
    take(contract, an_834([a_member("M1", pcps=(a_pcp(ana.npi, JAN),)), a_member("M2")]))
    shown = quinn.get(reverse("capitation:membership", args=[contract.pk]), {"month": "2026-01"})
    rows = {row["name"]: row for row in shown.context["listing"].rows}
    assert shown.context["holds"]
    assert (rows["Ana Alvarez"]["adds"], rows["Ana Alvarez"]["closing"]) == (1, 1)
    assert rows["nobody assigned"]["closing"] == 1
    behind = quinn.get(rows["nobody assigned"]["closing_url"])
    assert [row["member_number"] for row in behind.context["listing"].rows] == ["M2"]
    assert behind.context["pcp"] == "nobody assigned"
    nonsense = page(quinn, "membership_members", contract.pk, month="x", part="y", pcp="z")
    assert "Closing" in nonsense
    page(quinn, "membership", contract.pk, month="nonsense")
    assert quinn.get(reverse("capitation:membership", args=[999])).status_code == 404


def test_keeps_how_a_plan_calls_its_columns(quinn, contract):
    assert "heads are guessed" in page(quinn, "roster_mapping", contract.pk)
    assert send(quinn, "roster_mapping", contract.pk, member_id="").status_code == 422
    answer = send(quinn, "roster_mapping", contract.pk, member_id="Subscriber", pcp_npi="Doctor",
                  date_format="%m/%d/%Y")  # fmt: skip
    assert answer.status_code == 302
    assert RosterMapping.objects.get().columns == {"member_id": "Subscriber", "pcp_npi": "Doctor"}
    assert "Subscriber" in page(quinn, "roster_mapping", contract.pk)


def test_ends_coverage(quinn, contract):
    take(contract, an_834([a_member("M1")]))
    member = Member.objects.get()
    form = {"first_day_not_covered": "2026-03-01", "reason": "moved away"}
    assert send(quinn, "member_end", member.pk, **form).status_code == 302
    assert CoverageSpan.objects.current().get().end_date == date(2026, 3, 1)
    again = send(quinn, "member_end", member.pk, **form)
    assert "is not covered from" in again.content.decode()


def test_shows_the_radar_and_every_list(quinn, contract):
    ana = make_practitioner(1)
    take(contract, an_834([a_member(ref, pcps=(a_pcp(ana.npi, JAN),)) for ref in ("M1", "M2")]))
    month = date.today().replace(day=1)
    take(contract, an_820([("M1", month, "80.00")]))
    shown = page(quinn, "worklists", list="radar")
    assert "1 member with coverage and a PCP" in shown
    assert "M2" in shown
    for name in ("unknown", "without_pcp", "pcp", "member", "row", "suspense", "nonsense"):
        page(quinn, "worklists", list=name)
    book = quinn.get(reverse("capitation:worklists"), {"list": "suspense", "export": "xlsx"})
    assert b"".join(book.streaming_content)[:2] == b"PK"
