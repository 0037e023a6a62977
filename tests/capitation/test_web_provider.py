"""The pages of a practice: its statement, to the cent and no one else's; CSV and PDF the same."""

import csv
import io
from datetime import date

import pytest
from django.urls import reverse
from pypdf import PdfReader

from capitation.actions.statements import publish_statements
from capitation.formats.statement_pdf import render_statement
from capitation.models import Dispute, MemberProfile, Statement
from capitation.queries.statement_cards import statement_cards
from capitation.queries.statements import pdf_input
from capitation.rules.statements import LineId
from ipaportal.audit.models import AccessEvent
from ipaportal.core.roles import Role
from ipaportal.identity.models import User
from tests.capitation.worlds import (
    OCTOBER,
    OCTOBER_5,
    QUINN,
    SEPTEMBER,
    SEPTEMBER_5,
    bring_october,
    give_banks,
    make_small_world,
    pay,
    run_month,
)
from tests.factories import CLOCK, batch, fact, supersede
from tests.kept import kept
from tests.people import actor_of, client_of, make_user

pytestmark = pytest.mark.django_db


@kept
def world():
    world = make_small_world()
    give_banks(world, SEPTEMBER_5, world.bell)
    for month, now in ((SEPTEMBER, SEPTEMBER_5), (OCTOBER, OCTOBER_5)):
        if month == OCTOBER:
            bring_october(world)
        run_month(world, month, now)
        pay(now)
        publish_statements(actor=QUINN, month=month, now=now)
    return world


@pytest.fixture
def bell(world):
    return client_of(make_user("bell@bell.example", Role.PROVIDER, party=world.bell.party))


@pytest.fixture
def alvarez(world):
    return client_of(make_user("a@alvarez.example", Role.PROVIDER, party=world.alvarez.party))


@pytest.fixture
def quinn(world):
    return client_of(make_user("quinn@ipa.example", Role.FINANCE))


def told(practice, month=OCTOBER):
    return Statement.objects.get(payee=practice.party, month=month)


def url(name, *args):
    return reverse(f"capitation:{name}", args=args)


def page(client, name, *args, **query):
    answer = client.get(url(name, *args), query)
    assert answer.status_code == 200, answer.content[:3000]
    return " ".join(answer.content.decode().replace("\N{WORD JOINER}", "").split())


def line_of(world, name, run_month, month):
    return LineId(world.runs[run_month].pk, world.members[name].pk, month, world.bell.party_id)


def test_shows_the_statement_as_it_was_frozen(world, bell):
    statement = told(world.bell)
    shown = page(bell, "statement_detail", statement.pk)
    assert "$650.29" in shown
    assert f"account ending {statement.content['ending']}" in shown
    assert statement.content["change"]["sentence"] in shown
    assert statement.content["parts"]["received"] == 4 * 98765 - 98765
    assert "Of $2,962.95 the plan paid for your members: $237.03 admin fee" in shown
    assert "−$252.00" in shown
    assert "1 member" in shown
    assert "Example" not in shown, "the summary names no member"


def test_lists_searches_and_filters_members(world, bell):
    statement = told(world.bell)
    everyone = page(bell, "statement_members", statement.pk)
    for name in ("Ann", "Bea", "Eva", "Hal", "Dan"):
        assert f"Example, {name}" in everyone
    assert "Example, Cal" not in everyone
    assert "Example, Ray" not in everyone
    found = page(bell, "statement_members", statement.pk, q="example, be")
    assert "Example, Bea" in found
    assert "Example, Ann" not in found
    by_number = page(bell, "statement_members", statement.pk, q="M-EVA")
    assert "Example, Eva" in by_number
    retro = page(bell, "statement_members", statement.pk, show="retro")
    assert "Example, Dan" in retro
    assert "Example, Ann" not in retro
    zero = page(bell, "statement_members", statement.pk, show="zero")
    assert "Example, Hal" in zero
    assert "status that the terms do not pay" in zero
    assert "Example, Ann" not in zero
    nobody = page(bell, "statement_members", statement.pk, q="%")
    assert "No line fits" in nobody


