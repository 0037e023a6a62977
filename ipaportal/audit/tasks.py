"""The base class of every Celery task: what a task records carries the task's id."""

from celery import Task

from ipaportal.audit.context import Origin, coming_from
from ipaportal.core.scopes import EVERYBODY, seeing


class AuditedTask(Task):
    """Name it as `task_cls` of the Celery app; then every task is tied to what it records."""

    abstract = True

    def __call__(self, *args: object, **kwargs: object) -> object:
        origin = Origin(task_id=self.request.id or "")
        with seeing(EVERYBODY), coming_from(origin, actor_name="celery"):
            # A worker has pushed the request already; a second push would hide its id.
            if self.request.called_directly:
                return super().__call__(*args, **kwargs)
            return self.run(*args, **kwargs)
