"""Addresses of compliance."""

from django.urls import path

from compliance.web import desk

app_name = "compliance"
urlpatterns = [
    path("", desk.desk, name="desk"),
]
