"""What is too large is refused by its announced length, before a byte of it is read."""

import gzip

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import get_resolver, reverse

from capitation.models import PlanFile
from ipaportal.audit.models import DomainEvent
from ipaportal.core.files import read_stored
from ipaportal.core.roles import Role
from tests.addresses import guarded_addresses
from tests.factories import make_contract
from tests.ipaportal.test_core_clamd import EICAR, daemon
from tests.people import client_of, make_party, make_user
from tests.planfiles import take

pytestmark = pytest.mark.django_db
MB = 1 << 20
KINDS = {
    "capitation:file_receive": 512 * MB,
    "capitation:pcps_import": 20 * MB,
    "credentialing:network_import": 20 * MB,
}


class Unreadable:
    """A body that must not be read."""

    def read(self, *_):
        raise AssertionError("the body was read")

    readline = read


def announce(client: Client, address: str, size: int | str):
    """Send a form that says how large it is, and has nothing behind it."""
    return client.generic(
        "POST",
        address,
        b"",
        CONTENT_TYPE="multipart/form-data; boundary=x",
        CONTENT_LENGTH=str(size),
        **{"wsgi.input": Unreadable()},
    )


@pytest.fixture
def quinn():
    return client_of(make_user("quinn@ipa.test", Role.FINANCE, Role.NETWORK_ADMIN))


@pytest.mark.parametrize(("view", "most"), KINDS.items())
def test_refuses_more_than_a_page_takes_unread_in_words_and_on_record(quinn, view, most):
    answer = announce(quinn, reverse(view), most + 1)
    assert answer.status_code == 413
    assert f"at most {most // MB} MB" in answer.content.decode()
    event = DomainEvent.objects.get(action="identity.upload.refused")
    assert (event.actor_name, event.details["view"]) == ("Quinn", view)
    assert (event.details["bytes"], event.details["most"]) == (most + 1, most)
    with pytest.raises(AssertionError, match="the body was read"):
        announce(quinn, reverse(view), most)


def test_takes_files_only_from_those_who_may_send_them():
    make_party()
    provider = client_of(
        make_user("bell@bell.test", Role.PROVIDER, party=make_party("practice", "Bell"))
    )
    for client in (Client(), provider):
        assert announce(client, reverse("capitation:file_receive"), 2 * MB).status_code == 413


@pytest.mark.parametrize("address", ["/account/login/", "/setup/", "/people/demo/1/", "/search/"])
def test_takes_no_file_from_strangers(address):
    make_party()
    assert announce(Client(), address, 2 * MB).status_code == 413


def test_every_address_has_a_limit(quinn):
    for address, _, _ in guarded_addresses(get_resolver()):
        assert announce(quinn, address, 513 * MB).status_code == 413, address


def test_what_announces_no_length_brings_nothing(quinn):
    answer = quinn.generic(
        "POST",
        reverse("credentialing:network_import"),
        b"",
        CONTENT_TYPE="multipart/form-data; boundary=x",
        CONTENT_LENGTH="",
        **{"wsgi.input": Unreadable(), "HTTP_TRANSFER_ENCODING": "chunked"},
    )
    assert answer.status_code in (200, 400, 422)


def test_reads_the_length_as_django_does(quinn):
    assert announce(quinn, reverse("capitation:file_receive"), "1_000_000_000").status_code == 413


@pytest.mark.parametrize("length", ["-5", "9x", "1e9"])
def test_a_length_that_is_none_brings_nothing(quinn, length):
    answer = quinn.generic(
        "POST",
        reverse("capitation:file_receive"),
        b"",
        CONTENT_TYPE="text/plain",
        CONTENT_LENGTH=length,
    )
    assert answer.status_code == 422
    assert PlanFile.objects.count() == 0


