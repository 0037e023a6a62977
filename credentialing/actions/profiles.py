"""Profiles: rows of NPPES and CAQH rosters about our practitioners, and what is taken over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from credentialing.actions.applications import OPEN_TO_EDITS, NotOpen, keep_section
from credentialing.formats.profiles import ProfileRow, read_profiles
from credentialing.models import Application, CredentialingEvent, Practitioner, Profile
from credentialing.queries.applications import answers_of, differences
from credentialing.rules.application import BY_CODE, rows_of
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.files import store
from ipaportal.core.refusals import Refused


class NoProfiles(Refused):
    """A file that is neither NPPES nor a CAQH roster, or cannot be trusted."""

    def __init__(self, problems: Sequence[str]) -> None:
        words = " ".join(problems[:5])
        super().__init__(f"The file was not taken: {words} Nothing was changed.")


@dataclass
class ReadProfiles:
    """What a file brought: rows, how many are about us, and each problem with where it is."""

    source: str
    rows: int = 0
    known: int = 0
    problems: list[tuple[str, str]] = field(default_factory=list)


@action("credentialing.work_files")
def take_profiles(*, actor: Actor, name: str, data: bytes, now: datetime) -> ReadProfiles:
    """
    Keep what a file of NPPES or a CAQH roster says of our practitioners; nothing is overwritten.

    :raises NoProfiles: if it is of another kind, truncated, or spoilt by a spreadsheet
    """
    found = read_profiles(data)
    if found.refusals:
        raise NoProfiles(found.refusals)
    result = ReadProfiles(found.source, rows=found.count, problems=found.problems)
    by_npi: dict[str, ProfileRow] = {row.npi: row for row in found.rows if row.npi}
    ours = Practitioner.objects.filter(npi__in=by_npi)
    kept = store(data)
    for who in ours:
        row = by_npi[who.npi]
        Profile.objects.create(
            practitioner=who,
            source=found.source,
            says=row.says,
            file_name=name[-255:],
            file_sha256=kept.sha256,
            as_of_date=row.as_of_date,
            read_at=now,
            read_by_name=actor.name,
        )
        result.known += 1
    record(
        actor=actor,
        action="credentialing.profiles.read",
        source=found.source,
        rows=result.rows,
        known=result.known,
        sha256=kept.sha256,
    )
    return result


@action("credentialing.fill_application")
def accept_differences(
    *, actor: Actor, application_id: int, profile_id: int, keys: Sequence[str], now: datetime
) -> list[str]:
    """
    Take over what a source says of some fields; gives the sections that changed.

    :raises NotOpen: if the file is past editing
    """
    application = Application.objects.for_actor(actor).get(pk=application_id)
    event = CredentialingEvent.objects.select_for_update().get(pk=application.event_id)
    if event.status not in OPEN_TO_EDITS:
        raise NotOpen(event)
    profile = Profile.objects.get(pk=profile_id, practitioner_id=application.practitioner_id)
    answers = answers_of(application)
    offered = {one.key for one in differences(profile, answers)}
    changed = _with(answers, profile, [key for key in keys if key in offered])
    for code, data in changed.items():
        keep_section(
            actor=actor,
            application=application,
            event=event,
            code=code,
            data=data,
            seen_version=None,
            now=now,
        )
    record(
        actor=actor,
        action="credentialing.profile.accepted",
        subject=profile,
        sections=sorted(changed),
    )
    return sorted(changed)


def _with(
    answers: Mapping[str, Mapping[str, object]], profile: Profile, keys: Sequence[str]
) -> dict[str, dict[str, object]]:
    """The sections as they are with what was taken over."""
    changed: dict[str, dict[str, object]] = {}
    for key in keys:
        if key.startswith("licences/"):
            _, kind, state, number = key.split("/", 3)
            before = changed.get("licences") or dict(answers.get("licences", {}))
            rows = rows_of(BY_CODE["licences"], before)
            row = {"kind": kind, "state": state, "number": number}
            changed["licences"] = {"rows": [*rows, row]}
        else:
            code, _, name = key.partition(".")
            before = changed.get(code) or dict(answers.get(code, {}))
            changed[code] = {**before, name: profile.says[key]}
    return changed
