from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "ipaportal.identity"
    label = "identity"
    verbose_name = "People and parties"
