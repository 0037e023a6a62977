"""Addresses of incentive plans: every tier of pay, what covers it, and what practices tell."""

from django.urls import path

from compliance.web import (
    incentive_plans,
    incentive_requests,
    incentive_tiers,
    own_incentives,
)

TIER = "incentives/<slug:incentive_tier>/<int:incentive_party_id>/"

urlpatterns = [
    path("incentives/", incentive_plans.incentives, name="incentives"),
    path("incentives/table/", incentive_plans.stop_loss_load, name="stop_loss_load"),
    path(
        "incentives/asked/",
        incentive_requests.incentive_request_list,
        name="incentive_request_list",
    ),
    path(
        "incentives/asked/new/",
        incentive_requests.incentive_request_new,
        name="incentive_request_new",
    ),
    path(
        "incentives/asked/<int:incentive_request_id>/",
        incentive_requests.incentive_request,
        name="incentive_request",
    ),
    path(
        "incentives/asked/<int:incentive_request_id>/give/",
        incentive_requests.incentive_request_give,
        name="incentive_request_give",
    ),
    path("incentives/covers/new/", incentive_tiers.cover_new, name="cover_new"),
    path("incentives/covers/<int:cover_id>/file/", incentive_tiers.cover_file, name="cover_file"),
    path(
        "incentives/told/<int:arrangement_id>/",
        incentive_tiers.arrangement_review,
        name="arrangement_review",
    ),
    path(
        "incentives/told/<int:arrangement_id>/file/",
        incentive_tiers.arrangement_file,
        name="arrangement_file",
    ),
    path("incentives/own/", own_incentives.own_incentives, name="own_incentives"),
    path(
        "incentives/own/<int:incentive_party_id>/new/",
        own_incentives.own_incentive_new,
        name="own_incentive_new",
    ),
    path(
        "incentives/own/told/<int:arrangement_id>/file/",
        own_incentives.own_incentive_file,
        name="own_incentive_file",
    ),
    path(TIER, incentive_tiers.incentive_tier, name="incentive_tier"),
    path(f"{TIER}new/", incentive_tiers.arrangement_new, name="arrangement_new"),
    path(f"{TIER}pooling/", incentive_tiers.pooling_new, name="pooling_new"),
]
