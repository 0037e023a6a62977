"""Celery: wakes workers and keeps the clock; `celery -A ipaportal worker`."""

import os

from celery import Celery
from celery.signals import beat_init, setup_logging, worker_init

from ipaportal.core import embedded
from ipaportal.home.walls.standing import refuse_owner

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ipaportal.settings")

app = Celery("ipaportal", task_cls="ipaportal.audit.tasks:AuditedTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def _keep_our_logging(**_ignored: object) -> None:
    """Let Celery leave logging as settings have it: its own format tells arguments and errors."""


@app.on_after_configure.connect
def _start_servers(**_ignored: object) -> None:
    # The clock keeps its place there, also where all servers are somebody else's.
    embedded.data_dir().mkdir(parents=True, exist_ok=True)
    embedded.ensure()


@worker_init.connect
@beat_init.connect
def _refuse_owner(**_ignored: object) -> None:
    refuse_owner()
