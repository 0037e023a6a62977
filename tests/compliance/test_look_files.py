"""The log of looks as files: FHIR while it is read, and a packet that a bare Python checks."""

import io
import json
import subprocess
import sys
import zipfile
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.urls import reverse

from capitation.models import Member
from compliance.actions import look_packets
from compliance.queries import look_files
from ipaportal.audit.models import AccessEvent
from ipaportal.audit.packets import SEALED
from ipaportal.audit.sealing import seal
from ipaportal.core.roles import Role
from tests.factories import make_contract
from tests.people import client_of, make_user


def looked() -> tuple[Member, object]:
    """One member, whom Quinn saw twice, once among others."""
    payer = make_contract().payer
    member = Member.objects.create(payer=payer, plan_member_id="M-1", uuid=f"{1:032x}")
    quinn = make_user("quinn@ipa.example", Role.FINANCE, name="Quinn Lee")
    AccessEvent.objects.bulk_create(
        AccessEvent(
            actor_id=quinn.pk, actor_name=quinn.name, kind=kind, view_name=page, member_ids=ids
        )
        for kind, page, ids in (
            ("view", "capitation:member_detail", [member.pk]),
            ("export", "capitation:panel_csv", [member.pk, 888]),
            ("view", "capitation:member_detail", [888]),
        )
    )  # fmt: skip
    return member, quinn


@pytest.mark.django_db
def test_fhir_is_sent_line_by_line_and_is_an_export_itself(monkeypatch):
    monkeypatch.setattr(look_files, "CHUNK", 1)
    member, quinn = looked()
    client = client_of(make_user("osei@ipa.example", Role.COMPLIANCE_OFFICER))
    answer = client.get(reverse("compliance:member_fhir", args=[member.pk]))
    told = [json.loads(text) for text in b"".join(answer.streaming_content).splitlines()]
    # What is asked for stands in it too: this file is its last line.
    assert [one["type"]["code"] for one in told] == ["rest", "110106", "110106"]
    assert "888" not in json.dumps(told)  # of a list, only who was asked about
    newest = AccessEvent.objects.latest("pk")
    assert (newest.kind, newest.member_ids) == ("export", [member.pk])
    answer = client.get(reverse("compliance:person_fhir", args=[quinn.pk]))
    assert len(b"".join(answer.streaming_content).splitlines()) == 3
    assert AccessEvent.objects.latest("pk").member_ids == sorted([member.pk, 888])
    assert client_of(quinn).get(reverse("compliance:looks_fhir")).status_code == 403


@pytest.mark.django_db
def test_a_packet_of_too_many_events_is_refused_and_shows_nobody(monkeypatch):
    monkeypatch.setattr(look_packets, "MOST_PROVEN", 1)
    member, _ = looked()
    client = client_of(make_user("osei@ipa.example", Role.COMPLIANCE_OFFICER))
    answer = client.get(reverse("compliance:member_packet", args=[member.pk]))
    assert answer.status_code == 422
    assert "2 events" in answer.content.decode()
    assert AccessEvent.objects.latest("pk").member_ids == []


@pytest.mark.django_db
def test_proofs_are_found_by_an_index():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {SEALED}", ["audit_domainevent", ["1", "2"], 10])
        assert "audit_leaf_key" in "".join(row[0] for row in cursor.fetchall())


@pytest.mark.django_db(transaction=True)
def test_a_stranger_checks_the_packet_and_each_changed_byte_is_named(tmp_path):
    member, _ = looked()
    seal(datetime.now(UTC))
    client = client_of(make_user("osei@ipa.example", Role.COMPLIANCE_OFFICER))
    answer = client.get(reverse("compliance:member_packet", args=[member.pk]))
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    assert {"looks.csv", "index.csv", "audit-events.ndjson", "README.txt"} < set(files)
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)

    def checked() -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-I", "-S", str(tmp_path / "verify.py"), str(tmp_path)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout

    code, said = checked()
    assert (code, "2 events lead to the checkpoint" in said) == (0, True), said
    for name in ("looks.csv", "audit-events.ndjson", "events.jsonl"):
        (tmp_path / name).write_bytes(files[name].replace(b"Quinn", b"Quina", 1))
        code, said = checked()
        assert (code, f"altered: {name}" in said) == (2, True)
        (tmp_path / name).write_bytes(files[name])
    assert b"not sealed" not in files["README.txt"].lower().replace(b"\n", b" ")[:1200]
