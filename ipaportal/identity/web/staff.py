"""People and roles, as administrators keep them."""

from dataclasses import replace

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from ipaportal.core.parts import Chip, Column, Empty, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.identity.actions.invitations import invite_user, withdraw_invitation
from ipaportal.identity.actions.users import end_grant, grant_role, restore_user, suspend_user
from ipaportal.identity.models import Grant, Invitation, User
from ipaportal.identity.queries.people import open_invitations, people_page, person_page
from ipaportal.identity.web.access import PortalRequest, fresh_login, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from ipaportal.identity.web.forms import GrantForm, InviteForm, ReasonForm, SsoForm
from ipaportal.identity.web.invitations import send_invitation


@requires("identity.see_people")
def people_list(request: PortalRequest) -> HttpResponse:
    """Everybody with an account, their roles, and the invitations still open."""
    text, now = request.GET.get("q", "").strip(), timezone.now()
    found = people_page(request.actor, text, timezone.localdate())
    found = STATES.get(request.GET.get("state", ""), _everybody)(found)
    if wants_file(request):
        return as_file(request, PEOPLE, (_person_row(one) for one in found), "people")
    listing = list_rows(
        found,
        PEOPLE,
        request.GET,
        caption="People",
        default_sort="name",
        chips=CHIPS,
        empty=Empty(
            "Nobody found",
            "Names and addresses are found by how they begin. People get an account by invitation.",
        ),
        **export_urls(request),
    )
    page = {
        "listing": replace(listing, rows=[_person_row(one) for one in listing.rows]),
        "invitations": open_invitations(request.actor, now),
        "may_invite": request.actor.may("identity.invite_user"),
        "now": now,
    }
    return render(request, "identity/people_list.html", page)


def _everybody(people: QuerySet[User]) -> QuerySet[User]:
    return people


# What a filter of the list lets through.
STATES = {
    "active": lambda people: people.filter(is_active=True),
    "suspended": lambda people: people.filter(is_active=False),
    "unprotected": lambda people: people.filter(is_active=True, has_second_factor=False),
}
CHIPS = (
    Chip("state", "", "Everybody"),
    Chip("state", "active", "Active"),
    Chip("state", "suspended", "Suspended"),
    Chip("state", "unprotected", "Without a second factor"),
)
PEOPLE = (
    Column("name", "Name", "link", sort="name"),
    Column("email", "E-mail address", sort="email", wide=True),
    Column("roles", "Roles in force", wide=True),
    Column("factor", "Second factor", sort="has_second_factor"),
    Column("state", "State", "status", sort="is_active"),
)


def _person_row(person: User) -> dict[str, object]:
    roles = [f"{grant.get_role_display()} ({grant.party.name})" for grant in person.current_grants]
    return {
        "name": person.name,
        "email": person.email,
        "roles": ", ".join(roles) or "none",
        "factor": "enrolled" if person.has_second_factor else "not enrolled",
        "state": "active" if person.is_active else "suspended",
        "url": reverse("identity:person_detail", args=[person.pk]),
    }


@requires("identity.see_people")
def person_detail(request: PortalRequest, user_id: int) -> HttpResponse:
    """One person: roles now and before, suspension."""
    return show_person(request, user_id)


def show_person(request: PortalRequest, user_id: int, **forms: object) -> HttpResponse:
    """A person's page, with forms that were filled in wrongly."""
    try:
        page = person_page(request.actor, user_id, timezone.localdate())
    except User.DoesNotExist as missing:
        raise Http404 from missing
    context = {
        "page": page,
        "crumbs": [("People and roles", reverse("identity:people_list")), (page.person.name, "")],
        "grant_form": GrantForm(actor=request.actor),
        "reason_form": ReasonForm(),
        "unlink_form": ReasonForm(auto_id="unlink_%s"),
        "sso_form": SsoForm(),
        **forms,
    }
    return render(request, "identity/person_detail.html", context, status=422 if forms else 200)


@requires("identity.invite_user")
@fresh_login
def invitation_new(request: PortalRequest) -> HttpResponse:
    """Invite somebody to a role."""
    form = InviteForm(request.POST or None, actor=request.actor)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            invitation = invite_user(
                actor=request.actor,
                email=data["email"],
                name=data["name"],
                party_id=data["party"].pk,
                role=data["role"],
                grant_end_date=data["grant_end_date"],
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return send_invitation(request, invitation, then=reverse("identity:people_list"))
    status = 422 if form.errors else 200
    crumbs = [("People and roles", reverse("identity:people_list")), ("Invite somebody", "")]
    return render(
        request, "identity/invitation_new.html", {"form": form, "crumbs": crumbs}, status=status
    )


@require_POST
@requires("identity.withdraw_invitation")
def invitation_withdraw(request: PortalRequest, invitation_id: int) -> HttpResponse:
    """Make an invitation's link useless."""
    try:
        withdraw_invitation(actor=request.actor, invitation_id=invitation_id, now=timezone.now())
    except Invitation.DoesNotExist as missing:
        raise Http404 from missing
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Invitation withdrawn.")
    return redirect("identity:people_list")


@require_POST
@requires("identity.grant_role")
@fresh_login
def grant_new(request: PortalRequest, user_id: int) -> HttpResponse:
    """Give a person a role."""
    form = GrantForm(request.POST, actor=request.actor)
    if form.is_valid():
        try:
            grant_role(
                actor=request.actor,
                user_id=user_id,
                party_id=form.cleaned_data["party"].pk,
                role=form.cleaned_data["role"],
                end_date=form.cleaned_data["end_date"],
                today=timezone.localdate(),
            )
        except User.DoesNotExist as missing:
            raise Http404 from missing
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Role granted. It is in force now.")
            return redirect("identity:person_detail", user_id)
    return show_person(request, user_id, grant_form=form)


@require_POST
@requires("identity.end_grant")
def grant_end(request: PortalRequest, grant_id: int) -> HttpResponse:
    """End a role at once."""
    try:
        grant = end_grant(actor=request.actor, grant_id=grant_id, today=timezone.localdate())
    except Grant.DoesNotExist as missing:
        raise Http404 from missing
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("identity:people_list")
    messages.success(request, "The role has ended.")
    return redirect("identity:person_detail", grant.user_id)


def _with_reason(request: PortalRequest, user_id: int, act, done: str) -> HttpResponse:
    form = ReasonForm(request.POST)
    if form.is_valid():
        try:
            act(actor=request.actor, user_id=user_id, reason=form.cleaned_data["reason"])
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, done)
            return redirect("identity:person_detail", user_id)
    return show_person(request, user_id, reason_form=form)


@require_POST
@requires("identity.suspend_user")
def user_suspend(request: PortalRequest, user_id: int) -> HttpResponse:
    """Shut a person out at once."""
    return _with_reason(request, user_id, suspend_user, "Suspended. All sessions are closed.")


@require_POST
@requires("identity.restore_user")
def user_restore(request: PortalRequest, user_id: int) -> HttpResponse:
    """Let a suspended person in again."""
    return _with_reason(request, user_id, restore_user, "Restored. They can sign in again.")
