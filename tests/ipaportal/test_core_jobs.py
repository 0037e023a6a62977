"""Waking workers: only on commit, ids only, and a broker that is away harms nothing."""

import pytest
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

from ipaportal.core import jobs
from ipaportal.core.jobs import wake


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
