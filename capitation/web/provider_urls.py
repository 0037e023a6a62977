"""Addresses of statements, their lines, questions about them, and the panel."""

from django.urls import path

from capitation.web import disputes, panel, provider, statements

urlpatterns = [
    path("statements/", provider.list_page, name="statement_list"),
    path("statements/publish/", statements.publish, name="statement_publish"),
    path("statements/<int:statement_id>/", provider.detail, name="statement_detail"),
    path("statements/<int:statement_id>/members/", provider.members, name="statement_members"),
    path("statements/<int:statement_id>/csv/", provider.csv_export, name="statement_csv"),
    path("statements/<int:statement_id>/pdf/", provider.pdf, name="statement_pdf"),
    path(
        "statements/<int:statement_id>/explain/<slug:part>/",
        provider.figure_explain,
        name="statement_explain",
    ),
    path("statements/lines/<slug:line>/", provider.line_explain, name="line_explain"),
    path("statements/lines/<slug:line>/ask/", disputes.new_page, name="dispute_new"),
    path("questions/", disputes.list_page, name="dispute_list"),
    path("questions/<int:dispute_id>/", disputes.detail, name="dispute_detail"),
    path("questions/<int:dispute_id>/answer/", disputes.answer, name="dispute_answer"),
    path("panel/", panel.page, name="panel"),
    path("panel/csv/", panel.csv_export, name="panel_csv"),
]
