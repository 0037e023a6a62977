from django.apps import AppConfig

from ipaportal.celery import app

# Loaded with every process that knows the apps, so that waking a worker finds its broker.
celery_app = app


class HomeConfig(AppConfig):
    name = "ipaportal.home"
    label = "home"
    verbose_name = "Home"
