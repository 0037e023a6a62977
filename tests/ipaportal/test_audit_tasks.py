"""Tasks: what a task records carries the id of the task."""

import pytest

from ipaportal.audit.actions import record
from ipaportal.audit.models import DomainEvent
from ipaportal.audit.tasks import AuditedTask
from ipaportal.celery import app
from ipaportal.core.actors import Actor

pytestmark = pytest.mark.django_db


@app.task(name="tests.say", bind=True)
def say(self, word):
    record(actor=Actor.system("celery"), action="test.said", word=word)
    return self.request.id


def events():
    return list(DomainEvent.objects.order_by("id").values_list("task_id", "details"))


def test_ties_events_to_the_task():
    assert isinstance(say, AuditedTask)
    assert say.apply(args=["hello"], task_id="t-1").get() == "t-1"
    assert events() == [("t-1", {"word": "hello"})]


def test_can_still_be_called_as_a_function():
    say("hello")
    assert events() == [("", {"word": "hello"})]
