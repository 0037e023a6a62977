"""Addresses of the books."""

from django.urls import path

from ipaportal.ledger.web import staff

app_name = "ledger"
urlpatterns = [
    path("", staff.account_list, name="account_list"),
    path("accounts/<int:account_id>/", staff.account_detail, name="account_detail"),
    path("entries/<int:entry_id>/", staff.entry_detail, name="entry_detail"),
    path("holds/", staff.hold_list, name="hold_list"),
    path("holds/new/", staff.hold_new, name="hold_new"),
    path("holds/<int:hold_id>/release/", staff.hold_release, name="hold_release"),
]
