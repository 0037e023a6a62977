"""Strangers may knock so often and fill so much of the log; whoever is signed in is not slowed."""

import pytest
from django.conf import settings as tests_settings
from django.test import Client
from django.urls import reverse

from ipaportal import settings as real
from ipaportal.audit.models import DomainEvent
from ipaportal.core.knocks import client_address, home_of
from ipaportal.core.roles import Role
from tests.people import Browser, client_of, make_party, make_user

pytestmark = pytest.mark.django_db
MB = 1 << 20
LOGIN = "/account/login/"


@pytest.fixture(autouse=True)
def real_limits(settings):
    settings.KNOCKS = real.KNOCKS
    make_party()


def send(client, address="/people/demo/1/", **more):
    return client.post(address, {"a": "b"}, **more)


def too_large(client, **more):
    return client.generic("POST", LOGIN, b"", CONTENT_LENGTH=str(2 * MB), **more)


def test_slows_down_a_place_that_sends_forms_without_being_signed_in():
    most, seconds = real.KNOCKS["form"]
    answers = [send(Client(), REMOTE_ADDR="192.0.2.1") for _ in range(most + 1)]
    assert [a.status_code for a in answers[:most]].count(429) == 0
    assert answers[-1].status_code == 429
    assert answers[-1]["Retry-After"] == str(seconds)
    assert "Nothing was changed" in answers[-1].content.decode()
    assert send(Client(), REMOTE_ADDR="192.0.2.2").status_code != 429
    assert Client().get(LOGIN, REMOTE_ADDR="192.0.2.1").status_code == 200  # looking is free


def test_slows_nobody_who_is_signed_in():
    browser = client_of(make_user("quinn@ipa.test", Role.FINANCE))
    stay = reverse("identity:stay")
    assert {browser.post(stay).status_code for _ in range(real.KNOCKS["form"][0] + 5)} == {200}


def test_one_house_of_ipv6_is_one_place():
    most, _ = real.KNOCKS["form"]
    for number in range(most):
        assert send(Client(), REMOTE_ADDR=f"2001:db8:1:2::{number:x}").status_code != 429
    assert send(Client(), REMOTE_ADDR="2001:db8:1:2:ffff::1").status_code == 429
    assert send(Client(), REMOTE_ADDR="2001:db8:1:3::1").status_code != 429


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("", ""),
        ("no address", ""),
    ],
)
def test_says_what_is_counted_together(address, expected):
    assert home_of(address) == expected


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "198.51.100.9", "192.0.2.1"),  # without a proxy of ours anybody could say so
        (1, "198.51.100.9", "198.51.100.9"),
        (1, "203.0.113.5, 198.51.100.9", "198.51.100.9"),  # the last one is our proxy's word
        (1, None, "192.0.2.1"),
        (2, "198.51.100.9", "192.0.2.1"),
    ],
)
def test_believes_a_proxy_only_where_there_is_one(rf, monkeypatch, proxies, forwarded, expected):
    monkeypatch.setattr("allauth.app_settings.TRUSTED_PROXY_COUNT", proxies, raising=False)
    headers = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    assert client_address(rf.get("/", REMOTE_ADDR="192.0.2.1", **headers)) == expected


def test_writes_down_only_so_many_refusals_of_strangers_and_says_that_it_stopped():
    most, _ = real.KNOCKS["refusal"]
    for _ in range(most + 5):
        assert too_large(Client(), REMOTE_ADDR="192.0.2.1").status_code in (413, 429)
    events = DomainEvent.objects.filter(action="identity.upload.refused")
    assert events.count() == most
    assert DomainEvent.objects.filter(action="identity.refusals.left_out").count() == 1


def test_all_strangers_together_have_a_limit_too(settings):
    settings.KNOCKS = {**real.KNOCKS, "refusals": (3, 3600)}
    for number in range(6):
        too_large(Client(), REMOTE_ADDR=f"192.0.2.{number}")
    assert DomainEvent.objects.filter(action="identity.upload.refused").count() == 3
    assert DomainEvent.objects.filter(action="identity.refusals.left_out").count() == 1


def test_leaves_out_nothing_of_whoever_has_an_account():
    browser = client_of(make_user("quinn@ipa.test", Role.FINANCE))
    tries = real.KNOCKS["refusal"][0] + 5
    for _ in range(tries):
        assert too_large(browser).status_code == 413
    assert DomainEvent.objects.filter(action="identity.upload.refused").count() == tries


def test_counts_whoever_goes_to_the_sign_in_server():
    url, most = reverse("identity:sso_back"), real.KNOCKS["sso"][0]
    answers = [Browser().get(url).status_code for _ in range(most + 1)]
    assert (answers[0], answers[-1]) == (404, 429)


def test_the_tests_go_without_limits_and_the_portal_does_not():
    assert tests_settings.KNOCKS == real.KNOCKS  # within this file
    assert all(0 < most <= 2000 and seconds >= 60 for most, seconds in real.KNOCKS.values())
