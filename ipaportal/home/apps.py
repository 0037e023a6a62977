from django.apps import AppConfig


class HomeConfig(AppConfig):
    name = "ipaportal.home"
    label = "home"
    verbose_name = "Home"
