"""Two raters of an audit: neither reads the other's answers before both have answered."""

import pytest
from django.db import transaction
from django.db.utils import DatabaseError
from django.urls import reverse

from compliance.actions.audits import answer_element
from compliance.actions.packets import StillApart, ask_packet
from compliance.actions.ratings import NotApart, OpenedForNothing, open_ratings
from compliance.models import AuditOpening
from compliance.queries.audit_packets import told_of
from compliance.queries.audits import newest_answers
from compliance.queries.ratings import answers_seen, hidden_from
from compliance.rules.audits import open_to
from ipaportal.core.actors import Actor
from ipaportal.core.roles import Role
from tests.compliance.auditing import NOON, answer_all, notice, sampled
from tests.kept import kept
from tests.people import actor_of, client_of, make_user


def test_a_question_is_open_to_whoever_answered_it():
    given = [(1, 1, 7), (1, 1, 8), (1, 2, 7), (2, 1, 8)]
    assert open_to(given, 7) == {(1, 1), (1, 2)}
    assert open_to(given, 8) == {(1, 1), (2, 1)}
    assert open_to(given, 9) == open_to([], 7) == set()


@kept
def rated():
    """An audit whose sample the officer has judged whole, and a director who begins."""
    people = {
        "osei": make_user("osei@ipa.example", Role.COMPLIANCE_OFFICER, name="A. Osei"),
        "reed": make_user("reed@ipa.example", Role.MEDICAL_DIRECTOR, name="C. Reed"),
    }
    osei = actor_of(people["osei"])
    audit = notice(osei, None)
    sampled(osei, audit)
    answer_all(osei, audit, fails=1)
    return people | {"audit": audit}


def rate(actor: Actor, audit, *, item: int, element: int, text: str = "all in time") -> None:
    answer_element(
        actor=actor, item_id=audit.draw.items.get(place=item).pk, answer="met", text=text,
        element_id=audit.elements.get(place=element).pk, now=NOON,
    )  # fmt: skip


@pytest.mark.django_db
def test_nobody_sees_what_they_have_not_answered_themselves(rated):
    audit, reed = rated["audit"], actor_of(rated["reed"])
    whole = len(newest_answers(audit))
    assert (len(answers_seen(audit, reed)), hidden_from(audit, reed)) == (0, whole)
    assert hidden_from(audit, actor_of(rated["osei"])) == hidden_from(audit, Actor.system("x")) == 0
    rate(reed, audit, item=1, element=1)
    assert (len(answers_seen(audit, reed)), hidden_from(audit, reed)) == (1, whole - 1)
    assert {row.recorded_by_name for row in newest_answers(audit).values()} == {
        "A. Osei", "C. Reed",
    }  # fmt: skip


@pytest.mark.django_db
def test_no_page_no_paper_and_no_packet_shows_it(rated):
    audit, director = rated["audit"], client_of(rated["reed"])
    item = audit.draw.items.get(place=1)
    sheet = reverse("compliance:item_detail", args=[item.pk])
    paper = next(row for row in newest_answers(audit).values() if row.evidence_sha256)
    file = reverse("compliance:answer_file", args=[paper.pk])
    page = director.get(sheet).content.decode()
    assert "sent on day nine" not in page
    assert "checked" not in page, "nor is the other's answer filled in"
    assert director.get(file).status_code == 404
    whole = director.get(reverse("compliance:audit_detail", args=[audit.pk])).content.decode()
    assert "Raters are kept apart" in whole
    assert "of others" in whole
    both = Actor(rated["reed"].pk, "C. Reed", frozenset({("compliance_officer", 1)}))
    with pytest.raises(StillApart, match="Nothing was started"):
        ask_packet(actor=both, audit_id=audit.pk, now=NOON)
    element = paper.element
    rate(actor_of(rated["reed"]), audit, item=1, element=element.place)
    assert director.get(file).status_code == 200, "both have answered this question"


@pytest.mark.django_db
def test_who_manages_the_audit_opens_them_once_and_the_packet_says_why(rated):
    audit, osei = rated["audit"], actor_of(rated["osei"])
    officer, director = client_of(rated["osei"]), client_of(rated["reed"])
    go = reverse("compliance:audit_go", args=[audit.pk])
    assert director.post(go, {"do": "open", "text": "curious"}).status_code == 403
    with pytest.raises(OpenedForNothing, match="Nothing was changed"):
        open_ratings(actor=osei, audit_id=audit.pk, text=" ", now=NOON)
    assert officer.post(go, {"do": "open", "text": "training of a new rater"}).status_code == 302
    sheet = reverse("compliance:item_detail", args=[audit.draw.items.get(place=1).pk])
    assert "sent on day nine" in director.get(sheet).content.decode()
    with pytest.raises(NotApart, match="Nothing was changed"):
        open_ratings(actor=osei, audit_id=audit.pk, text="again", now=NOON)
    with pytest.raises(DatabaseError), transaction.atomic():
        AuditOpening.objects.update(reason="another")
    told = told_of(audit)["raters saw each other's answers early"]
    assert (told["by"], told["reason"]) == ("A. Osei", "training of a new rater")
