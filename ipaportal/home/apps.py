from django.apps import AppConfig
from django.core.checks import Tags, register

from ipaportal.celery import app
from ipaportal.home.walls.standing import check_standing

# Loaded with every process that knows the apps, so that waking a worker finds its broker.
celery_app = app


class HomeConfig(AppConfig):
    name = "ipaportal.home"
    label = "home"
    verbose_name = "Home"

    def ready(self) -> None:
        register(check_standing, Tags.database)
