"""Screening on the page: a list loaded, a match decided by two, the command beside it."""

import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from credentialing.actions.screening_runs import step_screening
from credentialing.models import ListVersion, ScreeningMatch
from ipaportal.core.roles import Role
from ipaportal.ledger.models import Hold
from tests.credentialing.screening import SAM, load, make_ana
from tests.credentialing.test_actions_screening import EXACT
from tests.credentialing.test_formats_exclusions import OLD, leie
from tests.people import client_of, fresh_client_of, make_user

pytestmark = pytest.mark.django_db


def page(client, view, *args, **query):
    answer = client.get(reverse(f"credentialing:{view}", args=args), query)
    assert answer.status_code == 200, answer.content[:2000]
    return " ".join(answer.content.decode().split())


def seen_in(shown):
    """What the page says that its reader saw."""
    return shown.partition('name="seen" value="')[2].partition('"')[0]


@pytest.fixture
def cara():
    return client_of(make_user("cara@ipa.example", Role.CREDENTIALING_SPECIALIST))


def list_now(*rows):
    newest = {"LASTNAME": "NEWEST", "EXCLDATE": f"{timezone.localdate():%Y%m%d}"}
    return leie(OLD, newest, *rows)


def send(client, data, code="LEIE"):
    file = SimpleUploadedFile("UPDATED.csv", data)
    values = {"list_code": code, "source_date": timezone.localdate().isoformat(), "file": file}
    return client.post(reverse("credentialing:list_receive"), values)


def test_a_list_is_loaded_vouched_for_and_a_match_decided_by_two(cara):
    make_ana()
    osei = fresh_client_of(make_user("osei@ipa.example", Role.COMPLIANCE_OFFICER))
    assert "Nobody is clear" in page(cara, "screening_list")
    assert "exclusion lists" in " ".join(cara.get("/").content.decode().split())
    assert send(cara, list_now(EXACT)).status_code == 302
    step_screening(timezone.now())
    version = ListVersion.objects.get()
    assert "Its size is in doubt" in page(cara, "list_detail", version.pk)
    accept = reverse("credentialing:list_accept", args=[version.pk])
    assert cara.post(accept, {"text": "whole"}).status_code == 403
    assert osei.post(accept, {"text": "whole"}).status_code == 302
    assert send(cara, list_now(EXACT)).status_code == 422  # the same bytes
    while step_screening(timezone.now()):
        pass
    match = ScreeningMatch.objects.get()
    assert "SAM.gov exclusions" in page(cara, "list_list")
    shown = page(cara, "match_detail", match.pk)
    for words in ("ALVAREZ, ANA", "agrees", "payments stopped", "takes two people"):
        assert words in shown
    seen = seen_in(shown)
    values = {"decision": "false_positive", "reason_code": "letter", "text": "x", "seen": seen}
    decide = reverse("credentialing:match_decide", args=[match.pk])
    assert cara.post(decide, values).status_code == 422
    assert cara.post(decide, {**values, "reason_code": "birth_date"}).status_code == 302
    assert "A second person has to agree" in page(cara, "match_detail", match.pk)
    seen = (
        page(osei, "match_detail", match.pk).partition('name="seen" value="')[2].partition('"')[0]
    )
    answer = reverse("credentialing:match_answer", args=[match.pk])
    assert osei.post(answer, {"agrees": "yes", "text": "so", "seen": seen}).status_code == 302
    assert not Hold.objects.live().exists()
    run = match.first_run
    assert "Ana Alvarez" in page(cara, "screening_detail", run.pk, q="ana")
    assert page(cara, "told_apart", run.pk, who=match.subject_key)
    pdf = cara.get(reverse("credentialing:screening_certificate", args=[run.pk]))
    assert pdf.content.startswith(b"%PDF")
    assert b"Ana Alvarez" in b"".join(
        cara.get(reverse("credentialing:screening_detail", args=[run.pk]), {"export": "csv"})
    )


def test_columns_of_a_list_are_said_by_people(cara):
    address = reverse("credentialing:list_columns") + "?list=NY"
    assert "provider_name" in page(cara, "list_columns", list="NY")
    assert cara.post(address, {"kind": "x"}).status_code == 422
    assert cara.post(address, {"full_name": "name | provider"}).status_code == 302
    assert "name | provider" in page(cara, "list_columns", list="NY")


def screen(capsys, *args):
    code = 0
    try:
        call_command("screen", "--json", *args)
    except SystemExit as left:
        code = left.code
    return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_the_command_exits_2_where_a_list_is_missing_or_old(capsys, tmp_path):
    make_ana()
    code, (summary,) = screen(capsys)
    assert (code, summary["record"]) == (2, "summary")
    now = timezone.now()
    load(data=list_now(EXACT), day=now.date(), now=now)
    code, records = screen(capsys)
    assert (code, records[-1]["missing_or_stale"]) == (2, ["SAM.gov exclusions"])
    load("SAM", SAM.encode(), day=now.date(), now=now + timedelta(seconds=1))
    code, records = screen(capsys)
    assert (code, records[-1]["missing_or_stale"]) == (0, [])
    found = [one for one in records if one["record"] == "match"]
    assert [(one["category"], one["stopped"]) for one in found] == [("confirmed", True)]
    assert [one["key"] for one in records if one["record"] == "list"] == ["LEIE", "SAM"]


def test_the_command_takes_a_file_that_it_does_not_keep(capsys, tmp_path):
    make_ana()
    file = tmp_path / "1601EXCL.csv"
    file.write_bytes(leie(EXACT))
    code, records = screen(capsys, "--list", str(file))
    assert (code, records[0]["kind"], records[-1]["matches"]) == (0, "additions", 1)
    assert not ListVersion.objects.exists()
    file.write_bytes(leie(EXACT)[:-30])
    code, records = screen(capsys, "--list", str(file))
    assert (code, records[0]["problems"][0]["code"]) == (2, "unreadable")
