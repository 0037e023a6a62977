"""Waking workers: only on commit, ids only, and a broker that is away harms nothing."""

import socket

import pytest
from celery import Celery, current_app
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError

from ipaportal.core import jobs
from ipaportal.core.jobs import wake


@pytest.fixture(autouse=True)
def no_outage_remembered(monkeypatch):
    """An outage that one test remembers is none of the next one's."""
    monkeypatch.setattr(jobs, "_away_until", 0.0)


@pytest.fixture
def attempts(monkeypatch, tmp_path):
    """Every attempt to reach a broker that is not there, by the portal's own settings."""
    tried, connect = [], socket.socket.connect

    def counted(self, address):
        tried.append(address)
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", counted)
    app = Celery("away", broker=f"redis+socket://{tmp_path}/none.sock", set_as_current=False)
    app.conf.broker_transport_options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    monkeypatch.setattr(jobs, "current_app", app)
    return tried


@pytest.fixture
def sent(monkeypatch):
    calls = []
    monkeypatch.setattr(
        type(current_app._get_current_object()),
        "send_task",
        lambda app, name, args, **options: calls.append((name, args)),
    )
    return calls


@pytest.mark.django_db
def test_sends_on_commit_only(sent, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        wake("capitation.advance_run", 7)
        assert sent == []
    assert sent == [("capitation.advance_run", [7])]


@pytest.mark.django_db
def test_sends_nothing_after_a_rollback(sent, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        wake("capitation.advance_run", 7)
        transaction.set_rollback(True)
    assert sent == []


def test_takes_no_data():
    with pytest.raises(AssertionError, match="ids"):
        wake("capitation.advance_run", {"amount": 1})


def test_leaves_it_to_the_tick_when_the_broker_is_away(monkeypatch, caplog):
    def away(app, name, **options):
        raise OperationalError("redis://user:secret@host refused")

    monkeypatch.setattr(type(current_app._get_current_object()), "send_task", away)
    # import-linter, run in the same process, switches off every logger it did not make.
    monkeypatch.setattr(jobs.log, "disabled", False)
    jobs._send("capitation.advance_run", (7,))
    assert "capitation.advance_run left to the tick" in caplog.text
    assert "secret" not in caplog.text


def test_asks_a_broker_that_is_away_once_and_again_after_a_while(monkeypatch, attempts):
    now = [1000.0]
    monkeypatch.setattr(jobs, "monotonic", lambda: now[0])
    for run in range(50):
        jobs._send("capitation.advance_run", (run,))
    assert len(attempts) == 1
    now[0] += jobs.OUTAGE_SECONDS
    jobs._send("capitation.advance_run", (50,))
    jobs._send("capitation.advance_run", (51,))
    assert len(attempts) == 2


def test_sends_again_once_the_broker_is_back(monkeypatch, attempts, sent):
    now = [1000.0]
    monkeypatch.setattr(jobs, "monotonic", lambda: now[0])
    monkeypatch.setattr(jobs, "current_app", current_app)
    jobs._away_until = now[0] + jobs.OUTAGE_SECONDS
    jobs._send("capitation.advance_run", (7,))
    assert sent == []
    now[0] += jobs.OUTAGE_SECONDS
    jobs._send("capitation.advance_run", (7,))
    assert sent == [("capitation.advance_run", [7])]
