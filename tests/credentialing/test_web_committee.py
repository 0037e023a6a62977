"""The committee's pages: a meeting from its plan to the minutes, clean files, letters."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from credentialing.models import Decision, DecisionLetter, Meeting, Minutes, Seat, Vote
from ipaportal.core.roles import Role
from tests.credentialing import committees as given
from tests.factories import make_practice
from tests.people import fresh_client_of, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def now(monkeypatch):
    """A meeting is held on its day: the day of these tests is today."""
    today = timezone.now().replace(microsecond=0)
    monkeypatch.setattr(given, "MEETS", today + timedelta(minutes=5))
    monkeypatch.setattr(given, "BEFORE", today - timedelta(days=2))
    return today


def text_of(answer) -> str:
    return answer.content.decode()


def test_a_member_from_outside_reads_and_votes_in_their_own_room(now, monkeypatch):
    monkeypatch.setattr(given, "MEETS", now)
    seats = given.make_committee()
    clinic = make_practice("Weiss Cardiology", "990000088").party
    weiss = make_user("weiss@w.example", Role.PROVIDER, party=clinic)
    colleague = make_user("colleague@w.example", Role.PROVIDER, party=clinic)
    Seat.objects.filter(pk=seats["Weiss"].pk).update(user=weiss)
    meeting = given.opened(seats, given.verified_lab(given.reviewer(), liability="adverse"))
    item = meeting.items.get()
    mine, room = (reverse("credentialing:member_meetings"),
                  reverse("credentialing:member_room", args=[meeting.pk]))  # fmt: skip
    client, stranger = fresh_client_of(weiss), fresh_client_of(colleague)
    assert "You sit on no committee" in text_of(stranger.get(mine))
    assert stranger.get(room).status_code == 404
    assert room in text_of(client.get(mine))
    page = text_of(client.get(room))
    assert "Liability cover" in page
    assert "No motion yet" in page
    motion = given.make_motion(
        actor=given.CLOCK, item_id=item.pk, kind="approved", text="explained",
        mover_id=seats["Okafor"].pk, seconder_id=seats["Lindqvist"].pk, now=timezone.now(),
    )  # fmt: skip
    act = reverse("credentialing:member_act", args=[meeting.pk])
    sent = {"do": "vote", "motion": motion.pk, "choice": "against"}
    assert stranger.post(act, sent).status_code == 404
    assert "Your vote is recorded: against" in text_of(client.post(act, sent, follow=True))
    assert "has voted on this motion" in text_of(client.post(act, sent, follow=True))
    assert Vote.objects.get().recorded_by_id == weiss.pk
    assert "the agenda of Credentialing committee" in text_of(client.get("/"))
    Seat.objects.create(
        committee=meeting.committee, name="Dr. New", user=colleague, effective_date=now.date()
    )
    unpledged = text_of(stranger.get(room))
    assert "Your pledge of this year is missing" in unpledged
    assert "Liability cover" not in unpledged


def test_a_meeting_is_held_on_its_pages(now):
    director = make_user("ito@ipa.example", Role.MEDICAL_DIRECTOR, name="Dr. Ito")
    seats = given.make_committee()
    given.verified_lab(given.reviewer(), liability="adverse")
    client = fresh_client_of(director)
    answer = client.post(
        reverse("credentialing:meeting_new"),
        {
            "committee": seats["Okafor"].committee_id,
            "starts_at": f"{now + timedelta(minutes=5):%Y-%m-%dT%H:%M}",
            "mode": "video",
            "place": "",
        },
    )
    meeting = Meeting.objects.get()
    room = reverse("credentialing:meeting_room", args=[meeting.pk])
    assert answer.url == room
    assert "The agenda is empty" in text_of(client.get(room))
    act = reverse("credentialing:meeting_act", args=[meeting.pk])
    refused = client.post(act, {"do": "lock"}, follow=True)
    assert "There is nothing on the agenda" in text_of(refused)
    client.post(act, {"do": "add", "event": given.CredentialingEvent.objects.get().pk})
    client.post(act, {"do": "lock"})
    client.post(act, {"do": "open"})
    assert "No quorum now" in text_of(client.get(room))
    for name in ("Okafor", "Lindqvist", "Weiss"):
        client.post(act, {"do": "arrive", "seat": seats[name].pk})
    page = text_of(client.get(room))
    assert "Quorum: 3 of 3 voting members" in page
    assert "Liability cover" in page
    item = meeting.items.get()
    move = reverse("credentialing:motion_make", args=[item.pk])
    assert client.post(move, {"kind": "approved"}).status_code == 422
    motion = {"kind": "approved", "text": "explained", "mover": seats["Okafor"].pk,
              "seconder": seats["Weiss"].pk}  # fmt: skip
    assert client.post(move, motion).status_code == 302
    do = reverse("credentialing:item_act", args=[item.pk])
    short = {f"vote-{seats[name].pk}": "for" for name in ("Okafor", "Weiss")}
    missing = client.post(do, {"do": "votes", **short}, follow=True)
    assert "Not voted yet: Dr. Lindqvist" in text_of(missing)
    done = client.post(do, {"do": "votes", f"vote-{seats['Lindqvist'].pk}": "abstain"}, follow=True)
    assert "Carried: 2 for, 0 against, 1 abstained." in text_of(done)
    assert Vote.objects.count() == 3
    client.post(act, {"do": "close"})
    minutes = reverse("credentialing:minutes_detail", args=[meeting.pk])
    assert "Sign the minutes" in text_of(client.get(minutes))
    client.post(reverse("credentialing:minutes_sign", args=[meeting.pk]))
    assert Minutes.objects.get().signed_by_name == "Dr. Ito"
    write = reverse("credentialing:discussion_write", args=[meeting.pk])
    client.post(write, {"item": item.pk, "text": "Peersaid words"})
    said = reverse("credentialing:discussion_list", args=[meeting.pk])
    assert "Peersaid words" in text_of(client.get(said))
    for address in (minutes, room, reverse("credentialing:meeting_list")):
        assert "Peersaid" not in text_of(client.get(address))
    admin = fresh_client_of(make_user("ada@ipa.example", Role.NETWORK_ADMIN))
    assert admin.get(said).status_code == 403
    issued = reverse("credentialing:letter_issue", args=[Decision.objects.get().pk])
    assert client.post(issued, {"channel": ""}).status_code == 422
    client.post(issued, {"channel": "portal"})
    assert DecisionLetter.objects.get().issued_by_name == "Dr. Ito"
    pdf = client.get(reverse("credentialing:letter_pdf", args=[Decision.objects.get().pk]))
    assert pdf.content[:5] == b"%PDF-"


def test_the_director_ticks_and_signs_clean_files(now):
    director = make_user("ito@ipa.example", Role.MEDICAL_DIRECTOR, name="Dr. Ito")
    novak = given.reviewer()
    given.verified_lab(novak)
    given.verified_lab(novak, 2, liability="adverse")
    client, address = fresh_client_of(director), reverse("credentialing:clean_files")
    page = client.get(address)
    assert "Laurel Care 1" in text_of(page)
    assert "Laurel Care 2" not in text_of(page)
    assert client.post(address, {}).status_code == 422
    (file,) = page.context["files"]
    wrong = client.post(address, {"file": f"{file['pk']}:0"})
    assert "has changed since you looked at it" in text_of(wrong)
    client.post(address, {"file": f"{file['pk']}:{file['digest']}"})
    assert Decision.objects.get().decided_by_name == "Dr. Ito"
    listed = text_of(client.get(reverse("credentialing:letter_list")))
    assert "30 days left" in listed
    assert "No clean file waits" in text_of(client.get(address))
