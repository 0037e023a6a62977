"""Access to members: every page, export and refusal of a marked view leaves who saw whom."""

import uuid

import pytest
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.test import Client
from django.urls import path
from django.views.decorators.http import require_GET

from ipaportal.audit import access
from ipaportal.audit.access import declare_members, log_access, shows_members
from ipaportal.audit.actions import record
from ipaportal.audit.models import AccessEvent, DomainEvent
from ipaportal.core.actors import Actor
from ipaportal.core.roles import Role
from ipaportal.identity.web.access import public, requires
from ipaportal.urls import urlpatterns as portal
from tests.people import client_of, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


@require_GET
@requires("ledger.place_hold")
@shows_members()
def member_list(request):
    declare_members(request, [3, 1])
    declare_members(request, [2, 3])
    return HttpResponse("names")


@shows_members()
@requires("ledger.place_hold")
def member_detail(request, member_id):
    if member_id == 404:
        raise Http404
    declare_members(request, [member_id])
    return HttpResponse("name", status=422 if member_id == 422 else 200)


@requires("ledger.place_hold")
@shows_members("export")
def member_export(request):
    declare_members(request, [])
    return HttpResponse("csv")


@requires("ledger.place_hold")
@shows_members()
def member_file(request):
    declare_members(request, [4])
    return HttpResponse("csv", headers={"Content-Disposition": 'attachment; filename="m.csv"'})


@requires("ledger.place_hold")
def room(request, number):
    if number == 404:
        raise Http404
    return HttpResponse("no member here")


@requires("ledger.place_hold")
@shows_members()
def member_forgotten(request):
    if "away" in request.GET:
        return redirect("/probe/list/")
    return HttpResponse("names shown to whom?")


@public
def plain(request):
    record(actor=request.actor, action="test.seen")
    if "member" in request.GET:
        declare_members(request, [9])
    return HttpResponse(request.request_id)


urlpatterns = [
    *portal,
    path("probe/list/", member_list, name="member_list"),
    path("probe/member/<int:member_id>/", member_detail, name="member_detail"),
    path("probe/export/", member_export, name="member_export"),
    path("probe/file/", member_file, name="member_file"),
    path("probe/room/<int:number>/", room, name="room"),
    path("probe/forgotten/", member_forgotten, name="member_forgotten"),
    path("probe/plain/", plain, name="plain"),
]


@pytest.fixture
def osei():
    return client_of(make_user("osei@example.org", Role.COMPLIANCE_OFFICER))


@pytest.fixture
def bell():
    return client_of(make_user("bell@example.org", Role.PROVIDER))


def seen():
    fields = ("actor_name", "kind", "view_name", "member_ids")
    return list(AccessEvent.objects.order_by("id").values_list(*fields))


def test_records_the_ids_a_list_showed(osei):
    answer = osei.get("/probe/list/")
    assert seen() == [("Osei", "view", "member_list", [1, 2, 3])]
    event = AccessEvent.objects.get()
    assert (event.request_id, event.ip) == (answer["X-Request-ID"], "127.0.0.1")
    assert event.actor_roles == ["compliance_officer"]


def test_records_one_member_an_invalid_form_and_an_empty_export(osei):
    osei.get("/probe/member/7/")
    osei.get("/probe/member/422/")
    osei.get("/probe/export/")
    assert seen() == [
        ("Osei", "view", "member_detail", [7]),
        ("Osei", "view", "member_detail", [422]),
        ("Osei", "export", "member_export", []),
    ]


def test_whatever_leaves_as_a_file_is_an_export(osei):
    osei.get("/probe/file/")
    assert seen() == [("Osei", "export", "member_file", [4])]


def test_records_refusals_of_pages_that_show_no_member(osei, bell, client):
    osei.get("/probe/room/7/")
    osei.get("/probe/room/404/")
    bell.get("/probe/room/7/")
    client.get("/probe/room/404/")
    refused = DomainEvent.objects.filter(action="audit.page.refused").order_by("pk")
    assert [(e.actor_name, e.details) for e in refused] == [
        ("Osei", {"view": "room", "status": 404, "asked": {"number": "404"}}),
        ("Bell", {"view": "room", "status": 403, "asked": {"number": "7"}}),
    ]
    assert seen() == []


def test_records_refusals_with_whom_was_asked_for(osei, bell):
    assert bell.get("/probe/member/7/").status_code == 403
    assert bell.get("/probe/list/").status_code == 403
    assert osei.get("/probe/member/404/").status_code == 404
    assert seen() == [
        ("Bell", "refused", "member_detail", [7]),
        ("Bell", "refused", "member_list", []),
        ("Osei", "refused", "member_detail", [404]),
    ]


def test_shows_nothing_that_was_not_declared(osei):
    osei.raise_request_exception = False
    answer = osei.get("/probe/forgotten/")
    assert answer.status_code == 500
    assert b"names" not in answer.content
    assert osei.get("/probe/forgotten/?away").status_code == 302
    assert osei.post("/probe/list/").status_code == 405
    assert seen() == []


def test_leads_strangers_to_sign_in_without_a_trace_of_members():
    assert Client().get("/probe/member/7/").status_code == 302
    assert Client().get("/probe/member/7/", headers={"HX-Request": "true"}).status_code == 200
    assert seen() == []


def test_records_members_that_an_unmarked_view_declares(osei):
    osei.get("/probe/plain/?member")
    osei.get("/probe/plain/")
    osei.get("/probe/nowhere/")
    assert [row[2:] for row in seen()] == [("plain", [9])]


def test_ties_a_request_to_its_events_by_an_id_of_our_own(osei):
    answer = osei.get("/probe/plain/", headers={"X-Request-ID": "forged-by-a-client"})
    assert uuid.UUID(answer.content.decode()).hex == answer["X-Request-ID"]
    assert DomainEvent.objects.get().request_id == answer["X-Request-ID"]


def test_spreads_a_long_export_over_several_events(monkeypatch):
    monkeypatch.setattr(access, "IDS_PER_EVENT", 2)
    log_access(
        actor=Actor.system("celery"), kind="export", view_name="nightly", member_ids=[5, 1, 3, 1]
    )
    assert [row[3] for row in seen()] == [[1, 3], [5]]
