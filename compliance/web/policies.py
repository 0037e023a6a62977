"""Policies: which words are in force, on any day, and how new ones come about."""

from datetime import date

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from compliance.actions.policies import (
    approve_version,
    change_draft,
    draft_version,
    submit_version,
    withdraw_version,
)
from compliance.models import Policy, PolicyVersion
from compliance.rules.attestations import APPROVALS, in_force
from compliance.web.policy_forms import Draft, NewPolicy
from compliance.web.retention_forms import Because, Seen
from ipaportal.core.parts import Chip, Column, Empty, FactItem, list_rows, matching
from ipaportal.core.refusals import Refused
from ipaportal.identity.web.access import PortalRequest, fresh_login_to_send, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from ipaportal.identity.web.fields import day_asked

VIEW = "compliance.view_policies"
WRITE = "compliance.write_policies"
APPROVE = "compliance.approve_policies"
Status = PolicyVersion.Status
COLUMNS = (
    Column("code", "Policy", "link", sort="code"),
    Column("title", "About", sort="title", wide=True),
    Column("state", "State", "status"),
    Column("version", "In force", sort="version"),
    Column("since", "Since", "day", sort="since"),
    Column("waiting", "On its way"),
)
VERSIONS = (
    Column("name", "Version", "link"),
    Column("state", "State", "status"),
    Column("effective", "In force from", "day"),
    Column("by", "Words by"),
    Column("approved", "Approved by"),
    Column("change", "What is new", wide=True),
)


@requires(VIEW)
def policy_list(request: PortalRequest) -> HttpResponse:
    """Every policy as it is in force today, or was on the day that is asked about."""
    day = day_asked(request)
    rows = [_row(one, day) for one in Policy.objects.prefetch_related("versions")]
    open_ = [row for row in rows if row["waiting"]]
    shown = open_ if request.GET.get("show") == "open" else rows
    shown = matching(shown, request.GET.get("q", ""), "code", "title")
    if wants_file(request):
        return as_file(request, COLUMNS, shown, f"policies-{day}")
    context = {
        "day": day,
        "may_write": request.actor.may(WRITE),
        "listing": list_rows(
            shown, COLUMNS, request.GET, caption="Policies",
            chips=[Chip("show", "", "All", len(rows)),
                   Chip("show", "open", "On their way", len(open_))],
            empty=Empty("No policy yet", "Write the first: two others approve its words, and it "
                        "is in force from its day. A newer version replaces it, none is lost."),
            **export_urls(request),
        ),
        "crumbs": _crumbs(request, "Policies"),
    }  # fmt: skip
    return render(request, "compliance/policy_list.html", context)


def _approved(policy: Policy) -> list[PolicyVersion]:
    return [one for one in policy.versions.all() if one.status == Status.APPROVED]


def _row(policy: Policy, day: date) -> dict[str, object]:
    holds = in_force(_approved(policy), day)
    waiting = [one for one in policy.versions.all() if one.status in (Status.DRAFT, Status.REVIEW)]
    later = [one for one in _approved(policy) if one.effective_date > day]
    on_its_way = waiting or later
    return {
        "code": policy.code,
        "title": policy.title,
        "state": "in force" if holds else "not in force",
        "version": f"version {holds.number}" if holds else None,
        "since": holds and holds.effective_date,
        "waiting": ", ".join(
            f"version {one.number} {one.get_status_display()}"
            + (f", from {one.effective_date}" if one in later else "")
            for one in on_its_way
        ),
        "url": reverse("compliance:policy_detail", args=[policy.pk]),
    }


def _crumbs(request: PortalRequest, *names: tuple[str, str] | str) -> list[tuple[str, str]]:
    found = []
    if request.actor.may("compliance.view_desk"):
        found.append(("Compliance", reverse("compliance:desk")))
    if names[0] != "Policies":
        found.append(("Policies", reverse("compliance:policy_list")))
    return [*found, *((one, "") if isinstance(one, str) else one for one in names)]


@requires(VIEW)
def policy_detail(request: PortalRequest, policy_id: int) -> HttpResponse:
    """The words in force on a day, and every version."""
    policy = Policy.objects.filter(pk=policy_id).first()
    if policy is None:
        raise Http404
    day, versions = day_asked(request), list(policy.versions.prefetch_related("approvals"))
    holds = in_force([one for one in versions if one.status == Status.APPROVED], day)
    rows = [
        {
            "name": f"Version {one.number}",
            "state": one.get_status_display(),
            "effective": one.effective_date,
            "by": one.drafted_by_name,
            "approved": ", ".join(yes.approved_by_name for yes in one.approvals.all()),
            "change": one.change,
            "url": reverse("compliance:version_detail", args=[one.pk]),
        }
        for one in versions
    ]
    is_open = any(one.status in (Status.DRAFT, Status.REVIEW) for one in versions)
    context = {
        "policy": policy,
        "day": day,
        "holds": holds,
        "listing": list_rows(rows, VERSIONS, {}, caption="Versions", page_size=500),
        "may_draft": request.actor.may(WRITE) and not is_open,
        "crumbs": _crumbs(request, policy.code),
    }
    return render(request, "compliance/policy_detail.html", context)


@requires(WRITE)
def policy_new(request: PortalRequest) -> HttpResponse:
    """Write the first words of a policy."""
    form = NewPolicy(request.POST or None)
    return _drafted(request, form, "Write a policy", reverse("compliance:policy_list"))


