"""Constraints that Django does not bring: spans of one thing must not overlap."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.db.models import BigIntegerField, F, Func, Q

# A key and a day in one bigint: 22 bits hold days from 1800 to the year 13283, 40 the key.
_PACKED = (
    "int8range({key}::bigint * 4194304 + ({start}::date - DATE '1800-01-01'),"
    " {key}::bigint * 4194304 + COALESCE({end}::date - DATE '1800-01-01', 4194303))"
)


class PackedSpan(Func):
    """A key's days `[start, end)` as one int8range; an empty end is the far future."""

    output_field = BigIntegerField()

    def as_sql(self, compiler, connection, **extra_context):
        (key, key_params), (start, start_params), (end, end_params) = (
            compiler.compile(expression) for expression in self.source_expressions
        )
        params = [*key_params, *start_params, *key_params, *end_params]
        return _PACKED.format(key=key, start=start, end=end), params


def no_overlap(*, name: str, key: str, start: str, end: str) -> ExclusionConstraint:
    """
    Refuse two rows, both not superseded, whose spans share a day for the same key.

    Needs no extension: GiST on one built-in range type, the key (a bigint below 2^40) packed in.
    """
    return ExclusionConstraint(
        name=name,
        index_type="gist",
        expressions=[(PackedSpan(F(key), F(start), F(end)), "&&")],
        condition=Q(superseded_no__isnull=True),
    )
