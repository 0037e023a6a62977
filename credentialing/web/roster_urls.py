"""Addresses of delegation and rosters."""

from django.urls import path

from credentialing.web import delegations, rosters

urlpatterns = [
    path("", delegations.delegation_list, name="delegation_list"),
    path("new/", delegations.delegation_new, name="delegation_new"),
    path("<int:delegation_id>/", delegations.delegation_detail, name="delegation_detail"),
    path("<int:delegation_id>/end/", delegations.delegation_end, name="delegation_end"),
    path("<int:delegation_id>/columns/", delegations.roster_columns, name="roster_columns"),
    path("<int:delegation_id>/send/", rosters.roster_new, name="roster_new"),
    path("<int:delegation_id>/plan-file/", rosters.plan_roster_new, name="plan_roster_new"),
    path("<int:delegation_id>/differences/", rosters.difference_list, name="difference_list"),
    path("rosters/<int:roster_id>/", rosters.roster_detail, name="roster_detail"),
    path("rosters/<int:roster_id>/file/", rosters.roster_file, name="roster_file"),
    path("rosters/<int:roster_id>/answers/", rosters.roster_answers, name="roster_answers"),
    path("differences/<int:difference_id>/", rosters.difference_settle, name="difference_settle"),
]
