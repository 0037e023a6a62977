"""Pages of adverse actions: the docket, one action from notice to decision, and one's own."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from credentialing.actions.npdb import record_query
from credentialing.models import AdverseAction
from tests.credentialing.adverse import at, make_hearings, told
from tests.kept import kept
from tests.people import actor_of, fresh_client_of

pytestmark = pytest.mark.django_db


@kept
def world():
    """One who was told yesterday."""
    made = make_hearings()
    return made | {"row": told(made, day=timezone.localdate() - timedelta(days=1))}


def text_of(answer) -> str:
    if answer.streaming:
        return b"".join(answer.streaming_content).decode()
    return answer.content.decode()


def page(name, *args):
    return reverse(f"credentialing:{name}", args=args)


def test_staff_see_the_docket_and_what_comes_next(world):
    client, row = fresh_client_of(world["ito"]), world["row"]
    docket = text_of(client.get(page("docket")))
    assert page("adverse_detail", row.pk) in docket
    assert "Notice sent" in docket
    assert "Nothing" not in text_of(client.get(page("docket"), {"show": "hearing"}))
    exported = text_of(client.get(page("docket"), {"export": "csv"}))
    assert row.request_by_date.isoformat() in exported
    detail = text_of(client.get(page("adverse_detail", row.pk)))
    assert "Record a letter that asks for a hearing" in detail
    assert "Three charts" in detail
    assert client.get(page("adverse_pdf", row.pk)).content.startswith(b"%PDF")
    wrong = client.post(page("adverse_act", row.pk), {"do": "request", "request_text": "x",
                        "received_date": row.notice_date - timedelta(days=1)})  # fmt: skip
    assert wrong.status_code == 422
    assert "before they were told" in text_of(wrong)
    good = client.post(page("adverse_act", row.pk), {"do": "request", "request_text": "x",
                       "received_date": row.notice_date}, follow=True)  # fmt: skip
    assert "Set the day of the hearing" in text_of(good)
    assert "nobody is on the panel yet" in text_of(good)


def test_a_practitioner_reads_the_reasons_and_asks_and_nobody_else_of_the_practice(world):
    client, row = fresh_client_of(world["reed"]), world["row"]
    mine = page("my_action", row.pk)
    assert mine in text_of(client.get(page("my_file")))
    assert "a hearing may be asked for" in text_of(client.get("/"))
    shown = text_of(client.get(mine))
    assert "Three charts" in shown
    assert "goes on as it is until this is final" in shown
    assert client.get(page("my_action_notice", row.pk)).content.startswith(b"%PDF")
    assert client.post(mine, {"do": "waive"}).status_code == 422
    done = text_of(client.post(mine, {"do": "ask", "text": "I disagree."}, follow=True))
    assert "Hearing requested" in done
    assert "Ask for a hearing</button>" not in done
    assert client.post(mine, {"do": "ask", "text": ""}).status_code == 422
    manager = fresh_client_of(world["manager"])
    assert manager.get(mine).status_code == 403
    assert mine not in text_of(manager.get(page("my_file")))
    assert AdverseAction.objects.get().steps.last().text == "I disagree."


def test_an_action_is_opened_on_a_page_and_the_register_shows_no_answer(world):
    client, who = fresh_client_of(world["vance"]), world["who"]
    new = page("adverse_new", who.pk)
    assert new in text_of(client.get(page("practitioner_detail", who.pk)))
    sent = {"kind": "restriction", "basis": "quality", "reasons": "Why.", "limits": "",
            "effective_date": timezone.localdate(), "danger": ""}  # fmt: skip
    assert "Say the reasons" in text_of(client.post(new, sent))
    answer = client.post(new, sent | {"limits": "no new members"}, follow=True)
    assert "Send the notice" in text_of(answer)
    record_query(actor=actor_of(world["ito"]), practitioner_id=who.pk, kind="query",
                 reference="5550001", on_date=world["row"].opened_date,
                 now=at(timezone.localdate()))  # fmt: skip
    register = text_of(client.get(page("npdb_register")))
    assert "5550001" in register
    exported = text_of(client.get(page("npdb_register"), {"export": "csv"}))
    assert exported.splitlines()[0].strip().endswith("Practitioner,What,Number,On,Recorded by")