def test_keeps_practices_from_each_other(world, bell, alvarez):
    mine, theirs = told(world.bell), told(world.alvarez)
    line = line_of(world, "Ann", OCTOBER, OCTOBER)
    for name in ("statement_detail", "statement_members", "statement_csv", "statement_pdf"):
        assert alvarez.get(url(name, mine.pk)).status_code == 404
        assert bell.get(url(name, theirs.pk)).status_code == 404
    for name in ("line_explain", "dispute_new"):
        assert alvarez.get(url(name, line)).status_code == 404
    assert alvarez.post(url("dispute_new", line), {"question": "?"}).status_code == 404
    assert alvarez.get(url("statement_explain", mine.pk, "paid")).status_code == 404
    listed = page(alvarez, "statement_list")
    assert url("statement_detail", theirs.pk) in listed
    assert url("statement_detail", mine.pk) not in listed
    panel = page(alvarez, "panel")
    assert "Example, Ray" in panel
    assert "Example, Ann" not in panel
    assert Dispute.objects.count() == 0
    refused = AccessEvent.objects.filter(kind="refused")
    assert refused.filter(view_name="capitation:statement_members").exists()


def test_logs_whom_pages_and_exports_show(world, bell):
    statement = told(world.bell)
    page(bell, "statement_members", statement.pk, q="example, be")
    event = AccessEvent.objects.latest("pk")
    assert (event.kind, event.member_ids) == ("view", [world.members["Bea"].pk])
    bell.get(url("statement_csv", statement.pk))
    event = AccessEvent.objects.latest("pk")
    shown = sorted(world.members[name].pk for name in ("Ann", "Bea", "Eva", "Hal", "Dan"))
    assert (event.kind, event.member_ids) == ("export", shown)
    bell.get(url("statement_pdf", statement.pk))
    event = AccessEvent.objects.latest("pk")
    assert (event.kind, event.member_ids) == ("export", shown)
    bell.get(url("line_explain", line_of(world, "Ann", OCTOBER, OCTOBER)))
    assert AccessEvent.objects.latest("pk").member_ids == [world.members["Ann"].pk]


def test_exports_the_same_to_the_cent_as_csv(world, bell):
    statement = told(world.bell)
    row = MemberProfile.objects.current().get(member=world.members["Ann"])
    no = batch(world.contract)
    supersede(row, no)
    fact(
        MemberProfile,
        no,
        date(1900, 1, 1),
        member=world.members["Ann"],
        last_name="=1+1",
        first_name="Ann",
        search_name="=1+1 ann",
    )
    answer = bell.get(url("statement_csv", statement.pk))
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert sum(round(float(row["To you"]) * 100) for row in rows) == statement.earned_cents == 65029
    by_number = {(row["Member number"], row["Coverage month"]): row for row in rows}
    assert by_number["M-DAN", "2026-09"]["To you"] == "-252.00"
    assert by_number["M-ANN", "2026-10"]["Last name"] == "'=1+1"
    assert by_number["M-HAL", "2026-10"]["In words"] == "status that the terms do not pay"


def test_makes_a_tagged_pdf_with_the_same_figures(world, bell):
    statement = told(world.bell)
    answer = bell.get(url("statement_pdf", statement.pk))
    assert answer["Content-Type"] == "application/pdf"
    reader = PdfReader(io.BytesIO(answer.content))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en-US"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert "/StructTreeRoot" in root
    assert reader.metadata.title == "Statement of October 2026, Bell Clinic"
    assert b"pdfuaid" in root["/Metadata"].get_object().get_data()
    text = " ".join(" ".join(p.extract_text() for p in reader.pages).split())
    for amount in ("$650.29", "$722.55", "$72.26", "−$252.00", "$308.29", "$315.00"):
        assert amount in text
    assert statement.content["change"]["sentence"] in text
    assert "Example, Ann" in text


def test_explains_a_line_in_the_drawer_and_as_a_page(world, bell):
    line = line_of(world, "Ann", OCTOBER, OCTOBER)
    whole = page(bell, "line_explain", line)
    assert "RMR*AZ*Ann**987.65~" in whole
    assert "<html" in whole
    part = bell.get(url("line_explain", line), headers={"HX-Request": "true"}).content.decode()
    assert "RMR*AZ*Ann**987.65~" in part
    assert "<html" not in part
    assert url("dispute_new", line) in part
    statement = told(world.bell)
    for name in ("paid", "mine", "earned", "withheld", "received", "admin_fee", "retained"):
        shown = page(bell, "statement_explain", statement.pk, name)
        assert "$" in shown
    assert bell.get(url("statement_explain", statement.pk, "nonsense")).status_code == 404
    assert bell.get(url("line_explain", "nonsense")).status_code == 404


