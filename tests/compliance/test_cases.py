"""Cases: whom one accuses finds no door to it, and who wrote without a name leaves no trace."""

import re
from base64 import b64encode
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.core import mail as django_mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from compliance.actions.case_parts import DESK, WORKED, MayNotHandle, NobodyLeft
from compliance.actions.cases import (
    NotInThisState,
    TasksLeft,
    close_case,
    finish_task,
    give_task,
    hand_case,
    name_deputy,
    name_person,
    open_case,
    reopen_case,
    reply_to_reporter,
    triage_case,
    withdraw_person,
)
from compliance.actions.hotline import (
    HOTLINE,
    NoSuchMailbox,
    digest_of_code,
    mailbox,
    new_code,
    write_back,
)
from compliance.models import Case, CaseEvent, CaseFile, HotlineReport
from compliance.queries.case_checks import case_findings
from compliance.queries.case_history import told_of
from compliance.queries.cases import case_page, case_rows
from compliance.queries.retention import is_needed_elsewhere
from compliance.rules.case_records import digest_of
from ipaportal.audit.models import AccessEvent, DomainEvent
from ipaportal.core.actors import Actor
from ipaportal.core.encryption import key_id_of, keyring, new_keyring
from ipaportal.core.refusals import NotPermitted
from ipaportal.core.roles import Role
from ipaportal.core.scopes import CASES, EVERYBODY, cases_of, mailbox_of, scope_of, seeing
from ipaportal.home.keys.rotation import rotate
from ipaportal.identity.models import User
from tests.compliance.accusing import NOW, make_case, report
from tests.compliance.test_rules_cases import JPEG, PNG, chunk
from tests.databases import acting_as
from tests.kept import kept
from tests.people import actor_of, client_of, make_party, make_user

pytestmark = pytest.mark.django_db
SECRET = "Zanzibarian"
CASE_TABLES = (
    *("case", "caseevent", "casefile", "casehandler", "caselook", "caseperson", "casetask"),
    *("hotlinereport", "hotlinemessage"),
)


@dataclass
class Office:
    """Two officers, who work here and who does not, and a case with all that one can have."""

    osei: User
    marlow: User  # an officer too, accused
    quinn: User
    bell: User
    case: Case
    names: dict[str, object]

    def of(self, name: str) -> Actor:
        return actor_of(getattr(self, name))


@kept
def office():
    osei = make_user("osei@ipa.example", Role.COMPLIANCE_OFFICER)
    marlow = make_user("marlow@ipa.example", Role.COMPLIANCE_OFFICER, Role.MEDICAL_DIRECTOR)
    quinn = make_user("quinn@ipa.example", Role.FINANCE)
    practice = make_party("practice", "Bell Clinic")
    bell = make_user("bell@bell.example", Role.PROVIDER, party=practice)
    names = make_case(f"{SECRET} takes gifts", osei)
    with seeing(CASES):
        case = Case.objects.get(pk=names["case_id"])
    return Office(osei, marlow, quinn, bell, case, names)


def accuse(office: Office, name: str, **who: int) -> None:
    who = who or {"user_id": getattr(office, name).pk}
    name_person(
        actor=office.of("osei"), case_id=office.case.pk, part="accused", name=name, now=NOW, **who
    )


def asked(statement: str) -> list[tuple]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def addresses(office: Office) -> list[tuple[str, str]]:
    """Every address of the case, with how it is asked."""
    key = {"case_id": office.case.pk}
    verbs = ("triage", "hand", "note", "person", "task", "close", "reply", "reopen")
    found = [("get", reverse("compliance:case_detail", kwargs=key))]
    for verb in verbs:
        url = reverse("compliance:case_work", kwargs={**key, "case_verb": verb})
        found += [("get", url), ("post", url)]
    for name, key_name in (
        ("case_task_done", "case_task_id"),
        ("case_person_withdraw", "case_person_id"),
    ):
        url = reverse(f"compliance:{name}", kwargs={key_name: office.names[key_name]})
        found.append(("post", url))
    file = {"case_file_id": office.names["case_file_id"]}
    return [*found, ("get", reverse("compliance:case_paper", kwargs=file))]


