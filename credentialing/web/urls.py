"""Addresses of the network."""

from django.urls import include, path

from credentialing.web import staff

app_name = "credentialing"
urlpatterns = [
    path("", staff.practice_list, name="practice_list"),
    path("screening/", include("credentialing.web.screening_urls")),
    path("import/", staff.network_import, name="network_import"),
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
]
