"""Addresses of what expires, of suspensions and of the recredentialing queue."""

from django.urls import path

from credentialing.web import expirables

urlpatterns = [
    path("", expirables.expirable_list, name="expirable_list"),
    path("<int:credential_id>/", expirables.expirable_detail, name="expirable_detail"),
    path("<int:credential_id>/allow/", expirables.expirable_allow, name="expirable_allow"),
    path("suspensions/", expirables.suspension_list, name="suspension_list"),
    path("suspensions/<int:suspension_id>/", expirables.suspension_lift, name="suspension_lift"),
    path("again/", expirables.recred_list, name="recred_list"),
    path("again/<int:decision_id>/open/", expirables.recred_open, name="recred_open"),
    path("again/elsewhere/<int:earlier_id>/open/", expirables.earlier_open, name="earlier_open"),
]
