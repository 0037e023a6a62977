"""Events of the audit log as FHIR R4 AuditEvent, one JSON a line (ndjson)."""

import json
from datetime import UTC

from compliance.rules.looking import Told

DCM = "http://dicom.nema.org/resources/ontology/DCM"
TERMS = "http://terminology.hl7.org/CodeSystem"
REST = {"system": f"{TERMS}/audit-event-type", "code": "rest", "display": "RESTful Operation"}
EXPORT = {"system": DCM, "code": "110106", "display": "Export"}
ACTIVITY = {"system": DCM, "code": "110100", "display": "Application Activity"}
INTERACTION = "http://hl7.org/fhir/restful-interaction"
EMERGENCY = {"system": f"{TERMS}/v3-ActReason", "code": "BTG", "display": "break the glass"}
HUMAN = {"system": f"{TERMS}/extra-security-role-type", "code": "humanuser"}
PERSON = {"system": f"{TERMS}/audit-entity-type", "code": "1", "display": "Person"}
PATIENT = {"system": f"{TERMS}/object-role", "code": "1", "display": "Patient"}
OBJECT = {"system": f"{TERMS}/audit-entity-type", "code": "2", "display": "System Object"}
SERVER = {"system": f"{TERMS}/security-source-type", "code": "4", "display": "Application Server"}
OBSERVER = "IPA portal"


def resource(told: Told) -> dict[str, object]:
    """An event as an AuditEvent: with who, when, from where, at what, and how it went."""
    made: dict[str, object] = {
        "resourceType": "AuditEvent",
        "id": told.key,
        "type": {"view": REST, "refused": REST, "export": EXPORT, "done": ACTIVITY}[told.kind],
        "action": _action(told),
        "recorded": told.at.astimezone(UTC).isoformat(timespec="milliseconds"),
        "outcome": "4" if told.kind == "refused" else "0",
        "agent": [_agent(told)],
        "source": {"observer": {"display": OBSERVER}, "type": [SERVER]},
        "entity": [
            *({"what": {"reference": f"Patient/{pk}"}, "type": PERSON, "role": PATIENT}
              for pk in told.member_ids),
            {"type": OBJECT, "name": f"{told.what} {told.subject}".strip()},
        ],
    }  # fmt: skip
    if told.kind in ("view", "refused"):
        code = "search-type" if len(told.member_ids) > 1 else "read"
        made["subtype"] = [{"system": INTERACTION, "code": code}]
    if told.kind == "refused":
        made["outcomeDesc"] = "refused"
    if told.is_emergency:
        made["purposeOfEvent"] = [{"coding": [EMERGENCY]}]
    return made


def _action(told: Told) -> str:
    """R where one thing was read, E where a list was asked for or something was done."""
    is_list = told.kind != "export" and len(told.member_ids) > 1
    return "E" if told.kind == "done" or is_list else "R"


def _agent(told: Told) -> dict[str, object]:
    agent: dict[str, object] = {"who": {"display": told.actor_name}, "requestor": True}
    if told.actor_id is not None:
        agent["type"] = {"coding": [HUMAN]}
        agent["who"] = {"identifier": {"value": str(told.actor_id)}, "display": told.actor_name}
    if told.roles:
        agent["role"] = [{"text": role} for role in told.roles]
    if told.ip:
        agent["network"] = {"address": told.ip, "type": "2"}
    return agent


def line(told: Told) -> str:
    """One line of ndjson."""
    return json.dumps(resource(told), ensure_ascii=False, separators=(",", ":")) + "\n"
