"""The network: imported from a list with each refused line named, then looked up."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from credentialing.formats.network_csv import COLUMNS
from credentialing.models import Participation, Practice, Practitioner
from credentialing.web.staff import EXAMPLE
from ipaportal.core.roles import Role
from tests.factories import make_contract
from tests.people import client_of, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def nadia():
    make_contract()
    return client_of(make_user("nadia@ipa.example", Role.NETWORK_ADMIN))


def page(client, view, /, *args, **query):
    answer = client.get(reverse(f"credentialing:{view}", args=args), query)
    assert answer.status_code == 200, answer.content[:2000]
    return " ".join(answer.content.decode().split())


def send(client, *rows):
    lines = [",".join(COLUMNS), *[",".join({**EXAMPLE, **row}[c] for c in COLUMNS) for row in rows]]
    file = SimpleUploadedFile("network.csv", "\n".join(lines).encode())
    return client.post(reverse("credentialing:network_import"), {"file": file})


def test_imports_good_lines_and_names_the_others(nadia):
    assert "The network is empty" in page(nadia, "practice_list")
    bad = [{"npi": "2990000014"}, {"payer_code": "MOON"}, {"effective_date": "1.1.2026"}]
    answer = send(nadia, {}, *bad)
    shown = answer.content.decode()
    assert answer.status_code == 200
    for words in ("fails its check digit", "no payer is called MOON", "not YYYY-MM-DD"):
        assert words in shown
    assert Participation.objects.count() == 1
    assert send(nadia).status_code == 200
    assert nadia.post(reverse("credentialing:network_import"), {"x": "1"}).status_code == 422


def test_shows_practices_practitioners_and_what_was_known(nadia):
    send(nadia, {})
    send(
        nadia, {"tin": "990000002", "practice_name": "Dr. Alvarez", "effective_date": "2026-06-01"}
    )
    assert "Bell Clinic" in page(nadia, "practice_list")
    assert "Bell Clinic" in page(nadia, "practice_list", q="9900000")
    assert "Nobody found" in page(nadia, "practice_list", q="zzz")
    assert "Alvarez, Ana" in page(nadia, "practice_list", of="people", q="alv")
    bell = Practice.objects.get(name="Bell Clinic")
    assert "Ana Alvarez" in page(nadia, "practice_detail", bell.pk)
    ana = Practitioner.objects.get()
    shown = page(nadia, "practitioner_detail", ana.pk)
    assert "Bell Clinic" in shown
    assert "Dr. Alvarez" in shown
    assert "was replaced" in shown
    for view in ("practice_detail", "practitioner_detail"):
        assert nadia.get(reverse(f"credentialing:{view}", args=[999])).status_code == 404


def test_lets_readers_look_and_not_import(nadia):
    quinn = client_of(make_user("quinn@ipa.example", Role.FINANCE))
    assert "Import a list" not in page(quinn, "practice_list")
    assert send(quinn, {}).status_code == 403
    assert not Practice.objects.exists()


def test_takes_both_lists_along_as_files(nadia):
    send(nadia, {})
    for of, what in (("", "Bell Clinic"), ("people", "Alvarez, Ana")):
        asked = {"of": of, "export": "csv"}
        answer = nadia.get(reverse("credentialing:practice_list"), asked)
        assert what in b"".join(answer.streaming_content).decode()
    answer = nadia.get(reverse("credentialing:practice_list"), {"export": "xlsx", "q": "zzz"})
    assert b"".join(answer.streaming_content)[:2] == b"PK"
