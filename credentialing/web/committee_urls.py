"""Addresses of the committee."""

from django.urls import path

from credentialing.web import committee_letters, committees, members_room

urlpatterns = [
    path("", committees.meeting_list, name="meeting_list"),
    path("seats/", committees.committee_detail, name="committee_detail"),
    path("rule/", committees.committee_set, name="committee_set"),
    path("<int:committee_id>/seats/add/", committees.seat_new, name="seat_new"),
    path("seats/<int:seat_id>/pledge/", committees.pledge_record, name="pledge_record"),
    path("meetings/plan/", committees.meeting_new, name="meeting_new"),
    path("meetings/<int:meeting_id>/", committees.meeting_room, name="meeting_room"),
    path("meetings/<int:meeting_id>/do/", committees.meeting_act, name="meeting_act"),
    path("items/<int:item_id>/do/", committees.item_act, name="item_act"),
    path("items/<int:item_id>/motion/", committees.motion_make, name="motion_make"),
    path("mine/", members_room.member_meetings, name="member_meetings"),
    path("mine/<int:meeting_id>/", members_room.member_room, name="member_room"),
    path("mine/<int:meeting_id>/do/", members_room.member_act, name="member_act"),
    path("clean/", committee_letters.clean_files, name="clean_files"),
    path("letters/", committee_letters.letter_list, name="letter_list"),
    path("letters/<int:decision_id>/", committee_letters.letter_detail, name="letter_detail"),
    path("letters/<int:decision_id>/issue/", committee_letters.letter_issue, name="letter_issue"),
    path("letters/<int:decision_id>/letter.pdf", committee_letters.letter_pdf, name="letter_pdf"),
    path(
        "meetings/<int:meeting_id>/minutes/",
        committee_letters.minutes_detail,
        name="minutes_detail",
    ),
    path(
        "meetings/<int:meeting_id>/minutes/sign/",
        committee_letters.minutes_sign,
        name="minutes_sign",
    ),
    path(
        "meetings/<int:meeting_id>/discussion/",
        committee_letters.discussion_list,
        name="discussion_list",
    ),
    path(
        "meetings/<int:meeting_id>/discussion/write/",
        committee_letters.discussion_write,
        name="discussion_write",
    ),
]
