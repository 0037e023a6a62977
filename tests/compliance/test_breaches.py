"""A breach from its discovery to the packet that shows how it was handled."""

import io
import json
import zipfile
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from pypdf import PdfReader

from compliance.actions.breaches import (
    FirstThis,
    NotABreachCase,
    OwnAssessment,
    account_for,
    assess_breach,
    count_people,
    decide_breach,
    print_letters,
    record_delay,
    record_discovery,
    record_notice,
    write_breach_packet,
    write_letter,
)
from compliance.actions.cases import hand_case, open_case, triage_case
from compliance.models import BreachRecord, Case, Disclosure
from compliance.queries.cases import case_page, case_rows
from compliance.queries.disclosures import member_account
from compliance.rules.breaches import FACTORS, LETTER_PARTS, duties
from compliance.rules.case_records import digest_of, line_of
from ipaportal.audit.models import DomainEvent
from ipaportal.audit.packet_verifier import _check_history, check
from ipaportal.audit.sealing import step_seal
from ipaportal.core.actors import Actor
from ipaportal.core.files import read_stored
from ipaportal.core.roles import Role
from ipaportal.core.scopes import CASES, seeing
from ipaportal.identity.models import User
from tests.compliance.accusing import NOW
from tests.factories import batch, make_contract, make_member
from tests.kept import kept
from tests.people import actor_of, client_of, make_user

pytestmark = pytest.mark.django_db
PEOPLE = b"name,address,city,state,zip\nAnn Lee,1 A St,Fresno,CA,93650\nBo Diaz,,,NV,\n"
LOW = {key: ("low", f"Reason of {key}.") for key in FACTORS}


@dataclass
class Lost:
    """A lost laptop: an officer who weighs, a lawyer who decides."""

    osei: User
    lawyer: User
    case: Case

    @property
    def by_osei(self) -> dict[str, object]:
        return {"actor": actor_of(self.osei), "case_id": self.case.pk, "now": NOW}

    @property
    def by_lawyer(self) -> dict[str, object]:
        return {**self.by_osei, "actor": actor_of(self.lawyer)}


@kept
def lost():
    osei = make_user("osei@ipa.example", Role.COMPLIANCE_OFFICER)
    lawyer = make_user("lawyer@ipa.example", Role.NETWORK_ADMIN)
    actor = actor_of(osei)
    case = open_case(
        actor=actor, kind="privacy", title="A laptop is gone", text="From a car.",
        received_date=NOW.date(), now=NOW,
    )  # fmt: skip
    triage_case(
        actor=actor, case_id=case.pk, kind="privacy", is_urgent=True, owner_id=osei.pk,
        text="Data of members.", now=NOW,
    )  # fmt: skip
    hand_case(
        actor=actor, case_id=case.pk, user_id=lawyer.pk, is_owner=False, text="Decides.", now=NOW
    )
    return Lost(osei, lawyer, case)


def found(lost: Lost, capacity: str = "covered") -> None:
    record_discovery(
        **lost.by_osei, known=date(2026, 11, 18), diligence=date(2026, 11, 16), agent=None,
        capacity=capacity, contract_days=None, text="The driver rang.",
    )  # fmt: skip


def to_the_breach(lost: Lost) -> None:
    found(lost)
    count_people(**lost.by_osei, by_state=None, people=PEOPLE, text="The disk's list.")
    assess_breach(**lost.by_osei, factors=LOW, text="Not encrypted.")
    decide_breach(**lost.by_lawyer, result="breach", text="It was not encrypted.")


def page_of(lost: Lost):
    return case_page(actor=actor_of(lost.osei), case_id=lost.case.pk)


def test_days_run_from_when_it_should_have_been_known_and_stand_on_the_list(lost):
    (before,) = case_rows(actor=actor_of(lost.osei))
    assert before.due == date(2026, 12, 20)  # of the case: urgent, thirty days
    found(lost, "associate")
    (row,) = case_rows(actor=actor_of(lost.osei))
    assert [(one.kind, one.due) for one in duties(row.breach)] == [
        ("covered_entity", date(2027, 1, 15))
    ]
    record_discovery(
        **lost.by_osei, known=date(2026, 11, 18), diligence=None, agent=None,
        capacity="associate", contract_days=5, text="As the agreement says.",
    )  # fmt: skip
    (row,) = case_rows(actor=actor_of(lost.osei))
    assert row.due == date(2026, 11, 23)


