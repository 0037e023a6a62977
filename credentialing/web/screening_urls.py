"""Addresses of screening."""

from django.urls import path

from credentialing.web import screening, screening_lists, screening_matches

urlpatterns = [
    path("", screening.screening_list, name="screening_list"),
    path("start/", screening.screening_start, name="screening_start"),
    path("runs/<int:screening_id>/", screening.screening_detail, name="screening_detail"),
    path(
        "runs/<int:screening_id>/progress/",
        screening.screening_progress,
        name="screening_progress",
    ),
    path(
        "runs/<int:screening_id>/certificate.pdf",
        screening.screening_certificate,
        name="screening_certificate",
    ),
    path("runs/<int:screening_id>/told-apart/", screening.told_apart_list, name="told_apart"),
    path("matches/", screening_matches.match_list, name="match_list"),
    path("matches/<int:match_id>/", screening_matches.match_detail, name="match_detail"),
    path("matches/<int:match_id>/decide/", screening_matches.match_decide, name="match_decide"),
    path("matches/<int:match_id>/answer/", screening_matches.match_answer, name="match_answer"),
    path("lists/", screening_lists.list_list, name="list_list"),
    path("lists/receive/", screening_lists.list_receive, name="list_receive"),
    path("lists/columns/", screening_lists.list_columns, name="list_columns"),
    path("lists/<int:version_id>/", screening_lists.list_detail, name="list_detail"),
    path("lists/<int:version_id>/progress/", screening_lists.list_progress, name="list_progress"),
    path("lists/<int:version_id>/accept/", screening_lists.list_accept, name="list_accept"),
]
