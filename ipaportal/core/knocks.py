"""Counting in the cache, a window of time after another: who knocks how often, and from where."""

import ipaddress
from collections.abc import Mapping

from allauth.core.internal.httpkit import get_client_ip
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest

# Whoever has one address of IPv6 has all of its network.
ONE_HOME = 64


def knocks(what: str, who: str, seconds: int, count: int = 1) -> int:
    """Count one knock, or so many; says how many there were in this window, with these."""
    key = f"knocks:{what}:{who}"
    cache.add(key, 0, seconds)
    try:
        return cache.incr(key, count)
    except ValueError:  # its window ended just now
        return count


def client_address(request: HttpRequest) -> str:
    """From where a request comes, as the proxy says if there is one that may; empty if unsaid."""
    try:
        return get_client_ip(request) or ""
    except (ImproperlyConfigured, PermissionDenied, ValueError):  # the proxy said nonsense
        return request.META.get("REMOTE_ADDR", "")


def home_of(address: str) -> str:
    """What is counted together: an address, or the network that one house has of IPv6."""
    try:
        one = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if one.version == 4:
        return address
    if one.ipv4_mapped:
        return str(one.ipv4_mapped)
    return str(ipaddress.ip_network((one, ONE_HOME), strict=False))


def knocks_too_often(what: str, address: str, seconds: int, most: Mapping[str, int]) -> bool:
    """
    Count one knock from an address and of everybody; whether either is above its most.

    :param most: how many of an `address`, and of `everybody` together, in a window
    """
    counted = (("address", home_of(address)), ("everybody", ""))
    return any([knocks(f"{what}-{kind}", who, seconds) > most[kind] for kind, who in counted])