def test_it_is_presumed_a_breach_and_another_decides_that_it_is_none(lost):
    with pytest.raises(FirstThis, match="when it was found"):
        assess_breach(**lost.by_osei, factors=LOW, text="x")
    found(lost)
    with pytest.raises(FirstThis, match="presumed"):
        decide_breach(**lost.by_lawyer, result="low", text="x")
    with pytest.raises(FirstThis, match="Who used it"):
        assess_breach(**lost.by_osei, factors={**LOW, "recipient": ("low", " ")}, text="x")
    assess_breach(**lost.by_osei, factors=LOW, text="Low.")
    with pytest.raises(OwnAssessment):
        decide_breach(**lost.by_osei, result="low", text="x")
    with pytest.raises(OwnAssessment):
        decide_breach(**{**lost.by_osei, "actor": Actor.system("x")}, result="low", text="x")
    assert page_of(lost).row.breach.result == ""
    decide_breach(**lost.by_lawyer, result="low", text="Found unopened.")
    assert duties(page_of(lost).row.breach) == []


def test_the_database_lets_nobody_decide_what_they_weighed(lost):
    found(lost)
    assess_breach(**lost.by_osei, factors=LOW, text="Low.")
    told = {"case_id": lost.case.pk, "place": 9, "kind": "decision", "at": NOW, "by_name": "x"}
    for wrong in (
        {"result": "low", "by_id": lost.osei.pk, "assessed_by_id": lost.osei.pk},
        {"result": "low", "by_id": lost.lawyer.pk},
        {"result": "breach"},
    ):
        record = BreachRecord(**told, **wrong)
        record.told = {}
        with seeing(CASES), pytest.raises(DatabaseError), transaction.atomic():
            record.save(force_insert=True)


def test_only_an_open_privacy_incident_is_weighed(lost):
    other = open_case(
        actor=actor_of(lost.osei), kind="incident", title="x", text="x",
        received_date=NOW.date(), now=NOW,
    )  # fmt: skip
    with pytest.raises(NotABreachCase):
        record_delay(
            **{**lost.by_osei, "case_id": other.pk}, asked=NOW.date(), until=NOW.date(),
            is_written=True, text="x",
        )  # fmt: skip
    with pytest.raises(FirstThis, match="decided"):
        record_notice(**lost.by_osei, kind="agency", sent=NOW.date(), count=1, text="x")


def test_letters_say_what_the_rule_asks_to_everybody_on_the_list(lost):
    to_the_breach(lost)
    with pytest.raises(FirstThis, match="words"):
        print_letters(**lost.by_osei, day=NOW.date())
    parts = {key: f"Words about {key}." for key in LETTER_PARTS}
    write_letter(**lost.by_osei, parts=parts)
    merged, pdf = print_letters(**lost.by_osei, day=NOW.date())
    assert b"Ann Lee,1 A St,Fresno,CA,93650" in read_stored(merged.sha256)
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(read_stored(pdf.sha256))).pages]
    assert len(pages) == 2
    assert "Ann Lee" in pages[0]
    assert "Bo Diaz" in pages[1]
    assert all(f"Words about {key}." in pages[1] for key in LETTER_PARTS)
    assert "1 without an address" in page_of(lost).events[0].text


