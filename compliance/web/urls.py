"""Addresses of compliance."""

from django.urls import path

from compliance.web import (
    audits,
    desk,
    findings,
    holds,
    incentive_plans,
    retention,
    worksheets,
)

app_name = "compliance"
urlpatterns = [
    path("", desk.desk, name="desk"),
    path("incentives/", incentive_plans.incentives, name="incentives"),
    path("incentives/table/", incentive_plans.stop_loss_load, name="stop_loss_load"),
    path("incentives/covers/new/", incentive_plans.cover_new, name="cover_new"),
    path("audits/", audits.audit_list, name="audit_list"),
    path("audits/new/", audits.audit_new, name="audit_new"),
    path("audits/<int:audit_id>/", audits.audit_detail, name="audit_detail"),
    path("audits/<int:audit_id>/letter/", audits.audit_letter, name="audit_letter"),
    path("audits/<int:audit_id>/universe/", audits.universe_take, name="universe_take"),
    path("audits/<int:audit_id>/sample/", audits.sample_draw, name="sample_draw"),
    path("audits/<int:audit_id>/elements/new/", audits.element_new, name="element_new"),
    path("audits/<int:audit_id>/findings/new/", findings.finding_new, name="finding_new"),
    path("audits/<int:audit_id>/packet/", audits.packet_ask, name="packet_ask"),
    path("packets/<int:audit_packet_id>/", worksheets.packet_file, name="packet_file"),
    path("audits/<int:audit_id>/go/", audits.audit_go, name="audit_go"),
    path("universes/<int:universe_id>/", worksheets.universe_detail, name="universe_detail"),
    path("universes/<int:universe_id>/file/", worksheets.universe_file, name="universe_file"),
    path("items/<int:audited_item_id>/", worksheets.item_detail, name="item_detail"),
    path("answers/<int:answer_id>/file/", worksheets.answer_file, name="answer_file"),
    path("findings/", findings.finding_list, name="finding_list"),
    path("findings/<int:finding_id>/", findings.finding_detail, name="finding_detail"),
    path("findings/<int:finding_id>/cause/", findings.finding_analyse, name="finding_analyse"),
    path("findings/<int:finding_id>/plan/", findings.correction_plan, name="correction_plan"),
    path("findings/<int:finding_id>/work/", findings.correction_work, name="correction_work"),
    path("findings/<int:finding_id>/judge/", findings.correction_judge, name="correction_judge"),
    path("steps/<int:correction_step_id>/file/", findings.step_file, name="step_file"),
    path("records/", retention.retention, name="retention"),
    path("records/purges/<int:purge_id>/", retention.purge_detail, name="purge_detail"),
    path("records/purges/<int:purge_id>/decide/", retention.purge_decide, name="purge_decide"),
    path(
        "records/purges/<int:purge_id>/certificate/",
        retention.purge_certificate,
        name="purge_certificate",
    ),
    path("records/<slug:record_kind>/", retention.purge_new, name="purge_new"),
    path("holds/", holds.hold_list, name="legal_hold_list"),
    path("holds/new/", holds.hold_new, name="legal_hold_new"),
    path("holds/<int:legal_hold_id>/", holds.hold_detail, name="legal_hold_detail"),
    path("holds/<int:legal_hold_id>/yes/", holds.hold_acknowledge, name="legal_hold_acknowledge"),
    path("holds/<int:legal_hold_id>/release/", holds.hold_release, name="legal_hold_release"),
]
