"""
Migrating in seconds: of the models that a migration changes, only those are made anew.

Django makes a model anew with every operation on it, and with it all that are related to it, which
here are nearly all. Operations on one table alone need none of that: their SQL is made from the
model and the names of what it points to. Whatever else a migration holds is left to Django's own
way, on models that were all made anew.
"""

from django.db.migrations import operations
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.migration import Migration
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from pgtrigger.migrations import AddTrigger, RemoveTrigger

OF_ONE_TABLE = (
    operations.CreateModel,
    operations.AddField,
    operations.AddIndex,
    operations.RemoveIndex,
    operations.AddConstraint,
    operations.RemoveConstraint,
    operations.AlterModelOptions,
    operations.AlterUniqueTogether,
    operations.RunSQL,
    AddTrigger,
    RemoveTrigger,
)


def is_of_one_table(operation: Operation) -> bool:
    """Whether it is on the list (no kind made from one is), or alters what nothing points to."""
    kind = type(operation)
    if kind is operations.AlterField:
        field = operation.field
        return not (field.is_relation or field.unique)
    if kind is operations.SeparateDatabaseAndState:
        both = [*operation.database_operations, *operation.state_operations]
        return all(map(is_of_one_table, both))
    return kind in OF_ONE_TABLE and not getattr(operation, "state_operations", None)


def is_spared(migration: Migration) -> bool:
    """Whether each of its operations is of one table."""
    return all(map(is_of_one_table, migration.operations))


class SparingState(ProjectState):
    """Makes one model anew where it is told that this is enough."""

    is_sparing = False

    def clone(self) -> "SparingState":
        """Return a copy; of what has been made it holds the same."""
        copy = SparingState()
        vars(copy).update(vars(super().clone()), is_sparing=self.is_sparing)
        return copy

    def _find_reload_model(
        self, app_label: str, model_name: str, delay: bool = False
    ) -> set[tuple[str, str]]:
        if not self.is_sparing:
            return super()._find_reload_model(app_label, model_name, delay)
        # Whatever looks at all models (Python code, what follows migrations) has Django make them
        # anew for this.
        self.is_delayed = True
        return {(app_label, model_name)}


class SparingExecutor(MigrationExecutor):
    """Django's own, sparing where a migration allows it."""

    def _create_project_state(self, with_applied_migrations: bool = False) -> SparingState:
        made = super()._create_project_state(with_applied_migrations)
        return SparingState(models=made.models, real_apps=made.real_apps)

    def apply_migration(
        self,
        state: SparingState,
        migration: Migration,
        fake: bool = False,
        fake_initial: bool = False,
    ) -> SparingState:
        """Apply one, on models as sparingly made as it allows."""
        is_sparing = is_spared(migration)
        if not is_sparing and state.is_sparing:
            state.clear_delayed_apps_cache()
            _ = state.apps  # here and now, not in the middle of the first operation
        state.is_sparing = is_sparing
        return super().apply_migration(state, migration, fake=fake, fake_initial=fake_initial)
