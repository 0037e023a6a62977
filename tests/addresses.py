"""Every address that asks for a permission, with a value for each of its parts."""

import uuid

from django.urls import URLPattern, URLResolver

from ipaportal.core.permissions import permission_table

# A value for every kind of part of an address; nothing has it.
SAMPLES = {"int": "0", "str": "x", "slug": "x", "path": "x", "uuid": str(uuid.UUID(int=0))}


def _sample(converter: object) -> str:
    kind = type(converter).__name__.removesuffix("Converter").lower()
    return SAMPLES.get("str" if kind == "string" else kind, "2026-01")


def guarded_addresses(
    resolver: URLResolver, before: str = "/", plain: bool = True
) -> list[tuple[str, str, bool]]:
    """(address, permission, whether it takes no part) of every view that asks for a permission."""
    found = []
    for pattern in resolver.url_patterns:
        route = str(pattern.pattern)
        converters = pattern.pattern.converters
        for name, converter in converters.items():
            for spelt in (f"<{name}>", f"<{_kind(route, name)}:{name}>"):
                route = route.replace(spelt, _sample(converter))
        if isinstance(pattern, URLPattern):
            permission = getattr(pattern.callback, "permission", None)
            if permission in permission_table():
                found.append((before + route, permission, plain and not converters))
        else:
            found += guarded_addresses(pattern, before + route, plain and not converters)
    return found


def _kind(route: str, name: str) -> str:
    return route.partition(f":{name}>")[0].rpartition("<")[2]