def test_asks_and_is_answered(world, bell, quinn):
    line = line_of(world, "Hal", OCTOBER, OCTOBER)
    answer = bell.post(url("dispute_new", line), {"question": "He left hospice in August."})
    dispute = Dispute.objects.get()
    assert answer.status_code == 302
    again = bell.post(url("dispute_new", line), {"question": "Again?"})
    assert again.status_code == 422
    assert "is not answered yet" in again.content.decode()
    assert bell.post(url("dispute_answer", dispute.pk), {}).status_code == 403
    shown = page(quinn, "dispute_detail", dispute.pk)
    assert "He left hospice in August." in shown
    assert quinn.post(url("dispute_answer", dispute.pk), {"verdict": "upheld"}).status_code == 422
    reply = {"verdict": "upheld", "answer": "The plan confirmed it."}
    assert quinn.post(url("dispute_answer", dispute.pk), reply).status_code == 302
    assert quinn.post(url("dispute_answer", dispute.pk), reply).status_code == 422
    assert "The plan confirmed it." in page(bell, "dispute_detail", dispute.pk)
    assert "He left hospice" in page(bell, "dispute_list")
    dispute.refresh_from_db()
    assert (dispute.status, dispute.answered_by_name) == ("upheld", "Quinn")


def test_shows_the_panel_with_who_came_and_went(world, bell, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *_: date(2026, 10, 20))
    shown = page(bell, "panel")
    for name in ("Ann", "Bea", "Eva", "Hal"):
        assert f"Example, {name}" in shown
    assert "Example, Cal" not in shown
    joined = page(bell, "panel", show="joined")
    assert "Example, Eva" in joined
    assert "Example, Ann" not in joined
    left = page(bell, "panel", show="left")
    assert "Example, Cal" in left
    answer = bell.get(url("panel_csv"))
    assert b"M-EVA" in b"".join(answer.streaming_content)


def test_publishes_by_page(world, quinn):
    shown = page(quinn, "statement_publish")
    assert "Every posted run is told" in shown
    answer = quinn.post(url("statement_publish"), {"month": "2026-10"})
    assert answer.status_code == 422
    assert "There is nothing to tell" in answer.content.decode()
    listed = page(quinn, "statement_list", q="bell")
    assert "Bell Clinic" in listed
    assert "Dr. Alvarez" not in listed


def test_publishes_a_waiting_month_by_page():
    world = make_small_world()
    run_month(world, SEPTEMBER, SEPTEMBER_5)
    quinn = client_of(make_user("quinn@ipa.example", Role.FINANCE))
    shown = page(quinn, "statement_publish")
    assert "1 posted run not told yet" in shown
    assert "Publish September 2026" in shown
    assert quinn.post(url("statement_publish"), {"month": "2026-09"}).status_code == 302
    assert Statement.objects.filter(month=SEPTEMBER).count() == 2
    assert quinn.post(url("statement_publish"), {"month": "September"}).status_code == 422


@pytest.mark.parametrize(
    ("name", "most"),
    [("statement_list", 12), ("statement_detail", 12), ("statement_members", 12), ("panel", 12)],
)
def test_asks_the_database_few_questions(world, bell, name, most, django_assert_max_num_queries):
    args = [] if name in ("statement_list", "panel") else [told(world.bell).pk]
    bell.get(url("statement_list"))
    with django_assert_max_num_queries(most):
        bell.get(url(name, *args))


def test_brings_its_work_to_the_front_page(world, bell, quinn):
    statement = told(world.bell)
    today = statement.published_at.date()
    provider = actor_of(User.objects.get(email="bell@bell.example"))
    cards = statement_cards(provider, today)
    assert [(task.verb, task.object) for task in cards.tasks] == [
        ("Read", "your October 2026 statement")
    ]
    assert cards.numbers[0].value == "$650.29"
    bell.post(url("dispute_new", line_of(world, "Hal", OCTOBER, OCTOBER)), {"question": "Why?"})
    finance = actor_of(User.objects.get(email="quinn@ipa.example"))
    assert [(task.verb, task.object) for task in statement_cards(finance, today).tasks] == [
        ("Answer", "Bell Clinic about October 2026")
    ]
    assert "October 2026" in bell.get("/").content.decode()


def test_holds_every_line_of_a_large_statement_in_a_pdf(world):
    told_of = pdf_input(actor=CLOCK, statement_id=told(world.bell).pk)
    line = told_of.data["lines"][0]
    data = render_statement({**told_of.data, "lines": [line] * 400, "line_count": 400})
    reader = PdfReader(io.BytesIO(data))
    text = " ".join(page.extract_text() for page in reader.pages)
    assert text.count(line["id"]) == 400
    assert render_statement(told_of.data) == render_statement(told_of.data)
    with pytest.raises(ValueError, match="could not be made"):
        render_statement({})
