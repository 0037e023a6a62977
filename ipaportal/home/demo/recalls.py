"""FDA's records of the demo: a lot of a drug, and a device that is named by its UDI alone."""

import json
from datetime import datetime, timedelta

from ipaportal.core.actors import Actor
from ipaportal.home.demo.receiving import SYRINGE_CODE
from purchasing.actions.recalls import take_recalls

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
# Offices note no lot of syringes: whether theirs are concerned is not known, and is said.
DEVICE = {
    "recall_number": "Z-9002-DEMO",
    "event_id": "99002",
    "classification": "Class II",
    "product_type": "Devices",
    "product_description": "Syringe 3 mL with needle, sterile, box of 100",
    "code_info": f"UDI-DI: {SYRINGE_CODE}; Lot Numbers: S4410, S4411 Exp 08/2029",
    "recalling_firm": "Demo Plastics",
    "reason_for_recall": "Needles may come off the hub",
    "product_quantity": "40,000 boxes",
}


def take_record(actor: Actor, record: dict[str, str], now: datetime) -> None:
    """Take one record two days ago, as openFDA's file has it."""
    day = now - timedelta(days=2)
    whole = record | {
        "status": "Ongoing", "distribution_pattern": "Nationwide",
        "recall_initiation_date": f"{day:%Y%m%d}", "report_date": f"{day:%Y%m%d}", "openfda": {},
    }  # fmt: skip
    data = json.dumps({"meta": {"last_updated": f"{day:%Y-%m-%d}"}, "results": [whole]})
    take_recalls(actor=actor, data=data.encode(), now=day)
