"""Opening incidents: a breach is written on a connection of its own and survives any rollback."""

import json

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection


def open_incident(name: str, **details: object) -> int:
    """Open an incident and commit it at once, whatever becomes of the caller's transaction."""
    apart = connection.copy()
    try:
        with apart.cursor() as cursor:
            cursor.execute(
                "INSERT INTO audit_incident (name, details, resolution) VALUES (%s, %s, '')"
                " RETURNING id",
                [name[:100], json.dumps(details, cls=DjangoJSONEncoder)],
            )
            return cursor.fetchone()[0]
    finally:
        apart.close()
