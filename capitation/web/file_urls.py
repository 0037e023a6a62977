"""Addresses of plan files."""

from django.urls import path

from capitation.web import files, inbox

urlpatterns = [
    path("files/watched/", inbox.inbox_list, name="inbox_list"),
    path("files/", files.file_list, name="file_list"),
    path("files/receive/", files.file_receive, name="file_receive"),
    path("files/<int:file_id>/", files.file_detail, name="file_detail"),
    path("files/<int:file_id>/progress/", files.file_progress, name="file_progress"),
    path("files/<int:file_id>/process/", files.file_process, name="file_process"),
    path("files/<int:file_id>/reject/", files.file_reject, name="file_reject"),
    path("files/<int:file_id>/deposit/", files.file_deposit, name="file_deposit"),
]
