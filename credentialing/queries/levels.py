"""What of a file decides its level, and the packet that is decided on."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from credentialing.models import (
    Complaint,
    CredentialingEvent,
    Decision,
    Facility,
    Practitioner,
    ScreeningMatch,
)
from credentialing.queries.earlier_decisions import earlier_of
from credentialing.queries.elements import ElementState, element_states
from credentialing.queries.performance import performance
from credentialing.queries.policies import supervision_words
from credentialing.queries.screening_matches import standings
from credentialing.rules.adverse import Stage
from credentialing.rules.application import BY_CODE
from credentialing.rules.decisions import lapse_words
from credentialing.rules.levels import Level, Reason, level_of
from credentialing.rules.performance import row_of
from credentialing.rules.screening_decisions import UNDECIDED
from credentialing.rules.work_history import gaps, months_after, unexplained

YES = "yes"
WAITS = ("stopped", "open")


@dataclass(frozen=True)
class FileLevel:
    """A file's level on a day, the reasons, and the states of its elements."""

    level: Level
    reasons: tuple[Reason, ...]
    states: tuple[ElementState, ...]

    @property
    def is_clean(self) -> bool:
        """Whether the medical director may approve it alone."""
        return self.level is Level.CLEAN


def file_level(event: CredentialingEvent, day: date) -> FileLevel:
    """The level of an event's file as it will stand on a day: that of the decision."""
    states = element_states(event, day)
    unfinished = tuple(_words(state) for state in states if not state.is_done)
    if not states:
        unfinished = ("nothing was verified yet",)
    unfinished += _on_lists(event)
    if event.practitioner is not None:
        unfinished += tuple(supervision_words(event.practitioner, day))
    counts, details = {}, {}

    def count(code: str, found: list[str]) -> None:
        counts[code] = len(found)
        if found:
            details[code] = "; ".join(found)

    results = [(s, s.verification.result) for s in states if s.verification is not None]
    count("adverse", [f"{s.element}: {s.verification.get_result_display()}" for s, result
                      in results if result in ("adverse", "not_found", "mismatch")])  # fmt: skip
    count("problems", [f"{s.element}: {', '.join(map(str, s.verification.problems))}"
                       for s, _ in results if s.verification.problems])  # fmt: skip
    holder = event.practitioner or event.facility
    _of_credentials(holder, day, count)
    cleared = [m for m in _matches(event) if m.is_serious and m.status not in UNDECIDED]
    count("exclusion", [f"{m.list_code.upper()}: {m.get_category_display()}, {m.status}"
                        for m in cleared])  # fmt: skip
    late = lapse_words(previous_due(event), day)
    count("late", [late] if late else [])
    count("complaints", [str(one) for one in _complaints(event, holder, day)])
    if event.practitioner_id:
        _of_person(event, holder, day, count, counts)
    else:
        check = holder.site_checks.first()
        open_ones = ("failed", "correction")
        count("site", [str(check)] if check is not None and check.result in open_ones else [])
    level, reasons = level_of(counts, unfinished, day, details)
    return FileLevel(level, reasons, tuple(states))


def _complaints(
    event: CredentialingEvent, holder: Practitioner | Facility, day: date
) -> list[Complaint]:
    """Complaints since the last cycle; of a first one in 36 months; without those not upheld."""
    before = previous_decision(event)
    since = before.decision_date if before is not None else months_after(day, -36)
    rows = holder.complaints.filter(received_date__gte=since, received_date__lte=day)
    return list(rows.exclude(outcome=Complaint.Outcome.NOT_UPHELD))


def _on_lists(event: CredentialingEvent) -> tuple[str, ...]:
    """What `standings` says of lists that stop or wait: no file with a match is decided."""
    key = subject_key_of(event)
    standing = standings([key])[key]
    if standing.outcome not in WAITS:
        return ()
    return (f"a match on an exclusion list is not cleared ({standing.words})",)


def subject_key_of(event: CredentialingEvent) -> str:
    """Under which key screening knows whom an event is about."""
    kind = "practitioner" if event.practitioner_id else "facility"
    return f"{kind}:{event.practitioner_id or event.facility_id}"


def _matches(event: CredentialingEvent) -> QuerySet[ScreeningMatch]:
    return ScreeningMatch.objects.filter(subject_key=subject_key_of(event))


def _words(state: ElementState) -> str:
    why = state.standing.reason if state.standing is not None and state.standing.reason else ""
    return f"{state.element}: {why or state.word}"


def _of_credentials(holder: Practitioner | Facility, day: date, count) -> None:
    held = list(holder.credentials.current())
    bad = ("limited", "inactive", "surrendered")
    count("licence", [f"{one}: {one.get_status_display()}" for one in held if one.status in bad])
    count("board", [str(one) for one in held if one.kind == "board"
                    and one.expires_date is not None and one.expires_date < day])  # fmt: skip