@requires(WRITE)
def version_new(request: PortalRequest, policy_id: int) -> HttpResponse:
    """Draft the next version, beginning with the newest words."""
    policy = Policy.objects.filter(pk=policy_id).first()
    if policy is None:
        raise Http404
    newest = policy.versions.first()
    form = Draft(request.POST or None, initial={"text": newest.text if newest else ""})
    back = reverse("compliance:policy_detail", args=[policy.pk])
    return _drafted(request, form, f"A new version of {policy.code}", back, policy_id=policy.pk)


def _drafted(
    request: PortalRequest, form: Draft, title: str, back: str, **more: object
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            made = draft_version(
                actor=request.actor, now=timezone.now(), **form.cleaned_data, **more
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Kept as a draft. Give it to review when it is ready.")
            return redirect("compliance:version_detail", made.pk)
    context = {
        "form": form, "title": title, "verb": "Keep as a draft", "back": back,
        "crumbs": _crumbs(request, title),
    }  # fmt: skip
    status = 422 if form.errors else 200
    return render(request, "compliance/form.html", context, status=status)


@requires(VIEW)
def version_detail(request: PortalRequest, wording_id: int) -> HttpResponse:
    """The words of a version, and what may be done with it."""
    version = PolicyVersion.objects.select_related("policy").filter(pk=wording_id).first()
    if version is None:
        raise Http404
    approvals = list(version.approvals.all())
    is_mine = request.actor.user_id in {version.drafted_by_id,
                                        *(one.approved_by_id for one in approvals)}  # fmt: skip
    may_write, in_review = request.actor.may(WRITE), version.status == Status.REVIEW
    is_open = version.status in (Status.DRAFT, Status.REVIEW) or (
        version.status == Status.APPROVED and version.effective_date > timezone.localdate()
    )
    said = ", ".join(map(str, approvals)) or "nobody yet"
    context = {
        "version": version,
        "facts": [
            FactItem("State", version.get_status_display(), "status",
                     note=version.withdraw_reason),
            FactItem("In force from", version.effective_date, "day"),
            FactItem("Words by", version.drafted_by_name, note=f"{version.drafted_at:%Y-%m-%d}"),
            FactItem(f"Approved, {len(approvals)} of {APPROVALS}", said),
            FactItem("What is new", version.change or "nothing was said"),
        ],
        "approve": Seen(initial={"seen": version.sha256})
        if in_review and not is_mine and request.actor.may(APPROVE) else None,
        "is_draft": may_write and version.status == Status.DRAFT,
        "withdraw": Because() if may_write and is_open else None,
        "crumbs": _crumbs(
            request,
            (version.policy.code, reverse("compliance:policy_detail", args=[version.policy_id])),
            f"Version {version.number}",
        ),
    }  # fmt: skip
    return render(request, "compliance/version_detail.html", context)


@requires(WRITE)
def version_change(request: PortalRequest, wording_id: int) -> HttpResponse:
    """Write a draft's words anew."""
    version = PolicyVersion.objects.filter(pk=wording_id).first()
    if version is None:
        raise Http404
    initial = {name: getattr(version, name) for name in ("text", "change", "effective_date")}
    form = Draft(request.POST or None, initial=initial)
    back = reverse("compliance:version_detail", args=[version.pk])
    if request.method == "POST" and form.is_valid():
        try:
            change_draft(actor=request.actor, version_id=version.pk, now=timezone.now(),
                         **form.cleaned_data)  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Kept.")
            return redirect(back)
    title = f"Words of version {version.number}"
    context = {"form": form, "title": title, "verb": "Keep", "back": back,
               "crumbs": _crumbs(request, title)}  # fmt: skip
    status = 422 if form.errors else 200
    return render(request, "compliance/form.html", context, status=status)


@require_POST
@requires(WRITE)
def version_submit(request: PortalRequest, wording_id: int) -> HttpResponse:
    """Give a draft to review."""
    _known(wording_id)
    _try(request, "Given to review: two others approve it.", submit_version,
         version_id=wording_id)  # fmt: skip
    return redirect("compliance:version_detail", wording_id)


@require_POST
@requires(APPROVE)
@fresh_login_to_send
def version_approve(request: PortalRequest, wording_id: int) -> HttpResponse:
    """Approve the words that were read."""
    _known(wording_id)
    form = Seen(request.POST)
    seen = form.cleaned_data["seen"] if form.is_valid() else ""
    _try(request, "Approved.", approve_version, version_id=wording_id, seen_digest=seen)
    return redirect("compliance:version_detail", wording_id)


@require_POST
@requires(WRITE)
def version_withdraw(request: PortalRequest, wording_id: int) -> HttpResponse:
    """Take a version back that is not in force."""
    _known(wording_id)
    form = Because(request.POST)
    if form.is_valid():
        _try(request, "Withdrawn.", withdraw_version, version_id=wording_id,
             reason=form.cleaned_data["reason"], today=timezone.localdate())  # fmt: skip
    else:
        messages.error(request, "Say why. Nothing was changed.")
    return redirect("compliance:version_detail", wording_id)


def _known(version_id: int) -> None:
    if not PolicyVersion.objects.filter(pk=version_id).exists():
        raise Http404


def _try(request: PortalRequest, done: str, act: object, **data: object) -> None:
    try:
        act(actor=request.actor, now=timezone.now(), **data)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
