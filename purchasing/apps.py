from django.apps import AppConfig


class PurchasingConfig(AppConfig):
    name = "purchasing"
    label = "purchasing"
    verbose_name = "Purchasing"