def test_an_officer_sees_it_until_it_accuses_them_and_others_only_if_they_work_on_it(office):
    assert [row.title for row in case_rows(actor=office.of("marlow"))] == [f"{SECRET} takes gifts"]
    assert case_rows(actor=office.of("quinn")) == []
    hand_case(
        actor=office.of("osei"), case_id=office.case.pk, user_id=office.quinn.pk, is_owner=False,
        text="She reads the books.", now=NOW,
    )  # fmt: skip
    assert len(case_rows(actor=office.of("quinn"))) == 1
    accuse(office, "marlow")
    accuse(office, "quinn")
    assert case_rows(actor=office.of("marlow")) == case_rows(actor=office.of("quinn")) == []
    assert case_page(actor=office.of("marlow"), case_id=office.case.pk) is None
    assert len(case_rows(actor=office.of("osei"))) == 1
    with pytest.raises(MayNotHandle):
        hand_case(
            actor=office.of("osei"), case_id=office.case.pk, user_id=office.quinn.pk,
            is_owner=True, text="x", now=NOW,
        )  # fmt: skip
    with pytest.raises(NotPermitted):
        case_rows(actor=office.of("bell"))


def test_the_accused_find_no_door_to_it(office):
    """Every address, list, count, export, search, front page and log, as the accused."""
    accuse(office, "marlow")
    client = client_of(office.marlow)
    number, words = office.case.number, re.compile(f"{SECRET}|{office.case.number}")
    for way, url in addresses(office):
        assert getattr(client, way)(url, {"text": "x"}).status_code == 404, url
    pages = [
        *(reverse(f"compliance:{name}") for name in ("case_list", "desk", "legal_hold_list")),
        *(f"{reverse('compliance:case_list')}{query}" for query in ("?show=open", "?q=gifts")),
        *(f"{reverse('compliance:case_list')}?export={kind}" for kind in ("csv",)),
        *("/", reverse("home:sighting_list"), f"{reverse('home:sighting_list')}?kind=done"),
        *(reverse("compliance:retention"), reverse("compliance:case_deputies")),
    ]
    for url in pages:
        answer = client.get(url)
        assert answer.status_code == 200, url
        assert not words.search(_text(answer)), url
    assert "No case that you may see" in _text(client.get(pages[0]))
    for text in (SECRET, number):
        client.post(reverse("home:find"), {"q": text, "to": "/search/"})
        assert "takes gifts" not in _text(client.get("/search/"))
    assert case_rows(actor=office.of("marlow")) == []


def _text(answer) -> str:
    parts = answer.streaming_content if answer.streaming else [answer.content]
    return b"".join(parts).decode()


def test_raw_sql_as_the_accused_and_as_staff_shows_no_row(office):
    accuse(office, "marlow")
    with seeing(cases_of(office.of("marlow"))):
        for table in CASE_TABLES:
            assert asked(f"SELECT count(*) FROM compliance_{table}") == [(0,)], table
        with connection.cursor() as cursor:
            cursor.execute("UPDATE compliance_case SET is_urgent = true")
            assert cursor.rowcount == 0
        # A case that accuses them is to them as one that is not there.
        key = office.case.pk
        open_ = f"SELECT count(*) FROM compliance_case WHERE id = '{key}'"
        assert asked(open_) == [(0,)]
    for scope in (EVERYBODY, scope_of(office.of("marlow"))):
        for table in CASE_TABLES:
            with seeing(scope), pytest.raises(DatabaseError, match="permission denied"):
                asked(f"SELECT count(*) FROM compliance_{table}")
    with seeing(scope_of(office.of("bell"))):
        assert asked("SELECT count(*) FROM compliance_case") == [(0,)]
    with seeing(cases_of(office.of("osei"))):
        assert asked("SELECT count(*) FROM compliance_case") == [(1,)]
    with seeing(CASES):
        assert asked("SELECT count(*) FROM compliance_case") == [(1,)]


def test_who_is_of_an_accused_practice_is_accused_and_no_more_once_it_is_withdrawn(office):
    both = make_user("bea@bell.example", Role.PROVIDER, party=make_party("practice", "Cal Group"))
    clinic = both.grants.get().party
    hand = {"actor": office.of("osei"), "case_id": office.case.pk, "now": NOW}
    boss = make_user("boss@ipa.example", Role.COMPLIANCE_OFFICER)
    boss.grants.create(party=clinic, role=Role.PROVIDER, effective_date=NOW.date())
    assert len(case_rows(actor=actor_of(boss))) == 1
    accuse(office, "Cal Group", party_id=clinic.pk)
    assert case_rows(actor=actor_of(boss)) == []
    people = case_page(actor=office.of("osei"), case_id=office.case.pk).people
    (person,) = [one for one in people if one.part == "accused"]
    withdraw_person(actor=office.of("osei"), person_id=person.pk, text="Another.", now=NOW)
    assert len(case_rows(actor=actor_of(boss))) == 1
    assert hand["case_id"] == office.case.pk


