"""Backups: the rule they are kept by, each that is known, and that one was destroyed."""

from django import forms
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone

from compliance.actions.backups import mark_destroyed, set_keeping
from compliance.models import BackupKeeping, KnownBackup
from compliance.queries.backups import keepings
from compliance.rules.backups import ends_on
from compliance.web.ehr_parts import form_page
from ipaportal.core.parts import Chip, Column, Empty, Moment, list_rows, matching
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from ipaportal.identity.web.fields import day_input

VIEW, KEEP, TITLE = "compliance.view_retention", "compliance.keep_backups", "Backups"
COLUMNS = (
    Column("name", "Backup", "link", sort="name"),
    Column("made", "Made", "day", sort="made"),
    Column("files", "Files", "count"),
    Column("ends", "Kept until", "day", sort="ends"),
    Column("state", "State", "status", sort="state"),
    Column("destroyed", "Destroyed", "day", sort="destroyed"),
    Column("words", "How", wide=True),
    Column("sha256", "SHA-256 of its manifest", minor=True, wide=True),
)


class NewKeeping(forms.Form):
    """From when on backups are kept how long, and by whose word."""

    from_date = forms.DateField(label="For backups made from", widget=day_input())
    days = forms.IntegerField(label="Days kept", min_value=1, max_value=36_500)
    words = forms.CharField(
        label="Where that is written", max_length=300,
        help_text="The policy, or the setting of the place where backups lie.",
    )  # fmt: skip


class Destroyed(forms.Form):
    """That a backup is gone."""

    destroyed_on = forms.DateField(label="Day it was destroyed", widget=day_input())
    words = forms.CharField(
        label="How, and who saw it", max_length=300,
        help_text="Every copy of it: the portal deletes no backup itself.",
    )  # fmt: skip


def _crumbs(name: str) -> list[tuple[str, str]]:
    found = [
        ("Compliance", reverse("compliance:desk")), ("Records", reverse("compliance:retention")),
    ]  # fmt: skip
    if name != TITLE:
        found.append((TITLE, reverse("compliance:backup_list")))
    return [*found, (name, "")]


@requires(VIEW)
def backup_list(request: PortalRequest) -> HttpResponseBase:
    """Every backup that is known, and the rules they are kept by."""
    rules, may = keepings(), request.actor.may(KEEP)
    all_ = [_row(one, rules, may) for one in KnownBackup.objects.all()]
    show = request.GET.get("show", "")
    rows = [row for row in all_ if show != "over" or row["state"] == "to be destroyed"]
    rows = matching(rows, request.GET.get("q", ""), "name", "sha256")
    if wants_file(request):
        return as_file(request, COLUMNS, rows, "backups")
    over = sum(row["state"] == "to be destroyed" for row in all_)
    context = {
        "listing": list_rows(
            rows, COLUMNS, request.GET, caption=TITLE,
            chips=[Chip("show", "", "All", len(all_)),
                   Chip("show", "over", "To be destroyed", over)],
            empty=Empty(
                "No backup is known" if not all_ else "None is so",
                "The backup command puts each that it makes on record here. What was copied "
                "otherwise, by a disk's snapshots or the server's log, is not known.",
            ),
            **export_urls(request),
        ),
        "has_rule": bool(rules), "may_keep": may,
        "moments": [
            Moment(one.recorded_at, f"{one.days} days for backups made from {one.from_date}",
                   one.recorded_by_name, one.words)
            for one in BackupKeeping.objects.all()
        ],
        "crumbs": _crumbs(TITLE),
    }  # fmt: skip
    return render(request, "compliance/backups.html", context)


def _row(one: KnownBackup, rules: list, may: bool) -> dict[str, object]:
    ends = ends_on(rules, one.made_at.date())
    state = "kept" if ends else "no rule"
    if one.destroyed_on:
        state = "destroyed"
    elif ends and ends < timezone.localdate():
        state = "to be destroyed"
    may_mark = may and not one.destroyed_on
    return {
        "name": one.name, "made": one.made_at.date(), "files": one.files, "ends": ends,
        "state": state, "destroyed": one.destroyed_on, "words": one.destroyed_words,
        "sha256": one.manifest_sha256,
        "url": reverse("compliance:backup_destroyed", args=[one.pk]) if may_mark else "",
    }  # fmt: skip


@requires(KEEP)
def backup_keeping_new(request: PortalRequest) -> HttpResponse:
    """Say how long backups are kept from a day on."""

    def do(data: dict[str, object]) -> str:
        made = set_keeping(actor=request.actor, now=timezone.now(), **data)
        return f"Backups made from {made.from_date} on are kept {made.days} days."

    return form_page(
        request, NewKeeping(request.POST or None), do, title="How long backups are kept",
        verb="Set it", back=reverse("compliance:backup_list"), trail=_crumbs("How long"),
        note="Certificates of what is deleted from then on say by this when it is gone from "
        "backups too. The portal deletes no backup: set the same days where they lie.",
    )  # fmt: skip


@requires(KEEP)
def backup_destroyed(request: PortalRequest, known_backup_id: int) -> HttpResponse:
    """Keep that a backup is gone."""
    row = get_object_or_404(KnownBackup, pk=known_backup_id)

    def do(data: dict[str, object]) -> str:
        mark_destroyed(actor=request.actor, backup_id=row.pk, now=timezone.now(), **data)
        return f"{row.name} is marked as destroyed."

    return form_page(
        request, Destroyed(request.POST or None), do, title=f"{row.name} was destroyed",
        verb="It is gone", back=reverse("compliance:backup_list"), trail=_crumbs(row.name),
    )  # fmt: skip
