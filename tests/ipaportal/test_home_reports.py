"""The content security policy: nonces where a page takes one, and reports that keep nobody."""

import json
import logging
import re

import pytest
from django.http import HttpResponse
from django.template import engines
from django.test import Client
from django.urls import path

from ipaportal import urls
from ipaportal.core.roles import Role
from ipaportal.home.web import reports
from ipaportal.identity.web.access import public
from tests.people import client_of, make_party, make_user

pytestmark = pytest.mark.django_db
HERE = "/csp-reports/"
PAGE = '<script nonce="{{ request.csp_nonce }}">1</script><i nonce="{{ request.csp_nonce }}"></i>'


@public
def probe(request):
    return HttpResponse(engines["django"].from_string(PAGE).render({}, request))


@pytest.fixture
def probed(settings):
    class Probed:
        handler403 = urls.handler403
        urlpatterns = [*urls.urlpatterns, path("probe/", probe)]

    settings.ROOT_URLCONF = Probed
    make_party()


def policy(answer):
    parts = (part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
    return dict(parts)


def test_a_page_that_takes_a_nonce_gets_it_in_its_policy_and_another_each_time(probed):
    answers = [Client().get("/probe/") for _ in range(2)]
    seen = []
    for answer in answers:
        nonces = set(re.findall(r'nonce="([^"]+)"', answer.content.decode()))
        assert len(nonces) == 1
        (nonce,) = nonces
        assert len(nonce) >= 22
        assert policy(answer)["script-src"] == f"'self' 'nonce-{nonce}'"
        assert policy(answer)["style-src"] == f"'self' 'nonce-{nonce}'"
        seen.append(nonce)
    assert seen[0] != seen[1]


def test_a_page_that_takes_none_allows_nothing_inline():
    answer = client_of(make_user("quinn@ipa.test", Role.FINANCE)).get("/")
    text = answer.headers["Content-Security-Policy"]
    assert "nonce-" not in text
    assert "unsafe" not in text
    assert policy(answer)["default-src"] == "'self'"
    assert policy(answer)["report-uri"] == HERE
    assert policy(answer)["report-to"] == "csp"
    assert answer.headers["Reporting-Endpoints"] == f'csp="{HERE}"'


def send(body, kind="application/csp-report", **headers):
    return Client(enforce_csrf_checks=True).post(HERE, body, content_type=kind, **headers)


def old(**report):
    return json.dumps({"csp-report": report})


def new(**body):
    return json.dumps([{"type": "csp-violation", "url": "https://x.test/", "body": body}])


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (
            old(**{
                "document-uri": "https://ipa.test/people/7/?find=Canary",
                "blocked-uri": "https://evil.example/steal?name=Canary",
                "effective-directive": "script-src-elem",
            }),
            "application/csp-report",
        ),
        (
            new(
                documentURL="https://ipa.test/people/7/?find=Canary",
                blockedURL="https://evil.example/steal?name=Canary",
                effectiveDirective="script-src-elem",
                sample="Canary",
            ),
            "application/reports+json",
        ),
    ],
)  # fmt: skip
def test_keeps_the_directive_and_the_page_and_nothing_that_was_sent(caplog, body, kind):
    with caplog.at_level(logging.WARNING, "ipaportal.csp"):
        assert send(body, kind).status_code == 204
    said = [one.getMessage() for one in caplog.records if one.name == "ipaportal.csp"]
    assert said == ["script-src-elem stopped another site (https) on identity:person_detail"]


@pytest.mark.parametrize(
    "body",
    [
        old(**{"effective-directive": "Canary\nforged line", "blocked-uri": "Canary:x"}),
        old(**{"violated-directive": ["Canary"], "document-uri": {"Canary": 1}}),
        new(blockedURL="http://[Canary", documentURL="http://[Canary"),
        json.dumps([1, "Canary", None, {"body": "Canary"}]),
        json.dumps("Canary"),
    ],
)
def test_no_word_of_a_lying_report_is_written_down(caplog, body):
    with caplog.at_level(logging.WARNING, "ipaportal.csp"):
        assert send(body).status_code == 204
    assert "Canary" not in caplog.text
    assert "\nforged" not in caplog.text


@pytest.mark.parametrize("body", ["no json", "[" * 5000, b"\xff\xfe"])
def test_refuses_what_is_no_report(body):
    assert send(body).status_code == 400


def test_refuses_other_kinds_and_too_much():
    assert send("x=1", "application/x-www-form-urlencoded").status_code == 415
    assert send(old(sample="x" * reports.MOST_BYTES)).status_code == 413
    assert Client().get(HERE).status_code == 405


def test_takes_so_many_a_minute_from_one_address_and_from_everybody():
    body = old(**{"effective-directive": "img-src", "blocked-uri": "inline"})
    most = reports.MOST_A_MINUTE
    statuses = [send(body).status_code for _ in range(most["address"] + 1)]
    assert statuses == [204] * most["address"] + [429]
    rest = most["everybody"] - most["address"] - 1
    others = [send(body, REMOTE_ADDR=f"10.0.{n // 250}.{n % 250}").status_code for n in range(rest)]
    assert set(others) == {204}
    assert send(body, REMOTE_ADDR="192.0.2.1").status_code == 429


def test_a_report_takes_many_at_once_but_not_any_number(caplog):
    body = json.dumps([{"body": {"effectiveDirective": "img-src"}}] * 50)
    with caplog.at_level(logging.WARNING, "ipaportal.csp"):
        assert send(body, "application/reports+json").status_code == 204
    assert len(caplog.records) == reports.MOST_AT_ONCE