def _of_person(event: CredentialingEvent, who: Practitioner, day: date, count, counts) -> None:
    application = getattr(event, "application", None)
    section = application.sections.filter(code="disclosures").first() if application else None
    said = section.data if section is not None else {}
    count("disclosures", [_label(name) for name, value in said.items() if value == YES])
    since = months_after(day, -60)
    claims = list(who.malpractice_claims.current())
    paid = [c for c in claims if c.paid_cents and (c.closed_date or c.occurred_date) >= since]
    count("paid_claims", [f"{claim}, {claim.get_outcome_display()}" for claim in paid])
    total = sum(claim.paid_cents for claim in paid)
    counts["paid_cents"] = total
    count("pending_claims", [str(c) for c in claims if c.outcome == "pending"])
    before = previous_decision(event)
    taken = who.adverse_actions.exclude(stage__in=(Stage.CLOSED, Stage.REVERSED))
    if before is not None:
        taken = taken.filter(opened_date__gte=before.decision_date)
    count("actions", [f"{one}: {one.get_stage_display()}" for one in taken])
    spans = [(work.started_date, work.ended_date) for work in who.works.current()]
    spans += [
        (school.started_date, school.completed_date)
        for school in who.educations.current()
        if school.started_date
    ]
    told = [(g.started_date, g.ended_date, g.is_written) for g in who.gap_explanations.current()]
    open_gaps = unexplained(gaps(spans, min(day, event.opened_at.date())), told)
    count("gaps", [f"a gap from {gap.start} to {gap.end}" for gap in open_gaps])


def _label(name: str) -> str:
    fields = {field.name: field.label for field in BY_CODE["disclosures"].fields}
    return fields.get(name, name)


def previous_decision(event: CredentialingEvent) -> Decision | None:
    """The decision of the cycle before, if there was one."""
    same = {"event__practitioner": event.practitioner, "event__facility": event.facility}
    rows = Decision.objects.filter(**same).exclude(event=event).exclude(outcome="denied")
    return rows.order_by("-decision_date", "-pk").first()


def previous_due(event: CredentialingEvent) -> date | None:
    """By when this cycle had to be decided: what the one before said, here or where they were."""
    before = previous_decision(event)
    if before is not None:
        return before.next_due_date
    earlier = earlier_of(event.practitioner or event.facility)
    return earlier.next_due_date if earlier is not None else None


def packet_of(event: CredentialingEvent, day: date, found: FileLevel | None = None) -> str:
    """
    What is decided on, as one canonical text: the same file gives the same text.

    Race, ethnicity, language, birth date, gender, photo and Social Security number are not in
    it (NCQA CR 3 C 6, CR 1: nobody may decide on these), nor what NPDB answered.
    """
    found = found or file_level(event, day)
    holder = event.practitioner or event.facility
    data = {
        "of": str(holder),
        "npi": holder.npi,
        "cycle": event.get_kind_display(),
        "decision_day": day.isoformat(),
        "level": found.level.value,
        "reasons": [[reason.code, reason.text] for reason in found.reasons],
        "elements": [_element(state) for state in found.states],
        "credentials": [
            [str(c), c.issuer, c.category, c.get_status_display(), _day(c.expires_date)]
            for c in holder.credentials.current()
        ],
    }
    data |= _person(event, holder) if event.practitioner_id else _place(holder)
    since = performance(holder, event, day)
    if since is not None:
        data["performance"] = [row_of(number) for number in since.numbers]
        data["performance_since"] = since.since.day.isoformat()
    return json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def digest_of(packet: str) -> str:
    """The hash under which a packet is frozen."""
    return hashlib.sha256(packet.encode()).hexdigest()


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _element(state: ElementState) -> dict[str, object]:
    one = state.verification
    if one is None:
        return {"of": str(state.element), "state": state.word}
    return {
        "of": str(state.element),
        "state": state.word,
        "source": one.get_source_display(),
        "result": one.get_result_display(),
        "as_of": one.as_of_date.isoformat(),
        "performed": one.performed_at.date().isoformat(),
        # What NPDB answered stays where it is.
        "note": "" if one.source == "npdb" else one.note,
        "problems": [] if one.source == "npdb" else one.problems,
        "reviewed_by": one.review.reviewed_by_name,
        "holds_until": _day(state.standing.last_day) if state.standing else None,
    }


def _person(event: CredentialingEvent, who: Practitioner) -> dict[str, object]:
    application = getattr(event, "application", None)
    section = application.sections.filter(code="disclosures").first() if application else None
    said = section.data if section is not None else {}
    return {
        "kind": who.get_provider_type_display(),
        "degree": who.degree,
        "specialty": who.specialty,
        "practice": application.party.name if application else "",
        "education": [[e.get_kind_display(), e.institution, e.degree]
                      for e in who.educations.current()],
        "work": [[w.employer, w.position, w.started_date.isoformat(), _day(w.ended_date)]
                 for w in who.works.current()],
        "gaps": [[g.started_date.isoformat(), g.ended_date.isoformat(), g.text]
                 for g in who.gap_explanations.current()],
        "claims": [[c.occurred_date.isoformat(), c.get_outcome_display(), c.paid_cents,
                    c.explanation] for c in who.malpractice_claims.current()],
        "hospitals": [[a.get_kind_display(), a.hospital_name, a.admits_through]
                      for a in who.affiliations.current()],
        "supervision": [[s.physician_name, s.get_kind_display(), s.state,
                         s.started_date.isoformat(), _day(s.ended_date)]
                        for s in who.supervisions.current()],
        "disclosures": _disclosures(said),
    }  # fmt: skip


def _disclosures(said: Mapping[str, str]) -> list[list[str]]:
    """Each question that was answered, in the order asked, with what was explained of it."""
    asked = [f for f in BY_CODE["disclosures"].fields if f.kind == "yesno" and said.get(f.name)]
    return [[f.label, said[f.name], said.get(f"{f.name}_text") or ""] for f in asked]


def _place(facility: Facility) -> dict[str, object]:
    return {
        "kind": facility.get_kind_display(),
        "address": f"{facility.line}, {facility.city}, {facility.state}",
        "checks": [[c.get_kind_display(), c.checked_date.isoformat(), c.get_result_display()]
                   for c in facility.site_checks.all()],
    }  # fmt: skip