def test_a_case_about_the_office_goes_to_whoever_was_named_for_it(office):
    name_deputy(actor=office.of("osei"), user_id=office.quinn.pk, text="Chair", now=NOW)
    case = open_case(
        actor=office.of("quinn"), kind="grievance", title="The office", text="x",
        received_date=NOW.date(), about_office=True, now=NOW,
    )  # fmt: skip
    for officer in ("osei", "marlow"):
        assert case.pk not in {row.case.pk for row in case_rows(actor=office.of(officer))}
    page = case_page(actor=office.of("quinn"), case_id=case.pk)
    assert page.row.owner_id == office.quinn.pk


def test_an_accusation_that_leaves_nobody_is_refused(office):
    office.quinn.grants.update(end_date=NOW.date() - timedelta(days=1))
    only = open_case(
        actor=DESK, kind="incident", title="x", text="x", received_date=NOW.date(), now=NOW
    )
    marlow, osei = office.of("marlow"), office.of("osei")
    name_person(
        actor=osei, case_id=only.pk, part="accused", name="Osei", user_id=office.osei.pk, now=NOW
    )  # Marlow, the medical director, takes over
    assert case_page(actor=marlow, case_id=only.pk).row.owner_id == office.marlow.pk
    with pytest.raises(NobodyLeft):
        name_person(
            actor=marlow, case_id=only.pk, part="accused", name="M", user_id=office.marlow.pk,
            now=NOW,
        )  # fmt: skip
    assert len(case_page(actor=marlow, case_id=only.pk).people) == 1


def test_the_log_says_neither_whose_case_nor_who_worked_and_seals_what_was_done(office):
    with seeing(CASES):
        events = list(CaseEvent.objects.filter(case=office.case).order_by("place"))
    logged = DomainEvent.objects.filter(action=WORKED)
    sealed = {row.details["event"]: row.details["sha256"] for row in logged}
    assert [digest_of(told_of(one)) for one in events] == [sealed[f"{one.pk}"] for one in events]
    assert {row.actor_name for row in logged} == {"cases"}
    assert {(row.subject_type, row.actor_id) for row in logged} == {("", None)}
    with acting_as(), pytest.raises(DatabaseError, match="compliance_caseevent"):  # the owner
        asked("UPDATE compliance_caseevent SET by_name = 'x' RETURNING id")


def test_a_case_goes_its_way_and_is_opened_again(office):
    who = {"actor": office.of("osei"), "now": NOW}
    key = {"case_id": office.case.pk}
    task = give_task(**who, **key, user_id=office.quinn.pk, text="Ask", due_date=NOW.date())
    with pytest.raises(TasksLeft):
        close_case(**who, **key, outcome="substantiated", text="x")
    for one in case_page(actor=office.of("osei"), case_id=office.case.pk).tasks:
        finish_task(**who, task_id=one.pk, text="Asked.")
    close_case(**who, **key, outcome="substantiated", text="It was so.")
    with pytest.raises(NotInThisState):
        triage_case(**who, **key, kind="fwa", is_urgent=True, owner_id=office.osei.pk, text="x")
    reopen_case(**who, **key, text="More came.")
    page = case_page(actor=office.of("osei"), case_id=office.case.pk)
    case = page.row.case
    assert (case.state, case.outcome, case.clock_date) == ("open", "", NOW.date())
    assert [one.kind for one in page.events[:2]] == ["reopened", "closed"]
    assert task.owner_name == office.quinn.name