def test_a_packed_roster_that_grows_is_refused_whole(monkeypatch):
    monkeypatch.setattr("capitation.actions.stored.MAX_ROSTER", MB)
    row = b"M1,Birch,Bo,1950-02-03,F,2026-01-01,,\n"
    data = gzip.compress(
        b"member_id,last_name,first_name,birth_date,sex,effective_date,end_date,pcp_npi\n"
        + row * (2 * MB // len(row))
    )
    assert len(data) < MB
    file = take(make_contract(), data, "roster.csv.gz")
    assert file.status == PlanFile.Status.REJECTED
    assert file.problems[0]["code"] == "too_large"


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b\\..\\c.820", "x\r\nSet-Cookie: a=b.txt"])
def test_a_name_is_a_label_and_never_a_path(quinn, name):
    contract = make_contract()
    upload = SimpleUploadedFile("plain.txt", b"ISA*nothing")
    upload._name = name
    quinn.post(reverse("capitation:file_receive"), {"contract": contract.pk, "file": upload})
    kept = PlanFile.objects.get().name
    assert "/" not in kept
    assert ".." not in kept.split("\\")[0]
    assert not any(ord(c) < 32 for c in kept)


def test_a_person_sends_so_much_in_a_day_and_a_colleague_their_own(quinn, settings):
    settings.UPLOAD_DAY = {"times": 3, "bytes": 5 * MB}
    page = reverse("capitation:file_receive")

    def taken(client, size):
        return client.post(page, {"file": SimpleUploadedFile("a.txt", b"x" * size)}).status_code

    assert taken(quinn, 2 * MB) == 422  # read, and found wanting
    assert announce(quinn, page, 4 * MB).status_code == 429
    assert taken(quinn, 2 * MB) == 422  # what was refused does not count
    assert taken(quinn, 10) == 422
    answer = announce(quinn, page, 10)
    assert answer.status_code == 429
    assert "3 times, or 5 MB in all. Nothing was received." in answer.content.decode()
    assert quinn.get(reverse("credentialing:network_import")).status_code == 200
    assert announce(quinn, "/search/", 10).status_code != 429
    events = DomainEvent.objects.filter(action="identity.upload.refused").order_by("pk")
    assert [(e.actor_name, e.details["bytes"]) for e in events] == [
        ("Quinn", 4 * MB),
        ("Quinn", 10),
    ]
    colleague = client_of(make_user("rhee@ipa.test", Role.FINANCE))
    assert taken(colleague, 10) == 422


@pytest.fixture
def clamd(settings, tmp_path):
    """What speaks as ClamAV's daemon does, on a socket; it knows the EICAR test file alone."""
    with daemon(tmp_path / "clamd.ctl") as address:
        settings.CLAMD = address
        yield


def test_a_scanner_looks_at_each_file_before_anybody_else(quinn, clamd):
    contract = make_contract()
    page = reverse("capitation:file_receive")
    files = [SimpleUploadedFile("a.820", b"ISA*nothing"), SimpleUploadedFile("b.820", EICAR)]
    answer = quinn.post(page, {"contract": contract.pk, "file": files})
    assert answer.status_code == 422
    assert "found something in file 2 of what you sent" in answer.content.decode()
    assert PlanFile.objects.count() == 0
    event = DomainEvent.objects.get(action="identity.upload.refused")
    assert event.details == {"view": "capitation:file_receive", "found": "Eicar-Test-Signature"}
    quinn.post(page, {"contract": contract.pk, "file": SimpleUploadedFile("a", b"ISA*nothing")})
    assert read_stored(PlanFile.objects.get().sha256) == b"ISA*nothing"


def test_a_scanner_that_is_away_lets_nothing_through(quinn, settings, tmp_path):
    settings.CLAMD = str(tmp_path / "nobody")
    contract = make_contract()
    sent = {"contract": contract.pk, "file": SimpleUploadedFile("a", b"ISA*nothing")}
    answer = quinn.post(reverse("capitation:file_receive"), sent)
    assert answer.status_code == 503
    assert "could not look at what you sent. Nothing was received." in answer.content.decode()
    assert PlanFile.objects.count() == 0
