"""Addresses of members and work-lists."""

from django.urls import path

from capitation.web import closed_panels, emergencies, members, worklist_rows, worklists

urlpatterns = [
    path("members/", members.member_list, name="member_list"),
    path("members/<int:member_id>/", members.member_detail, name="member_detail"),
    path("members/<int:member_id>/pcp/", members.member_assign, name="member_assign"),
    path("members/<int:member_id>/end/", members.member_end, name="member_end"),
    path("emergency/", emergencies.emergency_new, name="emergency_new"),
    path("emergency/record/", emergencies.emergency_record, name="emergency_record"),
    path("work-lists/", worklists.worklists, name="worklists"),
    path("work-lists/adopt/", worklists.member_adopt, name="member_adopt"),
    path("work-lists/adopt/all/", worklists.members_adopt, name="members_adopt"),
    path("work-lists/pcps/", worklists.pcps_import, name="pcps_import"),
    path("work-lists/rows/<int:row_id>/", worklist_rows.row_detail, name="row_detail"),
    path(
        "work-lists/closed/<int:member_id>/<int:practitioner_id>/",
        closed_panels.closed_panel_note,
        name="closed_panel_note",
    ),
    path(
        "work-lists/suspense/<int:contract_id>/<int:member_id>/<str:month>/",
        worklist_rows.suspense_settle,
        name="suspense_settle",
    ),
]