def test_accounts_of_disclosures_tell_of_it_once_and_say_nothing_of_the_case(lost):
    contract, no = make_contract(), batch()
    members = [make_member(contract, f"M-{n}", no) for n in range(3)]
    found(lost)
    given = {
        **lost.by_osei,
        "made": date(2026, 11, 15),
        "recipient": "unknown person",
        "address": "",
        "description": "names, plan numbers",
        "words": "a device was lost",
    }
    with pytest.raises(FirstThis, match="no number of a member"):
        account_for(**given)
    head = b"name,address,city,state,zip,member\n"
    row = b"Ann Lee,1 A St,Fresno,CA,93650,M-%d\n"
    count_people(**lost.by_osei, by_state=None, people=head + row % 0 + row % 9, text="A part.")
    told = account_for(**given).told
    assert (told["members"], told["unknown"]) == (1, 1)
    with pytest.raises(FirstThis):
        account_for(**given)
    count_people(**lost.by_osei, by_state=None, people=head + row % 0 + row % 1, text="More.")
    account_for(**given)
    rows = Disclosure.objects.order_by("pk")
    assert [one.member_ids for one in rows] == [[members[0].pk], [members[1].pk]]
    assert {(one.purpose, one.recorded_by_id, one.recorded_by_name) for one in rows} == {
        ("mistake", None, "cases")
    }
    assert str(lost.case.pk) not in f"{[one.source for one in rows]}"
    account = member_account(actor=actor_of(lost.osei), member_id=members[0].pk, asked=NOW.date())
    assert [line.recipient for line in account.lines] == ["unknown person"]
    event = DomainEvent.objects.filter(action="compliance.disclosure.recorded").first()
    assert (event.actor_id, event.actor_name) == (None, "cases")


def test_a_packet_shows_it_all_and_names_what_was_changed(lost):
    to_the_breach(lost)
    record_notice(
        **lost.by_osei, kind="individuals", sent=date(2026, 11, 19), count=2, text="By mail."
    )
    step_seal(NOW + timedelta(days=1))
    packet = write_breach_packet(**lost.by_osei, text="For the plan.")
    with zipfile.ZipFile(io.BytesIO(read_stored(packet.sha256))) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    said, faults = check(files)
    assert faults == []
    breach = files["breach.csv"].decode()
    for words in ("by reasonable diligence", "CA 1, NV 1", "Reason of mitigated", "By mail."):
        assert words in breach
    assert "2027-01-15,2026-11-19,45 CFR 164.404(b)" in files["deadlines.csv"].decode()
    history = files["history.jsonl"]
    assert any("lines of the history were sealed" in one for one in said)
    changed = history.replace(b"It was not encrypted.", b"It was encrypted now!")
    assert changed != history
    found_ = check({**files, "history.jsonl": changed})[1]
    assert any(one.startswith("altered: history.jsonl") for one in found_)


def test_a_line_of_history_that_was_not_sealed_so_is_named():
    line = line_of({"id": "e1", "place": 1, "text": "It was so."})
    details = {"event": "e1", "sha256": digest_of({"id": "e1", "place": 1, "text": "It was so."})}
    events = json.dumps({"payload": json.dumps({"details": details})}).encode()
    for text, wrong in ((line, 0), (line.replace("so.", "not."), 1)):
        said, faults = [], []
        files = {"history.jsonl": f"{text}\n".encode(), "events.jsonl": events}
        _check_history(files, said, faults)
        assert len(faults) == wrong
        assert said == ["1 of 1 lines of the history were sealed."]
    faults = []
    moved = line.replace('"place":1', '"place":2')
    _check_history({"history.jsonl": f"{moved}\n".encode()}, [], faults)
    assert "another place" in faults[0]


def test_its_page_leads_through_it(lost):
    client, lawyer = client_of(lost.osei), client_of(lost.lawyer)

    def verb(name: str) -> str:
        return reverse("compliance:case_work", args=[lost.case.pk, name])

    day = {"known": "2026-11-18", "capacity": "covered", "text": "The driver rang."}
    assert client.post(verb("discovery"), day).status_code == 302
    counts = {"by_state": "CA 501, NV 3", "text": "The list."}
    assert client.post(verb("affected"), counts).status_code == 302
    weighed = {f"{what}_{key}": "low" for key in FACTORS for what in ("level", "text")}
    assert client.post(verb("assess"), weighed | {"text": "x"}).status_code == 302
    decided = {"result": "breach", "text": "x"}
    assert client.post(verb("decide"), decided).status_code == 422
    assert lawyer.post(verb("decide"), decided).status_code == 302
    page = client.get(reverse("compliance:case_detail", args=[lost.case.pk])).content.decode()
    for words in ("501 people in CA", "prominent media", "2027-01-17", "504 people in all"):
        assert words in page, words
    for name in ("delay", "letter", "letters", "notice", "packet"):
        assert client.get(verb(name)).status_code == 200
