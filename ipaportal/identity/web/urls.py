"""Addresses of people, roles and invitations."""

from django.urls import path

from ipaportal.identity.web import emergencies, entrance, sso, staff, staying

app_name = "identity"
urlpatterns = [
    path("", staff.people_list, name="people_list"),
    path("<int:user_id>/", staff.person_detail, name="person_detail"),
    path("<int:user_id>/grant/", staff.grant_new, name="grant_new"),
    path("<int:user_id>/suspend/", staff.user_suspend, name="user_suspend"),
    path("<int:user_id>/restore/", staff.user_restore, name="user_restore"),
    path("<int:user_id>/sso/link/", sso.sso_link, name="sso_link"),
    path("<int:user_id>/sso/unlink/", sso.sso_unlink, name="sso_unlink"),
    path("sso/", sso.sso_begin, name="sso_begin"),
    path("sso/again/", sso.sso_again, name="sso_again"),
    path("sso/back/", sso.sso_back, name="sso_back"),
    path("sso/signed-out/", sso.sso_signed_out, name="sso_signed_out"),
    path("grants/<int:grant_id>/end/", staff.grant_end, name="grant_end"),
    path("emergencies/", emergencies.emergency_list, name="emergency_list"),
    path("stay/", staying.stay, name="stay"),
    path("invite/", staff.invitation_new, name="invitation_new"),
    path(
        "invitations/<int:invitation_id>/withdraw/",
        staff.invitation_withdraw,
        name="invitation_withdraw",
    ),
    path("invitation/<str:token>/", entrance.invitation_accept, name="invitation_accept"),
    path("demo/<int:user_id>/", entrance.demo_sign_in, name="demo_sign_in"),
]
