"""The demo's contract for named practices: most are loaded, some wait, one was declined."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from credentialing.models import Practice
from ipaportal.core.actors import Actor
from ipaportal.home.demo.network import ALVAREZ
from purchasing.actions.eligibility import move_eligibility, set_reach
from purchasing.actions.suppliers import add_supplier, record_contract, record_licence, take_prices

NAME = "Thistledown Vaccines"
PRICES = b"Item,Pack,From packs,Price\nFLU-ADJ,box,0,512.00\nFLU-ADJ,box,40,486.00\n"


def name_practices(buyer: Actor, practices: Sequence[Practice], now: datetime) -> None:
    """Record a manufacturer whose contract is for practices that it has loaded."""
    asked_at = now - timedelta(days=24)
    supplier = add_supplier(
        actor=buyer, name=NAME, kind="manufacturer", email="contracts@thistledown.example",
        minimum_cents=0, now=asked_at,
    )  # fmt: skip
    for kind, state, number in (("state", "CA", "WLS 7090"), ("partner", "", "P90")):
        record_licence(
            actor=buyer, supplier_id=supplier.pk, kind=kind, state=state, number=number,
            schedules="", effective_date=now.date() - timedelta(days=200),
            expires_date=now.date() + timedelta(days=600), now=asked_at,
            seen_where="the board's public register",
        )  # fmt: skip
    contract = record_contract(
        actor=buyer, supplier_id=supplier.pk, number="TV-2207", end_date=None, fee_pct=Decimal(1),
        effective_date=now.date() - timedelta(days=10), source="letter of commitment", now=asked_at,
    )  # fmt: skip
    take_prices(
        actor=buyer, contract_id=contract.pk, effective_date=now.date() + timedelta(days=10),
        file_name="thistledown.csv", data=PRICES, now=asked_at,
    )  # fmt: skip
    set_reach(actor=buyer, contract_id=contract.pk, open_to="named", now=asked_at,
              source="letter of commitment, exhibit B")  # fmt: skip
    waits = [one.pk for one in practices if one.name == ALVAREZ]
    others = [one.pk for one in practices if one.name != ALVAREZ]
    loaded, asked, declined = others[:-2] or others, others[-2:-1], others[-1:]
    given = {"actor": buyer, "contract_id": contract.pk}

    def say(event: str, who: list[int], days: int, **more: object) -> None:
        if who:
            move_eligibility(**given, event=event, practice_ids=who,
                             now=now - timedelta(days=days), **more)  # fmt: skip

    say("ask", waits + loaded, 20)
    say("send", waits + loaded, 19, note="letter of commitment sent")
    say("load", loaded, 6, day=now.date() - timedelta(days=5), note="roster of the supplier")
    if len(others) > 2:
        say("ask", asked + declined, 4)
        say("decline", declined, 2, note="has a contract of its own with the supplier")
