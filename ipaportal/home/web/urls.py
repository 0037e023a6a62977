"""Addresses of the front page, search, set-up and health check."""

from django.urls import path

from ipaportal.home.web import health, pages, reports, setup, sightings

app_name = "home"
urlpatterns = [
    path("", pages.front, name="home"),
    path("search/", pages.search, name="search"),
    path("csp-reports/", reports.csp_report, name="csp_report"),
    path("search/keep/", pages.find, name="find"),
    path("who-saw-what/", sightings.sighting_list, name="sighting_list"),
    path("who-saw-what/<str:entry>/", sightings.sighting_detail, name="sighting_detail"),
    path("setup/", setup.setup, name="setup"),
    path("setup/steps/", setup.setup_steps_page, name="setup_steps"),
    path("healthz", pages.healthz, name="healthz"),
    path("health/live", health.live, name="live"),
    path("health/ready", health.ready, name="ready"),
    path("metrics", health.metrics, name="metrics"),
]
