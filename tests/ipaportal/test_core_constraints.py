"""Spans of one key do not overlap among rows that are not superseded."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.db.migrations.writer import MigrationWriter
from django.test.utils import isolate_apps

from ipaportal.core.constraints import no_overlap

KEY = 2**40 - 2


@pytest.fixture
def span_model(db):
    with isolate_apps("ipaportal.audit"):

        class Span(models.Model):
            owner = models.BigIntegerField()
            start = models.DateField()
            end = models.DateField(null=True)
            superseded_no = models.BigIntegerField(null=True)

            class Meta:
                app_label = "audit"
                constraints = [no_overlap(name="one_span", key="owner", start="start", end="end")]

            def __str__(self):
                return f"{self.start}"

        with connection.schema_editor() as editor:
            editor.create_model(Span)
        yield Span


def day(text):
    return date.fromisoformat(text) if text else None


def add(model, start, end, owner=KEY, superseded_no=None):
    with transaction.atomic():
        return model.objects.create(
            owner=owner, start=day(start), end=day(end), superseded_no=superseded_no
        )


@pytest.mark.parametrize(
    ("_case", "start", "end"),
    [
        ("one shared day", "2026-01-31", "2026-03-01"),
        ("inside", "2026-01-10", "2026-01-11"),
        ("around", "2025-01-01", None),
        ("the same", "2026-01-01", "2026-02-01"),
        ("open against open", "2099-01-01", None),
    ],
)
@pytest.mark.acts_as
def test_refuses_a_shared_day(span_model, _case, start, end):
    add(span_model, "2026-01-01", "2026-02-01")
    add(span_model, "2099-12-31", None)
    with pytest.raises(IntegrityError, match="one_span"):
        add(span_model, start, end)
    assert span_model.objects.count() == 2


@pytest.mark.acts_as
def test_allows_neighbouring_days(span_model):
    add(span_model, "2026-01-01", "2026-02-01")
    add(span_model, "2025-12-01", "2026-01-01")
    add(span_model, "2026-02-01", None)


@pytest.mark.acts_as
def test_allows_any_span_beside_a_superseded_one(span_model):
    add(span_model, "2026-01-01", None, superseded_no=7)
    add(span_model, "2026-01-01", None, superseded_no=8)
    kept = add(span_model, "2026-01-01", None)
    with pytest.raises(IntegrityError), transaction.atomic():
        span_model.objects.update(superseded_no=None)
    assert span_model.objects.filter(superseded_no=None).get() == kept


@pytest.mark.acts_as
def test_keeps_neighbouring_keys_apart(span_model):
    for owner in (0, 1, 2, KEY, KEY + 1):
        add(span_model, "1800-01-01", None, owner=owner)
    assert span_model.objects.count() == 5


@pytest.mark.acts_as
def test_says_so_in_a_form_before_the_database_does(span_model):
    add(span_model, "2026-01-01", None)
    clash = span_model(owner=KEY, start=day("2026-05-01"), end=None)
    with pytest.raises(ValidationError, match="one_span"):
        clash.validate_constraints()
    span_model(owner=KEY, start=day("2025-05-01"), end=day("2026-01-01")).validate_constraints()


def test_can_be_written_into_a_migration():
    constraint = no_overlap(name="one_span", key="owner", start="start", end="end")
    text, _ = MigrationWriter.serialize(constraint)
    assert "PackedSpan" in text
    assert constraint == no_overlap(name="one_span", key="owner", start="start", end="end")
