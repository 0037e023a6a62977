"""Addresses of the network."""

from django.urls import include, path

from credentialing.web import (
    applications,
    askings,
    complaints,
    directory,
    earlier_decisions,
    facilities,
    facility_directory,
    files,
    inquiries,
    my_actions,
    participation,
    places,
    policies,
    queue,
    staff,
    taking_part,
    turnaround,
    whereabouts,
)

app_name = "credentialing"
urlpatterns = [
    path("", staff.practice_list, name="practice_list"),
    path("screening/", include("credentialing.web.screening_urls")),
    path("committee/", include("credentialing.web.committee_urls")),
    path("adverse/", include("credentialing.web.hearing_urls")),
    path("audits/", include("credentialing.web.audit_urls")),
    path("delegation/", include("credentialing.web.roster_urls")),
    path("expirables/", include("credentialing.web.expirable_urls")),
    path("participation/", participation.participation_list, name="participation_list"),
    path("import/", staff.network_import, name="network_import"),
    path("earlier-decisions/", earlier_decisions.earlier_list, name="earlier_list"),
    path("earlier-decisions/import/", earlier_decisions.earlier_import, name="earlier_import"),
    path("practices/<int:practice_id>/", staff.practice_detail, name="practice_detail"),
    path(
        "practices/<int:practice_id>/exclusivity/",
        staff.practice_exclusivity,
        name="practice_exclusivity",
    ),
    path(
        "practitioners/<int:practitioner_id>/",
        staff.practitioner_detail,
        name="practitioner_detail",
    ),
    path("practices/<int:practice_id>/behind/", places.practice_behind, name="practice_behind"),
    path(
        "practitioners/<int:practitioner_id>/known/",
        places.practitioner_known,
        name="practitioner_known",
    ),
    path(
        "practitioners/<int:practitioner_id>/start/",
        taking_part.participation_start,
        name="participation_start",
    ),
    path(
        "practitioners/<int:practitioner_id>/end/",
        taking_part.participation_end,
        name="participation_end",
    ),
    path(
        "practitioners/<int:practitioner_id>/suspend/",
        taking_part.practitioner_suspend,
        name="practitioner_suspend",
    ),
    # Files
    path("files/", files.file_list, name="file_list"),
    path("files/queue/", queue.file_queue, name="file_queue"),
    path("files/turnaround/", turnaround.turnaround, name="turnaround"),
    path("files/turnaround/<slug:step>/", turnaround.turnaround_files, name="turnaround_files"),
    path("files/<int:event_id>/assign/", queue.file_assign, name="file_assign"),
    path("files/invite/", files.applicant_new, name="applicant_new"),
    path("files/profiles/", facilities.profile_import, name="profile_import"),
    path(
        "files/practitioners/<int:practitioner_id>/",
        files.practitioner_file,
        name="practitioner_file",
    ),
    path(
        "files/practitioners/<int:practitioner_id>/complaints/",
        complaints.practitioner_complaints,
        name="practitioner_complaints",
    ),
    path("files/<int:event_id>/step/", files.file_act, name="file_act"),
    path("files/elements/<int:element_id>/", files.element_detail, name="element_detail"),
    path("files/elements/<int:element_id>/record/", files.element_act, name="element_act"),
    path(
        "files/verifications/<int:verification_id>/review/",
        files.verification_review,
        name="verification_review",
    ),
    path(
        "files/verifications/<int:verification_id>/evidence/",
        files.verification_evidence,
        name="verification_evidence",
    ),
    path("files/documents/<int:document_id>/", files.document_detail, name="document_detail"),
    path("files/documents/<int:document_id>/file/", files.document_file, name="document_file"),
    path(
        "files/documents/<int:document_id>/review/", files.document_review, name="document_review"
    ),
    path("facilities/", facilities.facility_list, name="facility_list"),
    path("facilities/add/", facilities.facility_new, name="facility_new"),
    path("facilities/<int:facility_id>/", facilities.facility_detail, name="facility_detail"),
    path(
        "facilities/<int:facility_id>/complaints/",
        complaints.facility_complaints,
        name="facility_complaints",
    ),
    path("facilities/<int:facility_id>/record/", facilities.facility_act, name="facility_act"),
    # The directory: open to everybody once the IPA says so; kept by practices and staff
    path("policies/", policies.network_policies, name="network_policies"),
    path("policies/decide/", policies.network_policy_new, name="network_policy_new"),
    path("directory/", directory.public_directory, name="public_directory"),
    path("directory/changes/", directory.directory_changes, name="directory_changes"),
    path(
        "directory/changes/<int:directory_change_id>/",
        directory.directory_settle,
        name="directory_settle",
    ),
    path("directory/facilities/", facility_directory.facility_directory, name="facility_directory"),
    path(
        "directory/facilities/<int:facility_id>/",
        facility_directory.facility_confirm,
        name="facility_confirm",
    ),
    path("mine/directory/", directory.my_directory, name="my_directory"),
    path("mine/directory/<int:directory_office_id>/", directory.my_office, name="my_office"),
    # My file
    path("mine/", applications.my_file, name="my_file"),
    path("mine/actions/<int:action_id>/", my_actions.my_action, name="my_action"),
    path(
        "mine/actions/<int:action_id>/notice.pdf",
        my_actions.my_action_notice,
        name="my_action_notice",
    ),
    path(
        "mine/<int:application_id>/begin/",
        applications.application_begin,
        name="application_begin",
    ),
    path("mine/<int:application_id>/", applications.application_detail, name="application_detail"),
    path("mine/<int:application_id>/letter.pdf", applications.my_letter, name="my_letter"),
    path(
        "mine/<int:application_id>/waiting/",
        whereabouts.application_waiting,
        name="application_waiting",
    ),
    path(
        "mine/<int:application_id>/personal/",
        applications.application_personal,
        name="application_personal",
    ),
    path("mine/<int:application_id>/sign/", applications.application_sign, name="application_sign"),
    path(
        "mine/<int:application_id>/documents/",
        applications.my_document_new,
        name="my_document_new",
    ),
    path(
        "mine/<int:application_id>/sections/<slug:code>/",
        applications.application_section,
        name="application_section",
    ),
    path(
        "mine/differences/<int:discrepancy_id>/",
        applications.discrepancy_answer,
        name="discrepancy_answer",
    ),
    path(
        "differences/<int:discrepancy_id>/letter.pdf",
        applications.discrepancy_pdf,
        name="discrepancy_pdf",
    ),
    path("mine/profiles/<int:profile_id>/", applications.profile_accept, name="profile_accept"),
    path("signatures/<int:attestation_id>/", applications.attestation_pdf, name="attestation_pdf"),
    # For whoever got a letter
    path("files/<int:event_id>/invite/", askings.applicant_again, name="applicant_again"),
    path("files/<int:event_id>/unanswered/", askings.file_unanswered, name="file_unanswered"),
    path("answer/<str:letter>/", inquiries.inquiry_answer, name="inquiry_answer"),
]
