from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "ipaportal.ledger"
    label = "ledger"
    verbose_name = "Ledger"
