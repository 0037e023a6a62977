"""
Whether a service that needs an authorization has one: member, service, provider, day and units.

A claim may name the number or not. One that names a number is judged by that authorization alone;
one that names none by any that fits. Units are what is left after the claims that were taken.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Allowed:
    """One authorization: `left` is what earlier claims did not use; the last day is not in it."""

    number: str
    procedure: str
    provider_npi: str
    start: date
    end: date
    left: Decimal


@dataclass(frozen=True, slots=True)
class Asked:
    """One service of a claim that needs an authorization."""

    procedure: str
    day: date
    units: Decimal


def fault_of(
    asked: Sequence[Asked], number: str, npis: frozenset[str], allowed: Sequence[Allowed]
) -> str:
    """Why a claim's services are not authorized, the first reason in words; empty if they are."""
    used: dict[Allowed, Decimal] = {}
    for one in asked:
        fits = [a for a in allowed if a.procedure == one.procedure]
        if number:
            fits = [a for a in fits if a.number == number]
            if not fits:
                return f"{one.procedure}: no authorization {number} for it"
        if not fits:
            return f"{one.procedure}: no authorization"
        fits = [a for a in fits if a.start <= one.day < a.end]
        if not fits:
            return f"{one.procedure}: not authorized on {one.day}"
        fits = [a for a in fits if not a.provider_npi or a.provider_npi in npis]
        if not fits:
            return f"{one.procedure}: authorized for another provider"
        found = next((a for a in fits if a.left - used.get(a, Decimal(0)) >= one.units), None)
        if found is None:
            return f"{one.procedure}: more units than are left of the authorization"
        used[found] = used.get(found, Decimal(0)) + one.units
    return ""
