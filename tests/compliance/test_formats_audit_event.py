"""Events of the log as FHIR R4 AuditEvent: the codes that say what was done, to whom, by whom."""

import json
from datetime import UTC, datetime

import pytest

from compliance.formats.audit_event import line, resource
from compliance.rules.looking import Told

AT = datetime(2026, 11, 23, 20, 0, 0, 123456, tzinfo=UTC)
LOOK = Told(
    "seen-12", AT, "view", "Member", 7, "Quinn Lee", ("finance",), "10.0.0.9", member_ids=(31,)
)


def changed(**told) -> dict:
    return resource(Told(**vars(LOOK) | told))


def test_a_look_at_one_member_is_a_read_of_a_patient():
    assert resource(LOOK) == {
        "resourceType": "AuditEvent",
        "id": "seen-12",
        "type": {
            "system": "http://terminology.hl7.org/CodeSystem/audit-event-type",
            "code": "rest",
            "display": "RESTful Operation",
        },
        "subtype": [{"system": "http://hl7.org/fhir/restful-interaction", "code": "read"}],
        "action": "R",
        "recorded": "2026-11-23T20:00:00.123+00:00",
        "outcome": "0",
        "agent": [
            {
                "type": {
                    "coding": [
                        {
                            "system": "http://terminology.hl7.org/CodeSystem/"
                            "extra-security-role-type",
                            "code": "humanuser",
                        }
                    ]
                },
                "who": {"identifier": {"value": "7"}, "display": "Quinn Lee"},
                "requestor": True,
                "role": [{"text": "finance"}],
                "network": {"address": "10.0.0.9", "type": "2"},
            }
        ],
        "source": {
            "observer": {"display": "IPA portal"},
            "type": [
                {
                    "system": "http://terminology.hl7.org/CodeSystem/security-source-type",
                    "code": "4",
                    "display": "Application Server",
                }
            ],
        },
        "entity": [
            {
                "what": {"reference": "Patient/31"},
                "type": {
                    "system": "http://terminology.hl7.org/CodeSystem/audit-entity-type",
                    "code": "1",
                    "display": "Person",
                },
                "role": {
                    "system": "http://terminology.hl7.org/CodeSystem/object-role",
                    "code": "1",
                    "display": "Patient",
                },
            },
            {
                "type": {
                    "system": "http://terminology.hl7.org/CodeSystem/audit-entity-type",
                    "code": "2",
                    "display": "System Object",
                },
                "name": "Member",
            },
        ],
    }


@pytest.mark.parametrize(
    ("told", "code", "action", "outcome"),
    [
        ({"member_ids": (1, 2)}, "rest", "E", "0"),
        ({"kind": "export", "member_ids": (1, 2)}, "110106", "R", "0"),
        ({"kind": "refused"}, "rest", "R", "4"),
        ({"kind": "done", "member_ids": (), "subject": "capitation.Run 3"}, "110100", "E", "0"),
    ],
)
def test_each_kind_has_its_codes(told, code, action, outcome):
    made = changed(**told)
    assert (made["type"]["code"], made["action"], made["outcome"]) == (code, action, outcome)


def test_an_emergency_says_so_and_the_clock_is_no_human():
    assert changed(is_emergency=True)["purposeOfEvent"][0]["coding"][0]["code"] == "BTG"
    agent = changed(actor_id=None, actor_name="clock", roles=(), ip="")["agent"][0]
    assert agent == {"who": {"display": "clock"}, "requestor": True}


def test_each_event_is_one_line():
    text = line(Told(**vars(LOOK) | {"actor_name": "Ana\nLee"}))
    assert text.count("\n") == 1
    assert json.loads(text)["agent"][0]["who"]["display"] == "Ana\nLee"
