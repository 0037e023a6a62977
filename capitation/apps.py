from django.apps import AppConfig


class CapitationConfig(AppConfig):
    name = "capitation"
    label = "capitation"
    verbose_name = "Capitation"