def test_what_the_desk_asks_leaves_out_what_accuses_whoever_looks(office):
    later = NOW + timedelta(days=40)
    report()
    seen = case_findings(actor=office.of("marlow"), now=later)
    assert {key: one.count for key, one in seen.items()} == {
        "cases_unanswered": 1, "cases_ownerless": 1, "cases_late": 1, "breaches_near": 0,
    }  # fmt: skip
    with seeing(CASES):
        accused = HotlineReport.objects.get().case_id
    name_person(
        actor=office.of("osei"), case_id=accused, part="accused", name="Marlow",
        user_id=office.marlow.pk, now=NOW,
    )  # fmt: skip
    left = case_findings(actor=office.of("marlow"), now=later)
    assert {one.count for one in left.values()} == {0}
    assert case_findings(actor=office.of("bell"), now=later)["cases_late"].count == 0


def test_an_officer_works_through_its_pages(office):
    client = client_of(office.osei)
    for way, url in addresses(office):
        if way == "get" and not url.endswith(("reply/", "reopen/")):
            assert client.get(url).status_code == 200, url
    detail = reverse("compliance:case_detail", args=[office.case.pk])
    note = reverse("compliance:case_work", args=[office.case.pk, "note"])
    assert client.post(note, {"text": "Spoke to Dr. Kim."}).status_code == 302
    task = reverse("compliance:case_task_done", args=[office.names["case_task_id"]])
    assert client.post(task, {"text": "Asked her."}).status_code == 302
    page = _text(client.get(detail))
    assert "Spoke to Dr. Kim." in page
    assert "Asked her." in page
    listed = _text(client.get(f"{reverse('compliance:case_list')}?export=csv"))
    assert office.case.number in listed


