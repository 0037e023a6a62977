"""Change history: each version of a tracked row is kept with who and from where, for good."""

import sys

import pytest
from django.db import DatabaseError, connection, models, transaction
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.state import ModelState, ProjectState
from django.test.utils import isolate_apps
from pgtrigger import registry

from ipaportal.audit.context import Origin, coming_from
from ipaportal.audit.history import tracked


@pytest.fixture
def supplier_model():
    with isolate_apps("ipaportal.audit"):

        @tracked(exclude=("secret",))
        class Supplier(models.Model):
            name = models.CharField(max_length=50)
            secret = models.CharField(max_length=50, default="")

            class Meta:
                app_label = "audit"

            def __str__(self):
                return self.name

        yield Supplier
    # What pghistory leaves where the app's other models and triggers are.
    for model, trigger in registry.registered():
        if model in (Supplier, Supplier.pgh_event_model):
            registry.delete(trigger.get_uri(model))
    del sys.modules["ipaportal.audit.models"].SupplierEvent


@pytest.fixture
def suppliers(db, supplier_model):
    with connection.schema_editor() as editor:
        editor.create_model(supplier_model)
        editor.create_model(supplier_model.pgh_event_model)
    for model in (supplier_model, supplier_model.pgh_event_model):
        for trigger in model._meta.triggers:
            with connection.cursor() as cursor:
                cursor.execute(str(trigger.compile(model).install_sql))
    return supplier_model


@pytest.mark.acts_as
def test_keeps_every_version_with_who_and_from_where(suppliers):
    acme = suppliers.objects.create(name="Acme", secret="x")
    with coming_from(Origin(request_id="r1", ip="10.0.0.1"), actor_id=7, actor_name="Quinn"):
        suppliers.objects.filter(pk=acme.pk).update(name="Acme, Inc.")
        suppliers.objects.filter(pk=acme.pk).update(secret="y")
        acme.delete()
    versions = suppliers.pgh_event_model.objects.order_by("pgh_id")
    who = {"request_id": "r1", "ip": "10.0.0.1", "actor_id": 7, "actor_name": "Quinn"}
    assert list(versions.values_list("pgh_label", "name", "pgh_context")) == [
        ("insert", "Acme", None),
        ("update", "Acme, Inc.", who),
        ("delete", "Acme, Inc.", who),
    ]
    assert "secret" not in {field.name for field in versions.model._meta.fields}


@pytest.mark.parametrize("statement", ["UPDATE {} SET name = 'x'", "DELETE FROM {}"])
@pytest.mark.acts_as
def test_refuses_to_change_a_version(suppliers, statement):
    suppliers.objects.create(name="Acme")
    table = suppliers.pgh_event_model._meta.db_table
    with (
        pytest.raises(DatabaseError, match="pgtrigger"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement.format(table))
    assert suppliers.pgh_event_model.objects.get().name == "Acme"


def test_asks_for_no_further_migration(supplier_model):
    def state():
        project = ProjectState()
        for model in (supplier_model, supplier_model.pgh_event_model):
            project.add_model(ModelState.from_model(model))
        return project

    assert MigrationAutodetector(state(), state())._detect_changes() == {}
