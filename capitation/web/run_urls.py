"""Addresses of runs."""

from django.urls import path

from capitation.web import run_lines, runs

urlpatterns = [
    path("runs/", runs.run_list, name="run_list"),
    path("runs/open/", runs.run_open, name="run_open"),
    path("runs/<int:run_id>/", runs.run_detail, name="run_detail"),
    path("runs/<int:run_id>/progress/", runs.run_progress, name="run_progress"),
    path("runs/<int:run_id>/approve/", runs.run_approve, name="run_approve"),
    path("runs/<int:run_id>/calculate/", runs.run_calculate, name="run_calculate"),
    path("runs/<int:run_id>/post/", runs.run_post, name="run_post"),
    path("runs/<int:run_id>/cancel/", runs.run_cancel, name="run_cancel"),
    path("runs/<int:run_id>/lines.csv", run_lines.run_csv, name="run_csv"),
    path("runs/<int:run_id>/lines.xlsx", run_lines.run_xlsx, name="run_xlsx"),
]
