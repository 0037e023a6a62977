"""Facts: rows that say what was true of something from day to day, as known since a moment."""

from django.db import models


class FactQuerySet(models.QuerySet):
    def known_at(self, fact_no: int) -> "FactQuerySet":
        """Rows as they were known when the fact counter stood at `fact_no`."""
        return self.filter(
            models.Q(superseded_no__isnull=True) | models.Q(superseded_no__gt=fact_no),
            fact_no__lte=fact_no,
        )

    def current(self) -> "FactQuerySet":
        return self.filter(superseded_no__isnull=True)

    def active_on(self, day) -> "FactQuerySet":
        return self.filter(
            models.Q(end_date__isnull=True) | models.Q(end_date__gt=day),
            effective_date__lte=day,
        )


class Fact(models.Model):
    """
    Columns of every fact. The span is `[effective_date, end_date)`, open when the end is null.

    `fact_no` is the id of the batch that recorded it (`audit.batches`), taken under the lock
    that runs take too, so "known at run N" is one integer comparison and no fact falls between
    two runs. A correction sets `superseded_no` and `superseded_at` once and adds a new row.
    """

    effective_date = models.DateField()
    end_date = models.DateField(null=True, blank=True)
    fact_no = models.BigIntegerField()
    superseded_no = models.BigIntegerField(null=True, blank=True)
    recorded_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)

    objects = FactQuerySet.as_manager()

    class Meta:
        abstract = True


def superseded_index(name: str) -> models.Index:
    """Finds the few facts that a batch superseded, so that a run's look-back reads only those."""
    return models.Index(
        fields=["superseded_no"], name=name, condition=models.Q(superseded_no__isnull=False)
    )


def span_indexes(name: str, *first: str) -> list[models.Index]:
    """Find facts by the days they begin and end to hold on, so that a month reads only its own."""
    return [
        models.Index(fields=[*first, "effective_date", "fact_no"], name=f"{name}_starts"),
        models.Index(
            fields=[*first, "end_date", "fact_no"],
            name=f"{name}_ends",
            condition=models.Q(end_date__isnull=False),
        ),
    ]
