"""Addresses of adverse actions."""

from django.urls import path

from credentialing.web import facility_actions, hearings, npdb

urlpatterns = [
    path("", hearings.docket, name="docket"),
    path("npdb/", hearings.npdb_register, name="npdb_register"),
    path("npdb/record/", hearings.npdb_record, name="npdb_record"),
    path("npdb/suspensions/<int:suspension_id>/", npdb.suspension_report, name="suspension_report"),
    path("open/<int:practitioner_id>/", hearings.adverse_new, name="adverse_new"),
    path(
        "open/facilities/<int:facility_id>/",
        facility_actions.facility_action_new,
        name="facility_action_new",
    ),
    path("<int:action_id>/", hearings.adverse_detail, name="adverse_detail"),
    path("<int:action_id>/do/", hearings.adverse_act, name="adverse_act"),
    path("<int:action_id>/decide/", hearings.adverse_decide, name="adverse_decide"),
    path("<int:action_id>/notice.pdf", hearings.adverse_pdf, name="adverse_pdf"),
]