def test_a_mail_says_that_a_case_waits_and_nothing_else(office, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        hand_case(
            actor=office.of("osei"), case_id=office.case.pk, user_id=office.quinn.pk,
            is_owner=True, text="x", now=NOW,
        )  # fmt: skip
    (mail,) = django_mail.outbox
    assert mail.to == [office.quinn.email]
    assert not re.search(f"{SECRET}|{office.case.number}", f"{mail.subject} {mail.body}")


def test_keys_are_rotated_behind_the_wall(office, tmp_path, settings, monkeypatch):
    ring, settings.DATA_DIR = keyring(), tmp_path  # no file of another test is sealed anew
    lines = [new_keyring().splitlines()[0].replace("k1:", "k2:")]
    lines += [f"{name}:{b64encode(key).decode()}" for name, key in ring.keys.items()]
    lines.append(f"index:{b64encode(ring.index).decode()}")
    (tmp_path / "ring").write_text("\n".join(lines))
    monkeypatch.setenv("IPA_KEYS_FILE", str(tmp_path / "ring"))
    rotate()
    with seeing(CASES):
        case = Case.objects.get(pk=office.case.pk)
    assert key_id_of(case.title_encrypted) == "k2"
    assert case.title == f"{SECRET} takes gifts"


def test_evidence_of_a_case_is_needed_by_it(office):
    with seeing(CASES):
        file = CaseFile.objects.get(case=office.case)
    with seeing(EVERYBODY):
        assert is_needed_elsewhere(file.sha256, "plan_file", 0)
        assert not is_needed_elsewhere("0" * 64, "plan_file", 0)


# ---- the hotline ----------------------------------------------------------------------------


def sent(client: Client, **more: object):
    page = client.get(reverse("hotline:hotline_report"))
    code = re.search(r'name="code" value="([^"]+)"', page.content.decode())[1]
    data = {"title": "Gifts", "text": "Every Friday.", "code": code, **more}
    return client.post(reverse("hotline:hotline_report"), data, HTTP_USER_AGENT="Finder/1")


def code_in(answer) -> str:
    return re.search(r"<code>([^<]+)</code>", answer.content.decode())[1]


def test_a_report_is_answered_and_answered_again_by_code_alone(office):
    code = report()
    with seeing(CASES):
        case = HotlineReport.objects.select_related("case").get().case
    assert (case.opened_by_id, case.opened_by_name, case.state) == (None, "", "new")
    reply_to_reporter(actor=office.of("osei"), case_id=case.pk, text="Which days?", now=NOW)
    again = {"message_id": new_key(), "files": [JPEG], "today": NOW.date()}
    assert write_back(actor=HOTLINE, code=code, text="Fridays.", **again)
    assert not write_back(actor=HOTLINE, code=code, text="Fridays.", **again)
    assert [one.text for one in mailbox(code)] == [
        "They bill visits that never were.", "Which days?", "Fridays.",
    ]  # fmt: skip
    with pytest.raises(NoSuchMailbox):
        mailbox(new_code())
    page = case_page(actor=office.of("osei"), case_id=case.pk)
    assert [one.name for one in page.files] == ["reporter-1.jpg"]
    assert page.row.waits_for_us
    assert page.row.case.acknowledged_date == NOW.date()


def new_key() -> str:
    return "7d3c5a52-43a7-4a25-9a4c-0d2a1f6c9a01"


def test_the_holder_of_a_code_sees_messages_of_theirs_and_nothing_else(office):
    report("Another's.")
    code = report("Mine.")
    digest = digest_of_code(code)
    assert [one.text for one in mailbox(code)] == ["Mine."]
    with seeing(mailbox_of(digest)):
        assert asked("SELECT count(*) FROM compliance_hotlinereport") == [(1,)]
        assert asked("SELECT count(*) FROM compliance_hotlinemessage") == [(1,)]
        for table in ("case", "caseevent", "casefile", "caseperson"):
            assert asked(f"SELECT count(*) FROM compliance_{table}") == [(0,)], table


def test_nothing_tells_who_wrote_without_a_name(office, caplog):
    """No row anywhere holds the address, the browser, the account, the hour or a file's name."""
    named = PNG[:33] + chunk(b"tEXt", b"Author\0Wanda") + PNG[33:]
    client = client_of(office.quinn)
    client.get("/")  # signed in, as one is at work
    with acting_as():
        before = _everything()
    sessions = client.cookies["sessionid"].value
    client.defaults |= {"REMOTE_ADDR": "203.0.113.77", "HTTP_X_FORWARDED_FOR": "203.0.113.77"}
    with caplog.at_level("DEBUG"):
        page = client.get(reverse("hotline:hotline_report"))
        picture = _upload("wanda-phone.png", named)
        answer = sent(client, paper_1=picture)
    code = code_in(answer)
    assert set(page.cookies) <= {"csrftoken"}
    assert set(answer.cookies) <= {"csrftoken"}
    assert answer["Cache-Control"] == "no-store"
    assert "hotline" not in caplog.text
    with acting_as():
        added = {table: rows - before[table] for table, rows in _everything().items()}
    told = "\n".join(sorted(row for rows in added.values() for row in rows))
    for trace in ("203.0.113.77", "Finder/1", "wanda", "Wanda", code, sessions, office.quinn.name):
        assert trace not in told, trace
    assert not re.search(r"\d\d:\d\d:\d\d", _without_log(added).replace("12:00:00", ""))
    assert {row.actor_id for row in DomainEvent.objects.filter(action=WORKED)} == {None}
    last = DomainEvent.objects.latest("pk")
    assert (last.request_id, last.task_id) == ("", "")
    assert AccessEvent.objects.count() == 0


def _everything() -> dict[str, set[str]]:
    """Every row of every table, as text."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT t::text FROM "{table}" AS t')
            found[table] = {row for (row,) in cursor.fetchall()}
    return found


def _without_log(added: dict[str, set[str]]) -> str:
    """What cases keep; the log has an hour, and says of no event which it is."""
    return "\n".join(
        row for table, rows in added.items() if table.startswith("compliance_") for row in rows
    )


def _upload(name: str, data: bytes):
    return SimpleUploadedFile(name, data)


def test_the_mailbox_opens_on_its_page_and_takes_more(office):
    client = Client()
    code = code_in(sent(client))
    url = reverse("hotline:hotline_mailbox")
    assert client.post(url, {"code": code.lower()}).status_code == 200
    more = {"code": code, "message": new_key(), "text": "And on Mondays."}
    answer = client.post(url, more)
    assert "And on Mondays." in answer.content.decode()
    assert "arrived" in answer.content.decode()
    assert client.post(url, {"code": new_code()}).status_code == 422
    assert client.post(url, {"code": "guess"}).status_code == 422
    assert client.post(url, {**more, "paper_1": _upload("a.gif", b"GIF89a")}).status_code == 422


def test_who_tries_codes_is_slowed_down(office, settings):
    settings.KNOCKS = settings.KNOCKS | {"hotline": (2, 600)}
    client, url = Client(), reverse("hotline:hotline_mailbox")
    answers = [client.post(url, {"code": "x"}).status_code for _ in range(3)]
    assert answers == [422, 422, 429]
    assert client.post(url, {"code": "x"}, REMOTE_ADDR="203.0.113.8").status_code == 422
