"""Change history for rows that people edit: `@tracked` above the model, nothing else to do."""

from collections.abc import Callable

import pghistory
import pgtrigger
from django.db import models

Model = type[models.Model]


def tracked(*, exclude: tuple[str, ...] = ()) -> Callable[[Model], Model]:
    """
    Keep every version of a model's rows in `<Model>Event`, itself append-only.

    Who and from where is copied into each version. For hand-edited tables only: append-only bulk
    tables are their own history, and a trigger a row there costs several times the insert.
    """
    return pghistory.track(
        pghistory.InsertEvent(),
        pghistory.UpdateEvent(),
        pghistory.DeleteEvent(),
        exclude=list(exclude) or None,
        append_only=True,
        level=pgtrigger.Row,
        context_field=pghistory.ContextJSONField(),
        context_id_field=pghistory.ContextUUIDField(),
    )
