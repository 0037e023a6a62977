"""The inbox as finance uses it: send files, see what became of them, write to the plan."""

import re
from datetime import date
from urllib.parse import unquote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from capitation.actions.advance import step_files
from capitation.actions.files import process_file
from capitation.models import Payer, PlanFile
from capitation.queries.file_faults import faults_of
from ipaportal.audit.models import AccessEvent
from ipaportal.core.roles import Role
from tests.factories import CLOCK, NOON, batch, make_contract, make_member
from tests.people import PASSWORD, client_of, make_user
from tests.planfiles import a_member, an_820, an_834

pytestmark = pytest.mark.django_db
JAN = date(2026, 1, 1)


@pytest.fixture
def quinn():
    client = client_of(make_user("quinn@ipa.example", Role.FINANCE))
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


@pytest.fixture
def contract():
    contract = make_contract()
    Payer.objects.update(contact_email="edi@sun.example")
    return contract


def page(client, view, /, *args, **query):
    answer = client.get(reverse(f"capitation:{view}", args=args), query)
    assert answer.status_code == 200, answer.content[:2000]
    return " ".join(answer.content.decode().split())


def upload(client, contract, *files):
    sent = [SimpleUploadedFile(name, data) for name, data in files]
    return client.post(
        reverse("capitation:file_receive"), {"contract": contract.pk, "file": sent}, follow=True
    )


def processed(name):
    file = PlanFile.objects.get(name=name)
    return process_file(actor=CLOCK, file_id=file.pk, now=NOON)


def test_takes_several_files_and_says_which_it_refuses(quinn, contract):
    make_member(contract, "M1", batch(contract))
    money = an_820([("M1", JAN, "100.00"), ("M2", JAN, "50.00")])
    people = an_834([a_member("M1")])
    answer = upload(quinn, contract, ("jan.820", money), ("again.820", money), ("jan.834", people))
    shown = answer.content.decode()
    assert "2 files received" in shown
    assert "again.820: These bytes were received before as jan.820" in shown
    assert "being read" in shown
    assert 'hx-trigger="every 2s"' in shown
    file = processed("jan.820")
    assert "1 waiting" in page(quinn, "file_list")
    assert "Drop the plan" in page(quinn, "file_list", q="nothing")
    assert "jan.834" not in page(quinn, "file_list", status="applied")
    shown = page(quinn, "file_detail", file.pk)
    assert "Some lines wait for a member" in shown
    assert "$150.00" in shown
    assert AccessEvent.objects.order_by("-pk").first().member_ids
    waiting = quinn.get(reverse("capitation:file_detail", args=[file.pk]), {"state": "waiting"})
    assert [row["ref"] for row in waiting.context["listing"].rows] == ["M2"]


def test_shows_a_refused_file_with_its_fault_marked_and_a_letter(quinn, contract):
    broken = an_820([("M1", JAN, "100.00")]).replace(b"SE*", b"SE*9")
    upload(quinn, contract, ("broken.820", broken))
    file = processed("broken.820")
    assert file.status == "rejected"
    shown = page(quinn, "file_detail", file.pk)
    assert "This file was refused whole" in shown
    assert "<mark>" in shown
    letter = unquote(re.search(r'href="(mailto:[^"]*)"', shown)[1])
    assert letter.startswith(f"mailto:edi@sun.example?subject=File {file.sha256[:12]}")
    assert f"SHA-256 {file.sha256}" in letter
    assert file.problems[0]["code"] in letter
    assert re.search(r"- segment \d+( \([A-Z0-9]+\))?: ", letter)
    assert file.problems[0]["message"] not in letter, "a letter quotes nothing of the file"
    assert file.name not in letter
    marked = [line.wrong for fault in faults_of(file) for line in fault.lines if line.wrong]
    assert any(text.startswith("9") for text in marked), marked


def test_refuses_to_receive_nothing_and_from_readers(quinn, contract):
    answer = quinn.post(reverse("capitation:file_receive"), {"contract": contract.pk})
    assert answer.status_code == 422
    assert "No file was sent" in answer.content.decode()
    osei = client_of(make_user("osei@ipa.example", Role.COMPLIANCE_OFFICER))
    assert upload(osei, contract, ("a.820", b"x")).status_code == 403
    assert "Drop the plan" not in page(osei, "file_list")
    assert not PlanFile.objects.exists()
    assert quinn.get(reverse("capitation:file_detail", args=[999])).status_code == 404


def test_reads_now_books_the_deposit_and_exports(quinn, contract):
    make_member(contract, "M1", batch(contract))
    upload(quinn, contract, ("jan.820", an_820([("M1", JAN, "100.00")])))
    file = PlanFile.objects.get()
    assert "Waiting to be read" in page(quinn, "file_detail", file.pk)
    assert quinn.post(reverse("capitation:file_process", args=[file.pk])).status_code == 302
    assert PlanFile.objects.get().status == "received"
    assert step_files(timezone.now()) == 1
    again = quinn.post(reverse("capitation:file_process", args=[file.pk]), follow=True)
    assert "This is final" in again.content.decode()
    shown = page(quinn, "file_detail", file.pk)
    assert "have not been seen at the bank" in shown
    book = reverse("capitation:file_deposit", args=[file.pk])
    too_much = quinn.post(book, {"day": "2026-03-11", "amount": "100.01"})
    assert too_much.status_code == 422
    assert "does not have so much" in too_much.content.decode()
    assert quinn.post(book, {"day": "2026-03-11", "amount": "100"}).status_code == 302
    assert "have not been seen" not in page(quinn, "file_detail", file.pk)
    text = quinn.get(reverse("capitation:file_list"), {"export": "csv"})
    assert b"jan.820" in b"".join(text.streaming_content)


def test_takes_the_lines_of_a_file_along_and_says_whose_they_are(quinn, contract):
    member = make_member(contract, "M1", batch(contract))
    upload(quinn, contract, ("jan.820", an_820([("M1", JAN, "100.00"), ("X9", JAN, "9.00")])))
    address = reverse("capitation:file_detail", args=[processed("jan.820").pk])
    rows = {row["ref"]: row["url"] for row in quinn.get(address).context["listing"].rows}
    assert rows["M1"] == reverse("capitation:member_detail", args=[member.pk])
    assert rows["X9"].endswith("?list=unknown")
    answer = quinn.get(address, {"export": "csv"})
    assert len(b"".join(answer.streaming_content).decode().splitlines()) == 3
    event = AccessEvent.objects.order_by("-pk").first()
    assert (event.kind, event.member_ids) == ("export", [member.pk])
    answer = quinn.get(address, {"export": "xlsx", "state": "waiting"})
    assert b"".join(answer.streaming_content)[:2] == b"PK"


def test_puts_a_quarantined_file_aside(quinn, contract):
    data = an_820([("M1", JAN, "100.00")]).replace(b"BPR*I*100", b"BPR*I*101")
    upload(quinn, contract, ("off.820", data))
    file = processed("off.820")
    assert file.status == "quarantined"
    assert "This file does not add up" in page(quinn, "file_detail", file.pk)
    reject = reverse("capitation:file_reject", args=[file.pk])
    assert quinn.post(reject, {"reason": ""}).status_code == 422
    assert quinn.post(reject, {"reason": "plan sends anew"}).status_code == 302
    assert PlanFile.objects.get().status == "rejected"
