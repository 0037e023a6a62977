"""Addresses of the hotline: short enough to be said on the telephone."""

from django.urls import path

from compliance.web import hotline

app_name = "hotline"
urlpatterns = [
    path("", hotline.report, name="hotline_report"),
    path("mailbox/", hotline.open_mailbox, name="hotline_mailbox"),
]
