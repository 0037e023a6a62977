"""FDA's records of the demo: a lot of a drug, and a device that is named by its UDI alone."""

import json
from datetime import datetime, timedelta

from ipaportal.core.actors import Actor
from purchasing.actions.pack_codes import record_code
from purchasing.actions.recalls import take_recalls
from purchasing.models import PackLevel

GLOVE_CODE = "00850012345671"

# Code and lot stand in the text alone, as often.
DRUG = {
    "recall_number": "D-9001-DEMO",
    "event_id": "99001",
    "classification": "Class II",
    "product_type": "Drugs",
    "product_description": "Ketorolac Tromethamine Injection 30 mg/mL, 25 vials, Rx only, "
    "NDC 99999-1201-01",
    "code_info": "Lot # K7731A",
    "recalling_firm": "Demo Injectables",
    "reason_for_recall": "Lack of assurance of sterility",
    "product_quantity": "12,000 vials",
}
# Offices note no lot of gloves: whether theirs are concerned is not known, and is said.
DEVICE = {
    "recall_number": "Z-9002-DEMO",
    "event_id": "99002",
    "classification": "Class II",
    "product_type": "Devices",
    "product_description": "Nitrile gloves for examination, size M, box of 100",
    "code_info": f"UDI-DI: {GLOVE_CODE}; Lot Numbers: G4410, G4411 Exp 08/2029",
    "recalling_firm": "Demo Gloves",
    "reason_for_recall": "Holes above the limit for examination gloves",
    "product_quantity": "40,000 boxes",
}


def take_device(actor: Actor, now: datetime) -> None:
    """Record the code on a box of gloves, and take the recall that names it."""
    level = PackLevel.objects.get(item__code="GLOVE-M", name="box")
    record_code(
        actor=actor, level_id=level.pk, text=GLOVE_CODE, is_moved=False, now=now, today=now.date()
    )
    take_record(actor, DEVICE, now)


def take_record(actor: Actor, record: dict[str, str], now: datetime) -> None:
    """Take one record two days ago, as openFDA's file has it."""
    day = now - timedelta(days=2)
    whole = record | {
        "status": "Ongoing", "distribution_pattern": "Nationwide",
        "recall_initiation_date": f"{day:%Y%m%d}", "report_date": f"{day:%Y%m%d}", "openfda": {},
    }  # fmt: skip
    data = json.dumps({"meta": {"last_updated": f"{day:%Y-%m-%d}"}, "results": [whole]})
    take_recalls(actor=actor, data=data.encode(), now=day)
