from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "ipaportal.audit"
    label = "audit"
    verbose_name = "Audit"
