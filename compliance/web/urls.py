"""Addresses of compliance."""

from django.urls import path

from compliance.web import desk, incentive_plans

app_name = "compliance"
urlpatterns = [
    path("", desk.desk, name="desk"),
    path("incentives/", incentive_plans.incentives, name="incentives"),
    path("incentives/table/", incentive_plans.stop_loss_load, name="stop_loss_load"),
    path("incentives/covers/new/", incentive_plans.cover_new, name="cover_new"),
]
