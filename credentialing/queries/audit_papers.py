"""Papers of a decided file as an auditor may have them: application, minutes of it, letter."""

import json
from dataclasses import dataclass

from django.utils import timezone

from credentialing.models import Attestation, CredentialingEvent, Decision, DecisionLetter, Minutes
from credentialing.queries.applications import sections_shown

KEPT_BACK = "not shown to auditors"


@dataclass(frozen=True)
class Papers:
    """What there is: the application's content, the minutes of this file alone, the letter."""

    application: dict[str, object] | None
    minutes: list[list[str]]
    letter: DecisionLetter | None


def papers_of(event: CredentialingEvent) -> Papers:
    """
    The papers of a decided file.

    No birth date, no Social Security number, no votes by name, no discussion; of the minutes
    nothing about anybody else.
    """
    decision = Decision.objects.filter(event=event).select_related("letter", "motion__item").first()
    return Papers(_application(event), _minutes(decision), getattr(decision, "letter", None))


def _application(event: CredentialingEvent) -> dict[str, object] | None:
    """The application as it was signed for the decision, for the maker of its PDF."""
    signed = Attestation.objects.filter(application__event=event).select_related("application")
    held = signed.filter(voided_at=None).first()
    if held is None:
        return None
    content = json.loads(held.content)
    return {
        "title": f"Application of {held.signed_name}",
        "facts": [
            ["Copy", "for an auditor, made from the text that was signed"],
            ["NPI", content["facts"]["npi"]],
            ["For", held.application.party.name],
            ["Born", KEPT_BACK],
            ["Social Security number", KEPT_BACK],
        ],
        "sections": sections_shown(content["sections"]),
        "text": content["facts"]["text"],
        "signed": f"Signed electronically by {held.signed_name} on "
        f"{held.signed_at:%B %-d, %Y at %H:%M} UTC, confirmed by {held.confirmed_by}",
        "digest": held.content_sha256,
    }


def _minutes(decision: Decision | None) -> list[list[str]]:
    """What the signed minutes say of this file."""
    if decision is None or decision.motion is None:
        return []
    item = decision.motion.item
    signed = Minutes.objects.filter(meeting=item.meeting_id).order_by("version").first()
    if signed is None:
        return []
    whole = json.loads(signed.content)
    mine = next((one for one in whole["files"] if one["packet_sha256"] == item.packet_sha256), None)
    if mine is None:
        return []
    rows = [
        ["Committee", whole["committee"]],
        ["Met on", whole["day"]],
        ["How", whole["mode"]],
        ["Voting members needed at least", str(whole["rule"].get("least_voting", ""))],
        ["File", mine["of"]],
        ["Level", mine["level"]],
        ["Packet SHA-256", mine["packet_sha256"]],
        ["Members recused", str(len(mine["recused"]))],
    ]
    for motion in mine["motions"]:
        rows.append(["Moved", motion["to"]])
        rows.append(["Reasons", motion["reasons"]])
        rows += [["Condition", f"{words}, until {due}"] for words, due in motion["conditions"]]
        rows.append(["Vote", motion["result"]])
    signed_at = timezone.localtime(signed.signed_at)
    return [
        *rows,
        ["Minutes signed by", f"{signed.signed_by_name}, {signed_at:%Y-%m-%d}"],
        ["Minutes SHA-256", signed.content_sha256],
    ]
